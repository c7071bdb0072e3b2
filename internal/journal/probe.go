package journal

import (
	"os"
	"time"

	"go.etcd.io/bbolt"

	"tongbu/internal/fault"
)

// Probe checks a whole journal file that nobody has open: the pages and the
// order of keys, and the seal of every value. It returns Damaged when the
// file is, Denied when it is in order as far as can be told but was written
// under another key, Unsupported when it is no journal of this version or
// version 1, Busy when another process holds it.
//
// It reads every page in use once, with ordinary reads and never by way of
// bbolt or a mapping, so no damage makes it panic, fault or run for ever; its
// time is that of reading the file (1 GiB: seconds from an SSD, ten and more
// from an old disk).
func Probe(path string, key [keySize]byte) error {
	_, err := probeFile(path, key, defaultTimeout)
	return err
}

// probeFile returns how many values the file holds, those of bucketFile too.
func probeFile(path string, key [keySize]byte, timeout time.Duration) (values uint64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, fault.Wrap("probe the journal", err)
	}
	if !info.Mode().IsRegular() {
		return 0, fault.New(fault.Invalid, "%s is not a regular file", path)
	}
	if info.Size() < 4*pageSize {
		return 0, fault.New(fault.Damaged, "the journal has %d bytes, fewer than an empty one", info.Size())
	}
	db, err := lockFile(path, timeout)
	if err != nil {
		return 0, err
	}
	return checkFile(path, db, key)
}

// lockFile opens the file for reading only to hold its lock: bbolt reads nothing
// but the meta pages then.
func lockFile(path string, timeout time.Duration) (*bbolt.DB, error) {
	options := boltOptions(timeout, 0)
	options.ReadOnly = true
	return openBolt(path, options)
}

func checkFile(path string, held *bbolt.DB, key [keySize]byte) (values uint64, err error) {
	defer held.Close() //nolint:errcheck // only read
	f, err := os.Open(path)
	if err != nil {
		return 0, fault.Wrap("probe the journal", err)
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return 0, fault.Wrap("probe the journal", err)
	}
	return walkFile(f, info.Size(), key)
}
