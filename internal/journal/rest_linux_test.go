package journal_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongbu/internal/journal"
)

// resident is how much of a mapped file counts as memory of this process, in KiB.
func resident(t *testing.T, path string) (sum int) {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skip("the system does not tell the memory of maps")
	}
	defer func() { _ = f.Close() }()
	within := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if strings.Contains(line, "-") && strings.Contains(strings.Fields(line)[0], "-") {
			within = strings.HasSuffix(line, path)
		}
		var kib int
		if _, err := fmt.Sscanf(line, "Rss: %d kB", &kib); err == nil && within {
			sum += kib
		}
	}
	return sum
}

// TestRest: pages that were read are let go of, and read again when they are needed.
func TestRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	s, err := journal.Open(path, journal.Options{Key: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	value := make([]byte, 1000)
	write := func(from int) {
		t.Helper()
		err := s.Update(t.Context(), func(tx *journal.Tx) error {
			for i := range 2000 {
				value[0] = byte(i)
				if err := tx.Table("t").Put(fmt.Appendf(nil, "%06d", from+i), value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write(0)
	count := func() (n int) {
		t.Helper()
		err := s.View(func(tx *journal.Tx) error {
			return tx.Table("t").Ascend(nil, nil, func(_, v []byte) error {
				if n++; v[0] != byte((n-1)%2000) {
					t.Errorf("value %d is %d", n, v[0])
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	count()
	before := resident(t, path)
	if err := s.Rest(); err != nil {
		t.Fatal(err)
	}
	if after := resident(t, path); after > before/4 {
		t.Errorf("%d KiB of the file count before, %d after", before, after)
	}
	count()
	within := 0
	err = s.Update(t.Context(), func(tx *journal.Tx) error {
		value[0] = 0
		if err := tx.Table("t").Put([]byte("000000"), value); err != nil {
			return err
		}
		tx.Rest()
		within = resident(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if within > before/4 {
		t.Errorf("%d KiB of the file count before, %d within a transaction", before, within)
	}
	write(2000)
	if n := count(); n != 4000 {
		t.Errorf("%d values", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Rest(); err == nil {
		t.Error("a closed store rests")
	}
}
