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

// RowsPerVolume is how many rows are bound together: as many as an index can name.
const RowsPerVolume = 600

// Paper is how ledgers are printed: a volume is a part of the print, signed and bound.
type Paper interface {
	// Table is the table that is printed of a ledger on a day, with its order.
	Table(kind, day string) (desk.Table, error)
	// Sheets says on how many sheets rows stand that are printed together. No rows stand
	// on one, to be signed.
	Sheets(kind string, rows []*desk.Shown) (int, error)
}

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
	paper  Paper
}

// New makes the archive of a desk, whose ledgers are printed on paper.
func New(d *desk.Desk, s *schema.Live, paper Paper) *Archive {
	return &Archive{desk: d, schema: s, paper: paper}
}

// Counted is what a ledger has on the last day of a year.
type Counted struct {
	Ledger
	Rows, Pages, Volumes int
}

// Count counts the ledgers of a year, for who is about to close it. Nobody is shown.
func (a *Archive) Count(ctx context.Context, year int, by desk.Asker) (all []Counted, err error) {
	for _, l := range Ledgers {
		rows, err := a.rows(ctx, l, year, by)
		if err != nil {
			return nil, err
		}
		one := Counted{Ledger: l, Rows: len(rows)}
		for _, v := range bound(len(rows)) {
			pages, err := a.pages(l, v.cut(rows))
			if err != nil {
				return nil, err
			}
			one.Pages, one.Volumes = one.Pages+pages, one.Volumes+1
		}
		all = append(all, one)
	}
	return all, nil
}

// pages are those of a volume with these rows.
func (a *Archive) pages(l Ledger, rows []Row) (int, error) {
	shown := make([]*desk.Shown, len(rows))
	for i, row := range rows {
		shown[i] = row.Shown
	}
	return a.paper.Sheets(l.Kind, shown)
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
		rows, err := a.rows(ctx, l, c.Year, by)
		if err != nil {
			return err
		}
		for _, v := range bound(len(rows)) {
			pages, err := a.pages(l, v.cut(rows))
			if err != nil {
				return err
			}
			part, err := v.part(l, c, today, v.cut(rows), pages)
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

// span is the part of a ledger that one volume holds.
type span struct{ no, of, first, last int } // first > last: no row

// cut are the rows of a ledger that the volume holds.
func (s span) cut(rows []Row) []Row { return rows[s.first-1 : s.last] }

// bound cuts a ledger into volumes. One without rows has a volume too, which says so.
func bound(rows int) (all []span) {
	n := max(1, (rows+RowsPerVolume-1)/RowsPerVolume)
	for no := 1; no <= n; no++ {
		all = append(all, span{no, n, (no-1)*RowsPerVolume + 1, min(no*RowsPerVolume, rows)})
	}
	return all
}

// part is the record of a volume that holds these rows.
func (s span) part(l Ledger, c Closing, today string, rows []Row, pages int) (desk.Part, error) {
	var marks []string
	for _, row := range rows {
		marks = append(marks, row.mark)
	}
	fields := map[string]any{
		"ledger": l.Code, "year": c.Year, "number": fmt.Sprintf("%d-%s-%d", c.Year, l.Code, s.no), "volume": s.no, "volumes": s.of,
		"total": len(rows), "pages": pages, "contents": contentsOf(len(rows), pages, marks), "closed_on": today, "closed_by": c.Name, "kept_at": strings.TrimSpace(c.At),
		"kept_until": lastDay(c.Year + c.Years), // the years are counted from the first of January after the ledger's
	}
	if len(rows) > 0 {
		fields["first_no"], fields["last_no"] = s.first, s.last
	}
	return partOf(fields)
}

// id of a volume.
func idOf(text string) change.RecordID { return change.RecordID(text) }
