package desk_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
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
