package watch_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongbu/hub/watch"
	"tongbu/internal/fault"
)

// TestPositionText: a position is read as it was told.
func TestPositionText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := watch.Position{Life: rapid.StringMatching(`[0-9a-f]{16}`).Draw(t, "life"), Arrival: rapid.Uint64Range(0, 1<<63-1).Draw(t, "arrival"),
			Day: rapid.SampledFrom([]string{"", "2026-06-01", "2024-02-29"}).Draw(t, "day")}
		if got, err := watch.Parse(p.Text()); err != nil || got != p {
			t.Errorf("got %+v (%v), want %+v", got, err, p)
		}
	})
}

var noPositions = []string{"", ".", "..", "0011223344556677", "0011223344556677.1", "0011223344556677.-1.", "0011223344556677.x.", "0011223344556677.1.2026-02-30",
	"0011223344556677.1.2026-06-01.", "0011223344556677.18446744073709551615.", "001122334455667.1.", "00112233445566zz.1.", "0011223344556677.1." + strings.Repeat("9", 200)}

// TestNoPosition: what is no position is refused as that.
func TestNoPosition(t *testing.T) {
	for _, text := range noPositions {
		if p, err := watch.Parse(text); fault.Of(err) != fault.Invalid {
			t.Errorf("%q: got %+v, %v, want invalid", text, p, err)
		}
	}
}

// FuzzPosition: whatever is read as a position is told again so that it means the same.
func FuzzPosition(f *testing.F) {
	for _, text := range noPositions {
		f.Add(text)
	}
	f.Add("0011223344556677.12.2026-06-01")
	f.Add("00112233445566AA.12.")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := watch.Parse(text)
		if err != nil {
			if fault.Of(err) != fault.Invalid {
				t.Fatalf("got %v, want invalid", err)
			}
			return
		}
		if again, err := watch.Parse(p.Text()); err != nil || again != p {
			t.Fatalf("%q is %+v, and then %+v (%v)", text, p, again, err)
		}
	})
}
