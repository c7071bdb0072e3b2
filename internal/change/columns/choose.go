package columns

import "bytes"

// choose finds the form that fits the values of a column.
func (k *kind) choose(c *column) {
	if len(c.values) > 1 && c.isSame() {
		c.form = same
		return
	}
	for _, form := range [...]byte{citizen, birth, date, name, digits, integer} {
		if k.mayHave(c, form) && k.fits(c, form) {
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
func (k *kind) mayHave(c *column, form byte) bool {
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
func (k *kind) fits(c *column, form byte) bool {
	first, odd := c.firstText(), 0
	if form == birth && !k.findSource(c) {
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
func (k *kind) findSource(c *column) bool {
	if _, isDate := asDate(c.firstText()); !isDate {
		return false
	}
	for _, other := range k.columns[:c.at] {
		if other.form != citizen {
			continue
		}
		if matches, n := c.match(other); 4*n >= 3*len(c.values) {
			c.source, c.matches = other.at, matches
			return true
		}
	}
	return false
}

// match compares days with those in the ID numbers of the same changes.
func (c *column) match(other *column) (matches []bool, n int) {
	matches = make([]bool, len(c.values))
	j := 0
	for i, v := range c.values {
		for j < len(other.rows) && other.rows[j] < c.rows[i] {
			j++
		}
		if j == len(other.rows) || other.rows[j] != c.rows[i] {
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
