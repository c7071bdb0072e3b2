package reports

import (
	"context"
	"encoding/hex"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/report"
	"tongbu/syncer/streams"
)

// moment is how far each stream of the journal counts: of the others nothing does.
type moment []journal.StreamInfo

// now is the moment at which everything here counts that was judged, where this is the
// city: what arrived after that has no word of the city yet. What the device itself has
// written is sealed first, since a position is the end of a batch.
func (r *Reports) now(ctx context.Context) (m moment, unjudged uint64, err error) {
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
			if info.Head > info.Base.Seq {
				m = append(m, info)
			}
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

// positions are the moment as a report names it.
func (m moment) positions() []report.Position {
	all := make([]report.Position, len(m))
	for i, info := range m {
		all[i] = report.Position{Stream: info.Stream, Name: info.Stream.String(), Author: info.Author, Seq: info.Sealed.Seq, Hash: hex.EncodeToString(info.Sealed.Hash[:])}
	}
	return all
}

// momentOf is the moment of a report, and the streams that are not here as they were
// counted.
func (r *Reports) momentOf(of *report.Report) (m moment, wrong []report.Stream, err error) {
	err = r.at.Journal.View(func(tx *journal.Tx) error {
		for _, p := range of.Streams {
			info, why, err := find(tx, p)
			if err != nil {
				return err
			}
			if why != "" {
				wrong = append(wrong, report.Stream{Stream: p.Name, Unit: r.at.Members.Code(p.Author), Seq: p.Seq, Here: info.Sealed.Seq, Why: why})
				continue
			}
			info.Head = info.Sealed.Seq
			m = append(m, info)
		}
		return nil
	})
	return m, wrong, err
}

// find looks a position up, where the stream then ends; why says what is wrong with it.
func find(tx *journal.Tx, p report.Position) (info journal.StreamInfo, why report.Result, err error) {
	info, known, err := tx.Stream(p.Stream)
	switch {
	case err != nil:
		return info, "", fault.Wrap("look a stream up", err)
	case !known || info.Sealed.Seq < p.Seq || info.Base.Seq > 0:
		return info, report.Missing, nil
	}
	ends, err := tx.Boundaries(p.Stream, p.Seq+1, 1)
	if err != nil || len(ends) == 0 || ends[0].Seq != p.Seq || hex.EncodeToString(ends[0].Hash[:]) != p.Hash || info.Author != p.Author {
		return info, report.History, err
	}
	info.Sealed = ends[0]
	return info, "", nil
}
