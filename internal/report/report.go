package report

import (
	"time"

	"tongbu/internal/change"
)

// Format is the number of the form of reports that this program writes.
const Format = 1

// Report is what was counted, and of what.
type Report struct {
	Format   int        `json:"format"`
	Kind     string     `json:"kind"`
	Period   string     `json:"period"`
	From     string     `json:"from"`               // first day of the period
	Day      string     `json:"day"`                // that the figures are of
	Partial  bool       `json:"partial,omitempty"`  // the period was not over
	Unit     Unit       `json:"unit"`               // whose report it is
	Corrects string     `json:"corrects,omitempty"` // id of the report in whose place this one stands
	Made     time.Time  `json:"made"`               // by the device's clock
	By       Maker      `json:"by"`
	Coverage Coverage   `json:"coverage"`
	Rules    Rules      `json:"rules"`
	Unjudged uint64     `json:"unjudged"` // changes counted that the city has not judged yet, as far as is known here
	Units    []Unit     `json:"units"`    // that have figures, in the order of the tree
	Streams  []Position `json:"streams"`
	Digest   string     `json:"digest"` // of the records and rows that were counted
	Figures  []Figure   `json:"figures"`
}

// Unit is a unit that has figures: what they say of it is of those below it too.
type Unit struct {
	ID     change.UnitID `json:"id"`
	Parent change.UnitID `json:"parent,omitempty"`
	Code   string        `json:"code"`
	Name   string        `json:"name"`
	Level  int           `json:"level"` // 2 city, 3 district, 4 street, 5 community
}

// Maker is where a report was made.
type Maker struct {
	Unit   string          `json:"unit"` // division code
	Device change.DeviceID `json:"device"`
}

// Coverage says how complete a report was when it was made.
type Coverage struct {
	AsOf    time.Time `json:"as_of"`
	Units   int       `json:"units"`   // communities counted
	Silent  int       `json:"silent"`  // of them not connected
	Absent  int       `json:"absent"`  // communities that have never joined
	Pending uint64    `json:"pending"` // changes known to be on the way
}

// Rules are the versions by which was counted.
type Rules struct {
	Facts     uint64 `json:"facts"`
	Schema    uint64 `json:"schema"`    // number of the newest publication
	Published string `json:"published"` // digest of the rule packs and tables of holidays
	Tree      string `json:"tree"`      // digest of the units below the report's
}

// Position is how far a stream was counted.
type Position struct {
	Stream change.Stream `json:"-"`
	Name   string        `json:"stream"`
	Author change.UnitID `json:"author"` // unit of the device that writes it
	Seq    uint64        `json:"seq"`
	Hash   string        `json:"hash"` // of the batch that ends there
}

// Figure is one figure of a unit.
type Figure struct {
	Unit        string `json:"unit"` // division code
	Indicator   string `json:"indicator"`
	Group       string `json:"group"`
	Numerator   int64  `json:"numerator"`
	Denominator *int64 `json:"denominator,omitempty"` // of a rate
	Added       *int64 `json:"added,omitempty"`       // of what is counted in a year: within the period
}

// name is what a figure is called within a report.
type name struct{ unit, indicator, group string }

func (f *Figure) name() name { return name{f.Unit, f.Indicator, f.Group} }

// Amount is what a figure says.
type Amount struct {
	Numerator   int64  `json:"numerator"`
	Denominator *int64 `json:"denominator,omitempty"`
	Added       *int64 `json:"added,omitempty"`
}

func (f *Figure) amount() *Amount { return &Amount{f.Numerator, f.Denominator, f.Added} }

func (a *Amount) equal(o *Amount) bool {
	return a.Numerator == o.Numerator && same(a.Denominator, o.Denominator) && same(a.Added, o.Added)
}

func same(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
