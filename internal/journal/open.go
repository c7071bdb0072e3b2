package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"tongbu/internal/fault"
)

const (
	pageSize       = 4096
	defaultTimeout = 3 * time.Second
	defaultMaxSize = 1 << 30
	takenOnTrust   = 1 << 30 // bytes above which a clean note spares the check
	onWindows      = runtime.GOOS == "windows"
)

// Options of a store. The zero value is good for use.
type Options struct {
	Now     func() time.Time        // stamps arrivals; nil: time.Now
	Probe   func(path string) error // checks a file before it is used; nil: Probe
	MaxSize int64                   // of the file in bytes; 0: 1 GiB
	Timeout time.Duration           // wait for another process that holds the file; 0: 3 s
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Probe == nil {
		timeout := o.Timeout
		o.Probe = func(path string) error { return probe(path, timeout) }
	}
	if o.MaxSize <= 0 {
		o.MaxSize = defaultMaxSize
	}
	return o
}

// boltOptions are the settings of every file: NoSync and NoGrowSync stay
// false, pages have 4 KiB everywhere so that files move between machines, and
// the list of free pages is rebuilt at opening instead of written each time.
func boltOptions(timeout time.Duration, maxSize int64) *bbolt.Options {
	return &bbolt.Options{Timeout: timeout, FreelistType: bbolt.FreelistMapType,
		NoFreelistSync: true, PageSize: pageSize, MaxSize: int(min(maxSize, math.MaxInt))}
}

// Open opens the journal at path, or creates it. The file is probed first; one
// above 1 GiB only when it was not closed cleanly. A damaged one is renamed and Damaged returned,
// with the new name in the hint; likewise Damaged when the file has gone that
// a clean close left: a second Open then begins an empty journal, which is
// for the caller to decide. Open returns Busy when another process holds the
// file, Unsupported for a file that is no journal or of a later version,
// Invalid when path is no regular file.
func Open(path string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	mark, err := takeMarker(path)
	if err != nil {
		return nil, err
	}
	if err := prepare(path, mark, opts); err != nil {
		return nil, err
	}
	db, err := openBolt(path, boltOptions(opts.Timeout, opts.MaxSize))
	if fault.Of(err) == fault.Damaged {
		return nil, quarantine(path, opts.Now(), err)
	}
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, db: db, now: opts.Now, commit: (*bbolt.Tx).Commit, changed: make(chan struct{})}
	if err := s.begin(mark); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// begin reads from the open file what the store starts with.
func (s *Store) begin(mark *marker) error {
	return s.db.View(func(tx *bbolt.Tx) error {
		s.durable.Store(int64(tx.ID()))
		s.regressed = mark != nil && uint64(tx.ID()) < mark.Tx
		return checkFormat(newTx(tx, s.now))
	})
}

// prepare sees to it that there is a file fit to be opened.
func prepare(path string, mark *marker, opts Options) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && mark != nil:
		return fault.New(fault.Damaged, "the journal %s is gone", path).
			WithHint("put the file back if it was moved; starting again begins an empty journal")
	case errors.Is(err, fs.ErrNotExist):
		return create(path, opts)
	case err != nil:
		return fault.Wrap("open the journal", err)
	case !info.Mode().IsRegular():
		return fault.New(fault.Invalid, "the journal %s is not a regular file", path)
	case mark.matches(path) && info.Size() > takenOnTrust:
		return nil
	}
	err = opts.Probe(path)
	if fault.Of(err) == fault.Damaged {
		return quarantine(path, opts.Now(), err)
	}
	return err
}

// create makes an empty journal under another name first: bbolt's first
// writes, cut by a power failure, leave a file that does not open.
func create(path string, opts Options) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap("create the journal", err)
	}
	db, err := openBolt(fresh, boltOptions(opts.Timeout, opts.MaxSize))
	if err != nil {
		return err
	}
	if err := errors.Join(format(db), db.Close()); err != nil {
		return fault.Wrap("create the journal", err)
	}
	if err := probe(fresh, opts.Timeout); err != nil {
		return fault.Wrap("create the journal", err)
	}
	if _, err := os.Lstat(path); err == nil {
		return fault.New(fault.Busy, "another process has just created %s", path)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fault.Wrap("create the journal", err)
	}
	return syncDir(path)
}

// quarantine moves a damaged file out of the way and says where it is.
func quarantine(path string, now time.Time, cause error) error {
	aside := fmt.Sprintf("%s.damaged-%d", path, now.Unix())
	for n := 2; ; n++ {
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break
		}
		aside = fmt.Sprintf("%s.damaged-%d-%d", path, now.Unix(), n)
	}
	if err := os.Rename(path, aside); err != nil {
		return fault.As(fault.Damaged, "the journal is damaged and cannot be moved aside", errors.Join(cause, err))
	}
	if err := syncDir(path); err != nil {
		return fault.As(fault.Damaged, "the journal is damaged", errors.Join(cause, err))
	}
	return fault.As(fault.Damaged, "the journal is damaged", cause).
		WithHint("the damaged file is kept as %s", aside)
}

// openBolt opens a file and turns bbolt's errors, and its panics on damaged
// pages, into kinds.
func openBolt(path string, options *bbolt.Options) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			db, err = nil, fault.New(fault.Damaged, "open the journal: panic: %v", r)
		}
	}()
	db, err = bbolt.Open(path, 0o600, options)
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fault.New(fault.Busy, "directory already served: another process holds %s", path).
			WithHint("stop the other process, or give this one a directory of its own")
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fault.As(fault.Damaged, "open the journal", err)
	}
	return nil, fault.Wrap("open the journal", err)
}

// syncDir makes renames in path's directory last. Windows has no such call:
// there the file system's own log keeps their order.
func syncDir(path string) error {
	if onWindows {
		return nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fault.Wrap("sync the directory", err)
	}
	return fault.Wrap("sync the directory", errors.Join(dir.Sync(), dir.Close()))
}
