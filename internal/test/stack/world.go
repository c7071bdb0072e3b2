package stack

import (
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/hub"
	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/internal/vault"
	"tongbu/node/replica"
)

// ViewFile is the view's name in a hub's directory.
const ViewFile = hub.ViewFile

// Ports of every hub.
const (
	links = "7000"
	web   = "7443"
	door  = "7444"
)

// Options of a world. Zero durations mean the product's own.
type Options struct {
	Units  []tree.Unit   // parents first
	Beat   time.Duration // between heartbeats
	Prefer time.Duration // between looks for a nearer hub
	Down   time.Duration // longest pause while no hub can be reached
	Log    *slog.Logger  // nil: silent
}

// World is a network of one city in a bubble, driven by one goroutine.
type World struct {
	TB      testing.TB
	Net     *Network
	Schema  *schema.Schema
	City    *Device
	Devices []*Device // the city first
	Ledger  Ledger

	opts Options
	n    int // devices ever made
}

// MustFound founds a network with a running city.
func MustFound(tb testing.TB, opts Options) *World {
	tb.Helper()
	w := &World{TB: tb, Net: NewNetwork(), opts: opts}
	w.Schema = must(schema.Load())(tb)
	w.City = w.device(opts.Units[0])
	_, _, err := root.Found(tb.Context(), root.Founding{Dir: w.City.Dir, Vault: kit.Vault(), Units: opts.Units, Listen: w.City.listen(), Schema: w.Schema, Now: w.City.Now})
	if err != nil {
		tb.Fatal(err)
	}
	w.City.MustStart()
	return w
}

func (w *World) device(unit tree.Unit) *Device {
	w.n++
	d := &Device{World: w, Unit: unit, Site: w.Net.Site(), Dir: mustDir(w.TB), Name: unit.Name}
	w.Devices = append(w.Devices, d)
	return d
}

// MustJoin makes a device of a unit join through the nearest hub above that
// runs, and starts it.
func (w *World) MustJoin(unit tree.Unit) *Device {
	w.TB.Helper()
	d := w.device(unit)
	d.mustEnrol()
	d.MustStart()
	return d
}

// MustPopulate joins a device for each unit that has none, parents first, and
// waits until all are linked.
func (w *World) MustPopulate() {
	w.TB.Helper()
	for _, u := range w.opts.Units[1:] {
		w.MustJoin(u)
	}
	w.Await(time.Hour, "everybody is linked", func() bool {
		for _, d := range w.Devices[1:] {
			if !d.Linked() || d.Replica.Members.Tree() == nil {
				return false
			}
		}
		return true
	})
}

// Forget takes a device out of the world: it is gone for good.
func (w *World) Forget(gone *Device) {
	w.Devices = slices.DeleteFunc(w.Devices, func(d *Device) bool { return d == gone })
}

// Pass lets time go by.
func (w *World) Pass(d time.Duration) { <-time.After(d) }

// Await lets time go by until the condition holds while nothing moves; the
// test fails after the limit.
func (w *World) Await(limit time.Duration, what string, holds func() bool) {
	w.TB.Helper()
	w.await(limit, limit/50+time.Millisecond, what, holds)
}

// Watch is Await that looks every step.
func (w *World) Watch(step, limit time.Duration, what string, holds func() bool) {
	w.TB.Helper()
	w.await(limit, step, what, holds)
}

// await looks more and more seldom, at last every longest.
func (w *World) await(limit, longest time.Duration, what string, holds func() bool) {
	w.TB.Helper()
	start, step := time.Now(), min(50*time.Millisecond, longest)
	for {
		synctest.Wait()
		if holds() {
			return
		}
		if time.Since(start) > limit {
			w.TB.Fatalf("not within %v: %s", limit, what)
		}
		w.Pass(step)
		step = min(step+step/4, longest)
	}
}

// Of lists the devices of a level that stand below a unit, the unit itself
// included.
func (w *World) Of(level tree.Level, top change.UnitID) (found []*Device) {
	t := w.City.Replica.Members.Tree()
	for _, d := range w.Devices {
		if d.Unit.Level == level && t.Below(top, d.Unit.ID) {
			found = append(found, d)
		}
	}
	return found
}

// StopAll stops what runs, communities first.
func (w *World) StopAll() {
	w.TB.Helper()
	for i := len(w.Devices) - 1; i >= 0; i-- {
		w.Devices[i].MustStop()
	}
}

func (w *World) config(d *Device) replica.Config {
	return replica.Config{Dir: d.Dir, Vault: kit.Vault(), Hub: d.IsHub(), Beat: w.opts.Beat, Look: time.Minute, Prefer: w.opts.Prefer, Down: w.opts.Down,
		Schema: w.Schema, Now: d.Now, Log: w.opts.Log, Dialer: w.Net.Dialer(d.Site), Reserve: d.Reserve}
}

func (w *World) token(unit change.UnitID) identity.Token {
	w.TB.Helper()
	authority := must(identity.OpenAuthority(w.City.Dir, identity.Options{Key: identityKey()}))(w.TB)
	registrar := identity.NewRoot(authority, root.NewAdmission(w.City.Replica), identity.Options{Now: w.City.Now})
	return must(registrar.Invite(w.TB.Context(), unit, 0))(w.TB)
}

// identityKey is what private keys are encrypted with.
func identityKey() vault.Key { return kit.Vault().Key(vault.Identity) }

func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}
