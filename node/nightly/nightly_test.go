package nightly_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/fault"
	"tongbu/node/nightly"
)

// works is a job that counts how often it is done, and when.
type works struct {
	began []time.Time
	err   error
	takes time.Duration
}

func (w *works) do(ctx context.Context) (nightly.Run, error) {
	w.began = append(w.began, time.Now())
	if w.takes > 0 {
		select {
		case <-ctx.Done():
			return nightly.Run{}, ctx.Err()
		case <-time.After(w.takes):
		}
	}
	return nightly.Run{Bytes: 5}, w.err
}

var urumqi = mustZone("Asia/Urumqi") // +06:00, without summer time

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

func newRunner(dir string, jobs ...nightly.Job) *nightly.Runner {
	return &nightly.Runner{Jobs: jobs, Book: nightly.OpenBook(dir), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Zone: func() (*time.Location, error) { return urumqi, nil }}
}

// run runs a runner for so long.
func run(t *testing.T, r *nightly.Runner, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := r.Run(ctx); err != nil {
		t.Errorf("Run: %v", err)
	}
}

const half2 = 2*time.Hour + 30*time.Minute

// TestAtNight: the first at once, then one a day at the time of the network's zone.
func TestAtNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w works
		run(t, newRunner(t.TempDir(), nightly.Job{Name: nightly.Verify, At: half2, Do: w.do}), 72*time.Hour)
		if len(w.began) != 4 {
			t.Fatalf("done %d times in three days, want at the start and each night: %v", len(w.began), w.began)
		}
		for _, at := range w.began[1:] {
			if local := at.In(urumqi); local.Hour() != 2 || local.Minute() != 30 {
				t.Errorf("done at %v, want 02:30 there", local)
			}
		}
	})
}

// TestMissed: after days without a server it is done once, and the book knows that it
// was done across starts.
func TestMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		var w works
		job := nightly.Job{Name: nightly.Backup, At: half2, Do: w.do}
		run(t, newRunner(dir, job), time.Minute)
		run(t, newRunner(dir, job), time.Minute)
		if len(w.began) != 1 {
			t.Errorf("done %d times, want once: its time has not come again", len(w.began))
		}
		<-time.After(10 * 24 * time.Hour)
		run(t, newRunner(dir, job), 3*time.Minute)
		if len(w.began) != 2 {
			t.Errorf("done %d times, want once more for all that was missed", len(w.began))
		}
		got, err := nightly.Read(dir)
		if err != nil || !got.Backup.Last.OK || got.Backup.Last.Bytes != 5 || !got.Backup.Last.Began.Equal(w.began[1]) {
			t.Errorf("the book has %+v, %v", got.Backup.Last, err)
		}
	})
}

// TestOneAtATime: a job that is due while another is under way comes after it.
func TestOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var under, most atomic.Int32
		slow := func(ctx context.Context) (nightly.Run, error) {
			most.Store(max(most.Load(), under.Add(1)))
			defer under.Add(-1)
			select {
			case <-ctx.Done():
				return nightly.Run{}, ctx.Err()
			case <-time.After(2 * time.Hour):
				return nightly.Run{}, nil
			}
		}
		r := newRunner(t.TempDir(), nightly.Job{Name: nightly.Verify, At: half2, Do: slow}, nightly.Job{Name: nightly.Backup, At: half2 + time.Minute, Do: slow})
		run(t, r, 40*time.Hour)
		known := r.Book.Results()
		if most.Load() != 1 || !known.Verify.Last.OK || !known.Backup.Last.OK {
			t.Errorf("%d at a time; %+v", most.Load(), known)
		}
		if got := known.Backup.Last.Began.Sub(known.Verify.Last.Began); got < 2*time.Hour {
			t.Errorf("the second began %v after the first, which takes two hours", got)
		}
	})
}

// TestHowItWent: failures are kept with their kind and the last success beside them; a
// job that was stopped, or found another copy under way, is not counted as done.
func TestHowItWent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		var w works
		job := nightly.Job{Name: nightly.Backup, At: half2, Do: w.do}
		r := newRunner(dir, job)
		r.Once(t.Context())
		good := r.Book.Results().Backup.Good
		<-time.After(24 * time.Hour)
		w.err = fault.New(fault.Full, "no room for a backup").WithHint("free some")
		r.Once(t.Context())
		got := r.Book.Results().Backup
		want := nightly.Run{Began: time.Now().UTC(), Kind: "full", Message: "no room for a backup", Hint: "free some", Bytes: 5}
		if diff := cmp.Diff(nightly.Entry{Last: want, Good: good}, got); diff != "" || !good.OK || good.Kind != "ok" {
			t.Errorf("%s, good %+v", diff, good)
		}

		<-time.After(24 * time.Hour)
		w.err = fault.New(fault.Busy, "a carried file is under way")
		r.Once(t.Context())
		if r.Book.Results().Backup.Last != want {
			t.Error("one that found another under way is kept as done")
		}
		w.err, w.takes = nil, time.Hour
		run(t, r, time.Minute)
		if r.Book.Results().Backup.Last != want || r.Running() != "" {
			t.Error("one that was stopped is kept as done")
		}
		run(t, newRunner(dir, job), 2*time.Hour)
		if last := nightly.OpenBook(dir).Results().Backup.Last; !last.OK || last.DurationMS != 3600e3 {
			t.Errorf("after the next start: %+v", last)
		}
	})
}

// TestClockSetBack: a result of a time that is to come keeps nothing from being done.
func TestClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w works
		var off time.Duration
		r := newRunner(t.TempDir(), nightly.Job{Name: nightly.Verify, At: half2, Do: w.do})
		r.Now = func() time.Time { return time.Now().Add(off) }
		off = 5 * 365 * 24 * time.Hour
		r.Once(t.Context())
		off = 0
		run(t, r, 48*time.Hour)
		if len(w.began) != 3 {
			t.Errorf("done %d times, want once before and at the two nights after", len(w.began))
		}
	})
}

func TestDue(t *testing.T) {
	berlin := mustZone("Europe/Berlin")
	at := func(text string, zone *time.Location) time.Time {
		when, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	tests := map[string]struct {
		now        time.Time
		zone       *time.Location
		last, next string
	}{
		"before it":               {at("2026-05-02 01:00", urumqi), urumqi, "2026-05-01 02:30", "2026-05-02 02:30"},
		"at it":                   {at("2026-05-02 02:30", urumqi), urumqi, "2026-05-02 02:30", "2026-05-03 02:30"},
		"after it":                {at("2026-05-02 23:00", urumqi), urumqi, "2026-05-02 02:30", "2026-05-03 02:30"},
		"by the network's day":    {at("2026-05-01 19:00", time.UTC), urumqi, "2026-05-01 02:30", "2026-05-02 02:30"},
		"the hour is left out":    {at("2026-03-29 04:00", berlin), berlin, "2026-03-29 03:30", "2026-03-30 02:30"},
		"the hour is there twice": {at("2026-10-25 12:00", berlin), berlin, "2026-10-25 02:30", "2026-10-26 02:30"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			const form = "2006-01-02 15:04"
			if got := nightly.LastDue(half2, test.now, test.zone).Format(form); got != test.last {
				t.Errorf("last: got %s, want %s", got, test.last)
			}
			if got := nightly.NextDue(half2, test.now, test.zone).Format(form); got != test.next {
				t.Errorf("next: got %s, want %s", got, test.next)
			}
		})
	}
}

// TestBookThatCannotBeRead: it begins again, and whoever only reads is told.
func TestBookThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	if got, err := nightly.Read(dir); err != nil || got != (nightly.Results{}) {
		t.Errorf("without one: %+v, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, nightly.File), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := nightly.Read(dir); fault.Of(err) != fault.Damaged {
		t.Errorf("got %v, want damaged", err)
	}
	b := nightly.OpenBook(dir)
	if err := b.Keep(nightly.Verify, nightly.Run{OK: true}); err != nil {
		t.Fatal(err)
	}
	if got, err := nightly.Read(dir); err != nil || !got.Verify.Good.OK {
		t.Errorf("got %+v, %v", got, err)
	}
}
