package facts

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"tongbu/internal/schema"
)

// Indicator is a figure of a unit: how many rows of a derived kind add to parts.
type Indicator struct {
	Name, Group       string
	Label, GroupLabel schema.Label
	Kind              string   // of the rows
	Numerator, Less   []string // codes of the list figure_part; those of Less are taken off
	Denominator       []string // none: it is a count
	Target            int64    // per cent; 0: none
	Most              bool     // the target is the most that there may be
	Basis             schema.Label
}

// IsRate reports whether the indicator is a share.
func (i Indicator) IsRate() bool { return len(i.Denominator) > 0 }

// OfYear reports whether the indicator counts what was done in the year of its day.
func (i Indicator) OfYear() bool {
	return slices.Contains([]string{Achievement, CaseKind}, i.Kind) && !i.IsRate() && !slices.ContainsFunc(i.Numerator, func(part string) bool { return strings.HasSuffix(part, ever) })
}

// ever ends the parts of what was done in all years.
const ever = "_all"

// Parts are all parts that it is made of.
func (i Indicator) Parts() []string { return slices.Concat(i.Numerator, i.Less, i.Denominator) }

// Figure adds up the parts of an indicator.
func (i Indicator) Figure(parts map[string]int64) (numerator, denominator int64) {
	sum := func(codes []string) (n int64) {
		for _, code := range codes {
			n += parts[code]
		}
		return n
	}
	return sum(i.Numerator) - sum(i.Less), sum(i.Denominator)
}

//go:embed indicators.yaml
var indicatorsFile []byte

// Indicators lists all indicators, in their order. Nothing of it may be changed.
var Indicators = sync.OnceValue(func() []Indicator {
	all, err := parseIndicators(indicatorsFile)
	if err != nil {
		return nil // the file is part of the program, and a test reads it
	}
	return all
})

// Named are the indicators of a name, or the one of NAME/GROUP.
func Named(name string) (all []Indicator) {
	name, group, one := strings.Cut(name, "/")
	for _, i := range Indicators() {
		if i.Name == name && (!one || i.Group == group) {
			all = append(all, i)
		}
	}
	return all
}

// CountedKinds are the kinds of rows that indicators of some names count; no names are all.
func CountedKinds(names []string) (kinds []string) {
	chosen := Indicators()
	if len(names) > 0 {
		chosen = nil
	}
	for _, name := range names {
		chosen = append(chosen, Named(name)...)
	}
	for _, i := range chosen {
		if !slices.Contains(kinds, i.Kind) {
			kinds = append(kinds, i.Kind)
		}
	}
	return kinds
}

// indicatorsDoc is the form of indicators.yaml.
type indicatorsDoc struct {
	Indicators []struct {
		Name   string       `yaml:"name"`
		Label  schema.Label `yaml:"label"`
		Kind   string       `yaml:"kind"`
		Basis  schema.Label `yaml:"basis"`
		Groups []struct {
			Name        string       `yaml:"name"`
			Label       schema.Label `yaml:"label"`
			Numerator   []string     `yaml:"numerator"`
			Less        []string     `yaml:"less"`
			Denominator []string     `yaml:"denominator"`
			Target      int64        `yaml:"target"`
			Most        bool         `yaml:"most"`
			Basis       schema.Label `yaml:"basis"`
		} `yaml:"groups"`
	} `yaml:"indicators"`
	Lines    []counting     `yaml:"lines"`
	Measures []counting     `yaml:"measures"`
	Targets  []TargetFigure `yaml:"targets"`
}

// counting is a line, or a measure of lines.
type counting struct {
	Name  string       `yaml:"name"`
	Part  string       `yaml:"part"`
	Label schema.Label `yaml:"label"`
	Basis schema.Label `yaml:"basis"`
}

func parseIndicators(raw []byte) (all []Indicator, err error) {
	var doc indicatorsDoc
	if err := yaml.UnmarshalWithOptions(raw, &doc, yaml.Strict()); err != nil {
		return nil, err
	}
	for _, i := range doc.Indicators {
		for _, g := range i.Groups {
			all = append(all, Indicator{Name: i.Name, Group: g.Name, Label: i.Label, GroupLabel: g.Label, Kind: i.Kind,
				Numerator: g.Numerator, Less: g.Less, Denominator: g.Denominator, Target: g.Target, Most: g.Most, Basis: both(i.Basis, g.Basis)})
		}
	}
	for _, l := range doc.Lines {
		for _, m := range doc.Measures {
			all = append(all, Indicator{Name: l.Name, Group: m.Name, Label: l.Label, GroupLabel: m.Label, Kind: Achievement,
				Numerator: []string{l.Part + m.Part}, Basis: both(m.Basis, l.Basis)})
		}
	}
	return all, nil
}

// both is one text behind the other.
func both(a, b schema.Label) schema.Label {
	switch {
	case a == schema.Label{}:
		return b
	case b == schema.Label{}:
		return a
	}
	return schema.Label{Zh: a.Zh + "；" + b.Zh, En: a.En + "; " + b.En}
}
