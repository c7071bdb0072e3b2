package desk_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// save puts lines as an input that says how.
func save(t *testing.T, at *replica.Replica, kind, lines string, how desk.Saving) (all []desk.Written, err error) {
	t.Helper()
	items, err := desk.ReadLines(strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	how.Actor = "clerk"
	err = desk.New(at).Save(t.Context(), kind, items, how, func(w desk.Written) error {
		all = append(all, w)
		return nil
	})
	return all, err
}

// shownLine is a record as Get shows it, with some fields changed.
func shownLine(t *testing.T, shown *desk.Shown, edits map[string]any) string {
	t.Helper()
	edited := *shown
	edited.Fields = map[string]any{}
	for name, value := range shown.Fields {
		edited.Fields[name] = value
	}
	for name, value := range edits {
		edited.Fields[name] = value
	}
	raw, err := json.Marshal(edited)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// head is how much a replica has written.
func head(t *testing.T, at *replica.Replica) (n uint64) {
	t.Helper()
	entries, _ := at.Streams.Entries()
	for _, e := range entries {
		if e.Stream.Device == at.Keys.Device() {
			n += e.Head
		}
	}
	return n
}

const household = `{"id":"H-7","head_name":"李四","address":"一巷1号","phone":"0714-100001"}`

// TestTwoAtOneDesk: two people read one record, each changes another field and puts
// the whole object. Both edits stand; a field that both changed has both values.
func TestTwoAtOneDesk(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", household)
	first, second := mustGet(t, d.at, "household", "H-7"), mustGet(t, d.at, "household", "H-7")
	d.mustPut("household", shownLine(t, first, map[string]any{"phone": "0714-100002"}))
	d.mustPut("household", shownLine(t, second, map[string]any{"address": "二巷2号"}))
	now := mustGet(t, d.at, "household", "H-7")
	want := map[string]any{"own_no": "H-7", "head_name": "李四", "address": "二巷2号", "phone": "0714-100002"}
	if diff := cmp.Diff(want, now.Fields); diff != "" || len(now.Conflicts) > 0 {
		t.Errorf("different fields: conflicts %v, %s", now.Conflicts, diff)
	}
	if last := d.fields("household", "H-7")[2]; len(last) != 1 {
		t.Errorf("got %v, want the one field that differs from what was read", last)
	}
	written := d.mustPut("household", shownLine(t, second, map[string]any{"phone": "0714-100003"}))[0]
	now = mustGet(t, d.at, "household", "H-7")
	if diff := cmp.Diff([]string{"phone"}, now.Conflicts); diff != "" {
		t.Errorf("the same field: %s", diff)
	}
	if written.Result != desk.Changed || !strings.Contains(strings.Join(written.Warnings, ";"), "phone: conflict") || written.Version != now.Version {
		t.Errorf("got %+v, want to be told of the conflict", written)
	}
	// Whoever edits the record next, as it is then, has read both.
	again := d.mustPut("household", shownLine(t, now, map[string]any{"phone": "0714-100004"}))[0]
	if now = mustGet(t, d.at, "household", "H-7"); len(now.Conflicts) > 0 || now.Fields["phone"] != "0714-100004" {
		t.Errorf("got %v and %v after an edit on both", now.Conflicts, now.Fields["phone"])
	}
	before := head(t, d.at)
	same := d.mustPut("household", shownLine(t, now, nil))[0]
	if same.Result != desk.Unchanged || same.Version != again.Version || same.Seq != again.Seq || head(t, d.at) != before {
		t.Errorf("got %+v for what was read, want nothing written", same)
	}
}

// TestEditPutAgain: an edit on an old version that is put again while its value stands
// beside another is written once, and does not change which one shows.
func TestEditPutAgain(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", household)
	read := mustGet(t, d.at, "household", "H-7")
	edits := []string{
		shownLine(t, read, map[string]any{"phone": "0714-100002"}),
		shownLine(t, read, map[string]any{"phone": "0714-100003"}),
	}
	for _, line := range edits {
		d.mustPut("household", line)
	}
	before, was := head(t, d.at), mustGet(t, d.at, "household", "H-7")
	for _, line := range edits {
		got := d.mustPut("household", line)[0]
		if got.Result != desk.Unchanged || !strings.Contains(strings.Join(got.Warnings, ";"), "phone: conflict") {
			t.Errorf("got %+v, want nothing written and the conflict told", got)
		}
	}
	if diff := cmp.Diff(was, mustGet(t, d.at, "household", "H-7")); diff != "" || head(t, d.at) != before {
		t.Errorf("%d changes more: %s", head(t, d.at)-before, diff)
	}
	// Who has read both chooses by writing the other one.
	other := "0714-100002"
	if was.Fields["phone"] == other {
		other = "0714-100003"
	}
	d.mustPut("household", shownLine(t, was, map[string]any{"phone": other}))
	if now := mustGet(t, d.at, "household", "H-7"); len(now.Conflicts) > 0 || now.Fields["phone"] != other {
		t.Errorf("got %v, %v, want the one that was chosen", now.Fields["phone"], now.Conflicts)
	}
}

// TestEditPutAgainLater: an edit on an old version that is put again after somebody who
// has read it wrote the field is not an edit more, whatever else it says, and whether
// the later values agree or not.
func TestEditPutAgainLater(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", household)
	read := mustGet(t, d.at, "household", "H-7")
	form := shownLine(t, read, map[string]any{"phone": "0714-100002"})
	d.mustPut("household", form)
	second := mustGet(t, d.at, "household", "H-7")
	d.mustPut("household", `{"id":"H-7","phone":"0714-100003"}`)
	before, was := head(t, d.at), mustGet(t, d.at, "household", "H-7")
	if got := d.mustPut("household", form)[0]; got.Result != desk.Unchanged || len(got.Warnings) > 0 && strings.Contains(strings.Join(got.Warnings, ";"), "conflict") {
		t.Errorf("got %+v, want nothing written", got)
	}
	if diff := cmp.Diff(was, mustGet(t, d.at, "household", "H-7")); diff != "" || head(t, d.at) != before {
		t.Errorf("%d changes more: %s", head(t, d.at)-before, diff)
	}
	// What it says beside that is written.
	d.mustPut("household", shownLine(t, read, map[string]any{"phone": "0714-100002", "address": "二巷2号"}))
	now := mustGet(t, d.at, "household", "H-7")
	if now.Fields["phone"] != "0714-100003" || now.Fields["address"] != "二巷2号" || len(now.Conflicts) > 0 {
		t.Errorf("got %v with conflicts %v", now.Fields, now.Conflicts)
	}
	// Two other values side by side: a third is not put beside them, and they are told.
	d.mustPut("household", shownLine(t, second, map[string]any{"phone": "0714-100004"}))
	before = head(t, d.at)
	got := d.mustPut("household", form)[0]
	if got.Result != desk.Unchanged || !strings.Contains(strings.Join(got.Warnings, ";"), "phone: conflict") || head(t, d.at) != before {
		t.Errorf("got %+v beside two others", got)
	}
	// Who has read the later value may write the earlier one.
	d.mustPut("household", shownLine(t, mustGet(t, d.at, "household", "H-7"), map[string]any{"phone": "0714-100002"}))
	if now := mustGet(t, d.at, "household", "H-7"); now.Fields["phone"] != "0714-100002" || len(now.Conflicts) > 0 {
		t.Errorf("got %v, %v for an edit on all there is", now.Fields["phone"], now.Conflicts)
	}
}

// TestBothSaidTheSame: two who change a field alike do not differ.
func TestBothSaidTheSame(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", household)
	read := mustGet(t, d.at, "household", "H-7")
	edit := map[string]any{"phone": "0714-100002"}
	d.mustPut("household", shownLine(t, read, edit))
	if got := d.mustPut("household", shownLine(t, read, edit))[0].Result; got != desk.Unchanged {
		t.Errorf("got %s, want unchanged", got)
	}
}

// TestWholeObjectSettlesNothing: who gives a record back as it was shown chooses
// none of the values side by side.
func TestWholeObjectSettlesNothing(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", household)
	read := mustGet(t, d.at, "household", "H-7")
	d.mustPut("household", shownLine(t, read, map[string]any{"phone": "0714-100002"}))
	d.mustPut("household", shownLine(t, read, map[string]any{"phone": "0714-100003"}))
	d.mustPut("household", shownLine(t, mustGet(t, d.at, "household", "H-7"), map[string]any{"address": "二巷2号"}))
	if now := mustGet(t, d.at, "household", "H-7"); len(now.Conflicts) != 1 || now.Fields["address"] != "二巷2号" {
		t.Errorf("got conflicts %v and %v, want the phone's to stand", now.Conflicts, now.Fields["address"])
	}
}

// TestReadAtAnotherDevice: a version says the same at every device of the unit, and
// an edit on an old one is a conflict wherever it is made. The city refuses none of
// it, and every tier ends with the same record.
func TestReadAtAnotherDevice(t *testing.T) {
	w := kit.MustTiers(t)
	other := w.MustReplica(t, w.City, kit.First)
	share := func() {
		t.Helper()
		w.MustExchange(t, w.Node, w.City)
		w.MustExchange(t, other, w.City)
		w.MustCarry(t, w.City, w.Node)
	}
	kit.MustPut(t, w.Node, "household", household)
	read := mustGet(t, w.Node, "household", "H-7")
	share()
	if got := mustGet(t, other, "household", "H-7").Version; got != read.Version {
		t.Fatalf("the versions of one state differ: %s and %s", got, read.Version)
	}
	kit.MustPut(t, w.Node, "household", shownLine(t, read, map[string]any{"phone": "0714-100002"}))
	kit.MustPut(t, w.Node, "household", shownLine(t, read, map[string]any{"phone": "0714-100003"}))
	share()
	kit.MustPut(t, other, "household", shownLine(t, read, map[string]any{"phone": "0714-100004"}))
	share()
	if got := phones(t, w.Node); len(got) != 3 {
		t.Errorf("got %v side by side, want what each of three typed", got)
	}
	kit.MustPut(t, other, "household", `{"id":"H-7","phone":"0714-100009"}`)
	share()
	kit.MustJudge(t, w.City)
	share()
	for _, at := range []*replica.Replica{w.Node, other} {
		for _, p := range mustHistory(t, at, "household", "H-7") {
			if p.Refused {
				t.Errorf("change %d is refused: %s", p.Count, p.Rule)
			}
		}
		if got := phones(t, at); len(got) != 1 || got[0] != "0714-100009" {
			t.Errorf("got %v, want the last one, which had seen all", got)
		}
	}
	if a, b := state(t, w.Node), state(t, other); a != b {
		t.Error("two devices with the same changes have other states")
	}
}

// phones are the values that the record's phone has.
func phones(t *testing.T, at *replica.Replica) (all []string) {
	t.Helper()
	err := at.Journal.View(func(tx *journal.Tx) error {
		rec, err := at.Records.Get(tx, "household", kit.Name(kit.First, "household", "H-7"))
		if err != nil {
			return err
		}
		for _, w := range rec.Writes() {
			if w.Field == "phone" {
				all = append(all, w.Value.Text())
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func state(t *testing.T, at *replica.Replica) (raw string) {
	t.Helper()
	err := at.Journal.View(func(tx *journal.Tx) error {
		rec, err := at.Records.Get(tx, "household", kit.Name(kit.First, "household", "H-7"))
		if err == nil {
			raw = string(rec.Encode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestVersionsThatAreNone: an error that says why, and nothing is written.
func TestVersionsThatAreNone(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", household)
	d.mustPut("household", `{"id":"H-8","head_name":"张三"}`)
	right := mustGet(t, d.at, "household", "H-7").Version
	ahead := change.Vector{change.Stream{Device: d.at.Keys.Device(), Incarnation: 1, Audience: kit.First.ID}: 9}
	of := kit.Name(kit.First, "household", "H-7")
	for name, test := range map[string]struct {
		id, version string
		kind        fault.Kind
		text        string
	}{
		"no version":           {"H-7", "hello", fault.Invalid, "not one that this program gave"},
		"an empty one":         {"H-7", "", fault.Invalid, "is empty"},
		"one cut off":          {"H-7", right[:len(right)-1], fault.Invalid, "not one that this program gave"},
		"one with more behind": {"H-7", right + "AAAA", fault.Invalid, "not one that this program gave"},
		"one too long":         {"H-7", strings.Repeat("A", change.MaxVersion+4), fault.Invalid, "not one that this program gave"},
		"another record's":     {"H-8", right, fault.Invalid, "another record"},
		"one ahead":            {"H-7", ahead.Version("household", of), fault.Invalid, "not here"},
		"one without an id":    {"", right, fault.Invalid, "without an id"},
		"of what is not here":  {"H-9", change.Vector{}.Version("household", kit.Name(kit.First, "household", "H-9")), fault.NotFound, "no such household"},
	} {
		t.Run(name, func(t *testing.T) {
			before := head(t, d.at)
			line := fmt.Sprintf(`{"id":%q,"version":%q,"phone":"0714-7"}`, test.id, test.version)
			if test.id == "" {
				line = fmt.Sprintf(`{"version":%q,"head_name":"x"}`, test.version)
			}
			_, err := kit.Put(t, d.at, "household", line)
			if fault.Of(err) != test.kind || !strings.Contains(err.Error(), test.text) || fault.Hint(err) == "" {
				t.Errorf("got %v (%v), want %v with %q and a hint", err, fault.Of(err), test.kind, test.text)
			}
			if head(t, d.at) != before {
				t.Error("something was written")
			}
		})
	}
}

// TestUnknownFieldsGoBack: a field of a later schema is shown, and comes back with
// the whole object.
func TestUnknownFieldsGoBack(t *testing.T) {
	d := newDesk(t)
	c := kit.Person("p-1", "甲")
	c.Fields = c.Fields.With("of_tomorrow", change.Text("x"))
	kit.MustWrite(t, d.at, c)
	read := mustGet(t, d.at, "person", "p-1")
	d.mustPut("person", shownLine(t, read, map[string]any{"phone": "0714-1"}))
	if got := mustGet(t, d.at, "person", "p-1").Fields; got["of_tomorrow"] != "x" || got["phone"] != "0714-1" {
		t.Errorf("got %v", got)
	}
	if _, err := kit.Put(t, d.at, "person", shownLine(t, read, map[string]any{"of_tomorrow": "y"})); fault.Of(err) != fault.Invalid {
		t.Errorf("got %v for a field that this program cannot check, want invalid", err)
	}
}
