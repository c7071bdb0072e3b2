package reconcile

import (
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// drawClaim is a claim of one of three units.
func drawClaim(t *rapid.T, name string) claim {
	return claim{
		unit:  rapid.SampledFrom([]change.UnitID{"", "a", "b"}).Draw(t, name),
		epoch: rapid.Uint64Range(1, 3).Draw(t, name+"'s epoch"), recalled: rapid.Bool().Draw(t, name+" recalled"),
		from: rapid.Uint64Range(0, 3).Draw(t, name+" from"),
	}
}

// TestClaimIsKept: a claim is read as it was written; the usual one, of the first epoch and
// by any change, is the unit alone.
func TestClaimIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawClaim(t, "unit")
		raw := c.encode()
		got, err := parseClaim(raw)
		if err != nil || got != c {
			t.Fatalf("%+v was written, and %+v, %v read", c, got, err)
		}
		usual := c == claim{unit: c.unit, epoch: 1}
		if short := string(raw) == string(c.unit); short != usual {
			t.Fatalf("%+v is written as %d bytes", c, len(raw))
		}
		for n := len(c.unit) + 1; n < len(raw); n++ {
			if _, err := parseClaim(raw[:n]); fault.Of(err) != fault.Damaged {
				t.Fatalf("cut at %d: want damaged, got %v", n, err)
			}
		}
	})
}

// TestYields: a claim gives way to a recalled one of an earlier epoch, and where both are of
// one epoch to the recalled one rather than to what was judged later, then to the lower unit.
// What was judged since the city was restored counts as later than all.
func TestYields(t *testing.T) {
	const restored = 2
	rapid.Check(t, func(t *rapid.T) {
		c, to := drawClaim(t, "held"), drawClaim(t, "recalled")
		to.recalled = true
		got := c.yields(to, restored)
		var want bool
		switch since := !c.recalled && c.from > restored; {
		case c.unit == "" || since:
			want = true
		case c.epoch != to.epoch:
			want = to.epoch < c.epoch
		case !c.recalled:
			want = true
		default:
			want = to.unit < c.unit
		}
		if got != want {
			t.Errorf("%+v yields to %+v: %v, want %v", c, to, got, want)
		}
	})
}
