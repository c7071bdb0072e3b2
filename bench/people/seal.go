package people

import (
	"crypto/ed25519"
	"fmt"
	"time"

	"tongbu/internal/change"
)

// Author seals the batches of one stream.
type Author struct {
	Key    ed25519.PrivateKey
	Stream change.Stream
	end    change.Mark
}

// NewAuthor begins the stream that a device of the unit speaks in for itself.
func NewAuthor(key ed25519.PrivateKey, unit change.UnitID) *Author {
	device := change.DeviceOf(key.Public().(ed25519.PublicKey))
	return GoOn(key, change.Stream{Device: device, Incarnation: 1, Audience: unit}, change.Mark{})
}

// GoOn goes on with a stream of the key's device behind its end: a device that
// has run has said something of itself.
func GoOn(key ed25519.PrivateKey, in change.Stream, end change.Mark) *Author {
	return &Author{Key: key, Stream: in, end: end}
}

// End is where the stream ends.
func (a *Author) End() change.Mark { return a.end }

// Seal makes the next batches of the stream, with per changes each.
func (a *Author) Seal(changes [][]byte, per int) ([]*change.Batch, error) {
	var batches []*change.Batch
	for len(changes) > 0 {
		n := fitting(changes, min(per, len(changes)))
		b, err := change.Seal(change.BatchColumns, a.Key, a.Stream, a.end, changes[:n], recorded.UnixMilli())
		if err != nil {
			return nil, fmt.Errorf("seal a batch: %w", err)
		}
		a.end, changes = b.End(), changes[n:]
		batches = append(batches, b)
	}
	return batches, nil
}

// fitting is how many of the first n changes fit into one batch.
func fitting(changes [][]byte, n int) int {
	const frame = 8
	size := frame
	for i, c := range changes[:n] {
		if size += len(c) + frame; size > change.MaxPayload {
			return i
		}
	}
	return n
}

// Edits makes the n changes from number from on of persons that were recorded
// before, in turn: a new status and what goes with it, each on the context of
// the change before.
func Edits(persons []string, in change.Stream, from, n int) ([][]byte, error) {
	edits := make([][]byte, n)
	for i := range edits {
		at := from + i
		on := recorded.AddDate(0, at%12, at%28)
		c := &change.Change{Kind: "person", Record: change.RecordID(persons[at%len(persons)]), Actor: "clerk", At: on.UnixMilli(),
			Context: change.Vector{in: uint64(1 + at/len(persons))},
			Fields: change.FieldsOf(map[string]change.Value{"education": change.Text(education[at%len(education)]), "job_wish": change.Text("1"),
				"recorded_on": change.Text(on.Format(time.DateOnly))})}
		var err error
		if edits[i], err = c.Encode(); err != nil {
			return nil, err
		}
	}
	return edits, nil
}

// education are codes of the schema's list: the city refuses any other.
var education = []string{"20", "30", "40", "61", "70"}

// Batches flattens batches into their sealed bytes.
func Batches(batches []*change.Batch) (sealed [][]byte, size int) {
	for _, b := range batches {
		sealed = append(sealed, b.Bytes())
		size += len(b.Bytes())
	}
	return sealed, size
}
