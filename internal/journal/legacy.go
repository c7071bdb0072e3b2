package journal

import (
	"go.etcd.io/bbolt"

	"tongbu/internal/fault"
)

// Version 1 of the layout, which was not encrypted: a value was
// CRC32C(key, value), value; a batch had its head under a sum of its own
// within; and bucketFile and bucketCounters were one, called meta.
const (
	legacyVersion = 1
	legacyMeta    = "meta"
	legacyFormat  = "format"
)

// isLegacy reports whether an open file has the old layout, Unsupported when
// it has neither.
func isLegacy(tx *bbolt.Tx) (bool, error) {
	if tx.Bucket([]byte(bucketFile)) != nil {
		return false, nil
	}
	meta := tx.Bucket([]byte(legacyMeta))
	if meta == nil {
		return false, fault.New(fault.Unsupported, "the file is no journal")
	}
	return true, legacyFile(meta.Get([]byte(legacyFormat)))
}

// legacyFile judges the entry that says the version.
func legacyFile(stored []byte) error {
	plain, err := takeSum([]byte(legacyFormat), stored)
	if err != nil {
		return err
	}
	if version, err := parseCount(plain); err != nil || version != legacyVersion {
		return fault.New(fault.Unsupported, "the file is a journal of version %d, not %d", version, formatVersion)
	}
	return nil
}

func legacyNames() []string {
	return []string{legacyMeta, bucketStreams, bucketNumbers, bucketBatches, bucketTails,
		bucketForks, bucketArrivals, bucketReceipts, bucketAuthors, bucketCursors}
}

// legacyOpener reads the values of a file of version 1.
func legacyOpener(bucket string, key, stored []byte) (out item, err error) {
	out.bucket, out.key = bucket, key
	if out.plain, err = takeSum(key, stored); err != nil {
		return out, err
	}
	switch bucket {
	case legacyMeta:
		out.bucket, out.drop = bucketCounters, string(key) == legacyFormat
	case bucketBatches:
		if len(out.plain) < sumSize+headSize {
			return out, fault.New(fault.Damaged, "a stored batch is cut short")
		}
		out.head, err = takeSum(key, out.plain[:sumSize+headSize])
		out.plain = out.plain[sumSize+headSize:]
	}
	return out, err
}
