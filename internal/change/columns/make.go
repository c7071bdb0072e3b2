package columns

// makeAll makes all changes, one after the other in one piece of memory.
func (d *decoder) makeAll() ([][]byte, bool) {
	out := make([]byte, 0, d.size)
	all, size := make([][]byte, d.count), headSize(d.count)
	for i := range all {
		from := len(out)
		if out = d.make(out, i); d.r.bad {
			return nil, false
		}
		all[i] = out[from:len(out):len(out)]
		size += headSize(len(all[i])) + len(all[i])
	}
	return all, size == d.size && d.isUsed()
}

// isUsed reports whether nothing is left of what was read.
func (d *decoder) isUsed() bool {
	if len(d.names.made) != d.names.count || !d.names.texts.ended() {
		return false
	}
	for i := range d.kinds {
		for j := range d.kinds[i].columns {
			if c := &d.kinds[i].columns[j]; !c.rest.ended() || !c.odd.ended() {
				return false
			}
		}
	}
	return true
}

// make appends one change to those that were made before.
func (d *decoder) make(out []byte, row int) []byte {
	s := &d.shapes[d.rows.next(d.bits)]
	out = append(append(out, majorArray<<5|6), s.kind.name...)
	out, record := d.name(out, d.places.next(d.bits), &d.names.record)
	derived := d.names.derived
	out = appendHead(out, majorMap, uint64(len(s.columns)))
	own := span{}
	for _, c := range s.columns {
		out = append(out, c.head...)
		from := len(out)
		if out = d.value(out, c, row); d.r.bad || len(out) > d.size {
			d.r.fail()
			return out
		}
		if c.isOwn {
			own = span{at: from, n: len(out) - from}
		}
	}
	if derived {
		d.derive(out, record, own, s.kind.name)
	}
	out = d.entries(out)
	if at := d.actor.next(d.bits); at < uint64(len(d.actors)) {
		out = append(out, d.actors[at]...)
	} else {
		d.r.fail()
	}
	d.time += unzigzag(d.times.next(d.bits))
	return appendInteger(out, d.time)
}

// derive puts the hash of the own number where the id of the record is.
func (d *decoder) derive(out []byte, record, own span, kind []byte) {
	number, ok := asText(out[own.at : own.at+own.n])
	if !ok || record.n < nameLength {
		d.r.fail()
		return
	}
	raw := hashOwn(kind, number)
	appendLetters(out[:record.at+record.n-nameLength], &raw)
}

// entries appends the causal context.
func (d *decoder) entries(out []byte) []byte {
	x := &d.contexts
	n := x.counts.next(d.bits)
	out = appendHead(out, majorArray, n)
	for ; n > 0; n-- {
		at := x.streams.next(d.bits)
		if at >= uint64(len(x.names)) || len(out) > d.size {
			d.r.fail()
			return out
		}
		out = append(append(out, majorArray<<5|2), x.names[at]...)
		out = appendHead(out, majorUint, x.marks.next(d.bits))
	}
	return out
}

// name appends the id that the code stands for; last is the place of the one before
// in the same column.
func (d *decoder) name(out []byte, code uint64, last *int) ([]byte, span) {
	t := &d.names
	t.derived = false
	switch n := uint64(len(t.made)); {
	case code == 0:
		*last = int(n)
		out = d.newName(out)
	case code == 1 && *last >= 0 && *last < int(n):
		out = t.made[*last].again(out)
	case code > 1 && code-1 <= n:
		*last = int(n - (code - 1))
		out = t.made[*last].again(out)
	default:
		d.r.fail()
	}
	if d.r.bad {
		return out, span{}
	}
	return out, t.made[*last]
}

// again appends a part of what was made before.
func (s span) again(out []byte) []byte { return append(out, out[s.at:s.at+s.n]...) }

// newName appends the next id of the table.
func (d *decoder) newName(out []byte) []byte {
	t := &d.names
	if len(t.made) == t.count {
		d.r.fail()
		return out
	}
	from, form := len(out), uint8(t.forms.next(d.bits))
	var unit []byte
	if hasUnit(form) {
		at := t.unit.next(d.bits)
		if at >= uint64(len(t.units)) {
			d.r.fail()
			return out
		}
		unit = t.units[at]
	}
	switch form {
	case nameText:
		out = append(out, t.texts.text(maxText)...)
	case nameOwn:
		t.derived = true
		out = appendName(out, nameNumber, unit, &[nameBytes]byte{})
	default:
		raw := d.rawName(form)
		out = appendName(out, form, unit, &raw)
	}
	t.made = append(t.made, span{at: from, n: len(out) - from})
	return out
}
