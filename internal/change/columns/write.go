package columns

// form writes what was gathered.
func (g *gatherer) form() (Form, bool) {
	g.sortColumns()
	for _, k := range g.kinds {
		for _, c := range k.columns {
			g.choose(k, c)
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
