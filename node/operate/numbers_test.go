package operate_test

import (
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// mustRefuseAll has the city refuse the first changes of the node, each of its own
// record, by a rule.
func mustRefuseAll(t *testing.T, w *kit.Tiers, n int, rule, message string) {
	t.Helper()
	in := w.Stream(w.Node)
	err := w.City.Streams.Write(t.Context(), func(wr *streams.Writer) error {
		own, err := wr.Own(w.Node.Place.Unit)
		for seq := uint64(1); seq <= uint64(n) && err == nil; seq++ {
			word := system.Refusal{Stream: in, Seq: seq, Count: 1, Kind: "person", Record: kit.Name(kit.First, "person", fmt.Sprintf("p-%d", seq)),
				Unit: w.Node.Place.Unit, Rule: rule, Message: message}
			_, err = w.City.Records.Put(wr.Tx, own, w.City.Place.Unit, records.Edit{Kind: system.RefusalKind, ID: system.WordID(in, seq), Fields: word.Fields()})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// refusedTiers: a node has written so many persons, and the city refused them all
// but the last.
func refusedTiers(t *testing.T, n int) *kit.Tiers {
	t.Helper()
	w := kit.MustTiers(t)
	var lines strings.Builder
	for i := range n + 1 {
		fmt.Fprintf(&lines, "{\"id\":\"p-%d\",\"name\":\"甲\",\"phone\":\"13900000000\"}\n", i+1)
	}
	kit.MustPut(t, w.Node, "person", lines.String())
	w.MustCarry(t, w.Node, w.Street)
	w.MustCarry(t, w.Street, w.City)
	mustRefuseAll(t, w, n, "not_the_custodian", "another unit holds this record: 西塞山区")
	w.MustRecord(t, w.Node)
	kit.Acknowledge(w.Node)
	w.MustCarry(t, w.City, w.Street)
	w.MustCarry(t, w.Street, w.Node)
	return w
}

// TestNumbersAddUp: a count is never the length of a list that is cut.
func TestNumbersAddUp(t *testing.T) {
	const refused = 152
	w := refusedTiers(t, refused)
	st := mustStatus(t, w.Node)
	if len(st.Refusals) != 100 || st.RefusalsTotal != refused || st.Own.Refused != refused {
		t.Errorf("got %d listed, %d refused of the unit, %d of the device; want 100, %d, %d", len(st.Refusals), st.RefusalsTotal, st.Own.Refused, refused, refused)
	}
	own := st.Own
	if own.Sent != refused+1 || own.Recorded != 1 || own.Covered != own.Recorded+own.Refused+own.Held || own.Sent != own.Covered+own.Waiting {
		t.Errorf("does not add up: %+v", own)
	}
	// The tiers above count the same of it.
	want := operate.Progress{Sent: own.Sent, Covered: own.Covered, Recorded: own.Recorded, Refused: own.Refused, Waiting: own.Waiting}
	w.Street.Contact.Joined(w.Node.Self())
	w.City.Contact.Joined(w.Node.Self())
	for name, above := range map[string]*replica.Replica{"street": w.Street, "city": w.City} {
		var got operate.Progress
		for _, c := range mustStatus(t, above).Children {
			if c.Device == w.Node.Keys.Device() {
				got = c.Changes
			}
		}
		if got != want {
			t.Errorf("the %s: got %+v, want %+v", name, got, want)
		}
	}
}

// TestRefusalsInWords: not the rule's name alone, and what to do about it.
func TestRefusalsInWords(t *testing.T) {
	w := refusedTiers(t, 1)
	got := mustStatus(t, w.Node).Refusals[0].Reason
	if got.En != "another unit holds this record: 西塞山区" || got.Zh != "该记录由其他单位管理: 西塞山区" || got.FixEn == "" || got.FixZh == "" {
		t.Errorf("got %+v", got)
	}
}

// TestConflictsAreNamed and counted, however many are listed.
func TestConflictsAreNamed(t *testing.T) {
	w := kit.MustTiers(t)
	const many = 103
	var lines strings.Builder
	for i := range many {
		fmt.Fprintf(&lines, "{\"id\":\"p-%03d\",\"name\":\"甲\",\"phone\":\"1\"}\n", i)
	}
	kit.MustPut(t, w.Node, "person", lines.String())
	err := w.Node.Streams.Write(t.Context(), func(wr *streams.Writer) error {
		for i := range many { // another device of the unit wrote without knowing of it
			in := change.Stream{Device: w.City.Keys.Device(), Incarnation: 1, Audience: w.Node.Place.Unit}
			c := &change.Change{Kind: "person", Record: kit.Name(kit.First, "person", fmt.Sprintf("p-%03d", i)), Fields: change.FieldsOf(map[string]change.Value{"phone": change.Text("2")})}
			if _, err := w.Node.Records.Apply(wr.Tx, w.Node.Place.Unit, in, uint64(i+1), c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	st := mustStatus(t, w.Node)
	if st.Conflicts != many || len(st.InConflict) != 100 {
		t.Fatalf("got %d, %d listed", st.Conflicts, len(st.InConflict))
	}
	if c := st.InConflict[0]; c.Kind != "person" || c.Record == "" || len(c.Fields) != 1 || c.Fields[0] != "phone" {
		t.Errorf("got %+v", c)
	}
}

// TestRefusedStaysInSight: what was typed is shown with the reason, in get and in
// the list of what is refused, until it is put right.
func TestRefusedStaysInSight(t *testing.T) {
	w := refusedTiers(t, 2)
	d := desk.New(w.Node)
	shown, err := d.Get(t.Context(), "person", "p-1", desk.Asker{})
	if err != nil || shown.State != desk.Refused || len(shown.Refused) != 1 || shown.Refused[0].Fields["phone"] != "13900000000" ||
		shown.Refused[0].Reason.Zh == "" || len(shown.Fields) != 0 {
		t.Fatalf("got %+v, %v", shown, err)
	}
	list := func(where string) (ids []string) {
		t.Helper()
		err := d.List(t.Context(), "person", where, desk.Asker{}, func(s *desk.Shown) error {
			ids = append(ids, string(s.ID))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	if got := list("refused = true"); len(got) != 2 {
		t.Errorf("got %v, want both", got)
	}
	if got := list(`refused = true AND name = "乙"`); len(got) != 0 {
		t.Errorf("got %v, want none of that name", got)
	}
	if got := list("refused = false"); len(got) != 1 {
		t.Errorf("got %v, want the one that stands", got)
	}
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`) // half of it
	if got := list("refused = true"); len(got) != 2 {
		t.Errorf("half put right: got %v, want both", got)
	}
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","phone":"13900000001"}`)
	if got := list("refused = true"); len(got) != 1 {
		t.Errorf("put right: got %v, want the other one", got)
	}
	if shown, err := d.Get(t.Context(), "person", "p-1", desk.Asker{}); err != nil || shown.State != desk.Saved || len(shown.Refused) != 0 {
		t.Errorf("put right: got %+v, %v", shown, err)
	}
}
