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
	MadeAgain   string    `json:"made_again,omitempty"` // id of the one that holds of the same period, day and unit, where this one is older and neither corrects the other
	Beside      string    `json:"beside,omitempty"`     // likewise, where this one is newer: it corrects none, and the other does
	Number      int       `json:"number,omitempty"`     // among those made here, from 1; 0: by an earlier program
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
	slices.SortFunc(lines, func(a, b Line) int {
		return cmp.Or(b.Made.Compare(a.Made), cmp.Compare(b.Number, a.Number), strings.Compare(a.Report, b.Report))
	})
	stand(lines)
	return lines, err
}

// stand says which of several reports of one period, day and unit holds: one that corrects
// another before one that corrects none, then the newest. Lines are the newest first.
func stand(lines []Line) {
	for i := range lines {
		if !lines[i].holds() {
			continue
		}
		best := i
		for k := range lines {
			if o := &lines[k]; o.holds() && o.Same(&lines[i]) && o.before(&lines[best], k < best) {
				best = k
			}
		}
		switch {
		case best < i:
			lines[i].MadeAgain = lines[best].Report
		case best > i:
			lines[i].Beside = lines[best].Report
		}
	}
}

// before reports whether a report holds rather than another.
func (l *Line) before(o *Line, newer bool) bool {
	if corrects := l.Corrects != ""; corrects != (o.Corrects != "") {
		return corrects
	}
	return newer
}
