package reports

import (
	"encoding/hex"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/report"
)

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
	case !known || info.Sealed.Seq < p.Seq:
		return info, report.Missing, nil
	}
	ends, err := tx.Boundaries(p.Stream, p.Seq+1, 1)
	if err != nil || len(ends) == 0 || ends[0].Seq != p.Seq || hex.EncodeToString(ends[0].Hash[:]) != p.Hash || info.Author != p.Author {
		return info, report.History, err
	}
	info.Sealed = ends[0]
	return info, "", nil
}

func notHere(wrong []report.Stream) error {
	if worst(wrong) == report.History {
		return fault.New(fault.Forked, "%d streams are not the ones that were counted", len(wrong)).WithHint("tongbu report recount names them")
	}
	return fault.New(fault.NotFound, "of %d streams not all is here that was counted", len(wrong)).WithHint("ask at the city")
}

// worst is the result of several streams.
func worst(wrong []report.Stream) report.Result {
	for _, s := range wrong {
		if s.Why == report.History {
			return report.History
		}
	}
	return report.Missing
}
