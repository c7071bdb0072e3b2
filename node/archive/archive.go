// Package archive closes the ledgers of a year and keeps their volumes: what was in them
// on the last day of the year, how many pages that is, where they lie and until when,
// and who has taken one out. A closed ledger is not locked: it is a view of events, and
// they may still be corrected, with their reasons. A volume remembers what its rows said
// when it was closed, so what was corrected since is told apart.
package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/desk"
)

// Kind is the kind of a volume.
const Kind = "archive_volume"

// How a ledger is bound. A volume has as many rows as its index can name.
const (
	RowsPerPage   = 17
	RowsPerVolume = 600
)

// keptLongest is how long a volume may be kept at most, in years.
const keptLongest = 100

// Ledger is one of the five ledgers.
type Ledger struct {
	Code string // as a volume names it: L1
	Kind string // of its rows
}

// Ledgers are closed together, in this order.
var Ledgers = []Ledger{
	{"L1", facts.UnemployedLedger}, {"L2", facts.VacancyLedger}, {"L3", facts.SeekingLedger}, {"L4", facts.TrainingLedger}, {"L5", facts.InsuranceLedger},
}

// Archive is that of a directory.
type Archive struct {
	desk   *desk.Desk
	schema *schema.Live
}

// New makes the archive of a desk.
func New(d *desk.Desk, s *schema.Live) *Archive { return &Archive{desk: d, schema: s} }

// Counted is what a ledger has on the last day of a year.
type Counted struct {
	Ledger
	Rows, Pages, Volumes int
}

// Count counts the ledgers of a year, for who is about to close it. Nobody is shown.
func (a *Archive) Count(ctx context.Context, year int, by desk.Asker) (all []Counted, err error) {
	for _, l := range Ledgers {
		marks, err := a.marks(ctx, l, year, by)
		if err != nil {
			return nil, err
		}
		all = append(all, Counted{Ledger: l, Rows: len(marks), Pages: pagesOf(len(marks)), Volumes: len(bound(len(marks)))})
	}
	return all, nil
}

// Closing says how a year is closed.
type Closing struct {
	Year  int
	Login string // who closes it
	Name  string // likewise, as it stands in the volume
	At    string // where the volumes are kept
	Years int    // for how long
}

// Close closes the ledgers of a year: it makes a volume of each, or several of a long
// one, in one step. Closing a year twice at once makes its volumes once. It returns
// Invalid for a year that is not over, one that is closed already, and what is missing.
func (a *Archive) Close(ctx context.Context, c Closing, by desk.Asker) error {
	_, today, err := a.desk.Place()
	if err != nil {
		return err
	}
	if err := a.check(ctx, c, today); err != nil {
		return err
	}
	form := desk.Form{How: desk.Saving{Actor: c.Login, Run: fmt.Sprintf("archive/%d", c.Year)}}
	for _, l := range Ledgers {
		marks, err := a.marks(ctx, l, c.Year, by)
		if err != nil {
			return err
		}
		for _, v := range bound(len(marks)) {
			part, err := v.part(l, c, today, marks)
			if err != nil {
				return err
			}
			form.Parts = append(form.Parts, part)
		}
	}
	return a.save(ctx, form)
}

func (a *Archive) check(ctx context.Context, c Closing, today string) error {
	switch {
	case len(today) < 4 || strconv.Itoa(c.Year) >= today[:4] || c.Year < 2000:
		return fault.New(fault.Invalid, "this year is not over").WithHint("a ledger is closed after 31 December")
	case strings.TrimSpace(c.At) == "":
		return fault.New(fault.Invalid, "where the volumes are kept is missing")
	case c.Years < 1 || c.Years > keptLongest:
		return fault.New(fault.Invalid, "volumes are kept for 1 to %d years", keptLongest)
	}
	closed, err := a.Volumes(ctx, c.Year)
	if err == nil && len(closed) > 0 {
		err = fault.New(fault.Invalid, "this year is closed already")
	}
	return err
}

// save saves a form; what is odd about a volume is for people to see in the lists of
// findings, and stops nothing.
func (a *Archive) save(ctx context.Context, form desk.Form) error {
	answer, err := a.desk.CheckForm(ctx, form)
	if err != nil {
		return err
	}
	for i, part := range answer.Parts {
		for _, found := range part.Findings {
			form.Accept = append(form.Accept, desk.AcceptKey(i, found))
		}
	}
	if answer, err = a.desk.SaveForm(ctx, form); err != nil {
		return err
	}
	for _, part := range answer.Parts {
		for _, p := range part.Problems {
			return fault.New(fault.Invalid, "%s: %s", p.Field, p.Message)
		}
	}
	if !answer.Saved {
		return fault.New(fault.Invalid, "the volume cannot be saved as it stands")
	}
	return nil
}

func partOf(fields map[string]any) (desk.Part, error) {
	raw, err := json.Marshal(fields)
	if err != nil {
		return desk.Part{}, fault.As(fault.Internal, "make a volume", err)
	}
	return desk.Part{Kind: Kind, Item: raw}, nil
}

// lastDay is the day as of which a year's ledgers are closed.
func lastDay(year int) string { return fmt.Sprintf("%04d-12-31", year) }

func pagesOf(rows int) int { return max(1, (rows+RowsPerPage-1)/RowsPerPage) }

// span is the part of a ledger that one volume holds.
type span struct{ no, of, first, last int } // first > last: no row

// bound cuts a ledger into volumes. One without rows has a volume too, which says so.
func bound(rows int) (all []span) {
	of := max(1, (rows+RowsPerVolume-1)/RowsPerVolume)
	for no := 1; no <= of; no++ {
		all = append(all, span{no, of, (no-1)*RowsPerVolume + 1, min(no*RowsPerVolume, rows)})
	}
	return all
}

// part is the record of a volume.
func (s span) part(l Ledger, c Closing, today string, marks []Row) (desk.Part, error) {
	rows := s.last - s.first + 1
	var said []string
	for _, m := range marks[s.first-1 : s.last] {
		said = append(said, m.mark)
	}
	closed, _ := strconv.Atoi(today[:4])
	fields := map[string]any{
		"ledger": l.Code, "year": c.Year, "number": fmt.Sprintf("%d-%s-%d", c.Year, l.Code, s.no), "volume": s.no, "volumes": s.of,
		"total": rows, "pages": pagesOf(rows), "contents": contentsOf(rows, said), "closed_on": today, "closed_by": c.Name, "kept_at": strings.TrimSpace(c.At),
		"kept_until": lastDay(closed + c.Years),
	}
	if rows > 0 {
		fields["first_no"], fields["last_no"] = s.first, s.last
	}
	return partOf(fields)
}

// id of a volume.
func idOf(text string) change.RecordID { return change.RecordID(text) }
