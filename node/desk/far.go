package desk

import (
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/node/replica"
)

// far is up to where the device's own changes go that rows are made of, in each of its
// streams. What others wrote came from above.
type far struct{ own []ownUpTo }

type ownUpTo struct {
	stream change.Stream
	seq    uint64
}

// add takes in the changes of a record.
func (f *far) add(at *replica.Replica, tx *journal.Tx, kind string, id change.RecordID) error {
	if at.IsRoot() {
		return nil
	}
	places, err := at.Records.Standing(tx, kind, id)
	for _, p := range places {
		if at.IsOwn(p.Stream) {
			f.upTo(p.Stream, p.Seq)
		}
	}
	return err
}

func (f *far) upTo(in change.Stream, seq uint64) {
	for i := range f.own {
		if f.own[i].stream == in {
			f.own[i].seq = max(f.own[i].seq, seq)
			return
		}
	}
	f.own = append(f.own, ownUpTo{in, seq})
}

// words says how far rows have come, as recordState does of a record. It asks once for
// each stream.
type words struct {
	desk    *Desk
	tx      *journal.Tx
	reached map[change.Stream][2]uint64 // the parent's and the city's

	last      change.Stream // that was asked about, as most rows are of one
	lastReach [2]uint64
}

func (w *words) of(f *far) (string, error) {
	word := Recorded
	for _, own := range f.own {
		r, err := w.reach(own.stream)
		if err != nil {
			return "", err
		}
		switch {
		case own.seq > r[0]:
			return Saved, nil
		case own.seq > r[1]:
			word = Received
		}
	}
	return word, nil
}

// reach is up to where the parent and the city have a stream.
func (w *words) reach(in change.Stream) ([2]uint64, error) {
	if in == w.last && in.Device != "" {
		return w.lastReach, nil
	}
	r, known := w.reached[in]
	if !known {
		all, err := w.desk.at.Streams.Reached(w.tx, in)
		if err != nil {
			return r, err
		}
		r = [2]uint64{all.Parent, all.City}
		w.reached[in] = r
	}
	w.last, w.lastReach = in, r
	return r, nil
}
