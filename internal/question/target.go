package question

import "math"

// Target is a row of an answer about Targets, as it is shown.
type Target struct {
	Unit        string   `json:"unit"`
	Name        string   `json:"name"`
	Target      string   `json:"target"` // id
	Line        string   `json:"line"`   // code
	LineName    string   `json:"line_name"`
	Measure     string   `json:"measure"` // code
	Amount      int64    `json:"amount"`
	Indicator   string   `json:"indicator"`   // NAME/GROUP; empty: nothing counts the line in that measure
	Done        *int64   `json:"done"`        // nil: no figure
	Denominator *int64   `json:"denominator"` // nil: it is a count
	Share       *float64 `json:"share"`       // of the amount that is done; of a rate the rate itself; nil: none
	DueOn       string   `json:"due_on"`
	DaysGone    int64    `json:"days_gone"`
	Days        int64    `json:"days"`
	Gone        float64  `json:"gone"` // share of the days
	State       string   `json:"state"`
	PartOf      string   `json:"part_of"`
	Parts       int64    `json:"parts"`
	PartsSum    *int64   `json:"parts_sum"`        // nil: no parts, or shares, which are not summed
	Difference  *int64   `json:"parts_difference"` // less the amount
	Without     []string `json:"without"`          // units of the next tier without a part
	Responsible string   `json:"responsible"`
	Operator    string   `json:"operator"`
	Notes       []string `json:"notes"`
	Basis       string   `json:"basis"`
}

// TargetOf reads a row.
func (a *Answer) TargetOf(row Row) Target {
	text := func(column string) string { return a.Get(row, column).Text() }
	number := func(column string) *int64 { return numberOf(a, row, column) }
	t := Target{Unit: text("unit"), Name: text("name"), Target: text("target"), Line: text("line"), LineName: text("line_name"), Measure: text("measure"),
		Amount: a.Get(row, "amount").Int(), Indicator: text("indicator"), Done: number("done"), Denominator: number("denominator"),
		DueOn: text("due_on"), DaysGone: a.Get(row, "days_gone").Int(), Days: a.Get(row, "days").Int(), State: text("state"), PartOf: text("part_of"),
		Parts: a.Get(row, "parts").Int(), PartsSum: number("parts_sum"), Difference: number("parts_difference"), Without: texts(a, row, "without"),
		Responsible: text("responsible"), Operator: text("operator"), Notes: texts(a, row, "notes"), Basis: text("basis")}
	of := &t.Amount
	if t.Denominator != nil {
		of = t.Denominator
	}
	if t.Done != nil {
		t.Share = ShareOf(*t.Done, *of)
	}
	if gone := ShareOf(t.DaysGone, t.Days); gone != nil {
		t.Gone = *gone
	}
	return t
}

// ShareOf is a share, rounded to four places; nil: of nothing.
func ShareOf(n, of int64) *float64 {
	if of == 0 {
		return nil
	}
	share := math.Round(float64(n)/float64(of)*1e4) / 1e4
	return &share
}

func texts(a *Answer, row Row, column string) []string {
	all := []string{}
	a.Get(row, column).EachText(func(s string) { all = append(all, s) })
	return all
}
