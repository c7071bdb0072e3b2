// Package table holds what was measured: one entry a figure, with what it is
// compared with and the bar it must pass, and the writers of JSON, Markdown
// and pictures.
package table

import (
	"fmt"
	"math"
)

// Entry is one figure. Its JSON is what results/latest.json holds.
type Entry struct {
	Row          string  `json:"row"`
	Name         string  `json:"name"`
	Value        float64 `json:"value"`
	Unit         string  `json:"unit"`
	Against      string  `json:"against,omitempty"`       // what it is compared with, of the same run
	AgainstValue float64 `json:"against_value,omitempty"` // in the same unit
	Ratio        float64 `json:"ratio,omitempty"`         // value through against_value
	Bar          string  `json:"bar,omitempty"`           // empty: the figure is only told
	Pass         bool    `json:"pass"`
	Skipped      string  `json:"skipped,omitempty"` // why there is no figure; never passes
	Note         string  `json:"note,omitempty"`
	Sizes        string  `json:"sizes"`           // of the run that it is from: full, quick or scale
	Commit       string  `json:"commit"`          // likewise
	Limit        float64 `json:"limit,omitempty"` // the bar in the unit of the value, for pictures
}

// Told is a figure without a bar.
func Told(name string, value float64, unit string) Entry {
	return Entry{Name: name, Value: round(value), Unit: unit, Pass: true}
}

// Skip is a figure that could not be taken.
func Skip(name, against string, why error) Entry {
	return Entry{Name: name, Against: against, Skipped: why.Error()}
}

// Beside names what the figure is compared with.
func (e Entry) Beside(against string, value float64) Entry {
	e.Against, e.AgainstValue = against, round(value)
	if value != 0 {
		e.Ratio = round(e.Value / value)
	}
	return e
}

// With adds a word for the reader.
func (e Entry) With(format string, args ...any) Entry {
	e.Note = fmt.Sprintf(format, args...)
	return e
}

// AtMost sets a bar on the value itself.
func (e Entry) AtMost(limit float64) Entry {
	e.Bar, e.Limit, e.Pass = "<= "+Number(limit)+" "+e.Unit, limit, e.Value <= limit
	return e
}

// AtLeast sets a bar on the value itself.
func (e Entry) AtLeast(limit float64) Entry {
	e.Bar, e.Limit, e.Pass = ">= "+Number(limit)+" "+e.Unit, limit, e.Value >= limit
	return e
}

// TimesAtMost sets a bar on the ratio.
func (e Entry) TimesAtMost(times float64) Entry {
	e.Bar, e.Limit, e.Pass = "<= "+Number(times)+" x", times*e.AgainstValue, e.Ratio <= times
	return e
}

// TimesAtLeast sets a bar on the ratio.
func (e Entry) TimesAtLeast(times float64) Entry {
	e.Bar, e.Limit, e.Pass = ">= "+Number(times)+" x", times*e.AgainstValue, e.Ratio >= times
	return e
}

// Number writes a figure with three digits that count.
func Number(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e5:
		return fmt.Sprintf("%.0fk", v/1e3)
	case a >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func round(v float64) float64 {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	scale := math.Pow(10, 4-math.Ceil(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}
