package desk

import (
	"encoding/binary"
	"slices"
	"sync"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/node/replica"
)

// far is up to where the device's own changes go that a row is made of, in each of its
// streams. What others wrote came from above.
type far struct {
	in  *ownStreams
	own []ownUpTo
}

type ownUpTo struct {
	stream int // number
	seq    uint64
}

// ownStreams numbers the device's streams, which are few, so that a row names one in a
// byte.
type ownStreams struct {
	mutex sync.Mutex // guards all
	all   []change.Stream
}

func (o *ownStreams) number(s change.Stream) int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	n := slices.Index(o.all, s)
	if n < 0 {
		n, o.all = len(o.all), append(o.all, s)
	}
	return n
}

func (o *ownStreams) named(n int) change.Stream {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.all[n]
}

// add takes in the changes of a record.
func (f *far) add(at *replica.Replica, tx *journal.Tx, kind string, id change.RecordID) error {
	if at.IsRoot() {
		return nil
	}
	places, err := at.Records.Standing(tx, kind, id)
	for _, p := range places {
		if at.IsOwn(p.Stream) {
			f.upTo(f.in.number(p.Stream), p.Seq)
		}
	}
	return err
}

func (f *far) upTo(in int, seq uint64) {
	for i := range f.own {
		if f.own[i].stream == in {
			f.own[i].seq = max(f.own[i].seq, seq)
			return
		}
	}
	f.own = append(f.own, ownUpTo{in, seq})
}

// pack is what words.of reads.
func (f *far) pack() string {
	var raw []byte
	for _, own := range f.own {
		raw = binary.AppendUvarint(raw, uint64(own.stream))
		raw = binary.AppendUvarint(raw, own.seq)
	}
	return string(raw)
}

// words says how far rows have come, as recordState does of a record. It asks once for
// each stream.
type words struct {
	desk    *Desk
	tx      *journal.Tx
	reached map[int][2]uint64 // of a stream, by number: the parent's and the city's
}

func (d *Desk) newWords(tx *journal.Tx) *words {
	return &words{desk: d, tx: tx, reached: map[int][2]uint64{}}
}

func (w *words) of(far string) (string, error) {
	word := Recorded
	for far != "" {
		stream, n := uvarint(far)
		seq, m := uvarint(far[n:])
		far = far[n+m:]
		r, err := w.reach(stream)
		if err != nil {
			return "", err
		}
		switch {
		case uint64(seq) > r[0]:
			return Saved, nil
		case uint64(seq) > r[1]:
			word = Received
		}
	}
	return word, nil
}

// reach is up to where the parent and the city have a stream.
func (w *words) reach(stream int) ([2]uint64, error) {
	r, known := w.reached[stream]
	if known {
		return r, nil
	}
	all, err := w.desk.at.Streams.Reached(w.tx, w.desk.kept.streams.named(stream))
	r = [2]uint64{all.Parent, all.City}
	if err == nil {
		w.reached[stream] = r
	}
	return r, err
}

// areAt reports whether streams have come as far as they had.
func (w *words) areAt(reached map[int][2]uint64) bool {
	for stream, was := range reached {
		if is, err := w.reach(stream); err != nil || is != was {
			return false
		}
	}
	return true
}
