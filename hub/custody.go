package hub

import (
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/journal"
)

// places is where changes stand, as the view asks it of records that the city has given
// to another unit.
type places struct{ of *journal.Store }

var _ view.Custody = places{}

// Author implements view.Custody.
func (p places) Author(in change.Stream, seq uint64) (author change.UnitID, here bool, err error) {
	err = p.of.View(func(tx *journal.Tx) error {
		author, here, err = custody.Author(tx, in, seq)
		return err
	})
	return author, here, err
}

// Forwarded implements view.Custody.
func (p places) Forwarded(in change.Stream, seq uint64, to change.UnitID) (said bool, err error) {
	err = p.of.View(func(tx *journal.Tx) error {
		said, err = custody.Forwarded(tx, in, seq, to)
		return err
	})
	return said, err
}
