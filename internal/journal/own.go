package journal

import (
	"crypto/ed25519"

	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

// What CBOR puts around the changes of a payload, at most.
const (
	listFrame   = 3
	changeFrame = 5
)

// sealPayload is where a batch ends that is made here, in bytes before
// compression: about 10 kB on the line, or a second and a half at 64 kbit/s.
// What is cut off in the middle of a batch is sent again from its beginning,
// so a batch must fit into the time between two cuts. A change larger than
// that makes a batch alone.
func sealPayload(version uint8) int {
	if version >= change.BatchColumns {
		return 96 << 10
	}
	return 64 << 10
}

// maxSeq is the highest sequence of an own stream; peers refuse what lies beyond
// (syncer.MaxSeq).
const maxSeq = 1 << 40

// Add puts an encoded change at the end of an own stream's unsealed tail,
// beginning the stream if need be, and returns its sequence. It returns
// Invalid for a change out of limits or a malformed name, Exhausted for a stream
// that has no sequence left, and Damaged.
func (tx *Tx) Add(s change.Stream, author change.UnitID, raw []byte) (seq uint64, err error) {
	if len(raw) == 0 || len(raw) > change.MaxChange {
		return 0, fault.New(fault.Invalid, "a change of %d bytes is out of limits", len(raw))
	}
	r, err := tx.rowFor(s, author)
	if err != nil {
		return 0, err
	}
	seq = tx.headOf(r) + 1
	if seq > maxSeq {
		return 0, fault.New(fault.Exhausted, "a stream has no sequence left after %d", seq-1).
			WithHint("join from a new directory; what is saved here stays")
	}
	return seq, tx.put(bucketTails, placeKey(r.number, seq), raw)
}

// Seal makes the next batch of an own stream from its tail, as many changes
// as the limits of a batch allow, in the version of a batch, and enters it in
// the arrival order. It returns nil when the tail is empty. now is the device's
// clock in Unix milliseconds. It returns Invalid when the key is not the
// device's, and Damaged.
func (tx *Tx) Seal(version uint8, s change.Stream, key ed25519.PrivateKey, now int64) (*change.Batch, error) {
	if len(key) != ed25519.PrivateKeySize || change.DeviceOf(key.Public().(ed25519.PublicKey)) != s.Device {
		return nil, fault.New(fault.Invalid, "the key to seal with is not that of device %s", s.Device)
	}
	r, err := tx.readRow(s)
	if err != nil || r == nil {
		return nil, err
	}
	changes, err := tx.nextChanges(r, sealPayload(version))
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	b, err := change.Seal(version, key, s, r.sealed, changes, now)
	if err != nil {
		return nil, err
	}
	for seq := b.First; seq <= b.Last(); seq++ {
		if err := tx.delete(bucketTails, placeKey(r.number, seq)); err != nil {
			return nil, err
		}
	}
	failpoint.Reach("journal.seal.tail")
	return b, tx.storeBatch(r, b)
}

// nextChanges reads the changes that make the next batch, up to a size.
func (tx *Tx) nextChanges(r *row, most int) ([][]byte, error) {
	var changes [][]byte
	size := listFrame
	err := tx.ascend(bucketTails, nil, numberKey(r.number), func(key, stored []byte) error {
		raw, err := tx.box.open(bucketTails, key, stored)
		if err != nil {
			return fault.Wrap("read tails", err)
		}
		size += changeFrame + len(raw)
		if len(changes) == change.MaxBatchChanges || len(changes) > 0 && size > most {
			return ErrStop
		}
		want := r.sealed.Seq + uint64(len(changes)) + 1
		if _, seq, err := parsePlace(key); err != nil || seq != want {
			return fault.New(fault.Damaged, "change %d is missing from the tail of a stream", want)
		}
		changes = append(changes, raw)
		return nil
	})
	return changes, err
}
