package contact_test

import (
	"encoding/json"
	"math"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/contact"
)

// TestUntrue: what a peer says that cannot be true is not kept, and why.
func TestUntrue(t *testing.T) {
	incarnation := func(n uint32) change.Stream {
		s := stream(ann)
		s.Incarnation = n
		return s
	}
	head := func(s change.Stream, seq uint64) syncer.DeviceReach {
		return syncer.DeviceReach{Peer: ann, Heard: 90, Heads: []syncer.Head{{Stream: s, Seq: seq}}}
	}
	abroad := stream(ann)
	abroad.Audience = left.Unit
	var many []syncer.Head
	for n := range uint32(2000) {
		many = append(many, syncer.Head{Stream: incarnation(n + 1), Seq: 1})
	}
	newest := syncer.DeviceReach{Peer: ann, Heard: 90, Heads: many[len(many)-syncer.MaxStreams(1):]}
	tests := map[string]struct {
		from syncer.Peer
		says syncer.DeviceReach
		want []syncer.DeviceReach
		why  fault.Kind
	}{
		"a device that nobody admitted":   {left, seen(peer(50), true, 90, 5), nil, fault.Denied},
		"in another's unit":               {left, seen(syncer.Peer{Unit: bob.Unit, Device: ann.Device}, true, 90, 5), nil, fault.Denied},
		"of a unit beside":                {left, seen(right, true, 90, 5), nil, fault.Denied},
		"of the unit above":               {left, seen(city, true, 90, 5), nil, fault.Denied},
		"of a colleague":                  {bob, seen(ann, true, 90, 5), nil, fault.Denied},
		"of itself, not yet admitted":     {peer(50), seen(peer(50), true, 90, 5), []syncer.DeviceReach{seen(peer(50), true, 90, 5)}, fault.OK},
		"of itself":                       {ann, seen(ann, true, 90, 5), []syncer.DeviceReach{seen(ann, true, 90, 5)}, fault.OK},
		"heard before it was there":       {left, seen(ann, true, -5, 5), []syncer.DeviceReach{seen(ann, true, 10, 5)}, fault.OK},
		"heard at the beginning of time":  {left, seen(ann, true, math.MinInt64, 5), []syncer.DeviceReach{seen(ann, true, 10, 5)}, fault.OK},
		"heard at the end of time":        {left, seen(ann, true, math.MaxInt64, 5), []syncer.DeviceReach{seen(ann, true, 100, 5)}, fault.OK},
		"the highest head":                {left, seen(ann, false, 90, syncer.MaxHead), []syncer.DeviceReach{seen(ann, false, 90, syncer.MaxHead)}, fault.OK},
		"a head above it":                 {left, seen(ann, false, 90, syncer.MaxHead+1), []syncer.DeviceReach{seen(ann, false, 90, 0)}, fault.Invalid},
		"the last of all heads":           {left, seen(ann, false, 90, math.MaxUint64), []syncer.DeviceReach{seen(ann, false, 90, 0)}, fault.Invalid},
		"an incarnation that cannot be":   {left, head(incarnation(syncer.MaxIncarnation+1), 5), []syncer.DeviceReach{seen(ann, false, 90, 0)}, fault.Invalid},
		"another's stream":                {left, head(stream(bob), 5), []syncer.DeviceReach{seen(ann, false, 90, 0)}, fault.Denied},
		"a stream to an audience above":   {left, head(abroad, 5), []syncer.DeviceReach{seen(ann, false, 90, 0)}, fault.Denied},
		"more streams than a device has":  {left, syncer.DeviceReach{Peer: ann, Heard: 90, Heads: many}, []syncer.DeviceReach{newest}, fault.Exhausted},
		"through a device that is banned": {right, seen(ann, true, 90, 5), nil, fault.Denied},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			now := clock(100)
			r, town := newTable(&now)
			town[ann.Device] = contact.Place{Unit: ann.Unit, Enrolled: 10}
			town[right.Device] = contact.Place{Unit: right.Unit, Revoked: true}
			ignored, why := r.Heard(test.from, told(test.says))
			wantDevices(t, r.All(), test.want...)
			if fault.Of(why) != test.why || (ignored > 0) != (why != nil) {
				t.Errorf("ignored %d: %v, want %v", ignored, why, test.why)
			}
		})
	}
}

// TestHeardIsNotTakenBack: a hub may say that a device is silent, not that it was
// never heard.
func TestHeardIsNotTakenBack(t *testing.T) {
	now := clock(100)
	r, _ := newTable(&now)
	_, _ = r.Heard(left, told(seen(ann, true, 90, 5)))
	_, _ = r.Heard(left, told(seen(ann, false, 3, 4)))
	wantDevices(t, r.All(), seen(ann, false, 90, 4))
}

// TestReview: what a revoked device said of others is forgotten, also by who keeps
// a copy; what others said stays.
func TestReview(t *testing.T) {
	now := clock(100)
	r, town := newTable(&now)
	_, _ = r.Heard(left, told(seen(ann, true, 95, 900), seen(bob, true, 95, 800)))
	_, _ = r.Heard(right, told(seen(ann, false, 80, 5)))
	r.Joined(left)
	_, _, version := r.Since(0)
	town[left.Device] = contact.Place{Unit: left.Unit, Revoked: true}
	town[bob.Device] = contact.Place{Unit: bob.Unit, Enrolled: 20}
	r.Review()
	want := []syncer.DeviceReach{seen(left, true, 100, 0), seen(ann, false, 80, 5), seen(bob, false, 20, 0)}
	wantDevices(t, r.All(), want...)
	got, whole, version := r.Since(version)
	wantDevices(t, got, want[1:]...)
	if whole {
		t.Error("the copy is to be made again, and nobody is gone")
	}
	delete(town, bob.Device) // as if it stood elsewhere
	r.Review()
	got, whole, _ = r.Since(version)
	wantDevices(t, got, want[:2]...)
	if _, gone, _ := r.Unsaved(version); !whole || len(gone) != 1 || gone[0] != bob.Device {
		t.Errorf("gone: got %v, whole %v, want bob", gone, whole)
	}
	_, _ = r.Heard(left, told(seen(ann, true, 99, 900)))
	wantDevices(t, r.All(), want[:2]...)
}

// TestSaved: who said what outlives a restart, in a form that older builds read,
// and so does a revocation; and of what an older build saved, only what can be true
// is read.
func TestSaved(t *testing.T) {
	now := clock(100)
	before, _ := newTable(&now)
	_, _ = before.Heard(left, told(seen(ann, true, 95, 900)))
	_, _ = before.Heard(right, told(seen(ann, true, 80, 5)))
	rows, _, _ := before.Unsaved(0)
	if len(rows) != 1 {
		t.Fatalf("got %d rows, want 1", len(rows))
	}
	raw, err := json.Marshal(rows[0])
	if err != nil {
		t.Fatal(err)
	}
	var older syncer.DeviceReach
	if err := json.Unmarshal(raw, &older); err != nil {
		t.Fatal(err)
	}
	wantDevices(t, []syncer.DeviceReach{older}, seen(ann, true, 95, 900))
	var saved contact.Saved
	if err := json.Unmarshal(raw, &saved); err != nil {
		t.Fatal(err)
	}
	after, town := newTable(&now)
	town[left.Device] = contact.Place{Unit: left.Unit, Revoked: true}
	if !after.Recall(saved) {
		t.Error("it is not kept")
	}
	wantDevices(t, after.All(), seen(ann, false, 80, 5))
	for _, ghost := range []syncer.DeviceReach{seen(peer(50), true, 0, 5), seen(peer(51), false, 0, 1<<63)} {
		if after.Recall(contact.Saved{DeviceReach: ghost}) {
			t.Errorf("%s is kept", ghost.Peer.Device)
		}
	}
	if !after.Recall(contact.Saved{DeviceReach: seen(bob, true, -9, 1<<63)}) {
		t.Error("bob is not kept")
	}
	wantDevices(t, after.All(), seen(ann, false, 80, 5), seen(bob, false, 0, 0))
}
