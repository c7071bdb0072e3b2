package light

import (
	"context"
	"sync"

	"tongbu/internal/change"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/streams"
)

// memory is the device's journal: the batches it has written, and only the marks
// of what it received, because it was linked before and knows the units.
type memory struct {
	own         syncer.Entry
	batches     []*change.Batch
	certificate []byte

	mu      sync.Mutex // guards what follows
	known   map[change.Stream]syncer.Entry
	version uint64
	changed chan struct{}
}

var _ link.Streams = (*memory)(nil)

func newMemory(s *Source, own change.Stream, batches []*change.Batch, known []syncer.Entry) *memory {
	st := &memory{batches: batches, certificate: s.Certificate(), known: map[change.Stream]syncer.Entry{}, changed: make(chan struct{})}
	for _, e := range known {
		st.known[e.Stream] = e
	}
	st.own = syncer.Entry{Stream: own, Author: s.Unit.ID}
	if n := len(batches); n > 0 {
		st.own.Sealed, st.own.Head = batches[n-1].End(), batches[n-1].Last()
		st.known[own] = st.own
	}
	return st
}

func (s *memory) Entries() ([]syncer.Entry, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]syncer.Entry, 0, len(s.known))
	for _, e := range s.known {
		all = append(all, e)
	}
	return all, s.version
}

func (s *memory) Since(version uint64) ([]syncer.Entry, uint64) { return nil, version }

func (s *memory) Changed() <-chan struct{} { return s.changed }

func (s *memory) Over() <-chan struct{} { return nil }

func (s *memory) Load(_ change.Stream, after change.Mark, _ int) ([]*change.Batch, []byte, error) {
	for i, b := range s.batches {
		if b.Follows(after) {
			return s.batches[i:], s.certificate, nil
		}
	}
	return nil, s.certificate, nil
}

func (s *memory) LoadReceipt(change.Stream) (*change.SignedReceipt, []byte, error) {
	return nil, nil, nil
}

func (s *memory) Seal(context.Context, change.Stream) error { return nil }

// Append keeps only the marks of what comes from above.
func (s *memory) Append(_ context.Context, _ streams.Sender, sealed [][]byte) ([]syncer.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	results := make([]syncer.Result, len(sealed))
	for i, raw := range sealed {
		b, err := change.ParseBatch(raw)
		if err != nil {
			return nil, err
		}
		s.known[b.Stream] = syncer.Entry{Stream: b.Stream, Sealed: b.End(), Head: b.Last()}
		results[i] = syncer.Result{Stream: b.Stream, End: b.End(), Outcome: syncer.Kept, Mark: b.End()}
	}
	return results, nil
}

func (s *memory) StoreReceipt(context.Context, ...[]byte) error { return nil }

func (s *memory) Learn(context.Context, []byte) error { return nil }

func (s *memory) Ends(change.Stream, uint64) ([]change.Mark, error) { return nil, nil }

func (s *memory) Match(of change.Stream, _ []change.Mark) (syncer.Matched, error) {
	return syncer.Matched{Stream: of}, nil
}
