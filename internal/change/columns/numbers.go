package columns

import (
	"math/bits"
	"slices"
)

// How numbers are written: a byte, then what it asks for.
const (
	inTable   = 0x7e // a table of the different numbers, and for each its place there
	withOdd   = 0x80 // some are wider, and are listed
	tableFrom = 16   // numbers from which a table is thought of
)

// numbers writes a run of numbers, whose count the reader knows: one as it is, of
// more the lowest, and of each how far it is above that, in as many bits as most of
// them need.
func (w *writer) numbers(all []uint64) {
	switch len(all) {
	case 0:
		return
	case 1:
		w.uvarint(all[0])
		return
	}
	least, widths := survey(all)
	width, cost := bestWidth(&widths, len(all))
	if table, wide := tableOf(all, cost); table != nil {
		w.table(all, table, wide)
		return
	}
	odd := 0
	for _, n := range widths[width+1:] {
		odd += n
	}
	head := byte(width)
	if odd > 0 {
		head |= withOdd
	}
	w.byte(head)
	w.uvarint(least)
	if odd > 0 {
		w.odd(all, least, width, odd)
	}
	for _, v := range all {
		w.bits.put(lowest(v-least, width), width)
	}
}

// survey is the lowest number, and how many of them need how many bits above it.
func survey(all []uint64) (least uint64, widths [65]int) {
	least = slices.Min(all)
	for _, v := range all {
		widths[bits.Len64(v-least)]++
	}
	return least, widths
}

// bestWidth is the one with which numbers take the fewest bits.
func bestWidth(widths *[65]int, count int) (width uint, cost int) {
	const listed = 18 // bits of one that is listed, beside itself
	cost, wider := -1, 0
	for w := 64; w >= 0; w-- {
		if c := count*w + wider; cost < 0 || c < cost {
			width, cost = uint(w), c
		}
		wider += widths[w] * (w + listed)
	}
	return width, cost
}

// odd lists the numbers that do not fit: how many places on, and the number.
func (w *writer) odd(all []uint64, least uint64, width uint, count int) {
	w.uvarint(uint64(count))
	from := 0
	for i, v := range all {
		if bits.Len64(v-least) > int(width) {
			w.uvarint(uint64(i - from))
			w.uvarint(v - least)
			from = i + 1
		}
	}
}

// tableOf is the table of the numbers, if it costs less; wide are the bits of a
// place in it.
func tableOf(all []uint64, cost int) (table []uint64, wide uint) {
	if len(all) < tableFrom || cost < 3*len(all) {
		return nil, 0
	}
	seen := make(map[uint64]struct{}, maxTable)
	for _, v := range all {
		if seen[v] = struct{}{}; len(seen) > maxTable || len(seen)*8 > len(all) && len(seen) > 8 {
			return nil, 0
		}
	}
	for v := range seen {
		table = append(table, v)
	}
	slices.Sort(table)
	wide = uint(bits.Len(uint(len(table) - 1)))
	size, last := 16+len(all)*int(wide), uint64(0)
	for _, v := range table {
		size, last = size+8+bits.Len64(v-last), v
	}
	if size >= cost {
		return nil, 0
	}
	return table, wide
}

func (w *writer) table(all, table []uint64, wide uint) {
	w.byte(inTable)
	w.uvarint(uint64(len(table)))
	last := uint64(0)
	for _, v := range table {
		w.uvarint(v - last)
		last = v
	}
	for _, v := range all {
		at, _ := slices.BinarySearch(table, v)
		w.bits.put(uint64(at), wide)
	}
}

// numbers are read one after the other.
type numbers struct {
	least uint64
	table []uint64
	at    uint64 // of the next, in bits
	width uint
	left  int    // until the next odd one; negative: there is none
	odd   reader // the odd ones that are left
}

// numbers reads the head of a run of count numbers and steps over their bits.
func (d *decoder) numbers(count int) (n numbers) {
	n.left = -1
	switch count {
	case 0:
		return n
	case 1:
		n.least = d.r.uvarint()
		return n
	}
	head := d.r.byte()
	if head == inTable {
		n.table = d.readTable()
		n.width = uint(bits.Len(uint(max(len(n.table), 1) - 1)))
	} else {
		n.least = d.r.uvarint()
		if n.width = uint(head &^ withOdd); n.width > 64 {
			d.r.fail()
		}
		if head&withOdd != 0 {
			n.left, n.odd = d.oddOnes(count)
		}
	}
	n.at = d.bitsAt
	d.bitsAt += uint64(count) * uint64(n.width)
	if d.bitsAt > 8*uint64(len(d.bits)) {
		d.r.fail()
	}
	return n
}

func (d *decoder) readTable() []uint64 {
	n := d.r.items(maxTable)
	if n == 0 {
		d.r.fail()
		return nil
	}
	table, last := make([]uint64, n), uint64(0)
	for i := range table {
		last += d.r.uvarint()
		table[i] = last
	}
	return table
}

// oddOnes steps over the list of odd numbers and returns it.
func (d *decoder) oddOnes(count int) (first int, rest reader) {
	n := d.r.uvarint()
	if n == 0 || n > uint64(count) {
		d.r.fail()
		return -1, rest
	}
	from := d.r.at
	for range 2 * n {
		d.r.uvarint()
	}
	if d.r.bad {
		return -1, rest
	}
	rest = reader{in: d.r.in[from:d.r.at]}
	return rest.gap(), rest
}

// gap reads how many numbers come before the next odd one; negative for none.
func (r *reader) gap() int {
	if r.at == len(r.in) {
		return -1
	}
	return int(min(r.uvarint(), 1<<30))
}

// next is the next number.
func (n *numbers) next(in []byte) uint64 {
	var v uint64
	if n.width > 0 {
		v = bitsAt(in, n.at, n.width)
		n.at += uint64(n.width)
	}
	if n.table != nil {
		if v >= uint64(len(n.table)) {
			return 0
		}
		return n.table[v]
	}
	if n.left >= 0 {
		if n.left--; n.left < 0 {
			v = n.odd.uvarint()
			n.left = n.odd.gap()
		}
	}
	return n.least + v
}
