package desk_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

const lines = `{"name":"甲","sex":"1"}

{"name":"乙","sex":"2"}
{"id":"p-3","name":"丙","sex":"2"}
`

func results(all []desk.Written) (said []desk.Result) {
	for _, w := range all {
		said = append(said, w.Result)
	}
	return said
}

func ids(all []desk.Written) (named []change.RecordID) {
	for _, w := range all {
		named = append(named, w.ID)
	}
	return named
}

// TestRunAgain: the same input put again makes nothing twice, and takes nothing back
// that was corrected meanwhile; the answer names the same records.
func TestRunAgain(t *testing.T) {
	d := newDesk(t)
	first, err := save(t, d.at, "person", lines, desk.Saving{Run: "r"})
	if err != nil {
		t.Fatal(err)
	}
	d.mustPut("person", `{"id":"`+string(first[0].ID)+`","name":"甲甲"}`)
	before := head(t, d.at)
	again, err := save(t, d.at, "person", lines, desk.Saving{Run: "r"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids(first), ids(again)); diff != "" || head(t, d.at) != before {
		t.Errorf("put again: %d changes more, %s", head(t, d.at)-before, diff)
	}
	if diff := cmp.Diff([]desk.Result{desk.Unchanged, desk.Unchanged, desk.Unchanged}, results(again)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"run: line_put_before"}, again[1].Warnings); diff != "" {
		t.Error(diff)
	}
	if want := change.LineRecordID(kit.First.ID, "person", "r", 3); again[1].ID != want {
		t.Errorf("got %s, want %s: the line in the file, blank ones counted", again[1].ID, want)
	}
	if got := mustGet(t, d.at, "person", first[0].ID).Fields["name"]; got != "甲甲" {
		t.Errorf("got %v, want the correction to stand", got)
	}
	other, err := save(t, d.at, "person", lines, desk.Saving{Run: "s"})
	if err != nil || other[0].Result != desk.Made || other[0].ID == first[0].ID {
		t.Errorf("another run: got %+v, %v", other[0], err)
	}
}

// TestRunAtTwoDevices: a run begun at one device of the unit and put at another
// makes the same records, whichever of them hears of the other first.
func TestRunAtTwoDevices(t *testing.T) {
	w := kit.MustTiers(t)
	other := w.MustReplica(t, w.City, kit.First)
	how := desk.Saving{Run: "r"}
	here, err := save(t, w.Node, "person", lines, how)
	if err != nil {
		t.Fatal(err)
	}
	there, err := save(t, other, "person", lines, how)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids(here), ids(there)); diff != "" {
		t.Error(diff)
	}
	w.MustExchange(t, w.Node, w.City)
	w.MustExchange(t, other, w.City)
	if got := kit.MustList(t, other, "person", ""); len(got) != 3 {
		t.Errorf("got %d persons, want 3", len(got))
	}
	for _, id := range ids(here) {
		if got := mustGet(t, other, "person", id).Conflicts; got != nil {
			t.Errorf("got conflicts of %v: both said the same", got)
		}
	}
}

// TestRunBrokenOff: what was on the disk when an input was broken off is not made
// again by the rest.
func TestRunBrokenOff(t *testing.T) {
	d := newDesk(t)
	items, err := desk.ReadLines(strings.NewReader(strings.Repeat(`{"name":"甲","sex":"1"}`+"\n", 2500)))
	if err != nil {
		t.Fatal(err)
	}
	gone, told := errors.New("gone"), 0
	err = desk.New(d.at).Save(t.Context(), "person", items, desk.Saving{Run: "r"}, func(desk.Written) error {
		if told++; told > 1200 {
			return gone
		}
		return nil
	})
	if !errors.Is(err, gone) || head(t, d.at) != 2000 {
		t.Fatalf("got %v and %d records, want it broken off after two transactions", err, head(t, d.at))
	}
	made := 0
	err = desk.New(d.at).Save(t.Context(), "person", items, desk.Saving{Run: "r"}, func(w desk.Written) error {
		if w.Result == desk.Made {
			made++
		}
		return nil
	})
	if err != nil || made != 500 || head(t, d.at) != 2500 {
		t.Errorf("got %v, %d made of 500 left, %d records of 2500", err, made, head(t, d.at))
	}
}

// TestNamedRun: what people name may be given to two inputs by mistake.
func TestNamedRun(t *testing.T) {
	d := newDesk(t)
	how := desk.Saving{Run: "survey", Named: true}
	if _, err := save(t, d.at, "person", lines, how); err != nil {
		t.Fatal(err)
	}
	again, err := save(t, d.at, "person", lines+`{"name":"丁"}`, how)
	if err != nil || again[0].Result != desk.Unchanged || again[3].Result != desk.Made {
		t.Errorf("more behind: got %v, %v", results(again), err)
	}
	before := head(t, d.at)
	_, err = save(t, d.at, "person", `{"name":"戊"}`, how)
	if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "line 1") || head(t, d.at) != before {
		t.Errorf("another input under the name: got %v", err)
	}
	for _, name := range []string{"", " ", "-x", "a\tb", strings.Repeat("x", 65)} {
		if _, err := save(t, d.at, "person", lines, desk.Saving{Run: name, Named: true}); fault.Of(err) != fault.Invalid {
			t.Errorf("run %q: got %v, want invalid", name, err)
		}
	}
}
