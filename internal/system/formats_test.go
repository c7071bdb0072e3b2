package system_test

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

func drawFormats(t *rapid.T, what string) system.Formats {
	f := system.Before
	for _, name := range system.FormatNames {
		f = f.With(name, f.Version(name)+rapid.Uint64Max(3).Draw(t, what+" "+name))
	}
	return f
}

// mergedOf is the record that a change with the fields makes.
func mergedOf(kind string, id change.RecordID, fields map[string]change.Value) *merge.Record {
	r := merge.New(kind, id)
	r.Apply(city, &change.Change{Kind: kind, Record: id, Fields: change.FieldsOf(fields)})
	return r
}

// TestNetworkAndStateReadWhatTheyWrite: what is published and what a device says
// of itself are the same after they went through a record.
func TestNetworkAndStateReadWhatTheyWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		network := system.Network{Formats: drawFormats(t, "published"), Publication: rapid.Uint64Max(9).Draw(t, "publication")}
		if got := system.NetworkFrom(mergedOf(system.NetworkKind, system.NetworkID, network.Fields())); got != network {
			t.Errorf("published: got %+v, want %+v", got, network)
		}
		state := system.DeviceState{Device: city.Device, Program: rapid.SampledFrom([]string{"", "1.2"}).Draw(t, "program"), Reads: drawFormats(t, "read"),
			Heard: rapid.Uint64Max(9).Draw(t, "heard")}
		if got := system.DeviceStateFrom(mergedOf(system.DeviceStateKind, change.RecordID(city.Device), state.Fields())); got != state {
			t.Errorf("said: got %+v, want %+v", got, state)
		}
	})
}

// TestUnsaidFormats: who says nothing, or nonsense, reads what every program reads.
func TestUnsaidFormats(t *testing.T) {
	if got := system.NetworkFrom(nil); got.Formats != system.Before || got.Publication != 0 {
		t.Errorf("nothing published: got %+v", got)
	}
	fields := maps.Clone(system.Network{Publication: 1}.Fields())
	delete(fields, "batch")
	fields["receipts"], fields["words"] = change.Text("new"), change.Int(-3)
	if got := system.NetworkFrom(mergedOf(system.NetworkKind, system.NetworkID, fields)); got.Formats != system.Before {
		t.Errorf("nonsense published: got %+v", got)
	}
}

// TestFormatsCompare: what two read is what both read, and each name is a format.
func TestFormatsCompare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawFormats(t, "a"), drawFormats(t, "b")
		both, top := a.Common(b), a.Raised(b)
		if !a.Reads(both) || !b.Reads(both) || !top.Reads(a) || !top.Reads(b) {
			t.Errorf("of %+v and %+v: both read %+v, the higher are %+v", a, b, both, top)
		}
		for _, name := range system.FormatNames {
			if got := a.With(name, 99); got.Version(name) != 99 || got.Reads(a) != true || a.Reads(got) {
				t.Errorf("%s: got %+v", name, got)
			}
		}
	})
	if got := system.Before.With("nonsense", 9); got != system.Before || got.Version("nonsense") != 0 {
		t.Errorf("a format nobody knows: got %+v", got)
	}
}
