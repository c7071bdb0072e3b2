package syncer_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// TestUpOnly: what came up from below and is spoken to a unit beside, as it may be since a
// unit was moved, goes not down again; nor is the child told that it differs there.
func TestUpOnly(t *testing.T) {
	aside := clerk.chain(t, clerk.Stream(second), "one")
	for name, theirs := range map[string]syncer.Have{
		"it has nothing":       {Stream: aside[0].Stream},
		"it has another first": {Stream: aside[0].Stream, Mark: change.Mark{Seq: 1, Hash: change.Hash{1}}},
	} {
		s := fresh(t, true)
		s.Step(syncer.Opened{Local: []syncer.Entry{entryOf(first, aside...)}})
		hear(s, hello(true))
		if got := hear(s, syncer.Marks{Have: []syncer.Have{theirs}, Last: true}); len(got) > 0 {
			t.Errorf("%s: got %v, want nothing of it sent", name, got)
		}
	}
}

// TestTreeOfThePeer: other streams wait for a broadcast that the child has not got, and not
// for one that it has itself sent here.
func TestTreeOfThePeer(t *testing.T) {
	root := newDevice(1, city)
	all := root.chain(t, root.Stream(city), "tree")[0]
	mine := clerk.chain(t, clerk.Stream(first), "one")[0]
	s := opened(t, true, nil)
	hear(s, syncer.Batch{Sealed: all.Bytes()})
	s.Step(syncer.Stored{Results: []syncer.Result{{Stream: all.Stream, Outcome: syncer.Kept, End: all.End(), Mark: all.End()}}})
	s.Step(syncer.Grew{Local: []syncer.Entry{entryOf(city, all)}})
	wantEffects(t, s.Step(syncer.Grew{Local: []syncer.Entry{entryOf(first, mine)}}), load(mine, 600))
}

// TestNothingSealed: of an own stream of which nothing is sealed nothing is acknowledged
// when a link opens; of another one what is.
func TestNothingSealed(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one")[0]
	begin := func(local syncer.Entry, theirs ...syncer.Have) []syncer.Effect {
		s := fresh(t, false)
		s.Step(syncer.Opened{Local: []syncer.Entry{local}})
		hear(s, hello(false))
		return hear(s, syncer.Marks{Have: theirs, Last: true})
	}
	wantEffects(t, begin(syncer.Entry{Stream: clerk.Stream(first), Author: first}))
	wantEffects(t, begin(entryOf(first, b), have(b)), syncer.Acked{Have: have(b)})
}

// TestWhoSearches: the child finds the end of a history that both have, of a stream that is
// here; the parent leaves it to the child.
func TestWhoSearches(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one")[0]
	traced := syncer.Traced{Stream: b.Stream, Ends: []change.Mark{b.End()}}
	local := []syncer.Entry{entryOf(first, b)}
	wantEffects(t, hear(opened(t, false, local, have(b)), traced), syncer.Match{Stream: b.Stream, Ends: traced.Ends})
	wantEffects(t, hear(opened(t, false, nil), traced))
	wantEffects(t, hear(opened(t, true, local, have(b)), traced))
	wantEffects(t, hear(opened(t, true, nil), traced))
}

// TestMostMarks: the list of marks may be as long as the bound says.
func TestMostMarks(t *testing.T) {
	s := fresh(t, true)
	s.Step(syncer.Opened{})
	hear(s, hello(true))
	part := make([]syncer.Have, 2048)
	for i := range part {
		part[i] = syncer.Have{Stream: inventedStream(i, first)}
	}
	for n := len(part); n <= syncer.MaxMarks; n += len(part) {
		if got := hear(s, syncer.Marks{Have: part}); len(got) > 0 {
			t.Fatalf("%d marks: got %v, want them taken", n, got)
		}
	}
	wantFail(t, hear(s, syncer.Marks{Have: part[:1]}), fault.Exhausted)
}

// TestBehindTheSameBatch: a batch that comes once more and has a gap before it once more is
// the answer to a word that was lost: the peer is asked again.
func TestBehindTheSameBatch(t *testing.T) {
	of := clerk.Stream(first)
	s := opened(t, true, nil)
	behind := syncer.Stored{Results: []syncer.Result{{Stream: of, Outcome: syncer.Behind, End: change.Mark{Seq: 3}}}}
	for range 3 {
		if got := s.Step(behind); len(got) != 1 {
			t.Errorf("got %v, want one word", got)
		}
	}
}

// TestFullWindow: while what is in flight fills the window to the byte nothing more is read.
func TestFullWindow(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one", "two")
	s := narrow(t, len(b[0].Bytes()), entryOf(first, b...))
	wantEffects(t, others(s.Step(loaded(b[0]))))
	wantEffects(t, hear(s, syncer.Ack{Have: []syncer.Have{have(b[0])}}), syncer.Acked{Have: have(b[0])}, load(b[1], len(b[0].Bytes())))
}

// TestNoCertificate: of a device whose certificate is not here its batches are sent alone.
func TestNoCertificate(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one")[0]
	s := opened(t, false, []syncer.Entry{entryOf(first, b)})
	wantEffects(t, s.Step(syncer.Loaded{Stream: b.Stream, Batches: []*change.Batch{b}}), syncer.Send{Message: syncer.Batch{Sealed: b.Bytes()}})
}

// TestNamedAgain: a stream that is named again, or is held here, takes no further place among
// those that only the peer has; one at the bounds of what there can be is remembered.
func TestNamedAgain(t *testing.T) {
	const most = 3
	held := clerk.chain(t, clerk.Stream(first), "one")
	begin := func() *syncer.Session {
		s := syncer.NewSession(syncer.Config{Network: "n", Self: relay.Peer, Other: clerk.Peer, Parent: true, Tree: town.Tree, Named: most})
		s.Step(syncer.Opened{Local: []syncer.Entry{entryOf(first, held...)}})
		hear(s, hello(true))
		return s
	}
	name := func(s *syncer.Session, of change.Stream, seq uint64) int {
		hear(s, syncer.Marks{Have: []syncer.Have{{Stream: of, Mark: change.Mark{Seq: seq, Hash: change.Hash{1}}}}})
		return syncer.Remembered(s)
	}
	s := begin()
	for range 2 * most {
		name(s, inventedStream(0, first), 1)
		name(s, held[0].Stream, 1)
	}
	for n := range most {
		name(s, inventedStream(n, first), 1)
	}
	if got := name(s, inventedStream(most, first), 1); got != most+1 {
		t.Errorf("%d streams are remembered, want %d and the one held here", got, most)
	}
	highest := inventedStream(0, first)
	highest.Incarnation = syncer.MaxIncarnation
	beyond := highest
	beyond.Incarnation++
	for of, seqs := range map[change.Stream]map[uint64]int{
		highest: {syncer.MaxSeq: 1, syncer.MaxSeq + 1: 0}, beyond: {1: 0, syncer.MaxSeq: 0},
	} {
		for seq, want := range seqs {
			if got := name(begin(), of, seq); got != want {
				t.Errorf("%v at %d: %d remembered, want %d", of, seq, got, want)
			}
		}
	}
}

// TestUpFromBelow: what may go up goes up, also where its audience is a unit beside.
func TestUpFromBelow(t *testing.T) {
	aside := clerk.chain(t, clerk.Stream(second), "one")
	s := fresh(t, false)
	wantEffects(t, s.Step(syncer.Opened{Local: []syncer.Entry{entryOf(first, aside...)}}),
		syncer.Send{Message: syncer.Hello{Version: syncer.Version, Network: "n", Peer: clerk.Peer, Batch: change.BatchColumns}},
		syncer.Send{Message: syncer.Marks{Have: []syncer.Have{have(aside[0])}, Last: true}})
	hear(s, hello(false))
	wantEffects(t, hear(s, syncer.Marks{Last: true}), load(aside[0], 600))
}

// TestManyAcknowledged: what is said of one stream hides nothing that is said of the next,
// whether it is not held here, was sent back, or differs.
func TestManyAcknowledged(t *testing.T) {
	other := clerk.Stream(first)
	other.Incarnation++
	b, c := clerk.chain(t, clerk.Stream(first), "one"), clerk.chain(t, other, "one")
	unheld, differs := have(b[0]), have(b[0])
	unheld.Stream.Incarnation += 2
	differs.Mark.Hash = change.Hash{1}
	for name, before := range map[string]syncer.Have{"not held": unheld, "differs": differs} {
		s := narrow(t, 100_000, entryOf(first, b...), entryOf(first, c...))
		s.Step(loaded(b[0]))
		s.Step(loaded(c[0]))
		got := hear(s, syncer.Ack{Have: []syncer.Have{before, have(c[0])}})
		if !slices.ContainsFunc(got, func(e syncer.Effect) bool { return cmp.Equal(e, syncer.Effect(syncer.Acked{Have: have(c[0])})) }) {
			t.Errorf("%s: of the other stream got %v", name, got)
		}
	}
	s := narrow(t, 100_000, entryOf(first, b...), entryOf(first, c...))
	s.Step(loaded(b[0]))
	s.Step(loaded(c[0]))
	wantEffects(t, hear(s, syncer.Ack{Have: []syncer.Have{{Stream: b[0].Stream}, {Stream: c[0].Stream}}, Behind: true}), load(b[0], 600))
	wantEffects(t, others(s.Step(loaded(b[0]))), load(c[0], 600))
}
