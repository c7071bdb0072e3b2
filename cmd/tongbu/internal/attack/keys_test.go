package attack_test

import (
	"testing"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/identity"
	"tongbu/internal/vault"
)

// newKeys say where the keys of new directories are kept.
func newKeys() tier.Keys { return tier.Keys{Options: vault.Options{Keys: program.Keys()}} }

// mustVault opens what a directory is encrypted with, as its owner does.
func mustVault(t testing.TB, dir string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(dir, vault.Options{Keys: program.Keys()})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func mustOptions(t testing.TB, dir string) identity.Options {
	t.Helper()
	return identity.Options{Key: mustVault(t, dir).Key(vault.Identity)}
}
