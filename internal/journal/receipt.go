package journal

import (
	"bytes"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// PutReceipt stores a receipt, verified by the caller, unless the stored one
// of its stream is as new; it returns whether it did. The stream need not be
// known here. It returns Damaged.
func (tx *Tx) PutReceipt(r *change.SignedReceipt) (bool, error) {
	old, err := tx.Receipt(r.Stream)
	if err != nil {
		return false, err
	}
	if old != nil && !r.Newer(&old.Receipt) {
		return false, nil
	}
	return true, tx.put(bucketReceipts, streamKey(r.Stream), r.Bytes())
}

// Receipt returns the newest receipt of a stream, nil when there is none. It
// returns Damaged.
func (tx *Tx) Receipt(s change.Stream) (*change.SignedReceipt, error) {
	key := streamKey(s)
	plain, err := tx.get(bucketReceipts, key)
	if err != nil || plain == nil {
		return nil, err
	}
	return readReceipt(key, plain)
}

// Receipts calls fn for the newest receipt of each stream, in the order of
// Stream.Compare, until fn returns an error (ErrStop: none). It returns
// Damaged.
func (tx *Tx) Receipts(fn func(*change.SignedReceipt) error) error {
	return tx.ascend(bucketReceipts, nil, nil, func(key, stored []byte) error {
		plain, err := tx.box.open(bucketReceipts, key, stored)
		if err != nil {
			return fault.Wrap("read receipts", err)
		}
		r, err := readReceipt(key, plain)
		if err != nil {
			return err
		}
		return fn(r)
	})
}

func readReceipt(key, plain []byte) (*change.SignedReceipt, error) {
	r, err := change.ParseReceipt(plain)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(streamKey(r.Stream), key) {
		return nil, fault.New(fault.Damaged, "a receipt stands at another's place")
	}
	return r, nil
}

// PutAuthor stores the certificate (DER) that a device's batches are checked
// with, replacing an earlier one. It returns Invalid for a malformed name.
func (tx *Tx) PutAuthor(d change.DeviceID, der []byte) error {
	if err := d.Validate(); err != nil {
		return err
	}
	return tx.put(bucketAuthors, []byte(d), der)
}

// Author returns a device's certificate (DER), nil when there is none. It
// returns Damaged.
func (tx *Tx) Author(d change.DeviceID) ([]byte, error) {
	if d == "" {
		return nil, nil
	}
	return tx.get(bucketAuthors, []byte(d))
}
