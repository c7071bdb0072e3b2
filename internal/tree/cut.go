package tree

import (
	"cmp"
	"slices"

	"tongbu/internal/fault"
)

// standing of a row, as seen from the root.
type standing uint8

const (
	unknown standing = iota
	open             // on the way up that is being walked: meeting it again is a cycle
	above
	within
)

// cutter tells which rows of a file stand at or below the root.
type cutter struct {
	rows      map[string]Row
	standings map[string]standing
}

// rowsBelow returns the rows at or below the root, parents first.
func rowsBelow(rows []Row, root string) ([]Row, error) {
	c := cutter{rows: make(map[string]Row, len(rows)), standings: make(map[string]standing, len(rows))}
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
		if err := c.locate(row); err != nil {
			return nil, err
		}
		if row.Code == root {
			row.ParentCode = ""
		}
		if c.standings[row.Code] == within {
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
	c.standings[root] = within
	for row, ok = c.rows[row.ParentCode]; ok; row, ok = c.rows[row.ParentCode] {
		if c.standings[row.Code] != unknown {
			return cycleFault(row)
		}
		c.standings[row.Code] = above
	}
	return nil
}

// locate walks up from the row to one whose standing is known and marks the rows
// on the way.
func (c *cutter) locate(row Row) error {
	var way []Row
	for c.standings[row.Code] == unknown {
		c.standings[row.Code] = open
		way = append(way, row)
		parent, ok := c.rows[row.ParentCode]
		switch {
		case !ok || c.standings[parent.Code] == above:
			return fault.New(fault.Invalid, "line %d: unit %s does not stand below the root", row.Line, row.Code).
				WithHint("give the file of one city, and its code as the root")
		case c.standings[parent.Code] == open:
			return cycleFault(row)
		}
		row = parent
	}
	for _, row := range way {
		if parent := c.rows[row.ParentCode]; parent.Level >= row.Level {
			return fault.New(fault.Invalid, "line %d: unit %s has level %d, its parent has level %d", row.Line, row.Code, row.Level, parent.Level)
		}
		c.standings[row.Code] = within
	}
	return nil
}

func cycleFault(row Row) error {
	return fault.New(fault.Invalid, "line %d: unit %s stands above itself", row.Line, row.Code)
}
