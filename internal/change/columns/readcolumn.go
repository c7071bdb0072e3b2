package columns

// readColumn are the values of one field that are still to be taken.
type readColumn struct {
	head    []byte // the field's name, encoded
	isOwn   bool
	count   int
	form    byte
	flags   *numbers // which do not fit, or are as the one before
	hasOdd  bool
	hasSame bool
	odd     reader
	a       numbers
	person  *[2]numbers // of ID numbers beside the region: day and order
	rest    reader      // texts, values
	value   []byte      // of all
	table   [][]byte
	length  int // of digits
	last    span
	place   int // of the last name
	source  *readColumn
	row     int // of the last ID number
	day     uint64
}

// readHead reads the form of a column.
func (d *decoder) readHead(c *readColumn) {
	head := d.r.byte()
	c.form, c.hasOdd, c.hasSame = head&formBits, head&hasOdd != 0, head&hasSame != 0
	c.place, c.row = -1, -1
	if d.r.bad || c.form >= forms || c.hasOdd && c.form < name || c.hasSame && c.form != text || c.count == 0 {
		d.r.fail()
	}
}

// readColumn reads where the values of a column are.
func (d *decoder) readColumn(k *readKind, at int) {
	c := &k.columns[at]
	if d.r.bad {
		return
	}
	left := c.count
	if c.hasOdd {
		c.flags = d.flags(c.count)
		left = d.unflagged(c)
		c.odd = reader{in: d.area()}
	}
	d.readForm(k, c, left, at)
}

// unflagged counts the values that are not flagged.
func (d *decoder) unflagged(c *readColumn) int {
	if d.r.bad {
		return 0
	}
	flags, left := *c.flags, c.count
	for range c.count {
		if flags.next(d.bits) != 0 {
			left--
		}
	}
	return left
}

func (d *decoder) flags(count int) *numbers {
	n := d.numbers(count)
	return &n
}

func (d *decoder) area() []byte { return d.r.span(d.r.uvarint()) }

func (d *decoder) readForm(k *readKind, c *readColumn, left, at int) {
	switch c.form {
	case generic:
		c.rest = reader{in: d.area()}
	case same:
		c.value = d.r.value()
	case coded:
		c.table = make([][]byte, d.r.items(maxTable))
		for i := range c.table {
			c.table[i] = d.r.value()
		}
		c.a = d.numbers(left)
	case text:
		if c.hasSame {
			c.flags = d.flags(c.count)
			left = d.unflagged(c)
		}
		c.a = d.numbers(left)
		c.rest = reader{in: d.area()}
	case digits:
		if left > 0 {
			c.length = int(min(d.r.byte(), 18))
		}
		c.a = d.numbers(left)
	case citizen:
		c.a, c.person = d.numbers(left), &[2]numbers{d.numbers(left), d.numbers(left)}
	case birth:
		from := d.r.uvarint()
		if from >= uint64(at) {
			d.r.fail()
			return
		}
		c.source = &k.columns[from]
	default:
		c.a = d.numbers(left)
	}
}
