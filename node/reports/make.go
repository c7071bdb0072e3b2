package reports

import (
	"context"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/report"
	"tongbu/internal/tree"
)

// Order says which report is to be made.
type Order struct {
	Period   string `json:"period"`
	Kind     string `json:"kind,omitempty"`     // "": that of the period
	Scope    string `json:"scope,omitempty"`    // division code; "": the unit of the directory
	Corrects string `json:"corrects,omitempty"` // id of the report in whose place it stands
}

// Make counts a report, signs it and keeps it. It returns Invalid for an order that makes
// no sense, NotFound for a report to correct that is not here, and Denied for a unit that
// is not at or below the directory's.
func (r *Reports) Make(ctx context.Context, o Order) (*report.Signed, error) {
	made, period, err := r.begun(o)
	if err != nil {
		return nil, err
	}
	end, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	if o.Corrects != "" {
		if err := r.mayCorrect(made); err != nil {
			return nil, err
		}
	}
	if made.Coverage, err = r.coverage(ctx, made.Unit.ID); err != nil {
		return nil, err
	}
	m, unjudged, err := r.now(ctx, made.Unit.ID)
	if err != nil {
		return nil, err
	}
	c, err := r.counting(ctx, m, made.Day)
	if err != nil {
		return nil, err
	}
	f, err := c.figures(ctx, made.Unit.ID, days{on: made.Day, before: period.Before()})
	if err != nil {
		return nil, err
	}
	made.Unjudged, made.Streams = unjudged, m.positions()
	made.Units, made.Rules, made.Digest, made.Figures = unitsOf(f.units), f.rules, f.digest, f.figures
	signed, err := report.Sign(made, r.at.Keys.Key())
	if err != nil {
		return nil, err
	}
	return signed, r.keep(ctx, signed, made)
}

// begun is a report before anything is counted.
func (r *Reports) begun(o Order) (made *report.Report, p report.Period, err error) {
	if p, err = report.ParsePeriod(o.Period); err != nil {
		return nil, p, err
	}
	if o.Kind != "" && o.Kind != p.Kind {
		return nil, p, fault.New(fault.Invalid, "the report of %s is %s", p.Name, p.Kind).WithHint("leave --kind out, or give a period of its length")
	}
	today, err := r.at.Day()
	if err != nil {
		return nil, p, err
	}
	unit, err := r.scope(o.Scope)
	if err != nil {
		return nil, p, err
	}
	made = &report.Report{Format: report.Format, Kind: p.Kind, Period: p.Name, From: p.First, Corrects: o.Corrects, Made: r.at.Now().UTC().Truncate(1e9),
		Unit: shownUnit(unit), By: report.Maker{Unit: r.at.Members.Unit().Code, Device: r.at.Keys.Device()}}
	made.Day, made.Partial, err = p.On(today)
	return made, p, err
}

// scope is the unit of a code, which must be at or below the directory's.
func (r *Reports) scope(code string) (tree.Unit, error) {
	own, all := r.at.Members.Unit(), r.at.Members.Tree()
	if code == "" || code == own.Code {
		return own, nil
	}
	if all == nil {
		return tree.Unit{}, access.Closed()
	}
	u, known := all.ByCode(code)
	if !known {
		return u, access.Ask(all, own.ID, change.UnitID(code))
	}
	return u, access.Ask(all, own.ID, u.ID)
}

// mayCorrect checks that a report says the same as the one in whose place it stands, and
// that no other one stands there. Reports are made one at a time, so none comes between.
func (r *Reports) mayCorrect(made *report.Report) error {
	signed, err := r.Show(made.Corrects)
	if err != nil {
		return err
	}
	old, err := signed.Read()
	switch {
	case err != nil:
		return err
	case old.Period != made.Period || old.Unit.ID != made.Unit.ID:
		return fault.New(fault.Invalid, "the report to correct is of %s, %s", old.Period, old.Unit.Code).WithHint("make one of the same period and unit")
	}
	made.Corrects = signed.ID()
	all, err := r.List()
	if err != nil {
		return err
	}
	for _, l := range all {
		if l.Corrects == made.Corrects {
			return fault.New(fault.Invalid, "the report was corrected already, by %s", l.Report).WithHint("correct that one: --corrects %s", l.Report[:shownID])
		}
	}
	return nil
}

func (r *Reports) coverage(ctx context.Context, scope change.UnitID) (report.Coverage, error) {
	if r.cfg.Coverage == nil {
		return report.Coverage{AsOf: r.at.Now().UTC().Truncate(1e9), Units: 1}, nil
	}
	return r.cfg.Coverage(ctx, scope)
}

func unitsOf(units []tree.Unit) []report.Unit {
	all := make([]report.Unit, 0, len(units))
	for _, u := range units {
		if u.Merged() { // counted at its heir
			continue
		}
		all = append(all, shownUnit(u))
	}
	return all
}

func shownUnit(u tree.Unit) report.Unit {
	return report.Unit{ID: u.ID, Parent: u.Parent, Code: u.Code, Name: u.Name, Level: int(u.Level)}
}
