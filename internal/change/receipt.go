package change

import (
	"bytes"
	"crypto/ed25519"
	"errors"

	"tongbu/internal/fault"
)

const (
	maxReceipt    = 1 << 10
	receiptDomain = "tongbu/receipt/1\n"
)

// Receipt is the city's word that it has recorded a stream up to a mark. The
// newest replaces the older; a later epoch replaces all of an earlier one.
type Receipt struct {
	_      struct{} `cbor:",toarray"`
	City   DeviceID // who signs
	Stream Stream
	Seq    uint64
	Hash   Hash
	Epoch  uint64 // grows each time the city is restored from a backup
	At     int64  // the city's clock, Unix milliseconds
}

// Mark is how far the city has the stream.
func (r *Receipt) Mark() Mark { return Mark{Seq: r.Seq, Hash: r.Hash} }

// Newer reports whether r replaces o.
func (r *Receipt) Newer(o *Receipt) bool {
	if o == nil || r.Epoch != o.Epoch {
		return o == nil || r.Epoch > o.Epoch
	}
	return r.Seq > o.Seq
}

// SignedReceipt is a receipt with the bytes that were signed.
type SignedReceipt struct {
	Receipt
	raw    []byte
	signed []byte
	sig    []byte
}

type receiptForm struct {
	_    struct{} `cbor:",toarray"`
	Body []byte
	Sig  []byte
}

// Bytes returns the signed bytes, as stored and forwarded. Do not modify.
func (r *SignedReceipt) Bytes() []byte { return r.raw }

// Sign seals the receipt with the city's key. It returns Invalid for another
// key, and for a stream that is malformed.
func (r Receipt) Sign(key ed25519.PrivateKey) (*SignedReceipt, error) {
	if !isKeyOf(key, r.City) {
		return nil, fault.New(fault.Invalid, "a receipt of device %s is not signed with its key", r.City)
	}
	if err := r.Stream.Validate(); err != nil {
		return nil, fault.Wrap("sign a receipt", err)
	}
	body, err := encMode.Marshal(r)
	if err != nil {
		return nil, fault.As(fault.Invalid, "sign a receipt", err)
	}
	raw, err := encMode.Marshal(receiptForm{Body: body, Sig: ed25519.Sign(key, withDomain(receiptDomain, body))})
	if err != nil {
		return nil, fault.As(fault.Invalid, "sign a receipt", err)
	}
	return ParseReceipt(raw)
}

// ParseReceipt reads a receipt's form, not its signature. It returns Damaged
// when the bytes are not canonical.
func ParseReceipt(raw []byte) (*SignedReceipt, error) {
	if len(raw) > maxReceipt {
		return nil, fault.New(fault.Damaged, "a receipt has %d bytes, more than %d", len(raw), maxReceipt)
	}
	var form receiptForm
	if err := decMode.Unmarshal(raw, &form); err != nil {
		return nil, fault.As(fault.Damaged, "decode a receipt", err)
	}
	r := &SignedReceipt{raw: raw, signed: form.Body, sig: form.Sig}
	if err := decMode.Unmarshal(form.Body, &r.Receipt); err != nil {
		return nil, fault.As(fault.Damaged, "decode a receipt", err)
	}
	body, err := encMode.Marshal(r.Receipt)
	if err != nil || !bytes.Equal(body, form.Body) {
		return nil, fault.New(fault.Damaged, "a receipt is not in canonical form")
	}
	if again, err := encMode.Marshal(form); err != nil || !bytes.Equal(again, raw) || len(form.Sig) != ed25519.SignatureSize {
		return nil, fault.New(fault.Damaged, "a receipt is not in canonical form")
	}
	if err := errors.Join(r.City.Validate(), r.Stream.Validate()); err != nil {
		return nil, fault.As(fault.Damaged, "receipt", err)
	}
	return r, nil
}

// Verify checks that the city's key signed the receipt; it returns Damaged
// when not. The caller knows from the certificate that the key is the city's.
func (r *SignedReceipt) Verify(city ed25519.PublicKey) error {
	if DeviceOf(city) != r.City || !ed25519.Verify(city, withDomain(receiptDomain, r.signed), r.sig) {
		return fault.New(fault.Damaged, "signature of a receipt is wrong")
	}
	return nil
}
