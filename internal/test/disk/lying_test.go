package disk_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/test/disk"
	"tongbu/internal/test/report"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// found says how a loss was noticed, if there was one.
type found uint8

const (
	whole        found = iota // nothing acknowledged is missing
	atOpening                 // the file was quarantined
	byNote                    // the note of the last clean close speaks of more
	inUse                     // reading it fails
	byVerify                  // the full check says so, the opening did not
	atContact                 // it is older: what was given to others came back from them
	noCopy                    // it is older by what was nowhere else: nobody can know
	contactFails              // the contact ends with an error that says so; the full check has to be made
	silent                    // it is older and stays so
)

func (f found) String() string {
	return [...]string{"whole", "at_opening", "by_note", "in_use", "by_verify", "at_contact", "no_other_copy", "contact_fails", "silent"}[f]
}

// TestLyingSync: the disk said that the last syncs were done, and they were
// not. What others have of a replica comes back at the next contact, and no
// loss of it stays unseen.
func TestLyingSync(t *testing.T) {
	line := begin(t, "lying-fsync")
	spans := []int{1, 3}
	effort := disk.Effort{Most: 1}
	if report.Soak() {
		spans = []int{1, 2, 3, 4, 6, 8, 12, 16}
		effort = disk.Effort{Subsets: 4, Torn: 4, Most: 4}
	}
	count := map[found]int{}
	for _, l := range lives(t, report.Scale(1, 2)) {
		s := newSkeptic(t, l)
		for _, lies := range spans {
			s.sweepLies(t, lies, effort, report.Scale(4, 1))
		}
		for f, n := range s.count {
			count[f] += n
			line.States += n
		}
		line.Runs += s.contacts
		line.Figure(l.tier+"_contacts", s.contacts)
		for _, example := range s.examples {
			t.Error(example)
		}
	}
	for f, n := range count {
		line.Figure(f.String(), n)
	}
	line.Violations = count[silent]
	line.Figure("silent", count[silent])
	line.Seeds = fmt.Sprint(report.Seed())
	line.Figure("bound_95", bound(line.States))
}

// skeptic opens what a lying disk leaves, and lets those that lost something
// meet their neighbour.
type skeptic struct {
	*judge
	life     *life
	mu       sync.Mutex // guards all below; held during a contact
	met      map[disk.Sum]meeting
	ownPlace workplace

	count    map[found]int
	contacts int
	examples []string
}

func newSkeptic(t *testing.T, l *life) *skeptic {
	t.Helper()
	j := newJudge(l.tape)
	j.thorough = true
	return &skeptic{judge: j, life: l, met: map[disk.Sum]meeting{}, ownPlace: newWorkplace(t, l.identity), count: map[found]int{}}
}

func (s *skeptic) sweepLies(t *testing.T, lies int, effort disk.Effort, every int) {
	t.Helper()
	w := &sweep{tape: s.tape, effort: effort, seed: report.Seed(), every: every, lies: lies}
	w.run(t, func(at workplace, m moment, image disk.Image) error {
		o, fresh, err := s.openState(at, image)
		if err != nil || m.acked == 0 || !fresh {
			return err
		}
		return s.countNotice(o, m, image)
	})
}

// countNotice finds how the loss of a state is noticed.
func (s *skeptic) countNotice(o outcome, m moment, image disk.Image) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, why, err := s.findNotice(o, m, image)
	s.count[f]++
	if f == silent && len(s.examples) < maxExamples {
		s.examples = append(s.examples, fmt.Sprintf("%s, cut before operation %d (%d steps acknowledged): %s", s.tier, m.op, m.acked, why))
	}
	return err
}

func (s *skeptic) findNotice(o outcome, m moment, image disk.Image) (f found, why string, err error) {
	switch {
	case o.kind == fault.Damaged:
		met, err := s.meetPeer(disk.Sum{}, disk.Image{})
		if met.why != "" || err != nil {
			return silent, "after quarantine: " + met.why, err
		}
		return atOpening, "", nil
	case o.kind != fault.OK:
		return silent, "does not open: " + o.why, nil
	case o.unread:
		return inUse, "", nil
	}
	s.judge.mu.Lock()
	k := s.contents[o.content]
	s.judge.mu.Unlock()
	switch {
	case o.unfit || len(k.problems) > 0:
		return byVerify, "", nil
	case !s.hasLost(k, m.acked):
		return whole, "", nil
	case o.regressed:
		f = byNote
	case !s.hasLost(k, s.stepsGiven(m.acked)):
		f = noCopy
	default:
		f = atContact
	}
	met, err := s.meetPeer(o.content, image)
	switch {
	case met.told:
		return contactFails, "", err
	case met.why != "" || err != nil:
		return silent, met.why, err
	}
	return f, "", nil
}

// stepsGiven is how many steps' work the neighbour had when so many were
// acknowledged.
func (s *skeptic) stepsGiven(acked int) int {
	n := 0
	for _, at := range s.life.sent {
		if at < acked {
			n = at + 1
		}
	}
	return n
}

// hasLost reports whether a content breaks a promise of the first steps, of
// those that speak of what is replicated. A promise that is taken back later
// does not count: who took it back may be met first.
func (s *skeptic) hasLost(k *known, steps int) bool {
	for i, p := range s.promises {
		if p.step < steps && p.until == 0 && k.broken[i] && replicated(p.fact) {
			return true
		}
	}
	return false
}

// replicated reports whether a fact is one that tiers tell each other.
func replicated(fact string) bool {
	local := []string{"entry ", "cursor ", "receipt ", "evidence "}
	return !slices.ContainsFunc(local, func(prefix string) bool { return strings.HasPrefix(fact, prefix) })
}

// meeting is how a contact went.
type meeting struct {
	why  string // what is wrong after it; empty: nothing
	told bool   // it failed, and the failure speaks of what the disk lost
}

// meetPeer has a state of the disk meet its neighbour, at once and after
// somebody has written to it. All that was promised and is replicated must be
// there afterwards.
func (s *skeptic) meetPeer(content disk.Sum, image disk.Image) (met meeting, err error) {
	if met, ok := s.met[content]; ok {
		return met, nil
	}
	for _, first := range []bool{false, true} {
		if first && s.tier == "city" {
			continue // the city's records are said to units, not typed
		}
		if met, err = s.meetOnce(image, first); met.why != "" || err != nil {
			break
		}
	}
	s.met[content] = met
	return met, err
}

func (s *skeptic) meetOnce(image disk.Image, writeFirst bool) (met meeting, err error) {
	s.contacts++
	us, err := s.openImage(s.ownPlace, image)
	if err != nil {
		return met, err
	}
	defer func() { err = errors.Join(err, us.Close()) }()
	them, err := s.openImage(s.life.peerPlace, s.life.other)
	if err != nil {
		return met, err
	}
	defer func() { err = errors.Join(err, them.Close()) }()
	news := s.writeBefore(us, writeFirst)
	child, parent := us, them
	if s.tier == "city" {
		child, parent = them, us
	}
	if err := linkUntilLevel(s, s.town.Tree, child, parent); err != nil {
		return meeting{why: "contact: " + err.Error(), told: fault.Of(err) == fault.Damaged}, nil
	}
	return s.checkAfter(us, them, news)
}

func (s *skeptic) openImage(w workplace, image disk.Image) (*replica.Replica, error) {
	if err := image.Write(w.full); err != nil {
		return nil, err
	}
	return replica.Open(s.town.Config(s, w.full))
}

// writeBefore types a record before the contact, when it is to be.
func (s *skeptic) writeBefore(us *replica.Replica, first bool) []string {
	if !first {
		return nil
	}
	t := &tape{TB: s.TB, replica: us}
	if s.tier == "node" {
		return t.typeRecords("person", person("p-meanwhile", "辛"))
	}
	return t.typeRecords("notice", `{"id":"n-meanwhile","title":"通知"}`)
}

// checkAfter checks a replica that has met its neighbour. A page that the
// contact did not touch may be damaged still: whoever reads it is told.
func (s *skeptic) checkAfter(us, them *replica.Replica, news []string) (meeting, error) {
	ours, theirs := map[string]bool{}, map[string]bool{}
	if _, err := readContent(us.Journal, ours); err != nil {
		return meeting{why: "reading: " + err.Error(), told: fault.Of(err) == fault.Damaged}, nil
	}
	if _, err := readContent(them.Journal, theirs); err != nil {
		return meeting{}, err
	}
	for _, p := range s.promises {
		if p.until == 0 && replicated(p.fact) && !ours[p.fact] {
			return meeting{why: "still missing: " + p.fact}, nil
		}
	}
	for _, fact := range news {
		if replicated(fact) && (!ours[fact] || !theirs[fact]) {
			return meeting{why: "written after the loss and missing: " + fact}, nil
		}
	}
	v, err := operate.New(us, operate.Beyond{}).Verify(s.Context(), operate.Checked{})
	if err != nil || v.OK {
		return meeting{}, err
	}
	return meeting{why: "verify: " + v.Problems[0]}, nil
}

// keepPeer copies the neighbour's files.
func (l *life) keepPeer(dir string) {
	l.Helper()
	l.other = disk.MustRead(l, dir)
	if len(l.other[journalFile]) == 0 {
		l.Fatal("the neighbour has no journal")
	}
	l.peerPlace = newWorkplace(l, filepath.Join(dir, "identity"))
}
