package journal_test

import (
	"encoding/binary"
	"math"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// TestCountStreams counts those of one device, and no further than asked.
func TestCountStreams(t *testing.T) {
	s, d, other := newStore(t), newDevice(1), newDevice(2)
	mustUpdate(t, s, func(tx *journal.Tx) error {
		for n := range uint32(5) {
			in := d.stream
			in.Incarnation = n + 1
			if _, err := tx.Add(in, d.unit, edit(t, "one")); err != nil {
				return err
			}
		}
		_, err := tx.Add(other.stream, other.unit, edit(t, "two"))
		return err
	})
	err := s.View(func(tx *journal.Tx) error {
		for most, want := range map[int]int{3: 3, 5: 5, 100: 5} {
			if n, err := tx.CountStreams(d.stream.Device, most); err != nil || n != want {
				t.Errorf("up to %d: got %d, %v, want %d", most, n, err, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNoNumberLeft: at the end of its numbers the journal refuses another stream,
// and those that it has go on.
func TestNoNumberLeft(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	mustUpdate(t, s, func(tx *journal.Tx) error {
		_, err := tx.Add(d.stream, d.unit, edit(t, "one"))
		if err != nil {
			return err
		}
		return tx.PutRaw("numbers", binary.BigEndian.AppendUint32(nil, math.MaxUint32), []byte("taken"))
	})
	err := s.Update(t.Context(), func(tx *journal.Tx) error {
		if seq, err := tx.Add(d.stream, d.unit, edit(t, "two")); err != nil || seq != 2 {
			t.Errorf("got %d, %v, want the stream to go on", seq, err)
		}
		next := d.stream
		next.Incarnation++
		_, err := tx.Add(next, d.unit, edit(t, "three"))
		return err
	})
	if fault.Of(err) != fault.Exhausted || fault.Hint(err) == "" {
		t.Errorf("got %v, want exhausted, with what to do", err)
	}
}

// TestNoSequenceLeft: a stream ends at the highest sequence.
func TestNoSequenceLeft(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	mustUpdate(t, s, func(tx *journal.Tx) error {
		if _, err := tx.Add(d.stream, d.unit, edit(t, "one")); err != nil {
			return err
		}
		place := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, 1), 1<<40-1)
		return tx.PutRaw("tails", place, []byte("taken"))
	})
	err := s.Update(t.Context(), func(tx *journal.Tx) error {
		if seq, err := tx.Add(d.stream, d.unit, edit(t, "last")); err != nil || seq != 1<<40 {
			t.Errorf("got %d, %v, want the last", seq, err)
		}
		_, err := tx.Add(d.stream, d.unit, edit(t, "beyond"))
		return err
	})
	if fault.Of(err) != fault.Exhausted || fault.Hint(err) == "" {
		t.Errorf("got %v, want exhausted, with what to do", err)
	}
}
