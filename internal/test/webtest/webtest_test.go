package webtest_test

import (
	"net/http"
	"net/url"
	"testing"

	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// TestStation wants a station to answer as one does: to who has signed in, in a role.
func TestStation(t *testing.T) {
	s := webtest.New(t)
	if got := s.Stranger().Get("/"); got.Path != "/signin?back=%2F" {
		t.Errorf("a stranger ends at %s, want where people sign in", got.Path)
	}
	for _, role := range []people.Role{people.Head, people.Operator, people.Viewer} {
		b := s.As(role)
		if got := b.Get("/"); got.Code != http.StatusOK || got.Path != "/" {
			t.Errorf("%s: status %d at %s", role, got.Code, got.Path)
		}
		if got := b.Post("/signout", url.Values{}); got.Path != "/signin" {
			t.Errorf("%s signs out and is at %s", role, got.Path)
		}
	}
	f := s.Household(3)
	s.Events(f, 0)
	if len(f.Members) == 0 || f.Members[0].Name == "" || len(f.Members[0].Number) != 18 {
		t.Errorf("got a household of %+v", f.Members)
	}
}
