package vault

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"tongbu/internal/fault"
)

// Exists reports whether the directory has a vault.
func Exists(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, File))
	return !errors.Is(err, fs.ErrNotExist)
}

// Create makes the vault of a directory. The secret is safe outside of it
// before the directory depends on it. It returns Busy when there is a vault,
// Denied when there is no passphrase, Unsupported when the system
// does not have the source.
func Create(dir string, source Source, o Options) (*Vault, error) {
	if Exists(dir) {
		return nil, fault.New(fault.Busy, "the directory has a key already")
	}
	if source.Kind == "" {
		source.Kind = kindFile
		if runtime.GOOS == "windows" {
			source.Kind = kindDPAPI
		}
	}
	f, err := newForm(source)
	if err != nil {
		return nil, err
	}
	data, err := newKey()
	if err != nil {
		return nil, err
	}
	secret, err := secretFrom(f, o, keeper.makeSecret)
	if err != nil {
		return nil, err
	}
	if err := f.wrap(data, secret); err != nil {
		return nil, err
	}
	return New(data), f.save(dir)
}

// Open opens the vault of a directory. It returns NotFound when the directory
// has none; Denied when the secret is missing or another one, with a hint that
// says what is wanted; Damaged when vault.json is; Unsupported when the system
// does not have the source.
func Open(dir string, o Options) (*Vault, error) {
	f, err := readForm(dir)
	if err != nil {
		return nil, err
	}
	secret, err := secretFrom(f, o, keeper.readSecret)
	if err != nil {
		return nil, err
	}
	data, err := f.unwrap(secret)
	if err != nil {
		return nil, err
	}
	return New(data), nil
}

// SourceOf is where the secret of a directory is kept.
func SourceOf(dir string) (Source, error) {
	f, err := readForm(dir)
	if err != nil {
		return Source{}, err
	}
	return Source{Kind: f.Source, Name: f.Name}, nil
}

// DescribeSource says where the secret of a directory is kept, and what its
// owner must do about it.
func DescribeSource(dir string) (string, error) {
	f, err := readForm(dir)
	if err != nil {
		return "", err
	}
	switch f.Source {
	case kindFile:
		return f.Name + ": keep a copy apart from this computer, nobody can read the directory without it", nil
	case kindPassphrase:
		return "your passphrase: nobody can read the directory without it", nil
	case kindSystemd:
		return "systemd's credential " + f.Name + ": keep a copy apart from this computer", nil
	}
	return "the keeping of this Windows account: what the other tiers do not have is lost with it", nil
}

// IsAsked reports whether the secret of a directory is a passphrase that somebody has to
// type, since no file holds it.
func IsAsked(dir string, o Options) bool {
	f, err := readForm(dir)
	return err == nil && f.Source == kindPassphrase && o.PassphraseFile == ""
}

func secretFrom(f *form, o Options, by func(keeper, *form, Options) ([]byte, error)) ([]byte, error) {
	k, err := keeperOf(f.Source)
	if err != nil {
		return nil, err
	}
	secret, err := by(k, f, o)
	return secret, fault.Wrap("open the directory's key", err)
}
