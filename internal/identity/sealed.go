package identity

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"path/filepath"

	"tongbu/internal/fault"
)

const (
	keySize = 32

	pemSealed  = "TONGBU ENCRYPTED KEY"
	sealHeader = "Key-Check" // tells a wrong key from a damaged file
)

func isSealed(raw []byte) bool { return bytes.HasPrefix(raw, []byte("-----BEGIN "+pemSealed)) }

// saveKey writes a private key, encrypted (AES-256-GCM) under the directory's
// key and bound to the file's name.
func saveKey(path string, key ed25519.PrivateKey, under [keySize]byte) error {
	der, err := marshalKey(key)
	if err != nil {
		return err
	}
	return saveSealed(path, der, under)
}

func saveSealed(path string, der []byte, under [keySize]byte) error {
	aead, check, err := newSealer(under)
	if err != nil {
		return err
	}
	block := &pem.Block{Type: pemSealed, Headers: map[string]string{sealHeader: check},
		Bytes: aead.Seal(nil, nil, der, []byte(filepath.Base(path)))}
	return writeFile(path, pem.EncodeToMemory(block))
}

// LoadKey reads a private key file of a directory. One that an earlier version left in plain text
// is encrypted at once.
func LoadKey(path string, under [keySize]byte) (ed25519.PrivateKey, error) {
	raw, err := readFile(path)
	if err != nil {
		return nil, err
	}
	if isSealed(raw) {
		return unsealKey(path, raw, under)
	}
	key, err := decodeKey(raw)
	if err != nil {
		return nil, err
	}
	return key, saveKey(path, key, under)
}

func unsealKey(path string, raw []byte, under [keySize]byte) (ed25519.PrivateKey, error) {
	der, err := unseal(path, raw, under)
	if err != nil {
		return nil, err
	}
	return parseKey(der)
}

func unseal(path string, raw []byte, under [keySize]byte) ([]byte, error) {
	name := filepath.Base(path)
	block, rest := pem.Decode(raw)
	if block == nil || len(bytes.TrimSpace(rest)) != 0 {
		return nil, fault.New(fault.Damaged, "%s cannot be read", name)
	}
	aead, check, err := newSealer(under)
	if err != nil {
		return nil, err
	}
	if block.Headers[sealHeader] != check {
		return nil, fault.New(fault.Denied, "%s was written under another key", name).
			WithHint("vault.json and the key must be those of this directory")
	}
	der, err := aead.Open(nil, nil, block.Bytes, []byte(name))
	if err != nil {
		return nil, fault.New(fault.Damaged, "%s is damaged", name)
	}
	return der, nil
}

func newSealer(under [keySize]byte) (aead cipher.AEAD, check string, err error) {
	if under == ([keySize]byte{}) {
		return nil, "", fault.New(fault.Invalid, "a private key is kept under a key")
	}
	sum, err := hkdf.Expand(sha256.New, under[:], "tongbu identity check 1", 8)
	if err != nil {
		return nil, "", fault.As(fault.Internal, "seal a key", err)
	}
	block, err := aes.NewCipher(under[:])
	if err != nil {
		return nil, "", fault.As(fault.Internal, "seal a key", err)
	}
	aead, err = cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, "", fault.As(fault.Internal, "seal a key", err)
	}
	return aead, hex.EncodeToString(sum), nil
}
