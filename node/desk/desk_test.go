package desk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// clerk is a community's, or another unit's, that knows the tree.
type clerk struct {
	t    testing.TB
	town *kit.Town
	city *replica.Replica
	at   *replica.Replica
}

func newDesk(t *testing.T) *clerk {
	t.Helper()
	town := kit.MustTown(t)
	city := town.MustCity(t)
	return &clerk{t: t, town: town, city: city, at: town.MustReplica(t, city, kit.First)}
}

func (d *clerk) mustPut(kind, input string) []desk.Written {
	d.t.Helper()
	return kit.MustPut(d.t, d.at, kind, input)
}

func (d *clerk) record(kind, number string) (r *merge.Record) {
	d.t.Helper()
	id := change.RecordID(number)
	if !id.Formed() {
		id = kit.Name(kit.First, kind, number)
	}
	if err := d.at.Journal.View(func(tx *journal.Tx) (err error) {
		r, err = d.at.Records.Get(tx, kind, id)
		return err
	}); err != nil {
		d.t.Fatal(err)
	}
	return r
}

// fields are the names that each change of a record sets.
func (d *clerk) fields(kind, number string) (all []map[string]change.Value) {
	d.t.Helper()
	if err := d.at.Journal.View(func(tx *journal.Tx) error {
		past, err := d.at.Records.History(tx, kind, kit.Name(kit.First, kind, number))
		for _, p := range past {
			all = append(all, p.Change.Fields.Map())
		}
		return err
	}); err != nil {
		d.t.Fatal(err)
	}
	return all
}

type values = map[string]change.Value

func TestPutWritesOnlyWhatDiffers(t *testing.T) {
	d := newDesk(t)
	first := d.mustPut("person", `{"id":"p-1","name":"甲","sex":"1"}`)
	second := d.mustPut("person", `{"id":"p-1","name":"甲","sex":"2","phone":"13900000000"}`)
	want := []values{
		{"name": change.Text("甲"), "sex": change.Text("1"), "own_no": change.Text("p-1")},
		{"sex": change.Text("2"), "phone": change.Text("13900000000")},
	}
	if diff := cmp.Diff(want, d.fields("person", "p-1")); diff != "" {
		t.Error(diff)
	}
	again := d.mustPut("person", `{"id":"p-1","name":"甲","sex":"2"}`)
	if first[0].Seq != 1 || second[0].Seq != 2 || again[0].Seq != 2 || len(d.fields("person", "p-1")) != 2 {
		t.Errorf("got sequences %d, %d and %d for a repeat, want 1, 2, 2", first[0].Seq, second[0].Seq, again[0].Seq)
	}
	if again[0].ID != kit.Name(kit.First, "person", "p-1") || len(first[0].Warnings) == 0 {
		t.Errorf("got %+v, want its id and the soft checks that failed", first[0])
	}
}

func TestPutEmptiesAField(t *testing.T) {
	d := newDesk(t)
	d.mustPut("person", `{"id":"p-1","name":"甲","phone":"13900000000"}`)
	d.mustPut("person", `{"id":"p-1","phone":null}`)
	if got := d.record("person", "p-1").Value("phone"); !got.IsNull() {
		t.Errorf("got %v, want nothing", got.Text())
	}
}

// TestPutChoosesAConflict: to write the value that shows is to choose it.
func TestPutChoosesAConflict(t *testing.T) {
	d := newDesk(t)
	other := d.town.MustReplica(t, d.city, kit.First)
	d.mustPut("person", `{"id":"p-1","name":"甲"}`)
	if _, err := kit.Put(t, other, "person", `{"id":"p-1","name":"乙"}`); err != nil {
		t.Fatal(err)
	}
	d.town.MustCarry(t, other, d.city)
	d.town.MustCarry(t, d.city, d.at)
	if got := len(d.record("person", "p-1").Conflicts()); got != 1 {
		t.Fatalf("got %d conflicts, want 1", got)
	}
	chosen := d.record("person", "p-1").Value("name").Text()
	for range 2 {
		d.mustPut("person", fmt.Sprintf(`{"id":"p-1","name":%q}`, chosen))
	}
	if r := d.record("person", "p-1"); len(r.Conflicts()) != 0 || r.Value("name").Text() != chosen {
		t.Errorf("got %v and %q, want no conflict and the choice", r.Conflicts(), r.Value("name").Text())
	}
	if got := len(d.fields("person", "p-1")); got != 3 {
		t.Errorf("got %d changes, want one for the choice", got)
	}
}

// TestPutSeesTheItemsBefore: a record may come in several items of one input.
func TestPutSeesTheItemsBefore(t *testing.T) {
	d := newDesk(t)
	d.mustPut("person", `{"id":"p-1","name":"甲"}
{"id":"p-1","sex":"1"}
{"id":"p-1","phone":"13900000000"}`)
	if got := d.record("person", "p-1"); got.Value("sex").Text() != "1" || got.Value("phone").Text() != "13900000000" {
		t.Errorf("got %v", got.Values())
	}
	_, err := kit.Put(t, d.at, "person", `{"id":"p-2","name":"甲"}
{"id":"p-2","name":null}`)
	if fault.Of(err) != fault.Invalid || d.record("person", "p-2") != nil {
		t.Errorf("got %v, want invalid and nothing written", err)
	}
}

func TestPutMakesIDs(t *testing.T) {
	d := newDesk(t)
	written := d.mustPut("person", `{"name":"甲"}
{"name":"乙"}`)
	if len(written) != 2 || written[0].ID >= written[1].ID || written[0].ID.Validate() != nil {
		t.Errorf("got %+v, want two ids in order", written)
	}
}

// TestPutChecksAllFirst: one bad line, and nothing is written.
func TestPutChecksAllFirst(t *testing.T) {
	tests := map[string]struct {
		line string
		text string
	}{
		"a wrong type":            {`{"name":7}`, "name"},
		"a field given twice":     {`{"name":"SECRET","name":"乙"}`, "twice"},
		"a field under two names": {`{"name":"SECRET","姓名":"乙"}`, "name"},
		"no such field":           {`{"name":"甲","shoe":"SECRET"}`, "shoe"},
		"no name":                 {`{"sex":"1"}`, "missing"},
		"a wrong number":          {`{"name":"甲","id_number":"990101190001010011"}`, "id_number"},
		"an id that is no text":   {`{"id":7,"name":"甲"}`, "id"},
		"an empty id":             {`{"id":"","name":"甲"}`, "id"},
		"an id too long":          {`{"id":"` + strings.Repeat("x", 65) + `","name":"甲"}`, "the id is not a text"},
		"an ID number as id":      {`{"id":"420205-18980927-5088","name":"甲"}`, "citizen's ID number"},
		"one within an id":        {`{"id":"p-420205189809275088","name":"甲"}`, "citizen's ID number"},
		"one of 15 digits":        {`{"id":"p-420205980927508","name":"甲"}`, "citizen's ID number"},
		"one as a reference":      {`{"name":"甲","household":"420205189809275088"}`, "household: a citizen's ID number"},
		"a field of the program":  {`{"name":"甲","unit":"990101001002"}`, "unit"},
		"a value nested too deep": {`{"name":{"a":{"b":"SECRET"}}}`, "name"},
		"a set where a text is":   {`{"name":["SECRET"]}`, "name"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			_, err := kit.Put(t, d.at, "person", `{"id":"good","name":"甲"}`+"\n"+test.line)
			if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %v (%v), want invalid with line 2 and %q", err, fault.Of(err), test.text)
			}
			if said := fmt.Sprint(err) + fault.Hint(err); strings.Contains(said, "SECRET") || schema.HoldsIDNumber(said) {
				t.Errorf("the error tells the content: %v", err)
			}
			if d.record("person", "good") != nil {
				t.Error("the good line was written")
			}
		})
	}
}

func TestPutOfKinds(t *testing.T) {
	d := newDesk(t)
	for kind, want := range map[string]fault.Kind{"elephant": fault.Invalid, "notice": fault.Denied, "unit": fault.Denied, "device": fault.Denied, system.RefusalKind: fault.Denied} {
		if _, err := kit.Put(t, d.at, kind, `{"name":"x"}`); fault.Of(err) != want {
			t.Errorf("%s at a community: got %v, want %v", kind, err, want)
		}
	}
	if _, err := kit.Put(t, d.city, "person", `{"name":"x"}`); fault.Of(err) != fault.Denied {
		t.Errorf("person at the city: got %v, want denied", err)
	}
}

// TestAudience: a record is said to the unit it names, by code, at or below
// the one that writes.
func TestAudience(t *testing.T) {
	d := newDesk(t)
	street := d.town.MustReplica(t, d.city, kit.Street)
	if _, err := kit.Put(t, street, "notice", `{"id":"n-1","title":"x","audience":"`+kit.Second.Code+`"}
{"id":"n-2","title":"y"}`); err != nil {
		t.Fatal(err)
	}
	entries, _ := street.Streams.Entries()
	var got []change.UnitID
	for _, e := range entries {
		if e.Stream.Device == street.Keys.Device() {
			got = append(got, e.Stream.Audience)
		}
	}
	if diff := cmp.Diff([]change.UnitID{kit.Street.ID, kit.Second.ID}, got); diff != "" {
		t.Error(diff)
	}
	for code, want := range map[string]fault.Kind{kit.City.Code: fault.Denied, kit.FarAway.Code: fault.Denied, kit.NotOfTown.Code: fault.Invalid, "x": fault.Denied} {
		if _, err := kit.Put(t, street, "notice", `{"title":"x","audience":"`+code+`"}`); fault.Of(err) != want {
			t.Errorf("audience %s: got %v, want %v", code, err, want)
		}
	}
}

// TestPersonsAtHubs: what a hub says of a person goes to the unit that holds the person
// and to nobody else, and counts there; it says nothing of persons to all below.
func TestPersonsAtHubs(t *testing.T) {
	d := newDesk(t)
	street := d.town.MustReplica(t, d.city, kit.Street)
	who := string(kit.MustPut(t, d.at, "person", `{"id":"p","name":"甲","hardship":["050"]}`)[0].ID)
	kit.MustPut(t, street, "hardship_step", `{"person":"`+who+`","on":"2026-03-01","step":"rechecked"}`)
	entries, _ := street.Streams.Entries()
	for _, e := range entries {
		if e.Stream.Device == street.Keys.Device() && e.Stream.Audience != kit.First.ID {
			t.Errorf("the step stands in the stream to %s, want %s", e.Stream.Audience, kit.First.ID)
		}
	}
	d.town.MustCarry(t, street, d.at)
	if got := kit.MustList(t, d.at, "register_hardship", `step_on = "2026-03-01"`); len(got) != 1 {
		t.Errorf("%d rows of the register have the street's step, want 1", len(got))
	}
	for about, want := range map[string]fault.Kind{"": fault.Invalid, `,"person":"p"`: fault.Invalid, `,"person":"` + string(kit.FarAway.ID) + who[len(kit.First.ID):] + `"`: fault.Denied} {
		if _, err := kit.Put(t, street, "hardship_step", `{"on":"2026-03-01","step":"rechecked"`+about+`}`); fault.Of(err) != want {
			t.Errorf("about %q: got %v, want %v", about, err, want)
		}
	}
	if _, err := kit.Put(t, street, "staff", `{"name":"甲"}`); fault.Of(err) != fault.Invalid {
		t.Errorf("staff of a hub: got %v, want invalid", err)
	}
}

// TestCorrected: an event that is corrected without a reason is warned of; one that is
// about nobody, too.
func TestCorrected(t *testing.T) {
	d := newDesk(t)
	kit.MustPut(t, d.at, "person", `{"id":"p","name":"甲"}`)
	warned := func(line, rule string) bool {
		return slices.ContainsFunc(kit.MustPut(t, d.at, "unemployment", line)[0].Warnings, func(w string) bool { return strings.HasPrefix(w, rule) })
	}
	if warned(`{"id":"u","person":"p","on":"2026-01-01","reason":"20"}`, "person: subject_unknown") {
		t.Error("a person who is here is not known")
	}
	if !warned(`{"id":"v","person":"nobody","on":"2026-01-01","reason":"20"}`, "person: subject_unknown") {
		t.Error("an event about nobody is taken without a word")
	}
	if !warned(`{"id":"u","on":"2026-01-02"}`, schema.CorrectionReason) || warned(`{"id":"u","on":"2026-01-03","correction_reason":"抄错"}`, schema.CorrectionReason) {
		t.Error("a correction is to say why")
	}
}

// TestAnothersRecord: what the city announced is not the street's to change.
func TestAnothersRecord(t *testing.T) {
	d := newDesk(t)
	street := d.town.MustReplica(t, d.city, kit.Street)
	kit.MustPut(t, d.city, "notice", `{"id":"n-1","title":"x"}`)
	d.town.MustCarry(t, d.city, street)
	citys := string(kit.Name(kit.City, "notice", "n-1"))
	if _, err := kit.Put(t, street, "notice", `{"id":"`+citys+`","title":"y"}`); fault.Of(err) != fault.Denied {
		t.Errorf("got %v, want denied", err)
	}
	if got := kit.MustPut(t, street, "notice", `{"id":"n-1","title":"y"}`); string(got[0].ID) == citys {
		t.Error("two units' own numbers name one record")
	}
}

// TestBeforeTheTreeHasCome: a new device writes at once; only naming a unit
// by its code must wait.
func TestBeforeTheTreeHasCome(t *testing.T) {
	town := kit.MustTown(t)
	node := town.MustOpen(t, town.MustJoin(t, kit.First))
	if _, err := kit.Put(t, node, "person", `{"name":"甲"}`); err != nil {
		t.Errorf("a person: %v", err)
	}
	street := town.MustOpen(t, town.MustJoin(t, kit.Street))
	if _, err := kit.Put(t, street, "notice", `{"title":"x","audience":"`+kit.First.Code+`"}`); fault.Of(err) != fault.Unavailable {
		t.Errorf("a notice to a code: got %v, want unavailable", err)
	}
}

// TestTell: each record is told after it is on the disk, and who is told may
// end it.
func TestTell(t *testing.T) {
	d := newDesk(t)
	items, err := desk.ReadLines(strings.NewReader(`{"id":"p-1","name":"甲"}`))
	if err != nil {
		t.Fatal(err)
	}
	gone := errors.New("gone")
	err = desk.New(d.at).Put(t.Context(), "person", items, "clerk", func(w desk.Written) error {
		if d.record("person", string(w.ID)) == nil {
			t.Error("told before it was stored")
		}
		return gone
	})
	if !errors.Is(err, gone) {
		t.Errorf("got %v, want the listener's error", err)
	}
}

// TestManyRecords passes the bound of one transaction.
func TestManyRecords(t *testing.T) {
	d := newDesk(t)
	var input strings.Builder
	for i := range 2500 {
		raw, err := json.Marshal(map[string]string{"name": fmt.Sprintf("甲%d", i)})
		if err != nil {
			t.Fatal(err)
		}
		input.Write(append(raw, '\n'))
	}
	commits := d.at.Journal.Stats().Commits
	written := d.mustPut("person", input.String())
	if got := written[len(written)-1].Seq; len(written) != 2500 || got != 2500 {
		t.Errorf("got %d records up to sequence %d, want 2500", len(written), got)
	}
	if got := d.at.Journal.Stats().Commits - commits; got > 5 {
		t.Errorf("got %d transactions, want a few", got)
	}
}
