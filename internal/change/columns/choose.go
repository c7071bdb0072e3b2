package columns

import (
	"bytes"
	"slices"
)

// choose finds the form that fits the values of a column.
func (g *gatherer) choose(k *kind, c *column) {
	if len(c.values) > 1 && c.isSame() {
		c.form = same
		return
	}
	for _, form := range [...]byte{citizen, birth, date, name, digits, integer} {
		if mayHave(c, form) && g.fits(k, c, form) {
			c.form = form
			return
		}
	}
	switch {
	case len(c.values) == 1:
		c.form = same
	case c.isCoded():
		c.form = coded
	case c.isText():
		c.form = text
		c.findRepeats()
	default:
		c.form = generic
	}
}

// mayHave reports whether one of the first values has the form: one that hardly any
// has is not looked for in all.
func mayHave(c *column, form byte) bool {
	first := c.firstText()
	for i, v := range c.values[:min(len(c.values), 4)] {
		if form == birth {
			form = date // whose it is comes later
		}
		if hasForm(c, i, v, form, first) {
			return true
		}
	}
	return false
}

func (c *column) isSame() bool {
	for _, v := range c.values[1:] {
		if !bytes.Equal(v, c.values[0]) {
			return false
		}
	}
	return true
}

// fits reports whether most values have the form, and marks which ones.
func (g *gatherer) fits(k *kind, c *column, form byte) bool {
	first, odd := c.firstText(), 0
	if form == birth && !g.findSource(k, c) {
		return false
	}
	var fits []bool
	for i, v := range c.values {
		if hasForm(c, i, v, form, first) {
			continue
		}
		if fits == nil {
			fits = make([]bool, len(c.values))
			for j := range fits {
				fits[j] = true
			}
		}
		fits[i] = false
		if odd++; odd > len(c.values)/4 {
			return false
		}
	}
	c.fits = fits
	return true
}

// firstText is the first value that may be a text, for the length of digits.
func (c *column) firstText() []byte {
	for _, v := range c.values {
		if v[0]>>5 == majorText && len(v) > 1 {
			return v
		}
	}
	return c.values[0]
}

func hasForm(c *column, i int, v []byte, form byte, first []byte) (ok bool) {
	switch form {
	case citizen:
		_, ok = asPerson(v)
	case date:
		_, ok = asDate(v)
	case name:
		s, isText := asText(v)
		ok = isText && len(s) <= maxText && parseName(s).form != nameText
	case digits:
		_, length, isNumber := asDigits(v)
		_, want, _ := asDigits(first)
		ok = isNumber && length == want
	case integer:
		_, ok = asInteger(v)
	case birth:
		ok = c.matches[i]
	}
	return ok
}

// findSource looks for a column of ID numbers that hold the days of this one.
func (g *gatherer) findSource(k *kind, c *column) bool {
	if _, isDate := asDate(c.firstText()); !isDate {
		return false
	}
	for _, other := range k.columns[:c.at] {
		if other.form != citizen {
			continue
		}
		if matches, n := c.match(other, g.rowsOf(c), g.rowsOf(other)); 4*n >= 3*len(c.values) {
			c.source, c.matches = other.at, matches
			return true
		}
	}
	return false
}

// rowsOf are the changes that have the field, one for each value.
func (g *gatherer) rowsOf(c *column) []int {
	has := make([]bool, len(g.shapes))
	for i, s := range g.shapes {
		has[i] = slices.Contains(s.columns, c)
	}
	rows := make([]int, 0, len(c.values))
	for i, at := range g.rows {
		if has[at] {
			rows = append(rows, i)
		}
	}
	return rows
}

// match compares days with those in the ID numbers of the same changes.
func (c *column) match(other *column, rows, others []int) (matches []bool, n int) {
	matches = make([]bool, len(c.values))
	if len(rows) != len(c.values) || len(others) != len(other.values) { // a field twice in a change: no change
		return matches, 0
	}
	j := 0
	for i, v := range c.values {
		for j < len(others) && others[j] < rows[i] {
			j++
		}
		if j == len(others) || others[j] != rows[i] {
			continue
		}
		p, _ := asPerson(other.values[j])
		if day, ok := asDate(v); ok && day == p.day && (other.fits == nil || other.fits[j]) {
			matches[i] = true
			n++
		}
	}
	return matches, n
}

// isCoded reports whether a table of the values pays, and keeps it and the place of
// each value.
func (c *column) isCoded() bool {
	t, places, last := table{}, make([]uint64, len(c.values)), 0
	for i, v := range c.values {
		if i == 0 || !bytes.Equal(v, c.values[i-1]) {
			last = t.place(v)
		}
		if places[i] = uint64(last); len(t.texts) > maxTable || len(t.texts) > 2+len(c.values)/4 {
			return false
		}
	}
	c.table, c.codes = t.texts, places
	return true
}

func (c *column) isText() bool {
	for _, v := range c.values {
		if _, ok := asText(v); !ok {
			return false
		}
	}
	return true
}

// findRepeats marks the texts that are as the one before, if that pays.
func (c *column) findRepeats() {
	repeats, n := make([]uint64, len(c.values)), 0
	for i, v := range c.values[1:] {
		if bytes.Equal(v, c.values[i]) {
			repeats[i+1] = 1
			n++
		}
	}
	if n > len(c.values)/16 {
		c.repeats = repeats
	}
}
