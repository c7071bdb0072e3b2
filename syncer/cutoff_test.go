package syncer_test

import (
	"testing"

	"tongbu/internal/fault"
	"tongbu/syncer"
)

func cutOff(of syncer.Have) syncer.Refuse {
	return syncer.Refuse{Stream: of.Stream, Kind: fault.Unavailable, Reason: "cut off"}
}

// TestCutOffHere: a peer that lacks what was cut off is told so, and sent the rest as soon
// as it has come that far by another link.
func TestCutOffHere(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one", "two", "three")
	s := fresh(t, false)
	s.Step(syncer.Opened{Local: []syncer.Entry{entryOf(first, b...)}})
	hear(s, hello(false))
	of := b[0].Stream
	wantEffects(t, hear(s, syncer.Marks{Last: true}), load(b[0], 600))
	gone := fault.New(fault.Unavailable, "cut off")
	wantEffects(t, s.Step(syncer.Loaded{Stream: of, Err: gone}), syncer.Send{Message: cutOff(have(b[0]))})
	wantEffects(t, s.Step(syncer.Grew{Local: []syncer.Entry{entryOf(first, b...)}})) // nothing is tried again
	if !s.Idle() {
		t.Error("a stream that waits for another link keeps this one busy")
	}
	behind := syncer.Ack{Have: []syncer.Have{have(b[1])}, Behind: true}
	wantEffects(t, hear(s, behind), load(b[2], 600))
}

// TestCutOffThere: who lacks what a peer has cut off says how far it has come, each time
// once.
func TestCutOffThere(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one", "two", "three")
	s := opened(t, true, nil, have(b[2]))
	gone := cutOff(have(b[0]))
	wantEffects(t, hear(s, gone))
	told := func(i int) syncer.Effect {
		return syncer.Send{Message: syncer.Ack{Have: []syncer.Have{have(b[i])}, Behind: true}}
	}
	wantEffects(t, s.Step(syncer.Grew{Local: []syncer.Entry{entryOf(first, b[:1]...)}}), told(0))
	wantEffects(t, hear(s, gone)) // it is as far as it said
	wantEffects(t, s.Step(syncer.Grew{Local: []syncer.Entry{entryOf(first, b[:2]...)}}), told(1))
	wantEffects(t, s.Step(syncer.Grew{Local: []syncer.Entry{entryOf(first, b[:2]...)}}))
}
