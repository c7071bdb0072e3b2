package streams

import (
	"math/rand/v2"
	"testing"

	"tongbu/internal/change"
	"tongbu/syncer"
)

func indexed(of change.Stream) (syncer.Entry, bool, error) {
	return syncer.Entry{Stream: of}, true, nil
}

func streamsOf(n int) []change.Stream {
	streams := make([]change.Stream, n)
	for i := range streams {
		streams[i] = change.Stream{Device: "d", Incarnation: uint32(i + 1), Audience: "u"}
	}
	return streams
}

// TestSince: who asks at any pace hears of every stream that changed, however
// long the list has grown meanwhile.
func TestSince(t *testing.T) {
	var x index
	x.init("self", nil)
	streams, rng := streamsOf(50), rand.New(rand.NewPCG(1, 1))
	version, changed := uint64(0), map[change.Stream]bool{}
	for step := range 10 * maxLog {
		s := streams[rng.IntN(len(streams))]
		if err := x.refresh([]change.Stream{s}, indexed); err != nil {
			t.Fatal(err)
		}
		changed[s] = true
		if rng.IntN(300) > 0 && step%(3*maxLog) > 0 {
			continue
		}
		heard, now := x.since(version)
		for _, e := range heard {
			delete(changed, e.Stream)
		}
		if len(changed) > 0 {
			t.Fatalf("after %d changes: since %d, now %d, nothing is heard of %v", step+1, version, now, changed)
		}
		version = now
	}
	if len(x.log) > 2*maxLog {
		t.Errorf("the list has %d changes", len(x.log))
	}
}

// BenchmarkRefresh is the cost of one change of a stream when many were before.
func BenchmarkRefresh(b *testing.B) {
	var x index
	x.init("self", nil)
	streams := streamsOf(50)
	for i := range 3 * maxLog {
		if err := x.refresh(streams[i%50:i%50+1], indexed); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := x.refresh(streams[:1], indexed); err != nil {
			b.Fatal(err)
		}
	}
}
