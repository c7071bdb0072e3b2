package uplink_test

import (
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/fault"
	"tongbu/syncer/uplink"
)

// TestHubThatMoved: the nearest hub answers at its old address alone, then at the
// new one. The far hub serves first, and no link is opened again and again.
func TestHubThatMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		street, city := w.parents[0].Unit, w.parents[1]
		w.parents = []uplink.Parent{{Unit: street, Address: "moved"}, {Unit: street, Address: "near", Past: true}, city}
		w.run(t)
		after(0)
		w.wantParent(t, "far")
		if n := len(w.near.tried()); n != 0 {
			t.Errorf("the old address was called %d times before the present ones", n)
		}
		after(31 * time.Second)
		w.wantParent(t, "near")
		calls := len(w.far.tried())
		after(time.Hour)
		w.wantParent(t, "near")
		if n := len(w.far.tried()); n != calls {
			t.Errorf("the far hub was called %d times while the near one served", n-calls)
		}
		if try, ok := w.Tried(street, "near"); !ok || try.Err != nil {
			t.Errorf("the old address: got %+v, %v, want one that answered", try, ok)
		}
		if try, ok := w.Tried(street, "moved"); !ok || fault.Of(try.Err) != fault.Invalid {
			t.Errorf("the new address: got %+v, %v, want one that failed", try, ok)
		}
		w.setParents(uplink.Parent{Unit: street, Address: "near"}, city) // it moved back, or so it says
		after(time.Hour)
		w.wantParent(t, "near")
		if _, ok := w.Tried(street, "moved"); ok {
			t.Error("an attempt at an address that is known no more is kept")
		}
		w.stop(t)
	})
}
