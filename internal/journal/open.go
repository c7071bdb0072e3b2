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

	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

const (
	pageSize       = 4096
	defaultTimeout = 3 * time.Second
	defaultMaxSize = 1 << 30
	takenOnTrust   = 1 << 30 // bytes above which a clean note spares the check
	onWindows      = runtime.GOOS == "windows"
)

// Options of a store. Of Key alone the zero value is not good for use.
type Options struct {
	Key     [keySize]byte    // encrypts all values; never zero
	Now     func() time.Time // stamps arrivals; nil: time.Now
	Probe   Prober           // checks a file before it is used; nil: Probe
	MaxSize int64            // of the file in bytes; 0: 1 GiB
	NoRoom  func()           // called when a commit found no room, before its callers hear of it; nil: nobody
	Timeout time.Duration    // wait for another process that holds the file; 0: 3 s

	step    func(string) error // called between the steps of a renewal; an error ends it there
	compact int64              // free bytes from which on a file is compacted; 0: compactFrom
}

// Prober checks a whole file that nobody has open, as Probe does.
type Prober func(path string, key [keySize]byte) error

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Probe == nil {
		timeout := o.Timeout
		o.Probe = func(path string, key [keySize]byte) error {
			_, err := probeFile(path, key, timeout)
			return err
		}
	}
	if o.NoRoom == nil {
		o.NoRoom = func() {}
	}
	if o.MaxSize <= 0 {
		o.MaxSize = defaultMaxSize
	}
	if o.compact <= 0 {
		o.compact = compactFrom
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
// above 1 GiB only when it was not closed cleanly. A damaged one is renamed and
// Damaged returned, with the new name in the hint; likewise Damaged when the
// file is missing that a clean close left. A second Open then begins an empty
// journal; whether to call it is for the caller to decide. A file of version 1,
// and one of which more than half is free, is copied first. Open returns Denied
// when the file was written under another key, Busy when another process holds
// the file, Unsupported for a file that is no journal or of a later version,
// Full when a copy is needed and there is no room for it, Invalid when path is
// no regular file or there is no key.
func Open(path string, opts Options) (*Store, error) {
	if opts.Key == ([keySize]byte{}) {
		return nil, fault.New(fault.Invalid, "a journal needs a key")
	}
	opts = opts.withDefaults()
	mark, err := takeMarker(path)
	if err != nil {
		return nil, err
	}
	if err := prepareFile(path, mark, opts); err != nil {
		return nil, err
	}
	db, err := openBolt(path, boltOptions(opts.Timeout, opts.MaxSize))
	if fault.Of(err) == fault.Damaged {
		return nil, quarantine(path, opts.Now(), err)
	}
	if err != nil {
		return nil, err
	}
	failpoint.Reach("journal.opened")
	s := &Store{path: path, db: db, now: opts.Now, commit: (*bbolt.Tx).Commit, noRoom: opts.NoRoom, maxSize: opts.MaxSize, changed: make(chan struct{})}
	if s.file, err = os.Stat(path); err != nil {
		return nil, errors.Join(fault.Wrap("open the journal", err), db.Close())
	}
	err = s.upgradeAndUnlock(mark, opts)
	if fault.Of(err) == fault.Damaged {
		return nil, quarantine(path, opts.Now(), errors.Join(err, s.db.Close()))
	}
	if err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

// upgradeAndUnlock brings the open file to this version, and reads what the
// store starts with.
func (s *Store) upgradeAndUnlock(mark *marker, opts Options) error {
	var legacy bool
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		s.regressed = mark != nil && uint64(tx.ID()) < mark.Tx
		legacy, err = isLegacy(tx)
		return err
	})
	if err == nil && legacy {
		err = s.migrate(opts)
	}
	if err == nil {
		err = s.unlock(opts)
	}
	if err != nil || legacy || !worthCompacting(s.db, opts.compact) {
		return err
	}
	return s.compact(opts)
}

// unlock makes the cipher of the file that is open, and gives the file the number
// of this version.
func (s *Store) unlock(opts Options) error {
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		s.aead, err = unlockFile(tx, opts.Key)
		return err
	})
	if err != nil {
		return err
	}
	if err := raiseVersion(s.db); err != nil {
		return err
	}
	return s.db.View(func(tx *bbolt.Tx) error {
		s.durable.Store(int64(tx.ID()))
		return nil
	})
}

// compact copies the file to give its free pages back. When there is no room for
// the copy, or a value is damaged, the file stays in use as it is.
func (s *Store) compact(opts Options) error {
	r, err := newCopy(s.path, s.db, (&box{aead: s.aead}).openItem, opts)
	if kind := fault.Of(err); kind == fault.Full || kind == fault.Damaged {
		return removeFresh(s.path)
	}
	if err == nil {
		err = s.useCopy(r)
	}
	if err != nil {
		return err
	}
	return s.unlock(opts)
}

// migrate encrypts a file of version 1.
func (s *Store) migrate(opts Options) error {
	r, err := newCopy(s.path, s.db, legacyOpener, opts)
	if err != nil {
		return err
	}
	return s.useCopy(r)
}

func (s *Store) useCopy(r *renewal) error {
	db, err := r.replace()
	if err == nil {
		s.db = db
	}
	return err
}

// prepareFile ensures that there is a file that can be opened.
func prepareFile(path string, mark *marker, opts Options) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && mark != nil:
		return leaveGoneNote(path, opts.Now())
	case errors.Is(err, fs.ErrNotExist):
		return createFile(path, opts)
	case err != nil:
		return fault.Wrap("open the journal", err)
	case !info.Mode().IsRegular():
		return fault.New(fault.Invalid, "the journal %s is not a regular file", path)
	case mark.matches(path) && info.Size() > takenOnTrust:
		return nil
	}
	err = opts.Probe(path, opts.Key)
	if fault.Of(err) == fault.Damaged {
		return quarantine(path, opts.Now(), err)
	}
	return err
}

// leaveGoneNote leaves a note of the file that is missing, so that the next
// start knows that the journal it makes is not this directory's first.
func leaveGoneNote(path string, now time.Time) error {
	note := fmt.Sprintf("%s.gone-%d", path, now.Unix())
	err := errors.Join(os.WriteFile(note, nil, 0o600), syncDir(path))
	missing := fault.New(fault.Damaged, "the journal %s is gone", path).
		WithHint("restore the file if it was moved; starting again begins an empty journal")
	if err != nil {
		return fault.As(fault.Damaged, "the journal is gone", errors.Join(missing, err))
	}
	return missing
}

// createFile makes an empty journal under another name first: bbolt's first
// writes, cut by a power failure, leave a file that does not open.
func createFile(path string, opts Options) error {
	fresh := freshPath(path)
	if err := removeFresh(path); err != nil {
		return err
	}
	db, err := openBolt(fresh, boltOptions(opts.Timeout, opts.MaxSize))
	if err != nil {
		return err
	}
	if err := errors.Join(formatFile(db, opts.Key, formatVersion), db.Close()); err != nil {
		return fault.Wrap("create the journal", err)
	}
	if _, err := probeFile(fresh, opts.Key, opts.Timeout); err != nil {
		return fault.Wrap("create the journal", err)
	}
	if _, err := os.Lstat(path); err == nil {
		return fault.New(fault.Busy, "another process has just created %s", path)
	}
	failpoint.Reach("journal.create.formatted")
	if err := os.Rename(fresh, path); err != nil {
		return fault.Wrap("create the journal", err)
	}
	failpoint.Reach("journal.create.renamed")
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
	failpoint.Reach("journal.quarantine.before")
	if err := os.Rename(path, aside); err != nil {
		return fault.As(fault.Damaged, "the journal is damaged and cannot be moved aside", errors.Join(cause, err))
	}
	failpoint.Reach("journal.quarantine.renamed")
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
	var file *os.File
	options.OpenFile = func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	db, err = bbolt.Open(path, 0o600, options)
	switch {
	case err == nil:
		return inPlace(db, file)
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fault.New(fault.Busy, "directory already served: another process holds %s", path).
			WithHint("stop the other process, or give this one a directory of its own")
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fault.As(fault.Damaged, "open the journal", err)
	}
	return nil, fault.Wrap("open the journal", err)
}

// inPlace returns the open file unless it was replaced by a copy of another
// process while this one waited for its lock: what is written to it would be
// lost.
func inPlace(db *bbolt.DB, file *os.File) (*bbolt.DB, error) {
	ours, err := file.Stat()
	if err != nil {
		return nil, fault.Wrap("open the journal", errors.Join(err, db.Close()))
	}
	if there, err := os.Stat(db.Path()); err == nil && os.SameFile(ours, there) {
		return db, nil
	}
	busy := fault.New(fault.Busy, "another process has just replaced %s", db.Path()).WithHint("try again")
	return nil, errors.Join(busy, db.Close())
}

// syncDir makes renames in path's directory durable. Windows has no such call:
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
