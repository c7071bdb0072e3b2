package audit_test

import (
	"encoding/json"
	"fmt"
	"os"
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

var (
	logKey = [32]byte{2}
	day    = 24 * time.Hour
)

// world is a directory with a journal, and a log that is opened in it.
type world struct {
	testing.TB
	path  string
	store *journal.Store
	opts  audit.Options
	log   *audit.Log
}

func newWorld(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	s, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{Key: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, path: filepath.Join(dir, audit.FileName), store: s, opts: audit.Options{Key: logKey, Sync: noSync}}
	t.Cleanup(func() {
		w.close()
		_ = s.Close()
	})
	return w
}

// noSync is for tests in which no power is cut: they are quicker.
func noSync(*os.File) error { return nil }

// open opens the log, after closing it.
func (w *world) open() *audit.Log {
	w.Helper()
	w.close()
	var err error
	if w.log, err = audit.Open(w.Context(), w.path, w.store, w.opts); err != nil {
		w.Fatal(err)
	}
	return w.log
}

func (w *world) close() {
	if w.log != nil {
		_ = w.log.Close()
	}
	w.log = nil
}

func (w *world) update(fn func(*journal.Tx) error) {
	w.Helper()
	if err := w.store.Update(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

// entry is the n-th look-up, a minute after the one before.
func entry(n int) audit.Entry {
	return audit.Entry{At: day.Milliseconds() + int64(n)*time.Minute.Milliseconds(), Operator: "clerk", Act: audit.Get, Kind: "person", Count: 1,
		Subjects: []audit.Subject{audit.SubjectOf([]byte("key"), "person", change.RecordID(fmt.Sprint(n)))}}
}

// write writes look-ups up to the n-th and returns their marks.
func (w *world) write(n int) (marks []audit.Mark) {
	w.Helper()
	for i := int(w.log.Last().No) + 1; i <= n; i++ {
		m, err := w.log.Append(w.Context(), entry(i))
		if err != nil {
			w.Fatal(err)
		}
		marks = append(marks, m)
	}
	return marks
}

// entries reads all of the log.
func (w *world) entries() (all []audit.Entry) {
	w.Helper()
	err := w.log.Each(1, func(e audit.Entry, _ change.Hash) error {
		all = append(all, e)
		return nil
	})
	if err != nil {
		w.Error(err)
	}
	return all
}

// wantWhole checks that the log holds n entries and nothing is wrong.
func (w *world) wantWhole(n uint64, said ...audit.Head) {
	w.Helper()
	if p := w.log.State().Problems; len(p) > 0 {
		w.Errorf("at opening: %v", p)
	}
	read, problems, err := w.log.Verify(w.Context(), said)
	if err != nil || len(problems) > 0 || read != n {
		w.Errorf("read %d, want %d: %v, %v", read, n, problems, err)
	}
}

func heads(marks []audit.Mark) (all []audit.Head) {
	for _, m := range marks {
		all = append(all, m.Head)
	}
	return all
}

func TestLog(t *testing.T) {
	w := newWorld(t)
	w.open()
	marks := w.write(1200)
	w.wantWhole(1200, heads(marks)...)
	seventh := audit.SubjectOf([]byte("key"), "person", "7")
	found := 0
	for _, e := range w.entries() {
		if e.About(seventh) {
			found++
		}
	}
	if found != 1 {
		t.Errorf("found %d entries about a person", found)
	}
	if other := audit.SubjectOf([]byte("other"), "person", "7"); other == seventh {
		t.Error("a subject can be told without the key")
	}
	w.open()
	if got := w.log.Last(); got != marks[1199] {
		t.Errorf("after opening: %v, want %v", got, marks[1199])
	}
	marks = w.write(1201)
	w.wantWhole(1201, heads(marks)...)
}

// TestFrom: a page begins at its number, whatever was read before.
func TestFrom(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.write(1600)
	for _, from := range []uint64{1600, 1, 512, 513, 1601, 1025, 1024, 1599} {
		var got []uint64
		err := w.log.Each(from, func(e audit.Entry, _ change.Hash) error {
			if got = append(got, e.No); len(got) == 2 {
				return journal.ErrStop
			}
			return nil
		})
		if err != nil || from <= 1600 && (len(got) == 0 || got[0] != from || len(got) == 2 && got[1] != from+1) || from > 1600 && len(got) > 0 {
			t.Errorf("from %d: %v, %v", from, got, err)
		}
	}
}

// TestTampered does to a log what somebody would who has its key and wants a look-up
// forgotten: each is found, and where.
func TestTampered(t *testing.T) {
	for _, test := range []struct {
		name, want string
		at         uint64
		do         func(w *world, all []audit.Stored) []audit.Stored
	}{
		{"deleted", "the one before it is missing", 6, func(_ *world, all []audit.Stored) []audit.Stored { return append(all[:4], all[5:]...) }},
		{"changed", "not what was written", 5, func(_ *world, all []audit.Stored) []audit.Stored {
			all[4].Content = []byte(strings.Replace(string(all[4].Content), `"clerk"`, `"other"`, 1))
			return all
		}},
		{"garbled", "cannot be read", 5, func(_ *world, all []audit.Stored) []audit.Stored {
			all[4].Content = all[4].Content[:40]
			return all
		}},
		{"cut", "its end was cut off", 10, func(_ *world, all []audit.Stored) []audit.Stored { return all[:7] }},
		{"rewritten", "another hash", 10, func(w *world, all []audit.Stored) []audit.Stored { return w.another(all[:9], 10*time.Minute) }},
		{"clock set back", "the clock was set back", 11, func(w *world, all []audit.Stored) []audit.Stored { return w.another(all, time.Minute) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.open()
			marks := w.write(10)
			w.close()
			all, err := audit.ReadRecords(w.path, logKey)
			if err != nil || len(all) != 10 {
				t.Fatalf("%d records, %v", len(all), err)
			}
			all = test.do(w, all)
			w.close()
			if err := audit.WriteRecords(w.path, logKey, all); err != nil {
				t.Fatal(err)
			}
			w.open()
			_, problems, err := w.log.Verify(t.Context(), heads(marks)[9:])
			if err != nil || len(problems) == 0 {
				t.Fatalf("nothing was found, %v", err)
			}
			if p := problems[0]; p.No != test.at || !strings.Contains(p.Err.Error(), test.want) {
				t.Errorf("found %d, %v; want %d, %q", p.No, p.Err, test.at, test.want)
			}
		})
	}
}

// another writes one more entry behind the records.
func (w *world) another(all []audit.Stored, at time.Duration) []audit.Stored {
	w.Helper()
	if err := audit.WriteRecords(w.path, logKey, all); err != nil {
		w.Fatal(err)
	}
	w.open()
	e := audit.Entry{At: day.Milliseconds() + at.Milliseconds(), Operator: "nobody", Act: audit.Get, Kind: "person"}
	if _, err := w.log.Append(w.Context(), e); err != nil {
		w.Fatal(err)
	}
	w.close()
	all, err := audit.ReadRecords(w.path, logKey)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

func TestLimits(t *testing.T) {
	w := newWorld(t)
	w.open()
	if _, err := w.log.Append(t.Context(), audit.Entry{Purpose: strings.Repeat("查", 100), Operator: strings.Repeat("x", 500)}); err != nil {
		t.Fatal(err)
	}
	if e := w.entries()[0]; len(e.Purpose) != 198 || len(e.Operator) != audit.MaxText {
		t.Errorf("kept %d and %d bytes", len(e.Purpose), len(e.Operator))
	}
}

// TestAtRest: what an entry says is not to be read in the file.
func TestAtRest(t *testing.T) {
	w := newWorld(t)
	w.open()
	if _, err := w.log.Append(t.Context(), audit.Entry{Purpose: "why-plain", Operator: "who-plain", Filter: "name='what-plain'", Kind: "person"}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(w.path)
	if err != nil || strings.Contains(string(raw), "plain") || strings.Contains(string(raw), "person") {
		t.Errorf("the file can be read, %v", err)
	}
	w.opts.Key = [32]byte{3}
	if w.open(); len(w.log.State().Problems) == 0 {
		t.Error("another key reads the log")
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
	w := newWorld(t)
	w.open()
	if _, err := w.log.Append(t.Context(), audit.Entry{Purpose: evil, Operator: evil, Program: evil, Kind: evil, Act: audit.Act(evil), Via: change.DeviceID(evil), Outcome: evil, Fields: fields}); err != nil {
		t.Fatal(err)
	}
	e := w.entries()[0]
	if len(e.Fields) != audit.MaxFields || e.Fields[0] != "name" || len(e.Fields[2]) != 198 {
		t.Errorf("kept %d fields: %q", len(e.Fields), e.Fields[:3])
	}
	for _, text := range append([]string{e.Purpose, e.Operator, e.Kind, e.Program, string(e.Act), string(e.Via), e.Outcome}, e.Fields...) {
		if len(text) > audit.MaxText || schema.HoldsIDNumber(text) || plain.Line(text) != text || strings.Contains(text, "0927") {
			t.Errorf("kept %q", text)
		}
	}
	if !strings.HasPrefix(e.Purpose, "查 420205**********88\ufffd]0;x") {
		t.Errorf("kept %q", e.Purpose)
	}
	if fields[1] != evil {
		t.Error("the caller's own fields were changed")
	}
}

// TestEntriesWithoutAProgram are as they were before there were programs, byte for byte:
// the chain of an older log holds. What an older program reads of one with a program is
// all else.
func TestEntriesWithoutAProgram(t *testing.T) {
	raw, err := json.Marshal(audit.Entry{No: 1, Device: "d", Unit: "u", Operator: "clerk", Purpose: "why", Act: audit.Query, Kind: "person", Outcome: "ok"})
	want := `{"no":1,"at":0,"device":"d","unit":"u","operator":"clerk","purpose":"why","act":"query","kind":"person","count":0,"outcome":"ok"}`
	if err != nil || string(raw) != want {
		t.Errorf("got %s, %v, want %s", raw, err, want)
	}
	w := newWorld(t)
	w.open()
	if _, err := w.log.Append(t.Context(), audit.Entry{Program: "stats", Purpose: "失业统计", Kind: "person"}); err != nil {
		t.Fatal(err)
	}
	w.open()
	if all := w.entries(); len(all) != 1 || all[0].Program != "stats" || all[0].Purpose != "失业统计" {
		t.Errorf("got %+v", all)
	}
}
