package view

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// drawValue draws what a field may hold, mostly of the right type.
func drawValue(t *rapid.T) change.Value {
	return rapid.OneOf(
		rapid.Map(rapid.SampledFrom([]string{"", "1", "甲", "0", "a\nb", "\x00", `"`, "[]"}), change.Text),
		rapid.Map(rapid.Int64(), change.Int),
		rapid.Map(rapid.Bool(), change.Bool),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"", "010", "050", `"`, "<甲>", "\u2028"}), 0, 3), change.Set),
		rapid.Just(change.Null),
	).Draw(t, "value")
}

// drawFitting draws a value of the type of the column, where there is one.
func drawFitting(t *rapid.T, l *layout, name string) change.Value {
	storage, known := StorageOf(l.kind, name)
	if !known || rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
		return drawValue(t)
	}
	switch storage {
	case Integer:
		return change.Int(rapid.Int64().Draw(t, "number"))
	case Boolean:
		return change.Bool(rapid.Bool().Draw(t, "truth"))
	case Set:
		return change.Set(rapid.SliceOfN(rapid.SampledFrom([]string{"010", `"`, "<甲>", "\u2028"}), 0, 3).Draw(t, "items"))
	}
	return change.Text(rapid.SampledFrom([]string{"1", "甲", "a\nb", "\x00", `"`, "[]"}).Draw(t, "text"))
}

// TestRowsSayAll: of a change that is not stored beside its row, the row gives back
// everything.
func TestRowsSayAll(t *testing.T) {
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	rapid.Check(t, func(t *rapid.T) {
		l := layouts(kinds)[rapid.SampledFrom([]string{"person", "household", "device", "refusal"}).Draw(t, "kind")]
		names := []string{"unit", "valid", "findings", "unknown"}
		for _, f := range l.kind.Fields {
			names = append(names, f.Name)
		}
		fields := map[string]change.Value{}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 1, 6).Draw(t, "names") {
			fields[name] = drawFitting(t, l, name)
		}
		c := &change.Change{Kind: l.kind.Name, Record: "aaaaaaaaaaaaaaaa.r-1", Fields: change.FieldsOf(fields), Actor: rapid.String().Draw(t, "actor"), At: rapid.Int64().Draw(t, "at")}
		first, alone := Alone(change.Stream{}, c)
		if !alone {
			return
		}
		cells, whole := l.firstRow(nil, &first, 1, 2)
		if diff := cmp.Diff(l.row(nil, &first, 1, 2, false), cells, cmp.AllowUnexported(Cell{})); diff != "" {
			t.Fatal(diff)
		}
		if !whole {
			return
		}
		said++
		at := ShortSpot{Stream: 3, Seq: 4}
		place(cells, at, c)
		got, err := l.parseRow(&Held{ID: c.Record, Cells: cells})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, got.row.change()); diff != "" || len(got.spots) != 1 || got.spots[0] != at {
			t.Fatalf("%v %s", got.spots, diff)
		}
	})
	if said < 10 {
		t.Errorf("only %d rows said it all", said)
	}
	if _, err := layouts(kinds)["person"].parseRow(&Held{Cells: []Cell{{}}}); err == nil {
		t.Error("a row of one cell is read")
	}
}
