package reports_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/report"
	"tongbu/internal/test/kit"
	"tongbu/node/reports"
)

// large is a report of that many communities in each of which much goes on, with sixty
// streams each.
func large(t testing.TB, communities int) *report.Signed {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	device := change.DeviceOf(key.Public().(ed25519.PublicKey))
	random := rand.New(rand.NewPCG(1, 2))
	r := &report.Report{Format: report.Format, Kind: report.Yearly, Period: "2026", From: "2026-01-01", Day: "2026-12-31", By: report.Maker{Device: device}}
	for i := range communities {
		code := fmt.Sprintf("4202%08d", i)
		r.Units = append(r.Units, report.Unit{ID: change.NewUnitID([10]byte{byte(i), byte(i >> 8)}), Code: code, Name: fmt.Sprintf("第%d社区", i), Level: 5})
		on := report.Parts{}
		for _, part := range parts() {
			on[part] = random.Int64N(3000)
		}
		r.Figures = append(r.Figures, report.FiguresOf(code, ledgers, on, report.Parts{})...)
		for range 60 {
			sum := sha256.Sum256(fmt.Append(nil, i, random.Uint64()))
			r.Streams = append(r.Streams, report.Position{Name: change.Stream{Device: change.DeviceOf(sum[:]), Incarnation: 1, Audience: r.Units[i].ID}.String(), Author: r.Units[i].ID, Seq: random.Uint64N(100_000), Hash: hex.EncodeToString(sum[:])})
		}
	}
	s, err := report.Sign(r, key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// parts are those that indicators are made of.
func parts() (all []string) {
	for _, i := range facts.Indicators() {
		all = append(all, i.Parts()...)
	}
	return all
}

var ledgers = strings.Fields("ledger_unemployed ledger_vacancy ledger_seeking ledger_training ledger_insurance register_a register_b register_c")

// TestLargeReport: a report of a large city is kept, in pieces, and is found by the
// beginning of its id; one that nobody could read is refused.
func TestLargeReport(t *testing.T) {
	w := kit.MustTown(t)
	city := w.MustCity(t)
	r := reports.New(city, reports.Config{})
	s := large(t, 1_300)
	of, err := s.Read()
	if err == nil {
		err = r.Keep(t.Context(), s, of)
	}
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.Show(s.ID()[:8])
	if err != nil || again.ID() != s.ID() {
		t.Fatalf("got %v", err)
	}
	pieces := 0
	err = city.Journal.View(func(tx *journal.Tx) error {
		return tx.Table("reports").Ascend(nil, nil, func(_, _ []byte) error {
			pieces++
			return nil
		})
	})
	if lines, listErr := r.List(); err != nil || listErr != nil || pieces < 2 || len(lines) != 1 || lines[0].Report != s.ID() {
		t.Errorf("%d pieces and %d lines, %v, %v; want several pieces of one report", pieces, len(lines), err, listErr)
	}
	_, err = reports.Pack(&report.Signed{Report: bytes.Repeat([]byte("x"), report.MaxReport+1)})
	if fault.Of(err) != fault.Exhausted {
		t.Errorf("got %v, want Exhausted", err)
	}
}
