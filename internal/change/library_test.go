package change_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"tongbu/internal/change"
)

// The readers of the canonical form are written by hand, as every change of a
// city passes through them many times. Here a library reads the same bytes,
// encodes what it read, and compares: the two must accept the same.

var library = func() (m struct {
	cbor.DecMode
	cbor.EncMode
}) {
	var err error
	m.DecMode, err = cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		IntDec: cbor.IntDecConvertSignedOrFail, MaxNestedLevels: 8, MaxArrayElements: 4096, MaxMapPairs: 512, UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	if m.EncMode, err = cbor.CoreDetEncOptions().EncMode(); err != nil {
		panic(err)
	}
	return m
}()

// libraryValue reads a value as the library does.
func libraryValue(raw []byte) (got any, ok bool) {
	if library.Unmarshal(raw, &got) != nil {
		return nil, false
	}
	switch x := got.(type) {
	case nil, bool, int64, string:
	case []any:
		set := []string{}
		for _, item := range x {
			s, text := item.(string)
			if !text || len(set) > 0 && set[len(set)-1] >= s {
				return nil, false
			}
			set = append(set, s)
		}
		got = set
	default:
		return nil, false
	}
	again, err := library.Marshal(got)
	return got, err == nil && bytes.Equal(again, raw)
}

type libraryForm struct {
	_       struct{} `cbor:",toarray"`
	Kind    string
	Record  string
	Fields  map[string]cbor.RawMessage
	Context []struct {
		_      struct{} `cbor:",toarray"`
		Stream change.Stream
		Count  uint64
	}
	Actor string
	At    int64
}

// libraryChange reads a change as the library does.
func libraryChange(raw []byte) (*change.Change, bool) {
	var f libraryForm
	if len(raw) > change.MaxChange || library.Unmarshal(raw, &f) != nil || f.Context == nil {
		return nil, false
	}
	c := &change.Change{Kind: f.Kind, Record: change.RecordID(f.Record), Actor: f.Actor, At: f.At}
	for name, value := range f.Fields {
		if _, ok := libraryValue(value); !ok {
			return nil, false
		}
		c.Fields = c.Fields.With(name, change.Value(value))
	}
	sorted := slices.IsSortedFunc(f.Context, func(a, b struct {
		_      struct{} `cbor:",toarray"`
		Stream change.Stream
		Count  uint64
	}) int {
		return a.Stream.Compare(b.Stream)
	})
	for _, e := range f.Context {
		if c.Context == nil {
			c.Context = change.Vector{}
		}
		if _, twice := c.Context[e.Stream]; twice {
			return nil, false
		}
		c.Context[e.Stream] = e.Count
	}
	form, err := library.Marshal(f)
	if err != nil || !sorted || !bytes.Equal(form, raw) {
		return nil, false
	}
	_, err = c.Encode()
	return c, err == nil
}

// canonicalEnvelope reports whether the library, too, reads a batch's three
// parts and writes the same bytes of them.
func canonicalEnvelope(raw []byte) bool {
	var form struct {
		_                    struct{} `cbor:",toarray"`
		Header, Sig, Payload []byte
	}
	if library.Unmarshal(raw, &form) != nil {
		return false
	}
	again, err := library.Marshal(form)
	return err == nil && bytes.Equal(again, raw)
}

func FuzzValueLikeLibrary(f *testing.F) {
	for _, raw := range [][]byte{{0xf6}, {0xf5}, {0xf4}, {0xf7}, {0x18, 23}, {0x18, 24}, {0x39, 0, 255}, {0x1b, 255, 255, 255, 255, 255, 255, 255, 255},
		{0x61, 0xff}, {0x82, 0x61, 'a', 0x61, 'b'}, {0x82, 0x61, 'b', 0x61, 'a'}, {0x80}, {0xa0}, {0xc1, 0}, {0xfa, 0, 0, 0, 0}, {0x61}} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		want, ok := libraryValue(raw)
		got, err := change.Value(raw).Get()
		if ok != (err == nil) {
			t.Fatalf("%x: the library accepts %v, the reader says %v", raw, ok, err)
		}
		if valid := change.Value(raw).Validate() == nil; len(raw) <= change.MaxValue && valid != ok {
			t.Fatalf("%x: Get accepts %v, Validate %v", raw, ok, valid)
		}
		if s, text := want.([]string); ok && text {
			if !slices.Equal(s, got.([]string)) {
				t.Fatalf("%x: %v, want %v", raw, got, want)
			}
		} else if ok && got != want {
			t.Fatalf("%x: %v, want %v", raw, got, want)
		}
	})
}

func FuzzDecodeLikeLibrary(f *testing.F) {
	f.Add(mustEncode(f, edit()))
	f.Fuzz(func(t *testing.T, raw []byte) {
		want, ok := libraryChange(raw)
		got, err := change.Decode(raw)
		if ok != (err == nil) {
			t.Fatalf("%x: the library accepts %v, the reader says %v", raw, ok, err)
		}
		if !ok {
			return
		}
		a, errA := got.Encode()
		b, errB := want.Encode()
		if errA != nil || errB != nil || !bytes.Equal(a, b) || !bytes.Equal(a, raw) {
			t.Fatalf("%x reads as %x and %x", raw, a, b)
		}
	})
}

// TestMutatedLikeLibrary changes, drops and adds bytes of a good change.
func TestMutatedLikeLibrary(t *testing.T) {
	good := mustEncode(t, edit())
	for i := range good {
		for _, b := range []byte{0, 1, 0x18, 0x60, 0x80, 0xa0, 0xf4, 0xf6, 0xf7, 0xff, good[i] + 1, good[i] - 1} {
			bad := bytes.Clone(good)
			bad[i] = b
			for _, raw := range [][]byte{bad, good[:i], slices.Insert(bytes.Clone(good), i, b), slices.Delete(bytes.Clone(good), i, i+1)} {
				_, ok := libraryChange(raw)
				if _, err := change.Decode(raw); ok != (err == nil) {
					t.Fatalf("%x: the library accepts %v, the reader says %v", raw, ok, err)
				}
			}
		}
	}
}
