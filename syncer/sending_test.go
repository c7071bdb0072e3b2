package syncer_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

func load(b *change.Batch, limit int) syncer.Load {
	return syncer.Load{Stream: b.Stream, After: change.Mark{Seq: b.First - 1, Hash: b.Prev}, Max: limit}
}

func loaded(batches ...*change.Batch) syncer.Loaded {
	return syncer.Loaded{Stream: batches[0].Stream, Batches: batches, Author: clerk.Certificate()}
}

func TestSendsWhatThePeerLacks(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one", "two", "three")
	s := fresh(t, false)
	s.Step(syncer.Opened{Local: []syncer.Entry{entryOf(first, b...)}})
	hear(s, hello(false))
	wantEffects(t, hear(s, syncer.Marks{Have: []syncer.Have{have(b[0])}, Last: true}), load(b[1], 600))
	wantEffects(t, s.Step(loaded(b[1:]...)),
		syncer.Send{Message: syncer.Author{Certificate: clerk.Certificate()}},
		syncer.Send{Message: syncer.Batch{Sealed: b[1].Bytes()}}, syncer.Send{Message: syncer.Batch{Sealed: b[2].Bytes()}})
	if s.Idle() {
		t.Error("idle before the peer has said so")
	}
	wantEffects(t, hear(s, syncer.Ack{Have: []syncer.Have{have(b[2])}}), syncer.Acked{Have: have(b[2])})
	if !s.Idle() {
		t.Error("not idle when all is acknowledged")
	}
}

func TestPeerHasMoreThanItSaid(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one", "two", "three")
	s := narrow(t, 1, entryOf(first, b...))
	s.Step(loaded(b[0]))
	hear(s, syncer.Ack{Have: []syncer.Have{have(b[2])}})
	if !s.Idle() {
		t.Error("sends what the peer has through another link")
	}
}

// narrow is a session that sends to a peer with nothing.
func narrow(t *testing.T, window int, local ...syncer.Entry) *syncer.Session {
	t.Helper()
	s := syncer.NewSession(syncer.Config{Network: "n", Self: clerk.Peer, Other: relay.Peer, Tree: town.Tree, Window: window, Chunk: 600})
	s.Step(syncer.Opened{Local: local})
	hear(s, hello(false))
	hear(s, syncer.Marks{Last: true})
	return s
}

func TestNothingGoesBack(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one")[0]
	s := opened(t, true, nil)
	hear(s, syncer.Batch{Sealed: b.Bytes()})
	s.Step(syncer.Stored{Results: []syncer.Result{{Stream: b.Stream, Outcome: syncer.Kept, End: b.End(), Mark: b.End()}}})
	wantEffects(t, s.Step(syncer.Grew{Local: []syncer.Entry{entryOf(first, b)}}))
}

func TestWindow(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "1", "2", "3", "4", "5")
	size := len(b[0].Bytes())
	s := narrow(t, 2*size+10, entryOf(first, b...))
	wantEffects(t, others(s.Step(loaded(b[0]))), load(b[1], size+10))
	wantEffects(t, others(s.Step(loaded(b[1]))), load(b[2], size+10-len(b[1].Bytes())))
	wantEffects(t, others(s.Step(loaded(b[2]))))
	s.Step(syncer.Grew{Local: []syncer.Entry{entryOf(first, b...)}})
	if got := hear(s, syncer.Ack{Have: []syncer.Have{have(b[1])}}); len(got) != 2 {
		t.Errorf("want the next read when the window has room, got %v", got)
	}
}

func TestOneReadAtATime(t *testing.T) {
	var local []syncer.Entry
	for n := range uint32(20) {
		of := clerk.Stream(first)
		of.Incarnation = n + 1
		local = append(local, entryOf(first, clerk.chain(t, of, "x")...))
	}
	s := fresh(t, false)
	s.Step(syncer.Opened{Local: local})
	hear(s, hello(false))
	if got := hear(s, syncer.Marks{Last: true}); len(got) != 1 {
		t.Errorf("%d reads at once would fill the window many times", len(got))
	}
}

func TestStreamsTakeTurns(t *testing.T) {
	long := clerk.chain(t, clerk.Stream(first), "1", "2", "3", "4")
	of := clerk.Stream(first)
	of.Incarnation = 2
	short := clerk.chain(t, of, "a")
	s := opened(t, false, []syncer.Entry{entryOf(first, long...), entryOf(first, short...)})
	wantEffects(t, others(s.Step(loaded(long[0])))[:1], syncer.Load{Stream: of, Max: 600})
}

func TestCutBackWhileReading(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one")[0]
	s := opened(t, false, []syncer.Entry{entryOf(first, b)})
	wantEffects(t, s.Step(syncer.Loaded{Stream: b.Stream}))
}

func TestTail(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one")[0]
	of := b.Stream
	s := opened(t, false, nil)
	open := syncer.Entry{Stream: of, Author: first, Head: 1}
	wantEffects(t, s.Step(syncer.Grew{Local: []syncer.Entry{open}}), syncer.Seal{Stream: of})
	wantEffects(t, s.Step(syncer.Grew{Local: []syncer.Entry{entryOf(first, b)}}), load(b, 600))
	s.Step(loaded(b))
	more := entryOf(first, b)
	more.Head = 2
	wantEffects(t, s.Step(syncer.Grew{Local: []syncer.Entry{more}})) // what is written now goes into the next batch
	wantEffects(t, hear(s, syncer.Ack{Have: []syncer.Have{have(b)}}), syncer.Acked{Have: have(b)}, syncer.Seal{Stream: of})
}

func TestTailOfAnother(t *testing.T) {
	s := opened(t, true, nil)
	wantEffects(t, s.Step(syncer.Grew{Local: []syncer.Entry{{Stream: clerk.Stream(first), Author: first, Head: 1}}}))
}

func TestRefusedStreamRests(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one", "two")
	s := opened(t, false, []syncer.Entry{entryOf(first, b[0])})
	s.Step(loaded(b[0]))
	refuse := syncer.Refuse{Stream: b[0].Stream, Kind: fault.Denied, Reason: "no"}
	wantEffects(t, hear(s, refuse), syncer.Stopped{Refuse: refuse})
	wantEffects(t, s.Step(syncer.Grew{Local: []syncer.Entry{entryOf(first, b...)}}))
	if !s.Idle() {
		t.Error("the refused batch is still counted as in flight")
	}
}

func TestStartsAgain(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one", "two")
	s := opened(t, false, []syncer.Entry{entryOf(first, b...)})
	s.Step(loaded(b...))
	wantEffects(t, hear(s, syncer.Ack{Have: []syncer.Have{have(b[0])}, Behind: true}), load(b[1], 600))
	s.Step(loaded(b[1]))
	hear(s, syncer.Ack{Have: []syncer.Have{have(b[1])}})
	if !s.Idle() {
		t.Error("what was dropped is still counted as in flight")
	}
}

// TestReceiptsGo: to whichever end has an older one.
func TestReceiptsGo(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one")[0]
	e := entryOf(first, b)
	e.Receipt = syncer.ReceiptAt{Epoch: 1, Seq: 1}
	known, old := have(b), have(b)
	known.Receipt, old.Receipt = e.Receipt, syncer.ReceiptAt{Epoch: 0, Seq: 9}
	ask := syncer.LoadReceipt{Stream: b.Stream}
	for name, test := range map[string]struct {
		parent bool
		theirs syncer.Have
		want   []syncer.Effect
	}{
		"a later epoch is newer": {true, old, []syncer.Effect{ask}},
		"known below":            {true, known, nil},
		"known above":            {false, known, []syncer.Effect{syncer.Acked{Have: known}}}, // the child's own, and the parent has it
		"lost above":             {false, old, []syncer.Effect{syncer.Acked{Have: old}, ask}},
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t, test.parent)
			s.Step(syncer.Opened{Local: []syncer.Entry{e}})
			hear(s, hello(test.parent))
			wantEffects(t, hear(s, syncer.Marks{Have: []syncer.Have{test.theirs}, Last: true}), test.want...)
		})
	}
}

func TestTreeGoesFirst(t *testing.T) {
	root := newDevice(1, city)
	all := root.chain(t, root.Stream(city), "tree")[0]
	mine := clerk.chain(t, clerk.Stream(first), "one")[0]
	s := opened(t, true, []syncer.Entry{entryOf(city, all), entryOf(first, mine)})
	got := s.Step(syncer.Loaded{Stream: all.Stream, Batches: []*change.Batch{all}})
	wantEffects(t, others(got))
	wantEffects(t, hear(s, syncer.Ack{Have: []syncer.Have{have(all)}}), syncer.Acked{Have: have(all)}, load(mine, 600))
}
