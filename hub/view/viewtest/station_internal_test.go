package viewtest

import (
	"slices"

	"pgregory.net/rapid"

	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/facts"
	"tongbu/internal/merge"
)

// station makes of what has come to it what a workstation makes: no more than the pure
// rules, over all at once.
type station struct {
	*rapid.T
	*history
	unit    change.UnitID
	records map[string]*merge.Record
	rows    []facts.Row // of the day
}

func newStation(t *rapid.T, of *history, unit string) *station {
	return &station{T: t, history: of, unit: UnitID(unit), records: map[string]*merge.Record{}}
}

// hear takes in what units of the station's line have written.
func (s *station) hear(all []view.Change) {
	for _, c := range all {
		if s.level(c.Author) == 0 {
			continue
		}
		name, has := access.Effect(c.Change, c.Stream, c.Author, UnitID(City))
		if !has {
			continue
		}
		key := c.Change.Kind + "/" + string(name)
		if s.records[key] == nil {
			s.records[key] = merge.New(c.Change.Kind, name)
		}
		s.records[key].Apply(c.Stream, c.Change.Named(name))
	}
}

// level is that of a unit that is the station's or stands above it, and 0 for others.
func (s *station) level(unit change.UnitID) int {
	if unit != s.unit && !s.tree.Below(unit, s.unit) {
		return 0
	}
	u, _ := s.tree.Unit(unit)
	return int(u.Level)
}

// account sums what the station has, and counts its parts of figures.
func (s *station) account() (digest.Account, map[string]int64) {
	var sum digest.Maker
	book := facts.NewBook(s.schema, facts.Publish(s.published()))
	holding := book.NewHolding(s.unit, s.level)
	for _, r := range s.records {
		k, _ := s.schema.Kind(r.Kind())
		by := view.BelongingOf(r).Unit
		switch {
		case by == s.unit:
			if err := sum.AddRecord(r); err != nil {
				s.Fatal(err)
			}
		case digest.SaidOf(k, r, s.unit, func(string, change.RecordID) change.UnitID { return "" }):
			sum.AddSaid(r)
		}
		if !r.Void() {
			holding.Add(facts.EntryOf(k, r.ID(), facts.Values(r.Values())), by)
		}
	}
	parts := map[string]int64{}
	err := holding.Each(s.day, func(made facts.Rows) error {
		made.AddTo(parts)
		s.rows = append(s.rows, made.All...)
		return sum.AddRows(made)
	})
	if err != nil {
		s.Fatal(err)
	}
	facts.SortRows(s.rows)
	account, err := sum.Account(s.day, s.schema.Version(), book.Published().DigestOf(func(by change.UnitID) bool { return s.level(by) > 0 }))
	if err != nil {
		s.Fatal(err)
	}
	return account, parts
}

// published are the city's packs and tables.
func (s *station) published() (all []facts.Entry) {
	for _, r := range s.records {
		by := view.BelongingOf(r).Unit
		if slices.Contains(facts.PublishedKinds(), r.Kind()) && !r.Void() && (by == UnitID(City) || r.Kind() == facts.CampaignKind) {
			k, _ := s.schema.Kind(r.Kind())
			all = append(all, facts.EntryOf(k, r.ID(), facts.Values(r.Values())))
		}
	}
	return all
}
