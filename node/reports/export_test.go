package reports

import (
	"context"
	"slices"

	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/report"
)

// Pack compresses a report.
var Pack = pack

// Keep stores a report as if it was made here.
func (r *Reports) Keep(ctx context.Context, s *report.Signed, of *report.Report) error {
	return r.keep(ctx, s, of)
}

// Again counts the figures of a report again.
func (r *Reports) Again(ctx context.Context, s *report.Signed) ([]report.Figure, error) {
	of, err := r.read(s)
	if err != nil {
		return nil, err
	}
	m, _, err := r.momentOf(of)
	if err != nil {
		return nil, err
	}
	f, err := r.again(ctx, of, m)
	return f.figures, err
}

// Patched counts the units of a report at its moment with the records in the state of now
// that some differences name, and without, as of now: by the rules of the report.
func (r *Reports) Patched(ctx context.Context, s *report.Signed, named []report.Difference) (patched, now []report.Figure, err error) {
	of, err := r.read(s)
	if err != nil {
		return nil, nil, err
	}
	then, err := r.side(ctx, of)
	if err != nil {
		return nil, nil, err
	}
	is, err := r.otherSide(ctx, of, nil)
	if err != nil {
		return nil, nil, err
	}
	d := differing{then: then, now: is, ledgers: report.Ledgers(is.schema)}
	if d.days, err = daysOf(of); err != nil {
		return nil, nil, err
	}
	for _, u := range is.tree.Units(of.Unit.ID) {
		was, err := then.held(ctx, u.ID)
		if err != nil {
			return nil, nil, err
		}
		all, err := is.held(ctx, u.ID)
		if err != nil {
			return nil, nil, err
		}
		made, err := d.figuresOf(u, patch(was, all, u.Code, named))
		if err != nil {
			return nil, nil, err
		}
		want, err := d.figuresOf(u, all)
		if err != nil {
			return nil, nil, err
		}
		patched, now = append(patched, made...), append(now, want...)
	}
	return patched, now, nil
}

func patch(was, is map[records.Key]*merge.Record, unit string, named []report.Difference) map[records.Key]*merge.Record {
	for k, r := range is {
		if slices.ContainsFunc(named, func(d report.Difference) bool { return d.Unit == unit && d.Kind == k.Kind && d.ID == k.ID }) {
			was[k] = r
		}
	}
	for k := range was {
		if is[k] == nil && slices.ContainsFunc(named, func(d report.Difference) bool { return d.Unit == unit && d.Kind == k.Kind && d.ID == k.ID }) {
			delete(was, k)
		}
	}
	return was
}
