package replica

import (
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
)

// Units are those whose records are this one's: it and the units that were merged into it.
// Each has its own figures, so that they are those of every tier.
func (r *Replica) Units() []change.UnitID {
	own := r.Members.Unit().ID
	return append([]change.UnitID{own}, r.Members.Joined(own)...)
}

// Holds reports whether what a unit has made is this one's to keep: its own, and that of a
// unit whose heir it is.
func (r *Replica) Holds(unit change.UnitID) bool {
	own := r.Members.Unit().ID
	return unit == own || unit != "" && r.Members.Heir(unit) == own
}

// Keeper is a unit whose records are this one's, and this one for any other.
func (r *Replica) Keeper(unit change.UnitID) change.UnitID {
	if r.Holds(unit) {
		return unit
	}
	return r.Members.Unit().ID
}

// Tells reports whether what a unit says of people may be of those whose records are this
// one's: it is on this line, or was merged into this one.
func (r *Replica) Tells(unit change.UnitID) bool { return r.OnLine(unit) || r.Holds(unit) }

// Holdings gather what each of the units holds for its derived rows, and what the units
// above it have said of that.
func (r *Replica) Holdings(tx *journal.Tx, book *facts.Book, units ...change.UnitID) ([]*facts.Holding, error) {
	all := make([]*facts.Holding, len(units))
	for i, unit := range units {
		all[i] = book.NewHolding(unit, r.LevelAt(unit))
	}
	for _, kind := range book.Reads() {
		k, _ := r.Schema.Kind(kind)
		err := r.Records.Each(tx, kind, "", func(rec *merge.Record) error {
			if rec.Void() {
				return nil
			}
			of, e := change.UnitID(records.ValueOf(rec, "unit").Text()), facts.EntryOf(k, rec.ID(), facts.Values(rec.Values()))
			for _, h := range all {
				h.Add(e, of)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// OnLine reports whether a unit is this one or stands above it.
func (r *Replica) OnLine(unit change.UnitID) bool { return r.Level(unit) > 0 }

// Level is that of a unit that is this one or stands above it, and 0 for others.
func (r *Replica) Level(unit change.UnitID) int { return r.LevelAt(r.Members.Unit().ID)(unit) }

// LevelAt is the level of a unit that is the held one or stands above it, and 0 for others.
// The heir of a unit stands above it.
func (r *Replica) LevelAt(held change.UnitID) func(change.UnitID) int {
	own, line := r.Members.Unit(), r.Members.Tree()
	return func(unit change.UnitID) int {
		switch {
		case unit == own.ID && held == own.ID:
			return int(own.Level)
		case line == nil || !line.Below(unit, held):
			return 0
		}
		above, _ := line.Unit(unit)
		return int(above.Level)
	}
}
