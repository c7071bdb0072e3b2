package change_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/zstd"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// TestLaterVersion: of a batch that a later program made the stream is known, and
// nothing else.
func TestLaterVersion(t *testing.T) {
	later := forge(t, []byte{0x81, 0x40}, 1, func(h *change.Header) { h.Version = 4 })
	_, err := change.ParseBatch(later)
	wantKind(t, err, fault.Unsupported)
	if in, ok := change.StreamOf(later); !ok || in != stream(1) {
		t.Errorf("got stream %v, %v", in, ok)
	}
	for name, raw := range map[string][]byte{
		"nothing":           nil,
		"no batch":          {0x83, 0x40, 0x40, 0x40, 0x40},
		"no header":         {0x83, 0x40, 0x40, 0x40},
		"no stream":         forge(t, []byte{0x81, 0x40}, 1, func(h *change.Header) { h.Version, h.Stream = 4, change.Stream{} }),
		"too large":         make([]byte, change.MaxBatch+1),
		"cut in the stream": {0x83, 0x43, 0x88, 0x04, 0x83, 0x40, 0x40},
	} {
		if in, ok := change.StreamOf(raw); ok {
			t.Errorf("%s: got stream %v", name, in)
		}
	}
}

// forgeCounted is a batch of version 3 with a payload as it is.
func forgeCounted(tb testing.TB, payload []byte, size uint32, forwarded int) []byte {
	tb.Helper()
	mode := must(cbor.CoreDetEncOptions().EncMode())
	header := must(mode.Marshal([]any{3, stream(1), 1, 1, change.Hash{}, size, change.Hash(sha256.Sum256(payload)), 5, forwarded}))
	return must(mode.Marshal([]any{header, make([]byte, 64), payload}))
}

// TestForgedColumns: what cannot be a payload of version 3.
func TestForgedColumns(t *testing.T) {
	pack := func(plain []byte) []byte { return must(zstd.NewWriter(nil)).EncodeAll(plain, nil)[4:] } // without the magic number
	honest := must(change.Seal(change.BatchColumns, key(1), stream(1), change.Mark{}, edits(20), 5))
	var parts [][]byte
	if err := cbor.Unmarshal(honest.Bytes(), &parts); err != nil {
		t.Fatal(err)
	}
	for name, payload := range map[string][]byte{
		"nothing":                {},
		"a form of later":        {2, 0},
		"rows without any":       {0},
		"columns without any":    {1},
		"no length":              {1, 0xff},
		"more bits than there":   {1, 200, 1, 2},
		"nothing compressed":     {1, 1, 2},
		"nothing in it":          append([]byte{1, 0}, pack(nil)...),
		"a bomb":                 append([]byte{1, 0}, pack(make([]byte, 64<<20))...),
		"larger than the rows":   append([]byte{1, 0}, pack(make([]byte, 1000))...),
		"another's columns":      parts[2],
		"rows of another size":   append([]byte{0}, pack([]byte{0x81, 0x40})...),
		"something behind it":    append(bytes.Clone(parts[2]), 0),
		"columns as if they bit": append([]byte{1, 0}, parts[2][2:]...),
	} {
		b, err := change.ParseBatch(forgeCounted(t, payload, 900, 0))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Raw(); fault.Of(err) != fault.Damaged {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
