package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/audit"
	"tongbu/internal/fault"
)

// together has n look-ups share one write, by holding up the sync of one before; it
// returns what the disk was asked to make durable at each sync.
func (w *world) together(n int) (asked [][]byte) {
	w.Helper()
	entered, release := make(chan struct{}, 2), make(chan struct{})
	w.close()
	w.opts.Sync = func(f *os.File) error {
		raw, err := os.ReadFile(f.Name())
		asked = append(asked, raw)
		entered <- struct{}{}
		<-release
		return err
	}
	w.open()
	first := int(w.log.Last().No) + 1
	var all sync.WaitGroup
	add := func(i int) {
		all.Go(func() {
			e := entry(i)
			e.At = entry(first).At // in whatever order they come
			if _, err := w.log.Append(w.Context(), e); err != nil {
				w.Error(err)
			}
		})
	}
	add(first)
	<-entered
	for i := range n {
		add(first + 1 + i)
	}
	for w.log.Waiting() < n {
		runtime.Gosched() // they are on their way
	}
	release <- struct{}{}
	<-entered
	release <- struct{}{}
	all.Wait()
	w.opts.Sync = noSync
	w.open()
	return asked
}

// TestGroupSharesASync: what waits while the disk is busy is written with one sync.
func TestGroupSharesASync(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.write(1)
	asked := w.together(31)
	if len(asked) != 2 {
		t.Errorf("%d syncs for 32 look-ups, want 2", len(asked))
	}
	w.wantWhole(33)
}

// TestPowerCut tries what a power cut can leave of a write that nobody was told of,
// after one that was: cut at each byte, sectors that never came, and both.
func TestPowerCut(t *testing.T) {
	w := newWorld(t)
	w.open()
	marks := w.write(3)
	asked := w.together(5)
	certain, pending := asked[0], asked[1] // 4 entries acknowledged, 5 under way
	w.close()
	random := rand.New(rand.NewPCG(1, 2))
	tried := 0
	try := func(name string, state []byte) {
		t.Helper()
		if err := os.WriteFile(w.path, state, 0o600); err != nil {
			t.Fatal(err)
		}
		w.open()
		n := w.log.Last().No
		if n < 4 || n > 9 || n == 9 && !bytes.HasPrefix(state, pending) {
			t.Fatalf("%s: %d entries, torn %d", name, n, w.log.State().Torn)
		}
		if got := len(w.entries()); uint64(got) != n {
			t.Fatalf("%s: %d entries can be read of %d", name, got, n)
		}
		w.wantWhole(n, heads(marks)...)
		if want := int64(len(state)) - w.log.State().Torn; w.log.Size() != want {
			t.Fatalf("%s: %d bytes stand, want %d", name, w.log.Size(), want)
		}
		if tried++; tried%5 == 0 {
			w.write(int(n) + 1)
			w.open()
			w.wantWhole(n+1, heads(marks)...)
		}
		if t.Failed() {
			t.Fatalf("%s: %d of %d bytes", name, len(state), len(pending))
		}
	}
	for n := len(certain); n <= len(pending); n++ {
		try("cut", pending[:n])
	}
	sectors := func(state []byte, lost func(int) bool) []byte {
		state = bytes.Clone(state)
		for i := len(certain); i < len(state); i++ {
			if lost(i / 512) {
				state[i] = 0
			}
		}
		return state
	}
	first, last := len(certain)/512, (len(pending)-1)/512
	for s := first; s <= last; s++ {
		try(fmt.Sprint("without sector ", s), sectors(pending, func(at int) bool { return at == s }))
		try(fmt.Sprint("only sector ", s), sectors(pending, func(at int) bool { return at != s }))
	}
	for i := range 200 {
		lost := map[int]bool{}
		for s := first; s <= last; s++ {
			lost[s] = random.IntN(2) == 0
		}
		n := len(certain) + random.IntN(len(pending)-len(certain)+1)
		try(fmt.Sprint("random ", i), sectors(pending[:n], func(at int) bool { return lost[at] }))
	}
	try("zeros behind", append(bytes.Clone(certain), make([]byte, 5000)...))
}

// TestFlippedByte: a byte that changed anywhere is told, never taken for a power cut,
// and the log goes on under numbers that were not used.
func TestFlippedByte(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.write(2)
	w.together(2)
	w.write(6)
	w.close()
	whole, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		bad := bytes.Clone(whole)
		bad[at] ^= 0xff >> (at % 8)
		if err := os.WriteFile(w.path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		w.open()
		if found := w.log.State(); len(found.Problems) == 0 || found.Torn > 0 {
			t.Fatalf("byte %d of %d: at opening %+v", at, len(bad), found)
		}
		if _, problems, err := w.log.Verify(t.Context(), nil); err != nil || len(problems) == 0 {
			t.Fatalf("byte %d of %d: verify says %v, %v", at, len(bad), problems, err)
		}
		m, err := w.log.Append(t.Context(), entry(9))
		if err != nil || m.No < 7 {
			t.Fatalf("byte %d of %d: went on with %d, %v", at, len(bad), m.No, err)
		}
		w.open()
		if w.log.Last().Head != m.Head {
			t.Fatalf("byte %d of %d: opened again at %v, want %v", at, len(bad), w.log.Last(), m)
		}
		if _, problems, err := w.log.Verify(t.Context(), nil); err != nil || len(problems) == 0 {
			t.Fatalf("byte %d of %d: verify found nothing later, %v", at, len(bad), err)
		}
		w.close()
		if err := os.Remove(w.path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLostEnd: what the device has said, or the journal knows, and the file has not, is
// told at opening and for ever after, and the numbers go on behind it.
func TestLostEnd(t *testing.T) {
	for _, test := range []struct {
		name  string
		known bool
		lose  func(w *world, marks []audit.Mark) error
		want  string
		from  uint64 // the first that is missing
	}{
		{"cut, said", false, func(w *world, m []audit.Mark) error { return os.Truncate(w.path, w.offset(m[6])) }, "entries 7 to 10 are lost", 7},
		{"cut, known", true, func(w *world, m []audit.Mark) error { return os.Truncate(w.path, w.offset(m[9])) }, "entries 10 to 10 are lost", 10},
		{"cut within, known", true, func(w *world, m []audit.Mark) error { return os.Truncate(w.path, w.offset(m[9])+30) }, "entries 10 to 10 are lost", 10},
		{"gone, said", false, func(w *world, _ []audit.Mark) error { return os.Remove(w.path) }, "entries 1 to 10 are lost", 1},
		{"gone, known", true, func(w *world, _ []audit.Mark) error { return os.Remove(w.path) }, "entries 1 to 10 are lost", 1},
		{"empty, known", true, func(w *world, _ []audit.Mark) error { return os.Truncate(w.path, 0) }, "entries 1 to 10 are lost", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.open()
			marks := w.write(10)
			w.close()
			if test.known {
				w.update(marks[9].Keep)
			} else {
				w.opts.Said = marks[9].Head
			}
			if err := test.lose(w, marks); err != nil {
				t.Fatal(err)
			}
			w.open()
			if p := w.log.State().Problems; len(p) != 1 || !strings.Contains(p[0].Error(), test.want) || fault.Of(p[0]) != fault.Damaged {
				t.Errorf("at opening: %v, want %q", p, test.want)
			}
			if _, p, err := w.log.Verify(t.Context(), []audit.Head{marks[9].Head}); err != nil || len(p) == 0 || !strings.Contains(p[0].Err.Error(), "its end was cut off") {
				t.Errorf("verify: %v, %v", p, err)
			}
			m, err := w.log.Append(t.Context(), entry(11))
			if err != nil || m.No != 11 {
				t.Fatalf("went on with %d, %v", m.No, err)
			}
			w.update(m.Keep)
			w.open()
			earlier := fmt.Sprintf("entries %d to 10 of the audit log were lost earlier", test.from)
			for _, times := range []string{"again", "once more, behind what the journal knows"} {
				if p := w.log.State().Problems; len(p) != 1 || !strings.Contains(p[0].Error(), earlier) || w.log.Last().Head != m.Head {
					t.Errorf("opened %s at %v: %v", times, w.log.Last(), p)
				}
				w.update(w.log.Last().Keep)
				w.open()
			}
			_, p, err := w.log.Verify(t.Context(), []audit.Head{marks[9].Head})
			if want := fmt.Sprintf("entries %d to 10 are missing", test.from); err != nil || len(p) != 1 || !strings.Contains(p[0].Err.Error(), want) {
				t.Errorf("verify: %v, %v, want %q", p, err, want)
			}
			if all := w.entries(); len(all) != int(test.from) || all[len(all)-1].No != 11 {
				t.Errorf("read %d entries", len(all))
			}
		})
	}
}

// offset is where an entry's record begins.
func (w *world) offset(m audit.Mark) int64 {
	w.Helper()
	all, err := audit.ReadRecords(w.path, logKey)
	if err != nil {
		w.Fatal(err)
	}
	at := slices.IndexFunc(all, func(r audit.Stored) bool { return r.No == m.No })
	return all[at].Off
}

// TestRewritten: a log that somebody with the key has written again is told at opening.
func TestRewritten(t *testing.T) {
	w := newWorld(t)
	w.open()
	marks := w.write(5)
	w.update(marks[4].Keep)
	w.close()
	if err := os.Remove(w.path); err != nil {
		t.Fatal(err)
	}
	other := newWorld(t)
	other.open()
	for range 7 {
		if _, err := other.log.Append(t.Context(), entry(99)); err != nil {
			t.Fatal(err)
		}
	}
	other.close()
	if err := os.Rename(other.path, w.path); err != nil {
		t.Fatal(err)
	}
	w.open()
	if p := w.log.State().Problems; len(p) != 1 || !strings.Contains(p[0].Error(), "rewritten") {
		t.Errorf("at opening: %v", p)
	}
}

// TestForeignFile: a list that somebody has made under the log's name is kept beside it.
func TestForeignFile(t *testing.T) {
	w := newWorld(t)
	list := strings.Repeat(`{"no":1}`+"\n", 20)
	if err := os.WriteFile(w.path, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	w.open()
	if p := w.log.State().Problems; len(p) != 1 || !strings.Contains(p[0].Error(), "no audit log") {
		t.Errorf("at opening: %v", p)
	}
	if got, err := os.ReadFile(w.path + ".damaged-1"); err != nil || string(got) != list {
		t.Errorf("kept %q, %v", got, err)
	}
	w.write(1)
	w.open()
	w.wantWhole(1)
}

// TestLaterFormat: a file of a later program is left alone.
func TestLaterFormat(t *testing.T) {
	w := newWorld(t)
	later := audit.HeaderOf(2)
	if err := os.WriteFile(w.path, later, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := audit.Open(t.Context(), w.path, w.store, w.opts); fault.Of(err) != fault.Unsupported {
		t.Errorf("got %v, want unsupported", err)
	}
	if got, err := os.ReadFile(w.path); err != nil || !bytes.Equal(got, later) {
		t.Errorf("the file was changed, %v", err)
	}
}

// TestAnyCut: whatever is written, kept, opened again and cut, what is read is what was
// acknowledged, and of what was under way the beginning.
func TestAnyCut(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(r *rapid.T) {
		w.close()
		if err := os.Remove(w.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.Fatal(err)
		}
		w.update(audit.Mark{}.Keep)
		w.opts.Sync = noSync
		w.open()
		acknowledged, pending := []byte(nil), []byte(nil)
		w.opts.Sync = func(f *os.File) (err error) {
			pending, err = os.ReadFile(f.Name())
			return err
		}
		n := uint64(0)
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			switch rapid.IntRange(0, 4).Draw(r, "step") {
			case 0:
				w.open()
			case 1:
				w.update(w.log.Last().Keep)
			default:
				acknowledged = slices.Clone(pending)
				e := entry(int(n) + 1)
				e.Filter = strings.Repeat("x", rapid.IntRange(0, 500).Draw(r, "filter"))
				if _, err := w.log.Append(t.Context(), e); err != nil {
					r.Fatal(err)
				}
				n++
			}
		}
		if len(acknowledged) == 0 || len(pending) == len(acknowledged) {
			return
		}
		w.close()
		cut := rapid.IntRange(len(acknowledged), len(pending)).Draw(r, "cut")
		if err := os.WriteFile(w.path, pending[:cut], 0o600); err != nil {
			r.Fatal(err)
		}
		w.opts.Sync = noSync
		w.open()
		if got := w.log.Last().No; got != n && (got != n-1 || cut == len(pending)) {
			r.Fatalf("%d entries of %d after a cut at %d of %d", got, n, cut, len(pending))
		}
		for i, e := range w.entries() {
			if e.No != uint64(i)+1 || e.At != entry(i+1).At {
				r.Fatalf("entry %d is %+v", i+1, e)
			}
		}
	})
}

var errDisk = errors.New("the disk failed")

// TestDiskFull: what finds no room is refused and not in the log, which goes on.
func TestDiskFull(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.write(2)
	full := true
	w.opts.Sync = func(*os.File) error {
		if full {
			full = false
			return fault.New(fault.Full, "no room")
		}
		return nil
	}
	w.open()
	if _, err := w.log.Append(t.Context(), entry(3)); fault.Of(err) != fault.Full {
		t.Errorf("got %v, want full", err)
	}
	if info, err := os.Stat(w.path); err != nil || info.Size() != w.log.Size() {
		t.Errorf("the write was not cut back: %v, %v", info.Size(), err)
	}
	w.write(3)
	w.open()
	w.wantWhole(3)
}

// TestFailedSync: after it nothing is written until the log is opened again.
func TestFailedSync(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.write(2)
	bad := true
	w.opts.Sync = func(*os.File) error {
		if bad {
			return errDisk
		}
		return nil
	}
	w.open()
	for range 2 {
		if _, err := w.log.Append(t.Context(), entry(3)); err == nil {
			t.Error("a look-up was told without its entry")
		}
		bad = false
	}
	if !errors.Is(w.log.Failed(), errDisk) {
		t.Errorf("failed: %v", w.log.Failed())
	}
	if got := len(w.entries()); got != 2 {
		t.Errorf("%d entries can be read", got)
	}
	w.open()
	w.write(4)
	w.wantWhole(4)
}

// TestTakenAway: a file that was removed or cut while it was in use is noticed, and
// what it held is saved.
func TestTakenAway(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.write(5)
	if err := w.log.Present(); err != nil {
		t.Error(err)
	}
	if err := os.Remove(w.path); err != nil {
		t.Skip("a file in use cannot be removed here")
	}
	if err := w.log.Present(); fault.Of(err) != fault.Damaged {
		t.Errorf("got %v", err)
	}
	if path, err := w.log.Rescue(); err != nil || path != w.path {
		t.Errorf("saved to %s, %v", path, err)
	}
	if _, err := w.log.Append(t.Context(), entry(6)); fault.Of(err) != fault.Damaged {
		t.Errorf("got %v", err)
	}
	w.open()
	w.wantWhole(5)
	if err := os.Truncate(w.path, 100); err != nil {
		t.Fatal(err)
	}
	if _, err := w.log.Append(t.Context(), entry(6)); fault.Of(err) != fault.Damaged {
		t.Errorf("written behind a hole: %v", err)
	}
}

// TestEnded: who waits no longer is not in the log, and nothing is after Close.
func TestEnded(t *testing.T) {
	w := newWorld(t)
	log := w.open()
	w.write(1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := log.Append(ctx, entry(2)); fault.Of(err) != fault.Canceled {
		t.Errorf("got %v, want canceled", err)
	}
	if got := log.Last().No; got != 1 {
		t.Errorf("%d entries", got)
	}
	w.close()
	if _, err := log.Append(t.Context(), entry(2)); fault.Of(err) != fault.Canceled {
		t.Errorf("got %v, want canceled", err)
	}
}
