package sheet

import (
	"errors"
	"slices"

	"tongbu/internal/mapping"
)

// leastOfMap is how many columns a table of another system is recognised by.
const leastOfMap = 3

// ofMap is the table of another system that a sheet without a map looks like: all its
// columns are of that table, and one of them is no name of ours; nil: none.
func (t *Table) ofMap() *mapping.Table {
	if t.header == nil || !slices.ContainsFunc(t.header.columns, func(c column) bool { return c.use == ofUnknown }) {
		return nil
	}
	titles := make([]string, len(t.header.columns))
	for i, c := range t.header.columns {
		titles[i] = c.title
	}
	return tableOf(titles, t.Kind.Name)
}

// ofMap is the table that the first row of some sheet names the columns of, where nothing
// says what kind it is of.
func (f *File) ofMap(want Choice) (of *mapping.Table) {
	if want.Map != nil {
		return nil
	}
	for _, s := range f.sources {
		err := s.each(func(row line) error {
			var titles []string
			for _, c := range row.cells {
				if plainTitle(c.Text) != "" {
					titles = append(titles, c.Text)
				}
			}
			of = tableOf(titles, "")
			return errStop
		})
		if of != nil || err != nil && !errors.Is(err, errStop) {
			return of // what cannot be read is said elsewhere
		}
	}
	return nil
}

// tableOf is the table of a map that has all of some columns, of a kind; "": of any.
func tableOf(titles []string, kind string) *mapping.Table {
	maps, err := mapping.All()
	if err != nil || len(titles) < leastOfMap {
		return nil // the maps are part of the program, and a test reads them
	}
	for _, m := range maps {
		for _, t := range m.Tables {
			known := func(title string) bool {
				return plainTitle(title) == mapping.Rest || isReason(title) ||
					slices.ContainsFunc(t.Columns, func(c *mapping.Column) bool { return plainTitle(c.Name) == plainTitle(title) })
			}
			if (kind == "" || t.Kind == kind) && !slices.ContainsFunc(titles, func(title string) bool { return !known(title) }) {
				return t
			}
		}
	}
	return nil
}
