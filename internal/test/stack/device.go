package stack

import (
	"context"
	"os"
	"sync/atomic"
	"time"

	"tongbu/hub"
	"tongbu/internal/identity"
	"tongbu/internal/identity/remote"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node"
	"tongbu/node/replica"
)

// Device is one directory at one site, running or not.
type Device struct {
	World   *World
	Unit    tree.Unit
	Name    string
	Site    string
	Dir     string
	Reserve int64            // room kept on its disk, in bytes; set before it starts
	Replica *replica.Replica // nil while it does not run
	Hub     *hub.Hub         // nil at a node, and while it does not run

	wrong  atomic.Int64 // its clock less the true time, nanoseconds
	cancel context.CancelFunc
	ended  chan error
}

// Now is the device's clock: the wall alone, as a clock that is set jumps.
func (d *Device) Now() time.Time {
	return time.Now().Add(time.Duration(d.wrong.Load())).Round(0)
}

// SetClock has the clock go wrong by that much from now on.
func (d *Device) SetClock(wrong time.Duration) { d.wrong.Store(int64(wrong)) }

// Address is where those below call a hub.
func (d *Device) Address() string { return d.listen().Address }

// IsHub reports whether it serves others.
func (d *Device) IsHub() bool { return d.Unit.Level != tree.Community }

func (d *Device) listen() identity.Listen {
	l := identity.Listen{Name: d.Name}
	if d.IsHub() {
		l.Address, l.Web, l.Door = d.Site+":"+links, d.Site+":"+web, d.Site+":"+door
	}
	return l
}

// mustEnrol joins through the nearest hub above that runs and answers.
func (d *Device) mustEnrol() {
	tb := d.World.TB
	tb.Helper()
	token := d.World.token(d.Unit.ID)
	var hubs []string
	for _, up := range d.World.City.Replica.Members.Tree().Ancestors(d.Unit.ID) {
		for _, h := range d.World.Devices {
			if h.Unit.ID == up && h.Hub != nil {
				hubs = append(hubs, "https://"+h.listen().Web)
			}
		}
	}
	client := must(remote.New(hubs, token.Trust(d.Now), remote.Options{Dialer: remote.Dialer(d.World.Net.Dialer(d.Site))}))(tb)
	keys := must(identity.Create(d.Dir, identity.Options{Now: d.Now, Key: identityKey()}))(tb)
	if err := identity.Join(tb.Context(), keys, token, client, d.listen()); err != nil {
		tb.Fatalf("%s: %v", d.Name, err)
	}
}

// MustStart opens the directory and serves it.
func (d *Device) MustStart() {
	d.World.TB.Helper()
	if err := d.Start(); err != nil {
		d.World.TB.Fatalf("start %s: %v", d.Name, err)
	}
}

// engine opens the view, where one is kept: at districts and the city.
func (d *Device) engine() hub.OpenView {
	if d.Unit.Level > tree.District {
		return nil
	}
	return kit.OpenView
}

// Start opens the directory and serves it until Stop.
func (d *Device) Start() error {
	s, err := replica.Open(d.World.config(d))
	if err != nil {
		return err
	}
	run := node.New(s).Run
	if d.IsHub() {
		h, err := hub.Open(d.World.TB.Context(), s, d.engine())
		if err != nil {
			_ = s.Close()
			return err
		}
		d.Hub = h
		ports := hub.Listeners{Links: d.World.Net.Listen(d.listen().Address), Web: d.World.Net.Listen(d.listen().Web),
			Door: d.World.Net.Listen(d.listen().Door)}
		run = func(ctx context.Context) error { return h.Run(ctx, ports) }
	}
	var ctx context.Context
	ctx, d.cancel = context.WithCancel(context.Background())
	d.Replica, d.ended = s, make(chan error, 1)
	go func() { d.ended <- run(ctx) }()
	d.World.TB.Cleanup(d.MustStop) // a test that fails leaves it running
	return nil
}

// MustStop ends it as a person does; what does not run is left alone.
func (d *Device) MustStop() {
	d.World.TB.Helper()
	if d.Replica == nil {
		return
	}
	d.cancel()
	err := <-d.ended
	if err != nil {
		d.World.TB.Errorf("%s: %v", d.Name, err)
	}
	if err := d.close(); err != nil {
		d.World.TB.Errorf("close %s: %v", d.Name, err)
	}
}

func (d *Device) close() error {
	s, h := d.Replica, d.Hub
	d.Replica, d.Hub = nil, nil
	if h != nil {
		return h.Close()
	}
	return s.Close()
}

// Linked reports whether it has a link upward.
func (d *Device) Linked() bool { return d.Replica != nil && d.Replica.Uplink.Line().Connected }

// MustCrash ends it as a power cut does: what its disk held at a moment at
// which nothing was being written is all that is left. It does not start it.
func (d *Device) MustCrash() {
	d.World.TB.Helper()
	left := d.MustCopy()
	d.MustStop()
	d.MustReplaceBy(left)
}

// MustCopy copies the directory as it is on the disk now, without stopping
// what runs there.
func (d *Device) MustCopy() string {
	d.World.TB.Helper()
	copied := mustDir(d.World.TB)
	mustCopyAtRest(d.World.TB, copied, d.Dir)
	return copied
}

// MustReplaceBy replaces the directory by a copy. The device does not run.
func (d *Device) MustReplaceBy(copied string) {
	d.World.TB.Helper()
	d.Dir = mustDir(d.World.TB)
	mustCopyTree(d.World.TB, d.Dir, copied)
}

// MustWipe deletes files of the directory; the device does not run.
func (d *Device) MustWipe(names ...string) {
	d.World.TB.Helper()
	for _, name := range names {
		if err := os.RemoveAll(d.path(name)); err != nil {
			d.World.TB.Fatal(err)
		}
	}
}

// MustClone starts a copy of the directory at another site, as a disk image
// put into a second computer.
func (d *Device) MustClone() *Device {
	d.World.TB.Helper()
	twin := d.World.device(d.Unit)
	twin.Name = d.Name + " twin"
	twin.Dir = d.MustCopy()
	twin.MustStart()
	return twin
}
