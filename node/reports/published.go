package reports

import (
	"context"
	"slices"

	"tongbu/internal/facts"
	"tongbu/internal/records"
	"tongbu/internal/report"
	"tongbu/internal/tree"
)

// published names what the city has published for the day, each by itself, where that
// moves figures of what is there now.
func (d *differing) published(ctx context.Context, scope report.Unit) error {
	changed := changedEntries(d.then.rules, d.now.rules)
	if len(changed) == 0 || d.then.book.Published().Digest() == d.now.book.Published().Digest() {
		return nil
	}
	books := []*facts.Book{d.then.book}
	for _, e := range changed {
		books = append(books, facts.NewBook(d.now.schema, facts.Publish(replaced(d.then.rules, e))))
	}
	made, err := d.totals(ctx, d.now.tree.Units(scope.ID), books)
	if err != nil {
		return err
	}
	for i, e := range changed {
		d.add(report.Difference{Class: report.Published, Kind: e.Kind, ID: e.ID, Unit: scope.Code, Day: e.Value(firstDay[e.Kind]).Text(),
			Figures: report.Shifts(d.made(scope.Code, made[0]), d.made(scope.Code, made[i+1]))})
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

// changedEntries are the records by which the city publishes rules that are not the same.
func changedEntries(then, now []facts.Entry) (changed []facts.Entry) {
	had := map[records.Key]facts.Entry{}
	for i := range then {
		had[records.Key{Kind: then[i].Kind, ID: then[i].ID}] = then[i]
	}
	for i := range now {
		k := records.Key{Kind: now[i].Kind, ID: now[i].ID}
		if was, known := had[k]; !known || !was.Same(now[i]) {
			changed = append(changed, now[i])
		}
		delete(had, k)
	}
	for k := range had {
		changed = append(changed, facts.Entry{Kind: k.Kind, ID: k.ID})
	}
	slices.SortFunc(changed, func(a, b facts.Entry) int {
		return records.Key{Kind: a.Kind, ID: a.ID}.Compare(records.Key{Kind: b.Kind, ID: b.ID})
	})
	return changed
}

// replaced are the records with one in the place of what it was before; one that says
// nothing is taken out.
func replaced(all []facts.Entry, e facts.Entry) []facts.Entry {
	left := slices.DeleteFunc(slices.Clone(all), func(o facts.Entry) bool { return o.Kind == e.Kind && o.ID == e.ID })
	if !e.Says() {
		return left
	}
	return append(left, e)
}
