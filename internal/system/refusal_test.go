package system_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

var (
	unit   = change.NewUnitID([10]byte{1})
	stream = change.Stream{Device: change.DeviceOf([]byte{1}), Incarnation: 2, Audience: unit}
	city   = change.Stream{Device: change.DeviceOf([]byte{9}), Incarnation: 1, Audience: unit}
)

func good() system.Refusal {
	return system.Refusal{Stream: stream, Seq: 7, Count: 3, Kind: "person", Record: "p-1", Unit: unit, Rule: "not_a_writer", Message: "no"}
}

// merged is the record that changes with the fields make, one after the other.
func merged(kind string, says ...map[string]change.Value) *merge.Record {
	r := merge.New(kind, "r-1")
	for _, fields := range says {
		r.Apply(city, &change.Change{Kind: kind, Record: "r-1", Fields: change.FieldsOf(fields), Context: r.Context(), Actor: "city"})
	}
	return r
}

// TestRefusalReadsWhatItWrites: a refusal is the same after it went through a
// change and a record.
func TestRefusalReadsWhatItWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Uint64Max(1 << 60)
		text := rapid.SampledFrom([]string{"", "a", "甲"})
		want := system.Refusal{Stream: stream, Seq: number.Draw(t, "seq"), Count: number.Draw(t, "count"), Kind: text.Draw(t, "kind"),
			Record: change.RecordID(text.Draw(t, "record")), Unit: change.UnitID(text.Draw(t, "unit")), Rule: text.Draw(t, "rule"), Message: text.Draw(t, "message")}
		if rapid.Bool().Draw(t, "holder") {
			want.Holder, want.Since = unit, number.Draw(t, "since")
		}
		want.Voided = rapid.Bool().Draw(t, "voided")
		want.Void = want.Voided && rapid.Bool().Draw(t, "void")
		fields := want.Fields()
		c := &change.Change{Kind: system.RefusalKind, Record: "r-1", Fields: change.FieldsOf(fields)}
		for way, got := range map[string]system.Refusal{"a record": system.RefusalFrom(merged(system.RefusalKind, fields)), "a change": system.RefusalIn(c)} {
			if diff := cmp.Diff(want, got, streams); diff != "" {
				t.Fatalf("through %s: want -, got +:\n%s", way, diff)
			}
		}
	})
}

var streams = cmpopts.IgnoreFields(change.Stream{}, "_")

// TestRefusalNames: what takes the effect from a change, and what does not.
func TestRefusalNames(t *testing.T) {
	set := func(field string, v change.Value) map[string]change.Value { return map[string]change.Value{field: v} }
	for name, test := range map[string]struct {
		says  map[string]change.Value
		names bool
	}{
		"as it was written":                {nil, true},
		"void":                             {set("valid", change.Text("0")), false},
		"valid again":                      {set("valid", change.Text("1")), true},
		"no stream":                        {set("stream", change.Null), false},
		"a stream that is none":            {set("stream", change.Text("nonsense")), false},
		"no count":                         {set("count", change.Int(0)), false},
		"a count below zero":               {set("count", change.Int(-1)), false},
		"a count that is a text":           {set("count", change.Text("1")), false},
		"no kind":                          {set("kind", change.Text("")), false},
		"a refusal":                        {set("kind", change.Text(system.RefusalKind)), false},
		"the longest kind":                 {set("kind", change.Text(strings.Repeat("k", change.MaxKind))), true},
		"a kind that is too long":          {set("kind", change.Text(strings.Repeat("k", change.MaxKind+1))), false},
		"no record":                        {set("record", change.Text("")), false},
		"a record that has no name":        {set("record", change.Text("a\nb")), false},
		"a record's id too long":           {set("record", change.Text(strings.Repeat("r", change.MaxRecordID+1))), false},
		"no sequence, which no tier needs": {set("seq", change.Null), true},
	} {
		t.Run(name, func(t *testing.T) {
			says := []map[string]change.Value{good().Fields()}
			if test.says != nil {
				says = append(says, test.says)
			}
			got, names := system.RefusalFrom(merged(system.RefusalKind, says...)).Names()
			want := system.Refused{}
			if test.names {
				want = system.Refused{Kind: "person", Record: change.RecordID(unit) + ".p-1", Dot: change.Dot{Stream: stream, Count: 3}}
				if kind := test.says["kind"]; !kind.IsNull() {
					want.Kind = kind.Text()
				}
			}
			if names != test.names || got != want {
				t.Errorf("got %+v, %v; want %+v, %v", got, names, want, test.names)
			}
		})
	}
	if got, names := system.RefusalFrom(merged("notice", good().Fields())).Names(); names {
		t.Errorf("a record of another kind names %+v", got)
	}
}

// TestRefusalVoidedOnce: a refusal that was taken back and stands again says
// so, for it must write its validity from then on.
func TestRefusalVoidedOnce(t *testing.T) {
	back, again := good(), good()
	back.Void, again.Voided = true, true
	r := merged(system.RefusalKind, good().Fields(), back.Fields())
	if got := system.RefusalFrom(r); !got.Void || !got.Voided {
		t.Errorf("taken back: got %+v", got)
	}
	r = merged(system.RefusalKind, good().Fields(), back.Fields(), again.Fields())
	if got := system.RefusalFrom(r); got.Void || !got.Voided {
		t.Errorf("refused again: got %+v", got)
	}
}

// TestRefusalWithoutHolder: another rule than the holder's refuses it now.
func TestRefusalWithoutHolder(t *testing.T) {
	held := good()
	held.Holder, held.Since = unit, 4
	r := merged(system.RefusalKind, held.Fields(), good().WithoutHolder())
	if got := system.RefusalFrom(r); got.Holder != "" || got.Since != 0 {
		t.Errorf("got holder %q since %d, want none", got.Holder, got.Since)
	}
	if fields := maps.Clone(good().Fields()); len(fields) != 8 {
		t.Errorf("a refusal without a holder writes %d fields, want 8", len(fields))
	}
}
