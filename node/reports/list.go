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
}

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
	return lines, err
}
