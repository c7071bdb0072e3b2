package change

import (
	"bytes"
	"crypto/ed25519"
	"errors"

	"tongbu/internal/fault"
)

const maxReceipt = 1 << 10

// Receipt is the city's word that it has recorded a stream up to a mark. The
// newest replaces the older; a later epoch replaces all of an earlier one.
type Receipt struct {
	City   DeviceID // who signs
	Stream Stream
	Seq    uint64
	Hash   Hash
	Epoch  uint64 // grows each time the city is restored from a backup
	At     int64  // the city's clock, Unix milliseconds
	Spoken Spoken // zero: the receipt does not say
}

// Spoken is how far the city had spoken to the unit of a stream's author when it
// signed the receipt: what it refuses of the stream, it has refused up to there.
type Spoken struct {
	Stream Stream // the city's, to that unit
	Seq    uint64 // its last change then; 0: it had said nothing
}

// receiptDomains bind a signature to the form of what is signed, from form 1.
var receiptDomains = [...]string{"tongbu/receipt/1\n", "tongbu/receipt/2\n"}

// plainBody is signed in form 1.
type plainBody struct {
	_      struct{} `cbor:",toarray"`
	City   DeviceID
	Stream Stream
	Seq    uint64
	Hash   Hash
	Epoch  uint64
	At     int64
}

// markedBody is signed in form 2.
type markedBody struct {
	_         struct{} `cbor:",toarray"`
	City      DeviceID
	Stream    Stream
	Seq       uint64
	Hash      Hash
	Epoch     uint64
	At        int64
	Spoken    Stream
	SpokenSeq uint64
}

// form is 1, or 2 for a receipt that says how far the city had spoken.
func (r *Receipt) form() int {
	if r.Spoken == (Spoken{}) {
		return 1
	}
	return 2
}

func (r *Receipt) domain() string { return receiptDomains[r.form()-1] }

// body are the bytes that are signed.
func (r *Receipt) body() ([]byte, error) {
	if r.form() == 1 {
		return encMode.Marshal(plainBody{City: r.City, Stream: r.Stream, Seq: r.Seq, Hash: r.Hash, Epoch: r.Epoch, At: r.At})
	}
	return encMode.Marshal(markedBody{City: r.City, Stream: r.Stream, Seq: r.Seq, Hash: r.Hash, Epoch: r.Epoch, At: r.At,
		Spoken: r.Spoken.Stream, SpokenSeq: r.Spoken.Seq})
}

// headOfMarked is the head of an array of eight: form 2 begins with it.
const headOfMarked = majorArray<<5 | 8

// readBody is the inverse of body, for bytes in any encoding.
func readBody(body []byte) (Receipt, error) {
	if len(body) > 0 && body[0] == headOfMarked {
		var b markedBody
		err := decMode.Unmarshal(body, &b)
		return Receipt{City: b.City, Stream: b.Stream, Seq: b.Seq, Hash: b.Hash, Epoch: b.Epoch, At: b.At, Spoken: Spoken{Stream: b.Spoken, Seq: b.SpokenSeq}}, err
	}
	var b plainBody
	err := decMode.Unmarshal(body, &b)
	return Receipt{City: b.City, Stream: b.Stream, Seq: b.Seq, Hash: b.Hash, Epoch: b.Epoch, At: b.At}, err
}

// validate returns Invalid for a malformed name, and for a stream of another
// device's as what the city said.
func (r *Receipt) validate() error {
	if err := errors.Join(r.City.Validate(), r.Stream.Validate()); err != nil || r.form() == 1 {
		return err
	}
	if r.Spoken.Stream.Device != r.City {
		return fault.New(fault.Invalid, "a receipt names a stream of another device as the city's words")
	}
	return r.Spoken.Stream.Validate()
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
	if err := r.validate(); err != nil {
		return nil, fault.As(fault.Invalid, "sign a receipt", err)
	}
	body, err := r.body()
	if err != nil {
		return nil, fault.As(fault.Invalid, "sign a receipt", err)
	}
	raw, err := encMode.Marshal(receiptForm{Body: body, Sig: ed25519.Sign(key, withDomain(r.domain(), body))})
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
	said, err := readBody(form.Body)
	if err != nil {
		return nil, fault.As(fault.Damaged, "decode a receipt", err)
	}
	r := &SignedReceipt{Receipt: said, raw: raw, signed: form.Body, sig: form.Sig}
	body, err := said.body()
	if err != nil || !bytes.Equal(body, form.Body) {
		return nil, fault.New(fault.Damaged, "a receipt is not in canonical form")
	}
	if again, err := encMode.Marshal(form); err != nil || !bytes.Equal(again, raw) || len(form.Sig) != ed25519.SignatureSize {
		return nil, fault.New(fault.Damaged, "a receipt is not in canonical form")
	}
	if err := r.validate(); err != nil {
		return nil, fault.As(fault.Damaged, "receipt", err)
	}
	return r, nil
}

// Verify checks that the city's key signed the receipt; it returns Damaged
// when not. The caller knows from the certificate that the key is the city's.
func (r *SignedReceipt) Verify(city ed25519.PublicKey) error {
	if DeviceOf(city) != r.City || !ed25519.Verify(city, withDomain(r.domain(), r.signed), r.sig) {
		return fault.New(fault.Damaged, "signature of a receipt is wrong")
	}
	return nil
}
