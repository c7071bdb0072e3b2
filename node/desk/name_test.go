package desk_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// TestNames: what people call a record, and what it is.
func TestNames(t *testing.T) {
	d := newDesk(t)
	kit.MustWrite(t, d.at, kit.Person("p-old", "甲")) // as programs did before ids named units
	old := d.mustPut("person", `{"id":"p-old","phone":"0714-100000"}`)[0].ID
	if want := change.RecordID(kit.First.ID) + ".p-old"; old != want {
		t.Errorf("an id of before: got %s, want %s", old, want)
	}
	numbered := d.mustPut("person", `{"id":" 甲-1 ","name":"甲"}`)[0].ID
	again := d.mustPut("person", `{"id":"甲-1","phone":"0714-100001"}`)[0].ID
	by := d.mustPut("person", `{"id":"`+string(numbered)+`","sex":"1"}`)[0].ID
	if numbered != again || numbered != by || numbered != kit.Name(kit.First, "person", "甲-1") {
		t.Errorf("one number of its own: got %s, %s and %s", numbered, again, by)
	}
	first, second := d.mustPut("person", `{"name":"乙"}`)[0].ID, d.mustPut("person", `{"name":"丙"}`)[0].ID
	if !first.Formed() || !second.Formed() || first >= second {
		t.Errorf("new ones: got %s and %s, want names in order of time", first, second)
	}
}

// TestReferences: a member may name the household by its number.
func TestReferences(t *testing.T) {
	d := newDesk(t)
	id := d.mustPut("person", `{"name":"甲","household":"H 7"}`)[0].ID
	if got, want := d.record("person", string(id)).Value("household").Text(), string(kit.Name(kit.First, "household", "H 7")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestAnothersRecord: nobody writes under another's name.
func TestAnothersName(t *testing.T) {
	d := newDesk(t)
	for _, id := range []change.RecordID{kit.Name(kit.Second, "person", "p-1"), change.NewRecordID(kit.Second.ID, [16]byte{1})} {
		if _, err := kit.Put(t, d.at, "person", `{"id":"`+string(id)+`","name":"甲"}`); fault.Of(err) != fault.Denied {
			t.Errorf("%s: got %v, want denied", id, err)
		}
	}
}

// TestOwnNumberIsKept: what people call a record is shown, listed and filtered, and
// stays.
func TestOwnNumberIsKept(t *testing.T) {
	d := newDesk(t)
	id := d.mustPut("household", `{"id":" H-7 ","head_name":"李四"}`)[0].ID
	if got := mustGet(t, d.at, "household", "H-7"); got.ID != id || got.Fields["own_no"] != "H-7" {
		t.Errorf("got %+v", got)
	}
	for _, filter := range []string{`own_no = "H-7"`, `自编号 = "H-*"`} {
		if got := kit.MustList(t, d.at, "household", filter); len(got) != 1 || got[0] != id {
			t.Errorf("%s: got %v", filter, got)
		}
	}
	for _, line := range []string{`{"own_no":"H-7","phone":"0714-1"}`, `{"id":"` + string(id) + `","own_no":"H-7","phone":"0714-2"}`, `{"id":"H-7","own_no":"H-7","phone":"0714-3"}`} {
		if got := d.mustPut("household", line)[0]; got.ID != id || got.Result != desk.Changed {
			t.Errorf("%s: got %+v, want a change of the record", line, got)
		}
	}
	made := d.mustPut("household", `{"head_name":"张三"}`)[0].ID
	for _, line := range []string{`{"id":"H-7","own_no":"H-8"}`, `{"id":"` + string(id) + `","own_no":"H-8"}`, `{"id":"` + string(made) + `","own_no":"H-9"}`} {
		if _, err := kit.Put(t, d.at, "household", line); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: got %v, want invalid: an id does not follow a number that changes", line, err)
		}
	}
	// A record of a program that did not keep the number gets it when it is named so.
	kit.MustWrite(t, d.at, &change.Change{Kind: "household", Record: kit.Name(kit.First, "household", "H-0"), Fields: change.FieldsOf(values{"head_name": change.Text("王五")}), At: 1})
	d.mustPut("household", `{"id":"H-0"}`)
	if got := mustGet(t, d.at, "household", "H-0").Fields["own_no"]; got != "H-0" {
		t.Errorf("got %v, want the number", got)
	}
}

// TestUselessIDs: what does not tell one record from another, or cannot be typed
// again.
func TestUselessIDs(t *testing.T) {
	d := newDesk(t)
	full := string(kit.Name(kit.First, "person", "p-1"))
	for _, id := range []string{" ", "\u3000", ".", "..", "-x", "--help", "***", "/", "a\tb", "a\nb", "a\x7fb", "\u200b", "a\u200bb", "\u202ea", "\ufeff", "\u0301", "\ufffd",
		strings.Repeat("户", 22), full[:len(full)-1], full + "0", string(kit.First.ID) + ".x"} {
		raw, err := json.Marshal(map[string]string{"id": id, "name": "甲"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = kit.Put(t, d.at, "person", string(raw))
		if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "the id ") || fault.Hint(err) == "" {
			t.Errorf("%q: got %v (%q), want invalid with a hint", id, err, fault.Hint(err))
		}
	}
	if got := head(t, d.at); got != 0 {
		t.Errorf("%d changes were written", got)
	}
	for _, id := range []string{"1", "户-1", "3号楼 2单元", "A/7", "é", "#12", "p_1", "x."} {
		raw, err := json.Marshal(map[string]string{"id": id, "name": "甲"})
		if err != nil {
			t.Fatal(err)
		}
		d.mustPut("person", string(raw))
		if got := mustGet(t, d.at, "person", change.RecordID(id)).Fields["own_no"]; got != id {
			t.Errorf("%q: got %v", id, got)
		}
	}
}

// TestToCorrect: a record that is to be here and is not is no new one.
func TestToCorrect(t *testing.T) {
	d := newDesk(t)
	d.mustPut("person", `{"id":"p-1","name":"甲"}`)
	update := desk.Saving{Update: true}
	if got, err := save(t, d.at, "person", `{"id":"p-1","sex":"1"}`, update); err != nil || got[0].Result != desk.Changed {
		t.Errorf("one that is here: got %v, %v", got, err)
	}
	before := head(t, d.at)
	unknown := string(change.NewRecordID(kit.First.ID, [16]byte{9}))
	for line, want := range map[string]fault.Kind{`{"id":"p-2","name":"乙"}`: fault.NotFound, `{"name":"乙"}`: fault.Invalid, `{"id":"` + unknown + `","name":"乙"}`: fault.NotFound} {
		_, err := save(t, d.at, "person", `{"id":"p-1","sex":"2"}`+"\n"+line, update)
		if fault.Of(err) != want || !strings.Contains(err.Error(), "line 2") || fault.Hint(err) == "" {
			t.Errorf("%s: got %v, want %v at line 2 with a hint", line, err, want)
		}
	}
	// An id that this program made is nobody's number: one that is not here is mistyped.
	if _, err := kit.Put(t, d.at, "person", `{"id":"`+unknown+`","name":"乙"}`); fault.Of(err) != fault.NotFound {
		t.Errorf("an id of the program: got %v, want not-found", err)
	}
	if got := head(t, d.at); got != before {
		t.Errorf("%d changes were written", got-before)
	}
}

// TestSameNumbersOfTwoUnits: two communities have one spreadsheet; their records
// never meet, neither at the city nor below it, and references stay within each.
func TestSameNumbersOfTwoUnits(t *testing.T) {
	w := kit.MustTiers(t)
	second := w.MustReplica(t, w.City, kit.Second)
	for i, at := range []*replica.Replica{w.Node, second} {
		phone := fmt.Sprint("0714-10000", i)
		kit.MustPut(t, at, "person", `{"id":"p-1","name":"甲","household":"h-1","phone":"`+phone+`"}`) // before its household
		kit.MustPut(t, at, "household", `{"id":"h-1","head_name":"甲","phone":"`+phone+`"}`)
		w.MustExchange(t, at, w.Street)
		w.MustExchange(t, w.Street, w.City)
		w.MustExchange(t, at, w.City)
	}
	kit.MustJudge(t, w.City)
	w.MustCarry(t, w.City, w.Node)
	w.MustCarry(t, w.City, second)
	for i, unit := range []tree.Unit{kit.First, kit.Second} {
		at := []*replica.Replica{w.Node, second}[i]
		got := mustGet(t, at, "person", "p-1")
		if got.Fields["household"] != string(kit.Name(unit, "household", "h-1")) || got.Fields["phone"] != fmt.Sprint("0714-10000", i) {
			t.Errorf("%s: got %v", unit.Name, got.Fields)
		}
		for _, p := range mustHistory(t, at, "person", "p-1") {
			if p.Refused || p.Parallel {
				t.Errorf("%s: got %+v, want a change that stands alone", unit.Name, p)
			}
		}
	}
}
