package syncer_test

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// history is one stream of a lone session: what the store under it holds, and
// another history of it that a peer may have.
type history struct {
	author       change.UnitID
	ours, theirs []*change.Batch
}

func newHistory(t testing.TB, d device, in change.Stream, author change.UnitID) history {
	return history{author, d.chain(t, in, "1", "2", "3", "4", "5", "6"), d.chain(t, in, "1", "2", "b3", "b4", "b5", "b6", "b7")}
}

// lone is a session with a store of its own and a peer that may send any message
// at any time. The store keeps the contract of the events; the peer keeps none.
type lone struct {
	session   *syncer.Session
	window    int
	histories []history
	held      []int          // batches of each that are sealed
	head      []int          // and that are written
	seen      map[string]int // states met
	over      bool           // the session failed: nothing more is asked of it
}

func newLone(rt *rapid.T, histories []history, seen map[string]int) *lone {
	parent := rapid.Bool().Draw(rt, "parent")
	cfg := syncer.Config{Network: "n", Self: clerk.Peer, Other: relay.Peer, Parent: parent, Tree: town.Tree,
		Window: rapid.IntRange(1, 2000).Draw(rt, "window"), Chunk: rapid.IntRange(1, 1000).Draw(rt, "chunk")}
	if parent {
		cfg.Self, cfg.Other = relay.Peer, clerk.Peer
	}
	l := &lone{session: syncer.NewSession(cfg), window: cfg.Window, histories: histories, seen: seen}
	for range histories {
		n := rapid.IntRange(0, 6).Draw(rt, "held")
		l.held, l.head = append(l.held, n), append(l.head, n)
	}
	var local []syncer.Entry
	for i := range histories {
		local = append(local, l.entry(i))
	}
	l.step(rt, syncer.Opened{Local: local})
	if rapid.IntRange(0, 9).Draw(rt, "hello") > 0 {
		l.step(rt, syncer.Received{Message: hello(parent)})
	}
	return l
}

func (l *lone) entry(i int) syncer.Entry {
	h := l.histories[i]
	e := syncer.Entry{Stream: h.ours[0].Stream, Author: h.author, Head: uint64(l.head[i])}
	if l.held[i] > 0 {
		e.Sealed = h.ours[l.held[i]-1].End()
	}
	return e
}

// step is what a runner does with an event, and what holds after each step.
func (l *lone) step(rt *rapid.T, ev syncer.Event) {
	todo := []syncer.Event{ev}
	for len(todo) > 0 && !l.over {
		effects := l.session.Step(todo[0])
		todo = todo[1:]
		if err := syncer.CheckInvariants(l.session); err != nil {
			rt.Fatalf("after %T: %v", ev, err)
		}
		for _, h := range l.histories {
			l.seen[syncer.StateOf(l.session, h.ours[0].Stream)]++
		}
		for _, effect := range effects {
			if answer := l.carryOut(rt, effect); answer != nil {
				todo = append(todo, answer)
			}
		}
	}
}

func (l *lone) carryOut(rt *rapid.T, effect syncer.Effect) syncer.Event {
	switch x := effect.(type) {
	case syncer.Load:
		if x.Max < 1 || x.Max > l.window {
			rt.Fatalf("reads %d bytes for a window of %d", x.Max, l.window)
		}
		return l.load(rt, x)
	case syncer.LoadReceipt:
		return syncer.LoadedReceipt{Stream: x.Stream}
	case syncer.Ends:
		return syncer.Ended{Stream: x.Stream}
	case syncer.Match:
		return syncer.Matched{Stream: x.Stream, Mark: l.mark(rt), Found: rapid.Bool().Draw(rt, "found"), Lowest: rapid.Uint64Range(0, 3).Draw(rt, "lowest")}
	case syncer.Seal:
		i := slices.IndexFunc(l.histories, func(h history) bool { return h.ours[0].Stream == x.Stream })
		l.held[i] = l.head[i]
	case syncer.Fail:
		l.over = true
	}
	return nil
}

// load reads as a store does: what stands after the mark, one batch at least,
// Forked for a mark of another history, Unavailable when it was cut off, and nothing
// when it was cut back.
func (l *lone) load(rt *rapid.T, x syncer.Load) syncer.Loaded {
	i := slices.IndexFunc(l.histories, func(h history) bool { return h.ours[0].Stream == x.Stream })
	held := l.histories[i].ours[:l.held[i]]
	if x.After.Seq > 0 && (x.After.Seq > uint64(len(held)) || held[x.After.Seq-1].End() != x.After) {
		return syncer.Loaded{Stream: x.Stream, Err: fault.New(fault.Forked, "another history")}
	}
	switch rapid.IntRange(0, 9).Draw(rt, "cut") {
	case 0:
		return syncer.Loaded{Stream: x.Stream}
	case 1:
		return syncer.Loaded{Stream: x.Stream, Err: fault.New(fault.Unavailable, "cut off")}
	}
	answer := syncer.Loaded{Stream: x.Stream}
	for size := 0; len(answer.Batches) == 0 || size < x.Max; {
		n := int(x.After.Seq) + len(answer.Batches)
		if n == len(held) || len(answer.Batches) > 0 && size+len(held[n].Bytes()) > x.Max {
			break
		}
		answer.Batches = append(answer.Batches, held[n])
		size += len(held[n].Bytes())
	}
	return answer
}

func (l *lone) stream(rt *rapid.T) change.Stream {
	return rapid.SampledFrom(l.histories).Draw(rt, "stream").ours[0].Stream
}

// mark is a place of our history, of another one, or of none.
func (l *lone) mark(rt *rapid.T) change.Mark {
	h := rapid.SampledFrom(l.histories).Draw(rt, "history")
	all := slices.Concat(h.ours, h.theirs)
	if n := rapid.IntRange(0, len(all)).Draw(rt, "mark"); n < len(all) {
		return all[n].End()
	}
	return change.Mark{}
}

// have is what a peer may say of a stream: mostly a place of one of its
// histories.
func (l *lone) have(rt *rapid.T) syncer.Have {
	h := rapid.SampledFrom(l.histories).Draw(rt, "of")
	mark := l.mark(rt)
	if all := slices.Concat(h.ours, h.theirs); rapid.IntRange(0, 4).Draw(rt, "fitting") > 0 {
		mark = all[rapid.IntRange(0, len(all)-1).Draw(rt, "place")].End()
	}
	return syncer.Have{Stream: h.ours[0].Stream, Mark: mark}
}

// says are the things that may happen to a lone session.
func (l *lone) says() map[string]func(*rapid.T) {
	hear := func(say func(*rapid.T) syncer.Message) func(*rapid.T) {
		return func(rt *rapid.T) { l.step(rt, syncer.Received{Message: say(rt)}) }
	}
	marks := func(last bool) func(*rapid.T) syncer.Message {
		return func(rt *rapid.T) syncer.Message {
			return syncer.Marks{Have: rapid.SliceOfN(rapid.Custom(l.have), 0, 3).Draw(rt, "have"), Last: last}
		}
	}
	ack := func(behind bool) func(*rapid.T) syncer.Message {
		return func(rt *rapid.T) syncer.Message {
			return syncer.Ack{Have: rapid.SliceOfN(rapid.Custom(l.have), 1, 3).Draw(rt, "have"), Behind: behind}
		}
	}
	return map[string]func(*rapid.T){
		"some marks": hear(marks(false)),
		"last marks": hear(marks(true)),
		"ack":        hear(ack(false)),
		"behind":     hear(ack(true)),
		"all came":   l.acknowledgeAll,
		"refuse":     hear(func(rt *rapid.T) syncer.Message { return syncer.Refuse{Stream: l.stream(rt)} }),
		"cut off":    hear(func(rt *rapid.T) syncer.Message { return syncer.Refuse{Stream: l.stream(rt), Kind: fault.Unavailable} }),
		"fork":       hear(func(rt *rapid.T) syncer.Message { return syncer.Fork{Have: l.have(rt)} }),
		"trace":      hear(func(rt *rapid.T) syncer.Message { return syncer.Trace{Stream: l.stream(rt)} }),
		"traced":     hear(func(rt *rapid.T) syncer.Message { return syncer.Traced{Stream: l.stream(rt)} }),
		"stored":     l.store,
		"grew":       l.grow,
	}
}

// acknowledgeAll has the peer acknowledge all that is held here, as one that
// stores what it gets.
func (l *lone) acknowledgeAll(rt *rapid.T) {
	var have []syncer.Have
	for i := range l.histories {
		e := l.entry(i)
		have = append(have, e.Have())
	}
	l.step(rt, syncer.Received{Message: syncer.Ack{Have: have}})
}

func (l *lone) store(rt *rapid.T) {
	var results []syncer.Result
	for range rapid.IntRange(1, 4).Draw(rt, "results") {
		h := l.have(rt)
		outcome := rapid.SampledFrom([]syncer.Outcome{syncer.Kept, syncer.Behind, syncer.Differs, syncer.Refused}).Draw(rt, "outcome")
		results = append(results, syncer.Result{Stream: h.Stream, Outcome: outcome, End: h.Mark, Mark: l.mark(rt)})
	}
	l.step(rt, syncer.Stored{Results: results})
}

func (l *lone) grow(rt *rapid.T) {
	var local []syncer.Entry
	for i := range l.histories {
		if rapid.Bool().Draw(rt, "grows") {
			l.head[i] = min(l.head[i]+rapid.IntRange(0, 2).Draw(rt, "written"), 6)
			l.held[i] = rapid.IntRange(l.held[i], l.head[i]).Draw(rt, "sealed")
		}
		local = append(local, l.entry(i))
	}
	l.step(rt, syncer.Grew{Local: local})
}

// TestInvariants: whatever a peer sends, and in whatever order, the invariants
// written on the fields hold after every step; and each state of a flow occurs.
func TestInvariants(t *testing.T) {
	histories := newHistories(t)
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) { rt.Repeat(newLone(rt, histories, seen).says()) })
	if missing := unseen(seen); len(missing) > 0 {
		t.Errorf("no flow was ever %v", missing)
	}
}

// FuzzInvariants is TestInvariants with the fuzzer's choices.
func FuzzInvariants(f *testing.F) {
	histories := newHistories(f)
	f.Add([]byte{})
	f.Fuzz(rapid.MakeFuzz(func(rt *rapid.T) { rt.Repeat(newLone(rt, histories, map[string]int{}).says()) }))
}

func newHistories(t testing.TB) []history {
	root, again := newDevice(1, city), clerk.Stream(first)
	again.Incarnation = 2
	return []history{
		newHistory(t, clerk, clerk.Stream(first), first), newHistory(t, clerk, again, first),
		newHistory(t, relay, relay.Stream(first), street), newHistory(t, root, root.Stream(city), city),
	}
}

func unseen(seen map[string]int) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for name := range maps.Values(syncer.StateNames) {
			if seen[name] == 0 && !yield(name) {
				return
			}
		}
	})
}
