package change_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

func TestBatchRoundTrip(t *testing.T) { rapid.Check(t, roundTrip) }

// FuzzBatch is the same with what the fuzzer finds: by column, changes are what they
// are in rows.
func FuzzBatch(f *testing.F) { f.Fuzz(rapid.MakeFuzz(roundTrip)) }

func roundTrip(t *rapid.T) {
	var want [][]byte
	for _, c := range rapid.SliceOfN(rapid.OneOf(changes, alike), 1, 40).Draw(t, "changes") {
		raw, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, raw)
	}
	now := rapid.Int64().Draw(t, "now")
	for _, version := range []uint8{change.BatchRows, change.BatchColumns} {
		b, err := change.Seal(version, key(1), stream(1), change.Mark{}, want, now)
		if err != nil {
			t.Fatal(err)
		}
		again, err := change.ParseBatch(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		got, err := again.Raw()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if err := again.Verify(public(1)); err != nil || again.Hash() != b.Hash() || again.Last() != uint64(len(want)) || again.Version != version {
			t.Errorf("got %v, hash %x, last %d, version %d", err, again.Hash(), again.Last(), again.Version)
		}
	}
}

func TestBatchChain(t *testing.T) {
	raw := mustEncode(t, edit())
	first := mustSeal(t, 1, change.Mark{}, raw, raw)
	second := mustSeal(t, 1, first.End(), raw)
	if got, want := second.First, uint64(3); got != want {
		t.Errorf("First: got %d, want %d", got, want)
	}
	if !first.Follows(change.Mark{}) || !second.Follows(first.End()) {
		t.Error("a batch does not follow the one it was sealed after")
	}
	if second.Follows(change.Mark{Seq: 2}) || second.Follows(change.Mark{Seq: 1, Hash: first.Hash()}) {
		t.Error("a batch follows a mark it was not sealed after")
	}
}

// TestTamperedBatch changes every byte in turn.
func TestTamperedBatch(t *testing.T) {
	for _, version := range []uint8{change.BatchRows, change.BatchColumns} {
		b := must(change.Seal(version, key(1), stream(1), change.Mark{}, [][]byte{mustEncode(t, edit())}, 5))
		for i := range b.Bytes() {
			raw := bytes.Clone(b.Bytes())
			raw[i] ^= 1 << (i % 8)
			if err := readBatch(raw); fault.Of(err) != fault.Damaged && fault.Of(err) != fault.Unsupported {
				t.Fatalf("version %d, byte %d changed: got %v, want damaged", version, i, err)
			}
		}
	}
}

func readBatch(raw []byte) error {
	b, err := change.ParseBatch(raw)
	if err != nil {
		return err
	}
	if err := b.Verify(public(1)); err != nil {
		return err
	}
	_, err = b.Changes()
	return err
}

func TestVerifyWantsTheDevicesKey(t *testing.T) {
	b := mustSeal(t, 1, change.Mark{}, mustEncode(t, edit()))
	wantKind(t, b.Verify(public(2)), fault.Damaged)
}

func TestSealRefuses(t *testing.T) {
	raw := mustEncode(t, edit())
	big := bytes.Repeat([]byte{1}, change.MaxPayload)
	tests := map[string]struct {
		changes [][]byte
		in      change.Stream
		key     byte
	}{
		"nothing":              {nil, stream(1), 1},
		"too many":             {slicesOf(raw, change.MaxBatchChanges+1), stream(1), 1},
		"too long":             {[][]byte{big}, stream(1), 1},
		"another device's key": {[][]byte{raw}, stream(1), 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, version := range []uint8{change.BatchRows, change.BatchColumns} {
				_, err := change.Seal(version, key(test.key), test.in, change.Mark{}, test.changes, 5)
				wantKind(t, err, fault.Invalid)
			}
		})
	}
	for _, version := range []uint8{0, 1, 4} { // nobody writes the first any more
		_, err := change.Seal(version, key(1), stream(1), change.Mark{}, [][]byte{raw}, 5)
		wantKind(t, err, fault.Invalid)
	}
	t.Run("no key", func(t *testing.T) {
		_, err := change.Seal(change.BatchRows, nil, stream(1), change.Mark{}, [][]byte{raw}, 5)
		wantKind(t, err, fault.Invalid)
	})
}

func slicesOf(raw []byte, n int) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = raw
	}
	return all
}

// TestFullBatch: what does not compress still fits.
func TestFullBatch(t *testing.T) {
	noise := make([]byte, change.MaxPayload-16)
	sum := sha256.Sum256(nil)
	for i := range noise {
		if i%len(sum) == 0 {
			sum = sha256.Sum256(sum[:])
		}
		noise[i] = sum[i%len(sum)]
	}
	for _, version := range []uint8{change.BatchRows, change.BatchColumns} {
		b := must(change.Seal(version, key(1), stream(1), change.Mark{}, [][]byte{noise}, 5))
		if got, err := b.Raw(); err != nil || len(got) != 1 || !bytes.Equal(got[0], noise) {
			t.Errorf("got %d changes, %v", len(got), err)
		}
		if len(b.Bytes()) > change.MaxBatch {
			t.Errorf("got %d bytes, want %d at most", len(b.Bytes()), change.MaxBatch)
		}
	}
}

// forge seals a payload that Seal would not make. edit may change the header.
func forge(tb testing.TB, plain []byte, count uint32, edit func(*change.Header)) []byte {
	tb.Helper()
	mode := must(cbor.CoreDetEncOptions().EncMode())
	payload := must(zstd.NewWriter(nil)).EncodeAll(plain, nil)
	h := change.Header{Version: 1, Stream: stream(1), First: 1, Count: count, Size: uint32(len(plain)), Payload: sha256.Sum256(payload)}
	if edit != nil {
		edit(&h)
	}
	return must(mode.Marshal([]any{must(mode.Marshal(h)), make([]byte, 64), payload}))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestForgedPayloads(t *testing.T) {
	tests := map[string]struct {
		plain []byte
		count uint32
		edit  func(*change.Header)
	}{
		"more than it says":        {plain: bytes.Repeat([]byte{0x40}, 9000), count: 1, edit: func(h *change.Header) { h.Size = 10 }},
		"less than it says":        {plain: []byte{0x81, 0x40}, count: 1, edit: func(h *change.Header) { h.Size = 900 }},
		"a bomb":                   {plain: make([]byte, 64<<20), count: 1, edit: func(h *change.Header) { h.Size = change.MaxPayload }},
		"another count":            {plain: []byte{0x81, 0x40}, count: 2},
		"a bomb of elements":       {plain: []byte{0x9b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, count: 1},
		"a bomb of bytes":          {plain: []byte{0x81, 0x5a, 0xff, 0xff, 0xff, 0xff}, count: 1},
		"a length in long form":    {plain: []byte{0x81, 0x58, 0x01, 0x00}, count: 1},
		"no array":                 {plain: []byte{0x40}, count: 1},
		"an array without an end":  {plain: []byte{0x9f, 0x40, 0xff}, count: 1},
		"something behind":         {plain: []byte{0x81, 0x40, 0x00}, count: 1},
		"deeper than any change":   {plain: []byte(strings.Repeat("\x81", 5000) + "\x40"), count: 1},
		"a change that is no text": {plain: []byte{0x81, 0x61, 0x61}, count: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b, err := change.ParseBatch(forge(t, test.plain, test.count, test.edit))
			if err != nil {
				t.Fatal(err)
			}
			_, err = b.Raw()
			wantKind(t, err, fault.Damaged)
			_, err = b.Changes()
			wantKind(t, err, fault.Damaged)
		})
	}
}

func TestForgedHeaders(t *testing.T) {
	tests := map[string]struct {
		edit func(*change.Header)
		want fault.Kind
	}{
		"a later version": {func(h *change.Header) { h.Version = 4 }, fault.Unsupported},
		"version 3 without a count of what is forwarded": {func(h *change.Header) { h.Version = 3 }, fault.Damaged},
		"version zero":             {func(h *change.Header) { h.Version = 0 }, fault.Unsupported},
		"no changes":               {func(h *change.Header) { h.Count = 0 }, fault.Damaged},
		"too many changes":         {func(h *change.Header) { h.Count = change.MaxBatchChanges + 1 }, fault.Damaged},
		"too large":                {func(h *change.Header) { h.Size = change.MaxPayload + 1 }, fault.Damaged},
		"sequence zero":            {func(h *change.Header) { h.First = 0 }, fault.Damaged},
		"a sequence that overruns": {func(h *change.Header) { h.First, h.Prev = 1<<63, change.Hash{1} }, fault.Damaged},
		"a first with a past":      {func(h *change.Header) { h.Prev = change.Hash{1} }, fault.Damaged},
		"a second without":         {func(h *change.Header) { h.First = 2 }, fault.Damaged},
		"another payload":          {func(h *change.Header) { h.Payload = change.Hash{} }, fault.Damaged},
		"no incarnation":           {func(h *change.Header) { h.Stream.Incarnation = 0 }, fault.Damaged},
		"a malformed device":       {func(h *change.Header) { h.Stream.Device = "x" }, fault.Damaged},
		"a malformed audience":     {func(h *change.Header) { h.Stream.Audience = "" }, fault.Damaged},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := change.ParseBatch(forge(t, []byte{0x81, 0x40}, 1, test.edit))
			wantKind(t, err, test.want)
		})
	}
	_, err := change.ParseBatch(make([]byte, change.MaxBatch+1))
	wantKind(t, err, fault.Damaged)
}

// TestOneFormOnly: a batch whose header says the same in other bytes is not
// the batch that was signed, although the signature fits what it says.
func TestOneFormOnly(t *testing.T) {
	b := mustSeal(t, 1, change.Mark{}, mustEncode(t, edit()))
	mode := must(cbor.CoreDetEncOptions().EncMode())
	var parts [][]byte
	if err := cbor.Unmarshal(b.Bytes(), &parts); err != nil {
		t.Fatal(err)
	}
	const first = 2 + 1 + 17 + 1 + 17 // where a number of one byte stands: behind version and stream
	for name, header := range map[string][]byte{
		"a longer number":         slices.Concat(parts[0][:first], []byte{0x18}, parts[0][first:]),
		"a list without a length": slices.Concat([]byte{0x9f}, parts[0][1:], []byte{0xff}),
		"the header as it was":    parts[0],
	} {
		var h change.Header
		if err := cbor.Unmarshal(header, &h); err != nil || h != b.Header {
			t.Fatalf("%s does not say the same: %+v, %v", name, h, err)
		}
		err := readBatch(must(mode.Marshal([][]byte{header, parts[1], parts[2]})))
		if honest := bytes.Equal(header, parts[0]); honest != (err == nil) || !honest && fault.Of(err) != fault.Damaged {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestRest: what gave its memory up seals as before.
func TestRest(t *testing.T) {
	raw := mustEncode(t, edit())
	want := mustSeal(t, 1, change.Mark{}, raw).Bytes()
	change.Rest()
	if got := mustSeal(t, 1, change.Mark{}, raw).Bytes(); !bytes.Equal(got, want) {
		t.Error("another batch")
	}
}
