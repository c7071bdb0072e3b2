package index

import (
	"bytes"
	"errors"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// errBeyond ends the walk of the blocks behind a span.
var errBeyond = errors.New("beyond the span")

// Ascend calls fn for the keys and ids of a span in order, from an id on
// within its first key, until fn returns an error (journal.ErrStop: none).
// What fn is given is part of a block and must not be changed. It returns
// Damaged.
func (t *Tree) Ascend(s Span, first change.RecordID, fn func(key, id []byte) error) error {
	begin := entry{key: s.Low, id: []byte(first)}
	recent := from(t.recent, begin)
	recent = recent[:len(recent)-len(from(recent, entry{key: append(slices.Clone(s.High), 0)}))]
	m := merging{span: s, recent: recent, fn: fn}
	err := t.ascend(rootNumber, begin, m.stored)
	if err == nil || errors.Is(err, errBeyond) {
		_, err = m.until(nil)
	}
	if errors.Is(err, journal.ErrStop) {
		return nil
	}
	return err
}

// merging hands out what the blocks have and the recent lines as one.
type merging struct {
	span   Span
	recent []Line // not reached yet
	fn     func(key, id []byte) error
}

// stored is called for the entries of the blocks.
func (m *merging) stored(e entry) error {
	if !m.span.Has(e.key) {
		return errBeyond
	}
	if said, err := m.until(&e); said || err != nil {
		return err
	}
	return m.fn(e.key, e.id)
}

// until hands out the recent lines as far as an entry (nil: all), and reports
// whether one of them is about it.
func (m *merging) until(e *entry) (said bool, err error) {
	for len(m.recent) > 0 && !said && err == nil {
		l := m.recent[0]
		if e != nil {
			c := l.entry().compare(*e)
			if c > 0 {
				break
			}
			said = c == 0
		}
		m.recent = m.recent[1:]
		if !l.Gone {
			err = m.fn(l.Key, l.ID)
		}
	}
	return said, err
}

// Before returns the greatest key below one, nil when there is none. It
// returns Damaged.
func (t *Tree) Before(key []byte) ([]byte, error) {
	for {
		stored, err := t.before(rootNumber, entry{key: key})
		if err != nil {
			return nil, err
		}
		if recent := t.recentBefore(key); bytes.Compare(recent, stored) >= 0 {
			return recent, nil
		}
		if listed, err := t.lists(stored); listed || err != nil {
			return stored, err
		}
		key = stored // all that was under it is gone
	}
}

func (t *Tree) recentBefore(key []byte) []byte {
	below := t.recent[:len(t.recent)-len(from(t.recent, entry{key: key}))]
	for _, l := range slices.Backward(below) {
		if !l.Gone {
			return l.Key
		}
	}
	return nil
}

// lists reports whether anything is left under a key of the blocks.
func (t *Tree) lists(key []byte) (listed bool, err error) {
	if about := from(t.recent, entry{key: key}); len(about) == 0 || !bytes.Equal(about[0].Key, key) {
		return true, nil
	}
	err = t.Ascend(Span{key, key}, "", func(_, _ []byte) error {
		listed = true
		return journal.ErrStop
	})
	return listed, err
}
