package relay_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/relay"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/syncer"
	"tongbu/syncer/contact"
	"tongbu/syncer/link"
)

var (
	street    = change.NewUnitID([10]byte{4})
	community = change.NewUnitID([10]byte{5})
	elsewhere = change.NewUnitID([10]byte{6})
	clerk     = identity.Member{Unit: community, Device: change.DeviceOf(make([]byte, 32))}
)

// world is a relay of a street, over lines that say nothing.
type world struct {
	*relay.Relay
	reach  *contact.Table
	mu     sync.Mutex // guards all below
	banned bool
	placed bool
	asked  func() // runs when the relay asks whether the device is banned
	watch  link.Watch
	log    said
}

func newWorld() *world {
	w := &world{placed: true}
	w.reach = contact.New(contact.Config{Self: syncer.Peer{Unit: street, Device: change.DeviceOf([]byte{4})}, Registry: registry{}, Now: time.Now})
	w.Relay = relay.New(relay.Config{
		Self: street, Contact: w.reach, Now: time.Now, Log: slog.New(&w.log),
		Tree: w.tree, Banned: w.isBanned, Met: func(syncer.Peer, time.Duration) {},
		Link: func(child syncer.Peer, watch link.Watch) link.Config {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.watch = watch
			return link.Config{Session: syncer.Config{Self: syncer.Peer{Unit: street}, Other: child, Parent: true}, Streams: quiet{}, Watch: watch, Now: time.Now}
		},
	})
	return w
}

// units is the tree: a street and one community below it.
type units struct{}

func (units) Below(top, unit change.UnitID) bool {
	return top == unit || top == street && unit == community
}

func (units) Heir(unit change.UnitID) change.UnitID { return unit }

func (u units) Stood(top, unit change.UnitID) bool { return u.Below(top, unit) }

// registry knows the clerk only.
type registry struct{ units }

func (registry) Place(d change.DeviceID) (contact.Place, bool) {
	return contact.Place{Unit: community}, d == clerk.Device
}

func (registry) Size(change.UnitID) int { return 1 }

func (w *world) tree() access.Tree {
	if !w.placed {
		return nil
	}
	return units{}
}

func (w *world) isBanned(change.DeviceID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	banned := w.banned
	if w.asked != nil {
		w.asked()
	}
	return banned
}

func (w *world) ban() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.banned = true
}

// quiet is a store in which nothing happens.
type quiet struct{ link.Streams }

func (quiet) Entries() ([]syncer.Entry, uint64)     { return nil, 0 }
func (quiet) Since(uint64) ([]syncer.Entry, uint64) { return nil, 0 }
func (quiet) Changed() <-chan struct{}              { return nil }
func (quiet) Over() <-chan struct{}                 { return nil }

// line is a connection on which nobody says anything.
type line struct {
	once   sync.Once
	closed chan struct{}
}

func (l *line) Send(syncer.Message) error { return nil }

func (l *line) Recv() (syncer.Message, error) {
	<-l.closed
	return nil, fault.New(fault.Unavailable, "the line is closed")
}

func (l *line) Close(error) { l.once.Do(func() { close(l.closed) }) }

// peer is the member with a certificate that is good for an hour.
func peer(who identity.Member) identity.Peer {
	return identity.Peer{Member: who, Expires: time.Now().Add(time.Hour)}
}

// sync opens a link and returns the channel its end is told on.
func (w *world) sync(ctx context.Context) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- w.Sync(ctx, peer(clerk), &line{closed: make(chan struct{})}) }()
	synctest.Wait()
	return ended
}

func over(ended <-chan error) bool {
	synctest.Wait()
	return len(ended) > 0
}

func TestAdmit(t *testing.T) {
	tests := map[string]struct {
		who    identity.Member
		banned bool
		placed bool
		want   fault.Kind
		greets fault.Kind
	}{
		"below":              {who: clerk, placed: true},
		"not below":          {who: identity.Member{Unit: elsewhere, Device: clerk.Device}, placed: true, want: fault.Denied, greets: fault.Denied},
		"of the hub itself":  {who: identity.Member{Unit: street, Device: clerk.Device}, placed: true, want: fault.Denied, greets: fault.Denied},
		"revoked":            {who: clerk, banned: true, placed: true, want: fault.Denied, greets: fault.Denied},
		"before the tree is": {who: clerk, want: fault.Unavailable},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.banned, w.placed = test.banned, test.placed
			if got := fault.Of(w.Admit(test.who)); got != test.want {
				t.Errorf("Admit: got %v, want %v", got, test.want)
			}
			if got := fault.Of(w.Greet(test.who)); got != test.greets {
				t.Errorf("Greet: got %v, want %v", got, test.greets)
			}
			if test.want != fault.OK {
				if got := fault.Of(w.Sync(t.Context(), peer(test.who), nil)); got != test.want {
					t.Errorf("Sync: got %v, want %v", got, test.want)
				}
			}
		})
	}
}

func TestRecheckEndsLinksOfARevokedDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ended := w.sync(t.Context())
		w.Recheck()
		if over(ended) {
			t.Fatal("the link of a device in good standing ended")
		}
		w.ban()
		w.Recheck()
		if !over(ended) {
			t.Fatal("the link of a revoked device goes on")
		}
		if err := <-ended; fault.Of(err) != fault.Denied {
			t.Errorf("got %v, want denied", err)
		}
	})
}

// TestRevokedWhileItEnters: the revocation comes after the relay has asked,
// before the link is listed.
func TestRevokedWhileItEnters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.asked = func() { w.banned, w.asked = true, nil }
		ended := w.sync(t.Context())
		if !over(ended) {
			t.Fatal("the link of a revoked device goes on")
		}
		if err := <-ended; fault.Of(err) != fault.Denied {
			t.Errorf("got %v, want denied", err)
		}
	})
}

// TestNewLinkOfADevice: the oldest makes room, and the device is silent only
// when its last link ended.
func TestNewLinkOfADevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, cancel := context.WithCancel(t.Context())
		first, second := w.sync(ctx), w.sync(ctx)
		if over(first) || over(second) {
			t.Fatal("a second link ended one")
		}
		third := w.sync(ctx)
		if !over(first) || over(second) || over(third) {
			t.Fatalf("ended: %v, %v, %v, want the oldest only", over(first), over(second), over(third))
		}
		w.watch.Alive(syncer.Peer{Unit: clerk.Unit, Device: clerk.Device})
		if !w.connected() {
			t.Error("the device is silent while it has links")
		}
		cancel()
		if !over(second) || !over(third) || w.connected() {
			t.Error("the device is connected when its links have ended")
		}
	})
}

func (w *world) connected() bool {
	all := w.reach.All()
	return len(all) == 1 && all[0].Connected
}

// TestHeardTellsOfThoseBelowOnly: a child cannot speak for its neighbours.
func TestHeardTellsOfThoseBelowOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, cancel := context.WithCancel(t.Context())
		ended := w.sync(ctx)
		from := syncer.Peer{Unit: clerk.Unit, Device: clerk.Device}
		w.watch.Heard(from, syncer.Reach{Devices: []syncer.DeviceReach{
			{Peer: from, Connected: true}, {Peer: syncer.Peer{Unit: elsewhere, Device: "other"}, Connected: true},
		}})
		var got []change.UnitID
		for _, d := range w.reach.All() {
			got = append(got, d.Peer.Unit)
		}
		if diff := cmp.Diff([]change.UnitID{community}, got); diff != "" {
			t.Error(diff)
		}
		cancel()
		<-ended //nolint:errcheck // the end was asked for
	})
}
