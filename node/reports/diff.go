package reports

import (
	"cmp"
	"context"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/report"
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
	return r.counting(ctx, m, of.Day)
}

// otherSide counts at the positions of another report, or at those of now.
func (r *Reports) otherSide(ctx context.Context, of *report.Report, against *report.Signed) (*counting, error) {
	if against == nil {
		m, _, err := r.now(ctx, of.Unit.ID)
		if err != nil {
			return nil, err
		}
		return r.counting(ctx, m, of.Day)
	}
	other, err := r.read(against)
	switch {
	case err != nil:
		return nil, err
	case other.Period != of.Period || other.Day != of.Day || other.Unit.ID != of.Unit.ID:
		return nil, fault.New(fault.Invalid, "the reports are not of the same day and unit").WithHint("compare two of one period and unit, made when it was over")
	case !later(other, of):
		return nil, fault.New(fault.Invalid, "the report to compare with is not a later one").WithHint("a later report is wanted: name the earlier one first, and the later one with --against")
	}
	return r.side(ctx, other)
}

// later reports whether a report counts all that another one does: then what lies between
// them has come since. Streams may be missing in it, of a unit that stands elsewhere now.
func later(other, of *report.Report) bool {
	ends := make(map[change.Stream]uint64, len(of.Streams))
	for _, p := range of.Streams {
		ends[p.Stream] = p.Seq
	}
	more := false
	for _, p := range other.Streams {
		before := ends[p.Stream]
		delete(ends, p.Stream)
		if p.Seq < before {
			return false
		}
		more = more || p.Seq > before
	}
	return len(ends) == 0 || more && !other.Made.Before(of.Made)
}
