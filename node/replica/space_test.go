package replica_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

// reserved is a node's directory, opened with a reserve of a size.
func reserved(t *testing.T, size int64) (*replica.Replica, string) {
	t.Helper()
	town := kit.MustTown(t)
	cfg := town.Config(t, town.MustJoin(t, kit.First))
	cfg.Reserve = size
	s, err := replica.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, filepath.Join(cfg.Dir, replica.ReserveFile)
}

// TestReserve: it is made, given up when there is no room, and made again.
func TestReserve(t *testing.T) {
	s, path := reserved(t, 128<<10)
	ctx, cancel := context.WithCancel(t.Context())
	kept := make(chan error, 1)
	go func() { kept <- s.KeepReserve(ctx) }()
	for range 3 {
		awaitSize(t, path, 128<<10)
		if err := s.Space.Short(); err != nil {
			t.Errorf("with a reserve: %v", err)
		}
		s.Space.Release()
		s.Space.Release() // by many at a time
	}
	awaitSize(t, path, 128<<10)
	cancel()
	if err := <-kept; err != nil {
		t.Error(err)
	}
}

func awaitSize(t *testing.T, path string, size int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		if info, err := os.Stat(path); err == nil && info.Size() == size {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatal("there is no reserve")
		case <-look.C:
		}
	}
}

// TestNoRoomForTheReserve: without room for it no records are taken, and why
// is said.
func TestNoRoomForTheReserve(t *testing.T) {
	s, path := reserved(t, 1<<29) // more than a journal of 1 GiB leaves twice over
	if err := s.Space.Short(); err != nil {
		t.Skipf("this disk has less than a GiB: %v", err)
	}
	huge, _ := reserved(t, 1<<50)
	if err := huge.Space.Short(); fault.Of(err) != fault.Full || fault.Hint(err) == "" {
		t.Errorf("got %v, want full with a hint", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a reserve was made by nobody")
	}
}
