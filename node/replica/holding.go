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
	h := book.NewHolding(r.Members.Unit().ID, r.OnLine)
	for _, kind := range book.Reads() {
		k, _ := r.Schema.Kind(kind)
		err := r.Records.Each(tx, kind, "", func(rec *merge.Record) error {
			if !rec.Void() {
				of := change.UnitID(records.ValueOf(rec, "unit").Text())
				h.Add(facts.Entry{Kind: kind, ID: rec.ID(), Values: k.Complete(rec.Values())}, of)
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
func (r *Replica) OnLine(unit change.UnitID) bool {
	own, line := r.Members.Unit().ID, r.Members.Tree()
	return unit == own || line != nil && line.Below(unit, own)
}
