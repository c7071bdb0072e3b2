package columns

import "slices"

// head is the form of the column, with what else is listed in it.
func (c *column) head() byte {
	switch {
	case c.form == text && c.repeats != nil:
		return text | hasSame
	case c.form >= name && c.fits != nil:
		return c.form | hasOdd
	}
	return c.form
}

// column writes the values of a column.
func (w *writer) column(c *column) {
	switch c.form {
	case same:
		w.out = append(w.out, c.values[0]...)
	case coded:
		w.coded(c)
	case text:
		w.longTexts(c)
	case generic:
		w.all(c.values)
	default:
		if c.fits != nil {
			w.oddValues(c)
		}
		w.typed(c)
	}
}

// all writes values as they are, and how many bytes they have.
func (w *writer) all(values [][]byte) {
	n := 0
	for _, v := range values {
		n += len(v)
	}
	w.uvarint(uint64(n))
	for _, v := range values {
		w.out = append(w.out, v...)
	}
}

// oddValues writes which values do not fit and takes them out of the column.
func (w *writer) oddValues(c *column) {
	flags := make([]uint64, len(c.values))
	var odd, rest [][]byte
	for i, v := range c.values {
		if c.fits[i] {
			rest = append(rest, v)
			continue
		}
		flags[i] = 1
		odd = append(odd, v)
	}
	w.numbers(flags)
	w.all(odd)
	c.values = rest
}

// coded writes the different values in order, so that batches of the same kind have
// alike tables, and the place of each.
func (w *writer) coded(c *column) {
	order := slices.Clone(c.table)
	slices.Sort(order)
	w.uvarint(uint64(len(order)))
	moved := make([]uint64, len(order))
	for i, v := range c.table {
		at, _ := slices.BinarySearch(order, v)
		moved[i] = uint64(at)
	}
	for _, v := range order {
		w.out = append(w.out, v...)
	}
	for i, at := range c.codes {
		c.codes[i] = moved[at]
	}
	w.numbers(c.codes)
}

// longTexts writes texts without gaps; those that are as the one before are left out.
func (w *writer) longTexts(c *column) {
	var lengths []uint64
	var all []byte
	for i, v := range c.values {
		if c.repeats == nil || c.repeats[i] == 0 {
			s, _ := asText(v)
			lengths, all = append(lengths, uint64(len(s))), append(all, s...)
		}
	}
	w.numbers(c.repeats)
	w.numbers(lengths)
	w.uvarint(uint64(len(all)))
	w.out = append(w.out, all...)
}

// typed writes the values that fit the form of the column.
func (w *writer) typed(c *column) {
	switch c.form {
	case name:
		w.numbers(c.codes)
	case date:
		w.numbers(each(c.values, func(v []byte) uint64 { day, _ := asDate(v); return day }))
	case integer:
		w.numbers(each(c.values, func(v []byte) uint64 { n, _ := asInteger(v); return zigzag(n) }))
	case digits:
		if len(c.values) > 0 {
			_, length, _ := asDigits(c.values[0])
			w.byte(byte(length))
		}
		w.numbers(each(c.values, func(v []byte) uint64 { n, _, _ := asDigits(v); return n }))
	case citizen:
		w.persons(c.values)
	case birth:
		w.uvarint(uint64(c.source))
	}
}

func each(values [][]byte, number func([]byte) uint64) []uint64 {
	all := make([]uint64, len(values))
	for i, v := range values {
		all[i] = number(v)
	}
	return all
}

// persons writes ID numbers.
func (w *writer) persons(values [][]byte) {
	var regions, days, orders []uint64
	for _, v := range values {
		p, _ := asPerson(v)
		regions, days, orders = append(regions, p.region), append(days, p.day), append(orders, p.order)
	}
	w.numbers(regions)
	w.numbers(days)
	w.numbers(orders)
}
