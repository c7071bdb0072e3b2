package doctor

import (
	"context"
	"path/filepath"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/durable"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/vault"
)

// openKeys opens the identity of the directory, to read. One of an older program is left
// alone: opening it would encrypt it.
func (f *facts) openKeys() (*identity.Keystore, error) {
	if !vault.Exists(f.Dir) || !identity.Encrypted(f.Dir) {
		return nil, fault.New(fault.NotFound, "the directory is not encrypted yet")
	}
	o := tier.KeyOptions(f.config)
	o.Ask = nil // nobody waits for an answer
	v, err := vault.Open(f.Dir, o)
	if err != nil {
		return nil, err
	}
	return identity.Open(f.Dir, identity.Options{Key: v.Key(vault.Identity), Now: f.Now})
}

// key says whether the directory's key is there, opens it, and is kept from others.
func key(_ context.Context, f *facts) []Finding {
	found := f.keyOpens()
	for _, path := range tier.SecretFiles(f.Dir, f.config) {
		if durable.Exposed(path) {
			found = append(found, bad("", fault.Denied, say("others can read or write a file with a secret: %s", path),
				say("chmod 600 it, and replace the secret if somebody may have read it")))
		}
	}
	for _, path := range tier.SecretDirs(f.Dir, f.config) {
		if durable.Exposed(path) {
			found = append(found, bad("", fault.Denied, say("others can write to a directory with secrets: %s", path),
				say("chmod 700 it, and look whether tongbu.yaml and the keys are still yours")))
		}
	}
	return append(found, f.keyBesideBackups()...)
}

func (f *facts) keyOpens() []Finding {
	o := tier.KeyOptions(f.config)
	switch {
	case !vault.Exists(f.Dir) && identity.Encrypted(f.Dir):
		return one(bad("", fault.Denied, say("%s is gone, and the directory is encrypted", vault.File), say("put it back from a backup of the directory")))
	case !vault.Exists(f.Dir) || !identity.Encrypted(f.Dir):
		return one(warn(say("the directory is not encrypted yet"), say("its next start encrypts it, and says where the key is")))
	case vault.IsAsked(f.Dir, o):
		return one(ok(say("the key is a passphrase that is asked for at the start; it was not tried")))
	}
	if _, err := f.openKeys(); err != nil {
		if f.served && f.askErr == nil && fault.Of(err) == fault.Denied {
			return one(warn(say("the serving process has the key, and it is not to be had here: %s", line(oneLine(err.Error()))),
				say("unless only the service may have it, put the copy back before the next start")))
		}
		return one(failed("", err))
	}
	place, err := vault.DescribeSource(f.Dir)
	if err != nil {
		return one(failed("", err))
	}
	return one(ok(say("it opens the directory: %s", line(place))))
}

// keyBesideBackups says that who takes the backups has the key too.
func (f *facts) keyBesideBackups() []Finding {
	target := f.config.NightlyBackupDir
	if target == "" {
		return nil
	}
	for _, path := range vault.SecretFiles(f.Dir, tier.KeyOptions(f.config)) {
		if rel, err := filepath.Rel(target, path); err == nil && filepath.IsLocal(rel) {
			return one(warn(say("the key lies beside the backups: %s", path), say("keep it apart from them: who has both can read everything")))
		}
	}
	return nil
}
