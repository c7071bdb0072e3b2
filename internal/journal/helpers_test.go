package journal_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// testKey encrypts the journals of the tests.
var testKey = [32]byte{1, 2, 3}

func options() journal.Options {
	return journal.Options{Key: testKey, Now: func() time.Time { return start }, Timeout: 100 * time.Millisecond}
}

func mustOpen(t testing.TB, path string, opts journal.Options) *journal.Store {
	t.Helper()
	s, err := journal.Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newStore(t testing.TB) *journal.Store {
	t.Helper()
	return mustOpen(t, filepath.Join(t.TempDir(), "journal.db"), options())
}

func mustUpdate(t testing.TB, s *journal.Store, fn func(tx *journal.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func mustView(t testing.TB, s *journal.Store, fn func(tx *journal.Tx) error) {
	t.Helper()
	if err := s.View(fn); err != nil {
		t.Fatal(err)
	}
}

func mustVerify(t testing.TB, s *journal.Store) journal.Report {
	t.Helper()
	report, err := s.Verify(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range report.Problems {
		t.Errorf("verify: %s: %v", p.Where, p.Err)
	}
	return report
}

func wantKind(t testing.TB, err error, want fault.Kind) {
	t.Helper()
	if got := fault.Of(err); got != want {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
}

// device is a made-up writer of one stream.
type device struct {
	key    ed25519.PrivateKey
	unit   change.UnitID
	stream change.Stream
}

func newDevice(n byte) device {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32))
	unit := change.NewUnitID([10]byte{n})
	return device{key: key, unit: unit, stream: change.Stream{
		Device: change.DeviceOf(key.Public().(ed25519.PublicKey)), Incarnation: 1, Audience: unit}}
}

// edit is an encoded change; different texts make different changes.
func edit(t testing.TB, text string) []byte {
	t.Helper()
	c := &change.Change{Kind: "person", Record: "p-1", Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(text)}), Actor: "clerk"}
	raw, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// batch seals count changes after a mark.
func (d device) batch(t testing.TB, after change.Mark, count int, text string) *change.Batch {
	t.Helper()
	var changes [][]byte
	for i := range count {
		changes = append(changes, edit(t, fmt.Sprint(text, i)))
	}
	b, err := change.Seal(change.BatchRows, d.key, d.stream, after, changes, 7)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// chain seals batches of the given sizes from the beginning.
func (d device) chain(t testing.TB, sizes ...int) []*change.Batch {
	t.Helper()
	var batches []*change.Batch
	var end change.Mark
	for _, n := range sizes {
		b := d.batch(t, end, n, "a")
		batches, end = append(batches, b), b.End()
	}
	return batches
}

func mustAppend(t testing.TB, s *journal.Store, unit change.UnitID, batches ...*change.Batch) {
	t.Helper()
	mustUpdate(t, s, func(tx *journal.Tx) error {
		for _, b := range batches {
			if got, err := tx.Append(unit, b); err != nil || got != journal.Stored {
				return fmt.Errorf("append %d: %v, %w", b.First, got, err)
			}
		}
		return nil
	})
}
