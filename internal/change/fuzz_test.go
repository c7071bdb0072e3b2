package change_test

import (
	"bytes"
	"testing"

	"tongbu/internal/change"
)

func FuzzDecode(f *testing.F) {
	f.Add(mustEncode(f, edit()))
	f.Add([]byte{0x86, 0x61, 0x61})
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := change.Decode(raw)
		if err != nil {
			return
		}
		again, err := c.Encode()
		if err != nil || !bytes.Equal(raw, again) {
			t.Errorf("%x decodes, and encodes as %x, %v", raw, again, err)
		}
	})
}

func FuzzParseBatch(f *testing.F) {
	f.Add(mustSeal(f, 1, change.Mark{}, mustEncode(f, edit())).Bytes())
	f.Add(forge(f, []byte{0x81, 0x58, 0x01, 0x00}, 1, nil))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := change.ParseBatch(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(raw, b.Bytes()) || !canonicalEnvelope(raw) {
			t.Error("a parsed batch has other bytes, or is not in canonical form")
		}
		if len(raw) > change.MaxBatch || b.Count > change.MaxBatchChanges || b.Size > change.MaxPayload {
			t.Errorf("got %d bytes, %+v: out of limits", len(raw), b.Header)
		}
		changes, err := b.Raw()
		if err == nil && len(changes) != int(b.Count) {
			t.Errorf("got %d changes, want %d", len(changes), b.Count)
		}
		if _, err := b.Changes(); err == nil && changes == nil {
			t.Error("Changes reads what Raw does not")
		}
	})
}

func FuzzParseReceipt(f *testing.F) {
	f.Add(mustSign(f, 9, receipt()).Bytes())
	f.Add(mustSign(f, 9, marked()).Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := change.ParseReceipt(raw)
		if err != nil {
			return
		}
		again, err := change.ParseReceipt(bytes.Clone(r.Bytes()))
		if err != nil || !bytes.Equal(raw, again.Bytes()) || again.Receipt != r.Receipt {
			t.Errorf("%x parses, and again as %x, %v", raw, again.Bytes(), err)
		}
	})
}

func FuzzParseStream(f *testing.F) {
	f.Add(stream(1).String())
	f.Fuzz(func(t *testing.T, text string) {
		s, err := change.ParseStream(text)
		if err == nil && (s.String() != text || s.Validate() != nil) {
			t.Errorf("%q parses as %q", text, s)
		}
	})
}

func FuzzValueGet(f *testing.F) {
	for _, v := range []change.Value{change.Null, change.Bool(true), change.Int(-1000), change.Text("a"), change.Set([]string{"a", "b"})} {
		f.Add([]byte(v))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := change.Value(raw).Get()
		if err != nil {
			return
		}
		var again change.Value
		switch x := got.(type) {
		case nil:
			again = change.Null
		case bool:
			again = change.Bool(x)
		case int64:
			again = change.Int(x)
		case string:
			again = change.Text(x)
		case []string:
			again = change.Set(x)
		}
		if string(again) != string(raw) {
			t.Errorf("%x reads as %v, which encodes as %x", raw, got, string(again))
		}
	})
}
