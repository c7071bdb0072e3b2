package pages

import (
	"net/url"
	"strconv"
)

// Column is one column of a table.
type Column struct {
	Key   string // what an order by it is called; "" where there is none
	Title string
	Head  string // above the title, over neighbours with the same; "": none
	Class string // of its cells: n for figures, id, st and st2 for those that stay
}

// Cell is what stands in a row below a column. A table has thousands, so all that the
// template asks of one is a field.
type Cell struct {
	Text  string
	Href  string // of one that leads its row: where to; "": no link
	Word  *Word  // in place of the text: how far a record has come
	Class string // of its column
	Leads bool   // people know the row by it
}

// stays is the class of the column whose cells lead their rows.
const stays = "st2"

// Below gives cells the classes of their columns, in whose order they are.
func (t *Table) Below(cells []Cell) []Cell {
	for i := range cells {
		cells[i].Class = t.Columns[i].Class
		cells[i].Leads = cells[i].Class == stays
	}
	return cells
}

// TableRow is one row.
type TableRow struct {
	Void  bool
	Cells []Cell
}

// Choice is one of the values by which a table is filtered: codes, never what says
// something of one person.
type Choice struct {
	Value, Word string
}

// Picker is a filter that is chosen from a list.
type Picker struct {
	Name, Label, Value string
	Choices            []Choice
}

// Table is a table of which one page is shown: its address has the order, the filter and
// the page, so that going back and turning pages work without script. Nothing that says
// who somebody is may be in it.
type Table struct {
	Caption string
	Path    string     // of the page, without a question
	Query   url.Values // what is chosen, but for order and page
	Columns []Column
	Rows    []TableRow
	Foot    []Cell // of the sums, one for each column; nil: none
	Order   Order
	Page    int // from 1
	PerPage int
	Total   int // rows of all pages
	Empty   Text
	Class   string // of the table: led, tb, tb d
}

// Order is by which column, and whether from its end.
type Order struct {
	Key  string
	Down bool
}

// The names of order, direction and page in an address.
const (
	orderName = "by"
	downName  = "down"
	pageName  = "page"
)

// MaxPage bounds the number of a page that is asked for.
const MaxPage = 1 << 20

// ReadOrder is the order and the page that an address asks for; of the columns that may be
// asked for, else the zero value, which stands for the table's own order.
func ReadOrder(q url.Values, columns []Column) (o Order, page int) {
	for _, c := range columns {
		if c.Key != "" && c.Key == q.Get(orderName) {
			o = Order{Key: c.Key, Down: q.Get(downName) == "1"}
		}
	}
	page, err := strconv.Atoi(q.Get(pageName))
	if err != nil || page < 1 || page > MaxPage {
		page = 1
	}
	return o, page
}

// Pages is how many there are; a table without rows has one.
func (t *Table) Pages() int { return max(1, (t.Total+t.PerPage-1)/t.PerPage) }

// First and Last are the numbers of the first and the last row of the page, from 1; of
// an empty table both are 0.
func (t *Table) First() int {
	if len(t.Rows) == 0 {
		return 0
	}
	return (t.Page-1)*t.PerPage + 1
}

// Last is described at First.
func (t *Table) Last() int {
	if len(t.Rows) == 0 {
		return 0
	}
	return t.First() + len(t.Rows) - 1
}

// address is that of a page of the table in an order.
func (t *Table) address(o Order, page int) string {
	q := url.Values{}
	for name, values := range t.Query {
		for _, v := range values {
			if v != "" {
				q.Add(name, v)
			}
		}
	}
	if o.Key != "" {
		q.Set(orderName, o.Key)
		if o.Down {
			q.Set(downName, "1")
		}
	}
	if page > 1 {
		q.Set(pageName, strconv.Itoa(page))
	}
	if len(q) == 0 {
		return t.Path
	}
	return t.Path + "?" + q.Encode()
}

// To is the address of another page.
func (t *Table) To(page int) string { return t.address(t.Order, page) }

// Here is the address of the table as it is shown, for what is made of all its rows:
// path is put behind its own.
func (t *Table) Here(path string) string {
	whole := *t
	whole.Path += path
	return whole.address(t.Order, 1)
}

// Asks are the parts of the address that a form must send with its own, so that choosing a
// filter keeps the order.
func (t *Table) Asks() []Hidden {
	if t.Order.Key == "" {
		return nil
	}
	asks := []Hidden{{orderName, t.Order.Key}}
	if t.Order.Down {
		asks = append(asks, Hidden{downName, "1"})
	}
	return asks
}

// Hidden is a part of a form that nobody sees.
type Hidden struct{ Name, Value string }

// HeadCell is a cell of the head.
type HeadCell struct {
	Title, Class string
	Href         string // puts the table in the order of the column; "": none
	Sorted       string // aria-sort: ascending, descending or nothing
	Cols, Rows   int
}

// Head are the rows of the head: two where columns stand in groups.
func (t *Table) Head() [][]HeadCell {
	grouped := false
	for _, c := range t.Columns {
		grouped = grouped || c.Head != ""
	}
	if !grouped {
		row := make([]HeadCell, len(t.Columns))
		for i, c := range t.Columns {
			row[i] = t.headCell(c, 1)
		}
		return [][]HeadCell{row}
	}
	var upper, lower []HeadCell
	for i, c := range t.Columns {
		switch {
		case c.Head == "":
			upper = append(upper, t.headCell(c, 2))
			continue
		case i > 0 && t.Columns[i-1].Head == c.Head:
			upper[len(upper)-1].Cols++
		default:
			upper = append(upper, HeadCell{Title: c.Head, Cols: 1, Rows: 1})
		}
		lower = append(lower, t.headCell(c, 1))
	}
	return [][]HeadCell{upper, lower}
}

func (t *Table) headCell(c Column, rows int) HeadCell {
	h := HeadCell{Title: c.Title, Class: c.Class, Cols: 1, Rows: rows}
	if c.Key == "" {
		return h
	}
	next := Order{Key: c.Key}
	if t.Order.Key == c.Key {
		h.Sorted = "ascending"
		if t.Order.Down {
			h.Sorted, next = "descending", Order{}
		} else {
			next.Down = true
		}
	}
	h.Href = t.address(next, 1)
	return h
}

// Turns are the pages that are linked: the first, the last, and those beside this one; 0
// stands for what is left out between.
func (t *Table) Turns() (turns []int) {
	last, before := t.Pages(), 0
	for _, page := range []int{1, t.Page - 2, t.Page - 1, t.Page, t.Page + 1, t.Page + 2, last} {
		if page <= before || page > last {
			continue
		}
		if page > before+1 {
			turns = append(turns, 0)
		}
		turns, before = append(turns, page), page
	}
	return turns
}

// Before and After are the addresses of the pages beside this one.
func (t *Table) Before() string { return t.To(t.Page - 1) }

// After is described at Before.
func (t *Table) After() string { return t.To(t.Page + 1) }
