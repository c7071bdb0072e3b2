// Package mapping holds how other systems call what this one keeps: for each kind of
// record a table of theirs, for each field a column, and their codes for ours. A map is
// data, one file each; what becomes of the values in a file is for node/sheet.
package mapping

import (
	"embed"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Map is how one system, or one standard, calls what this one keeps. Read it, never
// write it.
type Map struct {
	Name     string       `yaml:"name" json:"name"`
	Label    schema.Label `yaml:"label" json:"label"`
	Standard string       `yaml:"standard" json:"standard"`
	Dates    Dates        `yaml:"dates" json:"dates"`
	Yes      string       `yaml:"yes" json:"yes"` // their words for true and false
	No       string       `yaml:"no" json:"no"`
	Agreed   []string     `yaml:"agreed" json:"agreed"` // columns that systems which know nothing of each other call the same
	Lists    []*List      `yaml:"lists" json:"lists"`
	Tables   []*Table     `yaml:"tables" json:"tables"`

	lists map[string]*List
}

// Dates is how a day is written.
type Dates string

// The forms of a day.
const (
	Dashed Dates = "yyyy-mm-dd"
	Plain  Dates = "yyyymmdd"
)

// Table is a table of theirs, whose rows are records of a kind.
type Table struct {
	Kind    string       `yaml:"kind" json:"kind"`
	Name    string       `yaml:"name" json:"name"`
	Label   schema.Label `yaml:"label" json:"label"`
	Columns []*Column    `yaml:"columns" json:"columns"`

	Map *Map `yaml:"-" json:"-"`
}

// Column is a column of theirs.
type Column struct {
	Name  string `yaml:"name" json:"name"`
	Field string `yaml:"field" json:"field,omitempty"` // ours; empty: Is says what it holds
	Is    string `yaml:"is" json:"is,omitempty"`
}

// What a column holds that is no field.
const (
	Number = "number" // the record's own number, else its id
	Unit   = "unit"   // the division code of the unit
)

// Rest is the name of the last column, in which what no other has stands as a JSON object
// by the names of our fields: a file that comes back loses nothing.
const Rest = "tongbu"

//go:embed data/*.yaml
var files embed.FS

var all = sync.OnceValues(load)

func load() (maps []*Map, err error) {
	names, err := files.ReadDir("data")
	if err != nil {
		return nil, fault.Wrap("read the maps", err)
	}
	for _, name := range names {
		raw, err := files.ReadFile("data/" + name.Name())
		if err != nil {
			return nil, fault.Wrap("read the maps", err)
		}
		m, err := parse(raw)
		if err != nil {
			return nil, fault.Wrap("read "+name.Name(), err)
		}
		maps = append(maps, m)
	}
	return maps, nil
}

func parse(raw []byte) (*Map, error) {
	m := &Map{lists: map[string]*List{}}
	if err := yaml.UnmarshalWithOptions(raw, m, yaml.Strict()); err != nil {
		return nil, err
	}
	for _, l := range m.Lists {
		m.lists[l.Name] = l
	}
	for _, t := range m.Tables {
		t.Map = m
	}
	return m, nil
}

// All are the maps that the program has, by name.
func All() ([]*Map, error) { return all() }

// Find returns the map of a name; Invalid, with the names there are, for another.
func Find(name string) (*Map, error) {
	maps, err := all()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range maps {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return nil, fault.New(fault.Invalid, "there is no map %q", name).WithHint("maps: %s", strings.Join(names, ", "))
}

// Of returns the table of a kind; Invalid, with the kinds there are, for another.
func (m *Map) Of(kind string) (*Table, error) {
	var kinds []string
	for _, t := range m.Tables {
		if t.Kind == kind {
			return t, nil
		}
		kinds = append(kinds, t.Kind)
	}
	return nil, fault.New(fault.Invalid, "map %s has no table of %q", m.Name, kind).WithHint("kinds: %s", strings.Join(kinds, ", "))
}

// Titled finds the table that a sheet is named after: theirs, or our kind.
func (m *Map) Titled(title string) (*Table, bool) {
	at := slices.IndexFunc(m.Tables, func(t *Table) bool {
		return strings.EqualFold(t.Name, title) || t.Kind == title || t.Label.Zh == title
	})
	if at < 0 {
		return nil, false
	}
	return m.Tables[at], true
}

// Has reports whether a column holds the field, or what is no field.
func (t *Table) Has(name string) bool {
	return slices.ContainsFunc(t.Columns, func(c *Column) bool { return c.Field == name || c.Field == "" && c.Is == name })
}

// Day writes a day, YYYY-MM-DD, in their form.
func (d Dates) Day(day string) string {
	if d == Plain {
		return strings.ReplaceAll(day, "-", "")
	}
	return day
}
