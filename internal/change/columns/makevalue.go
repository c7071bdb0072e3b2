package columns

import "encoding/binary"

// rawName reads the 16 bytes of an id.
func (d *decoder) rawName(form uint8) (raw [nameBytes]byte) {
	t := &d.names
	var hi, lo uint64
	if form&nameTimed != 0 {
		t.time += unzigzag(t.times.next(d.bits))
		hi = uint64(t.time)<<16 | 7<<12 | bitsAt(d.bits, t.bits, 12)
		lo = 2<<62 | bitsAt(d.bits, t.bits+12, 62)
		t.bits += timedBits
	} else {
		hi, lo = bitsAt(d.bits, t.bits, 64), bitsAt(d.bits, t.bits+64, 64)
		t.bits += 128
	}
	binary.BigEndian.PutUint64(raw[:8], hi)
	binary.BigEndian.PutUint64(raw[8:], lo)
	return raw
}

// value appends the next value of a column.
func (d *decoder) value(out []byte, c *readColumn, row int) []byte {
	if c.hasOdd && c.flags.next(d.bits) != 0 {
		return d.copy(out, c.odd.value())
	}
	switch c.form {
	case generic:
		return d.copy(out, c.rest.value())
	case same:
		return d.copy(out, c.value)
	case coded:
		if at := c.a.next(d.bits); at < uint64(len(c.table)) {
			return append(out, c.table[at]...)
		}
	case text:
		return d.text(out, c)
	case name:
		if out, _ = d.name(out, c.a.next(d.bits), &c.place); d.names.derived {
			d.r.fail() // of a record only
		}
		return out
	case date:
		return appendDate(out, c.a.next(d.bits))
	case digits:
		return appendDigits(appendHead(out, majorText, uint64(c.length)), c.a.next(d.bits), c.length)
	case citizen:
		p := person{region: c.a.next(d.bits), day: c.person[0].next(d.bits), order: c.person[1].next(d.bits)}
		c.day, c.row = p.day, row
		return appendPerson(out, p)
	case birth:
		if c.source.row == row {
			return appendDate(out, c.source.day)
		}
	case integer:
		return appendInteger(out, unzigzag(c.a.next(d.bits)))
	}
	d.r.fail()
	return out
}

// copy appends a value as it is; none is a defect.
func (d *decoder) copy(out, value []byte) []byte {
	if len(value) == 0 {
		d.r.fail()
	}
	return append(out, value...)
}

func (d *decoder) text(out []byte, c *readColumn) []byte {
	if c.hasSame && c.flags.next(d.bits) != 0 {
		return c.last.again(out)
	}
	from, s := len(out), c.rest.span(c.a.next(d.bits))
	if c.rest.bad {
		d.r.fail()
		return out
	}
	out = appendText(out, s)
	c.last = span{at: from, n: len(out) - from}
	return out
}
