// Package replica is what every tier has in its directory: the identity, the
// journal with the records beside it, custody of the streams, and the uplink.
// A node is a station and a clerk's desk; a hub is one that serves others.
package replica

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/vault"
	"tongbu/node/desk"
	"tongbu/syncer"
	"tongbu/syncer/contact"
	"tongbu/syncer/remote"
	"tongbu/syncer/streams"
	"tongbu/syncer/uplink"
)

// JournalFile is the journal's name in a station's directory.
const JournalFile = "journal.db"

// hubMaxSize bounds a hub's journal, in bytes: a city of design size writes
// some 2 GiB a year. A node keeps the journal's own, lower bound.
const hubMaxSize = 64 << 30

// Config of a station.
type Config struct {
	Dir    string
	Hub    bool          // serves others: seals what it writes at once, keeps only the records it works with
	Beat   time.Duration // between heartbeats; 0: 10 s
	Look   time.Duration // between looks whether the journal's file is there; 0: 1 s
	Prefer time.Duration // between looks for a nearer hub; 0: 30 s
	Down   time.Duration // longest pause between tries while no hub can be reached; 0: 4 s
	// Reserve is the room kept on the disk for what is on its way when the disk
	// is full, in bytes; 0: none. MaxSize limits the journal's file; 0: its default.
	Reserve, MaxSize int64

	Schema *schema.Schema
	Now    func() time.Time // nil: the system's
	Log    *slog.Logger     // nil: silent
	Vault  *vault.Vault     // has the keys that the files are encrypted with
	Probe  journal.Prober   // checks the journal before it is opened; nil: in this process
	Dialer remote.Dialer    // opens the line to a hub above, for joining and renewing too; nil: TCP
}

// Replica is safe for concurrent use.
type Replica struct {
	cfg     Config
	Keys    *identity.Keystore
	Place   identity.Placement
	Journal *journal.Store
	Records *records.Store
	Members *members.Members
	Schema  *schema.Schema
	Streams *streams.Streams
	Reach   *contact.Table
	Uplink  *uplink.Uplink
	Desk    *desk.Desk
	Log     *slog.Logger
	Now     func() time.Time
	// Taken runs when a carried file was applied, before the answer; nil:
	// nothing does. Set it before serving.
	Taken func(context.Context) error

	reserve  *reserve
	started  time.Time
	clocks   clocks
	spooling sync.Mutex // held while a backup or a carried file is made
	saves    samples
	offset   atomic.Int64 // the parent's clock less ours, nanoseconds
	ready    atomic.Int64 // from the start of the process to serving, nanoseconds
	mu       sync.Mutex   // guards all below
	notify   []func(News)
	gaveWay  uint64 // how often a stream's history gave way
	epoch    uint64 // the city's newest that is known
}

// Open opens a directory that has joined a network. It returns NotFound when
// it has not, Busy when another process serves it, Damaged when its files
// are.
func Open(cfg Config) (*Replica, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Look == 0 {
		cfg.Look = time.Second
	}
	if cfg.Vault == nil {
		return nil, fault.New(fault.Invalid, "a directory is opened with its key")
	}
	keys, err := identity.Open(cfg.Dir, identity.Options{Key: cfg.Vault.Key(vault.Identity), Now: cfg.Now})
	if err != nil {
		return nil, err
	}
	s := &Replica{cfg: cfg, Keys: keys, Place: keys.Placement(), Schema: cfg.Schema, Log: cfg.Log, Now: cfg.Now, started: cfg.Now()}
	if err := s.openJournal(); err != nil {
		return nil, err
	}
	if err := sweep(cfg.Dir); err != nil {
		return nil, errors.Join(err, s.Journal.Close())
	}
	if err := s.assemble(); err != nil {
		_ = s.Journal.Close()
		return nil, err
	}
	return s, nil
}

func (s *Replica) openJournal() (err error) {
	if err := wantDirectory(s.cfg.Dir); err != nil {
		return err
	}
	s.reserve = newReserve(s.cfg.Dir, s.cfg.Reserve, s.Log)
	opts := journal.Options{Key: s.Vault().Key(vault.Journal), Now: s.Now, Probe: s.cfg.Probe, MaxSize: s.cfg.MaxSize, NoRoom: s.NoRoom}
	if s.cfg.Hub && opts.MaxSize == 0 {
		opts.MaxSize = hubMaxSize
	}
	s.Journal, err = journal.Open(filepath.Join(s.cfg.Dir, JournalFile), opts)
	if err == nil && s.Journal.Regressed() {
		s.Log.Error("the journal is older than when it was closed: an older copy was put in its place, or the disk lost what it had said was written")
	}
	return err
}

// wantDirectory checks that the directory is one. Locks and fsync of network
// folders cannot be trusted; Go's stat does not tell them, so
// docs/operations.md does.
func wantDirectory(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fault.Wrap("open the directory", err)
	}
	if !info.IsDir() {
		return fault.New(fault.Invalid, "%s is not a directory", filepath.Base(dir))
	}
	return nil
}

func (s *Replica) assemble() (err error) {
	s.Members = members.New(s.Place)
	s.Records = records.New(s.Place.RootUnit, s.keeps).Indexed(s.Schema)
	if err := s.sameIndexes(context.Background()); err != nil {
		return err
	}
	s.Reach = contact.New(s.Now)
	s.Streams, err = streams.Open(streams.Config{
		Journal: s.Journal, Self: s.self(), Root: s.Place.RootUnit, Key: s.Keys.Key(), Verifier: s.Keys.Verifier,
		Tree: func() syncer.Tree { return s.Members }, State: state{s}, Now: s.Now,
		SealAtOnce: s.cfg.Hub, Banned: s.Members.Banned, Refused: s.refused, After: s.reread,
	})
	if err != nil {
		return err
	}
	s.Desk = &desk.Desk{Streams: s.Streams, Records: s.Records, Schema: s.Schema, Members: s.Members, Now: s.Now, NewID: newID, Ahead: s.ownClockAhead}
	s.Uplink = uplink.New(uplink.Config{Own: s.Keys, Parents: s.parents, Allow: s.allowParent, Link: s.upLink, Now: s.Now, Prefer: s.cfg.Prefer, Down: s.cfg.Down, Dialer: s.cfg.Dialer})
	if err := s.Streams.Learn(context.Background(), s.Keys.Proof()); err != nil {
		return err
	}
	if err := s.sameKinds(context.Background()); err != nil {
		return err
	}
	if err := s.recall(); err != nil {
		return err
	}
	if err := s.reread(); err != nil {
		return err
	}
	lost, err := s.lost()
	if err != nil || !lost {
		return err
	}
	s.Log.Warn("the journal was lost; this device goes on under a new incarnation")
	return s.Renew(context.Background())
}

// Renew begins a new incarnation, and at the city a new epoch: for a directory
// that was restored or whose journal was lost.
func (s *Replica) Renew(ctx context.Context) error { return s.Streams.Renew(ctx, jump()) }

// refused notes who brought what is not to be taken.
func (s *Replica) refused(from streams.Sender, in change.Stream, why error) {
	s.Log.Warn("a batch is refused", "from", string(from.Device), "unit", string(from.Unit), "stream", in.String(), "kind", fault.Of(why).String(), "reason", why.Error())
}

// newID makes a record's id: a UUID of version 7 (RFC 9562), which sorts by
// the time it was made.
func newID() change.RecordID { return change.RecordID(uuid.Must(uuid.NewV7()).String()) }

func (s *Replica) self() syncer.Peer {
	return syncer.Peer{Unit: s.Place.Unit, Device: s.Keys.Device()}
}

// Vault has the keys that the directory's files are encrypted with.
func (s *Replica) Vault() *vault.Vault { return s.cfg.Vault }

// IsRoot reports whether this is the city.
func (s *Replica) IsRoot() bool { return s.Place.Unit == s.Place.RootUnit }

// keeps: a node keeps all it receives; a hub what is no personal data, for it
// writes such records itself and is led by them. Of the city's refusals a hub
// keeps those of its own changes, the city all.
func (s *Replica) keeps(kind string) bool {
	if !s.cfg.Hub {
		return true
	}
	k, ok := s.Schema.Kind(kind)
	return ok && !k.Personal
}

// News is what changed for those who build on a station.
type News struct {
	Read    bool // units or devices were read anew
	Tree    bool // the tree of units is another one
	History bool // a stream's history gave way: copies of the journal begin anew
}

// Notify has fn called whenever units, devices or the history changed.
func (s *Replica) Notify(fn func(News)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notify = append(s.notify, fn)
}

// reread brings the registry up to date after a commit. What is on the disk
// decides whether there is news: a mark in memory could be taken for read by
// another writer before the transaction that set it is committed.
func (s *Replica) reread() error {
	var news News
	var history, epoch uint64
	err := s.Journal.View(func(tx *journal.Tx) (err error) {
		if history, err = histories(tx); err != nil {
			return err
		}
		if epoch, err = streams.Epoch(tx); err != nil {
			return err
		}
		news.Read, news.Tree, err = s.Members.Load(tx, s.Records)
		return err
	})
	if err != nil {
		return fault.Wrap("read the units and devices", err)
	}
	s.mu.Lock()
	if history > s.gaveWay {
		s.gaveWay, news.History = history, true
	}
	notify, raised := s.notify, s.epoch > 0 && epoch > s.epoch
	s.epoch = epoch
	s.mu.Unlock()
	if raised {
		s.Log.Warn("the city has begun a new epoch: what it lacks is sent again", "epoch", epoch)
	}
	if news.Tree {
		s.Streams.Restart()
	}
	if news == (News{}) {
		return nil
	}
	for _, fn := range notify {
		fn(news)
	}
	return nil
}

// History counts how often a stream's history gave way to another: a copy of
// the journal made under another count is not one of this journal.
func (s *Replica) History() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gaveWay
}

// Close closes the files; Run must be over.
func (s *Replica) Close() error { return s.Journal.Close() }
