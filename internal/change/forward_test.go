package change_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

var unitFrom, unitTo = change.NewUnitID([10]byte{7}), change.NewUnitID([10]byte{8})

// forward says a change again that stands in a stream of the second device.
func forward(tb testing.TB, raw []byte) change.Forward {
	tb.Helper()
	return change.Forward{Stream: stream(2), Seq: 12, Author: unitFrom, Batch: sha256.Sum256([]byte("a batch")), To: unitTo, Raw: raw}
}

// TestForward: what is said again is the change to the byte, with its place, whatever
// its length.
func TestForward(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.SampledFrom([]int{1, 100, 11_900, 12_000, 12_001, 24_000, 44_000}).Draw(rt, "size")
		raw := longChange(t, size)
		said := forward(t, raw)
		entry := mustDecode(t, mustEncode(t, must(said.Entry("city", 5))))
		got, ok := change.ForwardIn(entry)
		if !ok || !cmp.Equal(said, got) {
			t.Fatalf("of %d bytes: %v %s", len(raw), ok, cmp.Diff(said, got))
		}
		if again := mustEncode(t, got.Change()); !bytes.Equal(raw, again) {
			t.Errorf("the change is another one")
		}
	})
	_, err := (&change.Forward{Stream: stream(2), Seq: 1, Raw: make([]byte, change.MaxForward+1)}).Entry("city", 5)
	wantKind(t, err, fault.Invalid)
}

// longChange is an encoded change of about as many bytes.
func longChange(tb testing.TB, size int) []byte {
	tb.Helper()
	fields := map[string]change.Value{"a": change.Text("")}
	for name := "a"; size > 0; name += "a" {
		fields[name] = change.Text(string(bytes.Repeat([]byte{'x'}, min(size, 15_000))))
		size -= 15_000
	}
	return mustEncode(tb, &change.Change{Kind: "person", Record: "r1", Fields: change.FieldsOf(fields)})
}

func mustDecode(tb testing.TB, raw []byte) *change.Change {
	tb.Helper()
	return must(change.Decode(raw))
}

// TestNoForward: an entry that is not in form holds nothing.
func TestNoForward(t *testing.T) {
	said := forward(t, longChange(t, 10))
	for field, value := range map[string]change.Value{
		"stream": change.Text("x"), "seq": change.Int(-1), "unit": change.Text("nobody"), "batch": change.Text("00"),
		"to": change.Text(string(unitFrom)), "change0": change.Text("!"), "change1": change.Text("===="), "change": change.Null,
	} {
		entry := must(said.Entry("city", 5))
		fields := entry.Fields.Map()
		if field == "change" {
			field = "change0"
		}
		fields[field] = value
		entry.Fields = change.FieldsOf(fields)
		if _, ok := change.ForwardIn(entry); ok {
			t.Errorf("with another %s it holds a change", field)
		}
	}
	inner := mustEncode(t, must(said.Entry("city", 5)))
	again := forward(t, inner)
	if f, ok := change.ForwardIn(must(again.Entry("city", 5))); !ok || f.Change() != nil {
		t.Error("a change that says another again is said again")
	}
	broken := forward(t, []byte{1, 2})
	if f, ok := change.ForwardIn(must(broken.Entry("city", 5))); !ok || f.Change() != nil {
		t.Error("what is no change is one")
	}
}

// TestForwarded: a header of version 3 counts its entries, so that who cannot open the
// batch can judge it; earlier ones hold none.
func TestForwarded(t *testing.T) {
	said := forward(t, longChange(t, 50))
	raws := [][]byte{longChange(t, 5), mustEncode(t, must(said.Entry("city", 5))), longChange(t, 7)}
	_, err := change.Seal(change.BatchRows, key(1), stream(1), change.Mark{}, raws, 5)
	wantKind(t, err, fault.Invalid)
	b := must(change.ParseBatch(must(change.Seal(change.BatchColumns, key(1), stream(1), change.Mark{}, raws, 5)).Bytes()))
	if got, err := b.Raw(); b.Forwarded != 1 || err != nil || !cmp.Equal(raws, got) {
		t.Errorf("got %d forwarded, %v", b.Forwarded, err)
	}
	honest := must(change.Seal(change.BatchColumns, key(1), stream(1), change.Mark{}, raws[:1], 5))
	var parts [][]byte
	if err := cbor.Unmarshal(honest.Bytes(), &parts); err != nil {
		t.Fatal(err)
	}
	lying := must(change.ParseBatch(forgeCounted(t, parts[2], honest.Size, 1)))
	if _, err := lying.Raw(); fault.Of(err) != fault.Damaged {
		t.Errorf("a header that counts an entry which is not there is believed: %v", err)
	}
	_, err = change.ParseBatch(forgeCounted(t, []byte{0, 0}, 2, 2))
	wantKind(t, err, fault.Damaged)
}
