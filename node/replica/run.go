package replica

import (
	"context"
	"errors"
	"sync"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/remote"
	"tongbu/internal/journal"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/uplink"
)

// Task is a part of a running station: it works until its context ends.
type Task func(ctx context.Context) error

// Together runs tasks until the context ends or one fails; the first failure
// ends the others. All have returned when it returns. To be stopped is no
// failure, but one on the way out is.
func Together(ctx context.Context, tasks ...Task) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	var mu sync.Mutex // guards first
	var first error
	for _, task := range tasks {
		all.Go(func() {
			err := task(ctx)
			if err == nil || ctx.Err() != nil && fault.Of(err) == fault.Canceled {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if first == nil {
				first = err
			}
			cancel()
		})
	}
	all.Wait()
	return first
}

// Tasks lists what every station does while it is served: the root has
// nobody above it.
func (s *Replica) Tasks() []Task {
	tasks := []Task{s.guard, s.heads, s.remember, s.reserve.keep}
	if s.IsRoot() {
		return tasks
	}
	renewer := &identity.Renewer{Keystore: s.Keys, Registrar: s.Registrar(), Log: s.Log}
	return append(tasks, s.Uplink.Run, renewer.Run)
}

// guard ends the station when its journal takes no more: whether the last
// transaction is on the disk is unknown then, and only opening it anew tells.
func (s *Replica) guard(ctx context.Context) error {
	look := time.NewTicker(s.cfg.Look)
	defer look.Stop()
	for {
		changed := s.Journal.Changed()
		if err := s.Journal.View(func(*journal.Tx) error { return nil }); err != nil {
			return fault.Wrap("the journal failed", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-look.C:
			if err := s.Journal.Present(); err != nil {
				return s.rescue(err)
			}
		}
	}
}

// rescue saves what the journal holds when its file was taken away. The
// station ends: it cannot write to the file that it saved.
func (s *Replica) rescue(gone error) error {
	path, err := s.Journal.Rescue()
	if err != nil {
		return fault.As(fault.Damaged, "the journal's file was taken away and cannot be saved", errors.Join(gone, err))
	}
	return fault.As(fault.Damaged, "stop", gone).WithHint("all that was saved is in %s; start again, and keep other programs off the directory", path)
}

// heads keeps the table of contacts up to date with what this device has written.
func (s *Replica) heads(ctx context.Context) error {
	for {
		changed := s.Streams.Changed()
		s.Reach.Wrote(s.self(), s.ownHeads())
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

func (s *Replica) ownHeads() []syncer.Head {
	entries, _ := s.Streams.Entries()
	var heads []syncer.Head
	for _, e := range entries {
		if e.Stream.Device == s.Keys.Device() {
			heads = append(heads, syncer.Head{Stream: e.Stream, Seq: e.Head})
		}
	}
	return heads
}

// Registrar passes requests to join and renew to the hubs above.
func (s *Replica) Registrar() identity.Registrar { return above{s} }

type above struct{ *Replica }

// client asks the hubs above, each at the port that at names.
func (a above) client(at func(identity.Parent) string) (*remote.Client, error) {
	var urls []string
	for _, p := range a.Members.Parents() {
		if port := at(p); port != "" {
			urls = append(urls, "https://"+port)
		}
	}
	return remote.New(urls, identity.TrustOf(a.Keys), remote.Options{Dialer: remote.Dialer(a.cfg.Dialer)})
}

// Enroll implements identity.Registrar.
func (a above) Enroll(ctx context.Context, req identity.EnrollRequest) (identity.Answer, error) {
	c, err := a.client(func(p identity.Parent) string { return p.Web })
	if err != nil {
		return identity.Answer{}, err
	}
	return c.Enroll(ctx, req)
}

// Renew implements identity.Registrar.
func (a above) Renew(ctx context.Context, req identity.RenewRequest) (identity.Answer, error) {
	c, err := a.client(func(p identity.Parent) string { return identity.DoorOf(p.Door, p.Web) })
	if err != nil {
		return identity.Answer{}, err
	}
	return c.Renew(ctx, req)
}

func (s *Replica) parents() []uplink.Parent {
	var parents []uplink.Parent
	for _, p := range s.Members.Parents() {
		if p.Address != "" {
			parents = append(parents, uplink.Parent{Unit: p.Unit, Address: p.Address})
		}
	}
	return parents
}

// allowParent lets only an ancestor serve this device, and no revoked one.
func (s *Replica) allowParent(m identity.Member) error {
	switch {
	case m.Unit == s.Place.Unit || !s.Members.Below(m.Unit, s.Place.Unit):
		return fault.New(fault.Denied, "the hub that answered is not above this unit")
	case s.Members.Banned(m.Device):
		return fault.New(fault.Denied, "the hub that answered was revoked")
	}
	return nil
}

// upLink asks at every batch whether the parent may still serve: it may be
// revoked, or the unit moved, while the link is open.
func (s *Replica) upLink(parent syncer.Peer) link.Config {
	cfg := s.LinkConfig(parent, false, upWatch{s})
	cfg.Right = func() error {
		return s.allowParent(identity.Member{Network: s.Place.Network, Unit: parent.Unit, Device: parent.Device})
	}
	return cfg
}

// LinkConfig is what a link of this station needs; parent: this end is the
// parent.
func (s *Replica) LinkConfig(other syncer.Peer, parent bool, watch link.Watch) link.Config {
	return link.Config{
		Session: syncer.Config{Network: string(s.Place.Network), Self: s.self(), Other: other, Parent: parent,
			Tree: s.Members, Now: s.Now().UnixMilli()},
		Streams: s.Streams, Watch: watch, Beat: s.cfg.Beat, Now: s.Now,
	}
}

// upWatch hears what happens on the link to the parent.
type upWatch struct{ *Replica }

// Met implements link.Watch.
func (w upWatch) Met(_ syncer.Peer, offset time.Duration) { w.offset.Store(int64(offset)) }

// Alive implements link.Watch.
func (w upWatch) Alive(syncer.Peer) { w.Uplink.Heard() }

// Acked implements link.Watch.
func (w upWatch) Acked(have syncer.Have) { w.Streams.Acked(have) }

// Heard implements link.Watch; a parent tells of nobody.
func (w upWatch) Heard(syncer.Peer, syncer.Reach) {}

// Stopped implements link.Watch.
func (w upWatch) Stopped(r syncer.Refuse) {
	w.Log.Warn("the hub refuses a stream", "stream", r.Stream.String(), "kind", r.Kind.String(), "reason", r.Reason)
}

// Reach implements link.Watch.
func (w upWatch) Reach(to syncer.Peer, all bool) syncer.Reach {
	w.Replica.Reach.Wrote(w.self(), w.ownHeads())
	return w.Replica.Reach.Tell(to.Device, all)
}

// News implements link.Watch.
func (w upWatch) News() <-chan struct{} { return w.Replica.Reach.News() }
