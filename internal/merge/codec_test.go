package merge_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
)

// wide is a record of 20 fields written at once, with one field edited later.
func wide(i int) []merge.Placed {
	first := placed(1, nil, merge.VoidField, "1")
	for n := range 19 {
		first.Change.Fields = first.Change.Fields.With(fmt.Sprintf("field_%d", n), change.Text(fmt.Sprint("value ", i, n)))
	}
	return []merge.Placed{first, placed(2, contextAfter(first), "field_7", "edited")}
}

func TestDecodeRefuses(t *testing.T) {
	good := build(wide(0)).Encode()
	for n := range good {
		if _, err := merge.Decode(good[:n]); fault.Of(err) != fault.Damaged {
			t.Fatalf("cut at %d: want damaged, got %v", n, err)
		}
	}
	if _, err := merge.Decode(append(bytes.Clone(good), 0)); fault.Of(err) != fault.Damaged {
		t.Errorf("trailing byte: want damaged, got %v", err)
	}
	later := bytes.Clone(good)
	later[1] = 2
	if _, err := merge.Decode(later); fault.Of(err) != fault.Unsupported {
		t.Errorf("later version: want unsupported, got %v", err)
	}
	long := []byte{0x88, 0x01, 0x66, 'p', 'e', 'r', 's', 'o', 'n', 0x63, 'p', '-', '1', 0x9a, 0xff, 0xff, 0xff, 0xff}
	if _, err := merge.Decode(long); fault.Of(err) != fault.Damaged {
		t.Errorf("a list longer than the bytes: want damaged, got %v", err)
	}
}

func TestEmptyRecord(t *testing.T) {
	r, err := merge.Decode(merge.New(kind, id).Encode())
	if err != nil {
		t.Fatal(err)
	}
	if r.Kind() != kind || r.ID() != id || r.Void() || len(r.Values()) != 0 || len(r.Context()) != 0 {
		t.Errorf("want the state of no changes, got %v", r)
	}
}

// Whatever Decode accepts encodes back, and bears use.
func FuzzDecode(f *testing.F) {
	f.Add(merge.New(kind, id).Encode())
	f.Add(build(wide(0)).Encode())
	first := placed(0, nil, "name", "甲", merge.VoidField, "1")
	f.Add(build([]merge.Placed{first, placed(1, contextAfter(first), merge.VoidField, "0"), placed(2, contextAfter(first), "name", "乙")}).Encode())
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := merge.Decode(raw)
		if err != nil {
			return
		}
		r.Conflicts()
		r.Void()
		r.Merge(r)
		if !bytes.Equal(raw, r.Encode()) {
			t.Error("an accepted state encodes to other bytes")
		}
		next := placed(7, r.Context(), "a", "x")
		if _, err := next.Change.Encode(); err != nil && r.ID() == id {
			t.Errorf("no change can follow: %v", err)
		}
		next.Change.Kind, next.Change.Record = r.Kind(), r.ID()
		r.Apply(next.Stream, next.Change)
		if _, ok := r.Winner("a"); !ok {
			t.Error("a field that was written has no winner")
		}
	})
}

func BenchmarkApply(b *testing.B) {
	changes := wide(0)
	for b.Loop() {
		build(changes)
	}
}

func BenchmarkEncode(b *testing.B) {
	r := build(wide(0))
	var raw []byte
	for b.Loop() {
		raw = r.Encode()
	}
	b.ReportMetric(float64(len(raw)), "bytes")
}

func BenchmarkDecode(b *testing.B) {
	raw := build(wide(0)).Encode()
	for b.Loop() {
		if _, err := merge.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// TestEncodeIsCanonical: a library finds nothing to write otherwise.
func TestEncodeIsCanonical(t *testing.T) {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	eachHistory(t, func(rt *rapid.T, changes []merge.Placed) {
		raw := build(changes).Encode()
		var item any
		if err := cbor.Unmarshal(raw, &item); err != nil {
			rt.Fatal(err)
		}
		again, err := mode.Marshal(item)
		if err != nil || !bytes.Equal(again, raw) {
			rt.Fatalf("%x, the library writes %x, %v", raw, again, err)
		}
	})
}
