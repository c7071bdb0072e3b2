package hostile_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/hub/relay"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/syncer"
	"tongbu/syncer/contact"
	"tongbu/syncer/link"
	"tongbu/syncer/streams"
)

const (
	network = "n"
	beat    = 10 * time.Second
)

// hub is what hears: the parts that a hub puts together for its links.
type hub struct {
	*cast
	part
	journal *journal.Store
	streams *streams.Streams
	contact *contact.Table
	relay   *relay.Relay
	banned  atomic.Bool // the hostile device is revoked
	links   sync.WaitGroup
}

// mustFill returns the journal of a part's hub, as it is before anything hostile is
// said: all but the ends of what an attacker can bring.
func mustFill(tb testing.TB, c *cast, p part) []byte {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "journal.db")
	store, err := journal.Open(path, journal.Options{Key: [32]byte{1}, Now: time.Now})
	if err != nil {
		tb.Fatal(err)
	}
	err = store.Update(tb.Context(), func(tx *journal.Tx) error { return fill(tx, c, p) })
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := store.WriteTo(&b); err != nil {
		tb.Fatal(err)
	}
	if err := store.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func fill(tx *journal.Tx, c *cast, p part) error {
	for _, ch := range c.chains {
		if !c.below(p.self.unit, ch.by.unit) && !c.onLine(p.self.unit, ch.stream.Audience) {
			continue
		}
		if err := tx.PutAuthor(ch.by.device(), ch.by.keys.Proof()); err != nil {
			return err
		}
		held := ch.batches
		if ch.by != p.self && ch.by != p.honest {
			held = held[:len(held)/2]
		}
		for _, b := range held {
			if _, err := tx.Append(ch.by.unit, b); err != nil {
				return err
			}
		}
	}
	for _, r := range c.receipts {
		if info, ok, err := tx.Stream(r.Stream); err != nil || !ok || r.Epoch > 0 || r.Seq > info.Head {
			continue
		}
		if _, err := tx.PutReceipt(r); err != nil {
			return err
		}
	}
	return nil
}

// mustOpen opens a hub on a copy of the journal, in a bubble.
func mustOpen(t *testing.T, c *cast, p part, raw []byte) *hub {
	path := filepath.Join(fastDir(t), "journal.db")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	h := &hub{cast: c, part: p}
	var err error
	if h.journal, err = journal.Open(path, journal.Options{Key: [32]byte{1}, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	h.streams, err = streams.Open(streams.Config{Journal: h.journal, Self: h.peer(), Root: c.world.City, Key: p.self.key, Verifier: p.self.keys.Verifier,
		Tree: func() syncer.Tree { return c.world.Tree }, Records: shelf{p.self.unit}, Now: time.Now, SealAtOnce: true, Banned: h.isBanned, Units: h.Size})
	if err != nil {
		t.Fatal(err)
	}
	h.contact = contact.New(contact.Config{Self: h.peer(), Registry: h, Now: time.Now})
	h.relay = relay.New(relay.Config{Self: p.self.unit, Tree: func() access.Tree { return c.world.Tree }, Banned: h.isBanned, Contact: h.contact, Now: time.Now,
		Link: func(child syncer.Peer, w link.Watch) link.Config { return h.config(child, true, w) }, Log: slog.New(slog.DiscardHandler)})
	return h
}

// fastDir is a directory in memory where there is one: a run makes a journal, and
// its fsyncs are not what is tested.
func fastDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "hostile") //nolint:usetesting // a test's own directory is on a disk
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func (h *hub) peer() syncer.Peer { return syncer.Peer{Unit: h.self.unit, Device: h.self.device()} }

func (h *hub) isBanned(d change.DeviceID) bool {
	return d == h.revoked.device() || d == h.hostile.device() && h.banned.Load()
}

// Place implements contact.Registry.
func (h *hub) Place(d change.DeviceID) (contact.Place, bool) {
	one := h.of(d)
	if one == nil || one == h.enemy {
		return contact.Place{}, false
	}
	return contact.Place{Unit: one.unit, Enrolled: 1, Revoked: h.isBanned(d)}, true
}

// Below implements contact.Registry.
func (h *hub) Heir(unit change.UnitID) change.UnitID { return h.world.Tree.Heir(unit) }
func (h *hub) Stood(top, unit change.UnitID) bool    { return h.world.Tree.Stood(top, unit) }
func (h *hub) Below(top, unit change.UnitID) bool    { return h.world.Tree.Below(top, unit) }

// Size implements contact.Registry.
func (h *hub) Size(unit change.UnitID) int { return len(h.world.Tree.Units(unit)) }

func (h *hub) config(other syncer.Peer, parent bool, w link.Watch) link.Config {
	child := h.self.unit
	if parent {
		child = other.Unit
	}
	return link.Config{Streams: h.streams, Watch: w, Beat: beat, Now: time.Now, Session: syncer.Config{Network: network, Self: h.peer(), Other: other, Parent: parent,
		Tree: h.world.Tree, Now: time.Now().UnixMilli(), Named: syncer.MaxNamed(h.Size(child))}}
}

// above is what watches the link to the parent.
type above struct{ *hub }

func (above) Met(syncer.Peer, time.Duration)  {}
func (above) Alive(syncer.Peer)               {}
func (a above) Acked(have syncer.Have)        { a.streams.Acked(have) }
func (above) Heard(syncer.Peer, syncer.Reach) {}
func (above) Stopped(syncer.Refuse)           {}
func (a above) News() <-chan struct{}         { return a.contact.News() }
func (a above) Reach(to syncer.Peer, all bool) syncer.Reach {
	var heads []syncer.Head
	entries, _ := a.streams.Entries()
	for _, e := range entries {
		if e.Stream.Device == a.self.device() {
			heads = append(heads, syncer.Head{Stream: e.Stream, Seq: e.Head})
		}
	}
	a.contact.Wrote(heads)
	return a.contact.Tell(to.Device, all)
}

// connected is one link of the hub.
type connected struct {
	*line
	ended chan error // the link is over, and why
	why   error      // once it is over
	over  bool
}

// connect opens a link as the hub does: to one below, or to the one above.
func (h *hub) connect(ctx context.Context, to *installation) *connected {
	c := &connected{line: newLine(), ended: make(chan error, 1)}
	below := h.parent || to != h.part.hostile
	h.links.Go(func() {
		if below {
			who := identity.Peer{Member: to.member(), Expires: time.Now().Add(24 * time.Hour)}
			err := h.relay.Sync(ctx, who, c.line)
			c.Close(err)
			c.ended <- err
			return
		}
		cfg := h.config(syncer.Peer{Unit: to.unit, Device: to.device()}, false, above{h})
		cfg.Right = func() error {
			return access.Active(access.Party{Unit: to.unit, Device: to.device(), Revoked: h.isBanned(to.device())})
		}
		c.ended <- link.Run(ctx, c.line, cfg)
	})
	return c
}

// settle lets everything happen that can, and notes whether the link is over.
func (c *connected) settle() {
	synctest.Wait()
	select {
	case c.why = <-c.ended:
		c.over = true
	default:
	}
}

// shelf are records that a hub derives from nothing: it passes on what it cannot read.
type shelf struct{ unit change.UnitID }

func (shelf) Apply(*journal.Tx, change.UnitID, *change.Batch) error { return nil }
func (shelf) Rebuild(*journal.Tx) error                             { return nil }
func (s shelf) Reissue(tx *journal.Tx, in change.Stream, c *change.Change, _ change.Dot) error {
	raw, err := c.Encode()
	if err != nil {
		return err
	}
	_, err = tx.Add(in, s.unit, raw)
	return err
}

// write has the hub say something of its own to a unit.
func (h *hub) write(ctx context.Context, to change.UnitID, raw []byte) (own change.Stream, err error) {
	err = h.streams.Write(ctx, func(w *streams.Writer) (err error) {
		if own, err = w.Own(to); err != nil {
			return err
		}
		_, err = w.Add(own, h.self.unit, raw)
		return err
	})
	return own, fault.Wrap("write", err)
}
