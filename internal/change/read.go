package change

import "unsafe"

// readChange reads a change's canonical bytes; false for anything else. One
// copy of the bytes holds all texts of the change.
func readChange(raw []byte) (*Change, bool) {
	r := reader{in: string(raw)}
	r.list(6)
	c := &Change{Kind: r.unjudged(), Record: RecordID(r.unjudged())}
	c.Fields = r.fields()
	c.Context = r.context()
	c.Actor, c.At = r.unjudged(), r.integer()
	return c, r.ended() && c.validateParts() == nil
}

// unjudged reads a text whose characters validateParts judges.
func (r *reader) unjudged() string {
	if text, ok := r.short(); ok {
		return text
	}
	return r.span(r.head(majorText))
}

// fields reads the map of fields. Whether the names are such, and in order, is
// for validateParts to say.
func (r *reader) fields() Fields {
	n := r.head(majorMap)
	if n > MaxFields || n > uint64(len(r.in)-r.at) {
		r.fail()
		return nil
	}
	fields := make(Fields, n)
	for i := range fields {
		fields[i] = Field{Name: r.unjudged(), Value: r.value()}
		if r.bad {
			return nil
		}
	}
	return fields
}

// context reads the causal context, sorted by stream.
func (r *reader) context() Vector {
	n := r.head(majorArray)
	if n == 0 {
		return nil
	}
	if n > MaxContext || n > uint64(len(r.in)-r.at) {
		r.fail()
		return nil
	}
	context := make(Vector, n)
	var last Stream
	for i := uint64(0); i < n && !r.bad; i++ {
		r.list(2)
		s := r.stream()
		if i > 0 && last.Compare(s) >= 0 {
			r.fail()
		}
		last = s
		context[s] = r.head(majorUint)
	}
	return context
}

func (r *reader) stream() Stream {
	r.list(3)
	s := Stream{Device: DeviceID(r.unjudged())}
	n := r.head(majorUint)
	if n > 1<<32-1 {
		r.fail()
	}
	s.Incarnation, s.Audience = uint32(n), UnitID(r.unjudged())
	return s
}

// readPayload splits a payload into its count of encoded changes, parts of
// plain; false for anything but the canonical form.
func readPayload(plain []byte, count int) ([][]byte, bool) {
	r := &reader{in: unsafe.String(unsafe.SliceData(plain), len(plain))} // plain does not change while it is read
	r.list(uint64(count))
	changes := make([][]byte, 0, count)
	for i := 0; i < count && !r.bad; i++ {
		changes = append(changes, r.partOf(plain))
	}
	return changes, r.ended()
}

// readEnvelope splits a sealed batch, without a copy: a relay handles many
// and looks at their headers only.
func readEnvelope(raw []byte) (form batchForm, ok bool) {
	r := &reader{in: unsafe.String(unsafe.SliceData(raw), len(raw))} // raw does not change, see ParseBatch
	r.list(3)
	form = batchForm{Header: r.partOf(raw), Sig: r.partOf(raw), Payload: r.partOf(raw)}
	return form, r.ended()
}

// partOf reads a byte string and returns it as a part of raw, which is what the
// reader walks over.
func (r *reader) partOf(raw []byte) []byte {
	n := r.head(majorBytes)
	from := r.at
	r.span(n)
	if r.bad {
		return nil
	}
	return raw[from:r.at:r.at]
}
