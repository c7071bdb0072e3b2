// Package custody says whose a record is, and which of its changes count: by its id
// and by the city's words alone, so every tier that has the same words says the same.
//
// A record is its maker's until a word of the city gives it to another unit. From
// then on it stands on the line of the unit that the word names: what is written of
// it there counts, and what the city has said again to that unit. A change that
// stands here and does not count has no effect; so a record that has left a line is
// gone there without anything being deleted.
package custody

import (
	"cmp"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/system"
)

// Holding is whose a record is.
type Holding struct {
	Unit   change.UnitID     // its custodian
	At     change.UnitID     // unit on whose line it stands: "" while no word is in force
	Number uint64            // of the word in force; 0: none is
	Day    string            // of that word
	Past   []change.UnitID   // who held it before, from the maker on
	Left   []change.RecordID // the transfers by which these gave it away
}

// Moved reports whether a word is in force.
func (h Holding) Moved() bool { return h.Number > 0 }

// To is the unit that the record was given to, "" where no word is in force.
func (h Holding) To() change.UnitID {
	if !h.Moved() {
		return ""
	}
	return h.Unit
}

// Held reports whether the unit, or one whose heir it is, holds the record or has ever done.
func (h Holding) Held(unit change.UnitID, heirs Heirs) bool {
	return slices.ContainsFunc(h.Holders(), func(of change.UnitID) bool { return heirs.isOrHeir(unit, of) })
}

// Holders are the units that hold the record or have ever done.
func (h Holding) Holders() []change.UnitID { return append(slices.Clip(h.Past), h.Unit) }

// GaveAway is the transfer by which a unit, or one whose heir it is, gave the record away
// last, "" for one that has not, and for the unit that holds it.
func (h Holding) GaveAway(unit change.UnitID, heirs Heirs) change.RecordID {
	if heirs.isOrHeir(unit, h.Unit) {
		return ""
	}
	for i := len(h.Past) - 1; i >= 0; i-- {
		if heirs.isOrHeir(unit, h.Past[i]) {
			return h.Left[i]
		}
	}
	return ""
}

// InForce follows the words of one record from its maker on. A word is in force if
// it goes out from whom the number before gave the record to; of two with one
// number that of the earlier epoch counts, as people have acted on it first, then
// that with the lower name of the new custodian.
func InForce(maker change.UnitID, words []system.Custody) Holding {
	h := Holding{Unit: maker}
	words = slices.SortedFunc(slices.Values(words), compareWords)
	for _, w := range words {
		if w.Number != h.Number+1 || w.From != h.Unit {
			continue
		}
		h = Holding{Unit: w.To, At: w.At, Number: w.Number, Day: w.Day, Past: append(h.Past, h.Unit), Left: append(h.Left, w.Transfer)}
	}
	return h
}

func compareWords(a, b system.Custody) int {
	return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.To, b.To), cmp.Compare(a.At, b.At))
}

// Written is a change as far as its place says whether it counts.
type Written struct {
	Author    change.UnitID
	Audience  change.UnitID               // of its stream
	Here      bool                        // its stream is here as its device wrote it
	Forwarded func(to change.UnitID) bool // the city has said it again to the unit
}

// Counts reports whether a change of the record counts, where a word is in force: it
// was written on the line of the unit that the record stands at, by the custodian or
// by the city, and that line's streams are here; or the city has said it again to
// that unit. An heir counts as the unit in whose place it is, and so does its line. A
// line that the record has left has neither.
func (h Holding) Counts(c Written, heirs Heirs, city change.UnitID) bool {
	if c.Here && heirs.isOrHeir(c.Audience, h.At) && (c.Author == city || heirs.isOrHeir(c.Author, h.Unit)) {
		return true
	}
	return c.Forwarded(h.At) || slices.ContainsFunc(heirs.Of(h.At), c.Forwarded)
}
