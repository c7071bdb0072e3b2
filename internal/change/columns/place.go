package columns

import (
	"bytes"
	"cmp"
	"slices"
)

// sortColumns gives the fields of each kind the order that they have in a change.
func (g *gatherer) sortColumns() {
	for _, k := range g.kinds {
		slices.SortFunc(k.columns, func(a, b *column) int {
			return cmp.Or(cmp.Compare(len(a.name), len(b.name)), cmp.Compare(a.name, b.name))
		})
		for i, c := range k.columns {
			c.at = i
		}
	}
}

// place writes all ids as places in the table of names, in the order in which a
// reader comes upon them.
func (g *gatherer) place() (codes []uint64, ok bool) {
	codes, last := make([]uint64, len(g.records)), -1
	for i, record := range g.records {
		s := g.shapes[g.rows[i]]
		was := len(g.names.names)
		codes[i], last = g.names.place(record, last)
		own := []byte(nil)
		for _, c := range s.columns {
			if c.form == name && (c.fits == nil || c.fits[c.next]) {
				id, _ := asText(c.values[c.next])
				var code uint64
				code, c.last = g.names.place(id, c.last)
				c.codes = append(c.codes, code)
			}
			if c.name == ownNumber {
				own = c.values[c.next]
			}
			c.next++
		}
		if own != nil && len(g.names.names) > was && codes[i] == 0 {
			g.names.names[was].derive(s.kind.name, own)
		}
	}
	return codes, len(g.names.names) <= maxNames && len(g.names.units) <= maxTable
}

// derive leaves the bytes of a name out when they follow from the own number.
func (n *recordName) derive(kind string, own []byte) {
	if n.form&^nameTimed != nameNumber {
		return
	}
	number, ok := asText(own)
	if raw := hashOwn(appendText(nil, []byte(kind)), number); ok && bytes.Equal(raw[:], n.raw[:]) {
		n.form = nameOwn
	}
}
