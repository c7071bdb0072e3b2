package journal

import (
	"bytes"
	"encoding/binary"
	"math"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// StreamInfo is how far the store has a stream.
type StreamInfo struct {
	Stream change.Stream
	Author change.UnitID // unit of the author device
	Base   change.Mark   // batches up to here have been cut off, and their changes kept; zero: none
	Sealed change.Mark   // end of the last batch
	Head   uint64        // Sealed.Seq and the unsealed tail (own streams only)
	Parked bool          // a fork was seen
}

// Stream returns what is known of a stream, false when nothing is. It
// returns Damaged.
func (tx *Tx) Stream(s change.Stream) (StreamInfo, bool, error) {
	r, err := tx.readRow(s)
	if err != nil || r == nil {
		return StreamInfo{}, false, err
	}
	return tx.infoOf(s, r), true, nil
}

// Streams calls fn for each stream in the order of Stream.Compare, until fn
// returns an error (ErrStop: none). It returns Damaged.
func (tx *Tx) Streams(fn func(StreamInfo) error) error {
	return tx.ascend(bucketStreams, nil, nil, func(key, stored []byte) error {
		s, r, err := tx.box.openRow(key, stored)
		if err != nil {
			return err
		}
		return fn(tx.infoOf(s, r))
	})
}

// CountStreams counts the streams of a device, up to most.
func (tx *Tx) CountStreams(d change.DeviceID, most int) (n int, err error) {
	err = tx.ascend(bucketStreams, nil, []byte(d), func(_, _ []byte) error {
		if n++; n >= most {
			return ErrStop
		}
		return nil
	})
	return n, err
}

func (b *box) openRow(key, stored []byte) (change.Stream, *row, error) {
	s, err := parseStreamKey(key)
	if err != nil {
		return s, nil, err
	}
	plain, err := b.open(bucketStreams, key, stored)
	if err != nil {
		return s, nil, fault.Wrap("read streams", err)
	}
	r, err := parseRow(plain)
	return s, r, err
}

func (tx *Tx) infoOf(s change.Stream, r *row) StreamInfo {
	return StreamInfo{Stream: s, Author: r.author, Base: r.base, Sealed: r.sealed, Head: tx.headOf(r), Parked: r.parked}
}

// headOf is the last sequence of the tail, else of the batches.
func (tx *Tx) headOf(r *row) uint64 {
	c := tx.tx.Bucket([]byte(bucketTails)).Cursor()
	k, _ := lastAtMost(c, placeKey(r.number, math.MaxUint64))
	if len(k) == placeSize && bytes.HasPrefix(k, numberKey(r.number)) {
		return max(r.sealed.Seq, binary.BigEndian.Uint64(k[4:]))
	}
	return r.sealed.Seq
}

// readRow reads a stream's state, nil when the stream is not known.
func (tx *Tx) readRow(s change.Stream) (*row, error) {
	plain, err := tx.get(bucketStreams, streamKey(s))
	if err != nil || plain == nil {
		return nil, err
	}
	return parseRow(plain)
}

func (tx *Tx) putRow(s change.Stream, r *row) error {
	return tx.put(bucketStreams, streamKey(s), r.encode())
}

// rowFor reads a stream's state or begins it under a new number.
func (tx *Tx) rowFor(s change.Stream, author change.UnitID) (*row, error) {
	if err := author.Validate(); err != nil {
		return nil, fault.Wrap("author of a stream", err)
	}
	r, err := tx.readRow(s)
	if err != nil || r != nil {
		return r, err
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	number, err := tx.nextNumber()
	if err != nil {
		return nil, err
	}
	r = &row{number: number, author: author}
	if err := tx.put(bucketNumbers, numberKey(r.number), streamKey(s)); err != nil {
		return nil, err
	}
	return r, tx.putRow(s, r)
}

// nextNumber is the first number never used: streams are not removed.
func (tx *Tx) nextNumber() (uint32, error) {
	k, _ := tx.tx.Bucket([]byte(bucketNumbers)).Cursor().Last()
	if len(k) != 4 {
		return 1, nil
	}
	last := binary.BigEndian.Uint32(k)
	if last == math.MaxUint32 {
		return 0, fault.New(fault.Exhausted, "the journal has no number left for another stream").
			WithHint("revoke the devices that fill it, and join from a new directory")
	}
	return last + 1, nil
}

// streamOf names the stream of a local number.
func (tx *Tx) streamOf(number uint32) (change.Stream, error) {
	if s, ok := tx.streams[number]; ok {
		return s, nil
	}
	plain, err := tx.get(bucketNumbers, numberKey(number))
	if err != nil {
		return change.Stream{}, err
	}
	s, err := parseStreamKey(plain)
	if err == nil {
		tx.streams[number] = s
	}
	return s, err
}
