package operate_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongbu/internal/backup"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/nightly"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// night is an operate that does what is scheduled, one look at a time.
type night struct {
	*operate.Operate
	at     *replica.Replica
	target string
}

func mustNight(t *testing.T, s *replica.Replica, n operate.Nights) *night {
	t.Helper()
	if n.Dir == "" {
		n.Dir = t.TempDir()
	}
	o := at(s)
	if err := o.Schedule(n); err != nil {
		t.Fatal(err)
	}
	return &night{o, s, n.Dir}
}

// passes is a night's work: whatever is due is done, and then the work is stopped.
func (n *night) passes(t *testing.T) operate.Nightly {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	before := n.Nightly()
	go func() { over <- n.RunNights(ctx) }()
	kit.MustAwait(t, "the night's work", func() bool {
		now := n.Nightly()
		done := func(a, b operate.NightJob) bool { return a.At == "" || a.Last.Began != b.Last.Began }
		return now.Running == "" && done(now.Verify, before.Verify) && done(now.Backup, before.Backup)
	})
	cancel()
	if err := <-over; err != nil {
		t.Error(err)
	}
	return n.Nightly()
}

func (n *night) files(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(n.target)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestNights: what comes of the night's work is a backup that can be restored, of which
// so many are kept, and a result that the status, the next process and the disk know.
func TestNights(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	n := mustNight(t, w.Node, operate.Nights{Verify: "02:30", Backup: "03:00", Keep: 2})
	for range 4 {
		n.passes(t)
		w.Clock.Advance(24 * time.Hour)
	}
	names := n.files(t)
	if len(names) != 2 || !strings.HasPrefix(names[0], "tongbu-"+kit.First.Code+"-"+string(w.Node.Keys.Device())+"-") {
		t.Fatalf("there are %v, want the last two", names)
	}
	got := mustStatusOf(t, n.Operate).Nightly
	if !got.Verify.Last.OK || !got.Backup.Last.OK || got.Backup.Good != got.Backup.Last || got.Backup.At != "03:00" || got.Keep != 2 ||
		got.Backup.Last.File != filepath.Join(n.target, names[1]) || !got.Backup.Next.After(w.Clock.Now()) {
		t.Errorf("the status says %+v", got)
	}
	info, err := os.Stat(got.Backup.Last.File)
	if err != nil || info.Size() != got.Backup.Last.Bytes {
		t.Errorf("%d bytes are said, there are %v, %v", got.Backup.Last.Bytes, info.Size(), err)
	}
	f, err := os.Open(got.Backup.Last.File)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	into := t.TempDir()
	if _, err := backup.Extract(f, into, func(*backup.Manifest) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(into, nightly.File)); err == nil {
		t.Error("the book is in the backup: what was restored would tell of backups that are another's")
	}
	wantNoProblems(t, w.MustOpen(t, into))
	if again := at(w.Node).Nightly(); again.Backup.Last != got.Backup.Last {
		t.Errorf("opened again: %+v", again.Backup.Last)
	}
}

func mustStatusOf(t *testing.T, o *operate.Operate) *operate.Status {
	t.Helper()
	st, err := o.Status(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// TestBackupsThatFail: the failure and its kind are kept, the older backups stay.
func TestBackupsThatFail(t *testing.T) {
	w := kit.MustTiers(t)
	n := mustNight(t, w.Node, operate.Nights{Backup: "03:00", Keep: 1})
	good := n.passes(t).Backup.Last
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(w.Node.Dir(), "identity")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(inside, link); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		what, dir string
		want      fault.Kind
	}{{"a disk that is not mounted", filepath.Join(n.target, "nosuch"), fault.NotFound}, {"a file", file, fault.Invalid},
		{"the directory itself", w.Node.Dir(), fault.Invalid}, {"a directory in it", inside, fault.Invalid}, {"a link into it", link, fault.Invalid}}
	for _, test := range tests {
		w.Clock.Advance(24 * time.Hour)
		got := mustNight(t, w.Node, operate.Nights{Backup: "03:00", Dir: test.dir, Keep: 1}).passes(t).Backup
		if got.Last.OK || got.Last.Kind != test.want.String() || got.Last.Message == "" || got.Last.Hint == "" || got.Good != good {
			t.Errorf("%s: got %+v, want %v, and the good one of before", test.what, got, test.want)
		}
	}
	if names := n.files(t); len(names) != 1 {
		t.Errorf("there are %v, want the backup of before", names)
	}
}

// TestNoRoomForABackup: nothing is begun that would fill a disk.
func TestNoRoomForABackup(t *testing.T) {
	w := kit.MustTiers(t)
	n := mustNight(t, w.Node, operate.Nights{Backup: "03:00", Keep: 1})
	n.BackedUp(operate.Made{Began: w.Clock.Now(), File: "/media/x", Bytes: 1 << 60}) // the next will be as large
	w.Clock.Advance(24 * time.Hour)
	got := n.passes(t).Backup.Last
	if got.Kind != fault.Full.String() || !strings.Contains(got.Message, n.target) || len(n.files(t)) != 0 {
		t.Errorf("got %+v, and there are %v", got, n.files(t))
	}
}

// TestBackupThatIsStopped leaves nothing unfinished, and what was there.
func TestBackupThatIsStopped(t *testing.T) {
	w := kit.MustTiers(t)
	n := mustNight(t, w.Node, operate.Nights{Backup: "03:00", Keep: 1})
	n.passes(t)
	before := n.files(t)
	w.Clock.Advance(24 * time.Hour)
	_, end, err := w.Node.Spool.Create() // another copy is under way
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- n.RunNights(ctx) }()
	cancel()
	if err := <-over; err != nil {
		t.Error(err)
	}
	end()
	if got := n.files(t); len(got) != 1 || got[0] != before[0] {
		t.Errorf("there are %v, want %v", got, before)
	}
	if got := n.passes(t).Backup.Last; !got.OK {
		t.Errorf("after that: %+v", got)
	}
}

// TestByHand: a check and a backup that somebody made count like those of the night.
func TestByHand(t *testing.T) {
	w := kit.MustTiers(t)
	o := at(w.Node)
	if _, err := o.Verify(t.Context(), operate.Checked{On: "no day"}); err == nil {
		t.Fatal("a day that is none was checked")
	}
	if got := o.Nightly(); got.Verify.Last.OK || got.Verify.Last.Kind != "" {
		t.Errorf("what could not be asked is kept: %+v", got.Verify)
	}
	if v, err := o.Verify(t.Context(), operate.Checked{}); err != nil || !v.OK {
		t.Errorf("got %+v, %v", v, err)
	}
	o.BackedUp(operate.Made{Began: w.Clock.Now(), File: "/media/x", Bytes: 7})
	got := at(w.Node).Nightly()
	if !got.Backup.Good.ByHand || got.Backup.Good.Bytes != 7 || !got.Backup.Good.Began.Equal(w.Clock.Now()) {
		t.Errorf("got %+v", got.Backup)
	}
	if got := at(w.Node).Nightly().Verify; !got.Good.OK || !got.Good.ByHand {
		t.Errorf("got %+v", got)
	}
}

// TestVerifyThatFindsSomething is kept as damage, with how much there is.
func TestVerifyThatFindsSomething(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	n := mustNight(t, w.Node, operate.Nights{Verify: "02:30"})
	good := n.passes(t).Verify.Last
	plant(t, w.Node, "records.state", []byte("person\x00"+string(kit.Name(kit.First, "person", "p-1"))), []byte("no state"))
	w.Clock.Advance(24 * time.Hour)
	got := n.passes(t).Verify
	if got.Last.OK || got.Last.Kind != "damaged" || got.Last.Problems == 0 || got.Good != good {
		t.Errorf("got %+v", got)
	}
}

// TestSavesBesideABackup: while a backup is written, and its reader is slow, records are
// saved.
func TestSavesBesideABackup(t *testing.T) {
	w := kit.MustTiers(t)
	saved := false
	var out bytes.Buffer
	err := at(w.Node).Backup(writes(func(p []byte) (int, error) {
		if !saved {
			kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
			saved = true
		}
		return out.Write(p)
	}))
	if _, check := backup.Check(&out); err != nil || check != nil || !saved {
		t.Errorf("got %v, %v", err, check)
	}
}

type writes func([]byte) (int, error)

// Write implements io.Writer.
func (w writes) Write(p []byte) (int, error) { return w(p) }
