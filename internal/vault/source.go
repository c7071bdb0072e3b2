package vault

import (
	"strings"

	"tongbu/internal/fault"
)

// Source says where the secret that unwraps the data key is kept.
type Source struct {
	Kind string // file, passphrase, systemd or dpapi; empty: the system's default
	Name string // path of the key file (empty: in Options.Keys), name of the credential
}

// The kinds of sources.
const (
	kindFile       = "file"
	kindPassphrase = "passphrase"
	kindSystemd    = "systemd"
	kindDPAPI      = "dpapi"
)

// Passphrase and DPAPI are the kinds that a service cannot open by itself, or not as
// every user.
const (
	Passphrase = kindPassphrase
	DPAPI      = kindDPAPI
)

var sourceNames = map[string]string{kindFile: "key file", kindPassphrase: "passphrase",
	kindSystemd: "systemd credential", kindDPAPI: "Windows account"}

// Sources is how a source is written.
const Sources = "file, file:PATH, passphrase, systemd:NAME or dpapi"

// ParseSource reads a source: empty, or one of Sources. It returns Invalid.
func ParseSource(text string) (Source, error) {
	kind, name, named := strings.Cut(text, ":")
	s := Source{Kind: kind, Name: name}
	switch {
	case text == "", text == kindFile, text == kindPassphrase, text == kindDPAPI:
		return s, nil
	case named && name != "" && kind == kindFile:
		return s, nil
	case named && kind == kindSystemd && name != "" && !strings.ContainsAny(name, `/\`) && name != "..":
		return s, nil
	}
	return Source{}, fault.New(fault.Invalid, "no such place for a key: %q", text).WithHint("use %s", Sources)
}

// Options say where secrets are found.
type Options struct {
	Keys           string                       // directory of key files; empty: DefaultKeys
	KeyFile        string                       // a copy of the key file, looked at first; empty: none
	PassphraseFile string                       // file whose first line is the passphrase; empty: Ask
	Ask            func(string) (string, error) // asks a person without an echo; nil: there is nobody to ask
	Credentials    string                       // systemd's $CREDENTIALS_DIRECTORY
}

// keeper keeps the secret of one kind of source.
type keeper interface {
	// makeSecret makes a secret and stores in f how to read it again.
	makeSecret(f *form, o Options) ([]byte, error)
	// readSecret returns the secret.
	readSecret(f *form, o Options) ([]byte, error)
}

func keeperOf(kind string) (keeper, error) {
	switch kind {
	case kindFile:
		return keyFile{}, nil
	case kindPassphrase:
		return passphrase{}, nil
	case kindSystemd:
		return credential{}, nil
	case kindDPAPI:
		return account{}, nil
	}
	return nil, fault.New(fault.Unsupported, "the directory's key is kept by %q, which this build does not know", kind)
}
