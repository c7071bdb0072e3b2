package disk_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"tongbu/internal/test/disk"
)

// workers is how many states are tried at a time.
const workers = 2

// sweep is a walk along a log with power cuts at every operation.
type sweep struct {
	*tape
	effort disk.Effort
	seed   uint64
	every  int // moments to a cut; 1: all
	lies   int // so many syncs before the cut were not real
}

// run calls cut for each state of the disk that may be left, from several
// goroutines.
func (s *sweep) run(tb testing.TB, cut func(w workplace, m moment, image disk.Image) error) {
	tb.Helper()
	var all sync.WaitGroup
	failed := make([]error, workers)
	for n := range workers {
		w := newWorkplace(tb, s.identity)
		all.Go(func() {
			failed[n] = s.walk(n, func(m moment, image disk.Image) error { return cut(w, m, image) })
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		tb.Fatal(err)
	}
}

// walk goes along the log and cuts at the moments of one worker.
func (s *sweep) walk(worker int, cut func(moment, disk.Image) error) error {
	var m moment
	line := newLine(s.lies)
	for i, op := range s.log {
		m.op = i + 1
		if op.Kind == disk.Mark {
			if err := m.applyMark(op.Name); err != nil {
				return err
			}
			continue // the cut before the next operation comes after all that was said
		}
		if i%s.every == 0 && i/s.every%workers == worker {
			if err := s.cutHere(line.diskNow(), i, m, cut); err != nil {
				return err
			}
		}
		line.nextOp(op)
	}
	if worker != 0 {
		return nil
	}
	return s.cutHere(line.diskNow(), len(s.log), m, cut)
}

func (s *sweep) cutHere(d *disk.Disk, at int, m moment, cut func(moment, disk.Image) error) (err error) {
	random := rand.New(rand.NewPCG(s.seed, uint64(at)<<8|uint64(s.lies)))
	d.Fates(s.effort, random, func(kept disk.Fate) {
		if err == nil {
			err = cut(m, d.Cut(kept))
		}
	})
	return err
}

// line follows a log at a distance: its disk has done all honestly up to the
// sync with which the lies begin, and the rest without a real sync.
type line struct {
	lies  int
	held  []disk.Op // from the first sync that is not real on
	syncs int       // among them
	disk  *disk.Disk
}

func newLine(lies int) *line { return &line{lies: lies, disk: disk.NewDisk()} }

func (l *line) nextOp(op disk.Op) {
	if l.lies == 0 {
		l.disk.Do(op, true)
		return
	}
	l.held = append(l.held, op)
	if isSync(op) {
		l.syncs++
	}
	for l.syncs > l.lies || len(l.held) > 0 && !isSync(l.held[0]) {
		first := l.held[0]
		l.held = l.held[1:]
		if isSync(first) {
			l.syncs--
		}
		l.disk.Do(first, true)
	}
}

func isSync(op disk.Op) bool { return op.Kind == disk.Sync || op.Kind == disk.SyncDir }

// diskNow is the disk with the last operations done and not synced.
func (l *line) diskNow() *disk.Disk {
	if l.lies == 0 {
		return l.disk
	}
	d := l.disk.Clone()
	for _, op := range l.held {
		d.Do(op, false)
	}
	return d
}
