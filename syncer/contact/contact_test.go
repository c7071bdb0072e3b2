package contact_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tongbu/internal/change"
	"tongbu/syncer"
	"tongbu/syncer/contact"
)

// clock is a clock that is set by hand, in milliseconds.
type clock int64

func (c *clock) now() time.Time { return time.UnixMilli(int64(*c)) }

func peer(n byte) syncer.Peer {
	return syncer.Peer{Unit: change.NewUnitID([10]byte{n}), Device: change.DeviceOf([]byte{n})}
}

// The devices of the tests: two hubs below the city, and two clerks below both.
var city, left, right, ann, bob = peer(9), peer(1), peer(2), peer(3), peer(4)

// town is a registry of them all, enrolled at 0.
type town map[change.DeviceID]contact.Place

func newTown() town {
	t := town{}
	for _, p := range []syncer.Peer{city, left, right, ann, bob} {
		t[p.Device] = contact.Place{Unit: p.Unit}
	}
	return t
}

func (t town) Place(d change.DeviceID) (contact.Place, bool) {
	p, ok := t[d]
	return p, ok
}

func (t town) Below(top, unit change.UnitID) bool {
	hub, clerk := top == left.Unit || top == right.Unit, unit == ann.Unit || unit == bob.Unit
	return top == unit || top == city.Unit || hub && clerk
}

func (t town) Heir(unit change.UnitID) change.UnitID { return unit }

func (t town) Stood(top, unit change.UnitID) bool { return t.Below(top, unit) }

func (t town) Size(change.UnitID) int { return 1 }

func newTable(now *clock) (*contact.Table, town) {
	t := newTown()
	return contact.New(contact.Config{Self: city, Registry: t, Now: now.now}), t
}

func stream(p syncer.Peer) change.Stream {
	return change.Stream{Device: p.Device, Incarnation: 1, Audience: p.Unit}
}

func seen(p syncer.Peer, connected bool, heard int64, head uint64) syncer.DeviceReach {
	d := syncer.DeviceReach{Peer: p, Connected: connected, Heard: heard}
	if head > 0 {
		d.Heads = []syncer.Head{{Stream: stream(p), Seq: head}}
	}
	return d
}

func told(devices ...syncer.DeviceReach) syncer.Reach { return syncer.Reach{Devices: devices} }

// wantDevices compares without regard to order.
func wantDevices(t *testing.T, got []syncer.DeviceReach, want ...syncer.DeviceReach) {
	t.Helper()
	byDevice := cmpopts.SortSlices(func(a, b syncer.DeviceReach) bool { return a.Peer.Device < b.Peer.Device })
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), byDevice); diff != "" {
		t.Errorf("devices (-want +got)\n%s", diff)
	}
}

func TestTable(t *testing.T) {
	tests := []struct {
		name string
		do   func(r *contact.Table, now *clock)
		want []syncer.DeviceReach
	}{
		{"nobody", func(*contact.Table, *clock) {}, nil},
		{"a link from below", func(r *contact.Table, _ *clock) { r.Joined(left) }, []syncer.DeviceReach{seen(left, true, 100, 0)}},
		{"alive", func(r *contact.Table, now *clock) {
			r.Joined(left)
			*now = 200
			r.Alive(left)
		}, []syncer.DeviceReach{seen(left, true, 200, 0)}},
		{"the device itself", func(r *contact.Table, _ *clock) {
			r.Wrote([]syncer.Head{{Stream: stream(city), Seq: 7}})
		}, []syncer.DeviceReach{seen(city, true, 100, 7)}},
		{"told by a hub", func(r *contact.Table, _ *clock) {
			_, _ = r.Heard(left, told(seen(ann, true, 90, 5), seen(bob, false, 10, 0)))
		}, []syncer.DeviceReach{seen(ann, true, 90, 5), seen(bob, false, 10, 0)}},
		{"a clock that runs ahead", func(r *contact.Table, _ *clock) {
			_, _ = r.Heard(left, told(seen(ann, true, 9_000, 5)))
		}, []syncer.DeviceReach{seen(ann, true, 100, 5)}},
		{"who was heard through a hub is silent with it", func(r *contact.Table, _ *clock) {
			r.Joined(left)
			_, _ = r.Heard(left, told(seen(ann, true, 90, 5)))
			r.Left(left)
		}, []syncer.DeviceReach{seen(left, false, 100, 0), seen(ann, false, 90, 5)}},
		{"two paths, one goes down", func(r *contact.Table, _ *clock) {
			_, _ = r.Heard(left, told(seen(ann, true, 90, 5)))
			_, _ = r.Heard(right, told(seen(ann, true, 95, 4)))
			r.Left(left)
		}, []syncer.DeviceReach{seen(ann, true, 95, 5)}},
		{"two paths, one is stale", func(r *contact.Table, _ *clock) {
			_, _ = r.Heard(left, told(seen(ann, false, 20, 9)))
			_, _ = r.Heard(right, told(seen(ann, true, 95, 4)))
		}, []syncer.DeviceReach{seen(ann, true, 95, 9)}},
		{"both go down", func(r *contact.Table, _ *clock) {
			_, _ = r.Heard(left, told(seen(ann, true, 90, 5)))
			r.Joined(ann)
			r.Left(left)
			r.Left(ann)
		}, []syncer.DeviceReach{seen(ann, false, 100, 5)}},
		{"it comes back", func(r *contact.Table, now *clock) {
			r.Joined(left)
			r.Left(left)
			*now = 300
			r.Joined(left)
		}, []syncer.DeviceReach{seen(left, true, 300, 0)}},
		{"before a restart", func(r *contact.Table, _ *clock) {
			r.Recall(contact.Saved{DeviceReach: seen(ann, true, 90, 5)})
		}, []syncer.DeviceReach{seen(ann, false, 90, 5)}},
		{"before a restart and since", func(r *contact.Table, _ *clock) {
			r.Recall(contact.Saved{DeviceReach: seen(ann, true, 90, 5)})
			_, _ = r.Heard(left, told(seen(ann, true, 95, 3)))
		}, []syncer.DeviceReach{seen(ann, true, 95, 5)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			now := clock(100)
			r, _ := newTable(&now)
			test.do(r, &now)
			wantDevices(t, r.All(), test.want...)
		})
	}
}

func TestTellsWhatIsNew(t *testing.T) {
	now := clock(100)
	r, _ := newTable(&now)
	_, _ = r.Heard(left, told(seen(ann, true, 90, 5), seen(bob, true, 80, 1)))
	above, other := peer(8).Device, peer(7).Device
	wantDevices(t, r.Tell(above, true).Devices, seen(ann, true, 90, 5), seen(bob, true, 80, 1))
	wantDevices(t, r.Tell(above, false).Devices)
	_, _ = r.Heard(left, told(seen(bob, true, 99, 2)))
	wantDevices(t, r.Tell(above, false).Devices, seen(bob, true, 99, 2))
	wantDevices(t, r.Tell(other, false).Devices, seen(ann, true, 90, 5), seen(bob, true, 99, 2))
	r.Left(left)
	wantDevices(t, r.Tell(above, false).Devices, seen(ann, false, 90, 5), seen(bob, false, 99, 2))
	got := r.Tell(above, true) // the link is opened again
	wantDevices(t, got.Devices, seen(ann, false, 90, 5), seen(bob, false, 99, 2))
	if got.Now != 100 {
		t.Errorf("told at %d, want 100", got.Now)
	}
}

func TestNews(t *testing.T) {
	tests := []struct {
		name string
		do   func(r *contact.Table)
		want bool
	}{
		{"a beat", func(r *contact.Table) { r.Alive(left) }, false},
		{"what was known, again", func(r *contact.Table) { _, _ = r.Heard(left, told(seen(ann, true, 95, 9))) }, false},
		{"own words", func(r *contact.Table) { r.Wrote(nil) }, false},
		{"a link", func(r *contact.Table) { r.Joined(right) }, true},
		{"a link less", func(r *contact.Table) { r.Left(left) }, true},
		{"a link less of nobody", func(r *contact.Table) { r.Left(bob) }, false},
		{"somebody below falls silent", func(r *contact.Table) { _, _ = r.Heard(left, told(seen(ann, false, 95, 9))) }, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			now := clock(100)
			r, _ := newTable(&now)
			r.Joined(left)
			_, _ = r.Heard(left, told(seen(ann, true, 90, 5)))
			news := r.News()
			test.do(r)
			got := false
			select {
			case <-news:
				got = true
			default:
			}
			if got != test.want {
				t.Errorf("news %v, want %v", got, test.want)
			}
		})
	}
}

// TestSince: a copy that takes over what changed holds what the table does.
func TestSince(t *testing.T) {
	now := clock(100)
	r, _ := newTable(&now)
	r.Joined(left)
	_, _ = r.Heard(left, told(seen(ann, true, 90, 4)))
	first, _, version := r.Since(0)
	wantDevices(t, first, seen(left, true, 100, 0), seen(ann, true, 90, 4))
	if got, _, at := r.Since(version); len(got) != 0 || at != version {
		t.Errorf("nothing happened: got %v at %d, want nothing at %d", got, at, version)
	}
	_, _ = r.Heard(left, told(seen(bob, false, 80, 2)))
	got, _, next := r.Since(version)
	wantDevices(t, got, seen(bob, false, 80, 2))
	r.Left(left)
	got, _, _ = r.Since(next)
	wantDevices(t, got, seen(left, false, 100, 0), seen(ann, false, 90, 4))
}
