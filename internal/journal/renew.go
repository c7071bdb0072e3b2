package journal

import (
	"bytes"
	"crypto/cipher"
	"errors"
	"io/fs"
	"os"
	"runtime/debug"

	"go.etcd.io/bbolt"

	"tongbu/internal/fault"
)

// To renew a file is to copy it value by value into a new one under a new key of
// its own, which then replaces it: to encrypt a file of version 1, and to give
// free pages back. The old file is not changed before the rename: whatever
// interrupts the copy, the next opening begins again.

const (
	// compactFrom is how much of a file must be free, in bytes, and more than
	// half of it, before it is worth copying.
	compactFrom = 64 << 20

	// What one transaction copies.
	copyValues = 1024
	copyBytes  = 1 << 20
)

// item is one value on its way from one file to another.
type item struct {
	bucket      string
	key         []byte
	plain, head []byte // head: of a batch
	drop        bool   // belongs to the old file only
}

// opener reads a stored value of the old file.
type opener func(bucket string, key, stored []byte) (item, error)

func (b *box) openItem(bucket string, key, stored []byte) (out item, err error) {
	out.bucket, out.key = bucket, key
	switch bucket {
	case bucketFile:
		out.drop = true
	case bucketBatches:
		out.head, out.plain, err = b.openBatch(key, stored)
	default:
		out.plain, err = b.open(bucket, key, stored)
	}
	return out, err
}

// renewal is the work of one copy.
type renewal struct {
	path  string
	from  *bbolt.DB
	open  opener
	to    *bbolt.DB
	box   *box
	opts  Options
	count uint64 // values copied
}

// freshPath is the name of a file that is being made.
func freshPath(path string) string { return path + ".new" }

// newCopy copies an open file into a new one beside it, which replace then
// puts in its place. It returns Damaged for a value that is not as it was
// written, and Full when there is no room for both files; path is as it was.
func newCopy(path string, from *bbolt.DB, open opener, opts Options) (r *renewal, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			r, err = nil, fault.New(fault.Damaged, "copy the journal: panic: %v", p)
		}
	}()
	r = &renewal{path: path, from: from, open: open, opts: opts}
	err = r.makeCopy()
	if fault.Of(err) == fault.Full {
		_ = os.Remove(freshPath(path)) // it is what fills the disk
	}
	return r, fault.Wrap("copy the journal", err)
}

// makeCopy makes the copy and checks it.
func (r *renewal) makeCopy() (err error) {
	if err := r.beginCopy(); err != nil {
		return err
	}
	err = errors.Join(r.copyAll(), r.to.Close())
	if err != nil {
		return err
	}
	if err := r.step("copied"); err != nil {
		return err
	}
	values, err := probeFile(freshPath(r.path), r.opts.Key, r.opts.Timeout)
	if err != nil {
		return err
	}
	if want := r.count + fileEntries; values != want {
		return fault.New(fault.Internal, "the copy has %d values, not %d", values, want)
	}
	return r.step("checked")
}

func (r *renewal) beginCopy() (err error) {
	if err := removeFresh(r.path); err != nil {
		return err
	}
	if r.to, err = openBolt(freshPath(r.path), boltOptions(r.opts.Timeout, 0)); err != nil {
		return err
	}
	err = r.step("made")
	if err == nil {
		err = formatFile(r.to, r.opts.Key, versionFor(r.from))
	}
	var aead cipher.AEAD
	if err == nil {
		err = r.to.View(func(tx *bbolt.Tx) error {
			aead, err = unlockFile(tx, r.opts.Key)
			return err
		})
	}
	if err != nil {
		return errors.Join(err, r.to.Close())
	}
	r.box = &box{aead: aead}
	return nil
}

// versionFor is the version of a copy of the file.
func versionFor(from *bbolt.DB) uint64 {
	version := uint64(formatVersion)
	_ = from.View(func(tx *bbolt.Tx) error { // what cannot be read stops the copy itself
		if tx.Bucket([]byte(bucketPacks)) != nil {
			version = cutVersion
		}
		return nil
	})
	return version
}

// removeFresh removes what an interrupted attempt has left.
func removeFresh(path string) error {
	if err := os.Remove(freshPath(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap("create the journal", err)
	}
	return nil
}

func (r *renewal) copyAll() error {
	var names []string
	err := r.from.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
			names = append(names, string(name))
			return nil
		})
	})
	for _, name := range names {
		if err == nil {
			err = r.copyBucket(name)
		}
	}
	return err
}

// copyBucket copies a bucket, a bounded part of it at a time.
func (r *renewal) copyBucket(name string) error {
	var from []byte
	for {
		items, err := r.readItems(name, from)
		if err != nil || len(items) == 0 {
			return err
		}
		if err := r.writeItems(items); err != nil {
			return err
		}
		if err := r.step("copied a part of " + name); err != nil {
			return err
		}
		from = append(bytes.Clone(items[len(items)-1].key), 0)
	}
}

func (r *renewal) readItems(name string, from []byte) (items []item, err error) {
	size := 0
	err = r.from.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte(name)).Cursor()
		for k, v := c.Seek(from); k != nil && size < copyBytes && len(items) < copyValues; k, v = c.Next() {
			it, err := r.open(name, bytes.Clone(k), v)
			if err != nil {
				return fault.Wrap("read "+name, err)
			}
			items = append(items, it)
			size += len(v)
		}
		return nil
	})
	return items, err
}

func (r *renewal) writeItems(items []item) error {
	return r.to.Update(func(tx *bbolt.Tx) error {
		for _, it := range items {
			if it.drop {
				continue
			}
			b, err := tx.CreateBucketIfNotExists([]byte(it.bucket))
			if err != nil {
				return storeFault(it.bucket, err)
			}
			stored := r.box.seal(nil, it.bucket, it.key, it.plain)
			if it.bucket == bucketBatches {
				stored = r.box.sealBatch(it.key, it.head, it.plain)
			}
			b.FillPercent = fillPercent
			if err := b.Put(it.key, stored); err != nil {
				return storeFault(it.bucket, err)
			}
			r.count++
		}
		return nil
	})
}

// replace renames the copy over the file and opens it; after an error path must
// be opened again. The old file stays locked until it has no name any more, so
// that nobody uses it; Windows renames no file over an open one.
func (r *renewal) replace() (*bbolt.DB, error) {
	if onWindows {
		_ = r.from.Close()
	}
	if err := os.Rename(freshPath(r.path), r.path); err != nil {
		return nil, fault.Wrap("replace the journal", err)
	}
	if err := syncDir(r.path); err != nil {
		return nil, err
	}
	if err := r.step("renamed"); err != nil {
		return nil, err
	}
	if err := r.from.Close(); err != nil {
		return nil, fault.Wrap("replace the journal", err)
	}
	return openBolt(r.path, boltOptions(r.opts.Timeout, r.opts.MaxSize))
}

// step is where tests interrupt.
func (r *renewal) step(name string) error {
	if r.opts.step == nil {
		return nil
	}
	return r.opts.step(name)
}

// worthCompacting reports whether a copy of the open file would give enough
// room back.
func worthCompacting(db *bbolt.DB, least int64) bool {
	tx, err := db.Begin(true) // the free pages are counted when it ends
	if err != nil {
		return false
	}
	size := tx.Size()
	if err := tx.Rollback(); err != nil {
		return false
	}
	stats := db.Stats()
	free := int64(stats.FreePageN+stats.PendingPageN) * pageSize
	if info, err := os.Stat(db.Path()); err == nil {
		free += max(info.Size()-size, 0)
		size = max(info.Size(), size)
	}
	return free > least && free > size/2
}
