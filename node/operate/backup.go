package operate

import (
	"context"
	"io"
	"path/filepath"

	"tongbu/internal/audit"
	"tongbu/internal/backup"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// Backup writes a backup of the directory as it is now. The journal is first
// copied beside itself, at the speed of the disk: while its transaction is open
// the file grows, and w may be slow. Nothing is written to w before all that can
// fail here is done; what fails then is w's failure. The audit log is read up to where
// it ends after that: it is never behind what the journal of the backup knows of it.
// Backup returns Busy while another copy is under way.
func (o *Operate) Backup(w io.Writer) error { return o.backup(context.Background(), w) }

// backup is Backup until the context ends.
func (o *Operate) backup(ctx context.Context, w io.Writer) error {
	copied, end, err := o.at.Spool.Create()
	if err != nil {
		return err
	}
	defer end()
	m, err := o.manifest()
	if err == nil {
		_, err = o.at.Journal.WriteTo(stoppable{ctx, copied})
	}
	var sources []backup.Source
	if err == nil {
		sources, m.Strays, err = backup.Collect(o.at.Dir(), map[string]backup.Still{
			replica.JournalFile: {Path: copied.Name(), Size: -1},
			audit.FileName:      {Path: filepath.Join(o.at.Dir(), audit.FileName), Size: o.at.Lookups.Log().Size()},
		})
	}
	if err != nil {
		return fault.Wrap("back up", err)
	}
	return backup.Write(stoppable{ctx, w}, m, sources, o.at.Keys.Key())
}

// stoppable is a writer that fails once a context has ended.
type stoppable struct {
	ctx context.Context
	io.Writer
}

// Write implements io.Writer.
func (s stoppable) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Writer.Write(p)
}

// manifest says whose backup it is.
func (o *Operate) manifest() (m backup.Manifest, err error) {
	unit := o.at.Members.Unit()
	m = backup.Manifest{Network: string(o.at.Place.Network), Unit: o.at.Place.Unit, Code: unit.Code, Tier: unit.Level.String(),
		Device: o.at.Keys.Device(), Authority: o.at.Keys.Authority().String(), Time: o.at.Now().UTC()}
	if m.Incarnation, err = o.at.Streams.Incarnation(); err != nil {
		return m, err
	}
	return m, o.at.Journal.View(func(tx *journal.Tx) error {
		m.Epoch, err = streams.Epoch(tx)
		return err
	})
}
