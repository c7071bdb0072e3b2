package api_test

import (
	"net/http"
	"strings"
	"testing"

	"tongbu/internal/fault"
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

// TestAddressWithNumber: an ID number stands in no address, in whatever part and form, and
// is refused before anybody is asked or anything is logged.
func TestAddressWithNumber(t *testing.T) {
	p := open(t)
	const number = "11010519491231002X"
	for _, path := range []string{
		"/v1/files/vacancy.csv?filter=employer_name:%22" + number + "%22", "/v1/files/vacancy.csv?purpose=" + number, "/v1/files/person.csv?filter=remark:%22" + number + "%22",
		"/v1/kinds/person/records/" + number, "/v1/match/person/x?purpose=110105+19491231+002X", "/v1/files/vacancy.csv?purpose=110105%2D19491231%2D002X",
		"/v1/files/vacancy.csv?purpose=%2531%2531010519491231002X", "/v1/files/vacancy.csv?" + number + "=1", "/v1/" + number,
		"/v1/files/vacancy.csv?purpose=%EF%BC%91%EF%BC%910105194912310%EF%BC%902X",
	} {
		got := p.call(http.MethodGet, path, "")
		said := wantProblem(t, path, got, http.StatusForbidden, fault.Denied)
		if !strings.Contains(said.Detail, "there is an ID number in the address") || strings.Contains(string(got.body), "1949") {
			t.Errorf("%s: %s", path, got.body)
		}
	}
}

// TestAddressForms: what is no number and no yes or no is said in words.
func TestAddressForms(t *testing.T) {
	p := open(t)
	for _, path := range []string{"/v1/match/person/a.b?limit=abc", "/v1/match/person/a.b?limit=0", "/v1/match/person/a.b?limit=-1", "/v1/match/person/a.b?limit=99999999999999999999", "/v1/match/person/a.b?all=perhaps", "/v1/targets?by_person=7"} {
		got := p.call(http.MethodGet, path, "")
		if said := wantProblem(t, path, got, http.StatusBadRequest, fault.Invalid); strings.Contains(said.Detail, "strconv") || said.Hint == "" {
			t.Errorf("%s: %s", path, got.body)
		}
	}
}
