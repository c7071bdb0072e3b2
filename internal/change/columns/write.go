package columns

import "slices"

// form writes what was gathered.
func (g *gatherer) form() (Form, bool) {
	g.sortColumns()
	for _, k := range g.kinds {
		for _, c := range k.columns {
			k.choose(c)
		}
	}
	places, ok := g.place()
	if !ok {
		return Form{}, false
	}
	w := &writer{}
	w.shapes(g)
	w.numbers(g.rows)
	w.texts(g.actor.texts)
	w.numbers(g.actors)
	w.numbers(g.times)
	w.names(&g.names, g.sealed)
	w.numbers(places)
	w.context(&g.context)
	for _, k := range g.kinds { // all forms together: those of a kind are much the same in each batch
		for _, c := range k.columns {
			w.byte(c.head())
		}
	}
	for _, k := range g.kinds {
		for _, c := range k.columns {
			w.column(c)
		}
	}
	return Form{Plain: w.out, Bits: w.bits.bytes()}, true
}

// shapes writes the kinds with their fields, and which fields changes have.
func (w *writer) shapes(g *gatherer) {
	w.uvarint(uint64(len(g.kinds)))
	places := make(map[*kind]int, len(g.kinds))
	for i, k := range g.kinds {
		places[k] = i
		w.text(k.name)
		w.uvarint(uint64(len(k.columns)))
		for _, c := range k.columns {
			w.text(c.name)
		}
	}
	w.uvarint(uint64(len(g.shapes)))
	for _, s := range g.shapes {
		if len(g.kinds) > 1 {
			w.uvarint(uint64(places[s.kind]))
		}
		from := len(w.out)
		w.out = append(w.out, make([]byte, (len(s.kind.columns)+7)/8)...)
		for _, c := range s.columns {
			w.out[from+c.at/8] |= 1 << (c.at % 8)
		}
	}
}

func (w *writer) texts(all []string) {
	w.uvarint(uint64(len(all)))
	for _, s := range all {
		w.text(s)
	}
}

// names writes the table of ids.
func (w *writer) names(t *nameTable, last int64) {
	w.uvarint(uint64(len(t.units) - 1))
	for _, u := range t.units[1:] { // the first is the batch's
		w.out = append(w.out, u...)
	}
	w.uvarint(uint64(len(t.names)))
	var kinds, units, times []uint64
	for i := range t.names {
		n := &t.names[i]
		kinds = append(kinds, uint64(n.form))
		if n.hasUnit() {
			units = append(units, uint64(t.at[n.unit]))
		}
		if n.form&nameTimed != 0 {
			at := int64(bigEndian48(&n.raw))
			times = append(times, zigzag(at-last))
			last = at
		}
	}
	w.numbers(kinds)
	w.numbers(units)
	w.numbers(times)
	for i := range t.names {
		w.name(&t.names[i])
	}
}

// name writes the bits of a name that nothing else says.
func (w *writer) name(n *recordName) {
	switch {
	case n.form == nameText:
		w.text(n.text)
	case n.form == nameOwn:
	case n.form&nameTimed != 0:
		hi, lo := halves(&n.raw)
		w.bits.put(hi&0xfff, 12)
		w.bits.put(lo&(1<<62-1), 62)
	default:
		hi, lo := halves(&n.raw)
		w.bits.put(hi, 64)
		w.bits.put(lo, 64)
	}
}

func (w *writer) context(x *context) {
	w.numbers(x.counts)
	w.uvarint(uint64(len(x.devices) - 1))
	for i, d := range x.devices {
		if i == 0 { // the batch's stream
			continue
		}
		w.out = append(w.out, d...)
		w.uvarint(x.incarnations[i])
		w.uvarint(uint64(x.audiences[i]))
	}
	w.numbers(x.streams)
	w.numbers(x.marks)
}

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
		w.numbers(each(c.values, func(v []byte) uint64 { p, _ := asPerson(v); return p.region }))
		w.numbers(each(c.values, func(v []byte) uint64 { p, _ := asPerson(v); return p.day }))
		w.numbers(each(c.values, func(v []byte) uint64 { p, _ := asPerson(v); return p.order }))
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
