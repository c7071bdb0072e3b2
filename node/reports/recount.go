package reports

import (
	"context"

	"tongbu/internal/fault"
	"tongbu/internal/report"
)

// Recount counts a report again, of the same positions. It returns Denied for one that
// was signed by a device which is none of the network, and what reading it does. One of a
// unit whose devices are not known here is Missing, whatever it says.
func (r *Reports) Recount(ctx context.Context, s *report.Signed) (*report.Recount, error) {
	of, err := s.Read()
	if err != nil {
		return nil, err
	}
	signer, err := r.signer(of)
	if err != nil {
		return nil, err
	}
	end, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	out := &report.Recount{Report: s.ID(), Figures: []report.Pair{}, Streams: []report.Stream{}, Was: of.Rules, Now: of.Rules}
	m, wrong, err := r.momentOf(of)
	if err != nil {
		return nil, err
	}
	if signer == elsewhere {
		out.Streams, out.Result = wrong, report.Missing
		return out, nil
	}
	if len(wrong) > 0 {
		out.Streams, out.Result = wrong, worst(wrong)
		return out, nil
	}
	f, err := r.again(ctx, of, m)
	if err != nil {
		return nil, err
	}
	out.Now = f.rules
	out.Judge(of, f.figures, f.digest)
	return out, nil
}

// again counts the figures of a report at a moment.
func (r *Reports) again(ctx context.Context, of *report.Report, m moment) (f figures, err error) {
	d, err := daysOf(of)
	if err != nil {
		return f, err
	}
	c, err := r.counting(ctx, m, d.on)
	if err != nil {
		return f, err
	}
	return c.figures(ctx, of.Unit.ID, d)
}

// daysOf are the days that a report counts on.
func daysOf(of *report.Report) (days, error) {
	p, err := report.ParsePeriod(of.Period)
	return days{on: of.Day, before: p.Before()}, err
}

// read reads a report that a device of the network has signed. It returns NotFound where
// that cannot be known here.
func (r *Reports) read(s *report.Signed) (*report.Report, error) {
	of, err := s.Read()
	if err != nil {
		return nil, err
	}
	signer, err := r.signer(of)
	if err == nil && signer == elsewhere {
		err = fault.New(fault.NotFound, "the report is of a unit out of this one's scope: its devices are not known here").WithHint("ask at the city")
	}
	if err != nil {
		return nil, err
	}
	return of, nil
}

// signer is whether the device that signed a report is known.
type signer int

const (
	here      signer = iota
	elsewhere        // of a unit whose devices are not told of here
)

// signer returns Denied for a device of a unit whose devices are known here, and which is
// none of them.
func (r *Reports) signer(of *report.Report) (signer, error) {
	if _, known := r.at.Members.Device(of.By.Device); known || of.By.Device == r.at.Keys.Device() {
		return here, nil
	}
	if own, all := r.at.Place.Unit, r.at.Members.Tree(); !r.at.IsRoot() && all != nil {
		if maker, known := all.ByCode(of.By.Unit); !known || !all.Below(own, maker.ID) && !all.Below(maker.ID, own) {
			return elsewhere, nil
		}
	}
	return here, fault.New(fault.Denied, "the report is signed by a device that is none of this network").WithHint("tongbu devices lists those that are")
}
