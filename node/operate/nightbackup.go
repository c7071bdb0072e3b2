package operate

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	"tongbu/internal/backup"
	"tongbu/internal/durable"
	"tongbu/internal/fault"
	"tongbu/node/nightly"
	"tongbu/node/replica"
)

// nightBackup makes a backup in the directory for them, reads it back, and only then
// removes older ones.
func (o *Operate) nightBackup(ctx context.Context) (done nightly.Run, err error) {
	series := nightly.Series{Dir: o.nights.Dir, Device: o.at.Keys.Device()}
	if err := CheckBackupDir(o.at.Dir(), series.Dir); err != nil {
		return done, err
	}
	if err := series.Sweep(); err != nil {
		return done, err
	}
	if err := o.wantRoom(series.Dir); err != nil {
		return done, err
	}
	done.File = series.Path(o.at.Members.Unit().Code, o.at.Now())
	err = durable.Save(done.File, false, func(w io.Writer) error { return o.backup(ctx, w) })
	if err != nil {
		return nightly.Run{}, err
	}
	if done.Bytes, err = o.readBack(ctx, done.File); err != nil {
		_ = os.Remove(done.File) // it is not counted as one; the older ones stay
		return nightly.Run{}, fault.Wrap("read the backup back", err)
	}
	return done, series.Prune(done.File, o.nights.Keep)
}

// CheckBackupDir returns NotFound or Invalid for what is no directory to put backups of
// a directory into. It is made by nobody here: where a disk is not mounted, the backup
// would come to lie beside what it is a backup of.
func CheckBackupDir(dir, target string) error {
	info, err := os.Stat(target)
	switch {
	case fault.Of(err) == fault.NotFound:
		return fault.New(fault.NotFound, "the directory for backups %s is not there", target).WithHint("mount its disk, or make it; see nightly_backup_dir in tongbu.yaml")
	case err != nil:
		return fault.Wrap("look at the directory for backups", err)
	case !info.IsDir():
		return fault.New(fault.Invalid, "%s is not a directory", target).WithHint("set nightly_backup_dir in tongbu.yaml")
	}
	top, err := filepath.EvalSymlinks(dir)
	if err == nil {
		top, err = filepath.Abs(top)
	}
	if err != nil {
		return fault.Wrap("look at the directory", err)
	}
	if target, err = filepath.EvalSymlinks(target); err != nil {
		return fault.Wrap("look at the directory for backups", err)
	}
	if rel, err := filepath.Rel(top, target); err == nil && filepath.IsLocal(rel) {
		return fault.New(fault.Invalid, "the directory for backups lies in the directory itself").WithHint("put it on another disk")
	}
	return nil
}

// wantRoom returns Full where a backup finds no room: here, where the journal is copied
// first and what clerks type needs room meanwhile, or there.
func (o *Operate) wantRoom(target string) error {
	size := o.at.Journal.Size()
	left, reserve := o.at.Space.Left()
	if left >= 0 && left < size+reserve {
		return fault.New(fault.Full, "no room for the copy of the journal: %d MB are free in the directory, it takes %d MB", left/1e6, (size+reserve)/1e6).
			WithHint("free some space; nothing acknowledged is lost")
	}
	if last := o.book.Results().Backup.Good.Bytes; last > 0 {
		size = last
	}
	if free, known := replica.FreeBytes(target); known && free < size {
		return fault.New(fault.Full, "no room for a backup: %d MB are free in %s, it takes %d MB", free/1e6, target, size/1e6).
			WithHint("free some space there, or keep fewer with nightly_keep")
	}
	return nil
}

// readBack reads a backup to its end, as restore would, and returns its size in bytes.
func (o *Operate) readBack(ctx context.Context, file string) (int64, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // only read
	m, err := backup.Check(reading{ctx, f})
	if err == nil && (!m.Signed() || m.Device != o.at.Keys.Device()) {
		err = fault.New(fault.Damaged, "the backup is of another device")
	}
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// reading is a reader that fails once a context has ended.
type reading struct {
	ctx context.Context
	io.Reader
}

// Read implements io.Reader.
func (r reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// Made is a backup that somebody has made by hand.
type Made struct {
	Began time.Time `json:"began"`
	File  string    `json:"file"`
	Bytes int64     `json:"bytes"`
}
