package records

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
)

// visit is called for each change, with its place in the stream.
type visit func(author change.UnitID, p merge.Placed, seq uint64)

// scan calls fn for every change of the streams, tails included. It reads in
// short transactions: a long one would make the file grow.
func (r *replay) scan(ctx context.Context, fn visit) (err error) {
	streams := r.from.Streams
	if streams == nil {
		if streams, err = streamsOf(r.from.Journal); err != nil {
			return err
		}
	}
	r.read = make(map[change.Stream]journal.StreamInfo, len(streams))
	for _, info := range streams {
		r.read[info.Stream] = info
	}
	for _, info := range streams {
		if err := scanStream(ctx, r.from.Journal, info, fn); err != nil {
			return err
		}
	}
	return nil
}

func streamsOf(store *journal.Store) (streams []journal.StreamInfo, err error) {
	err = store.View(func(tx *journal.Tx) error {
		return tx.Streams(func(info journal.StreamInfo) error {
			streams = append(streams, info)
			return nil
		})
	})
	return streams, err
}

const scanBytes = 1 << 20

func scanStream(ctx context.Context, store *journal.Store, info journal.StreamInfo, fn visit) error {
	for at := uint64(0); at < info.Sealed.Seq; {
		if ctx.Err() != nil {
			return fault.Wrap("replay", ctx.Err())
		}
		runs, err := runsAfter(store, info.Stream, at)
		if err != nil || len(runs) == 0 {
			return err
		}
		for _, r := range runs {
			if r.first > info.Sealed.Seq {
				break // the journal has more than is asked for
			}
			r.each(info, fn)
			at = r.first + r.count - 1
		}
	}
	return scanTail(store, info, fn)
}

// run is what a batch holds, or what is kept of several. Of one that cannot be decoded
// there are no changes.
type run struct {
	first, count uint64
	changes      []*change.Change
}

// runsAfter reads what follows a sequence. Batches may be cut off between two reads: so
// each looks first whether what it wants is kept.
func runsAfter(store *journal.Store, in change.Stream, at uint64) (runs []run, err error) {
	var kept *journal.Kept
	var batches []*change.Batch
	err = store.View(func(tx *journal.Tx) (err error) {
		if kept, err = tx.Kept(in, at); kept == nil && err == nil {
			batches, err = tx.Batches(in, at, scanBytes)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if kept != nil {
		for i, raw := range kept.Changes {
			r := run{first: kept.First + uint64(i), count: 1}
			if c, err := change.Decode(raw); err == nil {
				r.changes = []*change.Change{c}
			}
			runs = append(runs, r)
		}
	}
	for _, b := range batches {
		r := run{first: b.First, count: uint64(b.Count)}
		r.changes, _ = b.Changes()
		runs = append(runs, r)
	}
	return runs, nil
}

// each calls fn for the changes of the run.
func (r run) each(info journal.StreamInfo, fn visit) { each(r.changes, info, r.first, fn) }

// scanTail reads what was not sealed when the scan began; it may be by now.
func scanTail(store *journal.Store, info journal.StreamInfo, fn visit) error {
	var tail []*change.Change
	err := store.View(func(tx *journal.Tx) error {
		for seq := info.Sealed.Seq + 1; seq <= info.Head; seq++ {
			raw, err := tx.Change(info.Stream, seq)
			if err != nil {
				return err
			}
			c, err := change.Decode(raw)
			if err != nil {
				return err
			}
			tail = append(tail, c)
		}
		return nil
	})
	each(tail, info, info.Sealed.Seq+1, fn)
	return err
}

func each(changes []*change.Change, info journal.StreamInfo, first uint64, fn visit) {
	for i, c := range changes {
		fn(info.Author, merge.Placed{Stream: info.Stream, Change: c}, first+uint64(i))
	}
}
