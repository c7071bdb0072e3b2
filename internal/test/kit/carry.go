package kit

import (
	"testing"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/tree"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// MustCarry takes to one replica what the other has and it lacks, as a link
// between them would: batches that belong on the link, and receipts.
func (t *Town) MustCarry(tb testing.TB, from, to *replica.Replica) {
	tb.Helper()
	t.mustSeal(tb, from)
	entries, _ := from.Streams.Entries()
	for _, e := range entries {
		if t.carries(from, to, e) {
			t.mustCarry(tb, from, to, e)
		}
	}
}

// MustExchange carries both ways.
func (t *Town) MustExchange(tb testing.TB, a, b *replica.Replica) {
	tb.Helper()
	t.MustCarry(tb, a, b)
	t.MustCarry(tb, b, a)
}

func (t *Town) mustSeal(tb testing.TB, s *replica.Replica) {
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

func (t *Town) isDownward(from, to *replica.Replica) bool {
	return t.Tree.Below(from.Place.Unit, to.Place.Unit)
}

func (t *Town) carries(from, to *replica.Replica, e syncer.Entry) bool {
	if t.isDownward(from, to) {
		return access.Bring(t.Tree, access.Down, to.Place.Unit, e.Author, e.Stream.Audience)
	}
	return access.Bring(t.Tree, access.Up, from.Place.Unit, e.Author, e.Stream.Audience)
}

func (t *Town) mustCarry(tb testing.TB, from, to *replica.Replica, e syncer.Entry) {
	tb.Helper()
	have, _ := to.Streams.Entry(e.Stream)
	for at := have.Sealed; at.Seq < e.Sealed.Seq; {
		batches, certificate, err := from.Streams.Load(e.Stream, at, 1<<20)
		if err != nil || len(batches) == 0 {
			tb.Fatalf("load %s after %d: %v", e.Stream, at.Seq, err)
		}
		if err := to.Streams.Learn(tb.Context(), certificate); err != nil {
			tb.Fatal(err)
		}
		t.mustAppend(tb, from, to, batches)
		at = batches[len(batches)-1].End()
	}
	r, certificate, err := from.Streams.LoadReceipt(e.Stream)
	if err != nil {
		tb.Fatal(err)
	}
	if r == nil {
		return
	}
	if err := to.Streams.Learn(tb.Context(), certificate); err != nil {
		tb.Fatal(err)
	}
	if err := to.Streams.StoreReceipt(tb.Context(), r.Bytes()); err != nil {
		tb.Fatal(err)
	}
}

func (t *Town) mustAppend(tb testing.TB, from, to *replica.Replica, batches []*change.Batch) {
	tb.Helper()
	sealed := make([][]byte, len(batches))
	for i, b := range batches {
		sealed[i] = b.Bytes()
	}
	sender := streams.Sender{Peer: syncer.Peer{Unit: from.Place.Unit, Device: from.Keys.Device()}, Parent: t.isDownward(from, to)}
	results, err := to.Streams.Append(tb.Context(), sender, sealed)
	if err != nil {
		tb.Fatal(err)
	}
	for _, r := range results {
		if r.Outcome != syncer.Kept {
			tb.Fatalf("batch of %s: got outcome %d (%s), want it kept", r.Stream, r.Outcome, r.Reason)
		}
	}
}

// Forger signs batches by hand, past all checks of a replica: a device whose
// owner writes software of their own.
type Forger struct {
	Unit tree.Unit
	town *Town
	s    *replica.Replica // for its key and certificate only
	ends map[change.Stream]change.Mark
}

// MustForger makes one of the unit.
func (t *Town) MustForger(tb testing.TB, unit tree.Unit) *Forger {
	tb.Helper()
	return &Forger{Unit: unit, town: t, s: t.MustOpen(tb, t.MustJoin(tb, unit)), ends: map[change.Stream]change.Mark{}}
}

// Stream is the forger's stream to an audience.
func (f *Forger) Stream(audience tree.Unit) change.Stream {
	return change.Stream{Device: f.s.Keys.Device(), Incarnation: 1, Audience: audience.ID}
}

// MustSay seals the changes as one batch and hands it to the replica.
func (f *Forger) MustSay(tb testing.TB, to *replica.Replica, audience tree.Unit, changes ...*change.Change) {
	tb.Helper()
	raws := make([][]byte, len(changes))
	for i, c := range changes {
		raw, err := c.Encode()
		if err != nil {
			tb.Fatal(err)
		}
		raws[i] = raw
	}
	f.MustSayRaw(tb, to, audience, raws...)
}

// MustSayRaw is MustSay with bytes that may not be changes at all.
func (f *Forger) MustSayRaw(tb testing.TB, to *replica.Replica, audience tree.Unit, raws ...[]byte) {
	tb.Helper()
	if r := f.SayIn(tb, to, f.Stream(audience), raws...); r.Outcome != syncer.Kept {
		tb.Fatalf("batch of %s: got outcome %d (%s), want it kept", r.Stream, r.Outcome, r.Reason)
	}
}

// SayIn seals the bytes as one batch of a stream, under whatever name, and hands it
// to the replica, which may refuse it: then the next follows the one before.
func (f *Forger) SayIn(tb testing.TB, to *replica.Replica, in change.Stream, raws ...[]byte) syncer.Result {
	tb.Helper()
	b, err := change.Seal(change.BatchRows, f.s.Keys.Key(), in, f.ends[in], raws, f.town.Clock.Now().UnixMilli())
	if err != nil {
		tb.Fatal(err)
	}
	if err := to.Streams.Learn(tb.Context(), f.s.Keys.Proof()); err != nil {
		tb.Fatal(err)
	}
	sender := streams.Sender{Peer: f.Peer(), Parent: f.town.isDownward(f.s, to)}
	results, err := to.Streams.Append(tb.Context(), sender, [][]byte{b.Bytes()})
	if err != nil {
		tb.Fatal(err)
	}
	if results[0].Outcome == syncer.Kept {
		f.ends[in] = b.End()
	}
	return results[0]
}

// Forget restarts the forger's streams, as a clone would: under the same
// numbers, with another history.
func (f *Forger) Forget() { f.ends = map[change.Stream]change.Mark{} }

// MustGiveWay hands a replica below all of the forger's stream that the one
// above has, whatever history it holds itself.
func (f *Forger) MustGiveWay(tb testing.TB, above, below *replica.Replica, audience tree.Unit) {
	tb.Helper()
	batches, _, err := above.Streams.Load(f.Stream(audience), change.Mark{}, 1<<20)
	if err != nil {
		tb.Fatal(err)
	}
	f.town.mustAppend(tb, above, below, batches)
}

// MustCarryReceipts carries the city's receipts alone, as a line that is cut before
// its words come through.
func (t *Town) MustCarryReceipts(tb testing.TB, from, to *replica.Replica) {
	tb.Helper()
	entries, _ := from.Streams.Entries()
	for _, e := range entries {
		r, certificate, err := from.Streams.LoadReceipt(e.Stream)
		if err != nil {
			tb.Fatal(err)
		}
		if r == nil || !t.carries(from, to, e) {
			continue
		}
		if err := to.Streams.Learn(tb.Context(), certificate); err != nil {
			tb.Fatal(err)
		}
		if err := to.Streams.StoreReceipt(tb.Context(), r.Bytes()); err != nil {
			tb.Fatal(err)
		}
	}
}
