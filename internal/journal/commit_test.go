package journal_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

func putKey(key string) func(tx *journal.Tx) error {
	return func(tx *journal.Tx) error { return tx.Table("t").Put([]byte(key), []byte("v")) }
}

func has(t testing.TB, s *journal.Store, key string) bool {
	t.Helper()
	var got []byte
	mustView(t, s, func(tx *journal.Tx) (err error) {
		got, err = tx.Table("t").Get([]byte(key))
		return err
	})
	return got != nil
}

// together starts updates that all wait behind a first one, then lets them
// go. It returns their errors.
func together(s *journal.Store, fns ...func(tx *journal.Tx) error) []error {
	var wg sync.WaitGroup
	gate := make(chan struct{})
	wg.Go(func() {
		_ = s.Update(context.Background(), func(*journal.Tx) error { <-gate; return nil })
	})
	synctest.Wait()
	errs := make([]error, len(fns))
	for i, fn := range fns {
		wg.Go(func() { errs[i] = s.Update(context.Background(), fn) })
		synctest.Wait()
	}
	close(gate)
	wg.Wait()
	return errs
}

func TestGroupCommitSharesSyncs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		var fns []func(tx *journal.Tx) error
		for i := range 50 {
			fns = append(fns, putKey(fmt.Sprint(i)))
		}
		for i, err := range together(s, fns...) {
			if err != nil || !has(t, s, fmt.Sprint(i)) {
				t.Errorf("update %d: %v", i, err)
			}
		}
		if got := s.Stats(); got.Updates != 51 || got.Commits != 2 {
			t.Errorf("%+v, want 51 updates in 2 commits", got)
		}
	})
}

func TestFailureIsolates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		refused := errors.New("refused")
		fail := func(key string) func(tx *journal.Tx) error {
			return func(tx *journal.Tx) error { return errors.Join(putKey(key)(tx), refused) }
		}
		errs := together(s, putKey("a"), fail("b"), putKey("c"), fail("d"), putKey("e"))
		for i, key := range []string{"a", "b", "c", "d", "e"} {
			failed := i%2 == 1
			if errors.Is(errs[i], refused) != failed || has(t, s, key) == failed {
				t.Errorf("update %s: %v, stored: %v", key, errs[i], has(t, s, key))
			}
		}
	})
}

func TestCanceledBeforeItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		ctx, cancel := context.WithCancel(t.Context())
		gate := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() { _ = s.Update(t.Context(), func(*journal.Tx) error { <-gate; return nil }) })
		synctest.Wait()
		var err error
		wg.Go(func() { err = s.Update(ctx, putKey("a")) })
		synctest.Wait()
		cancel()
		synctest.Wait()
		wantKind(t, err, fault.Canceled) // while the first still runs
		close(gate)
		wg.Wait()
		if has(t, s, "a") {
			t.Error("a canceled update was done")
		}
		wantKind(t, s.Update(ctx, putKey("a")), fault.Canceled)
		mustUpdate(t, s, putKey("b"))
	})
}

func TestManyWritersAndReaders(t *testing.T) {
	s := newStore(t)
	var wg sync.WaitGroup
	var sum atomic.Int64
	for w := range 8 {
		wg.Go(func() {
			for i := range 20 {
				if err := s.Update(t.Context(), putKey(fmt.Sprint(w, "-", i))); err != nil {
					t.Error(err)
				}
				if !has(t, s, fmt.Sprint(w, "-", i)) {
					t.Error("an update is not seen after its return")
				}
				sum.Add(1)
			}
		})
	}
	wg.Wait()
	if got := s.Stats(); got.Updates != uint64(sum.Load()) || got.Commits > got.Updates {
		t.Errorf("stats %+v after %d updates", got, sum.Load())
	}
}

func TestChangedTellsOfCommits(t *testing.T) {
	s := newStore(t)
	before := s.Changed()
	if err := s.Update(t.Context(), func(*journal.Tx) error { return errors.New("no") }); err == nil {
		t.Fatal("the error was lost")
	}
	select {
	case <-before:
		t.Error("changed without a commit")
	default:
	}
	mustUpdate(t, s, putKey("a"))
	<-before
}

// A reader must not see a commit that a power cut may still take back.
func TestViewWaitsForTheSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		mustUpdate(t, s, putKey("a"))
		settle := s.Unsettle()
		seen := make(chan bool, 1)
		go func() { seen <- has(t, s, "a") }()
		synctest.Wait()
		if len(seen) != 0 {
			t.Error("a commit was shown before it was synced")
		}
		settle()
		if !<-seen {
			t.Error("the commit is not there")
		}
	})
}

func TestUnknownOutcomeEndsTheStore(t *testing.T) {
	for name, test := range map[string]struct {
		err     error
		written bool
	}{"sync failed": {syscall.EIO, false}, "no room, but written": {syscall.ENOSPC, true}} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.db")
			s := mustOpen(t, path, options())
			changed := s.Changed()
			s.FailCommit(test.err, test.written)
			err := s.Update(t.Context(), putKey("a"))
			wantKind(t, err, fault.Damaged)
			if !strings.Contains(err.Error(), "restart") {
				t.Errorf("%q does not say to restart", err)
			}
			<-changed
			wantKind(t, s.Update(t.Context(), putKey("b")), fault.Damaged)
			wantKind(t, s.View(func(*journal.Tx) error { return nil }), fault.Damaged)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			probed := 0
			opts := options()
			opts.Probe = func(path string, key [32]byte) error { probed++; return journal.Probe(path, key) }
			mustUpdate(t, mustOpen(t, path, opts), putKey("c"))
			if probed != 1 {
				t.Errorf("probed %d times after a failure, want 1", probed)
			}
		})
	}
}

func TestPanicEndsTheStore(t *testing.T) {
	s := newStore(t)
	wantKind(t, s.Update(t.Context(), func(*journal.Tx) error { panic("page 7: invalid") }), fault.Damaged)
	wantKind(t, s.Update(t.Context(), putKey("a")), fault.Damaged)
}

func TestClosed(t *testing.T) {
	s := newStore(t)
	changed := s.Changed()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	<-changed
	wantKind(t, s.Update(t.Context(), putKey("a")), fault.Canceled)
	wantKind(t, s.View(func(*journal.Tx) error { return nil }), fault.Canceled)
}

func fill(t *testing.T, s *journal.Store) (stored int) {
	t.Helper()
	for ; ; stored++ {
		err := s.Update(t.Context(), func(tx *journal.Tx) error {
			return tx.Table("t").Put(fmt.Appendf(nil, "%04d", stored), make([]byte, 20<<10))
		})
		if err != nil {
			wantKind(t, err, fault.Full)
			return stored
		}
		if stored > 1000 {
			t.Fatal("the disk never fills")
		}
	}
}

func drained(t *testing.T, s *journal.Store, stored int) {
	t.Helper()
	wantKind(t, s.Update(t.Context(), func(tx *journal.Tx) error {
		return tx.Table("t").Put([]byte("more"), make([]byte, 1<<20))
	}), fault.Full)
	for i := range stored {
		if !has(t, s, fmt.Sprintf("%04d", i)) {
			t.Fatalf("value %d of %d is lost", i, stored)
		}
	}
	for range 2 { // freed pages are for the transaction after
		mustUpdate(t, s, func(tx *journal.Tx) error {
			for i := range stored / 2 {
				if err := tx.Table("t").Delete(fmt.Appendf(nil, "%04d", i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	mustUpdate(t, s, putKey("after"))
	if fill(t, s) == 0 {
		t.Error("nothing can be stored after a drain")
	}
	mustVerify(t, s)
}

func TestFullByMaxSize(t *testing.T) {
	opts := options()
	opts.MaxSize = 1 << 20
	path := filepath.Join(t.TempDir(), "journal.db")
	s := mustOpen(t, path, opts)
	drained(t, s, fill(t, s))
	if s.Size() > opts.MaxSize || s.Size() == 0 {
		t.Errorf("size %d", s.Size())
	}
}
