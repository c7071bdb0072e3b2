package town

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"tongbu/hub"
	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/internal/change"
	"tongbu/internal/config"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/tree"
	"tongbu/internal/vault"
	"tongbu/node"
	"tongbu/node/replica"
	"tongbu/syncer/remote"
	"tongbu/syncer/streams"
)

// Member is one directory of the town.
type Member struct {
	Unit    tree.Unit
	Dir     string
	Dialer  remote.Dialer    // read by Open; nil: TCP
	Replica *replica.Replica // nil: closed
	Hub     *hub.Hub         // nil: a node, or closed

	town   *Town
	listen identity.Listen
	vault  *vault.Vault
	stop   context.CancelFunc // nil: not served
	over   chan error
}

func (m *Member) prepare() (err error) {
	if m.Unit.Level != tree.Community {
		if m.listen.Address, err = free(); err != nil {
			return err
		}
		if m.listen.Web, err = free(); err != nil {
			return err
		}
		if m.listen.Door, err = free(); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(m.Dir, 0o700); err != nil {
		return err
	}
	keys := filepath.Join(m.town.Dir, "keys")
	c := config.Config{Listen: m.listen.Address, Web: m.listen.Web, Door: m.listen.Door, Keys: keys}
	if err := c.Save(m.Dir); err != nil {
		return err
	}
	m.vault, err = vault.Create(m.Dir, vault.Source{}, vault.Options{Keys: keys})
	return err
}

// options are those of the identity's files.
func (m *Member) options() identity.Options {
	return identity.Options{Key: m.vault.Key(vault.Identity)}
}

// Address is where a hub takes links.
func (m *Member) Address() string { return m.listen.Address }

// Open opens the directory as the program does.
func (m *Member) Open(ctx context.Context) (err error) {
	isHub := m.Unit.Level != tree.Community
	m.Replica, err = replica.Open(replica.Config{Dir: m.Dir, Vault: m.vault, Hub: isHub, Schema: m.town.Schema, Dialer: m.Dialer})
	if err != nil || !isHub {
		return err
	}
	m.Hub, err = hub.Open(ctx, m.Replica, m.engine())
	return err
}

// engine opens the city's view; the other hubs are relays.
func (m *Member) engine() hub.OpenView {
	if m.Unit.Level != tree.City {
		return nil
	}
	return func(ctx context.Context, r *replica.Replica, o view.Options) (view.View, error) {
		return sqlite.Open(ctx, filepath.Join(m.Dir, hub.ViewFile), r.Schema.Now(), o)
	}
}

// Run serves the open directory until Close.
func (m *Member) Run(ctx context.Context) error {
	run := func(ctx context.Context) error { return node.New(m.Replica).Run(ctx) }
	if m.Hub != nil {
		links, err := net.Listen("tcp", m.listen.Address)
		if err != nil {
			return err
		}
		web, err := net.Listen("tcp", m.listen.Web)
		if err != nil {
			return errors.Join(err, links.Close())
		}
		door, err := net.Listen("tcp", m.listen.Door)
		if err != nil {
			return errors.Join(err, links.Close(), web.Close())
		}
		run = func(ctx context.Context) error {
			return m.Hub.Run(ctx, hub.Listeners{Links: links, Web: web, Door: door})
		}
	}
	ctx, m.stop = context.WithCancel(ctx)
	over := make(chan error, 1)
	m.over = over
	go func() { over <- run(ctx) }()
	return nil
}

// Close ends serving and closes the files; it may be repeated.
func (m *Member) Close() (err error) {
	if m.stop != nil {
		m.stop()
		err = <-m.over
		m.stop = nil
	}
	switch {
	case m.Hub != nil:
		err = errors.Join(err, m.Hub.Close())
	case m.Replica != nil:
		err = errors.Join(err, m.Replica.Close())
	}
	m.Hub, m.Replica = nil, nil
	return err
}

// Wait puts sealed batches into an open node's journal, as if they had been
// written offline: they wait for the line.
func (m *Member) Wait(ctx context.Context, batches []*change.Batch) error {
	return m.Replica.Streams.Write(ctx, func(w *streams.Writer) error {
		for _, b := range batches {
			if outcome, err := w.Append(m.Unit.ID, b); err != nil || outcome != journal.Stored {
				return errors.Join(err, fmt.Errorf("batch %d of %s is not stored: %v", b.First, b.Stream, outcome))
			}
			if _, err := w.Own(b.Stream.Audience); err != nil { // it is the stream that is announced
				return err
			}
		}
		return nil
	})
}

// Own is the stream that the open device speaks in for its own unit.
func (m *Member) Own() change.Stream {
	return change.Stream{Device: m.Replica.Keys.Device(), Incarnation: 1, Audience: m.Unit.ID}
}

// Sealed seals what the open device has written and returns where its own stream
// ends.
func (m *Member) Sealed(ctx context.Context) (change.Mark, error) {
	if err := m.Replica.Streams.Seal(ctx, m.Own()); err != nil {
		return change.Mark{}, err
	}
	e, _ := m.Replica.Streams.Entry(m.Own()) // unknown: nothing was written
	return e.Sealed, nil
}

// Reached tells how far the node's own stream has come.
func (m *Member) Reached() (r streams.Reached, err error) {
	err = m.Replica.Streams.View(func(tx *journal.Tx) error {
		r, err = m.Replica.Streams.Reached(tx, m.Own())
		return err
	})
	return r, err
}

// Linked waits until the member's line is up.
func (m *Member) Linked(ctx context.Context) error {
	return Until(ctx, time.Minute, func() (bool, error) { return m.Replica.Uplink.Line().Connected, nil })
}
