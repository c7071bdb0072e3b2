package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"path/filepath"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// File is the name of the wrapped key in a directory.
const File = "vault.json"

const (
	formVersion = 1
	maxFile     = 64 << 10
	idSize      = 8
	saltSize    = 16
)

// form is what vault.json says. Sum tells a damaged file from a wrong key.
type form struct {
	Version   int    `json:"version"`
	ID        string `json:"id"`             // names the key; the key file bears it
	Source    string `json:"source"`         // file, passphrase, systemd or dpapi
	Name      string `json:"name,omitempty"` // path of the key file, name of the credential
	Cost      *cost  `json:"argon2id,omitempty"`
	Protected []byte `json:"protected,omitempty"` // the secret, as Windows keeps it
	Salt      []byte `json:"salt"`
	Wrapped   []byte `json:"wrapped"` // the data key under AES-256-GCM, with its nonce
	Sum       string `json:"sum"`     // CRC32C of all above
}

func newForm(source Source) (*form, error) {
	random, err := newKey()
	if err != nil {
		return nil, err
	}
	return &form{Version: formVersion, ID: hex.EncodeToString(random[:idSize]), Source: source.Kind, Name: source.Name,
		Salt: bytes.Clone(random[idSize : idSize+saltSize])}, nil
}

// ownChecksum is the checksum of the form without Sum.
func (f form) ownChecksum() string {
	f.Sum = ""
	raw, err := json.Marshal(f)
	if err != nil {
		return "" // strings, numbers and bytes only: cannot happen
	}
	return checksum(raw)
}

func checksum(raw []byte) string {
	return fmt.Sprintf("%08x", crc32.Checksum(raw, crc32.MakeTable(crc32.Castagnoli)))
}

func (f *form) save(dir string) error {
	f.Sum = f.ownChecksum()
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fault.As(fault.Internal, "write "+File, err)
	}
	return fault.Wrap("write "+File, durable.WriteFile(filepath.Join(dir, File), append(raw, '\n')))
}

func readForm(dir string) (*form, error) {
	raw, err := durable.ReadFile(filepath.Join(dir, File), maxFile)
	if err != nil {
		return nil, fault.Wrap("read "+File, err)
	}
	var f form
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err = dec.Decode(&f)
	switch {
	case f.Version > formVersion:
		return nil, fault.New(fault.Unsupported, "%s is of version %d, not %d", File, f.Version, formVersion)
	case err != nil || f.Version != formVersion || f.Sum != f.ownChecksum():
		return nil, fault.New(fault.Damaged, "%s cannot be read", File).
			WithHint("restore it from a backup of the directory; it has not changed since the directory was made")
	}
	return &f, nil
}

// wrap stores the data key under a secret.
func (f *form) wrap(data Key, secret []byte) error {
	aead, err := f.cipher(secret)
	if err != nil {
		return err
	}
	f.Wrapped = aead.Seal(nil, nil, data[:], []byte(f.ID))
	return nil
}

// unwrap returns Denied for another secret than the one it was wrapped under.
func (f *form) unwrap(secret []byte) (Key, error) {
	aead, err := f.cipher(secret)
	if err != nil {
		return Key{}, err
	}
	data, err := aead.Open(nil, nil, f.Wrapped, []byte(f.ID))
	if err != nil || len(data) != KeySize {
		return Key{}, fault.New(fault.Denied, "the %s does not open this directory", sourceNames[f.Source])
	}
	return Key(data), nil
}

func (f *form) cipher(secret []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, f.Salt, "tongbu vault 1", KeySize)
	if err != nil {
		return nil, fault.As(fault.Internal, "derive a key", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.As(fault.Internal, "derive a key", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fault.As(fault.Internal, "derive a key", err)
	}
	return aead, nil
}
