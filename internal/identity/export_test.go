package identity

import (
	"crypto/ed25519"
	"encoding/pem"
	"path/filepath"
)

// For tests that play a dishonest joiner.

func NewEnrollRequest(k *Keystore, t Token, l Listen) (EnrollRequest, error) { return t.request(k, l) }

func SignRequest(r *EnrollRequest, t Token) { r.Proof = ed25519.Sign(t.key(), r.signedBytes()) }

// PrivateKey is the authority's, as a thief of the running program has it.
func PrivateKey(a *Authority) ed25519.PrivateKey { return a.now.Load().key }

// EncodePlain is a private key as earlier versions wrote it.
func EncodePlain(key ed25519.PrivateKey) ([]byte, error) {
	der, err := marshalKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: der}), err
}

// DirOf is the directory the device joined in.
func DirOf(k *Keystore) string { return filepath.Dir(k.dir) }
