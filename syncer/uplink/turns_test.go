package uplink_test

import (
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/fault"
	"tongbu/syncer/uplink"
)

// wantTold wants these turns since the last look, with these addresses.
func (w *world) wantTold(t *testing.T, when string, want ...uplink.Turn) []uplink.Turn {
	t.Helper()
	got := w.told()
	same := len(got) == len(want)
	for i := 0; same && i < len(got); i++ {
		same = got[i].What == want[i].What && got[i].Parent.Address == want[i].Parent.Address && got[i].Before.Address == want[i].Before.Address
	}
	if !same {
		t.Errorf("%s: told %+v, want %+v", when, got, want)
	}
	return got
}

func turn(what uplink.What, address, before string) uplink.Turn {
	return uplink.Turn{What: what, Line: uplink.Line{Parent: uplink.Parent{Address: address}}, Before: uplink.Parent{Address: before}}
}

// TestTurns: each turn of a line is told once, with what it was.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.near.set(false, nil)
		w.far.set(false, nil)
		w.run(t)
		after(30 * time.Second)
		w.wantTold(t, "at the start", turn(uplink.Down, "near", ""))
		w.far.set(true, nil)
		after(10 * time.Second)
		w.wantTold(t, "the farther is back", turn(uplink.Up, "far", ""))
		w.near.set(true, nil)
		after(time.Minute)
		w.wantTold(t, "the nearer is back", turn(uplink.Moved, "near", "far"))
		w.near.set(false, nil)
		after(time.Second)
		got := w.wantTold(t, "failing over", turn(uplink.Down, "near", ""), turn(uplink.Up, "far", ""))
		if got[0].Err == nil {
			t.Error("not told why")
		}
		after(time.Hour)
		w.wantTold(t, "while nothing changes")
		denied := func() error { return fault.New(fault.Denied, "revoked") }
		w.far.set(true, denied)
		w.far.cut()
		after(30 * time.Second)
		w.wantTold(t, "cut, then refused", turn(uplink.Down, "far", ""), turn(uplink.Refused, "far", ""))
		w.stop(t)
	})
}

// TestStaysDown: what lasts is told at growing distances, with since when and after how
// many tries, and not more often.
func TestStaysDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.near.set(false, nil)
		w.far.set(false, nil)
		begun := time.Now()
		w.run(t)
		after(73 * time.Hour)
		told := w.told()
		if len(told) != 8 || told[0].What != uplink.Down {
			t.Fatalf("told %d times in three days, want at first and after a minute, ten, an hour, six, and each day", len(told))
		}
		for i, turn := range told[1:] {
			if turn.What != uplink.Lasts || turn.Err == nil || turn.Since.Sub(begun) > time.Second || turn.Rounds < 10*(i+1) {
				t.Errorf("told %+v", turn)
			}
		}
		w.near.set(true, nil)
		after(10 * time.Second)
		w.wantTold(t, "it is back", turn(uplink.Up, "near", ""))
		w.near.set(false, nil)
		after(40 * time.Second)
		w.wantTold(t, "down again", turn(uplink.Down, "near", ""))
		after(time.Minute)
		w.wantTold(t, "the distances begin again", turn(uplink.Lasts, "near", ""))
		w.stop(t)
	})
}
