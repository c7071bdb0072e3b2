package tier

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"tongbu/internal/backup"
	"tongbu/internal/config"
	"tongbu/internal/durable"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/internal/vault"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// Restored says what a directory was restored from, and under which incarnation
// and epoch it goes on.
type Restored struct {
	backup.Manifest
	NewIncarnation uint32 `json:"new_incarnation"`
	NewEpoch       uint64 `json:"new_epoch"` // greater than epoch at the city only
}

// Restore makes a directory, which must be missing or empty, from a backup.
// All of it is made beside its place, checked, given a new incarnation (and at
// the city a new epoch), and then moved there as a whole: a restore that is
// cut short leaves DIR.new, which the next one removes. It returns Busy for a
// directory in use, what opening the key returns, and Damaged or Unsupported for
// what is no backup of this program's.
func Restore(ctx context.Context, dir string, from io.Reader, environ []string) (Restored, error) {
	if err := Vacant(dir); err != nil {
		return Restored{}, err
	}
	making, err := Making(dir)
	if err != nil {
		return Restored{}, err
	}
	r := Restored{}
	if r.Manifest, err = backup.Extract(from, making); err == nil {
		err = renew(ctx, making, &r, environ)
	}
	if err == nil {
		err = durable.SyncTree(making)
	}
	if err != nil {
		return r, errors.Join(err, os.RemoveAll(making))
	}
	return r, durable.Move(making, dir)
}

// Making makes an empty directory beside a path, to be moved there when it is
// whole.
func Making(dir string) (string, error) {
	making := filepath.Clean(dir) + durable.Unfinished
	if err := os.RemoveAll(making); err != nil {
		return "", fault.Wrap("make the directory", err)
	}
	return making, fault.Wrap("make the directory", os.MkdirAll(making, 0o700))
}

// renew opens what was extracted from the backup: the identity must be the
// manifest's and the journal sound. Then the device begins a new incarnation.
func renew(ctx context.Context, dir string, r *Restored, environ []string) (err error) {
	cfg, err := config.Load(dir, environ)
	if err != nil {
		return err
	}
	p, err := identity.PlacementOf(dir)
	if err != nil {
		return fault.As(fault.Damaged, "the backup holds no device's directory", err)
	}
	v, err := openVault(dir, KeyOptions(cfg))
	if err != nil {
		return fault.Wrap("open the restored directory", err)
	}
	keys, err := identity.Open(dir, identity.Options{Key: v.Key(vault.Identity)})
	if err != nil {
		return fault.Wrap("open the restored directory", err)
	}
	if string(p.Network) != r.Network || p.Unit != r.Unit || keys.Device() != r.Device {
		return fault.New(fault.Damaged, "the backup holds another device than its manifest says")
	}
	if _, err := os.Stat(filepath.Join(dir, replica.JournalFile)); err != nil {
		return fault.New(fault.Damaged, "the backup holds no journal")
	}
	kinds, err := schema.Load()
	if err != nil {
		return err
	}
	s, err := replica.Open(replica.Config{Dir: dir, Vault: v, Hub: tree.Level(p.Level) != tree.Community, Schema: kinds, Probe: probeApart})
	if err != nil {
		return fault.Wrap("open the restored directory", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Renew(ctx); err != nil {
		return err
	}
	if r.NewIncarnation, err = s.Streams.Incarnation(); err != nil {
		return err
	}
	return s.Journal.View(func(tx *journal.Tx) error {
		r.NewEpoch, err = streams.Epoch(tx)
		return err
	})
}
