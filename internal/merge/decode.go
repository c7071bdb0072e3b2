package merge

import (
	"bytes"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Decode reads what Encode returned; it accepts nothing else, and no state
// that changes cannot make. It returns Damaged, or Unsupported for a later
// version. The memory it takes is a small multiple of len(raw).
func Decode(raw []byte) (*Record, error) {
	d := &decoder{Parts: change.ReadParts(raw)}
	d.ListOf(8)
	if version := d.Count(); d.Good() && version != stateVersion {
		return nil, fault.New(fault.Unsupported, "record state of version %d", version)
	}
	r, ok := d.record()
	if !d.Ended() || !ok || !r.consistent() {
		return nil, fault.New(fault.Damaged, "a record state does not agree with itself")
	}
	t := takeTables()
	defer t.give()
	if !bytes.Equal(t.encode(r), raw) {
		return nil, fault.New(fault.Damaged, "a record state is not in canonical form")
	}
	return r, nil
}

// decoder resolves the indexes into the tables, which stand before what refers to
// them. It refuses indexes out of range and malformed parts; wrong order and repeats
// are found by encoding again.
type decoder struct {
	*change.Parts
	streams []change.Stream
	clocks  []*clock
	origins []*origin
	bad     bool // the parts do not fit each other
}

// record reads what stands behind the version.
func (d *decoder) record() (*Record, bool) {
	r := &Record{kind: d.Text(), id: change.RecordID(strings.Clone(d.Text()))} // ids are kept longer than records
	d.check(r.kind != "" && len(r.kind) <= change.MaxKind && r.id.ValidateName() == nil)
	d.streams = make([]change.Stream, d.List(4))
	for i := range d.streams {
		d.streams[i] = d.Stream()
		d.check(d.streams[i].Validate() == nil)
	}
	d.clocks = make([]*clock, d.List(1))
	for i := range d.clocks {
		d.clocks[i] = d.readClock()
	}
	d.origins = make([]*origin, d.List(5))
	for i := range d.origins {
		d.ListOf(4)
		d.origins[i] = d.origin()
	}
	r.seen = pick(d, d.clocks)
	r.fields = make([]field, d.List(4))
	for i := range r.fields {
		d.ListOf(3)
		d.field(&r.fields[i])
	}
	return r, !d.bad
}

func (d *decoder) check(fits bool) { d.bad = d.bad || !fits }

// pick reads an index into a table; the zero value stands for one out of range.
func pick[T any](d *decoder, table []T) (item T) {
	i := d.Count()
	d.check(i < uint64(len(table)))
	if d.bad || !d.Good() {
		return item
	}
	return table[i]
}

func (d *decoder) readClock() *clock {
	n := d.List(1)
	d.check(n%2 == 0)
	c := &clock{dots: make([]change.Dot, n/2)}
	for i := range c.dots {
		dot := &c.dots[i]
		dot.Stream, dot.Count = pick(d, d.streams), d.Count()
		d.check(dot.Count > 0 && dot.Count <= maxCount+1 && (i == 0 || c.dots[i-1].Stream.Compare(dot.Stream) < 0))
	}
	return c
}

func (d *decoder) origin() *origin {
	o := &origin{}
	o.dot.Stream, o.context = pick(d, d.streams), pick(d, d.clocks)
	o.actor, o.at = d.Text(), d.Integer()
	if d.check(len(o.actor) <= change.MaxActor); o.context == nil {
		return o
	}
	top := o.context.top()
	d.check(top <= maxCount)
	o.dot.Count = top + 1
	return o
}

func (d *decoder) field(f *field) {
	f.name, f.covered = d.Text(), pick(d, d.clocks)
	f.writes = make([]write, d.List(3))
	d.check(f.name != "" && len(f.name) <= change.MaxField && len(f.writes) > 0)
	for i := range f.writes {
		d.ListOf(2)
		f.writes[i] = write{from: pick(d, d.origins), value: d.Value()}
	}
}

// consistent reports whether changes can have made the state: fields and
// writes in order, writes live, and all of it seen.
func (r *Record) consistent() bool {
	for i := range r.fields {
		f := &r.fields[i]
		if i > 0 && r.fields[i-1].name >= f.name || !f.covered.within(r.seen) || !f.consistent(r.seen) {
			return false
		}
	}
	return true
}

func (f *field) consistent(seen *clock) bool {
	for i, w := range f.writes {
		if i > 0 && f.writes[i-1].compare(w) >= 0 {
			return false
		}
		if f.covered.covers(w.from.dot) || !seen.covers(w.from.dot) || !w.from.context.within(f.covered) {
			return false
		}
	}
	return true
}
