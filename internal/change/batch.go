package change

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"

	"tongbu/internal/fault"
)

// Limits of one batch.
const (
	MaxBatchChanges = 1000
	MaxPayload      = 512 << 10 // changes before compression, in bytes
	MaxBatch        = 640 << 10 // sealed, in bytes
)

// Batch is a run of consecutive changes of a stream, compressed and signed by
// the device that captured them. Once sealed its bytes never change.
type Batch struct {
	Header
	raw     []byte
	hash    Hash
	signed  []byte // header as signed
	sig     []byte
	payload []byte
}

type batchForm struct {
	_       struct{} `cbor:",toarray"`
	Header  []byte
	Sig     []byte
	Payload []byte
}

// Bytes returns the sealed bytes, as stored and forwarded. Do not modify.
func (b *Batch) Bytes() []byte { return b.raw }

// Hash names the batch: SHA-256 of its header, which holds the hash of the
// payload and of the batch before.
func (b *Batch) Hash() Hash { return b.hash }

// End is the mark of the stream when the batch is its last.
func (b *Batch) End() Mark { return Mark{Seq: b.Last(), Hash: b.hash} }

// Seal makes the batch of the version that follows prev in the stream from encoded
// changes. now is the device's clock in Unix milliseconds. It returns Invalid for
// changes out of limits, for a version that nobody writes any more or yet, and for a
// key that is not the stream's device's: the batch could never be verified.
func Seal(version uint8, key ed25519.PrivateKey, in Stream, prev Mark, changes [][]byte, now int64) (*Batch, error) {
	if !isKeyOf(key, in.Device) {
		return nil, fault.New(fault.Invalid, "a batch of device %s is not sealed with its key", in.Device)
	}
	payload, size, err := packPayload(version, in, now, changes)
	if err != nil {
		return nil, err
	}
	header := Header{Version: version, Stream: in, First: prev.Seq + 1, Count: uint32(len(changes)),
		Prev: prev.Hash, Size: uint32(size), Payload: sha256.Sum256(payload), Sealed: now, Forwarded: countForwards(changes)}
	if header.Forwarded > 0 && version < BatchColumns {
		return nil, fault.New(fault.Invalid, "a batch of version %d cannot say changes of other streams again", version)
	}
	signed, err := header.encode()
	if err != nil {
		return nil, fault.As(fault.Invalid, "seal a batch", err)
	}
	raw, err := encMode.Marshal(batchForm{Header: signed, Sig: ed25519.Sign(key, withDomain(batchDomain, signed)), Payload: payload})
	if err != nil {
		return nil, fault.As(fault.Invalid, "seal a batch", err)
	}
	return ParseBatch(raw)
}

// ParseBatch reads the envelope and checks form, limits and the payload's
// hash, but not the signature (Verify) nor the changes (Changes). It keeps
// raw. It returns Damaged, or Unsupported for a later version.
func ParseBatch(raw []byte) (*Batch, error) {
	if len(raw) > MaxBatch {
		return nil, fault.New(fault.Damaged, "a batch has %d bytes, more than %d", len(raw), MaxBatch)
	}
	form, ok := readEnvelope(raw)
	if !ok {
		return nil, fault.New(fault.Damaged, "a batch is not one, or not in canonical form")
	}
	b := &Batch{raw: raw, hash: sha256.Sum256(form.Header), signed: form.Header, sig: form.Sig, payload: form.Payload}
	if err := b.Header.decode(form.Header); err != nil {
		return nil, err
	}
	if err := b.checkForm(form.Header); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *Batch) checkForm(signed []byte) error {
	header, err := b.Header.encode()
	if err != nil || !bytes.Equal(header, signed) {
		return fault.New(fault.Damaged, "a batch header is not in canonical form")
	}
	if err := b.Stream.Validate(); err != nil {
		return fault.As(fault.Damaged, "batch header", err)
	}
	switch {
	case b.First == 0 || b.First > 1<<62 || b.Count == 0 || b.Count > MaxBatchChanges || b.Size > MaxPayload:
		return fault.New(fault.Damaged, "a batch header is out of limits")
	case (b.First == 1) != (b.Prev == Hash{}):
		return fault.New(fault.Damaged, "only the first batch of a stream has no predecessor")
	case len(b.sig) != ed25519.SignatureSize:
		return fault.New(fault.Damaged, "a batch signature has %d bytes", len(b.sig))
	case b.Forwarded > b.Count:
		return fault.New(fault.Damaged, "a batch header counts more forwarded changes than the batch has")
	case sha256.Sum256(b.payload) != b.Payload:
		return fault.New(fault.Damaged, "a batch payload does not match its header")
	}
	return nil
}

// Verify checks that the author's key signed the batch and that the key is
// the stream's device. It returns Damaged when not.
func (b *Batch) Verify(author ed25519.PublicKey) error {
	if DeviceOf(author) != b.Stream.Device {
		return fault.New(fault.Damaged, "batch of device %s checked with another device's key", b.Stream.Device)
	}
	if !ed25519.Verify(author, withDomain(batchDomain, b.signed), b.sig) {
		return fault.New(fault.Damaged, "signature of a batch of device %s is wrong", b.Stream.Device)
	}
	return nil
}

// Follows reports whether the batch is the next one after the mark.
func (b *Batch) Follows(m Mark) bool { return b.First == m.Seq+1 && b.Prev == m.Hash }

// Raw returns the encoded changes in order of their sequences. It returns
// Damaged when the payload is not in canonical form or not what the header
// says.
func (b *Batch) Raw() ([][]byte, error) {
	changes, ok, err := unpackPayload(&b.Header, b.payload)
	if err == nil && !ok {
		err = fault.New(fault.Damaged, "a payload is not in canonical form, or not of the %d changes its header says", b.Count)
	}
	if err == nil && b.Version >= BatchColumns && countForwards(changes) != b.Forwarded {
		return nil, fault.New(fault.Damaged, "a batch does not have the %d forwarded changes its header says", b.Forwarded)
	}
	return changes, err
}

// Changes decodes the changes; the i-th has sequence First+i.
func (b *Batch) Changes() ([]*Change, error) {
	raws, err := b.Raw()
	if err != nil {
		return nil, err
	}
	changes := make([]*Change, len(raws))
	for i, raw := range raws {
		if changes[i], err = Decode(raw); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// isKeyOf reports whether the key is the device's.
func isKeyOf(key ed25519.PrivateKey, d DeviceID) bool {
	return len(key) == ed25519.PrivateKeySize && DeviceOf(ed25519.PublicKey(key[ed25519.PrivateKeySize-ed25519.PublicKeySize:])) == d
}

func withDomain(name string, signed []byte) []byte { return append([]byte(name), signed...) }
