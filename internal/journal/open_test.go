package journal_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

func TestReopen(t *testing.T) {
	path, d := filepath.Join(t.TempDir(), "journal.db"), newDevice(1)
	probed := 0
	opts := options()
	opts.Probe = func(path string, key [32]byte) error { probed++; return journal.Probe(path, key) }
	s := mustOpen(t, path, opts)
	mustAppend(t, s, d.unit, d.chain(t, 3)...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, path, opts)
	mustVerify(t, s)
	if probed != 1 {
		t.Errorf("probed %d times after a clean close, want once", probed)
	}
	if _, err := os.Stat(path + ".clean"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the note of a clean close is there while the file is open: %v", err)
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a half-made file is left: %v", err)
	}
}

// TestDamageAfterCleanClose: the note of a clean close says nothing about what
// the disk did since. Each page that holds something is lost in turn.
func TestDamageAfterCleanClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	s := mustOpen(t, path, options())
	for n := byte(1); n < 4; n++ {
		d := newDevice(n)
		mustAppend(t, s, d.unit, d.chain(t, 20, 1, 300)...)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	note, err := os.ReadFile(path + ".clean")
	if err != nil {
		t.Fatal(err)
	}
	damaged := 0
	for at := 2 * 4096; at < len(good); at += 4096 {
		bad := bytes.Clone(good)
		clear(bad[at : at+4096])
		place := write(t, bad)
		if err := os.WriteFile(place+".clean", note, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := journal.Open(place, options())
		if err != nil {
			wantKind(t, err, fault.Damaged)
			damaged++
			continue
		}
		mustVerify(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if damaged < 3 {
		t.Errorf("only %d pages were missed", damaged)
	}
}

func TestBusy(t *testing.T) {
	s := newStore(t)
	path := s.Settings().Path()
	_, err := journal.Open(path, options())
	wantKind(t, err, fault.Busy)
	if err == nil || !strings.Contains(err.Error(), "directory already served") {
		t.Errorf("got %v", err)
	}
	mustUpdate(t, s, putKey("a"))
}

func TestSettings(t *testing.T) {
	db := newStore(t).Settings()
	if db.NoSync || db.NoGrowSync || !db.NoFreelistSync || db.FreelistType != bbolt.FreelistMapType ||
		db.MaxSize != 1<<30 || db.Info().PageSize != 4096 {
		t.Errorf("the file is opened with %+v", db)
	}
	info, err := os.Stat(db.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// sample is the bytes of a journal with some of everything.
func sample(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	s := mustOpen(t, path, options())
	for n := byte(1); n < 6; n++ {
		d := newDevice(n)
		mustAppend(t, s, d.unit, d.chain(t, 20, 1, 300, 2)...)
	}
	mustUpdate(t, s, func(tx *journal.Tx) error {
		for i := range 300 {
			if err := tx.Table("records").Put([]byte{byte(i >> 8), byte(i)}, bytes.Repeat([]byte{byte(i)}, 90)); err != nil {
				return err
			}
		}
		_, err := tx.Add(newDevice(1).stream, newDevice(1).unit, edit(t, "tail"))
		return err
	})
	var file bytes.Buffer
	if _, err := s.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func write(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBackupIsAJournal(t *testing.T) {
	s := mustOpen(t, write(t, sample(t)), options())
	if report := mustVerify(t, s); report.Streams != 5 || report.Changes != 5*323 || report.Tables != 1 {
		t.Errorf("the copy holds %+v", report)
	}
}

func TestDamagedFileIsQuarantined(t *testing.T) {
	good := sample(t)
	zeroed := func(from, to int) []byte {
		bad := bytes.Clone(good)
		clear(bad[from:to])
		return bad
	}
	flipped := bytes.Clone(good)
	mustView(t, mustOpen(t, write(t, good), options()), func(tx *journal.Tx) error {
		_, _, stored := tx.Raw("table/records")
		flipped[bytes.Index(good, stored)+len(stored)/2] ^= 1
		return nil
	})
	cases := map[string][]byte{
		"empty":         {},
		"cut":           good[:len(good)/2],
		"cut to a page": good[:4096],
		"garbage":       bytes.Repeat([]byte("garbage "), 9000),
		"zeroed pages":  zeroed(5*4096, len(good)),
		"zeroed metas":  zeroed(0, 8192),
		"zeroed middle": zeroed(8192, len(good)),
		"flipped value": flipped,
	}
	for name, content := range cases {
		t.Run(name, func(t *testing.T) {
			path := write(t, content)
			_, err := journal.Open(path, options())
			wantKind(t, err, fault.Damaged)
			aside := path + ".damaged-1772352000"
			if kept, rerr := os.ReadFile(aside); rerr != nil || !bytes.Equal(kept, content) || !strings.Contains(fault.Hint(err), aside) {
				t.Errorf("hint %q, file: %v", fault.Hint(err), rerr)
			}
			mustVerify(t, mustOpen(t, path, options()))
		})
	}
}

func TestQuarantineKeepsEarlierFiles(t *testing.T) {
	path := write(t, nil)
	for range 3 {
		if _, err := journal.Open(path, options()); fault.Of(err) != fault.Damaged {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := filepath.Glob(path + ".damaged-*"); err != nil || len(kept) != 3 {
		t.Errorf("kept %v, %v", kept, err)
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true, PageSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("theirs"))
		return errors.Join(err, b.Put([]byte("k"), []byte("v")))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = journal.Open(path, options())
	wantKind(t, err, fault.Unsupported)
	_, err = journal.Open(t.TempDir(), options())
	wantKind(t, err, fault.Invalid)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestLaterVersionIsUnsupported(t *testing.T) {
	s := newStore(t)
	path := s.Settings().Path()
	mustUpdate(t, s, func(tx *journal.Tx) error {
		key := []byte("version")
		return tx.PutRaw("file", key, journal.Sum(key, []byte{0, 0, 0, 0, 0, 0, 0, 5}))
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := journal.Open(path, options())
	wantKind(t, err, fault.Unsupported)
}

// TestVersion2IsRaised: a file of the version before holds the same and gets the
// number of this one, by which a program of before leaves it alone.
func TestVersion2IsRaised(t *testing.T) {
	s := newStore(t)
	path, key := s.Settings().Path(), []byte("version")
	mustUpdate(t, s, func(tx *journal.Tx) error {
		if err := tx.Table("t").Put([]byte("k"), []byte("v")); err != nil {
			return err
		}
		return tx.PutRaw("file", key, journal.Sum(key, []byte{0, 0, 0, 0, 0, 0, 0, 2}))
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, path, options())
	if s.Regressed() {
		t.Error("the raised file passes for an older one")
	}
	err := s.View(func(tx *journal.Tx) error {
		if got, err := tx.Table("t").Get([]byte("k")); err != nil || string(got) != "v" {
			t.Errorf("got %q, %v", got, err)
		}
		if got := tx.RawOf("file", key); !bytes.Equal(got, journal.Sum(key, []byte{0, 0, 0, 0, 0, 0, 0, 3})) {
			t.Errorf("the version is %x", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestLostFileIsNotReplacedSilently(t *testing.T) {
	s := newStore(t)
	path := s.Settings().Path()
	if err := errors.Join(s.Close(), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	_, err := journal.Open(path, options())
	wantKind(t, err, fault.Damaged)
	mustOpen(t, path, options())
}

func TestRegressed(t *testing.T) {
	s := newStore(t)
	path := s.Settings().Path()
	var old bytes.Buffer
	if _, err := s.WriteTo(&old); err != nil {
		t.Fatal(err)
	}
	mustUpdate(t, s, putKey("a"))
	if err := errors.Join(s.Close(), os.WriteFile(path, old.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	if s = mustOpen(t, path, options()); !s.Regressed() {
		t.Error("an older copy was not noticed")
	}
}

// A power cut while a meta page is written leaves the state before.
func TestTornMetaPage(t *testing.T) {
	s := newStore(t)
	path := s.Settings().Path()
	for i := range 2 {
		mustUpdate(t, s, putKey(string(rune('a'+i))))
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for page := range 2 {
			torn := bytes.Clone(whole)
			clear(torn[page*4096 : page*4096+512])
			reopened := mustOpen(t, write(t, torn), options())
			if i > 0 && !has(t, reopened, "a") {
				t.Error("more than the last commit is lost")
			}
			mustVerify(t, reopened)
		}
	}
}

// Whatever damage: the probe ends, and what it passes is sound for bbolt and
// holds no value that is not as it was written.
func TestProbeIsAtLeastAsStrictAsTheCheck(t *testing.T) {
	good := sample(t)
	if err := journal.Probe(write(t, good), testKey); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	path := filepath.Join(t.TempDir(), "journal.db")
	passed, found := 0, 0
	for range 400 {
		bad := bytes.Clone(good)
		damage(random, bad)
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := journal.Probe(path, testKey); err != nil {
			found++
			continue
		}
		passed++
		problems, err := journal.CheckPages(path)
		if err != nil || len(problems) > 0 {
			t.Fatalf("the probe passed what bbolt does not: %v %v", err, problems)
		}
	}
	t.Logf("%d of 400 found, %d in places without meaning", found, passed)
}

// damage spares the meta pages: TestTornMetaPage has them.
func damage(random *rand.Rand, file []byte) {
	at := 8192 + random.IntN(len(file)-8192)
	switch random.IntN(4) {
	case 0:
		file[at] ^= 1 << random.IntN(8)
	case 1:
		page := at &^ 4095
		clear(file[page : page+4096])
	case 2:
		page, from := at&^4095, random.IntN(len(file))&^4095
		copy(file[page:page+4096], file[from:from+4096])
	case 3: // where the structure is: the heads of pages
		page := at &^ 4095
		file[page+random.IntN(64)] = byte(random.Uint32())
	}
}
