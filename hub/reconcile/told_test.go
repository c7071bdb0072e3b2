package reconcile_test

import (
	"testing"

	"tongbu/hub/reconcile"
	"tongbu/internal/change"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
)

// TestAllStreamsAreRecorded: of whatever was judged in one transaction each stream has its
// receipt, up to where it was judged.
func TestAllStreamsAreRecorded(t *testing.T) {
	w := newWorld(t)
	var all []change.Stream
	for n := range 3 {
		clerk := w.town.MustForger(t, kit.First)
		clerk.MustSay(t, w.city, kit.First, person(change.RecordID([]byte{'p', '-', byte('a' + n)}), named("甲"), nil))
		all = append(all, clerk.Stream(kit.First))
	}
	w.settle()
	marks := recorded(t, w.city)
	for _, of := range all {
		if e, _ := w.city.Streams.Entry(of); marks[of] != e.Sealed || e.Sealed.Seq != 1 {
			t.Errorf("%s: recorded up to %+v, want %+v", of, marks[of], e.Sealed)
		}
	}
}

// TestToldWhatADeviceReads: who asked hears of a device that says what it reads, and of
// nothing else; and the latest time at which any change was entered of every batch.
func TestToldWhatADeviceReads(t *testing.T) {
	w := newWorld(t)
	clerk := w.town.MustForger(t, kit.First)
	cfg, told, dated := kit.Judging(w.city), 0, []int64{}
	cfg.Stated = func() { told++ }
	cfg.Dated = func(d change.DeviceID, author change.UnitID, at int64) {
		if d == clerk.Stream(kit.First).Device {
			dated = append(dated, at)
		}
	}
	judge := reconcile.New(cfg)
	settle := func() {
		for more := true; more; {
			var err error
			if more, err = kit.JudgeNextBy(t.Context(), w.city, judge); err != nil {
				t.Fatal(err)
			}
		}
	}
	settle()
	told = 0
	late, early := person("p-2", named("乙"), nil), person("p-1", named("甲"), nil)
	late.At, early.At = 7, 3
	clerk.MustSay(t, w.city, kit.First, late, early)
	if settle(); told != 0 {
		t.Errorf("told %d times of devices, and none has said anything", told)
	}
	state := &change.Change{Kind: system.DeviceStateKind, Record: change.RecordID(clerk.Stream(kit.First).Device), At: 9,
		Fields: change.FieldsOf(fields{"program": change.Text("1")})}
	clerk.MustSay(t, w.city, kit.First, state, person("p-3", named("丙"), nil))
	if settle(); told != 1 {
		t.Errorf("told %d times of what a device reads, want once", told)
	}
	if len(dated) != 2 || dated[0] != 7 || dated[1] != 9 {
		t.Errorf("batches of the times %v, want 7 and 9", dated)
	}
}
