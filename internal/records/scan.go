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
	for at := info.Base.Seq; at < info.Sealed.Seq; {
		if ctx.Err() != nil {
			return fault.Wrap("replay", ctx.Err())
		}
		var batches []*change.Batch
		err := store.View(func(tx *journal.Tx) (err error) {
			batches, err = tx.Batches(info.Stream, at, scanBytes)
			return err
		})
		if err != nil || len(batches) == 0 {
			return err
		}
		for _, b := range batches {
			if b.First > info.Sealed.Seq {
				break // the journal has more than is asked for
			}
			changes, err := b.Changes()
			if err == nil {
				each(changes, info, b.First, fn)
			}
			at = b.Last()
		}
	}
	return scanTail(store, info, fn)
}

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
