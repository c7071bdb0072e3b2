package hub_test

import (
	"context"
	"strings"
	"testing"

	"tongbu/internal/audit"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// TestAllIsLogged: each part of an answer is in the audit log before it is told, with
// those it tells of; and so is one that is refused, fails, or is empty.
func TestAllIsLogged(t *testing.T) {
	w := newTown(t)
	clerk := w.MustForger(t, kit.First)
	clerk.MustSay(t, w.city.Replica, kit.First, kit.People(0, 3)...)
	w.verify(w.city)
	entries := func() []audit.Entry {
		t.Helper()
		all, err := w.city.Replica.Lookups.Entries(1, "", "", 100)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	ask := func(who identity.Member, q question.Question, tell question.Tell) error {
		return w.city.QueryAll(t.Context(), who, q, tell)
	}
	rows := 0
	read := func(_ context.Context, p question.Part) error {
		if rows += len(p.Rows); len(p.Rows) > 0 && entries()[len(entries())-1].Count != len(p.Rows) {
			t.Error("told before it was logged")
		}
		return nil
	}
	if err := ask(clerk.Member(), question.Question{Kind: "person", Purpose: "核对", Filter: `name = "*"`}, read); err != nil || rows != 3 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	full := fault.New(fault.Full, "no room")
	for _, test := range []struct {
		q    question.Question
		tell question.Tell
		want fault.Kind
	}{
		{question.Question{Kind: "person", Filter: `name = 无此人`}, read, fault.OK},
		{question.Question{Kind: "person", Scope: kit.City.ID}, read, fault.Denied},
		{question.Question{Kind: "person", Filter: `nosuch = 1`}, read, fault.Invalid},
		{question.Question{Kind: "person"}, func(context.Context, question.Part) error { return full }, fault.Full},
	} {
		before := len(entries())
		if err := ask(clerk.Member(), test.q, test.tell); fault.Of(err) != test.want {
			t.Errorf("%+v: got %v, want %v", test.q, err, test.want)
		}
		all := entries()
		if len(all) != before+1 || all[before].Outcome != test.want.String() {
			t.Errorf("%+v: got %+v", test.q, all[before:])
		}
	}
	first := entries()[0]
	if len(first.Subjects) != 3 || first.Purpose != "核对" || first.Filter != `name = "*"` || first.Device != clerk.Member().Device {
		t.Errorf("got %+v", first)
	}
}

// TestLook: a hub with a view shows the records below it and what they were, personal
// numbers in full to whoever says what for; a relay and another street do not.
func TestLook(t *testing.T) {
	w := newTown(t)
	node := w.MustOpen(t, w.MustJoin(t, kit.First))
	kit.MustPut(t, node, "person", `{"id":"p-1","name":"王小明","id_number":"110101190001011009"}`)
	kit.MustPut(t, node, "person", `{"id":"p-1","phone":"13900000000"}`)
	street, _ := w.hub(kit.Street, true)
	far, _ := w.hub(kit.FarStreet, true)
	w.MustCarry(t, node, street.Replica)
	w.verify(street)
	id, plainly, why := kit.Name(kit.First, "person", "p-1"), desk.Asker{Operator: "a"}, desk.Asker{Operator: "a", Purpose: "核对"}
	shown, err := street.Get(t.Context(), "person", id, plainly)
	if err != nil || shown.Fields["id_number"] != "110101**********09" || shown.State != desk.Received || shown.Unit != kit.First.Code {
		t.Fatalf("got %+v, %v", shown, err)
	}
	if shown, err = street.Get(t.Context(), "person", id, why); err != nil || shown.Fields["id_number"] != "110101190001011009" {
		t.Errorf("got %+v, %v", shown, err)
	}
	past, err := street.History(t.Context(), "person", id, plainly)
	if err != nil || len(past) != 2 || past[0].Fields["id_number"] != "110101**********09" || past[1].Fields["phone"] != "13900000000" || past[1].State != desk.Received {
		t.Errorf("got %+v, %v", past, err)
	}
	w.MustCarry(t, street.Replica, w.city.Replica)
	w.verify(w.city)
	if shown, err = w.city.Get(t.Context(), "person", id, why); err != nil || shown.State != desk.Recorded {
		t.Errorf("at the city: %+v, %v", shown, err)
	}
	if _, err := far.Get(t.Context(), "person", id, why); fault.Of(err) != fault.NotFound {
		t.Errorf("in another street: %v", err)
	}
	if _, err := w.city.History(t.Context(), "person", "p-1", why); fault.Of(err) != fault.NotFound || !strings.Contains(fault.Hint(err), "query") {
		t.Errorf("by a number of the clerk's: %v (%s)", err, fault.Hint(err))
	}
	entries, err := street.Replica.Lookups.Entries(1, "person", id, 10)
	if err != nil || len(entries) != 3 || entries[1].Act != audit.Get || entries[1].Purpose != "核对" || entries[2].Act != audit.History {
		t.Errorf("logged: %+v, %v", entries, err)
	}
}
