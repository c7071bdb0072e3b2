// Package replica is what every tier has in its directory: the identity, the
// journal with the records beside it, the streams, and the uplink. What people
// do with it is in desk and operate, who is served by it in package hub.
package replica

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/tally"
	"tongbu/internal/vault"
	"tongbu/syncer"
	"tongbu/syncer/contact"
	"tongbu/syncer/link"
	"tongbu/syncer/remote"
	"tongbu/syncer/streams"
	"tongbu/syncer/uplink"
)

// Config of a replica.
type Config struct {
	Dir     string
	Hub     bool          // serves others: seals what it writes at once, keeps only the records it needs
	Beat    time.Duration // between heartbeats; 0: 10 s
	Look    time.Duration // between looks whether the journal's file is there; 0: 1 s
	Prefer  time.Duration // between looks for a nearer hub; 0: 30 s
	Down    time.Duration // longest pause between tries while no hub can be reached; 0: 4 s
	Told    Places        // where others reach a hub, as it is configured
	Program string        // version of the program, which the device says; "": a development build
	// Reserve is the room kept on the disk for what is on its way when the disk
	// is full, in bytes; 0: none. MaxSize limits the journal's file; 0: its default.
	Reserve, MaxSize int64

	New bool // the directory is being made: a city begins its journal then, and never again

	Schema *schema.Schema   // the program's own; what the city publishes is added to it
	Now    func() time.Time // nil: the system's
	Log    *slog.Logger     // nil: silent
	Vault  *vault.Vault     // has the keys that the files are encrypted with
	Probe  journal.Prober   // checks the journal before it is opened; nil: in this process
	Dialer remote.Dialer    // opens the line to a hub above, for joining and renewing too; nil: TCP
}

// Replica is an open directory: its parts, each of which is safe for concurrent
// use, and what holds them together.
type Replica struct {
	Keys    *identity.Keystore
	Place   identity.Placement
	Journal *journal.Store
	Records *records.Records
	Members *members.Members
	Schema  *schema.Live
	Streams *streams.Streams
	Contact *contact.Table
	Uplink  *uplink.Uplink
	Lookups *Lookups
	Clocks  *Clocks
	Space   *Space
	Spool   *Spool
	Saves   *Samples    // durations of single-record saves
	Meter   *link.Meter // of the links to hubs above
	Refused *Refusals   // batches that were not stored
	Log     *slog.Logger
	Now     func() time.Time

	cfg       Config
	news      news
	said      said
	saved     uint64  // version of the contacts that were saved last; one goroutine saves
	saidHeard heardOf // what the device last said it has heard; one goroutine says it
	started   time.Time

	hearingMu sync.Mutex // guards hearing
	hearing   hearing

	exceeding sync.Map // devices that were logged with too many streams
	published atomic.Pointer[published]
	book      atomic.Pointer[madeBook]
	ready     atomic.Int64 // from the start of the process to serving, nanoseconds
}

// Open opens a directory that has joined a network. It returns NotFound when
// it has not, Busy when another process serves it, Damaged when its files
// are, Invalid without a key.
func Open(cfg Config) (*Replica, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Program == "" {
		cfg.Program = "development"
	}
	counted, names := named(cfg.Log)
	cfg.Log = tally.Wrap(counted, cfg.Now)
	if cfg.Look == 0 {
		cfg.Look = time.Second
	}
	if cfg.Beat == 0 {
		cfg.Beat = 10 * time.Second
	}
	if cfg.Vault == nil {
		return nil, fault.New(fault.Invalid, "a directory is opened with its key")
	}
	keys, err := identity.Open(cfg.Dir, identity.Options{Key: cfg.Vault.Key(vault.Identity), Now: cfg.Now})
	if err != nil {
		return nil, err
	}
	r := &Replica{cfg: cfg, Keys: keys, Place: keys.Placement(), Schema: schema.NewLive(cfg.Schema), hearing: hearing{of: cfg.Schema}, Log: cfg.Log, Now: cfg.Now, started: cfg.Now(), Saves: &Samples{}, Meter: &link.Meter{}, Refused: &Refusals{}}
	if err := r.openJournal(); err != nil {
		return nil, err
	}
	if err := r.assemble(); err != nil {
		_ = r.Close()
		return nil, err
	}
	names.Store(r.Members)
	return r, nil
}

// Dir is the directory.
func (r *Replica) Dir() string { return r.cfg.Dir }

// Program is the version of the program.
func (r *Replica) Program() string { return r.cfg.Program }

// Vault has the keys that the directory's files are encrypted with.
func (r *Replica) Vault() *vault.Vault { return r.cfg.Vault }

// Self names this device to the tiers beside it.
func (r *Replica) Self() syncer.Peer {
	return syncer.Peer{Unit: r.Place.Unit, Device: r.Keys.Device()}
}

// IsHub reports whether this device serves others.
func (r *Replica) IsHub() bool { return r.cfg.Hub }

// IsRoot reports whether this is the city.
func (r *Replica) IsRoot() bool { return r.Place.Unit == r.Place.RootUnit }

// IsOwn reports whether a stream is this device's.
func (r *Replica) IsOwn(in change.Stream) bool { return in.Device == r.Keys.Device() }

// Ready records that the directory is served from now on, by a process that
// started then.
func (r *Replica) Ready(since time.Time) { r.ready.Store(int64(time.Since(since))) }

// Uptime is how long the directory has been open, and how long the process
// took from its start to serving: 0 while it does not.
func (r *Replica) Uptime() (open, ready time.Duration) {
	return r.Now().Sub(r.started), time.Duration(r.ready.Load())
}

// Close closes the files; the tasks must be over.
func (r *Replica) Close() (err error) {
	if r.Lookups != nil {
		err = r.Lookups.close()
	}
	return errors.Join(err, r.Journal.Close())
}
