package journal

import (
	"go.etcd.io/bbolt"

	"tongbu/internal/fault"
)

// formatVersion is the layout that DESIGN.md describes.
const formatVersion = 1

func formatKey() []byte { return []byte("format") }

// format makes an empty file a journal. It commits twice, so that both of the
// file's meta pages speak of a journal: were the newer one torn later, the
// older would be used.
func format(db *bbolt.DB) error {
	for range 2 {
		if err := db.Update(formatTx); err != nil {
			return err
		}
	}
	return nil
}

func formatTx(tx *bbolt.Tx) error {
	for _, name := range bucketNames() {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	return newTx(tx, nil).put(bucketMeta, formatKey(), countKey(formatVersion))
}

// checkFormat returns Unsupported for a file of another program or version.
func checkFormat(tx *Tx) error {
	version, err := tx.count(bucketMeta, formatKey())
	if err != nil {
		return err
	}
	if version != formatVersion {
		return fault.New(fault.Unsupported, "the file is a journal of version %d, not %d", version, formatVersion)
	}
	for _, name := range bucketNames() {
		if tx.tx.Bucket([]byte(name)) == nil {
			return fault.New(fault.Damaged, "the journal has no %s", name)
		}
	}
	return nil
}
