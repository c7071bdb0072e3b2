package vault

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

const (
	keyNote = "# Key of a tongbu directory. Nobody can read the directory without it:\n# keep a copy apart from this computer, and never beside a backup.\n"
	keyWord = "tongbu-key"
)

// systemKeys are the keys of root's directories, or of those of the user whom a package
// has made for them.
const systemKeys = "/etc/tongbu/keys"

// DefaultKeys is where key files are kept unless the configuration says
// otherwise: /etc/tongbu/keys for root and for whom that directory belongs to,
// else tongbu/keys in the user's configuration directory. It returns Invalid
// when the user has none.
func DefaultKeys() (string, error) {
	if os.Geteuid() == 0 || owns(systemKeys) {
		return systemKeys, nil
	}
	base, err := os.UserConfigDir()
	if err != nil {
		return "", fault.As(fault.Invalid, "find a place for the key file", err).
			WithHint("set keys in tongbu.yaml or TONGBU_KEYS to a directory outside of this one")
	}
	return filepath.Join(base, "tongbu", "keys"), nil
}

// keyFile keeps the secret in a file outside of the directory.
type keyFile struct{}

func (keyFile) makeSecret(f *form, o Options) ([]byte, error) {
	path := f.Name
	if path == "" {
		keys, err := keysDir(o)
		if err != nil {
			return nil, err
		}
		path = filepath.Join(keys, f.ID+".key")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.Wrap("find a place for the key file", err)
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, fault.New(fault.Busy, "the key file %s is there already", path).WithHint("name another; every directory has a key of its own")
	}
	f.Name = path
	secret, err := newKey()
	if err != nil {
		return nil, err
	}
	return secret[:], writeKey(path, f.ID, secret)
}

func keysDir(o Options) (string, error) {
	if o.Keys != "" {
		return o.Keys, nil
	}
	return DefaultKeys()
}

func writeKey(path, id string, secret Key) error {
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		if err := durable.MakeDir(filepath.Dir(path)); err != nil {
			return fault.Wrap("write the key file", err)
		}
	}
	line := fmt.Sprintf("%s %s %s", keyWord, id, hex.EncodeToString(secret[:]))
	text := keyNote + line + " " + checksum([]byte(line)) + "\n"
	return fault.Wrap("write the key file", durable.WriteFile(path, []byte(text)))
}

// readSecret looks where the configuration says, then where the file was made,
// then at the default place: directories and key files are moved.
func (keyFile) readSecret(f *form, o Options) ([]byte, error) {
	places := placesOf(f, o)
	for _, path := range places {
		raw, err := durable.ReadFile(path, maxFile)
		if fault.Of(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		return parseKey(path, f.ID, raw)
	}
	return nil, fault.New(fault.Denied, "the key file %s is missing", places[0]).
		WithHint("it was looked for in %s; put the copy that was kept apart there, or name it with --key; nobody can read the directory without it", strings.Join(places, ", "))
}

// Adopt puts the copy of a key file that the options name where the directory's key
// is looked for, unless it is there already. It returns the file, "" when nothing
// was to be done.
func Adopt(dir string, o Options) (string, error) {
	f, err := readForm(dir)
	if err != nil || f.Source != kindFile || o.KeyFile == "" {
		return "", err
	}
	copied := o.KeyFile
	o.KeyFile = ""
	for _, path := range placesOf(f, o) {
		if raw, err := durable.ReadFile(path, maxFile); err == nil {
			if _, err := parseKey(path, f.ID, raw); err == nil {
				return "", nil
			}
		}
	}
	raw, err := durable.ReadFile(copied, maxFile)
	if err != nil {
		return "", err
	}
	secret, err := parseKey(copied, f.ID, raw)
	if err != nil {
		return "", err
	}
	keys, err := keysDir(o)
	if err != nil {
		return "", err
	}
	path := filepath.Join(keys, f.ID+".key")
	if _, err := os.Lstat(path); err == nil {
		return "", fault.New(fault.Busy, "the key file %s is there already, and is not this directory's", path).WithHint("move it aside")
	}
	return path, writeKey(path, f.ID, Key(secret))
}

func placesOf(f *form, o Options) (places []string) {
	if o.KeyFile != "" {
		places = append(places, o.KeyFile)
	}
	if o.Keys != "" {
		places = append(places, filepath.Join(o.Keys, f.ID+".key"))
	}
	places = append(places, f.Name)
	if keys, err := DefaultKeys(); err == nil {
		places = append(places, filepath.Join(keys, f.ID+".key"))
	}
	return places
}

// SecretFiles are the files outside of a directory that open it: its key file,
// wherever copies of it lie, or the passphrase. None when the secret is in no file,
// or vault.json cannot be read. What systemd passes is systemd's to guard.
func SecretFiles(dir string, o Options) (files []string) {
	f, err := readForm(dir)
	switch {
	case err != nil:
	case f.Source == kindFile:
		for _, path := range placesOf(f, o) {
			if _, err := os.Stat(path); err == nil && !slices.Contains(files, path) {
				files = append(files, path)
			}
		}
	case f.Source == kindPassphrase && o.PassphraseFile != "":
		files = append(files, o.PassphraseFile)
	}
	return files
}

// IsKeyFile reports whether a file holds the secret of a directory, of whichever.
func IsKeyFile(path string) bool {
	raw, err := durable.ReadFile(path, maxFile)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(raw)) {
		if words := strings.Fields(line); len(words) == 4 && words[0] == keyWord {
			return true
		}
	}
	return false
}

// HoldsKeys reports whether keys of directories are kept in a directory.
func HoldsKeys(dir string) bool {
	files, err := filepath.Glob(filepath.Join(escaped(dir), "*.key"))
	return err == nil && slices.ContainsFunc(files, IsKeyFile)
}

// escaped is a path as a pattern that stands for it alone.
func escaped(path string) string {
	if filepath.Separator == '\\' { // there is no way to escape, and no * and ? in names
		return path
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

func parseKey(path, id string, raw []byte) ([]byte, error) {
	damaged := fault.New(fault.Damaged, "the key file %s cannot be read", path).WithHint("restore the copy that was kept apart")
	for line := range strings.Lines(string(raw)) {
		words := strings.Fields(line)
		if len(words) != 4 || words[0] != keyWord {
			continue
		}
		if checksum([]byte(strings.Join(words[:3], " "))) != words[3] {
			return nil, damaged
		}
		if words[1] != id {
			return nil, fault.New(fault.Denied, "the key file %s is of another directory", path).WithHint("the one that is wanted bears %s", id)
		}
		secret, err := hex.DecodeString(words[2])
		if err != nil || len(secret) != KeySize {
			return nil, damaged
		}
		return secret, nil
	}
	return nil, damaged
}
