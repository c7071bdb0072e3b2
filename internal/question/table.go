package question

import (
	"slices"

	"tongbu/internal/change"
)

// table takes up rows that say their columns each for itself, and leave out
// what is absent, and finds the order of the columns from them.
type table struct {
	columns []Column // in the order they were first met
	known   map[string]int
	latest  []int // number of the row that last had each
	rows    [][]cell
}

// cell is a value in a column, by number.
type cell struct {
	column int
	value  change.Value
}

func (t *table) begin() { t.rows = append(t.rows, nil) }

// column returns the number of a column, a new one's too, that the last row
// has once.
func (t *table) column(name string) (int, error) {
	if n, ok := t.known[name]; ok {
		if t.latest[n] == len(t.rows) {
			return 0, malformed("a row has a column twice")
		}
		t.latest[n] = len(t.rows)
		return n, nil
	}
	if name == "" || len(name) > change.MaxField {
		return 0, malformed("a column has no name, or one of more than %d bytes", change.MaxField)
	}
	if len(t.columns) == maxColumns {
		return 0, malformed("it has more than %d columns", maxColumns)
	}
	if t.known == nil {
		t.known = map[string]int{}
	}
	n := len(t.columns)
	t.columns, t.latest, t.known[name] = append(t.columns, Column{Name: name}), append(t.latest, len(t.rows)), n
	return n, nil
}

// put adds a value to the last row. The first value that is not null says what
// type the column has.
func (t *table) put(column int, kind Type, value change.Value) error {
	have := &t.columns[column].Type
	switch {
	case kind == Unknown || kind == *have:
	case *have == Unknown:
		*have = kind
	default:
		return malformed("column %q holds two types", t.columns[column].Name)
	}
	last := &t.rows[len(t.rows)-1]
	*last = append(*last, cell{column, value})
	return nil
}

// layOut gives the answer its columns and rows.
func (t *table) layOut(a *Answer) error {
	order, err := t.order()
	if err != nil {
		return err
	}
	place := make([]int, len(order))
	for at, n := range order {
		place[n] = at
		a.Columns = append(a.Columns, t.columns[n])
	}
	values := make([]change.Value, len(t.rows)*len(order))
	for _, cells := range t.rows {
		row := Row(values[:len(order):len(order)])
		values = values[len(order):]
		for _, c := range cells {
			row[place[c.column]] = c.value
		}
		a.Rows = append(a.Rows, row)
	}
	return nil
}

// order lists the columns as no row contradicts. Where the rows leave it open,
// a column stands behind the one it follows in the row that first has it.
func (t *table) order() ([]int, error) {
	woven := t.weave()
	place := places(woven)
	for _, row := range t.rows {
		if !slices.IsSortedFunc(row, func(a, b cell) int { return place[a.column] - place[b.column] }) {
			return t.sorted(woven)
		}
	}
	return woven, nil
}

// weave puts each new column behind the one it follows in its row.
func (t *table) weave() (woven []int) {
	place := make([]int, len(t.columns))
	for i := range place {
		place[i] = -1
	}
	for _, row := range t.rows {
		at := 0
		for _, c := range row {
			if place[c.column] < 0 {
				woven = slices.Insert(woven, at, c.column)
				for i := at; i < len(woven); i++ {
					place[woven[i]] = i
				}
			}
			at = place[c.column] + 1
		}
	}
	return woven
}

func places(order []int) []int {
	place := make([]int, len(order))
	for at, n := range order {
		place[n] = at
	}
	return place
}

// sorted is the order in which each column stands before those that follow it
// in any row, as near to the woven one as that allows.
func (t *table) sorted(woven []int) ([]int, error) {
	follow, waits := t.edges()
	var order []int
	for len(order) < len(woven) {
		i := slices.IndexFunc(woven, func(n int) bool { return waits[n] == 0 })
		if i < 0 {
			return nil, malformed("its rows have their columns in different orders")
		}
		n := woven[i]
		order, waits[n] = append(order, n), -1
		for next := range follow[n] {
			waits[next]--
		}
	}
	return order, nil
}

// edges are the columns that follow each directly in some row, and how many
// stand directly before each.
func (t *table) edges() (follow []map[int]bool, waits []int) {
	follow, waits = make([]map[int]bool, len(t.columns)), make([]int, len(t.columns))
	for n := range follow {
		follow[n] = map[int]bool{}
	}
	for _, row := range t.rows {
		for i := 1; i < len(row); i++ {
			before, after := row[i-1].column, row[i].column
			if !follow[before][after] {
				follow[before][after] = true
				waits[after]++
			}
		}
	}
	return follow, waits
}
