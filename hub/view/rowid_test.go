package view_test

import (
	"bytes"
	"cmp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongbu/hub/view"
	"tongbu/internal/change"
)

func drawUnit(t *rapid.T) change.UnitID {
	return change.UnitID(rapid.StringMatching(`[a-z2-7]{16}`).Draw(t, "unit"))
}

func drawTimed(t *rapid.T) change.RecordID {
	var uuid [16]byte
	copy(uuid[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid"))
	return change.NewRecordID(drawUnit(t), uuid)
}

func drawNumbered(t *rapid.T) change.RecordID {
	if rapid.Bool().Draw(t, "line") {
		return change.LineRecordID(drawUnit(t), "person", "run", rapid.IntRange(1, 1000).Draw(t, "no"))
	}
	return change.NumberedRecordID(drawUnit(t), "household", rapid.String().Draw(t, "number"))
}

// drawID draws ids of all forms, and those that are nearly of one.
func drawID(t *rapid.T) change.RecordID {
	switch rapid.IntRange(0, 4).Draw(t, "form") {
	case 0:
		return drawTimed(t)
	case 1:
		return drawNumbered(t)
	case 2:
		return change.RecordID(string(drawUnit(t)) + "." + rapid.StringMatching(`[nr]?[0-9a-v]{25,27}`).Draw(t, "nearly"))
	case 3:
		return change.RecordID(string(drawUnit(t)) + "." + rapid.StringMatching(`[a-z0-9._-]{1,64}`).Draw(t, "other"))
	}
	return change.RecordID(rapid.StringMatching(`[a-z0-9._-]{1,64}`).Draw(t, "whole"))
}

// TestIDKey: no id is lost, no two have one key, and those of one form keep their
// order.
func TestIDKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawID(t), drawID(t)
		key, other := view.IDKey(a), view.IDKey(b)
		if back, ok := view.IDOf(key); !ok || back != a {
			t.Fatalf("%s comes back as %q, %v", a, back, ok)
		}
		if (a == b) != bytes.Equal(key, other) {
			t.Fatalf("%s and %s: %x and %x", a, b, key, other)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		for _, draw := range []func(*rapid.T) change.RecordID{drawTimed, drawNumbered} {
			a, b := draw(t), draw(t)
			if view.CompareIDs(a, b) != cmp.Compare(a, b) || len(view.IDKey(a)) > 28 {
				t.Fatalf("%s and %s are in another order, or %d bytes", a, b, len(view.IDKey(a)))
			}
		}
	})
}

// TestIDOf: what no id is the key of is none.
func TestIDOf(t *testing.T) {
	for _, key := range []string{"", "\x00", "abcdefghij\x00", "abcdefghij" + strings.Repeat("x", 17) + "\x00", "abcdefghij" + strings.Repeat("x", 16) + "\x01", "short\x02", "abcdefghij\x07"} {
		if id, ok := view.IDOf([]byte(key)); ok {
			t.Errorf("%q is the key of %q", key, id)
		}
	}
}
