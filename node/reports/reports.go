package reports

import (
	"context"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/report"
	"tongbu/internal/tree"
	"tongbu/node/replica"
)

// Config says what reports are made with.
type Config struct {
	// Judged is the last arrival of which the city's word stands in its own streams;
	// nil: this is not the city.
	Judged func(*journal.Tx) (uint64, error)
	// Coverage says how complete what is here is for a unit and those below; nil: it is
	// this unit alone, and complete.
	Coverage func(ctx context.Context, scope change.UnitID) (report.Coverage, error)
}

// Reports are those made at a directory. It is safe for concurrent use; of what counts one
// thing is done at a time.
type Reports struct {
	at   *replica.Replica
	cfg  Config
	turn chan struct{} // holds one
}

// New makes the reports of an open directory.
func New(at *replica.Replica, cfg Config) *Reports {
	return &Reports{at: at, cfg: cfg, turn: make(chan struct{}, 1)}
}

// begin waits for its turn.
func (r *Reports) begin(ctx context.Context) (end func(), err error) {
	select {
	case r.turn <- struct{}{}:
		return func() { <-r.turn }, nil
	case <-ctx.Done():
		return nil, fault.Wrap("wait for another report", ctx.Err())
	}
}

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
	if made.Coverage, err = r.coverage(ctx, made.Unit.ID); err != nil {
		return nil, err
	}
	m, unjudged, err := r.now(ctx)
	if err != nil {
		return nil, err
	}
	m, made.Unjudged = r.narrowed(m, made.Unit.ID), unjudged
	c, err := r.counting(ctx, m)
	if err != nil {
		return nil, err
	}
	f, err := c.figures(ctx, made.Unit.ID, days{on: made.Day, before: period.Before()})
	if err != nil {
		return nil, err
	}
	made.Units, made.Streams, made.Rules, made.Digest, made.Figures = unitsOf(f.units), m.positions(), f.rules, f.digest, f.figures
	signed, err := report.Sign(made, r.at.Keys.Key())
	if err != nil {
		return nil, err
	}
	return signed, r.keep(ctx, signed)
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
		Unit: unitsOf([]tree.Unit{unit})[0], By: report.Maker{Unit: r.at.Members.Unit().Code, Device: r.at.Keys.Device()}}
	if made.Day, made.Partial, err = p.On(today); err != nil || o.Corrects == "" {
		return made, p, err
	}
	return made, p, r.mayCorrect(made)
}

// scope is the unit of a code, which must be at or below the directory's.
func (r *Reports) scope(code string) (tree.Unit, error) {
	own, all := r.at.Members.Unit(), r.at.Members.Tree()
	if code == "" || code == own.Code {
		return own, nil
	}
	if all == nil {
		return tree.Unit{}, access.Closed(facts.PersonFacts)
	}
	u, known := all.ByCode(code)
	if !known {
		return u, access.Ask(all, own.ID, change.UnitID(code), facts.PersonFacts)
	}
	return u, access.Ask(all, own.ID, u.ID, facts.PersonFacts)
}

// mayCorrect checks that a report says the same as the one in whose place it stands.
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
	return nil
}

func (r *Reports) coverage(ctx context.Context, scope change.UnitID) (report.Coverage, error) {
	if r.cfg.Coverage == nil {
		return report.Coverage{AsOf: r.at.Now().UTC().Truncate(1e9), Units: 1}, nil
	}
	return r.cfg.Coverage(ctx, scope)
}

// narrowed leaves out the streams that bear on no figure of a unit or those below, so
// that whoever holds what concerns the unit can count again.
func (r *Reports) narrowed(m moment, scope change.UnitID) (left moment) {
	t := r.at.Members.Tree()
	within := func(unit change.UnitID) bool { return unit == scope || t != nil && t.Below(scope, unit) }
	above := func(unit change.UnitID) bool { return unit == scope || t != nil && t.Below(unit, scope) }
	for _, info := range m {
		if to := info.Stream.Audience; within(info.Author) || above(info.Author) && (within(to) || above(to)) {
			left = append(left, info)
		}
	}
	return left
}

func unitsOf(units []tree.Unit) []report.Unit {
	all := make([]report.Unit, len(units))
	for i, u := range units {
		all[i] = report.Unit{ID: u.ID, Code: u.Code, Name: u.Name, Level: int(u.Level)}
	}
	return all
}

// figures are what was counted of a unit and of those below it.
type figures struct {
	units   []tree.Unit
	figures []report.Figure
	rules   report.Rules
	digest  string
}

// figures counts a unit and those below it: the parts of an upper unit are the sum of
// those below, and its own.
func (c *counting) figures(ctx context.Context, scope change.UnitID, d days) (f figures, err error) {
	f.units = c.tree.Units(scope)
	made, err := c.all(ctx, f.units, d)
	if err != nil {
		return f, err
	}
	total := map[change.UnitID]*sums{}
	for _, u := range f.units {
		total[u.ID] = &sums{report.Parts{}, report.Parts{}}
	}
	for i, u := range f.units {
		for level := tree.City; level <= u.Level; level++ {
			if at, is := c.tree.At(u.ID, level); is && total[at.ID] != nil {
				total[at.ID].on.AddAll(made[i].sums.on)
				total[at.ID].before.AddAll(made[i].sums.before)
			}
		}
	}
	ledgers := report.Ledgers(c.schema)
	for _, u := range f.units {
		f.figures = append(f.figures, report.FiguresOf(u.Code, ledgers, total[u.ID].on, total[u.ID].before)...)
	}
	f.rules, f.digest = c.rulesOf(f.units), digestOf(f.units, made)
	return f, nil
}
