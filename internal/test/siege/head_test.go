package siege_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tongbu/internal/test/kit"
	"tongbu/internal/test/webtest"
	"tongbu/node/desk"
	"tongbu/node/people"
)

// volume is a volume of the archive, as a file or a form says it.
const volume = `{"year":2025,"ledger":"L1","volume":1,"total":900,"pages":53,"closed_on":"2026-01-02","kept_until":"2036-12-31","kept_at":"二号柜"}`

// TestOperatorClosesNoYear: a year is closed, and a volume lent, on the head's pages only:
// neither a form nor a file of an operator's says so.
func TestOperatorClosesNoYear(t *testing.T) {
	s := webtest.MustFull(t, 8)
	clerk, head := s.As(people.Operator), s.As(people.Head)
	id := s.Volume[strings.LastIndex(s.Volume, "/")+1:]
	before := volumes(t, s.Station)
	for _, path := range []string{"/new/archive_volume", "/edit/archive_volume/" + id, "/void/archive_volume/" + id} {
		if got := clerk.Get(path); got.Code != http.StatusForbidden {
			t.Errorf("GET %s: status %d, want 403", path, got.Code)
		}
		form := url.Values{"act": {"save"}, "0.year": {"2025"}, "0.ledger": {"L1"}, "0.out_to": {"李四"}, "reason": {"x"}}
		if got := clerk.Post(path, form); got.Code != http.StatusForbidden {
			t.Errorf("POST %s: status %d, want 403", path, got.Code)
		}
	}
	for name, content := range map[string]string{"v.jsonl": volume, "v.csv": "id,out_to,out_on,out_reason\n" + id + ",李四,2027-01-03,看看\n"} {
		got := clerk.Upload("/import", name, content, url.Values{"kind": {"archive_volume"}})
		if got.Code != http.StatusUnprocessableEntity && got.Code != http.StatusForbidden {
			t.Errorf("%s: status %d at %s", name, got.Code, got.Path)
		}
		clerk.Post(got.Path+"/go", nil)
	}
	if after := volumes(t, s.Station); after != before {
		t.Errorf("the archive says\n%s\nand said\n%s", after, before)
	}
	if body := clerk.Get("/record/archive_volume/" + id).Body; strings.Contains(body, "/edit/archive_volume/") {
		t.Error("an operator is offered to edit a volume")
	}
	if got := head.Get("/edit/archive_volume/" + id); got.Code != http.StatusOK {
		t.Errorf("the head: status %d: the test shows nothing", got.Code)
	}
}

// TestDemotedMeanwhile: a file that a head has brought gives an operator no right.
func TestDemotedMeanwhile(t *testing.T) {
	s := webtest.New(t)
	family := s.Household(1)
	id := string(family.ID)
	b := s.As(people.Head)
	got := b.Upload("/import", "a.csv", "id,valid,void_reason\n"+id+",0,登记两次\n", url.Values{"kind": {"household"}})
	role := people.Operator
	_, err := s.Node.People.Add(t.Context(), people.CommandLine, people.Person{Login: "other", Name: "站长乙", Role: people.Head}, "hou-tui-yi-bu-9")
	if err = errors.Join(err, s.Node.People.Change(t.Context(), people.CommandLine, b.Login, people.Change{Role: &role})); err != nil {
		t.Fatal(err)
	}
	b.Post(got.Path+"/go", nil)
	if isVoid(t, s, family.ID) {
		t.Error("who is no head any more has voided a record")
	}
}

// TestReasonOfAVoid: why a record is void is the head's to say.
func TestReasonOfAVoid(t *testing.T) {
	s := webtest.New(t)
	family := s.Household(1)
	id := string(family.ID)
	clerk, head := s.As(people.Operator), s.As(people.Head)
	uploadAll(t, head, "a.csv", "id,valid,void_reason\n"+id+",0,登记两次\n")
	uploadAll(t, clerk, "b.csv", "id,void_reason\n"+id+",站长看错\n")
	shown, err := s.Node.Desk.Get(t.Context(), "household", family.ID, desk.Asker{Operator: "siege", Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if !shown.Void || shown.Fields["void_reason"] != "登记两次" {
		t.Errorf("the reason of the void is %v", shown.Fields["void_reason"])
	}
}

// volumes are all volumes of the archive, in words.
func volumes(t *testing.T, s *webtest.Station) string {
	t.Helper()
	var all strings.Builder
	err := s.Node.Desk.List(t.Context(), "archive_volume", "", desk.Asker{}, func(v *desk.Shown) error {
		all.WriteString(string(v.ID) + " " + v.Version + "\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// TestOperatorMovesNothingAway: a file of an operator's hands no record over to another
// unit, which would take it off the lists as a void does.
func TestOperatorMovesNothingAway(t *testing.T) {
	s := webtest.MustFull(t, 8)
	family := s.Families[2]
	id, clerk := string(family.ID), s.As(people.Operator)
	uploadAll(t, clerk, "a.jsonl", `{"id":"`+id+`","unit":"`+kit.Second.Code+`"}`)
	form := url.Values{"act": {"save"}, "0.unit": {kit.Second.Code}, "unit": {kit.Second.Code}, "0.unit@": {kit.Second.Code}}
	clerk.Post("/household/"+id+"/edit", form)
	shown, err := s.Node.Desk.Get(t.Context(), "household", family.ID, desk.Asker{Operator: "siege", Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if shown.Unit != kit.First.Code {
		t.Errorf("the record is of unit %s now", shown.Unit)
	}
}
