package change

import (
	"strings"
	"unsafe"
)

// readChange reads a change's canonical bytes; false for anything else. One
// copy of the bytes holds all texts of the change.
func readChange(raw []byte) (*Change, bool) {
	r := &reader{in: string(raw)}
	r.list(6)
	c := &Change{Kind: r.text(), Record: RecordID(r.text())}
	c.Fields = r.fields()
	c.Context = r.context()
	c.Actor, c.At = r.text(), r.integer()
	return c, r.ended() && c.validate() == nil
}

// fields reads the map of fields, its keys in the order of their encodings:
// shorter ones first.
func (r *reader) fields() map[string]Value {
	n := r.head(majorMap)
	if n > MaxFields {
		r.fail()
		return nil
	}
	fields := make(map[string]Value, n)
	last := ""
	for i := uint64(0); i < n && !r.bad; i++ {
		name := r.text()
		if i > 0 && (len(name) < len(last) || len(name) == len(last) && strings.Compare(name, last) <= 0) {
			r.fail()
		}
		last = name
		fields[name] = r.value()
	}
	return fields
}

// context reads the causal context, sorted by stream.
func (r *reader) context() Vector {
	n := r.head(majorArray)
	if n == 0 || n > MaxContext {
		if n > 0 {
			r.fail()
		}
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
	s := Stream{Device: DeviceID(r.text())}
	n := r.head(majorUint)
	if n > 1<<32-1 {
		r.fail()
	}
	s.Incarnation, s.Audience = uint32(n), UnitID(r.text())
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
