package reports

import (
	"cmp"
	"slices"

	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/report"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// family names the fewest records that, put into what was there, make the figures those of
// now. What the program notes beside an event, as the status in the person's record, says
// nothing by itself, so records of subjects are left out first.
func (d *differing) family(u tree.Unit, f *kin) error {
	if len(f.changed) == 0 {
		return nil
	}
	was, err := d.figuresOf(u, f.then)
	if err != nil {
		return err
	}
	is, err := d.figuresOf(u, f.now)
	if err != nil || len(report.Compare(was, is)) == 0 {
		return err
	}
	moved, left := f.now, slices.Clone(f.changed)
	slices.SortStableFunc(left, func(a, b records.Key) int { return cmp.Compare(d.weight(a), d.weight(b)) })
	for _, k := range left {
		less := with(moved, k, f.then[k])
		figures, err := d.figuresOf(u, less)
		if err != nil {
			return err
		}
		if len(report.Compare(figures, is)) == 0 {
			moved = less
			continue
		}
		d.add(d.difference(u, k, f, report.Shifts(figures, is)))
	}
	return nil
}

// weight orders records by how much they say by themselves: an event that somebody wrote
// the most.
func (d *differing) weight(k records.Key) int {
	kind := d.now.reads[k.Kind]
	switch {
	case kind.Sort != schema.Event:
		return 0
	case kind.Finds != "":
		return 1
	}
	return 2
}

// with is a family in which one record is another, or is not; of is not changed.
func with(of family, k records.Key, r *merge.Record) family {
	out := make(family, len(of)+1)
	for key, rec := range of {
		out[key] = rec
	}
	out[k] = r
	return out
}

// figuresOf counts the figures that a family adds to, by the rules of the report.
func (d *differing) figuresOf(u tree.Unit, f family) ([]report.Figure, error) {
	s, err := d.days.sum(d.now.holding(d.then.book, u.ID, f), nil)
	return report.FiguresOf(u.Code, d.ledgers, s.on, s.before), err
}
