package tier

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"tongbu/internal/backup"
	"tongbu/internal/change"
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
	NewEpoch       uint64 `json:"new_epoch"`          // greater than epoch at the city only
	KeyFile        string `json:"key_file,omitempty"` // where the copy of the key was put
	Signed         bool   `json:"signed"`             // by its device; false: with Trust.Unsigned only

	short string // of the authority
}

// Trust says which backups are restored. The zero value takes whatever its own
// device has signed.
type Trust struct {
	Device    change.DeviceID // the only one; empty: any
	Authority string          // fingerprint of the one that must have certified the device, or one before it; empty: any
	Key       string          // a copy of the directory's key file; empty: it is where it is looked for
	Unsigned  bool            // also a backup of a program that did not sign yet
}

// AuthorityShort is the authority as two people can compare it.
func (r *Restored) AuthorityShort() string { return r.short }

func (t *Trust) check() error {
	if t.Device != "" {
		if err := t.Device.Validate(); err != nil {
			return err
		}
	}
	if t.Authority == "" {
		return nil
	}
	_, err := identity.ParseFingerprint(t.Authority)
	return err
}

// accept decides on a manifest, before anything is written.
func (t *Trust) accept(m *backup.Manifest) error {
	switch {
	case !m.Signed() && (t.Device != "" || t.Authority != ""):
		return fault.New(fault.Denied, "the backup is not signed: nothing proves whose it is")
	case !m.Signed() && !t.Unsigned:
		return fault.New(fault.Denied, "the backup is not signed: it was made by an older program, or altered since").
			WithHint("if you know where it was all the time, restore it with --unsigned")
	case t.Device != "" && m.Device != t.Device:
		return fault.New(fault.Denied, "the backup is of device %s, not %s", m.Device, t.Device)
	}
	return nil
}

// certified holds the opened identity against the authority.
func (t *Trust) certified(keys *identity.Keystore) error {
	if t.Authority == "" {
		return nil
	}
	digits, err := identity.ParseFingerprint(t.Authority)
	if err == nil && !keys.ProvenBy(digits) {
		err = fault.New(fault.Denied, "the device of the backup is certified by authority %s, not by the one that was named", keys.Authority().Short())
	}
	return err
}

// Restore makes a directory, which must be missing or empty, from a backup.
// All of it is made beside its place, checked, given a new incarnation (and at
// the city a new epoch), and then moved there as a whole: a restore that is
// cut short leaves DIR.new, which the next one removes. It returns Busy for a
// directory in use, what opening the key returns, and Damaged or Unsupported for
// what is no backup of this program's, Denied for one that is not to be trusted.
func Restore(ctx context.Context, dir string, from io.Reader, trust Trust, environ []string) (Restored, error) {
	if err := trust.check(); err != nil {
		return Restored{}, err
	}
	if err := Vacant(dir); err != nil {
		return Restored{}, err
	}
	making, err := Making(dir)
	if err != nil {
		return Restored{}, err
	}
	r := Restored{}
	if r.Manifest, err = backup.Extract(from, making, trust.accept); err == nil {
		r.Signed = r.Manifest.Signed()
		err = renew(ctx, making, &r, trust, environ)
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
// whole. One that somebody else has put there meanwhile is not taken: it would be
// theirs, and keys are written into it.
func Making(dir string) (string, error) {
	making := filepath.Clean(dir) + durable.Unfinished
	err := os.RemoveAll(making)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(making), 0o700)
	}
	if err == nil {
		err = os.Mkdir(making, 0o700)
	}
	return making, fault.Wrap("make the directory", err)
}

// renew opens what was extracted from the backup: the identity must be the
// manifest's and the journal sound. Then the device begins a new incarnation.
func renew(ctx context.Context, dir string, r *Restored, trust Trust, environ []string) (err error) {
	cfg, err := config.Load(dir, environ)
	if err != nil {
		return err
	}
	p, err := identity.PlacementOf(dir)
	if err != nil {
		return fault.As(fault.Damaged, "the backup holds no device's directory", err)
	}
	o := KeyOptions(cfg)
	o.KeyFile = trust.Key
	v, err := openVault(dir, o)
	if err != nil {
		return fault.Wrap("open the restored directory", err)
	}
	keys, err := identity.Open(dir, identity.Options{Key: v.Key(vault.Identity)})
	if err != nil {
		return fault.Wrap("open the restored directory", err)
	}
	if own := keys.Placement(); string(own.Network) != r.Network || own.Unit != r.Unit || keys.Device() != r.Device {
		return fault.New(fault.Damaged, "the backup holds another device than its manifest says")
	}
	if err := trust.certified(keys); err != nil {
		return err
	}
	if r.KeyFile, err = vault.Adopt(dir, o); err != nil {
		return fault.Wrap("keep the key of the restored directory", err)
	}
	r.Authority, r.short = keys.Authority().String(), keys.Authority().Short() // as the certificate in the backup proves it
	if _, err := os.Stat(filepath.Join(dir, replica.JournalFile)); err != nil {
		return fault.New(fault.Damaged, "the backup holds no journal")
	}
	kinds, err := schema.Load()
	if err != nil {
		return err
	}
	s, err := replica.Open(replica.Config{Dir: dir, Vault: v, Hub: tree.Level(p.Level) != tree.Community, Schema: kinds, Probe: prober(ctx)})
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
