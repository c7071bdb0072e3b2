// Package vault holds the key under which a directory's files are encrypted,
// and how that key is kept.
//
// The data key is 32 random bytes. DIR/vault.json holds it wrapped, never
// plain: the secret that unwraps it is kept outside of the directory (in a key
// file, a person's memory, systemd, Windows). Keys for the journal, the view,
// the identity and the audit log are derived from the data key, so that none of them is used
// for two things. Whoever has a copy of the directory alone can read nothing.
package vault

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"

	"tongbu/internal/fault"
)

// KeySize is the length of every key, in bytes.
const KeySize = 32

// Key is an AES-256 key. It prints as a word, whatever the verb.
type Key [KeySize]byte

// Format implements fmt.Formatter: no key gets into a log or an error.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "(key)") }

// LogValue implements slog.LogValuer.
func (Key) LogValue() slog.Value { return slog.StringValue("(key)") }

// MarshalText implements encoding.TextMarshaler.
func (Key) MarshalText() ([]byte, error) { return []byte("(key)"), nil }

// Purpose is what a derived key is for.
type Purpose string

// The purposes. They are part of the derivation and never change.
const (
	Journal  Purpose = "tongbu journal 1"
	View     Purpose = "tongbu view 1"
	Identity Purpose = "tongbu identity 1"
	Audit    Purpose = "tongbu audit 1"
)

// Vault is an open data key. It never changes.
type Vault struct{ data Key }

// New returns the vault of a data key that the caller keeps.
func New(data Key) *Vault { return &Vault{data: data} }

// Key returns the key for a purpose: HKDF-SHA256 of the data key.
func (v *Vault) Key(p Purpose) Key {
	raw, err := hkdf.Expand(sha256.New, v.data[:], string(p), KeySize)
	if err != nil {
		panic("vault: " + err.Error()) // only for lengths above 255 hashes
	}
	return Key(raw)
}

// Format implements fmt.Formatter, as Key does.
func (v *Vault) Format(f fmt.State, verb rune) { v.data.Format(f, verb) }

func newKey() (k Key, err error) {
	if _, err = rand.Read(k[:]); err != nil {
		return k, fault.As(fault.Internal, "make a key", err)
	}
	return k, nil
}
