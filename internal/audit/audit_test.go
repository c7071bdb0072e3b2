package audit_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/plain"
	"tongbu/internal/schema"
)

func mustOpen(t testing.TB) *journal.Store {
	t.Helper()
	s, err := journal.Open(filepath.Join(t.TempDir(), "journal.db"), journal.Options{Key: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func mustUpdate(t testing.TB, s *journal.Store, fn func(*journal.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// mustLog writes n look-ups, a minute apart, and returns their heads.
func mustLog(t testing.TB, s *journal.Store, n int) []audit.Head {
	t.Helper()
	var heads []audit.Head
	mustUpdate(t, s, func(tx *journal.Tx) error {
		heads = nil
		for i := range n {
			e := audit.Entry{At: int64(i+1) * time.Minute.Milliseconds(), Operator: "clerk", Act: audit.Get, Kind: "person", Count: 1,
				Subjects: []audit.Subject{audit.SubjectOf([]byte("key"), "person", change.RecordID(fmt.Sprint(i)))}}
			h, err := audit.Append(tx, e)
			if err != nil {
				return err
			}
			heads = append(heads, h)
		}
		return nil
	})
	return heads
}

func number(no uint64) []byte { return binary.BigEndian.AppendUint64(nil, no) }

func TestLog(t *testing.T) {
	s := mustOpen(t)
	heads := mustLog(t, s, 1200)
	read, problems, err := audit.Verify(t.Context(), s, heads)
	if err != nil || len(problems) > 0 || read != 1200 {
		t.Fatalf("read %d, %v, %v", read, problems, err)
	}
	seventh := audit.SubjectOf([]byte("key"), "person", "7")
	found := 0
	err = s.View(func(tx *journal.Tx) error {
		return audit.Each(tx, 1, func(e audit.Entry, _ change.Hash) error {
			if e.About(seventh) {
				found++
			}
			return nil
		})
	})
	if err != nil || found != 1 {
		t.Errorf("found %d entries about a person, %v", found, err)
	}
	if other := audit.SubjectOf([]byte("other"), "person", "7"); other == seventh {
		t.Error("a subject can be told without the key")
	}
}

// TestTampered does to a log what somebody would who wants a look-up forgotten:
// each is found, and where.
func TestTampered(t *testing.T) {
	table := func(tx *journal.Tx) *journal.Table { return tx.Table("audit.log") }
	for _, test := range []struct {
		name, want string
		at         uint64
		do         func(tx *journal.Tx) error
	}{
		{"deleted", "the one before it is missing", 6, func(tx *journal.Tx) error { return table(tx).Delete(number(5)) }},
		{"changed", "not what was written", 5, func(tx *journal.Tx) error {
			raw, err := table(tx).Get(number(5))
			if err != nil {
				return err
			}
			return table(tx).Put(number(5), []byte(strings.Replace(string(raw), `"clerk"`, `"other"`, 1)))
		}},
		{"garbled", "cannot be read", 5, func(tx *journal.Tx) error { return table(tx).Put(number(5), []byte("x")) }},
		{"cut", "its end was cut off", 10, func(tx *journal.Tx) error {
			for no := uint64(8); no <= 10; no++ {
				if err := table(tx).Delete(number(no)); err != nil {
					return err
				}
			}
			return nil
		}},
		{"rewritten", "another hash", 10, func(tx *journal.Tx) error {
			if err := table(tx).Delete(number(10)); err != nil {
				return err
			}
			_, err := audit.Append(tx, audit.Entry{At: 10 * time.Minute.Milliseconds(), Operator: "nobody", Act: audit.Get, Kind: "person"})
			return err
		}},
		{"clock set back", "the clock was set back", 11, func(tx *journal.Tx) error {
			_, err := audit.Append(tx, audit.Entry{At: time.Minute.Milliseconds(), Act: audit.Get, Kind: "person"})
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := mustOpen(t)
			heads := mustLog(t, s, 10)
			mustUpdate(t, s, test.do)
			_, problems, err := audit.Verify(t.Context(), s, heads[9:])
			if err != nil || len(problems) == 0 {
				t.Fatalf("nothing was found, %v", err)
			}
			if p := problems[0]; p.No != test.at || !strings.Contains(p.Err.Error(), test.want) {
				t.Errorf("found %d, %v; want %d, %q", p.No, p.Err, test.at, test.want)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	s := mustOpen(t)
	mustUpdate(t, s, func(tx *journal.Tx) error {
		_, err := audit.Append(tx, audit.Entry{Purpose: strings.Repeat("查", 100), Operator: strings.Repeat("x", 500)})
		return err
	})
	err := s.View(func(tx *journal.Tx) error {
		return audit.Each(tx, 1, func(e audit.Entry, _ change.Hash) error {
			if len(e.Purpose) != 198 || len(e.Operator) != audit.MaxText {
				t.Errorf("kept %d and %d bytes", len(e.Purpose), len(e.Operator))
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTextsOfTheCaller: what an entry keeps of a caller's words is bounded, holds no
// ID number and cannot write to a terminal; the number is made up.
func TestTextsOfTheCaller(t *testing.T) {
	const number = "420205189809275088"
	evil := "查 " + number + "\x1b]0;x\x07\u202e\n" + strings.Repeat("x", 100) + " " + number[:6] + "-" + number[6:14] + "-" + number[14:] + " "
	fields := []string{"name", evil, strings.Repeat("甲", 10_000)}
	for range 1000 {
		fields = append(fields, "id_number")
	}
	s := mustOpen(t)
	mustUpdate(t, s, func(tx *journal.Tx) error {
		_, err := audit.Append(tx, audit.Entry{Purpose: evil, Operator: evil, Kind: evil, Act: audit.Act(evil), Via: change.DeviceID(evil), Outcome: evil, Fields: fields})
		return err
	})
	err := s.View(func(tx *journal.Tx) error {
		return audit.Each(tx, 1, func(e audit.Entry, _ change.Hash) error {
			if len(e.Fields) != audit.MaxFields || e.Fields[0] != "name" || len(e.Fields[2]) != 198 {
				t.Errorf("kept %d fields: %q", len(e.Fields), e.Fields[:3])
			}
			for _, text := range append([]string{e.Purpose, e.Operator, e.Kind, string(e.Act), string(e.Via), e.Outcome}, e.Fields...) {
				if len(text) > audit.MaxText || schema.HoldsIDNumber(text) || plain.Line(text) != text || strings.Contains(text, "0927") {
					t.Errorf("kept %q", text)
				}
			}
			if !strings.HasPrefix(e.Purpose, "查 420205**********88\ufffd]0;x") {
				t.Errorf("kept %q", e.Purpose)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if fields[1] != evil {
		t.Error("the caller's own fields were changed")
	}
}
