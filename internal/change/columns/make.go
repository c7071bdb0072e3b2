package columns

// makeAll makes all changes, one after the other in one piece of memory.
func (d *decoder) makeAll() ([][]byte, bool) {
	d.out = make([]byte, 0, d.size)
	all, size := make([][]byte, d.count), headSize(d.count)
	for i := range all {
		from := len(d.out)
		if d.make(i); d.r.bad {
			return nil, false
		}
		all[i] = d.out[from:len(d.out):len(d.out)]
		if n := len(all[i]); n > 1<<16 {
			size += 5 + n
		} else {
			size += headSize(n) + n
		}
	}
	return all, size == d.size && len(d.names.made) == d.names.count
}

// make makes one change.
func (d *decoder) make(row int) {
	s := &d.shapes[d.rows.next(d.bits)]
	d.out = append(d.out, s.head...)
	d.own = span{}
	record, derived := d.record()
	d.out = append(d.out, s.fields...)
	for _, c := range s.columns {
		d.out = append(d.out, c.head...)
		from := len(d.out)
		d.value(c, row)
		if d.r.bad || len(d.out) > d.size {
			d.r.fail()
			return
		}
		if c.isOwn {
			d.own = span{at: from, n: len(d.out) - from}
		}
	}
	if derived {
		d.derive(record, s.kind.name)
	}
	d.entries()
	if at := d.actor.next(d.bits); at < uint64(len(d.actors)) {
		d.out = appendText(d.out, d.actors[at])
	} else {
		d.r.fail()
	}
	d.time += unzigzag(d.times.next(d.bits))
	d.out = appendInteger(d.out, d.time)
}

// record appends the id of the record; derived means that it is still to be made
// of the own number.
func (d *decoder) record() (at span, derived bool) {
	was := len(d.names.made)
	place := d.name(d.places.next(d.bits), &d.names.record)
	if place < 0 {
		return at, false
	}
	return d.names.made[place], place >= was && d.names.derived
}

// derive puts the hash of the own number where it belongs.
func (d *decoder) derive(record span, kind []byte) {
	number, ok := asText(d.out[d.own.at : d.own.at+d.own.n])
	if !ok {
		d.r.fail()
		return
	}
	raw := hashOwn(kind, number)
	appendLetters(d.out[:record.at+record.n-nameLength], &raw)
}

func (d *decoder) entries() {
	x := &d.contexts
	n := x.counts.next(d.bits)
	d.out = appendHead(d.out, majorArray, n)
	for ; n > 0 && !d.r.bad; n-- {
		at := x.streams.next(d.bits)
		if at >= uint64(len(x.names)) || len(d.out) > d.size {
			d.r.fail()
			return
		}
		d.out = append(append(d.out, majorArray<<5|2), x.names[at]...)
		d.out = appendHead(d.out, majorUint, x.marks.next(d.bits))
	}
}

// name appends the id that the code stands for, and returns its place; last is the
// place of the one before in the same column.
func (d *decoder) name(code uint64, last *int) int {
	t := &d.names
	switch n := uint64(len(t.made)); {
	case code == 0:
		d.newName()
		*last = int(n)
	case code == 1 && *last >= 0 && *last < int(n):
		d.again(t.made[*last])
	case code > 1 && code-1 <= n:
		*last = int(n - (code - 1))
		d.again(t.made[*last])
	default:
		d.r.fail()
	}
	if d.r.bad {
		return -1
	}
	return *last
}

func (d *decoder) again(s span) { d.out = append(d.out, d.out[s.at:s.at+s.n]...) }

// newName appends the next id of the table.
func (d *decoder) newName() {
	t := &d.names
	if len(t.made) == t.count {
		d.r.fail()
		return
	}
	from := len(d.out)
	form := uint8(t.forms.next(d.bits))
	t.derived = form == nameOwn
	var unit []byte
	if hasUnit(form) {
		if at := t.unit.next(d.bits); at < uint64(len(t.units)) {
			unit = t.units[at]
		} else {
			d.r.fail()
			return
		}
	}
	switch {
	case form == nameText:
		d.out = appendText(d.out, t.texts.text(maxText))
	case form == nameOwn:
		d.out = appendName(d.out, nameNumber, unit, &[nameBytes]byte{})
	default:
		raw := d.rawName(form)
		d.out = appendName(d.out, form, unit, &raw)
	}
	t.made = append(t.made, span{at: from, n: len(d.out) - from})
}
