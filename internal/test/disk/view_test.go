package disk_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/test/disk"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/report"
	"tongbu/internal/vault"
)

const (
	viewFile = "view.db"
	perApply = 4 // changes that one call of Apply takes
)

// viewWorld is a recorded view of a journal.
type viewWorld struct {
	*tape
	journal *viewtest.Journal
	opts    view.Options
	schema  *schema.Schema
	digest  change.Hash // of all the journal's changes
}

// TestViewStates: whatever a power cut leaves of a view, it opens or is
// rebuilt, and goes on to what the journal holds.
func TestViewStates(t *testing.T) {
	line := begin(t, "view-states")
	w := newViewWorld(t, report.Scale(4, 12))
	s := &sweep{tape: w.tape, effort: disk.Effort{Torn: 1, Subsets: report.Scale(0, 1), Most: 1}, seed: report.Seed(), every: report.Scale(17, 5)}
	j := newJudge(w.tape)
	count := map[string]int{}
	s.run(t, func(at workplace, m moment, image disk.Image) error {
		delete(image, viewFile+"-shm") // of the processes that have it open; none has after a power cut
		sum := image.Sum()
		j.mu.Lock()
		_, known := j.images[sum]
		j.images[sum] = outcome{}
		j.mu.Unlock()
		if known {
			return nil
		}
		how, err := w.openAndFollow(at, image)
		j.mu.Lock()
		defer j.mu.Unlock()
		count[how]++
		line.States++
		if err != nil {
			line.Violations++
			t.Errorf("cut before operation %d: %v", m.op, err)
		}
		return nil
	})
	for how, n := range count {
		line.Figure(how, n)
	}
	line.Figure("bound_95", bound(line.States))
}

func newViewWorld(t *testing.T, applies int) *viewWorld {
	t.Helper()
	w := &viewWorld{tape: &tape{TB: t, Recorder: mustMount(t), tier: "view", identity: t.TempDir()}, journal: viewtest.NewJournal(), schema: viewtest.MustSchema(t)}
	for n := range applies * perApply {
		fields := viewtest.Fields{"name": change.Text(strings.Repeat("甲", 1+n%40)), "phone": change.Text("0714-000000")}
		w.journal.Person(viewtest.First, change.RecordID(fmt.Sprint("p-", n%29)), fields)
	}
	w.opts = view.Options{Tree: viewtest.MustTree(t, viewtest.Units()), City: viewtest.UnitID(viewtest.City), Fetch: w.journal.Fetch, Source: "journal", Key: kit.Vault().Key(vault.View)}
	v := w.open(w.Dir)
	if err := w.applyMissing(v); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.digest, err = v.Digest(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	w.log = w.MustLog(t)
	return w
}

func (w *viewWorld) open(dir string) *view.Merged {
	w.Helper()
	v, err := sqlite.Open(w.Context(), filepath.Join(dir, viewFile), w.schema, w.opts)
	if err != nil {
		w.Fatal(err)
	}
	return v
}

// applyMissing applies what the view lacks.
func (w *viewWorld) applyMissing(v *view.Merged) error {
	at, err := v.Applied(w.Context())
	for err == nil && at < w.journal.Last() {
		next := min(at+perApply, w.journal.Last())
		err = v.Apply(w.Context(), w.journal.Changes[at:next], next)
		at = next
	}
	return err
}

// openAndFollow opens a state, brings it up to the journal, and compares. A
// view that proves damaged is rebuilt, as its hub does.
func (w *viewWorld) openAndFollow(at workplace, image disk.Image) (how string, err error) {
	if err := image.Write(at.dir); err != nil {
		return "failed", err
	}
	v, err := sqlite.Open(w.Context(), filepath.Join(at.dir, viewFile), w.schema, w.opts)
	if err != nil {
		return "failed", fmt.Errorf("it does not open: %w", err)
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	how = "went_on"
	if applied, err := v.Applied(w.Context()); err == nil && applied == 0 {
		how = "rebuilt"
	}
	got, err := w.followedDigest(v)
	if fault.Of(err) == fault.Damaged {
		how = "found_damaged"
		if err = v.Reset(w.Context()); err == nil {
			got, err = w.followedDigest(v)
		}
	}
	if err == nil && got != w.digest {
		err = errors.New("it is not what the journal makes of it")
	}
	return how, err
}

func (w *viewWorld) followedDigest(v *view.Merged) (change.Hash, error) {
	if err := w.applyMissing(v); err != nil {
		return change.Hash{}, err
	}
	return v.Digest(w.Context(), "")
}
