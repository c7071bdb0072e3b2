package report_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/report"
)

// key is that of a made-up device, by number.
func key(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func device(n byte) change.DeviceID {
	public, _ := key(n).Public().(ed25519.PublicKey)
	return change.DeviceOf(public)
}

// sample is a report with one of everything.
func sample() *report.Report {
	of, added := int64(4), int64(1)
	unit := change.NewUnitID([10]byte{1})
	r := &report.Report{Format: report.Format, Kind: report.Monthly, Period: "2026-11", From: "2026-11-01", Day: "2026-11-30", By: report.Maker{Device: device(1)},
		Unit: report.Unit{ID: unit, Code: "420200000000", Name: "<黄石市> & 县"}, Digest: "d",
		Figures: []report.Figure{{Unit: "420200000000", Indicator: "a", Group: "all", Numerator: 3, Denominator: &of}, {Unit: "420200000000", Indicator: "b", Group: "all", Numerator: 2, Added: &added}}}
	in := change.Stream{Device: device(1), Incarnation: 1, Audience: unit}
	r.Streams = []report.Position{{Stream: in, Name: in.String(), Author: unit, Seq: math.MaxUint64, Hash: "h"}}
	return r
}

func sign(t testing.TB, r any, by byte) *report.Signed {
	t.Helper()
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	public, _ := key(by).Public().(ed25519.PublicKey)
	return &report.Signed{Report: raw, Key: public, Signature: ed25519.Sign(key(by), append([]byte("tongbu report\n"), raw...))}
}

// TestRead: a report reads as it was signed, with spaces too, and keeps its id.
func TestRead(t *testing.T) {
	want, err := report.Sign(sample(), key(1))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.MarshalIndent(want, "\t", "   ")
	if err != nil {
		t.Fatal(err)
	}
	var got report.Signed
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	r, err := got.Read()
	if err != nil || got.ID() != want.ID() || len(got.ID()) != 64 {
		t.Fatalf("got %s, %v, want %s", got.ID(), err, want.ID())
	}
	if a, b := fmt.Sprint(*r.Figures[0].Denominator, r.Streams), fmt.Sprint(*sample().Figures[0].Denominator, sample().Streams); a != b {
		t.Errorf("got %s, want %s", a, b)
	}
}

// TestTouched: a report of which any byte is another is refused, and so is one with
// another key or signature.
func TestTouched(t *testing.T) {
	signed := sign(t, sample(), 1)
	for i := range signed.Report {
		touched := *signed
		touched.Report = bytes.Clone(signed.Report)
		touched.Report[i] ^= 1
		if r, err := touched.Read(); err == nil {
			t.Fatalf("byte %d is another: got %+v", i, r)
		}
	}
	for i := range signed.Signature {
		touched := *signed
		touched.Signature = bytes.Clone(signed.Signature)
		touched.Signature[i] ^= 1
		if _, err := touched.Read(); fault.Of(err) != fault.Damaged {
			t.Fatalf("byte %d of the signature: got %v, want Damaged", i, err)
		}
	}
	other := *signed
	other.Key = sign(t, sample(), 2).Key
	if _, err := other.Read(); fault.Of(err) != fault.Damaged {
		t.Errorf("another key: got %v, want Damaged", err)
	}
	if _, err := sign(t, sample(), 2).Read(); fault.Of(err) != fault.Denied {
		t.Errorf("signed by another device than it names: got %v, want Denied", err)
	}
}

// TestForms: what is no report of this form is refused by its kind, though it is signed.
func TestForms(t *testing.T) {
	with := func(touch func(*report.Report)) *report.Report {
		r := sample()
		touch(r)
		return r
	}
	twice := with(func(r *report.Report) { r.Streams = append(r.Streams, r.Streams[0]) })
	for what, c := range map[string]struct {
		of   any
		want fault.Kind
	}{
		"as it is":                {sample(), fault.OK},
		"partial":                 {with(func(r *report.Report) { r.Day, r.Partial = "2026-11-02", true }), fault.OK},
		"a later form":            {map[string]any{"format": 2, "kind": 5, "period": []int{1}}, fault.Unsupported},
		"form 0":                  {with(func(r *report.Report) { r.Format = 0 }), fault.Invalid},
		"form -1":                 {with(func(r *report.Report) { r.Format = -1 }), fault.Invalid},
		"no period":               {with(func(r *report.Report) { r.Period = "" }), fault.Invalid},
		"quarter 9":               {with(func(r *report.Report) { r.Period = "2026-Q9" }), fault.Invalid},
		"another kind":            {with(func(r *report.Report) { r.Kind = report.Yearly }), fault.Invalid},
		"another first day":       {with(func(r *report.Report) { r.From = "2026-11-02" }), fault.Invalid},
		"a day after":             {with(func(r *report.Report) { r.Day = "2026-12-01" }), fault.Invalid},
		"a day before":            {with(func(r *report.Report) { r.Day = "2026-10-31" }), fault.Invalid},
		"no day":                  {with(func(r *report.Report) { r.Day, r.Partial = "2026-11-3", true }), fault.Invalid},
		"whole before it is over": {with(func(r *report.Report) { r.Day = "2026-11-29" }), fault.Invalid},
		"a stream twice":          {twice, fault.Invalid},
		"no stream":               {with(func(r *report.Report) { r.Streams[0].Name = "a/b/c" }), fault.Invalid},
		"an empty stream":         {with(func(r *report.Report) { r.Streams[0].Name = "" }), fault.Invalid},
		"a list":                  {[]int{1}, fault.Invalid},
		"a position too large":    {json.RawMessage(`{"format":1,"streams":[{"seq":18446744073709551616}]}`), fault.Invalid},
		"a position below zero":   {json.RawMessage(`{"format":1,"streams":[{"seq":-1}]}`), fault.Invalid},
		"a figure of words":       {json.RawMessage(`{"format":1,"figures":[{"numerator":"3"}]}`), fault.Invalid},
		"null":                    {nil, fault.Invalid},
	} {
		if _, err := sign(t, c.of, 1).Read(); fault.Of(err) != c.want || err != nil && strings.Contains(err.Error(), "Go ") {
			t.Errorf("%s: got %v, want %v", what, err, c.want)
		}
	}
}

// TestNoSigned: what is not signed at all is no report, however large it is.
func TestNoSigned(t *testing.T) {
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	for what, s := range map[string]report.Signed{
		"nothing": {}, "no key": {Report: []byte("{}")}, "a short key": {Report: []byte("{}"), Key: []byte{1}},
		"no JSON": {Report: []byte("{"), Key: make([]byte, 32)}, "deep": {Report: []byte(deep), Key: make([]byte, 32)},
	} {
		if _, err := s.Read(); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: got %v, want Invalid", what, err)
		}
	}
	large := report.Signed{Report: []byte(`"` + strings.Repeat("x", 100<<20) + `"`), Key: sign(t, nil, 1).Key, Signature: make([]byte, 64)}
	if _, err := large.Read(); fault.Of(err) != fault.Damaged {
		t.Errorf("100 MB: got %v, want Damaged", err)
	}
}

// FuzzRead: nothing that is signed ends the program, and what reads has days of its period.
func FuzzRead(f *testing.F) {
	for _, seed := range []any{sample(), nil, []int{}, map[string]int{"format": 2}} {
		f.Add([]byte(sign(f, seed, 1).Report))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var plain bytes.Buffer
		if json.Compact(&plain, raw) != nil {
			return
		}
		s := sign(t, json.RawMessage(plain.Bytes()), 1)
		r, err := s.Read()
		if err != nil {
			return
		}
		p, err := report.ParsePeriod(r.Period)
		if err != nil || r.Day < p.First || r.Day > p.Last {
			t.Errorf("read %s of %s, %v", r.Day, r.Period, err)
		}
	})
}

// TestOneReport: what another reader could take for another report is none.
func TestOneReport(t *testing.T) {
	raw := func(members string) error {
		return json.Unmarshal([]byte(members), new(report.Signed))
	}
	whole := `"report":{"a":1},"key":"AA==","signature":"AA=="`
	if err := raw("{" + whole + "}"); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{`{"report":{},` + whole + `}`, `{` + whole + `,"Report":{}}`, `{` + whole + `,"x":1}`, `{"report":{},"key":"AA=="}`, `[]`, `7`} {
		if raw(wrong) == nil {
			t.Errorf("%s is taken for a report", wrong)
		}
	}
}
