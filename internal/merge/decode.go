package merge

import (
	"bytes"
	"math"

	"github.com/fxamacker/cbor/v2"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Decode reads what Encode returned; it accepts nothing else, and no state
// that changes cannot make. It returns Damaged, or Unsupported for a later
// version. The memory it takes is a small multiple of len(raw).
func Decode(raw []byte) (*Record, error) {
	var form stateForm
	if err := decMode.Unmarshal(raw, &form); err != nil {
		return nil, fault.As(fault.Damaged, "decode a record state", err)
	}
	if form.Version != stateVersion {
		return nil, fault.New(fault.Unsupported, "record state of version %d", form.Version)
	}
	r, ok := newDecoder(&form).record()
	if !ok || !r.consistent() {
		return nil, fault.New(fault.Damaged, "a record state does not agree with itself")
	}
	if !bytes.Equal(r.Encode(), raw) {
		return nil, fault.New(fault.Damaged, "a record state is not in canonical form")
	}
	return r, nil
}

// decoder resolves the indexes into the tables. It refuses indexes out of range
// and malformed parts; wrong order and repeats are found by encoding again.
type decoder struct {
	form    *stateForm
	clocks  []*clock
	origins []*origin
}

func newDecoder(form *stateForm) *decoder {
	return &decoder{form: form, clocks: make([]*clock, 0, len(form.Clocks)), origins: make([]*origin, 0, len(form.Origins))}
}

func (d *decoder) record() (*Record, bool) {
	f := d.form
	if f.Kind == "" || len(f.Kind) > change.MaxKind || f.ID.ValidateName() != nil || !d.tables() || f.Seen >= uint64(len(d.clocks)) {
		return nil, false
	}
	r := &Record{kind: f.Kind, id: f.ID, seen: d.clocks[f.Seen], fields: make([]field, len(f.Fields))}
	for i := range f.Fields {
		if !d.field(&f.Fields[i], &r.fields[i]) {
			return nil, false
		}
	}
	return r, true
}

func (d *decoder) tables() bool {
	for _, s := range d.form.Streams {
		if s.Validate() != nil {
			return false
		}
	}
	for _, form := range d.form.Clocks {
		c, ok := d.clock(form)
		if !ok {
			return false
		}
		d.clocks = append(d.clocks, c)
	}
	for i := range d.form.Origins {
		o, ok := d.origin(&d.form.Origins[i])
		if !ok {
			return false
		}
		d.origins = append(d.origins, o)
	}
	return true
}

func (d *decoder) clock(form []uint64) (*clock, bool) {
	c := &clock{dots: make([]change.Dot, 0, len(form)/2)}
	if len(form)%2 != 0 {
		return nil, false
	}
	for i := 0; i < len(form); i += 2 {
		ordered := i == 0 || form[i-2] < form[i]
		if !ordered || form[i] >= uint64(len(d.form.Streams)) || form[i+1] == 0 || form[i+1] > maxCount+1 {
			return nil, false
		}
		c.dots = append(c.dots, change.Dot{Stream: d.form.Streams[form[i]], Count: form[i+1]})
	}
	return c, true
}

func (d *decoder) origin(form *originForm) (*origin, bool) {
	if form.Stream >= uint64(len(d.form.Streams)) || form.Context >= uint64(len(d.clocks)) || len(form.Actor) > change.MaxActor {
		return nil, false
	}
	context := d.clocks[form.Context]
	top := context.top()
	if top > maxCount {
		return nil, false
	}
	dot := change.Dot{Stream: d.form.Streams[form.Stream], Count: top + 1}
	return &origin{dot: dot, context: context, actor: form.Actor, at: form.At}, true
}

func (d *decoder) field(form *fieldForm, f *field) bool {
	if form.Name == "" || len(form.Name) > change.MaxField || form.Covered >= uint64(len(d.clocks)) || len(form.Writes) == 0 {
		return false
	}
	f.name, f.covered, f.writes = form.Name, d.clocks[form.Covered], make([]write, len(form.Writes))
	for i, w := range form.Writes {
		if w.Origin >= uint64(len(d.origins)) || !canonical(w.Value) {
			return false
		}
		f.writes[i] = write{from: d.origins[w.Origin], value: w.Value}
	}
	return true
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

var decMode = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden,
		TagsMd: cbor.TagsForbidden, MaxNestedLevels: 8, MaxArrayElements: math.MaxInt32, MaxMapPairs: 16,
		UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()
