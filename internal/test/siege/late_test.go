package siege_test

import (
	"strings"
	"testing"

	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// TestLateEditRevivesNothing: an operator's form or file that was read before the head's
// void, and sent after it, does not make the record valid again.
func TestLateEditRevivesNothing(t *testing.T) {
	s := webtest.New(t)
	family := s.Household(1)
	id := string(family.ID)
	clerk, head := s.As(people.Operator), s.As(people.Head)
	page := clerk.Get("/household/" + id + "/edit").Body
	_, form := webtest.Form(t, page, "sheet")
	version := form.Get("0.version")
	uploadAll(t, head, "v.csv", "id,valid,void_reason\n"+id+",0,登记两次\n")
	if !isVoid(t, s, family.ID) {
		t.Fatal("not void")
	}
	form.Set("0.phone", "13900001111")
	form.Set("act", "save")
	clerk.Post("/household/"+id+"/edit", form)
	form.Set("act", "accept")
	if got := clerk.Post("/household/"+id+"/edit", form); !strings.Contains(got.Body, "作废") || strings.Contains(got.Path, "/saved/") {
		t.Errorf("a late form: status %d at %s", got.Code, got.Path)
	}
	uploadAll(t, clerk, "p.jsonl", `{"id":"`+id+`","version":"`+version+`","phone":"13900002222"}`)
	if !isVoid(t, s, family.ID) {
		t.Error("who is no head has made a record valid again")
	}
}
