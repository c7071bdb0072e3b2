package columns

import "math/bits"

// decoder reads the heads of all columns and then makes one change after the
// other.
type decoder struct {
	base   Base
	r      reader
	bits   []byte
	bitsAt uint64 // where the next run of numbers begins
	count  int    // of changes
	size   int    // of the list of all changes, in bytes

	kinds  []readKind
	shapes []readShape
	rows   numbers
	places numbers
	actors [][]byte
	actor  numbers
	times  numbers
	time   int64

	names    readNames
	contexts readContexts
}

type readKind struct {
	name    []byte // encoded
	columns []readColumn
}

type readShape struct {
	kind    *readKind
	columns []*readColumn
}

// span is a part of what was made.
type span struct{ at, n int }

func (d *decoder) changes() ([][]byte, bool) {
	d.readKinds()
	d.readShapes()
	d.readRows()
	d.actors = d.readTexts()
	d.actor = d.numbers(d.count)
	d.times = d.numbers(d.count)
	d.readNames()
	d.places = d.numbers(d.count)
	d.readContexts()
	for i := range d.kinds {
		for j := range d.kinds[i].columns {
			d.readHead(&d.kinds[i].columns[j])
		}
	}
	for i := range d.kinds {
		for j := range d.kinds[i].columns {
			d.readColumn(&d.kinds[i], j)
		}
	}
	if d.r.bad || d.r.at != len(d.r.in) || (d.bitsAt+7)/8 != uint64(len(d.bits)) {
		return nil, false
	}
	return d.makeAll()
}

func (d *decoder) readKinds() {
	total := 0
	d.kinds = make([]readKind, d.r.items(min(d.count, maxColumns)))
	for i := range d.kinds {
		k := &d.kinds[i]
		k.name = d.r.text(maxShort)
		n := d.r.items(maxColumns - total)
		total += n
		k.columns = make([]readColumn, n)
		for j := range k.columns {
			name := d.r.text(maxShort)
			k.columns[j].head, k.columns[j].isOwn = name, string(name) == ownEncoded
		}
	}
}

func (d *decoder) readShapes() {
	d.shapes = make([]readShape, d.r.items(d.count))
	fields := 0
	for i := range d.shapes {
		at := 0
		if len(d.kinds) > 1 {
			at = d.r.upTo(len(d.kinds) - 1)
		}
		if d.r.bad || len(d.kinds) == 0 {
			d.r.fail()
			return
		}
		s := &d.shapes[i]
		s.kind = &d.kinds[at]
		s.columns = s.kind.pick(d.r.span(uint64(len(s.kind.columns)+7) / 8))
		if fields += len(s.columns); fields > d.size { // each makes two bytes or more
			d.r.fail()
			return
		}
	}
}

// pick are the columns whose bits are set.
func (k *readKind) pick(set []byte) []*readColumn {
	n := 0
	for _, b := range set {
		n += bits.OnesCount8(b)
	}
	picked := make([]*readColumn, 0, n)
	for i := range k.columns {
		if i/8 < len(set) && set[i/8]&(1<<(i%8)) != 0 {
			picked = append(picked, &k.columns[i])
		}
	}
	return picked
}

// readRows counts how many values each column has.
func (d *decoder) readRows() {
	d.rows = d.numbers(d.count)
	if d.r.bad {
		return
	}
	rows, counts := d.rows, make([]int, len(d.shapes))
	for range d.count {
		at := rows.next(d.bits)
		if at >= uint64(len(counts)) {
			d.r.fail()
			return
		}
		counts[at]++
	}
	for i, n := range counts {
		if n == 0 { // a shape that nothing has
			d.r.fail()
		}
		for _, c := range d.shapes[i].columns {
			c.count += n
		}
	}
}

func (d *decoder) readTexts() [][]byte {
	all := make([][]byte, d.r.items(maxTable))
	for i := range all {
		all[i] = d.r.text(maxText)
	}
	return all
}
