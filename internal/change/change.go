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
	Fields  map[string]Value
	Context Vector
	Actor   string // who, as the device names its operators
	At      int64  // the device's clock when it was entered, Unix milliseconds; shown, never used to decide
}

// Count is the record's Lamport count at this change.
func (c *Change) Count() uint64 { return c.Context.Top() + 1 }

// Dot names the change when it stands in the stream.
func (c *Change) Dot(in Stream) Dot { return Dot{Stream: in, Count: c.Count()} }

type contextEntry struct {
	_      struct{} `cbor:",toarray"`
	Stream Stream
	Count  uint64
}

type changeForm struct {
	_       struct{} `cbor:",toarray"`
	Kind    string
	Record  RecordID
	Fields  map[string]Value
	Context []contextEntry
	Actor   string
	At      int64
}

// Encode returns the canonical bytes. It returns Invalid when a part is
// malformed or over its limit.
func (c *Change) Encode() ([]byte, error) {
	if err := c.validate(); err != nil {
		return nil, fault.As(fault.Invalid, "encode a change", err)
	}
	raw, err := encMode.Marshal(c.form())
	if err != nil {
		return nil, fault.As(fault.Invalid, "encode a change", err)
	}
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

func (c *Change) form() changeForm {
	return changeForm{Kind: c.Kind, Record: c.Record, Fields: c.Fields, Context: c.Context.entries(), Actor: c.Actor, At: c.At}
}

func (c *Change) validate() error {
	if err := validName("kind", c.Kind, MaxKind); err != nil {
		return err
	}
	if err := c.Record.Validate(); err != nil {
		return err
	}
	if len(c.Actor) > MaxActor || !utf8.ValidString(c.Actor) {
		return fault.New(fault.Invalid, "actor is not UTF-8 of %d bytes at most", MaxActor)
	}
	if err := c.validateFields(); err != nil {
		return err
	}
	return c.validateContext()
}

func (c *Change) validateFields() error {
	if len(c.Fields) == 0 || len(c.Fields) > MaxFields {
		return fault.New(fault.Invalid, "a change sets %d fields, not 1 to %d", len(c.Fields), MaxFields)
	}
	for name, value := range c.Fields {
		if err := validName("field name", name, MaxField); err != nil {
			return err
		}
		if err := value.Validate(); err != nil {
			return fault.Wrap("field "+name, err)
		}
	}
	return nil
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
