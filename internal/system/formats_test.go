package system_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

func drawAccounts(t *rapid.T) (a system.Accounts) {
	a.Heads = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) system.AccountHead {
		return system.AccountHead{Login: rapid.StringMatching(`[a-z]{2,9}`).Draw(t, "login"), Name: rapid.StringMatching(`\p{Han}{2,4}`).Draw(t, "name"), Confirmed: rapid.Bool().Draw(t, "confirmed")}
	}), 0, 5).Draw(t, "heads")
	if len(a.Heads) > 0 {
		a.Count = len(a.Heads) + rapid.IntRange(0, 9).Draw(t, "others")
		a.Unconfirmed = rapid.IntRange(0, a.Count).Draw(t, "unconfirmed")
	}
	return a
}

// TestManyHeads: of more heads than there is room for the first are said, and how many
// accounts there are is said whole.
func TestManyHeads(t *testing.T) {
	said := system.Accounts{Count: 100, Unconfirmed: 100}
	for i := range 100 {
		said.Heads = append(said.Heads, system.AccountHead{Login: fmt.Sprintf("head-%03d", i), Name: "王小明"})
	}
	fields := said.Fields()
	size := 0
	for name, value := range fields {
		size += len(name) + len(value)
	}
	if size > 1000 {
		t.Errorf("%d bytes are said in one change", size)
	}
	got := system.AccountsFrom(func(field string) change.Value { return fields[field] })
	if n := len(got.Heads); got.Count != 100 || got.Unconfirmed != 100 || n == 0 || n == 100 || !slices.Equal(got.Heads, said.Heads[:n]) {
		t.Errorf("got %d accounts, %d unconfirmed, %d heads", got.Count, got.Unconfirmed, n)
	}
}

// TestAccountsOfAnother: what a device says of its people may be nonsense.
func TestAccountsOfAnother(t *testing.T) {
	for name, fields := range map[string]map[string]change.Value{
		"texts for numbers": {"accounts": change.Text("x"), "unconfirmed": change.Text("y")},
		"below nothing":     {"accounts": change.Int(-1), "unconfirmed": change.Int(-5)},
		"no JSON":           {"accounts": change.Int(1), "heads": change.Text("[")},
		"far too long":      {"accounts": change.Int(1), "heads": change.Text("[" + strings.Repeat(" ", 5000) + "]")},
		"another shape":     {"accounts": change.Int(1), "heads": change.Text(`{"login":1}`)},
	} {
		got := system.AccountsFrom(func(field string) change.Value { return fields[field] })
		if got.Count < 0 || got.Unconfirmed < 0 || len(got.Heads) > 0 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

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
			Heard: rapid.Uint64Max(9).Draw(t, "heard"), Accounts: drawAccounts(t)}
		fields := state.Fields()
		maps.Copy(fields, state.Accounts.Fields())
		got := system.DeviceStateFrom(mergedOf(system.DeviceStateKind, change.RecordID(city.Device), fields))
		if diff := cmp.Diff(state, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
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
