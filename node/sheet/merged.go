package sheet

import (
	"slices"
	"strings"
)

// area is a merged area, its last row and column included, from 0.
type area struct{ top, bottom, left, right int }

// areas are the merged areas of a sheet. The file has the value in the first cell
// alone. In an area of one column it counts for each row of it: so people write a
// form number once beside all members of a household. One that reaches over columns
// says nothing that a field could be taken from, and its rows are rejected where they
// are data.
type areas struct {
	all  []area
	open []spread // of the rows so far
}

// spread is an area with the value of its first cell.
type spread struct {
	area
	cell Cell
}

func (m *areas) add(ref string) {
	first, last, ok := strings.Cut(ref, ":")
	left, top, ok1 := parseRef(first)
	right, bottom, ok2 := parseRef(last)
	if ok && ok1 && ok2 && right >= left && bottom >= top {
		m.all = append(m.all, area{top, bottom, left, right})
	}
}

func (m *areas) sort() {
	slices.SortFunc(m.all, func(a, b area) int { return a.top - b.top })
}

// fill gives the cells of a row the values of the areas they are in.
func (m *areas) fill(row *line) {
	at := row.number - 1
	m.open = slices.DeleteFunc(m.open, func(s spread) bool { return s.bottom < at })
	for len(m.all) > 0 && m.all[0].top <= at {
		a := m.all[0]
		m.all = m.all[1:]
		if a.left >= maxColumns || a.bottom < at || len(m.open) == maxColumns { // areas do not overlap, but in a file made to do harm
			continue
		}
		s := spread{area: a}
		if a.top == at && a.left < len(row.cells) {
			s.cell = row.cells[a.left]
		}
		m.open = append(m.open, s)
	}
	for _, s := range m.open {
		s.set(row)
	}
}

func (s spread) set(row *line) {
	if s.cell.Sort == Blank {
		return
	}
	cell := s.cell
	if s.right > s.left {
		cell = Cell{Sort: Across, Text: s.cell.Text}
	}
	for column := s.left; column <= min(s.right, maxColumns-1); column++ {
		for len(row.cells) <= column {
			row.cells = append(row.cells, Cell{})
		}
		row.cells[column] = cell
		cell.Text = "" // it stands in the first of them
	}
}
