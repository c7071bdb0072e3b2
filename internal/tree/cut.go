package tree

import (
	"cmp"
	"slices"

	"tongbu/internal/fault"
)

// place of a row, as seen from the root.
type place uint8

const (
	unknown place = iota
	open          // on the way up that is being walked: meeting it again is a cycle
	above
	within
)

// cutter tells which rows of a file stand at or below the root.
type cutter struct {
	rows   map[string]Row
	places map[string]place
}

// cut returns the rows at or below the root, parents first.
func cut(rows []Row, root string) ([]Row, error) {
	c := cutter{rows: make(map[string]Row, len(rows)), places: make(map[string]place, len(rows))}
	for _, row := range rows {
		if first, twice := c.rows[row.Code]; twice {
			return nil, fault.New(fault.Invalid, "line %d: code %s stands in line %d already", row.Line, row.Code, first.Line)
		}
		c.rows[row.Code] = row
	}
	if err := c.markRoot(root); err != nil {
		return nil, err
	}
	var kept []Row
	for _, row := range rows {
		if err := c.settle(row); err != nil {
			return nil, err
		}
		if row.Code == root {
			row.ParentCode = ""
		}
		if c.places[row.Code] == within {
			kept = append(kept, row)
		}
	}
	// Levels grow downward, so this puts parents before their children.
	slices.SortStableFunc(kept, func(a, b Row) int { return cmp.Compare(a.Level, b.Level) })
	return kept, nil
}

// markRoot marks the root and the units above it.
func (c *cutter) markRoot(root string) error {
	row, ok := c.rows[root]
	if !ok {
		return fault.New(fault.Invalid, "unit %s is not in the file of units", root)
	}
	if !row.Level.Valid() {
		return fault.New(fault.Invalid, "line %d: unit %s has level %d and cannot be the root", row.Line, root, row.Level)
	}
	c.places[root] = within
	for row, ok = c.rows[row.ParentCode]; ok; row, ok = c.rows[row.ParentCode] {
		if c.places[row.Code] != unknown {
			return cycle(row)
		}
		c.places[row.Code] = above
	}
	return nil
}

// settle walks up from the row to one whose place is known and marks the way.
func (c *cutter) settle(row Row) error {
	var way []Row
	for c.places[row.Code] == unknown {
		c.places[row.Code] = open
		way = append(way, row)
		parent, ok := c.rows[row.ParentCode]
		switch {
		case !ok || c.places[parent.Code] == above:
			return fault.New(fault.Invalid, "line %d: unit %s does not stand below the root", row.Line, row.Code).
				WithHint("give the file of one city, and its code as the root")
		case c.places[parent.Code] == open:
			return cycle(row)
		}
		row = parent
	}
	for _, row := range way {
		if parent := c.rows[row.ParentCode]; parent.Level >= row.Level {
			return fault.New(fault.Invalid, "line %d: unit %s has level %d, its parent has level %d", row.Line, row.Code, row.Level, parent.Level)
		}
		c.places[row.Code] = within
	}
	return nil
}

func cycle(row Row) error {
	return fault.New(fault.Invalid, "line %d: unit %s stands above itself", row.Line, row.Code)
}
