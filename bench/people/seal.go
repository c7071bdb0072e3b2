package people

import (
	"crypto/ed25519"
	"fmt"

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
	return &Author{Key: key, Stream: change.Stream{Device: device, Incarnation: 1, Audience: unit}}
}

// End is where the stream ends.
func (a *Author) End() change.Mark { return a.end }

// Seal makes the next batches of the stream, with per changes each.
func (a *Author) Seal(changes [][]byte, per int) ([]*change.Batch, error) {
	var batches []*change.Batch
	for len(changes) > 0 {
		n := fitting(changes, min(per, len(changes)))
		b, err := change.Seal(a.Key, a.Stream, a.end, changes[:n], recorded.UnixMilli())
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

// Edits makes n changes of persons that were recorded before: a new status
// and what goes with it, on the context of the first change.
func Edits(persons []Person, in change.Stream, n int) ([][]byte, error) {
	statuses := []string{"10", "20", "30"}
	edits := make([][]byte, n)
	for i := range edits {
		p := persons[i*7919%len(persons)]
		c := &change.Change{Kind: "person", Record: change.RecordID(p.ID), Actor: "clerk", At: recorded.AddDate(0, i%12, i%28).UnixMilli(),
			Context: change.Vector{in: uint64(1 + i/len(persons))},
			Fields: map[string]change.Value{"status": value(p.Object["status"]), "job_wish": value(p.Object["job_wish"]),
				"recorded_on": change.Text(recorded.AddDate(0, i%12, i%28).Format("2006-01-02")), "remark": change.Text(statuses[i%3])}}
		var err error
		if edits[i], err = c.Encode(); err != nil {
			return nil, err
		}
	}
	return edits, nil
}

// Batches flattens batches into their sealed bytes.
func Batches(batches []*change.Batch) (sealed [][]byte, size int) {
	for _, b := range batches {
		sealed = append(sealed, b.Bytes())
		size += len(b.Bytes())
	}
	return sealed, size
}
