package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/mapping"
	"tongbu/internal/schema"
	"tongbu/internal/show"
)

// showMap shows how another system calls what is kept, all of it or one kind.
func (a *app) showMap(o schemaOptions, s *schema.Schema) error {
	m, err := mapping.Find(o.mapped)
	if err != nil {
		return err
	}
	tables := m.Tables
	if o.kind != "" {
		t, err := m.Of(o.kind)
		if err != nil {
			return err
		}
		tables = []*mapping.Table{t}
	}
	if o.json {
		return a.printJSON(m)
	}
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("TABLE\tCOLUMN\tKIND\tFIELD\tLABEL\tCODES"))
	for _, t := range tables {
		for _, c := range t.Columns {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.Name, c.Name, t.Kind, a.heldBy(s, t.Kind, c))
		}
	}
	for _, l := range m.Lists {
		fmt.Fprintf(w, "\n%s\n", a.lang.Say("codes of %s: %s", l.Name, a.codesOf(l)))
	}
	return fault.Wrap("write", w.Flush())
}

// heldBy says what a column holds: the field, its label and its list.
func (a *app) heldBy(s *schema.Schema, kind string, c *mapping.Column) string {
	k, _ := s.Kind(kind)
	if f, ok := k.Field(c.Field); ok {
		return f.Name + "\t" + a.labelOf(f.Label) + "\t" + f.Codes
	}
	if c.Is == mapping.Number {
		return "id, own_no\t" + a.lang.Say("own number, else the id") + "\t"
	}
	return "unit\t" + a.lang.Say("division code of the unit") + "\t"
}

// codesOf says in a line what a list of theirs is.
func (a *app) codesOf(l *mapping.List) string {
	parts := []string{}
	if l.Same {
		parts = append(parts, a.lang.Say("as here"))
	}
	if len(l.Without) > 0 {
		parts = append(parts, a.lang.Say("without %s", strings.Join(l.Without, " ")))
	}
	for _, ours := range slices.Sorted(maps.Keys(l.Codes)) {
		parts = append(parts, ours+" = "+l.Codes[ours])
	}
	for _, theirs := range slices.Sorted(maps.Keys(l.Also)) {
		parts = append(parts, a.lang.Say("%s read as %s", theirs, l.Also[theirs]))
	}
	if l.Confirm {
		parts = append(parts, a.lang.Say("to be confirmed"))
	}
	return strings.Join(parts, ", ")
}
