package desk_test

import (
	"slices"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// TestComplaintsAtHubs: a complaint and its steps stay with whoever takes them; the community
// of whoever complained is told the number, the state and the day, and no more, and again
// with each step.
func TestComplaintsAtHubs(t *testing.T) {
	d := newDesk(t)
	street := d.town.MustReplica(t, d.city, kit.Street)
	who := string(kit.MustPut(t, d.at, "person", `{"id":"p","name":"甲"}`)[0].ID)
	id := string(kit.MustPut(t, street, "complaint", `{"id":"c","complaint_no":"T1","kind":"2","received_on":"2026-03-01","complainant":"甲","phone":"13800000000","person":"`+who+`","content":"欠薪"}`)[0].ID)
	wantStreams(t, street, kit.First.ID, kit.Street.ID.Inner())
	d.town.MustCarry(t, street, d.at)
	wantState(t, d, who, "T1 1 2026-03-01")
	for _, c := range []struct{ step, want string }{
		{`"on":"2026-03-03","step":"accepted"`, "T1 2 2026-03-03"},
		{`"on":"2026-03-09","step":"closed","result":"已补发"`, "T1 6 2026-03-09"},
		{`"on":"2026-03-10","step":"closed","result":"又结一次"`, "T1 6 2026-03-09"}, // closed twice: the first counts
	} {
		kit.MustPut(t, street, "complaint_step", `{"complaint":"`+id+`",`+c.step+`}`)
		d.town.MustCarry(t, street, d.at)
		wantState(t, d, who, c.want)
	}
	for _, kind := range []string{"complaint", "complaint_step"} {
		if got := kit.MustList(t, d.at, kind, ""); len(got) != 0 {
			t.Errorf("the community has %d records of %s, want none", len(got), kind)
		}
	}
	if _, err := kit.Put(t, d.city, "complaint_step", `{"complaint":"`+id+`","on":"2026-03-11","step":"accepted"}`); fault.Of(err) != fault.Denied {
		t.Errorf("a step of a complaint that another unit handles: got %v, want denied", err)
	}
	if _, err := kit.Put(t, d.at, "complaint_step", `{"complaint":"`+id+`","on":"2026-03-11","step":"accepted"}`); fault.Of(err) != fault.Denied {
		t.Errorf("a step by a community: got %v, want denied", err)
	}
}

// TestComplaintOfUnit: a unit that a complaint is about is told of it without the complainant.
func TestComplaintOfUnit(t *testing.T) {
	d := newDesk(t)
	street := d.town.MustReplica(t, d.city, kit.Street)
	kit.MustPut(t, street, "complaint", `{"id":"c","complaint_no":"T2","kind":"1","received_on":"2026-03-01","complainant":"甲","for_unit":"`+kit.First.Code+`"}`)
	d.town.MustCarry(t, street, d.at)
	got := kit.MustList(t, d.at, "complaint_state", "")
	if len(got) != 1 {
		t.Fatalf("%d states, want 1", len(got))
	}
	if said := d.record("complaint_state", string(got[0])); !said.Value("person").IsNull() || said.Value("reference").Text() != "T2" || said.Value("for_unit").Text() != string(kit.First.ID) {
		t.Errorf("the unit is told %v", said.Values())
	}
}

// TestComplaintNumberTwice: a second complaint with the number of another one is warned of.
func TestComplaintNumberTwice(t *testing.T) {
	d := newDesk(t)
	street := d.town.MustReplica(t, d.city, kit.Street)
	const line = `{"complaint_no":"T1","kind":"1","received_on":"2026-03-01","content":"甲"}`
	first, second := kit.MustPut(t, street, "complaint", line), kit.MustPut(t, street, "complaint", line)
	twice := func(w []desk.Written) bool { return hasWarning(w[0].Warnings, "complaint_no: number_twice") }
	if twice(first) || !twice(second) {
		t.Errorf("warned of %v and %v", first[0].Warnings, second[0].Warnings)
	}
}

// wantStreams: a device speaks in streams to some audiences alone.
func wantStreams(t *testing.T, of *replica.Replica, want ...change.UnitID) {
	t.Helper()
	entries, _ := of.Streams.Entries()
	for _, e := range entries {
		if e.Stream.Device == of.Keys.Device() && !slices.Contains(want, e.Stream.Audience) {
			t.Errorf("a stream to %s, want only to %v", e.Stream.Audience, want)
		}
	}
}

// wantState: what the community has of somebody's complaint, in the list and on the card.
func wantState(t *testing.T, d *clerk, who, want string) {
	t.Helper()
	all := kit.MustList(t, d.at, "complaint_state", `person = "`+who+`"`)
	if len(all) != 1 {
		t.Fatalf("%d states, want 1", len(all))
	}
	said := d.record("complaint_state", string(all[0]))
	text := func(field string) string { return said.Value(field).Text() }
	if got := text("reference") + " " + text("state") + " " + text("since"); got != want {
		t.Errorf("the state is %q, want %q", got, want)
	}
	c, err := desk.New(d.at).Card(t.Context(), "person", change.RecordID(who), kit.Clerk)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(c.Said, func(told desk.Told) bool { return told.Kind.Name == "complaint_state" }) {
		t.Error("the card does not tell of the complaint")
	}
}
