package view

import (
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
)

// The rules by which derived rows are made are records of the city, as all records stand
// in the tables. So a view has the rules of the changes that it holds, and no others: an
// Apply that brings one leaves all rows to a review, which makes them by what is there
// then.

// learn learns what the work on the tables goes by, when it is not known: which kinds
// have rows, and the book of derived rows. The caller holds the lock for writing.
func (m *Merged) learn(ctx context.Context) error {
	if err := m.learnFilled(ctx); err != nil || m.book != nil {
		return err
	}
	all, err := m.publishedRecords(ctx)
	if err != nil {
		return err
	}
	m.book, m.reads = facts.NewBook(m.schema, facts.Publish(all)), map[string]bool{}
	for _, kind := range m.book.Reads() {
		m.reads[kind] = true
	}
	return nil
}

// publishedRecords are the valid records by which the city has published rules.
func (m *Merged) publishedRecords(ctx context.Context) (all []facts.Entry, err error) {
	streams := map[int64]change.Stream{}
	for _, kind := range facts.PublishedKinds() {
		l, known := m.layouts[kind]
		if !known || m.opts.City == "" {
			continue
		}
		err := m.tables.Each(ctx, l.kind, m.opts.City, func(h Held) error {
			r, err := m.contentOf(ctx, l, &h, streams)
			if err == nil && !r.Void() {
				all = append(all, entryOf(l.kind, r))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Publishes reports whether a record may be one by which the city publishes rules: derived
// rows of everybody may be others when it changes.
func Publishes(kind string, id change.RecordID, city change.UnitID) bool {
	maker, named := id.Maker()
	return slices.Contains(facts.PublishedKinds(), kind) && (!named || maker == city)
}

// leavePublished leaves all to a review where the rules may be others after an Apply.
func (a *application) leavePublished() error {
	a.published = slices.ContainsFunc(a.kinds, func(w *work) bool {
		return slices.ContainsFunc(w.records, func(p pending) bool { return Publishes(w.kind.Name, p.id, a.view.opts.City) })
	})
	if !a.published {
		return nil
	}
	a.judging, a.unjudged = nil, nil
	return a.tx.Reviewed("")
}
