package operate_test

import (
	"fmt"
	"testing"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// TestHeadsOfTheLogAreSaid: after a hundred look-ups the device says how far
// its log has come, and verify holds the log against that.
func TestHeadsOfTheLogAreSaid(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"王小明"}`)
	for range 205 {
		if err := w.Node.Lookups.Append(t.Context(), replica.LookUp{Entry: audit.Entry{Act: audit.Get, Kind: "person"}, Records: []change.RecordID{"p-1"}}); err != nil {
			t.Fatal(err)
		}
	}
	if v := wantNoProblems(t, w.Node); v.Audit != 205 {
		t.Errorf("%d entries, want 205", v.Audit)
	}
	if st := mustStatus(t, w.Node); st.Own.Head != 3 {
		t.Errorf("own head %d; want the record and two heads of the log", st.Own.Head)
	}
}

// TestAudit: the log is told from a number on, or of one record; the devices are
// no personal data, so whoever lists them is not in it.
func TestAudit(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"王小明"}`)
	kit.MustPut(t, w.Node, "person", `{"id":"p-2","name":"李小红"}`)
	if _, err := desk.New(w.Node).Get(t.Context(), "person", "p-1", kit.Clerk); err != nil {
		t.Fatal(err)
	}
	kit.MustList(t, w.Node, "person", "")
	at(w.Node).Devices()
	for _, test := range []struct {
		from   uint64
		record change.RecordID
		want   []audit.Act
	}{
		{0, "", []audit.Act{audit.Get, audit.List}},
		{1, "", []audit.Act{audit.Get, audit.List}},
		{2, "", []audit.Act{audit.List}},
		{3, "", nil},
		{0, kit.Name(kit.First, "person", "p-1"), []audit.Act{audit.Get, audit.List}},
		{0, kit.Name(kit.First, "person", "p-2"), []audit.Act{audit.List}},
		{1, kit.Name(kit.First, "person", "p-1"), []audit.Act{audit.Get, audit.List}},
		{0, kit.Name(kit.First, "person", "p-3"), nil},
	} {
		kind := "" // any
		if test.from > 0 && test.record != "" {
			kind = "person"
		}
		got, err := at(w.Node).Audit(test.from, kind, test.record, "")
		if err != nil || len(got) != len(test.want) {
			t.Errorf("from %d of %q: got %+v, %v, want %v", test.from, test.record, got, err, test.want)
			continue
		}
		for i := range got {
			if got[i].Act != test.want[i] {
				t.Errorf("from %d of %q: got %+v, want %v", test.from, test.record, got, test.want)
			}
		}
	}
}

// TestAuditOfNoKind: a kind that is mistyped is no record that nobody looked at.
func TestAuditOfNoKind(t *testing.T) {
	w := kit.MustTiers(t)
	if got, err := at(w.Node).Audit(0, "persn", "x", ""); fault.Of(err) != fault.Invalid {
		t.Errorf("got %+v, %v, want invalid", got, err)
	}
	household := kit.Name(kit.First, "household", "h-1")
	if got, err := at(w.Node).Audit(0, "household", household, ""); err != nil || len(got) != 0 {
		t.Errorf("got %+v, %v, want none", got, err)
	}
}

// TestDevices: a hub knows the devices that the city has admitted below it.
func TestDevices(t *testing.T) {
	w := kit.MustTiers(t)
	d := kit.MustDevice(t, w.City, 7, kit.First, 10)
	w.MustCarry(t, w.City, w.Street)
	for name, s := range map[string]*replica.Replica{"city": w.City, "street": w.Street} {
		if got := at(s).Devices(); len(got) != 1 || got[0].ID != d.ID || got[0].Code != kit.First.Code {
			t.Errorf("the %s: got %+v, want %s", name, got, d.ID)
		}
	}
}

// TestAuditOfAProgram: what one program looked at, of all or of one record.
func TestAuditOfAProgram(t *testing.T) {
	w := kit.MustTiers(t)
	for i, by := range []string{"stats", "", "centre", "stats"} {
		up := replica.LookUp{Entry: audit.Entry{Act: audit.Query, Kind: "person", Program: by}, Records: []change.RecordID{change.RecordID(fmt.Sprintf("p-%d", i))}}
		if err := w.Node.Lookups.Append(t.Context(), up); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		program string
		record  change.RecordID
		want    int
	}{{"", "", 4}, {"stats", "", 2}, {"centre", "", 1}, {"nobody", "", 0}, {"stats", "p-3", 1}, {"stats", "p-2", 0}} {
		got, err := at(w.Node).Audit(0, "", test.record, test.program)
		if err != nil || len(got) != test.want {
			t.Errorf("%+v: got %+v, %v", test, got, err)
		}
	}
}
