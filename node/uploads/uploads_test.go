package uploads_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/uploads"
)

// TestKeep: a file is read at any place as it came, is its owner's alone, and goes with
// all that is kept of it; what breaks off or is too large is not kept.
func TestKeep(t *testing.T) {
	u := uploads.New(kit.MustTiers(t).Node)
	content := bytes.Repeat([]byte("0123456789abcdefg"), 100_000) // three pieces and more
	f, err := u.Keep(t.Context(), "lin", "../a\x00\nb.csv", iotest.HalfReader(bytes.NewReader(content)))
	if err != nil || f.Size != int64(len(content)) || f.Name != "ab.csv" {
		t.Fatalf("got %+v, %v", f, err)
	}
	if got, err := io.ReadAll(io.NewSectionReader(u.Read(f), 0, f.Size)); err != nil || !bytes.Equal(got, content) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	part := make([]byte, 40)
	if n, err := u.Read(f).ReadAt(part, f.Size-17); n != 17 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: got %d, %v", n, err)
	}
	if _, err := u.Get("deng", f.ID); fault.Of(err) != fault.NotFound {
		t.Errorf("another's file: got %v", err)
	}
	_, err = u.Keep(t.Context(), "lin", "b", io.MultiReader(strings.NewReader("x"), iotest.ErrReader(io.ErrUnexpectedEOF)))
	kit.WantKind(t, err, fault.Invalid)
	var large *uploads.TooLargeError
	if _, err = u.Keep(t.Context(), "lin", "b", io.LimitReader(zeros{}, uploads.MaxFile+1)); !errors.As(err, &large) {
		t.Errorf("too large: got %v", err)
	}
	if all, err := u.List("lin"); err != nil || len(all) != 1 {
		t.Errorf("got %v, %v", all, err)
	}
	if err := u.PutRows(t.Context(), f, []uploads.Row{{Line: 2, Kind: "person"}}, []uploads.Taken{{ID: "x", Line: 3}}); err != nil {
		t.Fatal(err)
	}
	if line, err := u.TakenBy(f, "x"); line != 3 || err != nil {
		t.Errorf("got %d, %v", line, err)
	}
	if err := u.Drop(t.Context(), "lin", f.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Row(f, 2); fault.Of(err) != fault.NotFound {
		t.Errorf("a row of a file that is removed: got %v", err)
	}
	if _, err := u.Read(f).ReadAt(part, 0); fault.Of(err) != fault.NotFound {
		t.Errorf("a file that is removed: got %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestRoom: there are a few files at most; the one that was left alone for longest goes.
func TestRoom(t *testing.T) {
	u := uploads.New(kit.MustTiers(t).Node)
	for range 20 {
		if _, err := u.Keep(t.Context(), "lin", "a", strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := u.List(""); err != nil || len(all) != 12 {
		t.Errorf("got %d files, %v", len(all), err)
	}
}

// TestOthersMakeNoRoom: whoever brings many files loses the own ones, and nobody else's.
func TestOthersMakeNoRoom(t *testing.T) {
	u := uploads.New(kit.MustTiers(t).Node)
	bring := func(owner string) uploads.File {
		t.Helper()
		f, err := u.Keep(t.Context(), owner, "a.csv", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first := bring("lin")
	for range 20 {
		bring("deng")
	}
	if _, err := u.Get("lin", first.ID); err != nil {
		t.Errorf("the file of somebody else: %v", err)
	}
	if all, err := u.List(""); err != nil || len(all) != 12 {
		t.Errorf("%d files, %v", len(all), err)
	}
}

// TestAtOnce: so many files come at a time, and no more; one that is there makes room.
func TestAtOnce(t *testing.T) {
	u := uploads.New(kit.MustTiers(t).Node)
	comes := func() (end func()) {
		from, to := io.Pipe()
		done := make(chan error, 1)
		go func() {
			_, err := u.Keep(t.Context(), "lin", "a.csv", from)
			done <- err
		}()
		if _, err := to.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := errors.Join(to.Close(), <-done); err != nil {
				t.Error(err)
			}
		}
	}
	first, second, third, fourth := comes(), comes(), comes(), comes()
	_, err := u.Keep(t.Context(), "deng", "a.csv", strings.NewReader("x"))
	kit.WantKind(t, err, fault.Busy)
	first()
	if _, err := u.Keep(t.Context(), "deng", "a.csv", strings.NewReader("x")); err != nil {
		t.Errorf("one has come: %v", err)
	}
	second()
	third()
	fourth()
}
