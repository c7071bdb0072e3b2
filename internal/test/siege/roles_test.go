package siege_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/test/webtest"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

// roles are those of the accounts; "" is nobody.
var roles = []people.Role{"", people.Viewer, people.Operator, people.Head}

// leavesAlone are routes that end the session of who asks.
var leavesAlone = []string{"/signout"}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// example is an address of a route at which nothing is.
func example(r visit.Route) string {
	path := strings.ReplaceAll(r.Path, "{$}", "")
	return wildcard.ReplaceAllString(path, "none")
}

// TestRolesAndRoutes asks each route as each role: the role alone decides whether it is
// taken, whatever the address and the form say.
func TestRolesAndRoutes(t *testing.T) {
	s := webtest.MustFull(t, 8)
	for _, role := range roles {
		b := s.Stranger()
		if role != "" {
			b = s.As(role)
		}
		for _, r := range s.Routes() {
			if slices.Contains(leavesAlone, r.Path) {
				continue
			}
			got := b.Ask(r.Method, example(r), nil, http.Header{"Hx-Request": {"true"}})
			switch {
			case r.May == 0:
				wantTaken(t, role, r, got.Code, http.StatusUnauthorized) // the line and the words say nothing to nobody
			case role == "":
				if got.Code != http.StatusUnauthorized {
					t.Errorf("nobody: %s %s: status %d, want 401", r.Method, r.Path, got.Code)
				}
			case !role.May(r.May):
				if got.Code != http.StatusForbidden {
					t.Errorf("%s: %s %s: status %d, want 403", role, r.Method, r.Path, got.Code)
				}
			default:
				wantTaken(t, role, r, got.Code, 0)
			}
		}
	}
}

// wantTaken wants a route to be taken, and to find nothing or be content.
func wantTaken(t *testing.T, role people.Role, r visit.Route, got, or int) {
	t.Helper()
	if got >= 500 && got != http.StatusInsufficientStorage || (got == http.StatusForbidden || got == http.StatusUnauthorized) && got != or {
		t.Errorf("%q: %s %s: status %d", role, r.Method, r.Path, got)
	}
}

// TestStrangersAreSentToSignIn: whoever has not signed in reads no page, and is brought
// back to it afterwards.
func TestStrangersAreSentToSignIn(t *testing.T) {
	s := webtest.MustFull(t, 8)
	stranger := s.Stranger()
	for _, p := range s.Pages() {
		if p.By == "" || p.Look == webtest.Part {
			continue
		}
		got := stranger.Get(p.Path)
		if !strings.HasPrefix(got.Path, "/signin?back=") {
			t.Errorf("%s: a stranger is at %s", p.Path, got.Path)
		}
		for _, family := range s.Families {
			if strings.Contains(got.Body, family.Members[0].Name) {
				t.Errorf("%s shows a stranger a name", p.Path)
			}
		}
	}
}

// TestOthersWork: drafts and files of one person are nobody else's, whatever their role.
func TestOthersWork(t *testing.T) {
	s := webtest.MustFull(t, 8)
	clerk, head := s.As(people.Operator), s.As(people.Head)
	for _, path := range []string{"/draft/" + s.Draft, s.Import, s.Import + "/row/3"} {
		if got := clerk.Get(path); got.Code != http.StatusNotFound {
			t.Errorf("GET %s of somebody else: status %d, want 404", path, got.Code)
		}
		if got := head.Get(path); got.Code != http.StatusOK {
			t.Errorf("GET %s of one's own: status %d", path, got.Code)
		}
	}
	for _, path := range []string{"/draft/" + s.Draft, "/draft/" + s.Draft + "/drop", s.Import + "/go", s.Import + "/drop", s.Import + "/mend", s.Import + "/rejects"} {
		if got := clerk.Post(path, nil); got.Code < 400 || got.Code >= 500 {
			t.Errorf("POST %s of somebody else: status %d", path, got.Code)
		}
	}
	for _, path := range []string{"/draft/" + s.Draft, s.Import} {
		if got := head.Get(path); got.Code != http.StatusOK {
			t.Errorf("GET %s afterwards: status %d", path, got.Code)
		}
	}
}
