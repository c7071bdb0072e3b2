package node_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/operate"
)

// judged is a city, and a node of whose three changes the second breaks a rule.
type judged struct {
	*kit.Tiers
	t    *testing.T
	more []string // states of further changes
}

func mustJudged(t *testing.T, formats system.Formats) judged {
	t.Helper()
	w := judged{Tiers: kit.MustTiers(t), t: t}
	kit.MustPublish(t, w.City, formats)
	w.put("p-1", nil)
	w.put("p-2", map[string]change.Value{"birth_date": change.Text("1990-02-30")}) // the node's own check is passed by
	w.put("p-3", nil)
	return w
}

// put has the node write a person, and nobody check it.
func (w judged) put(id change.RecordID, more map[string]change.Value) {
	w.t.Helper()
	c := kit.Person(id, "甲")
	for name, value := range more {
		c.Fields = c.Fields.With(name, value)
	}
	kit.MustWrite(w.t, w.Node, c)
}

// judge brings the node's changes to the city, which judges them.
func (w judged) judge() {
	w.t.Helper()
	w.MustCarry(w.t, w.Node, w.City)
	kit.MustJudge(w.t, w.City)
}

// want wants the states of the three changes, and how many the city has covered.
func (w judged) want(when string, covered uint64, states ...string) {
	w.t.Helper()
	var got []string
	for _, id := range []change.RecordID{"p-1", "p-2", "p-3"}[:len(states)] {
		past, err := desk.New(w.Node).History(w.t.Context(), "person", id, kit.Clerk)
		if err != nil || len(past) != 1 {
			w.t.Fatalf("%s: history of %s: %+v, %v", when, id, past, err)
		}
		got = append(got, past[0].State)
	}
	if diff := cmp.Diff(states, got); diff != "" {
		w.t.Errorf("%s: %s", when, diff)
	}
	st, err := operate.New(w.Node, operate.Beyond{}).Status(w.t.Context(), false)
	refused := uint64(0)
	for _, state := range append(states, w.more...) {
		if state == desk.Refused {
			refused++
		}
	}
	own := st.Own
	if err != nil || own.Covered != covered || own.AtCity != covered || own.Refused != refused || own.Recorded != covered-refused || own.Sent != own.Covered+own.Waiting {
		w.t.Errorf("%s: got %+v, %v, want %d covered, %d of them refused", when, own, err, covered, refused)
	}
}

// TestACutBeforeTheRefusal: a receipt that comes without the words which the city
// had said by then makes nothing recorded.
func TestACutBeforeTheRefusal(t *testing.T) {
	w := mustJudged(t, system.Readable)
	kit.Acknowledge(w.Node)
	w.judge()
	kit.Acknowledge(w.Node)
	w.MustCarryReceipts(t, w.City, w.Node)
	w.want("with the receipt alone", 0, desk.Received, desk.Received, desk.Received)
	w.MustCarry(t, w.City, w.Node)
	w.want("with the words", 3, desk.Recorded, desk.Refused, desk.Recorded)
}

// TestWhatIsRecordedStaysSo while a newer receipt waits for the city's words.
func TestWhatIsRecordedStaysSo(t *testing.T) {
	w := mustJudged(t, system.Readable)
	w.judge()
	w.MustCarry(t, w.City, w.Node)
	w.want("the first three", 3, desk.Recorded, desk.Refused, desk.Recorded)
	w.put("p-4", map[string]change.Value{"birth_date": change.Text("nonsense")})
	w.judge()
	w.MustCarryReceipts(t, w.City, w.Node)
	w.want("a newer receipt without its words", 3, desk.Recorded, desk.Refused, desk.Recorded)
	w.MustCarry(t, w.City, w.Node)
	w.more = []string{desk.Refused}
	w.want("with them", 4, desk.Recorded, desk.Refused, desk.Recorded)
}

// TestUnmarkedReceipts: as long as some device reads no other, receipts do not say
// how far the city had spoken, and count as they come.
func TestUnmarkedReceipts(t *testing.T) {
	w := mustJudged(t, system.Before)
	w.judge()
	w.MustCarryReceipts(t, w.City, w.Node)
	w.want("with the receipt alone", 3, desk.Recorded, desk.Recorded, desk.Recorded)
	w.MustCarry(t, w.City, w.Node)
	w.want("with the words", 3, desk.Recorded, desk.Refused, desk.Recorded)
}

// TestRangesCountLikeWords: what one word refuses is counted change by change, the
// history names the rule, and the status lists the range.
func TestRangesCountLikeWords(t *testing.T) {
	w := judged{Tiers: kit.MustTiers(t), t: t}
	kit.MustPublish(t, w.City, system.Readable)
	for i := range 200 {
		w.put(change.RecordID(fmt.Sprintf("q-%d", i)), map[string]change.Value{"birth_date": change.Text("1990-02-30")})
	}
	w.put("p-1", nil)
	w.judge()
	w.MustCarry(t, w.City, w.Node)
	st, err := operate.New(w.Node, operate.Beyond{}).Status(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	want := operate.Own{Sent: 201, AtParent: 201, Covered: 201, Recorded: 1, Refused: 200, Words: 101, Head: 201, AtCity: 201}
	if diff := cmp.Diff(want, st.Own); diff != "" {
		t.Error(diff)
	}
	i := slices.IndexFunc(st.Refusals, func(r operate.Refusal) bool { return r.Count > 0 })
	if i < 0 || st.Refusals[i].From != 101 || st.Refusals[i].To != 200 || st.Refusals[i].Count != 100 || st.Refusals[i].Rule != "date" {
		t.Errorf("refusals: got %d, want the range among them: %+v", len(st.Refusals), st.Refusals)
	}
	past, err := desk.New(w.Node).History(t.Context(), "person", "q-150", kit.Clerk)
	if err != nil || len(past) != 1 || past[0].State != desk.Refused || past[0].Rule != "date" {
		t.Errorf("history: got %+v, %v", past, err)
	}
	v, err := operate.New(w.Node, operate.Beyond{}).Verify(t.Context(), operate.Checked{})
	if err != nil || !v.OK {
		t.Errorf("verify: %+v, %v", v, err)
	}
}
