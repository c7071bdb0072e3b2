package records_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

func TestPutIsTheNextChangeOfTheStream(t *testing.T) {
	f := open(t, nil)
	if got := f.put("p-1", fields{"name": change.Text("甲")}); got != 1 {
		t.Errorf("first sequence: got %d, want 1", got)
	}
	if got := f.put("p-1", fields{"phone": change.Text("1")}); got != 2 {
		t.Errorf("second sequence: got %d, want 2", got)
	}
	if got := f.past("p-1", 1); got.Count() != 2 || got.Context[device(1, east)] != 1 {
		t.Errorf("context of the second change: got %v, want the first", got.Context)
	}
	if f.value("p-1", "name") != "甲" || f.value("p-1", "phone") != "1" {
		t.Error("the record does not hold what was put")
	}
	var last uint64
	f.view(func(tx *journal.Tx) (err error) {
		last, err = f.store.LastSeq(tx, "person", named("p-1"))
		return err
	})
	if last != 2 {
		t.Errorf("LastSeq: got %d, want 2", last)
	}
}

func TestPutRefusesWhatNoChangeHolds(t *testing.T) {
	f := open(t, nil)
	err := f.journal.Update(t.Context(), func(tx *journal.Tx) error {
		_, err := f.store.Put(tx, device(1, east), east, records.Edit{Kind: "person", ID: named("p-1"), Fields: fields{"name": change.Text("\xff")}})
		return err
	})
	if fault.Of(err) != fault.Invalid || f.get("person", "p-1") != nil {
		t.Errorf("got %v, want invalid and no record", err)
	}
}

func TestApplyAgainChangesNothing(t *testing.T) {
	f := open(t, nil)
	c := person("p-1", "name", "甲", nil)
	seq, _ := f.receive(device(2, east), east, c)
	want := f.get("person", "p-1").Encode()
	f.update(func(tx *journal.Tx) error {
		_, err := f.store.Apply(tx, east, device(2, east), seq, c)
		return err
	})
	if diff := cmp.Diff(want, f.get("person", "p-1").Encode()); diff != "" {
		t.Error(diff)
	}
	if got := len(f.history("p-1")); got != 1 {
		t.Errorf("got %d changes in the history, want 1", got)
	}
}

// TestCityKinds: nobody but the city makes units, devices or refusals.
func TestCityKinds(t *testing.T) {
	f := open(t, nil)
	for _, kind := range []string{"unit", "device", system.RefusalKind} {
		c := &change.Change{Kind: kind, Record: "r-1", Fields: change.FieldsOf(fields{"name": change.Text("x")})}
		if _, kept := f.receive(device(2, east), east, c); kept || f.get(kind, "r-1") != nil {
			t.Errorf("%s of a community: kept", kind)
		}
		if _, kept := f.receive(device(9, cityUnit), cityUnit, c); !kept || f.get(kind, "r-1") == nil {
			t.Errorf("%s of the city: not kept", kind)
		}
	}
}

// TestAnotherUnitsChange has no effect on a record, whether it comes before the
// record's own changes or after them; what a unit writes under an id of before is a
// record of its own.
func TestAnotherUnitsChange(t *testing.T) {
	f := open(t, nil)
	for _, id := range []change.RecordID{change.NumberedRecordID(east, "person", "1"), named("p-1")} {
		foreign := []*change.Change{person(id, "phone", "2", nil), person(id, "phone", "3", change.Vector{device(1, east): 1}), person(id, merge.VoidField, "0", nil)}
		say := func() {
			for _, c := range foreign {
				if _, kept := f.receive(device(3, west), west, c); kept {
					t.Errorf("%s: another unit's change is kept", id)
				}
			}
		}
		say()
		if f.get("person", id) != nil || len(f.history(id)) > 0 {
			t.Errorf("%s: another unit has made a record", id)
		}
		f.put(id, fields{"phone": change.Text("1")})
		want := f.get("person", id).Encode()
		say()
		r := refusal("r-"+id, foreign[0], device(3, west))
		f.receive(device(9, west), cityUnit, r)
		if got := f.get("person", id).Encode(); !bytes.Equal(got, want) || len(f.history(id)) != 1 {
			t.Errorf("%s: another unit has changed the record", id)
		}
	}
	f.receive(device(3, west), west, person("p-1", "phone", "4", nil))
	if got := f.get("person", change.RecordID("p-1").Of("person", west)); got == nil || got.Value("phone").Text() != "4" || f.value("p-1", "phone") != "1" {
		t.Errorf("the same id of before: got %v and %s, want two records", got, f.value("p-1", "phone"))
	}
	f.sameAsReplay()
}

func TestKeepsOnlyItsKinds(t *testing.T) {
	f := open(t, func(kind string) bool { return kind == "unit" })
	if _, kept := f.receive(device(2, east), east, person("p-1", "name", "甲", nil)); kept || f.get("person", "p-1") != nil {
		t.Error("a person was kept")
	}
}

func TestEachGoesOnFromAnID(t *testing.T) {
	f := open(t, nil)
	for _, id := range []change.RecordID{"c", "a", "b"} {
		f.put(id, fields{"name": change.Text(string(id))})
	}
	f.receive(device(9, cityUnit), cityUnit, &change.Change{Kind: "person2", Record: "a", Fields: change.FieldsOf(fields{"name": change.Null})})
	var got []change.RecordID
	f.view(func(tx *journal.Tx) error {
		return f.store.Each(tx, "person", named("b"), func(r *merge.Record) error {
			got = append(got, r.ID())
			return nil
		})
	})
	if diff := cmp.Diff([]change.RecordID{named("b"), named("c")}, got); diff != "" {
		t.Error(diff)
	}
}

func TestKeysInPages(t *testing.T) {
	f := open(t, nil)
	for _, id := range []change.RecordID{"b", "a", "c"} {
		f.put(id, fields{"name": change.Text(string(id))})
	}
	var got []records.Key
	f.view(func(tx *journal.Tx) error {
		for {
			var after records.Key
			if len(got) > 0 {
				after = got[len(got)-1]
			}
			page, err := f.store.Keys(tx, after, 2)
			if err != nil || len(page) == 0 {
				return err
			}
			got = append(got, page...)
		}
	})
	want := []records.Key{{Kind: "person", ID: named("a")}, {Kind: "person", ID: named("b")}, {Kind: "person", ID: named("c")}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestConflictsAreCountedAndSettled(t *testing.T) {
	f := open(t, nil)
	f.put("p-1", fields{"phone": change.Text("1")})
	base := change.Vector{device(1, east): 1}
	f.put("p-1", fields{"phone": change.Text("2")})
	if got := f.conflicts(); got != 0 {
		t.Fatalf("got %d conflicts, want none", got)
	}
	f.receive(device(2, east), east, person("p-1", "phone", "3", base))
	f.put("p-2", fields{"phone": change.Text("1")})
	if got := f.conflicts(); got != 1 {
		t.Fatalf("got %d conflicts, want 1", got)
	}
	f.put("p-1", fields{"phone": change.Text("3")})
	if got := f.conflicts(); got != 0 {
		t.Errorf("got %d conflicts after choosing, want none", got)
	}
}

func TestHistory(t *testing.T) {
	f := open(t, nil)
	f.put("p-1", fields{"name": change.Text("甲")})
	base := change.Vector{device(1, east): 1}
	f.put("p-1", fields{"phone": change.Text("1")})
	f.receive(device(2, east), east, person("p-1", "email", "x", base))
	f.put("p-1", fields{"phone": change.Text("2")})
	type line struct {
		Device   change.DeviceID
		Count    uint64
		Parallel bool
	}
	var got []line
	for _, p := range f.history("p-1") {
		got = append(got, line{p.Stream.Device, p.Change.Count(), p.Parallel})
	}
	first, second := line{device(1, east).Device, 2, true}, line{device(2, east).Device, 2, true}
	if first.Device > second.Device {
		first, second = second, first
	}
	want := []line{{device(1, east).Device, 1, false}, first, second, {device(1, east).Device, 3, false}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestUnknownFieldsAreKept: a kind and fields that no schema here knows stand in
// the state, and stay when a known field is edited beside them.
func TestUnknownFieldsAreKept(t *testing.T) {
	f := open(t, nil)
	later := &change.Change{Kind: "kind_of_2030", Record: "k-1", Fields: change.FieldsOf(fields{"never_heard_of": change.Int(7), "nor_of_this": change.Set([]string{"a", "b"})})}
	if _, kept := f.receive(device(2, east), east, later); !kept {
		t.Fatal("a change of an unknown kind is not kept")
	}
	f.update(func(tx *journal.Tx) error {
		_, err := f.store.Put(tx, device(1, east), east, records.Edit{Kind: later.Kind, ID: later.Record, Fields: fields{"name": change.Text("甲")}})
		return err
	})
	got := f.get(later.Kind, later.Record)
	for name, want := range map[string]change.Value{"never_heard_of": change.Int(7), "nor_of_this": change.Set([]string{"a", "b"}), "name": change.Text("甲")} {
		if got.Value(name) != want {
			t.Errorf("%s: got %v, want %v", name, got.Value(name), want)
		}
	}
}
