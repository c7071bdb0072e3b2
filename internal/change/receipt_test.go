package change_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

func receipt() change.Receipt {
	return change.Receipt{City: change.DeviceOf(public(9)), Stream: stream(1), Seq: 7, Hash: change.Hash{1, 2}, Epoch: 1, At: 1700000000000}
}

// marked is a receipt that says how far the city had spoken.
func marked() change.Receipt {
	r := receipt()
	r.Spoken = change.Spoken{Stream: change.Stream{Device: r.City, Incarnation: 3, Audience: r.Stream.Audience}, Seq: 41}
	return r
}

// eachForm runs a test on a receipt of each form.
func eachForm(t *testing.T, test func(*testing.T, change.Receipt)) {
	silent := marked()
	silent.Spoken.Seq = 0 // the city had said nothing to the unit
	for name, r := range map[string]change.Receipt{"plain": receipt(), "marked": marked(), "marked, nothing said": silent} {
		t.Run(name, func(t *testing.T) { test(t, r) })
	}
}

func TestReceiptRoundTrip(t *testing.T) { eachForm(t, receiptRoundTrip) }

func receiptRoundTrip(t *testing.T, want change.Receipt) {
	signed := mustSign(t, 9, want)
	got, err := change.ParseReceipt(signed.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Receipt); diff != "" {
		t.Error(diff)
	}
	if err := got.Verify(public(9)); err != nil {
		t.Error(err)
	}
	wantKind(t, got.Verify(public(8)), fault.Damaged)
	if got, want := got.Mark(), (change.Mark{Seq: 7, Hash: change.Hash{1, 2}}); got != want {
		t.Errorf("Mark: got %v, want %v", got, want)
	}
}

func TestTamperedReceipt(t *testing.T) { eachForm(t, tamperedReceipt) }

func tamperedReceipt(t *testing.T, r change.Receipt) {
	signed := mustSign(t, 9, r)
	for i := range signed.Bytes() {
		raw := bytes.Clone(signed.Bytes())
		raw[i] ^= 1 << (i % 8)
		r, err := change.ParseReceipt(raw)
		if err == nil {
			err = r.Verify(public(9))
		}
		if fault.Of(err) != fault.Damaged {
			t.Fatalf("byte %d changed: got %v, want damaged", i, err)
		}
	}
	_, err := change.ParseReceipt(make([]byte, 2<<10))
	wantKind(t, err, fault.Damaged)
}

func TestSignRefuses(t *testing.T) {
	r := receipt()
	_, err := r.Sign(key(8))
	wantKind(t, err, fault.Invalid)
	_, err = r.Sign(nil)
	wantKind(t, err, fault.Invalid)
	r.Stream = change.Stream{}
	_, err = r.Sign(key(9))
	wantKind(t, err, fault.Invalid)
	r = marked()
	r.Spoken.Stream.Device = r.Stream.Device
	_, err = r.Sign(key(9))
	wantKind(t, err, fault.Invalid)
	r = marked()
	r.Spoken.Stream = change.Stream{}
	_, err = r.Sign(key(9))
	wantKind(t, err, fault.Invalid)
}

func TestNewer(t *testing.T) {
	at := func(epoch, seq uint64) *change.Receipt { return &change.Receipt{Epoch: epoch, Seq: seq} }
	tests := []struct {
		r, o *change.Receipt
		want bool
	}{
		{at(1, 1), nil, true},
		{at(1, 2), at(1, 1), true},
		{at(1, 1), at(1, 1), false},
		{at(1, 1), at(1, 2), false},
		{at(2, 1), at(1, 9), true}, // a restored city counts again
		{at(1, 9), at(2, 1), false},
	}
	for _, test := range tests {
		if got := test.r.Newer(test.o); got != test.want {
			t.Errorf("%v newer than %v: got %v, want %v", test.r, test.o, got, test.want)
		}
	}
}
