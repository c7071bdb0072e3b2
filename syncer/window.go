package syncer

import "tongbu/internal/change"

// window bounds the batch bytes in flight on one link, all streams together.
// The caller reads no more than room allows, adds each batch when it is sent,
// and releases it exactly once, by acknowledge or by drop.
type window struct {
	limit int

	// used is how many bytes are sent and not acknowledged.
	//
	// Invariant: the sum over all flows' inflight. It may pass the limit by
	// less than one batch, since a read returns one batch at least.
	used int
}

// room is how many bytes may still be sent; zero or less: wait for an
// acknowledgement.
func (w *window) room() int { return w.limit - w.used }

// inflight lists the batches of one stream that are sent and not acknowledged,
// oldest first.
//
// Invariant: the ends ascend.
type inflight []sentBatch

type sentBatch struct {
	end   change.Mark
	bytes int
}

// add appends a batch that is sent now; its end is beyond all others.
func (in *inflight) add(w *window, end change.Mark, bytes int) {
	*in = append(*in, sentBatch{end: end, bytes: bytes})
	w.used += bytes
}

// acknowledge releases what the mark covers. It reports false when the mark
// names another batch than the one that was sent: the histories differ.
func (in *inflight) acknowledge(w *window, m change.Mark) bool {
	for len(*in) > 0 && (*in)[0].end.Seq <= m.Seq {
		first := (*in)[0]
		*in = (*in)[1:]
		w.used -= first.bytes
		if first.end.Seq == m.Seq && first.end.Hash != m.Hash {
			return false
		}
	}
	return true
}

// drop releases all: what was sent will not be acknowledged.
func (in *inflight) drop(w *window) {
	for _, b := range *in {
		w.used -= b.bytes
	}
	*in = nil
}
