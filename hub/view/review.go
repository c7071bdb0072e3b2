package view

import (
	"context"
	"maps"
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// pass is a review that is under way.
type pass struct {
	day    string
	due    []recordName           // subjects whose derived rows end with the turn of the day, that are left
	units  []change.UnitID        // that are left
	turned map[change.UnitID]bool // of these, those whose derived rows are of the day, or due
	done   Reviewed
}

// Reviewed is what a review of a day has done.
type Reviewed struct {
	Day      string
	Subjects int // whose derived rows were not of the day, where the others were of the day before
	Units    int // that were judged
	Rows     int // of derived kinds that were written or taken away: the others say the same
}

// Review implements Keeper. One unit is judged at a time, from memory: what a
// unit holds is read once, and changes are applied between two units.
func (m *Merged) Review(ctx context.Context, day string) (more bool, err error) {
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.RLock()
	defer m.mu.RUnlock()
	now, err := m.tables.Standing(ctx)
	if err == nil {
		err = m.learn(ctx)
	}
	if err != nil || !now.Settled || now.Reviewed == day && m.pass == nil {
		return false, err
	}
	if m.pass == nil || m.pass.day != day {
		if err := m.beginPass(ctx, now.Reviewed, day); err != nil {
			return false, err
		}
	}
	switch {
	case len(m.pass.due) > 0:
		return true, m.turnNext(ctx)
	case len(m.pass.units) > 0:
		if err := m.reviewUnit(ctx, m.pass.units[0], day); err != nil {
			return false, err
		}
		m.pass.units = m.pass.units[1:]
		m.pass.done.Units++
		return true, nil
	}
	if err := m.tables.Update(ctx, func(tx Tx) error { return tx.Reviewed(day) }); err != nil {
		return false, err
	}
	if m.opts.Reviewed != nil {
		m.opts.Reviewed(m.pass.done)
	}
	m.pass = nil
	return false, nil
}

// reviewLater notes what an Apply has left to be judged. After a failure it may be in
// the tables nevertheless, and then all is reviewed.
func (m *Merged) reviewLater(a *application, err error) {
	if err != nil || a.published {
		m.book = nil // the rules may be others
	}
	switch {
	case err != nil || a.judging == nil && a.unjudged == nil:
		m.pass = nil
	case len(a.unjudged) == 0:
	case m.pass != nil:
		for unit := range a.unjudged {
			delete(m.pass.turned, unit)
		}
		for _, unit := range m.pass.units {
			delete(a.unjudged, unit)
		}
		m.pass.units = append(m.pass.units, slices.Collect(maps.Keys(a.unjudged))...)
	case a.reviewed == m.day:
		m.pass = &pass{day: m.day, units: slices.Collect(maps.Keys(a.unjudged)), done: Reviewed{Day: m.day}}
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

// reviewUnit judges all that a unit holds, and makes its derived rows where they are not
// of the day.
func (m *Merged) reviewUnit(ctx context.Context, unit change.UnitID, day string) error {
	u := unitReview{Merged: m, unit: unit, day: day, book: m.schema.NewBook(codesOf(m.tree, unit)...),
		held: map[string][]Read{}, streams: map[int64]change.Stream{}, had: map[string][]Held{}, rows: map[string][]facts.Row{}}
	if err := u.read(ctx); err != nil {
		return err
	}
	turned := m.pass.turned[unit]
	if !turned {
		if err := u.derive(ctx); err != nil {
			return err
		}
	}
	if len(u.held) == 0 && len(u.had) == 0 && len(u.rows) == 0 {
		return nil
	}
	var wrote []string
	var rows int
	err := m.tables.Update(ctx, func(tx Tx) (err error) {
		if err := u.writeFindings(tx); err != nil || turned {
			return err
		}
		wrote, rows, err = u.writeDerived(tx)
		return err
	})
	m.changes.of(wrote) // also after a commit whose answer was lost
	if err == nil {
		m.pass.done.Rows += rows
	}
	return err
}

// unitReview is the review of one unit.
type unitReview struct {
	*Merged
	unit    change.UnitID
	day     string
	book    *schema.Book
	held    map[string][]Read // what the unit holds
	streams map[int64]change.Stream
	had     map[string][]Held      // its derived rows, as they are
	rows    map[string][]facts.Row // as they are to be
}

// read reads what the unit holds.
func (u *unitReview) read(ctx context.Context) error {
	for _, k := range u.schema.Kinds() {
		if !u.layouts[k.Name].judged || !u.filled[k.Name] {
			continue
		}
		var err error
		if u.held[k.Name], err = u.readKind(ctx, k, u.unit); err != nil {
			return err
		}
		for _, r := range u.held[k.Name] {
			u.book.Put(k.Name, r.ID(), r.Void(), r.Value)
		}
		if len(u.held[k.Name]) == 0 {
			delete(u.held, k.Name)
		}
		if err := u.readBeside(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// readBeside reads what units hold that have the same heir: it stands beside what this one
// holds.
func (u *unitReview) readBeside(ctx context.Context, k *schema.Kind) error {
	if u.tree == nil {
		return nil
	}
	heir := u.tree.Heir(u.unit)
	for _, beside := range u.tree.Units(heir) {
		if beside.ID == u.unit || u.tree.Heir(beside.ID) != heir {
			continue
		}
		records, err := u.readKind(ctx, k, beside.ID)
		if err != nil {
			return err
		}
		for _, r := range records {
			u.book.Put(k.Name, r.ID(), r.Void(), r.Value)
		}
	}
	return nil
}

func (u *unitReview) readKind(ctx context.Context, k *schema.Kind, unit change.UnitID) (records []Read, err error) {
	err = u.tables.Gather(ctx, k, unit, func(h Held) error {
		r, err := u.contentOf(ctx, u.layouts[k.Name], &h, u.streams)
		records = append(records, r)
		return err
	})
	return records, err
}

// derive makes the derived rows of the unit, and reads those that are there.
func (u *unitReview) derive(ctx context.Context) error {
	for _, k := range u.derived {
		if !u.filled[k.Name] {
			continue
		}
		err := u.tables.Gather(ctx, k, u.unit, func(h Held) error {
			u.had[k.Name] = append(u.had[k.Name], Held{ID: h.ID, No: h.No, Cells: h.Cells})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return u.each(ctx, func(made facts.Rows) {
		for _, row := range made.All {
			u.rows[row.Kind] = append(u.rows[row.Kind], row)
		}
	})
}

// each makes the derived rows of the unit for the day, of what it holds and of what units
// above have said of that.
func (u *unitReview) each(ctx context.Context, fn func(facts.Rows)) error {
	all, err := u.saidAbove(ctx)
	if err != nil {
		return err
	}
	return u.holdingOf(u.unit, all).Each(u.day, func(made facts.Rows) error {
		fn(made)
		return ctx.Err()
	})
}

// saidAbove is what the unit holds with the events that units above it have written, and
// what they have written of the unit itself.
func (u *unitReview) saidAbove(ctx context.Context) (map[string][]Read, error) {
	all := maps.Clone(u.held)
	if u.tree == nil {
		return all, nil
	}
	for _, above := range u.tree.Ancestors(u.unit) {
		for _, k := range u.schema.Kinds() {
			tells := facts.Tells(k) && len(u.held) > 0 || k.To != "" && (facts.Tells(k) || facts.IsSubject(k.Name))
			if !tells || !u.filled[k.Name] || above == u.unit {
				continue
			}
			records, err := u.readKind(ctx, k, above)
			if err != nil {
				return nil, err
			}
			all[k.Name] = append(slices.Clip(all[k.Name]), records...)
		}
	}
	return all, nil
}

func (u *unitReview) writeFindings(tx Tx) error {
	mayWrite := access.Codes(u.tree, u.unit)
	for kind, records := range u.held {
		k := u.layouts[kind].kind
		verdicts := make([]Verdict, len(records))
		for i, r := range records {
			verdicts[i] = verdictOf(k, r, u.unit, mayWrite, u.book, u.day)
		}
		if err := tx.SetFindings(k, verdicts); err != nil {
			return err
		}
	}
	return nil
}

func (u *unitReview) writeDerived(tx Tx) (wrote []string, rows int, err error) {
	a := application{view: u.Merged, tx: tx, holdings: u.holdings.Load(), paths: map[change.UnitID]*Path{}, units: map[change.UnitID]int64{}, byKind: map[string]*work{}}
	for _, k := range u.derived {
		if err := a.rewrite(k, u.had[k.Name], u.rows[k.Name]); err != nil {
			return nil, 0, err
		}
	}
	return a.wroteKinds(), a.rewrote, a.writeDerivedCounts()
}

// contentOf is what is held of a record; streams are those met so far.
func (m *Merged) contentOf(ctx context.Context, l *layout, h *Held, streams map[int64]change.Stream) (Read, error) {
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
	return s.content(l.kind.Name, h.ID, streams)
}
