package disk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/test/disk"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/desk"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// tape is a recorded life of one tier's directory: steps, each of which the
// program acknowledged, with what it promised and what its files said then.
type tape struct {
	testing.TB
	*disk.Recorder
	tier     string
	town     *kit.Town
	identity string // the folder with the device's keys, outside the recording
	replica  *replica.Replica
	steps    []step
	promises []promise // in the order in which they were made
	log      disk.Log  // when the recording is over
	unwatch  func()
}

type step struct {
	name  string
	sum   disk.Sum // of the content after it
	loose bool     // several transactions: a cut may fall between them
}

// promise is something that was acknowledged.
type promise struct {
	step  int
	until int // the step that may take it back; 0: none
	fact  string
}

// newTape joins a device of the unit, or takes the town's root, and opens its
// replica on a recorded directory. That is the first step.
func newTape(tb testing.TB, tier string, town *kit.Town, unit tree.Unit) *tape {
	tb.Helper()
	r := mustMount(tb)
	dir := town.RootDir
	if unit.ID != kit.City.ID {
		dir = town.MustJoin(tb, unit)
	}
	t := &tape{TB: tb, Recorder: r, tier: tier, town: town, identity: filepath.Join(dir, "identity")}
	if err := os.Symlink(t.identity, filepath.Join(r.Dir, "identity")); err != nil {
		tb.Fatal(err)
	}
	t.looseStep("open", func() []string {
		t.open()
		return nil
	})
	return t
}

func (t *tape) open() {
	t.Helper()
	t.replica = t.town.MustOpen(t, t.Dir)
	t.unwatch = t.watch()
}

func (t *tape) close() {
	t.Helper()
	t.unwatch()
	if err := t.replica.Close(); err != nil {
		t.Fatal(err)
	}
}

// restart closes and opens the directory.
func (t *tape) restart() {
	t.Helper()
	t.step("restart", func() []string {
		t.close()
		t.open()
		return nil
	})
}

// endRecording closes the directory and takes the log.
func (t *tape) endRecording() {
	t.Helper()
	t.close()
	t.log = t.MustLog(t)
}

// step records one acknowledged call that must happen whole or not at all. It
// returns the facts it promises.
func (t *tape) step(name string, do func() []string) {
	t.Helper()
	t.record(step{name: name}, do)
}

// looseStep records a step of several transactions.
func (t *tape) looseStep(name string, do func() []string) {
	t.Helper()
	t.record(step{name: name, loose: true}, do)
}

func (t *tape) record(s step, do func() []string) {
	t.Helper()
	at := len(t.steps)
	t.Mark(t, fmt.Sprintf("begin %d", at))
	promised := do()
	t.Mark(t, fmt.Sprintf("ack %d", at))
	facts := map[string]bool{}
	c, err := readContent(t.replica.Journal, facts)
	if err != nil {
		t.Fatal(err)
	}
	s.sum = c.sum
	t.steps = append(t.steps, s)
	for _, fact := range promised {
		if !facts[fact] {
			t.Fatalf("step %s: it is not so that: %s", s.name, fact)
		}
		t.promises = append(t.promises, promise{step: at, fact: fact})
	}
}

// revoke ends promises that the next step takes back.
func (t *tape) revoke(of func(fact string) bool) {
	for i := range t.promises {
		if p := &t.promises[i]; p.until == 0 && of(p.fact) {
			p.until = len(t.steps)
		}
	}
}

// historyOf selects the promises of a stream's history.
func historyOf(s change.Stream) func(string) bool {
	return func(fact string) bool {
		return strings.HasPrefix(fact, "batch "+s.String()) || strings.HasPrefix(fact, "said "+s.String())
	}
}

// putRecords writes records at the desk in one transaction, each line a JSON
// object with an id.
func (t *tape) putRecords(kind string, lines ...string) {
	t.Helper()
	t.step("put", func() []string { return t.typeRecords(kind, lines...) })
}

// typeRecords writes records and tells what was promised.
func (t *tape) typeRecords(kind string, lines ...string) []string {
	t.Helper()
	if err := putLine(t, t.replica, kind, strings.Join(lines, "\n")); err != nil {
		t.Fatal(err)
	}
	return factsOf(t, t.replica.Place.Unit, kind, lines)
}

// putBefore writes a person under an id that names no unit, as devices did once.
func (t *tape) putBefore(id change.RecordID, name string) {
	t.Helper()
	t.step("put before", func() []string {
		kit.MustWrite(t, t.replica, &change.Change{Kind: "person", Record: id, Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(name)}), Actor: "clerk", At: 1})
		return []string{fmt.Sprintf("set person %s name=%v", id, change.Text(name)), stateOf(t.replica.Place.Unit, id)}
	})
}

// stateOf is the fact that a unit's person of such an id has a state.
func stateOf(unit change.UnitID, id change.RecordID) string {
	return fmt.Sprintf("entry records.state %q", "person\x00"+string(id.Of("person", unit)))
}

// putLine writes JSON lines at a replica's desk.
func putLine(tb testing.TB, s *replica.Replica, kind, lines string) error {
	tb.Helper()
	items, err := desk.ReadLines(strings.NewReader(lines))
	if err != nil {
		return err
	}
	told := 0
	err = desk.New(s).Put(tb.Context(), kind, items, "clerk", func(desk.Written) error { told++; return nil })
	if err == nil && told != len(items) {
		return fmt.Errorf("%d of %d records were told", told, len(items))
	}
	return err
}

// factsOf are the facts that lines make when a unit writes them.
func factsOf(tb testing.TB, unit change.UnitID, kind string, lines []string) (facts []string) {
	tb.Helper()
	for _, line := range lines {
		var object map[string]string
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			tb.Fatal(err)
		}
		id := change.NumberedRecordID(unit, kind, object["id"])
		for name, value := range object {
			if name != "id" {
				facts = append(facts, fmt.Sprintf("set %s %s %s=%v", kind, id, name, change.Text(value)))
			}
		}
		facts = append(facts, fmt.Sprintf("entry records.state %q", kind+"\x00"+string(id)))
	}
	return facts
}

// receiveFrom takes from another replica what it has and this one lacks, as a
// link would, each transaction a step.
func (t *tape) receiveFrom(from *replica.Replica) {
	t.Helper()
	down := t.town.Tree.Below(from.Place.Unit, t.replica.Place.Unit)
	entries, _ := from.Streams.Entries()
	for _, e := range entries {
		direction, child := access.Up, from.Place.Unit
		if down {
			direction, child = access.Down, t.replica.Place.Unit
		}
		if access.Bring(t.town.Tree, direction, child, e.Author, e.Stream.Audience) {
			t.receiveStream(from, e, down)
		}
	}
}

func (t *tape) receiveStream(from *replica.Replica, e syncer.Entry, down bool) {
	t.Helper()
	have, _ := t.replica.Streams.Entry(e.Stream)
	batches, certificate, err := from.Streams.Load(e.Stream, have.Sealed, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if len(batches) > 0 {
		t.learnAuthor(certificate, e.Stream.Device)
	}
	for _, b := range batches {
		t.appendBatches(streams.Sender{Peer: syncer.Peer{Unit: from.Place.Unit, Device: from.Keys.Device()}, Parent: down}, syncer.Kept, b)
	}
	t.receiveReceipt(from, e.Stream)
}

func (t *tape) learnAuthor(certificate []byte, device change.DeviceID) {
	t.Helper()
	t.step("learn", func() []string {
		if err := t.replica.Streams.Learn(t.Context(), certificate); err != nil {
			t.Fatal(err)
		}
		return nil
	})
}

// appendBatches stores batches in one transaction.
func (t *tape) appendBatches(from streams.Sender, want syncer.Outcome, batches ...*change.Batch) {
	t.Helper()
	t.step("append", func() []string {
		sealed := make([][]byte, len(batches))
		for i, b := range batches {
			sealed[i] = b.Bytes()
		}
		results, err := t.replica.Streams.Append(t.Context(), from, sealed)
		if err != nil {
			t.Fatal(err)
		}
		var facts []string
		for _, r := range results {
			if r.Outcome != want {
				t.Fatalf("batch of %s: outcome %d (%s), want %d", r.Stream, r.Outcome, r.Reason, want)
			}
			if r.Outcome == syncer.Kept {
				facts = append(facts, fmt.Sprintf("batch %s %d %x", r.Stream, r.End.Seq, r.End.Hash), "author "+string(r.Stream.Device))
			}
		}
		return facts
	})
}

func (t *tape) receiveReceipt(from *replica.Replica, of change.Stream) {
	t.Helper()
	r, certificate, err := from.Streams.LoadReceipt(of)
	if err != nil {
		t.Fatal(err)
	}
	if r == nil {
		return
	}
	t.learnAuthor(certificate, r.City)
	t.step("receipt", func() []string {
		if err := t.replica.Streams.StoreReceipt(t.Context(), r.Bytes()); err != nil {
			t.Fatal(err)
		}
		return []string{fmt.Sprintf("receipt %s %d", of, r.Seq)}
	})
}

// seal closes the tails of the own streams.
func (t *tape) seal() {
	t.Helper()
	entries, _ := t.replica.Streams.Entries()
	for _, e := range entries {
		if e.Stream.Device != t.replica.Keys.Device() || e.Head == e.Sealed.Seq {
			continue
		}
		t.step("seal", func() []string {
			if err := t.replica.Streams.Seal(t.Context(), e.Stream); err != nil {
				t.Fatal(err)
			}
			now, _ := t.replica.Streams.Entry(e.Stream)
			return []string{fmt.Sprintf("batch %s %d %x", e.Stream, now.Sealed.Seq, now.Sealed.Hash)}
		})
	}
}

// seen is how far the program showed its streams to be: what a screen or a
// peer may have been told.
type seen struct {
	History uint64            `json:"history"`
	Last    uint64            `json:"last"`
	Heads   map[string]uint64 `json:"heads"`
}

// watch reads all the time what the replica shows and records it when it
// changes, until the returned function is called.
func (t *tape) watch() (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	s := t.replica
	go func() {
		defer close(done)
		var before string
		for ctx.Err() == nil {
			if now, ok := readShown(s); ok && now != before {
				before = now
				t.Mark(t, "seen "+now)
			}
			runtime.Gosched()
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// readShown is what a replica shows now; false when a history gave way
// meanwhile.
func readShown(s *replica.Replica) (string, bool) {
	before, err := readSeen(s.Journal)
	if err != nil {
		return "", false
	}
	entries, _ := s.Streams.Entries()
	after, err := readSeen(s.Journal)
	if err != nil || before.History != after.History {
		return "", false
	}
	for _, e := range entries {
		after.Heads[e.Stream.String()] = max(after.Heads[e.Stream.String()], e.Head)
	}
	raw, err := json.Marshal(after)
	return string(raw), err == nil
}
