package replica

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// ReserveFile is the reserve's name in a directory.
const ReserveFile = "reserve"

// lookForRoom is the pause between looks for room to make the reserve again.
const lookForRoom = time.Second

// Space is the room on the disk: it says when no new records are accepted, and
// keeps a reserve that only acknowledgements, receipts and what is on its way may
// use: a file of zeros, removed when the disk is full.
type Space struct {
	path    string
	size    int64 // bytes; 0: no reserve
	log     *slog.Logger
	journal *journal.Store // nil before it is open
	mu      sync.Mutex     // one change of the file at a time
	held    atomic.Bool
	spent   chan struct{} // one token: it was given up
}

func newSpace(dir string, size int64, log *slog.Logger) *Space {
	s := &Space{path: filepath.Join(dir, ReserveFile), size: size, log: log, spent: make(chan struct{}, 1)}
	info, err := os.Stat(s.path)
	s.held.Store(err == nil && info.Size() == size)
	return s
}

// release gives the reserve to those who must go on. It is called by those whose
// write found no room, many at a time; they try again.
func (s *Space) release() {
	if !s.held.CompareAndSwap(true, false) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.Remove(s.path); err != nil {
		s.log.Error("the disk is full and the reserve cannot be given up", "kind", fault.Of(err).String())
		return
	}
	s.log.Warn("the disk is full: the reserve is given up for what is on its way; new records are refused")
	select {
	case s.spent <- struct{}{}:
	default:
	}
}

// keepReserve holds the reserve, and makes it again when there is room for it twice
// over: what came before it must not be pushed out by it.
func (s *Space) keepReserve(ctx context.Context) error {
	_ = os.Remove(s.path + ".new") // a start that was cut short has left it
	if s.size == 0 {
		return s.dropReserve()
	}
	look := time.NewTicker(lookForRoom)
	defer look.Stop()
	for {
		again := look.C
		if s.held.Load() || s.makeReserve(ctx) {
			again = nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.spent:
		case <-again:
		}
	}
}

// dropReserve removes a reserve that is not wanted any more.
func (s *Space) dropReserve() error {
	if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("a reserve that is not wanted cannot be removed", "kind", fault.Of(err).String())
	}
	return nil
}

// makeReserve makes the reserve again, and reports whether it did.
func (s *Space) makeReserve(ctx context.Context) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if free, known := freeBytes(filepath.Dir(s.path)); known && free < 2*s.size {
		return false
	}
	if err := s.writeReserve(ctx); err != nil {
		_ = os.Remove(s.path + ".new") // it takes room that others need
		return false
	}
	s.held.Store(true)
	return true
}

// writeReserve makes the file under another name: a part of it is no reserve.
func (s *Space) writeReserve(ctx context.Context) error {
	f, err := os.OpenFile(s.path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	chunk := make([]byte, 64<<10)
	for left := s.size; left > 0 && err == nil; left -= int64(len(chunk)) {
		if err = ctx.Err(); err == nil {
			_, err = f.Write(chunk[:min(left, int64(len(chunk)))])
		}
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(s.path+".new", s.path)
}

// Scarce is Full while the reserve is given up and there is no room to make it
// again: what is left is for the journal, and a view waits, which can be rebuilt
// from it.
func (s *Space) Scarce() error {
	if free, known := freeBytes(filepath.Dir(s.path)); s.size == 0 || s.held.Load() || !known || free >= 2*s.size {
		return nil
	}
	return fault.New(fault.Full, "the disk is full: what room is left is for what is on its way")
}

// Short returns Full, in words for whoever types, when no new records are
// accepted: before they are typed, not after.
func (s *Space) Short() error {
	if s.size == 0 {
		return nil
	}
	free, known := freeBytes(filepath.Dir(s.path))
	switch {
	case s.journal.Room() < s.size:
		return fault.New(fault.Full, "the journal has come to its limit: no new records are accepted, all else goes on").
			WithHint("raise max_size in tongbu.yaml; nothing acknowledged is lost")
	case known && free < s.size/4, known && !s.held.Load() && free < 2*s.size:
		return fault.New(fault.Full, "the disk is full: no new records are accepted, all else goes on").
			WithHint("free some space: it goes on by itself; nothing acknowledged is lost")
	}
	return nil
}

// Left is how many bytes are free on the disk, -1 where the system does not say,
// and how many are held in reserve.
func (s *Space) Left() (free, reserve int64) {
	free = -1
	if n, known := freeBytes(filepath.Dir(s.path)); known {
		free = n
	}
	if s.held.Load() {
		reserve = s.size
	}
	return free, reserve
}
