package sheet

import (
	"slices"
	"strconv"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/mapping"
	"tongbu/internal/schema"
)

// Layout says how records are written.
type Layout struct {
	Kind *schema.Kind
	// Print is the list as it is printed and signed: codes in words, a head and a tail.
	// It cannot be imported.
	Print bool
	// Template is a form to fill in, with lists to choose from; with Filled it has
	// records, each with the version that says what the clerk has read.
	Template, Filled bool
	Unit             string // division code of the unit that writes, and its name
	Name             string
	Day              string // the day that a printed list says it is of
	// Map is the table of another system that the records are written as; nil: as they
	// are called here. Left counts, by field, the records that say what has no column
	// there; nil: nobody asks.
	Map  *mapping.Table
	Left map[string]int
}

// Record is a record that is written.
type Record struct {
	ID      string            `json:"id"`
	Unit    string            `json:"unit"`
	Version string            `json:"version"`
	Fields  map[string]any    `json:"fields"` // decoded with json.Decoder.UseNumber
	Called  map[string]string `json:"called"` // what the records are called that references name
}

// Records calls yield for each record.
type Records func(yield func(*Record) error) error

// written is one column that is written.
type written struct {
	use   use
	field *schema.Field
	title string
	head  string // above the title, over neighbours with the same; empty: none
}

// columns are those of a layout, in their order.
func (l Layout) columns() (all []written) {
	switch {
	case l.Map != nil:
		return l.mapped()
	case l.Print:
		return l.printed()
	}
	for _, f := range l.Kind.Fields {
		isEnd := f.Name == "valid" || f.Name == schema.VoidReason
		if f.ReadOnly || f.IsComputed() || l.Template && !l.Filled && isEnd {
			continue
		}
		all = append(all, written{use: ofField, field: f, title: f.Label.Zh})
	}
	if l.Template && !l.Filled {
		return all
	}
	if f, ok := l.Kind.Field("unit"); ok {
		all = append(all, written{use: ofUnit, field: f, title: f.Label.Zh})
	}
	all = append(all, written{use: ofID, title: idColumn})
	if l.Template {
		all = append(all, written{use: ofVersion, title: versionColumn})
	}
	return all
}

// printed are the columns of the printed list; a kind that says none has all that
// people fill in.
func (l Layout) printed() []written {
	all := []written{{use: ofNothing, title: numberColumn}}
	fields := slices.Clone(l.Kind.Printed())
	if !slices.ContainsFunc(fields, func(f *schema.Field) bool { return f.Print > 0 }) {
		fields = slices.DeleteFunc(fields, func(f *schema.Field) bool {
			return f.ReadOnly || f.IsComputed() || f.Name == "valid" || f.Name == schema.VoidReason || f.Name == schema.OwnNo
		})
	}
	for _, f := range fields {
		all = append(all, written{use: ofField, field: f, title: f.Label.Zh, head: f.Head.Zh})
	}
	return all
}

// shown is what a column shows of a record.
type shown struct {
	sort Sort // Text, Number or Day
	text string
}

// show makes the cell of a record.
func (l Layout) show(c written, r *Record, number int) (shown, error) {
	if l.Map != nil {
		return l.showMapped(c, r)
	}
	switch c.use {
	case ofNothing:
		return shown{Number, strconv.Itoa(number)}, nil
	case ofID:
		return text(r.ID), nil
	case ofVersion:
		return text(r.Version), nil
	case ofUnit:
		return text(r.Unit), nil
	}
	item, said := r.Fields[c.field.Name]
	if called := r.Called[c.field.Name]; called != "" {
		return text(called), nil
	}
	if !said {
		return shown{}, nil
	}
	value, err := c.field.Parse(item)
	if err != nil {
		return shown{}, fault.Wrap("field "+c.field.Name, err)
	}
	return l.showValue(c.field, value), nil
}

func text(s string) shown {
	if s == "" {
		return shown{}
	}
	return shown{Text, s}
}

func (l Layout) showValue(f *schema.Field, value change.Value) shown {
	switch f.Type {
	case schema.Integer, schema.Money:
		return shown{Number, f.FormatText(value, "zh")}
	case schema.Date:
		return shown{Day, value.Text()}
	case schema.Code, schema.Codes:
		if !l.Print {
			return text(codesText(f, value))
		}
	case schema.Text:
		return text(value.Text())
	}
	return text(f.FormatText(value, "zh"))
}

// codesText writes codes with their names, so that people read them and the code is
// not lost when a name changes.
func codesText(f *schema.Field, value change.Value) string {
	item, err := value.Get()
	if err != nil {
		return ""
	}
	codes, isSet := item.([]string)
	if code, ok := item.(string); ok {
		codes = []string{code}
	}
	parts := make([]string, len(codes))
	for i, code := range codes {
		if parts[i] = code; f.List() != nil {
			if item, ok := f.List().Item(code); ok {
				parts[i] = itemText(item)
			}
		}
	}
	if isSet {
		return strings.Join(parts, "; ")
	}
	return strings.Join(parts, "")
}

func itemText(item schema.Item) string { return item.Code + " " + item.Zh }
