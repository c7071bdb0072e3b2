package identity

import (
	"crypto/ed25519"
	"path/filepath"
)

// For tests that play a dishonest joiner.

func NewEnrollRequest(k *Keystore, t Token, l Listen) (EnrollRequest, error) { return t.request(k, l) }

func SignRequest(r *EnrollRequest, t Token) { r.Proof = ed25519.Sign(t.key(), r.signed()) }

// DirOf is the directory the device joined in.
func DirOf(k *Keystore) string { return filepath.Dir(k.dir) }
