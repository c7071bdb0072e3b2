package disk_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/test/disk"
	"tongbu/internal/test/report"
)

// imageAfter is the disk when all operations of a part of a log are on it.
func imageAfter(log disk.Log) disk.Image {
	d := disk.NewDisk()
	for _, op := range log {
		d.Do(op, true)
	}
	return d.Cut(func(int, int64) bool { return true })
}

// spoiler damages one tier's file in many ways and looks what a program is
// shown.
type spoiler struct {
	*judge
	good, older disk.Image
	content     disk.Sum
	reads       []read

	mu       sync.Mutex // guards all below
	count    map[string]int
	examples []string
}

// Outcomes of a mutation.
const (
	detected   = "detected_at_opening" // renamed, and the next start works
	harmless   = "harmless"            // all is as it was: unused pages, padding
	told       = "detected_in_use"     // every answer is right or says Damaged
	older      = "last_commit_missing" // the newer of two commit pages is gone: as after a power cut
	noted      = "older_and_noted"     // the same, and the note of the clean close tells
	verified   = "detected_by_verify"  // stale pages only: the full check finds it
	undetected = "stale_shown"         // stale pages only: an older value is shown
	violated   = "violation"           // a wrong or missing value without an error
)

// TestMutations: whatever happens to a file while nobody uses it, no wrong
// value is shown.
func TestMutations(t *testing.T) {
	line := begin(t, "mutations")
	n := report.Scale(300, 10_000)
	total := map[string]int{}
	byKind := map[string]int{}
	for _, l := range lives(t, report.Scale(1, 2)) {
		s := newSpoiler(t, l.tape)
		s.spoilMany(t, n)
		for what, n := range s.count {
			byKind[what] += n
		}
		for _, example := range s.examples {
			t.Error(example)
		}
		line.Runs += n
	}
	for kind := range disk.Mutations {
		outcomes := map[string]int{}
		for _, what := range []string{detected, harmless, told, older, noted, verified, undetected, violated} {
			if n := byKind[kind.String()+" "+what]; n > 0 {
				outcomes[what] = n
				total[what] += n
			}
		}
		line.Figure(kind.String(), outcomes)
	}
	line.Violations = total[violated]
	line.Seeds = fmt.Sprint(report.Seed())
	line.Figure("total", total)
	line.Figure("bound_95", bound(line.Runs))
}

func newSpoiler(t *testing.T, recorded *tape) *spoiler {
	t.Helper()
	s := &spoiler{judge: newJudge(recorded), good: imageAfter(recorded.log), older: imageAfter(recorded.log[:len(recorded.log)*2/3]), count: map[string]int{}}
	w := newWorkplace(t, recorded.identity)
	s.good.MustWrite(t, w.dir)
	store, err := journal.Open(filepath.Join(w.dir, journalFile), s.options())
	if err != nil {
		t.Fatal(err)
	}
	c, err := readContent(store, nil)
	if err == nil {
		s.content = c.sum
		s.reads, err = readsOf(store)
	}
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *spoiler) spoilMany(t *testing.T, n int) {
	t.Helper()
	var all sync.WaitGroup
	failed := make([]error, workers)
	for worker := range workers {
		w := newWorkplace(t, s.identity)
		all.Go(func() {
			for i := worker; i < n && failed[worker] == nil; i += workers {
				failed[worker] = s.spoilOnce(w, i)
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
}

// spoilOnce makes one mutation; every second file still has the note of its
// clean close beside it.
func (s *spoiler) spoilOnce(w workplace, i int) error {
	late := time.AfterFunc(patience, func() { panic("a damaged file does not come to an end: " + s.tier) })
	defer late.Stop()
	kind := disk.Mutation(i % int(disk.Mutations))
	random := rand.New(rand.NewPCG(report.Seed(), uint64(i)))
	image := maps.Clone(s.good)
	image[journalFile] = kind.Apply(s.good[journalFile], s.older[journalFile], random)
	noted := random.IntN(2) == 0
	if !noted {
		delete(image, journalFile+".clean")
	}
	what, why, err := s.classify(w, image, kind, noted)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count[kind.String()+" "+what]++
	if what == violated && len(s.examples) < maxExamples {
		s.examples = append(s.examples, fmt.Sprintf("%s, mutation %d (%s): %s", s.tier, i, kind, why))
	}
	return err
}

func (s *spoiler) classify(w workplace, image disk.Image, kind disk.Mutation, clean bool) (what, why string, err error) {
	if err := image.Write(w.dir); err != nil {
		return "", "", err
	}
	store, err := journal.Open(filepath.Join(w.dir, journalFile), s.options())
	if fault.Of(err) == fault.Damaged {
		return detected, "", s.reopenAfter(w, err)
	}
	if err != nil {
		return violated, "neither opened nor set aside: " + err.Error(), nil
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if c, err := readContent(store, nil); err == nil && c.sum == s.content {
		return harmless, "", nil
	}
	wrong, _ := wrongAnswers(store, s.reads)
	switch {
	case len(wrong) == 0:
		return told, "", nil
	case clean && store.Regressed():
		return noted, "", nil
	case kind == disk.StalePage:
		return s.classifyStale(w, image)
	case !clean && s.lostMeta(image):
		return older, "", nil
	}
	return violated, wrong[0], nil
}

// stale: a page that was right once has all its checksums. Whether the parts
// still fit each other is for the full check.
func (s *spoiler) classifyStale(w workplace, image disk.Image) (string, string, error) {
	problems, err := s.verifyReplica(w, image)
	if err != nil || len(problems) > 0 {
		return verified, "", err
	}
	return undetected, "", nil
}

// lostMeta reports whether one of the two commit pages was hit.
func (s *spoiler) lostMeta(image disk.Image) bool {
	good, bad := s.good[journalFile], image[journalFile]
	return len(bad) >= 2*disk.Page && string(good[:2*disk.Page]) != string(bad[:2*disk.Page])
}
