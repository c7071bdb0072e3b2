package change_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// TestFieldsLikeMap: a list of fields is its map, in the canonical order.
func TestFieldsLikeMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.MapOfN(names, values, 0, 12).Draw(t, "fields")
		got := change.FieldsOf(want)
		if diff := cmp.Diff(want, got.Map()); diff != "" {
			t.Fatal(diff)
		}
		if !slices.IsSortedFunc(got, func(a, b change.Field) int { return change.CompareNames(a.Name, b.Name) }) {
			t.Errorf("got %v, want it in order", got)
		}
		name, value := names.Draw(t, "name"), values.Draw(t, "value")
		if _, has := want[name]; got.Has(name) != has || got.Get(name) != want[name] {
			t.Errorf("%s: got %q, %v, want %q", name, got.Get(name), got.Has(name), want[name])
		}
		before := slices.Clone(got)
		with := got.With(name, value)
		if !got.Equal(before) {
			t.Error("With changed what it was called on")
		}
		want[name] = value
		if !with.Equal(change.FieldsOf(want)) {
			t.Errorf("got %v, want %v", with, want)
		}
	})
}

func TestEncodeRefusesOtherOrders(t *testing.T) {
	one, other := change.Field{Name: "b", Value: change.Null}, change.Field{Name: "aa", Value: change.Null}
	for _, fields := range []change.Fields{{other, one}, {one, one}, {one, other, one}} {
		c := edit()
		c.Fields = fields
		_, err := c.Encode()
		wantKind(t, err, fault.Invalid)
	}
}

// TestEncodeLikeLibrary: what is written is what the library writes.
func TestEncodeLikeLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw, err := changes.Draw(t, "change").Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := libraryChange(raw); !ok {
			t.Errorf("%x: the library writes it in another form", raw)
		}
		for _, each := range []any{rapid.String().Draw(t, "text"), rapid.Int64().Draw(t, "number"), rapid.Bool().Draw(t, "truth"),
			slices.Compact(append([]string{}, slices.Sorted(slices.Values(rapid.SliceOfN(rapid.String(), 0, 40).Draw(t, "set")))...))} {
			want, err := library.Marshal(each)
			if got := valueOf(each); err != nil || !bytes.Equal([]byte(got), want) {
				t.Errorf("%v: got %x, want %x", each, got, want)
			}
		}
	})
}

func valueOf(item any) change.Value {
	switch x := item.(type) {
	case string:
		return change.Text(x)
	case int64:
		return change.Int(x)
	case bool:
		return change.Bool(x)
	case []string:
		return change.Set(x)
	}
	return change.Null
}
