package audit

import (
	"errors"
	"io"
	"os"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// everyPlace is how many entries lie between those whose places are remembered.
const everyPlace = 512

// place is where a record stands.
type place struct {
	no  uint64
	off int64
}

// Each calls fn for the entries from a number on, until fn returns an error
// (journal.ErrStop: none). It returns Damaged at an entry that cannot be read.
func (l *Log) Each(from uint64, fn func(Entry, change.Hash) error) error {
	file, size := l.readable()
	if file == nil {
		return nil
	}
	w := newWalker(file, l.aead, l.placeBefore(from), size)
	for wanted, hole := from, false; ; {
		r, err := l.nextFrom(w, wanted)
		switch {
		case errors.Is(err, io.EOF) && hole && l.Last().No >= wanted:
			return unreadable()
		case errors.Is(err, io.EOF):
			return nil
		case isDamage(err):
			hole = true
			if more, err := passDamage(w, err); err != nil || !more {
				return errors.Join(err, unreadable())
			}
			continue
		case err != nil:
			return err
		case r.kind == baseRecord:
			wanted, hole = max(wanted, r.no+1), false // it says itself what is not here
			continue
		case r.no < wanted:
			continue
		case hole && r.no > wanted:
			return unreadable()
		}
		e, err := r.entry()
		if err != nil {
			return err
		}
		if err := fn(e, r.hash()); err != nil {
			if errors.Is(err, journal.ErrStop) {
				return nil
			}
			return err
		}
		wanted, hole = r.no+1, false
	}
}

// passDamage stands behind a record that cannot be read; false: nothing follows.
func passDamage(w *walker, why error) (more bool, err error) {
	if errors.Is(why, errSealed) {
		return true, nil
	}
	return w.resync()
}

// nextFrom is next, without opening the seals of entries before a number.
func (l *Log) nextFrom(w *walker, from uint64) (record, error) {
	for {
		off := w.off
		f, err := w.peek()
		if err != nil || f.kind != entryRecord || f.no >= from {
			return w.next()
		}
		l.remember(f.no, off)
		if err := w.skip(f); err != nil {
			return record{}, err
		}
	}
}

// readable is the file and how far it was acknowledged; nil: there is none.
func (l *Log) readable() (*os.File, int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file, l.end
}

// placeBefore is where to begin to look for a number.
func (l *Log) placeBefore(no uint64) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, found := slices.BinarySearchFunc(l.places, no, comparePlace)
	switch {
	case found:
		return l.places[at].off
	case at == 0:
		return int64(headerSize)
	}
	return l.places[at-1].off
}

// remember keeps the place of an entry now and then, so that a log of years is not
// read from its beginning for each page of it.
func (l *Log) remember(no uint64, off int64) {
	if no%everyPlace != 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, found := slices.BinarySearchFunc(l.places, no, comparePlace); !found {
		l.places = slices.Insert(l.places, at, place{no, off})
	}
}

func comparePlace(p place, no uint64) int {
	switch {
	case p.no < no:
		return -1
	case p.no > no:
		return 1
	}
	return 0
}
