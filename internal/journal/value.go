package journal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"

	"tongbu/internal/fault"
)

const (
	keySize  = 32
	saltSize = 16

	// sealSize is what a stored value has beyond the plain one: a random nonce
	// of 12 bytes before it, a tag of 16 behind.
	sealSize = 12 + 16
)

// headPlace stands for the bucket in the seal of a batch's head, so that a
// head is never taken for a value.
const headPlace = bucketBatches + "/head"

// newCipher makes the cipher of one file: AES-256-GCM under a key of the
// file's own, derived from the store's by the file's salt. Nonces are random;
// one key must not seal more than 2^32 values, and every copy of the file made
// by renew begins with a new one.
func newCipher(key [keySize]byte, salt []byte) (cipher.AEAD, error) {
	own, err := hkdf.Key(sha256.New, key[:], salt, "tongbu journal file 2", keySize)
	if err != nil {
		return nil, fault.As(fault.Internal, "derive the file's key", err)
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, fault.As(fault.Internal, "derive the file's key", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fault.As(fault.Internal, "derive the file's key", err)
	}
	return aead, nil
}

// box gives values their stored form and takes it off; nothing else does. The
// place of a value, bucket and key, is authenticated with it, so that a page
// that came to the wrong place is seen. One goroutine at a time uses a box.
type box struct {
	aead  cipher.AEAD
	place []byte // scratch
}

// seal appends the stored form of a value to dst.
func (b *box) seal(dst []byte, bucket string, key, plain []byte) []byte {
	return b.aead.Seal(dst, nil, plain, b.placeOf(bucket, key, nil))
}

// open returns the value of a stored form as bytes of its own, never nil. It
// returns Damaged when it is not what was stored at this place.
func (b *box) open(bucket string, key, stored []byte) ([]byte, error) {
	return b.openAt(b.placeOf(bucket, key, nil), stored)
}

func (b *box) openAt(place, stored []byte) ([]byte, error) {
	if len(stored) < sealSize {
		return nil, fault.New(fault.Damaged, "a stored value is cut short")
	}
	plain, err := b.aead.Open(make([]byte, 0, len(stored)-sealSize), nil, stored, place)
	if err != nil {
		return nil, fault.New(fault.Damaged, "a stored value does not match its seal")
	}
	return plain, nil
}

// placeOf is the place of a value as it is authenticated. No two places give the
// same bytes: names of buckets are short, and of one bucket all keys, or all
// keys with a head behind, have one length.
func (b *box) placeOf(bucket string, key, head []byte) []byte {
	b.place = append(append(b.place[:0], byte(len(bucket))), bucket...)
	b.place = append(append(b.place, key...), head...)
	return b.place
}

// sealBatch is the stored batch: its head under a seal of its own, then the
// sealed bytes, bound to that head.
func (b *box) sealBatch(key []byte, head, raw []byte) []byte {
	stored := make([]byte, 0, 2*sealSize+len(head)+len(raw))
	stored = b.seal(stored, headPlace, key, head)
	return b.aead.Seal(stored, nil, raw, b.placeOf(bucketBatches, key, stored))
}

// openHead reads the head of a stored batch without touching what is behind.
func (b *box) openHead(key, stored []byte) ([]byte, error) {
	if len(stored) < storedHead {
		return nil, fault.New(fault.Damaged, "a stored batch is cut short")
	}
	return b.open(headPlace, key, stored[:storedHead])
}

// openBatch returns head and bytes of a stored batch.
func (b *box) openBatch(key, stored []byte) (head, raw []byte, err error) {
	if head, err = b.openHead(key, stored); err != nil {
		return nil, nil, err
	}
	raw, err = b.openAt(b.placeOf(bucketBatches, key, stored[:storedHead]), stored[storedHead:])
	return head, raw, err
}

// checkSeal compares the seals of whatever a bucket stores.
func (b *box) checkSeal(bucket string, key, stored []byte) (err error) {
	if bucket == bucketBatches {
		_, _, err = b.openBatch(key, stored)
	} else {
		_, err = b.open(bucket, key, stored)
	}
	return err
}
