package custody

import (
	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// Places is where changes stand in a journal, each question in a transaction of its own.
type Places struct{ Journal *journal.Store }

// Author is the unit whose device made the change at a place, "" for one that is not
// here, and whether its stream is here as the device wrote it.
func (p Places) Author(in change.Stream, seq uint64) (author change.UnitID, here bool, err error) {
	err = p.Journal.View(func(tx *journal.Tx) error {
		author, here, err = Author(tx, in, seq)
		return err
	})
	return author, here, err
}

// Forwarded reports whether the city has said the change at a place again to the unit.
func (p Places) Forwarded(in change.Stream, seq uint64, to change.UnitID) (said bool, err error) {
	err = p.Journal.View(func(tx *journal.Tx) error {
		said, err = Forwarded(tx, in, seq, to)
		return err
	})
	return said, err
}

// Fetch is the encoded change at a place: of the stream itself, or as the city says it
// again. It returns NotFound, and Damaged.
func (p Places) Fetch(in change.Stream, seq uint64) (raw []byte, err error) {
	err = p.Journal.View(func(tx *journal.Tx) error {
		raw, err = Change(tx, in, seq)
		return err
	})
	return raw, err
}

// Heirs are the heirs of units, and theirs, by what the city has announced.
func (p Places) Heirs(of ...change.UnitID) (heirs Heirs, err error) {
	err = p.Journal.View(func(tx *journal.Tx) error {
		heirs, err = HeirsOf(tx, of...)
		return err
	})
	return heirs, err
}
