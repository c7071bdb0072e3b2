package view

import (
	"context"
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/tree"
)

// pass is a review that is under way.
type pass struct {
	day   string
	units []change.UnitID // that are left
}

// Review implements Keeper. One unit is judged at a time, from memory: what a
// unit holds is read once, and changes are applied between two units.
func (m *Merged) Review(ctx context.Context, day string) (more bool, err error) {
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.RLock()
	defer m.mu.RUnlock()
	now, err := m.tables.Standing(ctx)
	if err != nil || !now.Settled || now.Reviewed == day && m.pass == nil {
		return false, err
	}
	if m.pass == nil || m.pass.day != day {
		m.pass, m.day = &pass{day: day, units: unitsOf(m.tree)}, day
	}
	if len(m.pass.units) > 0 {
		if err := m.reviewUnit(ctx, m.pass.units[0], day); err != nil {
			return false, err
		}
		m.pass.units = m.pass.units[1:]
		return true, nil
	}
	if err := m.tables.Update(ctx, func(tx Tx) error { return tx.Reviewed(day) }); err != nil {
		return false, err
	}
	m.pass = nil
	return false, nil
}

// reviewLater notes what an Apply has left to be judged. After a failure it may be in
// the tables nevertheless, and then all is reviewed.
func (m *Merged) reviewLater(a *application, err error) {
	switch {
	case err != nil || a.judging == nil && a.unjudged == nil:
		m.pass = nil
	case len(a.unjudged) == 0:
	case m.pass != nil:
		for _, unit := range m.pass.units {
			delete(a.unjudged, unit)
		}
		m.pass.units = append(m.pass.units, slices.Collect(maps.Keys(a.unjudged))...)
	case a.reviewed == m.day:
		m.pass = &pass{day: m.day, units: slices.Collect(maps.Keys(a.unjudged))}
	}
}

// unitsOf are the units of a tree. What belongs to others is judged as it changes,
// and when a tree knows them.
func unitsOf(t *tree.Tree) (ids []change.UnitID) {
	if t == nil {
		return nil
	}
	for _, u := range t.Units(t.Root().ID) {
		ids = append(ids, u.ID)
	}
	return ids
}

// reviewUnit judges all that a unit holds.
func (m *Merged) reviewUnit(ctx context.Context, unit change.UnitID, day string) error {
	path := PathOf(m.tree, unit)
	book := m.schema.NewBook(codeOf(&path, unit))
	held := map[string][]*merge.Record{}
	streams := map[int64]change.Stream{}
	for _, k := range m.schema.Kinds() {
		if !m.layouts[k.Name].judged {
			continue
		}
		err := m.tables.Each(ctx, k, unit, func(h Held) error {
			r, err := m.readHeld(ctx, m.layouts[k.Name], &h, streams)
			if err != nil {
				return err
			}
			held[k.Name] = append(held[k.Name], r)
			book.Put(k.Name, r.ID(), r.Void(), r.Value)
			return nil
		})
		if err != nil {
			return err
		}
	}
	if len(held) == 0 {
		return nil
	}
	return m.tables.Update(ctx, func(tx Tx) error {
		for kind, records := range held {
			k := m.layouts[kind].kind
			verdicts := make([]Verdict, len(records))
			for i, r := range records {
				verdicts[i] = verdictOf(k, r, unit, book, day)
			}
			if err := tx.SetFindings(k, verdicts); err != nil {
				return err
			}
		}
		return nil
	})
}

// readHeld makes a record of what is held; streams are those met so far.
func (m *Merged) readHeld(ctx context.Context, l *layout, h *Held, streams map[int64]change.Stream) (*merge.Record, error) {
	s, err := l.parse(h)
	if err != nil {
		return nil, err
	}
	if s.single() && streams[s.spots[0].Stream] == (change.Stream{}) {
		names, err := m.tables.Streams(ctx, s.spots[0].Stream)
		if err != nil {
			return nil, err
		}
		for number, name := range names {
			streams[number] = name
		}
	}
	return s.record(l.kind.Name, h.ID, streams)
}
