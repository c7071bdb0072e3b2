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

// ReserveFile is the reserve's name in a station's directory.
const ReserveFile = "reserve"

// lookForRoom is the pause between looks for room to make the reserve again.
const lookForRoom = time.Second

// reserve is room on the disk that only acknowledgements, receipts and what is
// on its way may take: a file of zeros, given up when the disk is full.
type reserve struct {
	path  string
	size  int64 // bytes; 0: no reserve
	log   *slog.Logger
	mu    sync.Mutex // one change of the file at a time
	held  atomic.Bool
	spent chan struct{} // one token: it was given up
}

func newReserve(dir string, size int64, log *slog.Logger) *reserve {
	r := &reserve{path: filepath.Join(dir, ReserveFile), size: size, log: log, spent: make(chan struct{}, 1)}
	info, err := os.Stat(r.path)
	r.held.Store(err == nil && info.Size() == size)
	return r
}

// release gives the room to those who must go on. It is called when a write
// found none, by many at a time.
func (r *reserve) release() {
	if !r.held.CompareAndSwap(true, false) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := os.Remove(r.path); err != nil {
		r.log.Error("the disk is full and the reserve cannot be given up", "kind", fault.Of(err).String())
		return
	}
	r.log.Warn("the disk is full: the reserve is given up for what is on its way; new records are refused")
	select {
	case r.spent <- struct{}{}:
	default:
	}
}

// keep holds the reserve, and makes it again when there is room for it twice
// over: what came before it must not be pushed out by it.
func (r *reserve) keep(ctx context.Context) error {
	_ = os.Remove(r.path + ".new") // a start that was cut short has left it
	if r.size == 0 {
		return r.drop()
	}
	look := time.NewTicker(lookForRoom)
	defer look.Stop()
	for {
		again := look.C
		if r.held.Load() || r.make(ctx) {
			again = nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.spent:
		case <-again:
		}
	}
}

// drop removes a reserve that is not wanted any more.
func (r *reserve) drop() error {
	if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.log.Warn("a reserve that is not wanted cannot be removed", "kind", fault.Of(err).String())
	}
	return nil
}

func (r *reserve) make(ctx context.Context) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if free, known := freeBytes(filepath.Dir(r.path)); known && free < 2*r.size {
		return false
	}
	if err := r.write(ctx); err != nil {
		_ = os.Remove(r.path + ".new") // it takes room that others need
		return false
	}
	r.held.Store(true)
	return true
}

// write makes the file under another name: a part of it is no reserve.
func (r *reserve) write(ctx context.Context) error {
	f, err := os.OpenFile(r.path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	chunk := make([]byte, 64<<10)
	for left := r.size; left > 0 && err == nil; left -= int64(len(chunk)) {
		if err = ctx.Err(); err == nil {
			_, err = f.Write(chunk[:min(left, int64(len(chunk)))])
		}
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(r.path+".new", r.path)
}

// scarce is Full while the reserve is given up and there is no room to make it
// again: what is left is for the journal.
func (r *reserve) scarce() error {
	if free, known := freeBytes(filepath.Dir(r.path)); r.size == 0 || r.held.Load() || !known || free >= 2*r.size {
		return nil
	}
	return fault.New(fault.Full, "the disk is full: what room is left is for what is on its way")
}

// short says in words why no new records are taken: Full, or nil when they
// are.
func (r *reserve) short(j *journal.Store) error {
	if r.size == 0 {
		return nil
	}
	free, known := freeBytes(filepath.Dir(r.path))
	switch {
	case j.Room() < r.size:
		return fault.New(fault.Full, "the journal has come to its limit: no new records are taken, all else goes on").
			WithHint("raise max_size in tongbu.yaml; nothing acknowledged is lost")
	case known && free < r.size/4, known && !r.held.Load() && free < 2*r.size:
		return fault.New(fault.Full, "the disk is full: no new records are taken, all else goes on").
			WithHint("free some space: it goes on by itself; nothing acknowledged is lost")
	}
	return nil
}

// Room returns Full, in words for whoever types, when no new records are
// taken for want of room: before they are typed, not after.
func (s *Replica) Room() error { return s.reserve.short(s.Journal) }

// NoRoom is called by those whose write found the disk full: the reserve is
// given up, and they try again.
func (s *Replica) NoRoom() { s.reserve.release() }

// Scarce is Full while only the journal may take room: what can be made again
// from it, a view, waits.
func (s *Replica) Scarce() error { return s.reserve.scarce() }

// Disk is the room that a directory has.
type Disk struct {
	FreeBytes    int64  `json:"free_bytes"`    // -1 where the system does not tell
	ReserveBytes int64  `json:"reserve_bytes"` // held for what is on its way; 0: given up, or none wanted
	Refuses      string `json:"refuses,omitempty"`
}

func (s *Replica) disk() Disk {
	d := Disk{FreeBytes: -1}
	if free, known := freeBytes(s.cfg.Dir); known {
		d.FreeBytes = free
	}
	if s.reserve.held.Load() {
		d.ReserveBytes = s.reserve.size
	}
	if err := s.Room(); err != nil {
		d.Refuses = err.Error()
	}
	return d
}
