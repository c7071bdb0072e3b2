package disk_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/test/disk"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/report"
	"tongbu/internal/tree"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// act is one call that is acknowledged or fails, and may be repeated.
type act struct {
	name  string
	do    func(s *replica.Replica) error
	facts []string
}

// script is what one tier does while its disk fails.
type script struct {
	*tape
	unit change.UnitID
	acts []act
	once map[string]bool // records that must have one change each in the end
}

// TestIOErrors: at every single call that writes or syncs, the disk fails.
// The program says so, or goes on; after a restart all that it had
// acknowledged is there, and what is tried again is there once.
func TestIOErrors(t *testing.T) {
	line := begin(t, "io-errors")
	stride := report.Scale(5, 1)
	for _, tier := range []string{"node", "hub", "city"} {
		s := newScript(t, tier)
		n := s.countCalls()
		line.Figure(tier+"_calls", n)
		failures := 0
		for at := 1; at <= n; at += stride {
			for _, f := range []failure{{at, syscall.EIO, false}, {at, syscall.ENOSPC, false}, {at, syscall.ENOSPC, true}} {
				line.Runs++
				failed, err := s.playActs(f)
				failures += failed
				if err != nil {
					line.Violations++
					t.Errorf("%s, call %d of %d, %v (lasting: %t): %v", tier, at, n, f.errno, f.stay, err)
				}
			}
		}
		line.Figure(tier+"_failed_acts", failures)
		if failures == 0 {
			t.Errorf("%s: no failure was ever seen", tier)
		}
	}
	line.Figure("bound_95", bound(line.Runs))
}

// failure is what the disk does wrong.
type failure struct {
	at    int
	errno syscall.Errno
	stay  bool // until the program has noticed
}

func newScript(t *testing.T, tier string) *script {
	t.Helper()
	town := kit.MustTown(t)
	units := map[string]struct {
		unit tree.Unit
		dir  string
		acts func(*script) []act
	}{
		"node": {kit.First, town.MustJoin(t, kit.First), (*script).nodeActs},
		"hub":  {kit.Street, town.MustJoin(t, kit.Street), (*script).hubActs},
		"city": {kit.City, town.RootDir, (*script).cityActs},
	}
	r := mustMount(t)
	s := &script{tape: &tape{TB: t, Recorder: r, tier: tier, town: town, identity: filepath.Join(units[tier].dir, "identity")}, unit: units[tier].unit.ID, once: map[string]bool{}}
	if err := os.Symlink(s.identity, filepath.Join(r.Dir, "identity")); err != nil {
		t.Fatal(err)
	}
	s.acts = units[tier].acts(s)
	return s
}

// countCalls counts those that may fail in a run without failures.
func (s *script) countCalls() (n int) {
	s.Helper()
	before := len(s.MustLog(s))
	if _, err := s.playActs(failure{}); err != nil {
		s.Fatal(err)
	}
	ended := false // the checks after the run do not count
	for _, op := range s.MustLog(s)[before:] {
		ended = ended || op.Kind == disk.Mark && op.Name == "over"
		if !ended && op.Kind != disk.Mark && op.Kind != disk.Create {
			n++
		}
	}
	return n
}

// playActs acts from an empty directory. It returns how many acts failed, and
// what is wrong in the end.
func (s *script) playActs(f failure) (failed int, err error) {
	for _, name := range s.fileNames() {
		if err := os.Remove(filepath.Join(s.Dir, name)); err != nil {
			return 0, err
		}
	}
	s.FailAt(s, f.at, f.errno, f.stay)
	at, err := s.start()
	if err != nil {
		return 0, err
	}
	var promised []string
	for _, a := range s.acts {
		err := a.do(at)
		if err != nil {
			failed++
			if at, err = s.recover(at, err, a, promised); err != nil {
				return failed, errors.Join(err, at.Close())
			}
		}
		promised = append(promised, a.facts...)
	}
	_ = at.Close() // a note that cannot be written is no failure
	s.FailAt(s, 0, 0, false)
	s.Mark(s, "over")
	return failed, s.inspect(promised)
}

func (s *script) fileNames() (names []string) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		s.Fatal(err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && e.Name()[0] != '.' {
			names = append(names, e.Name())
		}
	}
	return names
}

// start opens the directory; a start that fails is tried again on a disk that
// has recovered, once for each thing that may have been left behind.
func (s *script) start() (*replica.Replica, error) {
	at, err := replica.Open(s.town.Config(s, s.Dir))
	if err == nil {
		return at, nil
	}
	s.FailAt(s, 0, 0, false)
	return replica.Open(s.town.Config(s, s.Dir))
}

// recover goes on after an act that failed: with the same process when only
// room was missing, else with a new one. All that was promised before is
// there; the act is then repeated.
func (s *script) recover(at *replica.Replica, cause error, a act, promised []string) (*replica.Replica, error) {
	s.FailAt(s, 0, 0, false)
	kind := fault.Of(cause)
	if kind == fault.OK || kind == fault.Internal {
		return at, fmt.Errorf("%s failed without saying how: %w", a.name, cause)
	}
	if kind == fault.Full && a.do(at) == nil {
		return at, nil
	}
	_ = at.Close()
	again, err := replica.Open(s.town.Config(s, s.Dir))
	if err != nil {
		return at, fmt.Errorf("restart after %s (%w): %w", a.name, cause, err)
	}
	if err := missingFact(again, promised); err != nil {
		return again, fmt.Errorf("after %s (%w): %w", a.name, cause, err)
	}
	if err := a.do(again); err != nil {
		return again, fmt.Errorf("%s again: %w", a.name, err)
	}
	return again, nil
}

func missingFact(s *replica.Replica, promised []string) error {
	facts := map[string]bool{}
	if _, err := readContent(s.Journal, facts); err != nil {
		return err
	}
	for _, fact := range promised {
		if !facts[fact] {
			return fmt.Errorf("lost: %s", fact)
		}
	}
	return nil
}

// inspect opens the directory as a new process would, and wants everything
// there, once, and sound.
func (s *script) inspect(promised []string) (err error) {
	at, err := replica.Open(s.town.Config(s, s.Dir))
	if err != nil {
		return fmt.Errorf("the last start: %w", err)
	}
	defer func() { err = errors.Join(err, at.Close()) }()
	if err := missingFact(at, promised); err != nil {
		return err
	}
	for record, n := range changesOf(s, at) {
		if s.once[record] && n != 1 {
			return fmt.Errorf("record %s has %d changes, want one", record, n)
		}
	}
	v, err := operate.New(at, operate.Beyond{}).Verify(s.Context(), operate.Checked{})
	if err == nil && !v.OK {
		err = errors.New("verify: " + v.Problems[0])
	}
	return err
}

// changesOf counts the changes of each record.
func changesOf(tb testing.TB, s *replica.Replica) map[string]int {
	tb.Helper()
	count := map[string]int{}
	err := s.Journal.View(func(tx *journal.Tx) error {
		return tx.Streams(func(info journal.StreamInfo) error {
			for seq := uint64(1); seq <= info.Head; seq++ {
				raw, err := tx.Change(info.Stream, seq)
				if err != nil {
					return err
				}
				c, err := change.Decode(raw)
				if err != nil {
					return err
				}
				count[string(c.Record)]++
			}
			return nil
		})
	})
	if err != nil {
		tb.Fatal(err)
	}
	return count
}

// putAct writes one record at the desk.
func (s *script) putAct(kind, id, line string) act {
	s.once[string(change.NumberedRecordID(s.unit, kind, id))] = true
	return act{name: "put " + kind, facts: factsOf(s, s.unit, kind, []string{line}), do: func(at *replica.Replica) error {
		return putLine(s, at, kind, line)
	}}
}

// appendAct stores a batch that comes from another replica.
func (s *script) appendAct(from streams.Sender, certificate []byte, b *change.Batch) act {
	fact := fmt.Sprintf("batch %s %d %x", b.Stream, b.Last(), b.Hash())
	return act{name: "append", facts: []string{fact}, do: func(at *replica.Replica) error {
		if err := at.Streams.Learn(s.Context(), certificate); err != nil {
			return err
		}
		results, err := at.Streams.Append(s.Context(), from, [][]byte{b.Bytes()})
		if err == nil && results[0].Outcome != syncer.Kept {
			err = fault.New(fault.Internal, "outcome %d: %s", results[0].Outcome, results[0].Reason)
		}
		return err
	}}
}

func (s *script) sealAct(audience change.UnitID) act {
	return act{name: "seal", do: func(at *replica.Replica) error {
		return at.Streams.Seal(s.Context(), change.Stream{Device: at.Keys.Device(), Incarnation: 1, Audience: audience})
	}}
}

func (s *script) nodeActs() []act {
	acts := s.cityActsDown()
	for n := range 3 {
		id := fmt.Sprint("p-", n)
		acts = append(acts, s.putAct("person", id, person(id, "甲")))
	}
	acts = append(acts, s.sealAct(kit.First.ID), s.putAct("household", "h-1", `{"id":"h-1","address":"1"}`))
	return acts
}

func (s *script) hubActs() []act {
	acts := append(s.cityActsDown(), s.belowActs()...)
	return append(acts, s.putAct("notice", "n-1", `{"id":"n-1","title":"通知"}`), s.putAct("notice", "n-2", `{"id":"n-2","title":"通知"}`))
}

func (s *script) cityActs() []act {
	units := act{name: "units", do: func(at *replica.Replica) error {
		if at.Members.Tree() != nil {
			return nil
		}
		return root.NewAdmission(at).PutUnits(s.Context(), kit.Units())
	}}
	for _, u := range kit.Units() {
		units.facts = append(units.facts, fmt.Sprintf("set unit %s code=%v", u.ID, change.Text(u.Code)))
		s.once[string(u.ID)] = true
	}
	judging := act{name: "reconcile", facts: []string{"cursor reconcile 1"}, do: func(at *replica.Replica) error {
		for {
			if more, err := kit.JudgeNext(s.Context(), at); err != nil || !more {
				return err
			}
		}
	}}
	id := identity.TicketID{1}
	ticket := act{name: "ticket", facts: []string{fmt.Sprintf("entry root.tickets %q", id[:])}, do: func(at *replica.Replica) error {
		return root.NewAdmission(at).PutTicket(s.Context(), identity.Ticket{ID: id, Unit: kit.First.ID})
	}}
	acts := append([]act{units}, s.belowActs()...)
	return append(acts, judging, ticket, s.putAct("notice", "n-1", `{"id":"n-1","title":"通知"}`), judging)
}

// cityActsDown is what the city says to all, as it comes down.
func (s *script) cityActsDown() []act {
	city := s.town.MustCity(s)
	return s.actsOf(city, streams.Sender{Peer: syncer.Peer{Unit: kit.City.ID, Device: city.Keys.Device()}, Parent: true})
}

// belowActs is what a community says, as it comes up.
func (s *script) belowActs() []act {
	dir := s.town.MustJoin(s, kit.Second)
	at := s.town.MustOpen(s, dir)
	for n := range 2 {
		id := fmt.Sprint("p-below-", n)
		if err := putLine(s, at, "person", person(id, "乙")); err != nil {
			s.Fatal(err)
		}
		sealTails(s, at)
		s.once[string(kit.Name(kit.Second, "person", id))] = true
	}
	return s.actsOf(at, childSender(at))
}

// actsOf makes an act of each batch of a replica.
func (s *script) actsOf(at *replica.Replica, sender streams.Sender) (acts []act) {
	entries, _ := at.Streams.Entries()
	for _, e := range entries {
		batches, certificate, err := at.Streams.Load(e.Stream, change.Mark{}, 1<<20)
		if err != nil {
			s.Fatal(err)
		}
		for _, b := range batches {
			acts = append(acts, s.appendAct(sender, certificate, b))
		}
	}
	return acts
}
