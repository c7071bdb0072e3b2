package watch

import (
	"context"
	"fmt"
	"slices"

	"tongbu/hub/follow"
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/question"
	"tongbu/internal/schema"
)

// portion tells what some arrivals have changed. The position moves when all of it is
// told.
func (r *reading) portion(ctx context.Context, upTo uint64) error {
	batches, err := r.read(upTo)
	if err != nil {
		return err
	}
	next := upTo // what is not there any more has no number: nothing is left out
	if len(batches) > 0 {
		next = batches[len(batches)-1].No
	}
	changed, err := r.changed(ctx, batches)
	if err == nil {
		err = r.addMoved(ctx, changed)
	}
	if err != nil {
		return err
	}
	if r.kind.Sort == schema.Derived {
		err = r.tellSubjects(ctx, changed)
	} else {
		err = r.tellRows(ctx, view.ColID, changed.sorted(r.kind.Name))
	}
	if err == nil {
		r.at.Arrival = next
	}
	return err
}

// tellSubjects tells the derived rows of the subjects that may have others now.
func (r *reading) tellSubjects(ctx context.Context, changed names) error {
	for _, of := range r.kind.Subjects() {
		subjects, err := r.subjects(ctx, of.About(), changed)
		if err == nil {
			err = r.tellRows(ctx, of.Name, subjects.sorted(of.About()))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// read opens the next arrivals.
func (r *reading) read(upTo uint64) (batches []*follow.Opened, err error) {
	err = r.Journal.View(func(tx *journal.Tx) error {
		arrivals, err := tx.Arrivals(r.at.Arrival, maxArrivals)
		changes := 0
		for _, a := range arrivals {
			if changes += int(a.Last - a.First + 1); a.No > upTo || len(batches) > 0 && changes > maxChanges {
				return nil
			}
			b, err := follow.Open(tx, a)
			if err != nil {
				return err
			}
			batches = append(batches, b)
		}
		return err
	})
	return batches, err
}

// turned tells the derived rows that are others because the day is: all rows of a subject
// name the days for which they are the same.
func (r *reading) turned(ctx context.Context, day string) error {
	if r.kind.Sort != schema.Derived || r.at.Day == day || day == "" {
		return nil
	}
	for _, of := range r.kind.Subjects() {
		due, err := r.dueSince(ctx, of.About())
		if err == nil {
			err = r.tellRows(ctx, of.Name, due.sorted(of.About()))
		}
		if err != nil {
			return err
		}
	}
	r.at.Day = day
	return nil
}

// dueSince are the subjects of a kind of which a row ends with the day of the position.
func (r *reading) dueSince(ctx context.Context, about string) (names, error) {
	due := names{}
	for _, k := range r.View.Schema().Kinds() {
		for _, f := range k.Subjects() {
			if k.Sort != schema.Derived || f.About() != about || r.at.Day == "" {
				continue
			}
			where, err := filter.ParseInFull(k, fmt.Sprintf(`valid_from > %q OR valid_until < %[1]q`, r.at.Day))
			if err != nil {
				return nil, err
			}
			q := view.Query{Kind: k, Columns: []string{f.Name}, Where: where, Scope: view.Scope{All: true}}
			err = r.View.EachRow(ctx, q, func(_ context.Context, row view.Row) error {
				if id := row.Values[0].Text(); id != "" {
					due.add(about, change.RecordID(id))
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return due, nil
}

// tellRows tells the rows that have one of the ids in a field. Of records those that are
// not among them are gone; of derived kinds the subjects are named whose rows these are.
func (r *reading) tellRows(ctx context.Context, field string, ids []change.RecordID) error {
	of, _ := r.kind.Field(field)
	ids = slices.DeleteFunc(ids, func(id change.RecordID) bool {
		if of != nil && facts.HeldElsewhere(of.About()) {
			return false // the question's own scope says which
		}
		maker, named := id.Maker()
		if !named {
			maker = change.UnitID(id) // a unit's own record
		}
		holder := r.View.Holder(r.subjectKind(of), id)
		return !r.ask.Shows(r.kind, maker) && !r.left[maker] && (holder == "" || !r.ask.Shows(r.kind, holder))
	})
	for chunk := range slices.Chunk(ids, idsAtOnce) {
		c, err := r.askFor(ctx, field, chunk)
		if err != nil {
			return err
		}
		if err := r.steady(); err != nil {
			return err
		}
		c.Columns, c.Position = r.changedColumns(c.Columns), r.at.Text()
		if err := r.tell(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// askFor asks for the rows that have one of some ids.
func (r *reading) askFor(ctx context.Context, field string, ids []change.RecordID) (c Changed, err error) {
	q := r.q
	q.PageSize, q.Filter = question.MaxPageSize, anyOf(field, ids)
	if r.q.Filter != "" {
		q.Filter = "(" + r.q.Filter + ") AND " + q.Filter
	}
	there := map[change.RecordID]bool{}
	for {
		a, err := r.ask.Page(ctx, q)
		if err != nil {
			return c, err
		}
		c.Columns, c.Rows = a.Columns, append(c.Rows, a.Rows...)
		for _, row := range a.Rows {
			there[change.RecordID(a.Get(row, view.ColID).Text())] = true
		}
		if q.PageToken = a.NextPageToken; q.PageToken == "" {
			break
		}
	}
	if field != view.ColID {
		c.Subjects = ids
		return c, nil
	}
	for _, id := range ids {
		if !there[id] {
			c.Gone = append(c.Gone, id)
		}
	}
	return c, nil
}

// subjectKind is the kind of the records that ids in a field name: of the field "id" the kind
// that is watched.
func (r *reading) subjectKind(of *schema.Field) string {
	if of == nil || of.About() == "" {
		return r.kind.Name
	}
	return of.About()
}
