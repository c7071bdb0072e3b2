package journal

import (
	"os"
	"time"

	"go.etcd.io/bbolt"

	"tongbu/internal/fault"
)

// Probe checks a whole journal file that nobody has open: the pages and the
// order of keys, and the checksum of every value. It returns Damaged when the
// file is, Unsupported when it is no journal of this version, Busy when
// another process holds it.
//
// It reads every page in use once, with ordinary reads and never by way of
// bbolt or a mapping, so no damage makes it panic, fault or run for ever; its
// time is that of reading the file (1 GiB: seconds from an SSD, ten and more
// from an old disk).
func Probe(path string) error { return probe(path, defaultTimeout) }

func probe(path string, timeout time.Duration) error {
	info, err := os.Stat(path)
	if err != nil {
		return fault.Wrap("probe the journal", err)
	}
	if !info.Mode().IsRegular() {
		return fault.New(fault.Invalid, "%s is not a regular file", path)
	}
	if info.Size() < 4*pageSize {
		return fault.New(fault.Damaged, "the journal has %d bytes, fewer than an empty one", info.Size())
	}
	db, err := lock(path, timeout)
	if err != nil {
		return err
	}
	return checkFile(path, db)
}

// lock opens the file for reading only to hold its lock: bbolt reads nothing
// but the meta pages then.
func lock(path string, timeout time.Duration) (*bbolt.DB, error) {
	options := boltOptions(timeout, 0)
	options.ReadOnly = true
	return openBolt(path, options)
}

func checkFile(path string, held *bbolt.DB) error {
	defer held.Close() //nolint:errcheck // only read
	f, err := os.Open(path)
	if err != nil {
		return fault.Wrap("probe the journal", err)
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return fault.Wrap("probe the journal", err)
	}
	return walkFile(f, info.Size())
}
