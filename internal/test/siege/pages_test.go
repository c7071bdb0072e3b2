package siege_test

import (
	"net/http"
	"testing"

	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// TestEveryPageIsKnown wants an example of each route that is read, which answers: what
// looks at all pages looks at these.
func TestEveryPageIsKnown(t *testing.T) {
	s := webtest.MustFull(t, 8)
	known := map[string]bool{}
	head := s.As(people.Head)
	for _, p := range s.Pages() {
		known[p.Route] = true
		b := head
		if p.By == "" {
			b = s.Stranger()
		}
		if got := b.Get(p.Path); p.Look != webtest.Part && (got.Code != http.StatusOK || got.Path != p.Path) {
			t.Errorf("%s: status %d at %s", p.Path, got.Code, got.Path)
		}
	}
	for _, r := range s.Routes() {
		if r.Method == http.MethodGet && !known[r.Path] {
			t.Errorf("GET %s has no page in webtest.Pages", r.Path)
		}
	}
}
