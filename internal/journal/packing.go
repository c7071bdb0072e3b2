package journal

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// packBatches stores what batches hold behind what is kept already.
func (tx *Tx) packBatches(s change.Stream, r *row, found []cutBatch) error {
	p, changes, size, err := tx.openPack(s, r)
	if err != nil {
		return err
	}
	for _, f := range found {
		raws, err := f.batch.Raw()
		if err != nil {
			return err
		}
		adds := 0
		for _, raw := range raws {
			adds += changeFrame + len(raw)
		}
		if p != nil && (p.author != f.author || size+adds > packSize || len(changes)+len(raws) > change.MaxBatchChanges) {
			if err := tx.putPack(s, r.number, p, changes); err != nil {
				return err
			}
			p = nil
		}
		if p == nil {
			p, changes, size = &pack{first: f.batch.First, author: f.author}, nil, 0
		}
		p.ends, changes, size = append(p.ends, f.batch.End()), append(changes, raws...), size+adds
	}
	return tx.putPack(s, r.number, p, changes)
}

// openPack is the last pack of a stream, to which more may be added; nil: there is none.
func (tx *Tx) openPack(s change.Stream, r *row) (p *pack, changes [][]byte, size int, err error) {
	if p, err = tx.packAt(r, r.base.Seq); err != nil || p == nil {
		return nil, nil, 0, err
	}
	if changes, err = p.unpack(s); err != nil {
		return nil, nil, 0, err
	}
	for _, raw := range changes {
		size += changeFrame + len(raw)
	}
	return p, changes, size, nil
}

// uncut takes what is kept beyond a boundary away and returns it. The stream's row is
// the caller's to store.
func (tx *Tx) uncut(s change.Stream, r *row, keep uint64) (gone []keptChange, err error) {
	for at := r.base.Seq; at > keep; {
		p, err := tx.packAt(r, at)
		if err == nil && p == nil {
			err = fault.New(fault.Damaged, "change %d of a stream, whose batch was cut off, is missing", at)
		}
		if err != nil {
			return nil, err
		}
		changes, err := p.unpack(s)
		if err != nil {
			return nil, err
		}
		stays := int(max(keep, p.first-1) - (p.first - 1))
		for i := len(changes) - 1; i >= stays; i-- {
			gone = append(gone, keptChange{p.first + uint64(i), changes[i]})
		}
		if err := tx.delete(bucketPacks, placeKey(r.number, p.first)); err != nil {
			return nil, err
		}
		if stays > 0 {
			p.ends = p.ends[:p.endIndex(keep)+1]
			if err := tx.putPack(s, r.number, p, changes[:stays]); err != nil {
				return nil, err
			}
		}
		at = p.first - 1
	}
	return gone, nil
}

// keptChange is a change with its sequence.
type keptChange struct {
	seq uint64
	raw []byte
}
