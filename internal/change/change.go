package change

import (
	"unicode/utf8"

	"tongbu/internal/fault"
)

// Limits of one change.
const (
	MaxFields  = 256
	MaxContext = 256
	MaxChange  = 64 << 10 // encoded, in bytes
)

// Change is one edit of one record: the fields it sets, and the causal
// context it was made on. Nothing is ever deleted; a void is a field.
type Change struct {
	Kind    string
	Record  RecordID
	Fields  Fields // as FieldsOf makes them
	Context Vector
	Actor   string // who, as the device names its operators
	At      int64  // the device's clock when it was entered, Unix milliseconds; shown, never used to decide
}

// Count is the record's Lamport count at this change.
func (c *Change) Count() uint64 { return c.Context.Top() + 1 }

// Dot names the change when it stands in the stream.
func (c *Change) Dot(in Stream) Dot { return Dot{Stream: in, Count: c.Count()} }

// Encode returns the canonical bytes. It returns Invalid when a part is
// malformed or over its limit.
func (c *Change) Encode() ([]byte, error) {
	if err := c.validate(); err != nil {
		return nil, fault.As(fault.Invalid, "encode a change", err)
	}
	raw := c.append(make([]byte, 0, c.room()))
	if len(raw) > MaxChange {
		return nil, fault.New(fault.Invalid, "a change has %d bytes, more than %d", len(raw), MaxChange)
	}
	return raw, nil
}

// Decode reads canonical bytes; it returns Damaged for anything else.
func Decode(raw []byte) (*Change, error) {
	if len(raw) > MaxChange {
		return nil, fault.New(fault.Damaged, "a change has %d bytes, more than %d", len(raw), MaxChange)
	}
	c, ok := readChange(raw)
	if !ok {
		return nil, fault.New(fault.Damaged, "a change is malformed or not in canonical form")
	}
	return c, nil
}

// validate judges every part.
func (c *Change) validate() error {
	if err := c.validateParts(); err != nil {
		return err
	}
	for _, f := range c.Fields {
		if err := f.Value.Validate(); err != nil {
			return fault.Wrap("field "+f.Name, err)
		}
	}
	return nil
}

// validateParts judges all but the values, which a reader has judged as it read
// them.
func (c *Change) validateParts() error {
	if err := validName("kind", c.Kind, MaxKind); err != nil {
		return err
	}
	if err := c.Record.Validate(); err != nil {
		return err
	}
	if len(c.Actor) > MaxActor || !utf8.ValidString(c.Actor) {
		return fault.New(fault.Invalid, "actor is not UTF-8 of %d bytes at most", MaxActor)
	}
	if err := c.Fields.validate(); err != nil {
		return err
	}
	return c.validateContext()
}

func (c *Change) validateContext() error {
	if len(c.Context) > MaxContext {
		return fault.New(fault.Invalid, "a context names %d streams, more than %d", len(c.Context), MaxContext)
	}
	for s, n := range c.Context {
		if err := s.Validate(); err != nil {
			return err
		}
		if n == 0 || n > 1<<48 {
			return fault.New(fault.Invalid, "a count in a context is out of range")
		}
	}
	return nil
}
