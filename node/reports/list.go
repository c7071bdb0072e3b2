package reports

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/report"
)

// Line is a report in the list of them.
type Line struct {
	Report      string    `json:"report"`
	Kind        string    `json:"kind"`
	Period      string    `json:"period"`
	Unit        string    `json:"unit"` // division code
	Name        string    `json:"name"`
	Day         string    `json:"day"`
	Partial     bool      `json:"partial"`
	Made        time.Time `json:"made"`
	Corrects    string    `json:"corrects,omitempty"`
	CorrectedBy []string  `json:"corrected_by,omitempty"`
	MadeAgain   string    `json:"made_again,omitempty"` // id of the newest of the same period, day and unit, where neither corrects the other
}

// shownID is how much of an id people are shown.
const shownID = 16

// holds reports whether no other report stands in the place of this one.
func (l *Line) holds() bool { return len(l.CorrectedBy) == 0 }

// Same reports whether two reports say the same of the same day.
func (l *Line) Same(o *Line) bool { return l.Period == o.Period && l.Day == o.Day && l.Unit == o.Unit }

// LineOf is the line of a report that has an id.
func LineOf(id string, of *report.Report) Line {
	return Line{Report: id, Kind: of.Kind, Period: of.Period, Unit: of.Unit.Code, Name: of.Unit.Name, Day: of.Day, Partial: of.Partial, Made: of.Made, Corrects: of.Corrects}
}

// List lists the reports that were made here, the newest first.
func (r *Reports) List() ([]Line, error) {
	lines, by := []Line{}, map[string][]string{}
	err := r.at.Journal.View(func(tx *journal.Tx) error {
		return tx.Table(linesTable).Ascend(nil, nil, func(_, raw []byte) error {
			var l Line
			if err := json.Unmarshal(raw, &l); err != nil {
				return fault.As(fault.Damaged, "read a report", err)
			}
			by[l.Corrects] = append(by[l.Corrects], l.Report)
			lines = append(lines, l)
			return nil
		})
	})
	for i := range lines {
		lines[i].CorrectedBy = by[lines[i].Report]
	}
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Or(b.Made.Compare(a.Made), strings.Compare(a.Report, b.Report)) })
	for i := range lines {
		newest := slices.IndexFunc(lines[:i], func(o Line) bool { return o.holds() && o.Same(&lines[i]) })
		if newest >= 0 && lines[i].holds() {
			lines[i].MadeAgain = lines[newest].Report
		}
	}
	return lines, err
}
