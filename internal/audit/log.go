package audit

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"tongbu/internal/durable"
	"tongbu/internal/durations"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// FileName is the log's name in a directory.
const FileName = "audit.log"

// Options of a log. Of Key alone the zero value is not good for use.
type Options struct {
	Key  [32]byte             // encrypts what the entries say
	Said Head                 // the newest that the device has said in its stream; zero: none
	Sync func(*os.File) error // makes what was written durable; nil: durable.SyncData
}

// State is what was found when the log was opened.
type State struct {
	Torn     int64   // bytes of a write that a power cut ended, cut off; nobody had been answered
	Problems []error // what is lost or damaged, Damaged each
}

// Log is an open audit log. It is safe for concurrent use.
type Log struct {
	path  string
	aead  cipher.AEAD
	sync  func(*os.File) error
	syncs durations.Histogram // how long they took
	state State
	known Mark   // in the journal when the log was opened
	lost  *[]gap // entries that were found to be lost by then

	writer sync.Mutex // held for a write, and while closing; guards what follows
	base   *Head      // behind which the log goes on, once there is an entry; nil: behind the last
	dirty  bool       // something may stand behind the end

	mu     sync.Mutex // guards what follows
	queue  []*call
	led    bool  // a goroutine writes or has been told to
	broken error // why the log takes no more entries
	closed bool
	file   *os.File // nil before the first entry
	end    int64    // of what is on the disk
	last   Mark     // of what is on the disk
	places []place
}

// Open opens the log at path beside an open journal; when there is none it begins
// with the first entry. Entries of a program that kept them in the journal are moved
// to the file. What a power cut has left of a write is cut off, what is lost or damaged stands in
// State, and the log goes on behind it. Open returns Unsupported for a later format,
// Full when there is no room to move the entries.
func Open(ctx context.Context, path string, store *journal.Store, o Options) (*Log, error) {
	aead, err := newCipher(o.Key)
	if err != nil {
		return nil, err
	}
	l := &Log{path: path, aead: aead, sync: o.Sync}
	if l.sync == nil {
		l.sync = durable.SyncData
	}
	if err := l.begin(ctx, store, o.Said); err != nil {
		return nil, fault.Wrap("open the audit log", errors.Join(err, l.Close()))
	}
	return l, nil
}

func (l *Log) begin(ctx context.Context, store *journal.Store, said Head) (err error) {
	if l.known, err = readKnown(store); err != nil {
		return err
	}
	if err := l.openFile(); err != nil {
		return err
	}
	if err := l.putAside(); err != nil {
		return err
	}
	if err := l.moveTable(ctx, store); err != nil {
		return fault.Wrap("move it out of the journal", err)
	}
	return l.recover(said)
}

// openFile opens what is there; a file that is shorter than a header is none.
func (l *Log) openFile() error {
	info, err := os.Stat(l.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fault.New(fault.Invalid, "%s is not a regular file", l.path)
	case info.Size() < int64(headerSize):
		return nil
	}
	l.file, err = os.OpenFile(l.path, os.O_RDWR, 0o600)
	return err
}

// putAside renames a file that is no log at all, say a list that somebody has made
// under this name.
func (l *Log) putAside() error {
	if l.file == nil {
		return nil
	}
	begin := make([]byte, headerSize+frameSize)
	n, err := l.file.ReadAt(begin, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	_, isRecord := parseFrame(begin[headerSize:])
	if isRecord || string(begin[:len(magic)]) == magic && n >= headerSize {
		return nil
	}
	aside, err := l.freeName(".damaged-%d")
	if err != nil {
		return err
	}
	l.state.Problems = append(l.state.Problems, fault.New(fault.Damaged, "the file %s is no audit log; it is kept as %s", FileName, aside))
	if err := l.file.Close(); err != nil {
		return err
	}
	l.file = nil
	return durable.Move(l.path, aside)
}

// freeName is a path that nothing stands at.
func (l *Log) freeName(ending string) (string, error) {
	for n := 1; ; n++ {
		path := l.path + fmt.Sprintf(ending, n)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return path, nil
		} else if err != nil {
			return "", err
		}
	}
}

// State is what was found at opening.
func (l *Log) State() State { return l.state }

// Last is the head of what is on the disk.
func (l *Log) Last() Mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.last
	last.lost = l.lost
	return last
}

// Size is how many bytes of the file hold what was acknowledged; 0: there is no file.
func (l *Log) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return 0
	}
	return l.end
}

// Syncs are how long the syncs of the file took since it was opened.
func (l *Log) Syncs() *durations.Histogram { return &l.syncs }

// Failed is why the log takes no more entries until the process has restarted, nil
// when it does.
func (l *Log) Failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// Present checks that the file at the path is the one that is written. It returns
// Damaged.
func (l *Log) Present() error {
	l.mu.Lock()
	file := l.file
	l.mu.Unlock()
	if file == nil {
		return nil
	}
	ours, err := file.Stat()
	if err != nil {
		return nil //nolint:nilerr // as long as nobody knows otherwise
	}
	now, err := os.Stat(l.path)
	if err == nil && os.SameFile(now, ours) || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fault.New(fault.Damaged, "the file %s was taken away while it was in use", l.path)
}

// Rescue writes what was acknowledged to a new file after its own was taken away: at
// the same path, or beside it when there is another. The log takes nothing after it.
func (l *Log) Rescue() (path string, err error) {
	l.writer.Lock()
	defer l.writer.Unlock()
	l.fail(fault.New(fault.Damaged, "the file of the audit log was taken away"))
	path = l.path
	if _, err := os.Lstat(path); err == nil {
		if path, err = l.freeName(".rescued-%d"); err != nil {
			return "", fault.Wrap("rescue the audit log", err)
		}
	}
	return path, durable.Save(path, false, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(l.file, 0, l.Size()))
		return err
	})
}

// fail ends the log: it is unknown what is on the disk behind the end.
func (l *Log) fail(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = why
	}
}

// Close waits for a write that is under way and closes the file; later calls of
// Append return Canceled.
func (l *Log) Close() error {
	l.writer.Lock()
	defer l.writer.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	if l.file == nil {
		return nil
	}
	return fault.Wrap("close the audit log", l.file.Close())
}
