package change_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

func TestParseStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := streams.Draw(t, "stream")
		if got, err := change.ParseStream(want.String()); err != nil || got != want {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	})
	d, u := string(stream(1).Device), string(unit(1))
	for _, text := range []string{
		"", "//", d + "/1", d + "/0/" + u, d + "/01/" + u, d + "/+1/" + u, d + "/-1/" + u, d + "/4294967296/" + u,
		d + "/1/" + u + "/", "x/1/" + u, d + "/1/x", d + "/1/" + u[:15] + "A",
	} {
		_, err := change.ParseStream(text)
		if fault.Of(err) != fault.Invalid {
			t.Errorf("%q: got %v, want invalid", text, err)
		}
	}
}

func TestDeviceOf(t *testing.T) {
	a, b := change.DeviceOf(public(1)), change.DeviceOf(public(2))
	if a == b || a.Validate() != nil || b.Validate() != nil {
		t.Errorf("got %q and %q, want two valid names", a, b)
	}
}

func TestVector(t *testing.T) {
	var none change.Vector
	if none.Top() != 0 || none.Covers(change.Dot{Stream: stream(1), Count: 1}) || none.Clone() == nil {
		t.Error("the nil vector has seen something")
	}
	v := none.Clone()
	v.Add(change.Dot{Stream: stream(1), Count: 3})
	v.Add(change.Dot{Stream: stream(1), Count: 2})
	v.Join(change.Vector{stream(2): 5, stream(1): 1})
	want := change.Vector{stream(1): 3, stream(2): 5}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Error(diff)
	}
	if got := v.Top(); got != 5 {
		t.Errorf("Top: got %d, want 5", got)
	}
	dots := v.Dots()
	if len(dots) != 2 || !slices.IsSortedFunc(dots, func(a, b change.Dot) int { return a.Stream.Compare(b.Stream) }) {
		t.Errorf("Dots: got %v", dots)
	}
}

// TestCompareIsAnOrder: the winner of a conflict must be the same everywhere.
func TestCompareIsAnOrder(t *testing.T) {
	dots := rapid.Custom(func(t *rapid.T) change.Dot {
		return change.Dot{Stream: stream(rapid.ByteRange(1, 3).Draw(t, "stream")), Count: rapid.Uint64Range(1, 3).Draw(t, "count")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := dots.Draw(t, "a"), dots.Draw(t, "b"), dots.Draw(t, "c")
		if a.Compare(b) != -b.Compare(a) || (a.Compare(b) == 0) != (a == b) {
			t.Errorf("%v and %v: %d, %d", a, b, a.Compare(b), b.Compare(a))
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Errorf("%v, %v, %v are in no order", a, b, c)
		}
	})
}
