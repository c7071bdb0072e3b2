package api_test

import (
	"net/http"
	"testing"
)

// TestAddresses: an address of which a part would be left out is refused: a filter that is
// left out would answer with everybody.
func TestAddresses(t *testing.T) {
	p := open(t)
	for _, path := range []string{
		"/v1/files/person.csv?select=id&filter=sex%3D%222%22%zz", `/v1/files/person.csv?filter=sex="2";&select=id`, "/v1/files/person.csv?select=id;name",
		"/v1/files/person.csv?filter=a&filter=b", "/v1/files/person.csv?selct=id", "/v1/coverage?scop=1", "/v1/units?x=1", "/v1/openapi.json?x=1", "/v1/kinds/person/records/a.b?filter=x",
	} {
		if got := p.call(http.MethodGet, path, ""); got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.body)
		}
	}
	for _, path := range []string{"/v1/files/person.csv?select=id&filter=sex%3D%222%22", "/v1/coverage", "/v1/units?scope="} {
		if got := p.call(http.MethodGet, path, ""); got.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.body)
		}
	}
	if got := p.call(http.MethodHead, "/v1/files/person.csv?select=id", ""); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("HEAD of a file: %d", got.StatusCode)
	}
}
