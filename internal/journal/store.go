package journal

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"tongbu/internal/durations"
	"tongbu/internal/fault"
)

// Store is an open journal. Its methods may be called by several goroutines.
type Store struct {
	path      string
	file      os.FileInfo
	db        *bbolt.DB
	aead      cipher.AEAD
	now       func() time.Time
	commit    func(*bbolt.Tx) error // (*bbolt.Tx).Commit; tests make it fail
	noRoom    func()
	maxSize   int64
	regressed bool

	durable atomic.Int64 // the last transaction known to be on the disk
	updates atomic.Uint64
	commits atomic.Uint64
	times   Times

	writer sync.Mutex // held for a round of commits, and while closing

	mu      sync.Mutex // guards what follows
	queue   []*call
	led     bool  // a goroutine commits or has been told to
	solo    bool  // the disk was full: let each try alone
	broken  error // why the store takes no more transactions
	closed  bool
	changed chan struct{}
}

// Stats counts what the store did since it was opened.
type Stats struct {
	Updates uint64 // calls of Update that were committed
	Commits uint64 // transactions they shared, two syncs of the disk each
}

// Stats returns the counters.
func (s *Store) Stats() Stats {
	return Stats{Updates: s.updates.Load(), Commits: s.commits.Load()}
}

// Times are how long the store's transactions took since it was opened.
type Times struct {
	Commit durations.Histogram // a transaction with what it was made for, to the disk
	Sync   durations.Histogram // of it: writing the pages, and two syncs of the disk
}

// Times returns the store's own, which go on counting.
func (s *Store) Times() *Times { return &s.times }

// Changed returns a channel that is closed at the next successful commit, at
// a failure that ends the store, and at Close. Take it before reading.
func (s *Store) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Size is the size of the file in bytes, 0 when it cannot be told.
func (s *Store) Size() int64 {
	info, err := os.Stat(s.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// Room is how many bytes the file can still take under MaxSize, 0 when that
// cannot be told. bbolt maps powers of two up to 1 GiB and whole GiB above.
func (s *Store) Room() int64 {
	limit := int64(pageSize)
	for next := 2 * limit; next <= s.maxSize; next = min(2*limit, limit+1<<30) {
		limit = next
	}
	tx, err := s.db.Begin(false)
	if err != nil {
		return 0
	}
	defer tx.Rollback() //nolint:errcheck // a read transaction has nothing to lose
	return limit - tx.Size() + int64(s.db.Stats().FreePageN)*pageSize
}

// Regressed reports whether the file, when it was opened, lacked commits that
// the last Close had seen: it is an older copy, or its disk lost writes.
func (s *Store) Regressed() bool { return s.regressed }

// View runs fn on a state that is on the disk. While fn runs, the file grows
// with every commit and cannot be remapped: copy out and return, without
// waiting for anything; never call Update inside. It returns fn's error;
// Damaged when the file proves damaged or an Update failed for ever, Canceled
// after Close.
func (s *Store) View(fn func(*Tx) error) (err error) {
	if err := s.checkUsable(); err != nil {
		return err
	}
	defer s.guard(&err)()
	tx, err := s.db.Begin(false)
	if err != nil {
		return beginFault(err)
	}
	defer tx.Rollback() //nolint:errcheck // a read transaction has nothing to lose
	if err := s.awaitSynced(tx.ID()); err != nil {
		return err
	}
	return fn(newTx(tx, s.aead, s.now))
}

// awaitSynced waits until the transaction a reader sees is on the disk: bbolt
// shows a commit as soon as it is written, a moment before it is synced.
func (s *Store) awaitSynced(id int) error {
	for {
		changed := s.Changed()
		if s.durable.Load() >= int64(id) {
			return nil
		}
		if err := s.checkUsable(); err != nil {
			return err
		}
		<-changed
	}
}

// WriteTo writes a consistent copy of the file: a backup. The copy is a
// journal of its own right, encrypted as the file is, under the same key.
// Writers go on, and the file grows meanwhile.
func (s *Store) WriteTo(w io.Writer) (n int64, err error) {
	err = s.View(func(tx *Tx) error {
		n, err = tx.tx.WriteTo(w)
		return fault.Wrap("copy the journal", err)
	})
	return n, err
}

// Close waits for running transactions and closes the file; later calls
// return Canceled. A clean close leaves a note by which the next Open knows
// an older copy, and is spared the check of a large file.
func (s *Store) Close() error {
	s.writer.Lock()
	defer s.writer.Unlock()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	broken := s.broken
	close(s.changed)
	s.mu.Unlock()
	if err := s.db.Close(); err != nil {
		return fault.Wrap("close the journal", err)
	}
	if broken == nil {
		leaveMarker(s.path)
	}
	return nil
}

// checkUsable returns why the store takes no transactions, nil when it does.
func (s *Store) checkUsable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fault.New(fault.Canceled, "the journal is closed")
	}
	return s.broken
}

// poison ends the store: it is unknown what is on the disk, so nothing may be
// read or acknowledged until a new process has opened the file.
func (s *Store) poison(cause error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.broken = fault.As(fault.Damaged, "the journal has failed and takes nothing more until the process restarts", cause).
			WithHint("restart the process: it checks the file and goes on from what is on the disk")
		s.signalLocked()
	}
	return s.broken
}

func (s *Store) signalLocked() {
	if s.closed {
		return
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// guard turns a panic, also one from a page that cannot be read, into an
// error and the end of the store: bbolt panics on damaged pages. Use as
// `defer s.guard(&err)()`.
func (s *Store) guard(err *error) func() {
	old := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(old)
		if r := recover(); r != nil {
			*err = s.poison(fmt.Errorf("panic in a transaction: %v", r))
		}
	}
}

func beginFault(err error) error {
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return fault.New(fault.Canceled, "the journal is closed")
	}
	return fault.As(fault.Damaged, "begin a transaction", err)
}
