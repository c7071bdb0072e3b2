package question

import "math"

// Figure is a row of an answer about Indicators, as it is shown.
type Figure struct {
	Unit        string   `json:"unit"`
	Name        string   `json:"name"`
	Indicator   string   `json:"indicator"`
	Group       string   `json:"group"`
	Numerator   int64    `json:"numerator"`
	Denominator *int64   `json:"denominator"` // nil: it is a count
	Value       *float64 `json:"value"`       // nil: a rate of nobody
	Basis       string   `json:"basis"`
}

// FigureOf reads a row. The value of a count is its numerator; that of a rate is rounded to
// four places, and there is none where the denominator is zero.
func (a *Answer) FigureOf(row Row) Figure {
	text := func(column string) string { return a.Get(row, column).Text() }
	f := Figure{Unit: text("unit"), Name: text("name"), Indicator: text("indicator"), Group: text("group"),
		Numerator: a.Get(row, "numerator").Int(), Basis: text("basis")}
	value := float64(f.Numerator)
	if of := a.Get(row, "denominator"); !of.IsNull() {
		n := of.Int()
		f.Denominator = &n
		if n == 0 {
			return f
		}
		value = math.Round(value/float64(n)*1e4) / 1e4
	}
	f.Value = &value
	return f
}
