package disk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/test/disk"
	"tongbu/internal/test/kit"
	"tongbu/internal/vault"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

const journalFile = "journal.db"

// judge opens states of the disk as the program would, and holds what is
// there against what was promised. It is safe for concurrent use.
type judge struct {
	*tape
	thorough bool // every state is verified, not every content

	mu       sync.Mutex // guards all below
	images   map[disk.Sum]outcome
	contents map[disk.Sum]*known
	asked    map[question][]string
}

// outcome is what opening a state did.
type outcome struct {
	kind      fault.Kind // of the failure; OK: it opened
	why       string     // the failure, or how reading it failed
	unread    bool       // it opened, and cannot be read
	regressed bool       // it opened and said that it is older than its clean note
	unfit     bool       // parts of the journal do not fit each other, says its own check
	content   disk.Sum
}

// known is what was found out about a content.
type known struct {
	content
	broken   map[int]bool // promises that it does not keep
	problems []string     // of the full check
}

// question is what a content is held against, so that none is asked twice.
type question struct {
	content              disk.Sum
	begun, acked, marked int
}

func newJudge(t *tape) *judge {
	return &judge{tape: t, images: map[disk.Sum]outcome{}, contents: map[disk.Sum]*known{}, asked: map[question][]string{}}
}

// moment is what the program had said when the power went.
type moment struct {
	op           int // operations of the log before the cut
	begun, acked int // steps
	marks        int // of seen
	seen         seen
}

// applyMark takes a mark of the log.
func (m *moment) applyMark(text string) error {
	word, rest, _ := strings.Cut(text, " ")
	n := 0
	switch word {
	case "begin", "ack":
		if _, err := fmt.Sscan(rest, &n); err != nil {
			return err
		}
		if word == "begin" {
			m.begun = n + 1
		} else {
			m.acked = n + 1
		}
	case "seen":
		m.marks++
		m.seen = seen{}
		return json.Unmarshal([]byte(rest), &m.seen)
	}
	return nil
}

// workplace is where one worker puts states of the disk.
type workplace struct {
	dir, full string // the second holds the identity as well
}

// newWorkplace is in memory where that can be had.
func newWorkplace(tb testing.TB, identity string) workplace {
	tb.Helper()
	root := "/dev/shm"
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		root = ""
	}
	dir, err := os.MkdirTemp(root, "tongbu-disk-*") //nolint:usetesting // the test's own folder is not in memory
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	w := workplace{dir: filepath.Join(dir, "a"), full: filepath.Join(dir, "b")}
	if err := errors.Join(os.Mkdir(w.dir, 0o700), os.Mkdir(w.full, 0o700), os.Symlink(identity, filepath.Join(w.full, "identity"))); err != nil {
		tb.Fatal(err)
	}
	return w
}

// patience bounds the opening of one small file. Nothing asks how long it
// took; one that never ends must not hold up the suite.
const patience = 5 * time.Minute

// openState opens a state, or remembers how it went. It reports whether the
// state is a new one.
func (j *judge) openState(w workplace, image disk.Image) (o outcome, fresh bool, err error) {
	sum := image.Sum()
	j.mu.Lock()
	o, ok := j.images[sum]
	j.mu.Unlock()
	if ok {
		return o, false, nil
	}
	late := time.AfterFunc(patience, func() { panic("a state of the disk does not come to an end: " + j.tier) })
	defer late.Stop()
	if o, err = j.tryOpen(w, image); err != nil {
		return o, true, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, ok = j.images[sum]
	j.images[sum] = o
	return o, !ok, nil
}

func (j *judge) options() journal.Options {
	return journal.Options{Key: kit.Vault().Key(vault.Journal), Now: j.town.Clock.Now, Timeout: 3 * time.Second}
}

func (j *judge) tryOpen(w workplace, image disk.Image) (o outcome, err error) {
	if err := image.Write(w.dir); err != nil {
		return o, err
	}
	s, err := journal.Open(filepath.Join(w.dir, journalFile), j.options())
	if err != nil {
		return outcome{kind: fault.Of(err), why: err.Error()}, j.reopenAfter(w, err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	o.regressed = s.Regressed()
	c, failed := readContent(s, nil)
	if failed != nil {
		return outcome{unread: true, why: failed.Error()}, nil
	}
	o.content = c.sum
	if j.thorough {
		report, err := s.Verify(j.Context(), nil)
		if err != nil {
			return o, err
		}
		o.unfit = report.Found > 0
	}
	j.mu.Lock()
	k := j.contents[c.sum]
	j.mu.Unlock()
	if k != nil {
		return o, nil
	}
	return o, j.studyContent(w, image, s)
}

// reopenAfter wants a file that was found damaged to be out of the way, so that
// the next start works.
func (j *judge) reopenAfter(w workplace, cause error) error {
	if fault.Of(cause) != fault.Damaged {
		return nil
	}
	s, err := journal.Open(filepath.Join(w.dir, journalFile), j.options())
	if err != nil {
		return fmt.Errorf("%s: after quarantine (%w): %w", j.tier, cause, err)
	}
	return s.Close()
}

// studyContent finds out all about a content that was not met before.
func (j *judge) studyContent(w workplace, image disk.Image, s *journal.Store) error {
	facts := map[string]bool{}
	c, err := readContent(s, facts)
	if err != nil {
		return err
	}
	k := &known{content: c, broken: map[int]bool{}}
	for i, p := range j.promises {
		k.broken[i] = !facts[p.fact]
	}
	if k.problems, err = j.verifyReplica(w, image); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.contents[c.sum] = k
	return nil
}

// verifyReplica opens the state as a replica and has it check everything:
// chains, signatures, and that the records are what the journal makes of them.
func (j *judge) verifyReplica(w workplace, image disk.Image) (problems []string, err error) {
	if err := image.Write(w.full); err != nil {
		return nil, err
	}
	s, err := replica.Open(j.town.Config(j, w.full))
	if err != nil {
		return []string{"the replica does not open: " + err.Error()}, nil //nolint:nilerr // it is what was found out
	}
	v, err := operate.New(s, operate.Beyond{}).Verify(j.Context(), operate.Checked{})
	if err != nil {
		problems = append(problems, "verify ends: "+err.Error())
	} else {
		problems = v.Problems
	}
	return problems, s.Close()
}

// findWrong says what is wrong with a state that an honest disk may be in at a
// moment; nothing when all is well.
func (j *judge) findWrong(o outcome, m moment) []string {
	switch {
	case o.kind != fault.OK:
		return []string{"does not open: " + o.why}
	case o.unread:
		return []string{"cannot be read: " + o.why}
	}
	q := question{o.content, m.begun, m.acked, m.marks}
	j.mu.Lock()
	defer j.mu.Unlock()
	wrong, ok := j.asked[q]
	if !ok {
		wrong = j.compareContent(j.contents[o.content], m)
		j.asked[q] = wrong
	}
	return wrong
}

func (j *judge) compareContent(k *known, m moment) (wrong []string) {
	for _, p := range k.problems {
		wrong = append(wrong, "verify: "+p)
	}
	for i, p := range j.promises {
		if p.step < m.acked && (p.until == 0 || p.until >= m.begun) && k.broken[i] {
			wrong = append(wrong, "lost: "+p.fact)
		}
	}
	if !j.isWhole(k, m) {
		wrong = append(wrong, fmt.Sprintf("it is neither as before nor as after step %d (%s)", m.begun-1, j.steps[max(m.begun-1, 0)].name))
	}
	return append(wrong, shownAhead(k, m.seen)...)
}

// whole: the content is that after the last step that was acknowledged, or
// after the one under way. A step of several transactions may be in between.
func (j *judge) isWhole(k *known, m moment) bool {
	if m.begun > m.acked && (m.begun == 1 || j.steps[m.begun-1].loose) {
		return true
	}
	for _, at := range []int{m.acked, m.begun} {
		if at > 0 && j.steps[at-1].sum == k.sum {
			return true
		}
	}
	return m.acked == 0 && m.begun == 0
}

// shownAhead lists what was shown and is not there.
func shownAhead(k *known, s seen) (wrong []string) {
	if k.last < s.Last {
		wrong = append(wrong, fmt.Sprintf("arrival %d was shown, the disk has %d", s.Last, k.last))
	}
	if k.history != s.History {
		return wrong
	}
	for stream, head := range s.Heads {
		if k.heads[stream] < head {
			wrong = append(wrong, fmt.Sprintf("stream %s was shown to go to %d, the disk has %d", stream, head, k.heads[stream]))
		}
	}
	return wrong
}
