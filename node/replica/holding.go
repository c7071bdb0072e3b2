package replica

import (
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
)

// Holding gathers what the unit holds for its derived rows, and what the units above it
// have said of that.
func (r *Replica) Holding(tx *journal.Tx, book *facts.Book) (*facts.Holding, error) {
	h := book.NewHolding(r.Members.Unit().ID, r.Level)
	for _, kind := range book.Reads() {
		k, _ := r.Schema.Kind(kind)
		err := r.Records.Each(tx, kind, "", func(rec *merge.Record) error {
			if !rec.Void() {
				of := change.UnitID(records.ValueOf(rec, "unit").Text())
				h.Add(facts.EntryOf(k, rec.ID(), facts.Values(rec.Values())), of)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return h, nil
}

// OnLine reports whether a unit is this one or stands above it.
func (r *Replica) OnLine(unit change.UnitID) bool { return r.Level(unit) > 0 }

// Level is that of a unit that is this one or stands above it, and 0 for others.
func (r *Replica) Level(unit change.UnitID) int {
	own, line := r.Members.Unit(), r.Members.Tree()
	if unit == own.ID {
		return int(own.Level)
	}
	if line == nil || !line.Below(unit, own.ID) {
		return 0
	}
	above, _ := line.Unit(unit)
	return int(above.Level)
}
