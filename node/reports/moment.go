package reports

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/syncer/streams"
)

// moment is how far each stream of the journal counts: of the others nothing does.
type moment []journal.StreamInfo

// now is the moment at which everything here counts that bears on a unit and was judged,
// where this is the city: what arrived after that has no word of the city yet. What the
// device itself has written is sealed first, since a position is the end of a batch.
// Elsewhere unjudged says how many changes of it have no word of the city yet.
func (r *Reports) now(ctx context.Context, scope change.UnitID) (m moment, unjudged uint64, err error) {
	bears := r.bearing(scope)
	err = r.at.Streams.Write(ctx, func(w *streams.Writer) error {
		m, unjudged = nil, 0
		if err := w.SealOwn(); err != nil {
			return err
		}
		ends, err := r.ends(w.Tx)
		if err != nil {
			return err
		}
		return w.Streams(func(info journal.StreamInfo) error {
			if end, cut := ends[info.Stream]; cut {
				info.Sealed = end
			}
			info.Head = info.Sealed.Seq
			if info.Head == 0 || !bears(info) {
				return nil
			}
			m = append(m, info)
			open, err := r.unjudged(w.Tx, info)
			unjudged += open
			return err
		})
	})
	return m, unjudged, err
}

// ends is where the streams end of which batches are not judged yet.
func (r *Reports) ends(tx *journal.Tx) (map[change.Stream]change.Mark, error) {
	ends := map[change.Stream]change.Mark{}
	if r.cfg.Judged == nil {
		return ends, nil
	}
	judged, err := r.cfg.Judged(tx)
	for err == nil {
		var arrivals []journal.Arrival
		if arrivals, err = tx.Arrivals(judged, arrivalsAtOnce); err != nil || len(arrivals) == 0 {
			break
		}
		for _, a := range arrivals {
			judged = a.No
			if _, known := ends[a.Stream]; known || r.at.IsOwn(a.Stream) {
				continue
			}
			before, err := tx.Boundaries(a.Stream, a.First, 1)
			if err != nil {
				return nil, err
			}
			ends[a.Stream] = change.Mark{}
			if len(before) > 0 {
				ends[a.Stream] = before[0]
			}
		}
	}
	return ends, err
}

const arrivalsAtOnce = 1000

// unjudged counts the changes of a stream that are counted here and of which no word of
// the city says yet that they were judged.
func (r *Reports) unjudged(tx *journal.Tx, info journal.StreamInfo) (uint64, error) {
	if r.cfg.Judged != nil || info.Author == r.at.Place.RootUnit {
		return 0, nil
	}
	receipt, err := tx.Receipt(info.Stream)
	if err != nil || receipt == nil {
		return info.Head, err
	}
	return info.Head - min(receipt.Seq, info.Head), nil
}

// bearing reports whether a stream bears on a figure of a unit or of those below it: a
// report names no other, so that whoever holds what concerns the unit can count it again.
func (r *Reports) bearing(scope change.UnitID) func(journal.StreamInfo) bool {
	t := r.at.Members.Tree()
	within := func(unit change.UnitID) bool { return unit == scope || t != nil && t.Below(scope, unit) }
	above := func(unit change.UnitID) bool { return unit == scope || t != nil && t.Below(unit, scope) }
	return func(info journal.StreamInfo) bool {
		to := info.Stream.Audience
		return within(info.Author) || above(info.Author) && (within(to) || above(to))
	}
}
