package records

import (
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// moves are the custody words and the mergers of units of a journal and what the city says
// again, as a replay has read them.
type moves struct {
	holdings map[Key]custody.Holding // of the records that have moved
	said     map[Location]map[change.UnitID]bool
	heirs    custody.Heirs
}

func movesOf(words, divisions map[change.RecordID]*merge.Record, said map[Location]map[change.UnitID]bool) moves {
	byRecord := map[Key][]system.Custody{}
	for _, r := range words {
		if w, ok := system.CustodyFrom(r); ok {
			k := Key{w.Kind, w.Record}
			byRecord[k] = append(byRecord[k], w)
		}
	}
	m := moves{holdings: map[Key]custody.Holding{}, said: said, heirs: custody.Heirs{}}
	for _, r := range divisions {
		if of := mergedBy(r); of != nil {
			m.heirs[of.unit] = append(m.heirs[of.unit], of.heir)
		}
	}
	for k, words := range byRecord {
		maker, _ := k.ID.Maker()
		if h := custody.InForce(maker, words); h.Moved() {
			m.holdings[k] = h
		}
	}
	return m
}

// any reports whether a change is of a record that has moved.
func (m *moves) any(c *change.Change) bool {
	return len(m.holdings) > 0 && m.holdings[Key{c.Kind, c.Record}].Moved() && !change.Ruled(c.Kind)
}

func (m *moves) counts(c *change.Change, author change.UnitID, at Location, here bool, city change.UnitID) bool {
	said := func(to change.UnitID) bool { return m.said[at][to] }
	return m.holdings[Key{c.Kind, c.Record}].Counts(custody.Written{Author: author, Audience: at.Stream.Audience, Here: here, Forwarded: said}, m.heirs, city)
}

// inherits reports whether the author of a change is the heir of the record's maker.
func (m *moves) inherits(c *change.Change, author change.UnitID) bool {
	maker, named := c.Record.Maker()
	return named && access.Inherits(c.Kind) && m.heirs.Is(author, maker)
}
