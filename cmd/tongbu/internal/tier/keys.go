package tier

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/term"

	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/vault"
)

// credentials is where systemd says its credentials are.
const credentials = "CREDENTIALS_DIRECTORY"

// KeyOptions are where a directory's key may be found.
func KeyOptions(c config.Config) vault.Options {
	return vault.Options{Keys: c.Keys, PassphraseFile: c.PassphraseFile, Credentials: os.Getenv(credentials), Ask: Asking()}
}

// Asking asks at the terminal without showing what is typed; nil: standard input is none.
func Asking() func(prompt string) (string, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil
	}
	return ask
}

// SecretFiles are the files in which the secrets of a directory lie.
func SecretFiles(dir string, c config.Config) []string {
	return append(identity.KeyFiles(dir), vault.SecretFiles(dir, KeyOptions(c))...)
}

// SecretDirs are the directories in which those files lie, and the directory itself,
// with its socket. Who can write there can put files of their own in their place.
func SecretDirs(dir string, c config.Config) []string {
	dirs := []string{filepath.Clean(dir)}
	for _, path := range SecretFiles(dir, c) {
		if d := filepath.Dir(path); !slices.Contains(dirs, d) {
			dirs = append(dirs, d)
		}
	}
	return dirs
}

func ask(prompt string) (string, error) {
	fmt.Fprint(os.Stderr, prompt)
	phrase, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	return string(phrase), fault.Wrap("read the passphrase", err)
}

// openVault opens the vault of a directory that has joined. One from before
// there were vaults gets its own; its files are encrypted as they are opened.
func openVault(dir string, o vault.Options) (*vault.Vault, error) {
	if vault.Exists(dir) {
		return vault.Open(dir, o)
	}
	if identity.Encrypted(dir) {
		return nil, fault.New(fault.Denied, "%s is gone, and the directory is encrypted", vault.File).
			WithHint("put it back from a backup of the directory")
	}
	return vault.Create(dir, vault.Source{}, o)
}

// makeVault makes the vault of a directory that is being made, or opens what
// an earlier attempt to join has left.
func makeVault(dir string, source vault.Source, o vault.Options) (*vault.Vault, error) {
	if vault.Exists(dir) {
		return vault.Open(dir, o)
	}
	return vault.Create(dir, source, o)
}
