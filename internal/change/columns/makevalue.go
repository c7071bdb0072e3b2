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
		t.bits += 74
	} else {
		hi, lo = bitsAt(d.bits, t.bits, 64), bitsAt(d.bits, t.bits+64, 64)
		t.bits += 128
	}
	binary.BigEndian.PutUint64(raw[:8], hi)
	binary.BigEndian.PutUint64(raw[8:], lo)
	return raw
}

// value appends the next value of a column.
func (d *decoder) value(c *readColumn, row int) {
	if c.hasOdd && c.flags.next(d.bits) != 0 {
		d.copy(c.odd.value())
		return
	}
	switch c.form {
	case generic:
		d.copy(c.rest.value())
	case same:
		d.copy(c.table[0])
	case coded:
		if at := c.a.next(d.bits); at < uint64(len(c.table)) {
			d.copy(c.table[at])
		} else {
			d.r.fail()
		}
	case text:
		d.text(c)
	case name:
		d.name(c.a.next(d.bits), &c.place)
	case date:
		d.out = appendDate(d.out, c.a.next(d.bits))
	case digits:
		d.out = appendHead(d.out, majorText, uint64(c.length))
		d.out = appendDigits(d.out, c.a.next(d.bits), c.length)
	case citizen:
		p := person{region: c.a.next(d.bits), day: c.b.next(d.bits), order: c.c.next(d.bits)}
		c.day, c.row = p.day, row
		d.out = appendPerson(d.out, p)
	case birth:
		if c.source.row != row {
			d.r.fail()
			return
		}
		d.out = appendDate(d.out, c.source.day)
	case integer:
		d.out = appendInteger(d.out, unzigzag(c.a.next(d.bits)))
	}
}

// copy appends a value as it is; none is a defect.
func (d *decoder) copy(value []byte) {
	if len(value) == 0 {
		d.r.fail()
	}
	d.out = append(d.out, value...)
}

func (d *decoder) text(c *readColumn) {
	if c.hasSame && c.flags.next(d.bits) != 0 {
		d.again(c.last)
		return
	}
	from, s := len(d.out), c.rest.span(c.a.next(d.bits))
	if c.rest.bad {
		d.r.fail()
		return
	}
	d.out = appendText(d.out, s)
	c.last = span{at: from, n: len(d.out) - from}
}
