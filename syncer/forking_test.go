package syncer_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// twoHistories are batches of one stream that part after the first.
func twoHistories(t *testing.T) (ours, theirs []*change.Batch) {
	of := clerk.Stream(first)
	return clerk.chain(t, of, "one", "a2", "a3"), clerk.chain(t, of, "one", "b2", "b3")
}

func TestForkSeen(t *testing.T) {
	ours, theirs := twoHistories(t)
	of := ours[0].Stream
	trace := syncer.Send{Message: syncer.Trace{Stream: of}}
	local := entryOf(first, ours...)
	told := syncer.Send{Message: syncer.Fork{Have: local.Have()}}
	forked := syncer.Loaded{Stream: of, Err: fault.New(fault.Forked, "other")}
	longer := entryOf(first, clerk.chain(t, of, "one", "a2", "a3", "a4")...)
	tests := []struct {
		name   string
		parent bool
		run    func(s *syncer.Session) []syncer.Effect
		want   syncer.Effect
	}{
		{"the child reads at a mark it does not know", false, func(s *syncer.Session) []syncer.Effect { return s.Step(forked) }, trace},
		{"the parent does", true, func(s *syncer.Session) []syncer.Effect { return s.Step(forked) }, told},
		{"the child is told", false, func(s *syncer.Session) []syncer.Effect {
			s.Step(loaded(ours...))
			return hear(s, syncer.Fork{Have: have(theirs[2])})
		}, trace},
		{"the child's batches are acknowledged as others", false, func(s *syncer.Session) []syncer.Effect {
			s.Step(loaded(ours...))
			return hear(s, syncer.Ack{Have: []syncer.Have{have(theirs[2])}})
		}, trace},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := opened(t, test.parent, []syncer.Entry{local})
			wantEffects(t, test.run(s), test.want)
			wantEffects(t, hear(s, syncer.Fork{Have: have(theirs[2])})) // once is enough
			wantEffects(t, s.Step(syncer.Grew{Local: []syncer.Entry{longer}}))
			if !s.Idle() {
				t.Error("what was sent of the other history is still counted")
			}
		})
	}
}

func TestForkOfEqualLength(t *testing.T) {
	ours, theirs := twoHistories(t)
	s := fresh(t, false)
	s.Step(syncer.Opened{Local: []syncer.Entry{entryOf(first, ours...)}})
	hear(s, hello(false))
	wantEffects(t, hear(s, syncer.Marks{Have: []syncer.Have{have(theirs[2])}, Last: true}),
		syncer.Send{Message: syncer.Trace{Stream: ours[0].Stream}})
}

func TestSearch(t *testing.T) {
	ours, theirs := twoHistories(t)
	of := ours[0].Stream
	s := opened(t, false, []syncer.Entry{entryOf(first, ours...)})
	ends := []change.Mark{theirs[2].End(), theirs[1].End()}
	wantEffects(t, hear(s, syncer.Traced{Stream: of, Ends: ends}), syncer.Match{Stream: of, Ends: ends})
	from := func(m change.Mark) syncer.Effect {
		return syncer.Send{Message: syncer.Ack{Have: []syncer.Have{{Stream: of, Mark: m}}, Behind: true}}
	}
	tests := []struct {
		name    string
		matched syncer.Matched
		want    syncer.Effect
	}{
		{"further back", syncer.Matched{Stream: of, Lowest: 2}, syncer.Send{Message: syncer.Trace{Stream: of, Before: 2}}},
		{"found", syncer.Matched{Stream: of, Found: true, Mark: ours[0].End(), Lowest: 1}, from(ours[0].End())},
		{"nothing in common", syncer.Matched{Stream: of, Lowest: 1}, from(change.Mark{})},
		{"the parent has none", syncer.Matched{Stream: of}, from(change.Mark{})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantEffects(t, s.Step(test.matched), test.want) })
	}
}

func TestTraceStaysInScope(t *testing.T) {
	other := newDevice(11, second)
	b := other.chain(t, other.Stream(second), "one")[0]
	mine := clerk.chain(t, clerk.Stream(first), "one")[0]
	s := opened(t, true, []syncer.Entry{entryOf(second, b), entryOf(first, mine)})
	wantEffects(t, hear(s, syncer.Trace{Stream: b.Stream}), syncer.Send{Message: syncer.Traced{Stream: b.Stream}})
	wantEffects(t, hear(s, syncer.Trace{Stream: mine.Stream, Before: 7}), syncer.Ends{Stream: mine.Stream, Before: 7})
}

func TestParentGoesOnFromTheCommonEnd(t *testing.T) {
	ours, _ := twoHistories(t)
	s := opened(t, true, []syncer.Entry{entryOf(first, ours...)})
	s.Step(syncer.Loaded{Stream: ours[0].Stream, Err: fault.New(fault.Forked, "other")})
	wantEffects(t, hear(s, syncer.Ack{Have: []syncer.Have{have(ours[0])}, Behind: true}), load(ours[1], 600))
}
