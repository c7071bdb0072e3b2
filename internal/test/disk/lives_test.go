package disk_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/test/disk"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// life is a tape with its neighbour, which has all that the tape's replica
// could give to it, and where that was.
type life struct {
	*tape
	peer *replica.Replica
	sent []int // steps after which the neighbour had all

	peerDir   string
	other     disk.Image // the neighbour's files at the end
	peerPlace workplace  // where they are put again
}

// lives are the recorded tiers.
func lives(tb testing.TB, rounds int) []*life {
	tb.Helper()
	return []*life{nodeLife(tb, rounds), hubLife(tb, rounds), cityLife(tb, rounds)}
}

func person(id, name string) string { return fmt.Sprintf(`{"id":%q,"name":%q}`, id, name) }

// handOver gives all to the neighbour.
func (l *life) handOver() {
	l.Helper()
	l.seal()
	l.town.MustCarry(l, l.replica, l.peer)
	l.sent = append(l.sent, len(l.steps)-1)
}

// finish hands over, ends the tape and keeps the neighbour's files.
func (l *life) finish() *life {
	l.Helper()
	l.handOver()
	l.endRecording()
	if err := l.peer.Close(); err != nil {
		l.Fatal(err)
	}
	l.keepPeer(l.peerDir)
	return l
}

// nodeLife is a community: a clerk writes, alone and at once with others; the
// street and the city answer; a copy of the directory makes the history give
// way.
func nodeLife(tb testing.TB, rounds int) *life {
	tb.Helper()
	town := kit.MustTown(tb)
	city := town.MustCity(tb)
	street, dir := joinReplica(tb, town, city, kit.Street)
	rival := town.MustForger(tb, kit.Second)
	rival.MustSay(tb, city, kit.Second, &change.Change{Kind: "person", Record: "p-taken", Fields: change.FieldsOf(map[string]change.Value{"name": change.Text("乙")}), At: 1})
	l := &life{tape: newTape(tb, "node", town, kit.First), peer: street, peerDir: dir}
	l.receiveFrom(street)
	for round := range rounds {
		id := func(n int) string { return fmt.Sprintf("p-%d-%d", round, n) }
		for n := range 3 {
			l.putRecords("person", person(id(n), "甲"))
		}
		l.putRecords("person", person(id(3), "甲"), person(id(4), "乙"), fmt.Sprintf(`{"id":%q,"phone":"0714-%06d"}`, id(0), round))
		l.handOver()
		l.putBefore("p-taken", "甲"+id(0)[2:3])
		l.handOver()
		l.hearAcked()
		cityAnswers(tb, town, city, street)
		l.revoke(func(fact string) bool { return fact == stateOf(kit.First.ID, "p-taken") }) // all of it is refused
		l.receiveFrom(street)
		l.typeTogether(round)
		if round == rounds/2 {
			l.cutJournal()
			l.restart()
			l.replaceHistory()
		}
	}
	return l.finish()
}

// joinReplica makes a replica of the unit that knows the tree, and its
// directory.
func joinReplica(tb testing.TB, town *kit.Town, city *replica.Replica, unit tree.Unit) (*replica.Replica, string) {
	tb.Helper()
	dir := town.MustJoin(tb, unit)
	s := town.MustOpen(tb, dir)
	town.MustCarry(tb, city, s)
	return s, dir
}

// cityAnswers has the city judge what the street has, and the street hear of it.
func cityAnswers(tb testing.TB, town *kit.Town, city, street *replica.Replica) {
	tb.Helper()
	town.MustCarry(tb, street, city)
	kit.MustJudge(tb, city)
	town.MustCarry(tb, city, street)
}

// hearAcked hears from the parent how far it has the own streams, and writes
// that down.
func (t *tape) hearAcked() {
	t.Helper()
	t.step("acked", func() (facts []string) {
		entries, _ := t.replica.Streams.Entries()
		for _, e := range entries {
			if e.Stream.Device == t.replica.Keys.Device() {
				t.replica.Streams.Acked(syncer.Have{Stream: e.Stream, Mark: e.Sealed})
				facts = append(facts, fmt.Sprintf("entry custody.parent %q", e.Stream.String()))
			}
		}
		if err := t.replica.Streams.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		return facts
	})
}

// typeTogether is several clerks at once: their writes share transactions.
func (t *tape) typeTogether(round int) {
	t.Helper()
	t.looseStep("crowd", func() []string {
		var all sync.WaitGroup
		facts := make([][]string, 4)
		for i := range facts {
			all.Go(func() {
				for n := range 3 {
					facts[i] = append(facts[i], t.typeRecords("person", person(fmt.Sprintf("p-%d-c%d%d", round, i, n), "丙"))...)
				}
			})
		}
		all.Wait()
		var flat []string
		for _, f := range facts {
			flat = append(flat, f...)
		}
		return flat
	})
}

// replaceHistory gives the replica another history of its own stream, signed
// with its own key, as a copy of its directory would have written.
func (l *life) replaceHistory() {
	l.Helper()
	l.handOver()
	own := l.ownStream()
	before, _ := l.replica.Streams.Entry(own)
	b := byHand(l, l.replica, own, before.Sealed, "p-copy")
	l.neighbourTakes(l.replica, b)
	l.putRecords("person", person("p-lost-1", "丁"))
	l.seal()
	l.putRecords("person", person("p-lost-2", "丁"))
	l.revoke(historyOf(own))
	l.appendBatches(l.parentSender(), syncer.Kept, b)
	l.putRecords("person", person("p-after", "戊"))
}

// cutJournal cuts the replica's own stream, batch by batch, each in a step: the changes
// stay, in a batch where the cut is lost, and the arrival goes with the batch.
func (l *life) cutJournal() {
	l.Helper()
	l.handOver()
	own := l.ownStream()
	e, _ := l.replica.Streams.Entry(own)
	var next []journal.Arrival
	err := l.replica.Journal.View(func(tx *journal.Tx) error {
		all, err := tx.Arrivals(0, 1<<20)
		for _, a := range all {
			if a.Stream == own && a.Last < e.Sealed.Seq {
				next = append(next, a)
			}
		}
		return err
	})
	if err != nil || len(next) == 0 {
		l.Fatalf("%d batches to cut: %v", len(next), err)
	}
	for _, a := range next {
		batch, arrival := fmt.Sprintf("batch %s %d ", own, a.Last), fmt.Sprintf("arrival %d", a.No)
		l.revoke(func(fact string) bool { return strings.HasPrefix(fact, batch) || fact == arrival })
		l.step("cut", func() (facts []string) {
			err := l.replica.Journal.Update(l.Context(), func(tx *journal.Tx) error {
				_, err := tx.Cut(own, a.Last, 1)
				return err
			})
			if err != nil {
				l.Fatal(err)
			}
			for seq := a.First; seq <= a.Last; seq++ {
				facts = append(facts, fmt.Sprintf("here %s %d", own, seq))
			}
			return facts
		})
	}
}

// ownStream is the replica's stream to its own unit.
func (t *tape) ownStream() change.Stream {
	t.Helper()
	n, err := t.replica.Streams.Incarnation()
	if err != nil {
		t.Fatal(err)
	}
	return change.Stream{Device: t.replica.Keys.Device(), Incarnation: n, Audience: t.replica.Place.Unit}
}

// parentSender stands for a hub above, whoever it is.
func (t *tape) parentSender() streams.Sender {
	return streams.Sender{Peer: syncer.Peer{Unit: kit.City.ID, Device: "parent"}, Parent: true}
}

// byHand seals one person's record with a replica's key.
func byHand(tb testing.TB, s *replica.Replica, in change.Stream, after change.Mark, id string) *change.Batch {
	tb.Helper()
	c := &change.Change{Kind: "person", Record: change.RecordID(id), Fields: change.FieldsOf(map[string]change.Value{"name": change.Text("庚")}), Actor: "copy", At: 1}
	raw, err := c.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	b, err := change.Seal(change.BatchRows, s.Keys.Key(), in, after, [][]byte{raw}, 1)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// hubLife is a street: two communities below write, one of them from two
// copies of its directory; the city's word on that stands.
func hubLife(tb testing.TB, rounds int) *life {
	tb.Helper()
	town := kit.MustTown(tb)
	city := town.MustCity(tb)
	first, second := town.MustReplica(tb, city, kit.First), town.MustReplica(tb, city, kit.Second)
	copied := town.MustOpen(tb, town.MustJoin(tb, kit.Second))
	l := &life{tape: newTape(tb, "hub", town, kit.Street), peer: city, peerDir: town.RootDir}
	l.receiveFrom(city)
	for round := range rounds {
		for i, s := range []*replica.Replica{first, second} {
			writePersons(tb, s, person(fmt.Sprintf("p-%d-%d-a", round, i), "甲"), person(fmt.Sprintf("p-%d-%d-b", round, i), "乙"))
			writePersons(tb, s, fmt.Sprintf(`{"id":"p-%d-%d-a","phone":"0714-000000"}`, round, i))
			sealTails(tb, s)
			writePersons(tb, s, person(fmt.Sprintf("p-%d-%d-c", round, i), "丙"))
			sealTails(tb, s)
			l.receiveFrom(s)
		}
		l.appendTogether(first, round)
		l.putRecords("notice", fmt.Sprintf(`{"id":"n-%d","title":"通知%d"}`, round, round))
		l.handOver()
		kit.MustJudge(tb, city)
		l.receiveFrom(city)
		l.hearAcked()
		if round == rounds/2 {
			l.forkBelow(copied)
			l.restart()
			l.resolveFork(copied)
		}
	}
	return l.finish()
}

// appendTogether stores three batches in one transaction.
func (t *tape) appendTogether(from *replica.Replica, round int) {
	t.Helper()
	for n := range 3 {
		writePersons(t, from, person(fmt.Sprintf("p-%d-s%d", round, n), "己"))
		sealTails(t, from)
	}
	in := change.Stream{Device: from.Keys.Device(), Incarnation: 1, Audience: from.Place.Unit}
	have, _ := t.replica.Streams.Entry(in)
	batches, _, err := from.Streams.Load(in, have.Sealed, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	t.appendBatches(childSender(from), syncer.Kept, batches...)
}

func childSender(s *replica.Replica) streams.Sender {
	return streams.Sender{Peer: syncer.Peer{Unit: s.Place.Unit, Device: s.Keys.Device()}}
}

// forkBelow has a device below say two things under one number: the second is
// kept as evidence.
func (t *tape) forkBelow(copied *replica.Replica) {
	t.Helper()
	in := change.Stream{Device: copied.Keys.Device(), Incarnation: 1, Audience: copied.Place.Unit}
	one := byHand(t, copied, in, change.Mark{}, "p-one")
	t.learnAuthor(copied.Keys.Certificate().Raw, copied.Keys.Device())
	t.appendBatches(childSender(copied), syncer.Kept, one)
	t.appendBatches(childSender(copied), syncer.Kept, byHand(t, copied, in, one.End(), "p-more"))
	t.appendBatches(childSender(copied), syncer.Differs, byHand(t, copied, in, change.Mark{}, "p-two"))
}

// resolveFork has the city say that the other history stands: it got it by
// another way.
func (l *life) resolveFork(copied *replica.Replica) {
	l.Helper()
	in := change.Stream{Device: copied.Keys.Device(), Incarnation: 1, Audience: copied.Place.Unit}
	b := byHand(l, copied, in, change.Mark{}, "p-two")
	l.neighbourTakes(copied, b)
	l.revoke(historyOf(in))
	l.appendBatches(l.parentSender(), syncer.Kept, b)
}

// neighbourTakes gives a batch to the neighbour alone.
func (l *life) neighbourTakes(from *replica.Replica, b *change.Batch) {
	l.Helper()
	if err := l.peer.Streams.Learn(l.Context(), from.Keys.Certificate().Raw); err != nil {
		l.Fatal(err)
	}
	results, err := l.peer.Streams.Append(l.Context(), childSender(from), [][]byte{b.Bytes()})
	if err != nil || results[0].Outcome != syncer.Kept {
		l.Fatalf("the neighbour does not take a batch: %v %v", results, err)
	}
}

func writePersons(tb testing.TB, s *replica.Replica, lines ...string) {
	tb.Helper()
	t := &tape{TB: tb, replica: s}
	t.typeRecords("person", lines...)
}

func sealTails(tb testing.TB, s *replica.Replica) {
	tb.Helper()
	entries, _ := s.Streams.Entries()
	for _, e := range entries {
		if e.Stream.Device == s.Keys.Device() && e.Head > e.Sealed.Seq {
			if err := s.Streams.Seal(tb.Context(), e.Stream); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

// cityLife is the city: it says which units there are, admits devices, judges
// what comes and signs for it.
func cityLife(tb testing.TB, rounds int) *life {
	tb.Helper()
	town := kit.MustTown(tb)
	l := &life{tape: newTape(tb, "city", town, kit.City)}
	l.putUnits()
	l.peer, l.peerDir = joinReplica(tb, town, l.replica, kit.Street)
	first := town.MustReplica(tb, l.replica, kit.First)
	rival := town.MustForger(tb, kit.Second)
	for round := range rounds {
		taken, named := change.RecordID(fmt.Sprintf("p-%d-a", round)), fmt.Sprintf("p-%d-b", round)
		kit.MustWrite(tb, first, kit.Person(taken, "甲"))
		writePersons(tb, first, person(named, "乙"))
		sealTails(tb, first)
		town.MustCarry(tb, first, l.peer)
		rival.MustSay(tb, l.peer, kit.Second,
			&change.Change{Kind: "person", Record: taken, Fields: change.FieldsOf(map[string]change.Value{"name": change.Text("丙")}), At: 1},
			&change.Change{Kind: "person", Record: kit.Name(kit.First, "person", named), Fields: change.FieldsOf(map[string]change.Value{"name": change.Text("丙")}), At: 1},
			&change.Change{Kind: "person", Record: change.RecordID(fmt.Sprintf("p-%d-r", round)), Fields: change.FieldsOf(map[string]change.Value{"name": change.Text("丁")}), At: 1})
		l.receiveFrom(l.peer)
		l.reconcile()
		l.admitDevice(byte(round))
		l.putRecords("notice", fmt.Sprintf(`{"id":"n-%d","title":"通知%d"}`, round, round))
		l.reconcile()
		l.handOver()
		town.MustCarry(tb, l.peer, first)
		if round == rounds/2 {
			l.restart()
		}
	}
	return l.finish()
}

func (t *tape) putUnits() {
	t.Helper()
	t.step("units", func() (facts []string) {
		if err := root.NewAdmission(t.replica).PutUnits(t.Context(), kit.Units()); err != nil {
			t.Fatal(err)
		}
		for _, u := range kit.Units() {
			facts = append(facts, fmt.Sprintf("set unit %s code=%v", u.ID, change.Text(u.Code)))
		}
		return facts
	})
}

// reconcile judges all that has arrived, a transaction a step, and tells what
// the receipts then say.
func (t *tape) reconcile() {
	t.Helper()
	for more := true; more; {
		t.step("reconcile", func() []string {
			var err error
			if more, err = kit.JudgeNext(t.Context(), t.replica); err != nil {
				t.Fatal(err)
			}
			return t.receiptFacts()
		})
	}
}

// receiptFacts are the city's receipts and how far it has judged.
func (t *tape) receiptFacts() (facts []string) {
	t.Helper()
	err := t.replica.Journal.View(func(tx *journal.Tx) error {
		at, err := tx.Cursor("reconcile")
		if err != nil {
			return err
		}
		if at > 0 {
			facts = append(facts, fmt.Sprintf("cursor reconcile %d", at))
		}
		return tx.Receipts(func(r *change.SignedReceipt) error {
			facts = append(facts, fmt.Sprintf("receipt %s %d", r.Stream, r.Seq))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// admitDevice makes a ticket and uses it for a made-up device of a unit.
func (t *tape) admitDevice(n byte) {
	t.Helper()
	a, id := root.NewAdmission(t.replica), identity.TicketID{n + 1}
	t.step("ticket", func() []string {
		if err := a.PutTicket(t.Context(), identity.Ticket{ID: id, Unit: kit.First.ID, Expires: 1 << 50}); err != nil {
			t.Fatal(err)
		}
		return []string{fmt.Sprintf("entry root.tickets %q", id[:])}
	})
	t.step("admit", func() []string {
		key := make([]byte, 32)
		key[0] = n
		d := identity.Device{ID: change.DeviceOf(key), Unit: kit.First.ID, Key: key, Name: "made up", Enrolled: int64(n)}
		err := a.Admit(t.Context(), id, d.ID, func(ticket *identity.Ticket, _ *identity.Device) (identity.Ticket, identity.Device, error) {
			ticket.UsedBy = d.ID
			return *ticket, d, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return []string{fmt.Sprintf("set device %s name=%v", d.ID, change.Text("made up"))}
	})
}
