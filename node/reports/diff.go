package reports

import (
	"cmp"
	"context"
	"slices"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/report"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/node/replica"
)

// Asker is who wants to see records.
type Asker struct{ Operator string }

// Diff names what has moved the figures of a report since it was made, up to another
// report of the same period and unit (nil: up to now). It returns Invalid for a report of
// something else, and what Recount returns as History or Missing as Forked and NotFound:
// where the positions are not here nothing can be named.
func (r *Reports) Diff(ctx context.Context, was, against *report.Signed, by Asker) ([]report.Difference, error) {
	of, err := r.read(was)
	if err != nil {
		return nil, err
	}
	found, err := r.diff(ctx, of, against)
	return found, r.log(ctx, was.ID(), found, by, err)
}

func (r *Reports) diff(ctx context.Context, of *report.Report, against *report.Signed) ([]report.Difference, error) {
	end, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	then, err := r.side(ctx, of)
	if err != nil {
		return nil, err
	}
	now, err := r.otherSide(ctx, of, against)
	if err != nil {
		return nil, err
	}
	d := differing{then: then, now: now, ledgers: report.Ledgers(now.schema)}
	if d.days, err = daysOf(of); err != nil {
		return nil, err
	}
	return d.all(ctx, of)
}

// log writes into the audit log which records are told of, and returns the outcome.
func (r *Reports) log(ctx context.Context, id string, found []report.Difference, by Asker, outcome error) error {
	self := r.at.Self()
	byKind := map[string][]change.RecordID{"": nil}
	for _, d := range found {
		if k, known := r.at.Schema.Kind(d.Kind); known && k.Personal {
			byKind[d.Kind] = append(byKind[d.Kind], d.ID)
		}
	}
	if len(byKind) > 1 {
		delete(byKind, "")
	}
	for kind, ids := range byKind {
		up := replica.LookUp{Records: ids, Entry: audit.Entry{Device: self.Device, Unit: self.Unit, Operator: by.Operator,
			Act: audit.Diff, Kind: cmp.Or(kind, facts.PersonFacts), Filter: "report = " + id, Count: len(ids), Outcome: fault.Of(outcome).String()}}
		if err := r.at.Lookups.Append(ctx, up); err != nil {
			return err
		}
	}
	return outcome
}

// side counts at the positions of a report.
func (r *Reports) side(ctx context.Context, of *report.Report) (*counting, error) {
	m, wrong, err := r.momentOf(of)
	if err != nil {
		return nil, err
	}
	if len(wrong) > 0 {
		return nil, notHere(wrong)
	}
	return r.counting(ctx, m)
}

func notHere(wrong []report.Stream) error {
	if worst(wrong) == report.History {
		return fault.New(fault.Forked, "%d streams are not the ones that were counted", len(wrong)).WithHint("tongbu report recount names them")
	}
	return fault.New(fault.NotFound, "of %d streams not all is here that was counted", len(wrong)).WithHint("ask at the city")
}

// otherSide counts at the positions of another report, or at those of now.
func (r *Reports) otherSide(ctx context.Context, of *report.Report, against *report.Signed) (*counting, error) {
	if against == nil {
		m, _, err := r.now(ctx)
		if err != nil {
			return nil, err
		}
		return r.counting(ctx, r.narrowed(m, of.Unit.ID))
	}
	other, err := r.read(against)
	switch {
	case err != nil:
		return nil, err
	case other.Period != of.Period || other.Day != of.Day || other.Unit.ID != of.Unit.ID:
		return nil, fault.New(fault.Invalid, "the reports are not of the same day and unit").WithHint("compare two of one period and unit, made when it was over")
	}
	return r.side(ctx, other)
}

// differing compares two moments.
type differing struct {
	then, now *counting
	days      days
	ledgers   []string
	found     []report.Difference
}

func (d *differing) all(ctx context.Context, of *report.Report) ([]report.Difference, error) {
	units := d.now.tree.Units(of.Unit.ID)
	if err := d.byRules(ctx, of); err != nil {
		return nil, err
	}
	for _, u := range units {
		if err := d.unit(ctx, u); err != nil {
			return nil, err
		}
	}
	if err := d.published(ctx, units); err != nil {
		return nil, err
	}
	return d.found, nil
}

// byRules counts what the report counted by the rules of this program, where they are
// others.
func (d *differing) byRules(ctx context.Context, of *report.Report) error {
	if of.Rules.Facts == facts.Version {
		return nil
	}
	f, err := d.then.figures(ctx, of.Unit.ID, d.days)
	if err != nil {
		return err
	}
	own := func(all []report.Figure) (some []report.Figure) {
		for _, f := range all {
			if f.Unit == of.Unit.Code {
				some = append(some, f)
			}
		}
		return some
	}
	d.add(report.Difference{Class: report.ByRules, Unit: of.Unit.Code, Figures: report.Shifts(own(of.Figures), own(f.figures))})
	return nil
}

// add takes in what has moved figures.
func (d *differing) add(of report.Difference) {
	if len(of.Figures) > 0 {
		d.found = append(d.found, of)
	}
}

// unit names what has moved the figures of a unit.
func (d *differing) unit(ctx context.Context, u tree.Unit) error {
	if d.stands(u.ID) {
		return nil
	}
	then, err := d.then.held(ctx, u.ID)
	if err != nil {
		return err
	}
	now, err := d.now.held(ctx, u.ID)
	if err != nil {
		return err
	}
	for _, f := range d.now.familiesOf(u.ID, then, now) {
		if err := d.family(u, f); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// stands reports whether nothing has come that bears on a unit: neither in its streams,
// nor in those to it, nor in what the city says of changes of units above it.
func (d *differing) stands(unit change.UnitID) bool {
	return slices.Equal(d.then.bears(unit), d.now.bears(unit))
}

// bears are the ends of the streams that bear on a unit, but for what is said to all.
func (c *counting) bears(unit change.UnitID) (ends []string) {
	add := func(m moment) {
		for _, p := range m.positions() {
			ends = append(ends, p.Name+p.Hash)
		}
	}
	add(c.by[unit])
	add(c.to[unit])
	for _, above := range c.tree.Ancestors(unit) {
		add(slices.DeleteFunc(slices.Clone(c.to[above]), func(info journal.StreamInfo) bool { return info.Author != c.city }))
	}
	return ends
}

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

// difference says what a record has moved.
func (d *differing) difference(u tree.Unit, k records.Key, f *kin, shifts []report.Shift) report.Difference {
	out := report.Difference{Class: d.class(k, f.then[k], f.now[k]), Kind: k.Kind, ID: k.ID, Unit: u.Code, Figures: shifts}
	if kind := d.now.reads[k.Kind]; kind.Day != "" {
		out.Day = cmp.Or(f.now[k], f.then[k]).Value(kind.Day).Text()
	}
	return out
}

// class says what became of a record.
func (d *differing) class(k records.Key, then, now *merge.Record) report.Class {
	was, is := d.then.words.About(k), d.now.words.About(k)
	switch {
	case is > was || now == nil:
		return report.Refused
	case is < was:
		return report.Restored
	case then == nil:
		return report.Late
	case now.Void() && !then.Void():
		return report.Voided
	case !now.Void() && then.Void():
		return report.Restored
	}
	return report.Corrected
}

// published names what the city has published for the day, each by itself, where that
// moves figures of what is there now.
func (d *differing) published(ctx context.Context, units []tree.Unit) error {
	changed := changedEntries(d.then.rules, d.now.rules)
	if len(changed) == 0 || d.then.book.Published().Digest() == d.now.book.Published().Digest() {
		return nil
	}
	books := []*facts.Book{d.then.book}
	for _, e := range changed {
		books = append(books, facts.NewBook(d.now.schema, facts.Publish(replaced(d.then.rules, e))))
	}
	made, err := d.totals(ctx, units, books)
	if err != nil {
		return err
	}
	of := units[0].Code
	for i, e := range changed {
		d.add(report.Difference{Class: report.Published, Kind: e.Kind, ID: e.ID, Unit: of, Day: e.Values[firstDay[e.Kind]].Text(),
			Figures: report.Shifts(d.made(of, made[0]), d.made(of, made[i+1]))})
	}
	return nil
}

// firstDay is the field that says from when on something published is in force.
var firstDay = map[string]string{facts.PackKind: "effective_from"}

func (d *differing) made(unit string, s sums) []report.Figure {
	return report.FiguresOf(unit, d.ledgers, s.on, s.before)
}

// totals counts what is there now, of all units together, by each of some books.
func (d *differing) totals(ctx context.Context, units []tree.Unit, books []*facts.Book) ([]sums, error) {
	made := make([]sums, len(books))
	for i := range made {
		made[i] = sums{report.Parts{}, report.Parts{}}
	}
	for _, u := range units {
		held, err := d.now.held(ctx, u.ID)
		if err != nil {
			return nil, err
		}
		for i, book := range books {
			s, err := d.days.sum(d.now.holding(book, u.ID, held), nil)
			if err != nil {
				return nil, err
			}
			made[i].on.AddAll(s.on)
			made[i].before.AddAll(s.before)
		}
	}
	return made, nil
}
