package siege_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/test/webtest"
	"tongbu/node/desk"
	"tongbu/node/people"
)

// TestOperatorVoidsNothing: whichever way an operator sends it, no record is void before
// the head agrees; the same file of the head's voids it.
func TestOperatorVoidsNothing(t *testing.T) {
	s := webtest.New(t)
	family := s.Household(1)
	id := string(family.ID)
	clerk, head := s.As(people.Operator), s.As(people.Head)
	object := `{"id":"` + id + `","valid":"0","void_reason":"登记两次"}`
	table := "id,valid,void_reason\n" + id + ",0,登记两次\n"

	form := url.Values{"0.valid": {"0"}, "0.void_reason": {"登记两次"}, "valid": {"0"}, "act": {"save"}, "reason": {"登记两次"}}
	if got := clerk.Post("/decide/void/household/"+id, form); got.Code != http.StatusNotFound && got.Code != http.StatusMethodNotAllowed {
		t.Errorf("a way beside the one page of a void: status %d", got.Code)
	}
	clerk.Post("/household/"+id+"/edit", form)
	clerk.Post("/edit/household/"+id, form)
	for name, content := range map[string]string{"a.csv": table, "b.jsonl": object} {
		wrote := uploadAll(t, clerk, name, content)
		if isVoid(t, s, family.ID) {
			t.Fatalf("%s of an operator's voids a record", name)
		}
		if !strings.Contains(wrote.Body, "站长") {
			t.Errorf("%s: nothing says who may: %.3000s", name, wrote.Body[strings.Index(wrote.Body, "<main"):])
		}
	}
	uploadAll(t, head, "c.csv", table)
	if !isVoid(t, s, family.ID) {
		t.Error("the head's file voids nothing: the test shows nothing")
	}
}

// uploadAll brings in a file of households, and returns the page that says what became of it.
func uploadAll(t *testing.T, b *webtest.Browser, name, content string) webtest.Answer {
	t.Helper()
	got := b.Upload("/import", name, content, url.Values{"kind": {"household"}})
	if got.Code != http.StatusOK {
		t.Fatalf("%s: status %d: %s", name, got.Code, got.Body)
	}
	b.Post(got.Path+"/go", nil)
	return b.Get(got.Path)
}

func isVoid(t *testing.T, s *webtest.Station, id change.RecordID) bool {
	t.Helper()
	shown, err := s.Node.Desk.Get(t.Context(), "household", id, desk.Asker{Operator: "siege", Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return shown.Void
}
