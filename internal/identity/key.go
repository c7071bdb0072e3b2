package identity

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io"

	"tongbu/internal/fault"
)

// maxCSR bounds a certificate request in bytes; an Ed25519 one has about 150.
const maxCSR = 4 << 10

const (
	pemKey  = "PRIVATE KEY"
	pemCert = "CERTIFICATE"
)

func orRandom(r io.Reader) io.Reader {
	if r == nil {
		return rand.Reader
	}
	return r
}

func newKey(random io.Reader) (ed25519.PrivateKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(orRandom(random), seed); err != nil {
		return nil, fault.As(fault.Internal, "make a key", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey {
	return ed25519.PublicKey(key[ed25519.PrivateKeySize-ed25519.PublicKeySize:])
}

func marshalKey(key ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fault.As(fault.Internal, "encode a key", err)
	}
	return der, nil
}

// decodeKey reads a key in plain text.
func decodeKey(raw []byte) (ed25519.PrivateKey, error) {
	block, rest := pem.Decode(raw)
	if block == nil || block.Type != pemKey || len(bytes.TrimSpace(rest)) != 0 {
		return nil, fault.New(fault.Damaged, "a key file does not hold one key")
	}
	return parseKey(block.Bytes)
}

func parseKey(der []byte) (ed25519.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fault.New(fault.Damaged, "a key file cannot be read")
	}
	ed, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fault.New(fault.Damaged, "a key file holds another sort of key than Ed25519")
	}
	return ed, nil
}

func encodeCerts(certs []*x509.Certificate) []byte {
	var out bytes.Buffer
	for _, c := range certs {
		out.Write(pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: c.Raw}))
	}
	return out.Bytes()
}

func decodeCerts(raw []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for len(bytes.TrimSpace(raw)) != 0 {
		var block *pem.Block
		if block, raw = pem.Decode(raw); block == nil || block.Type != pemCert {
			return nil, fault.New(fault.Damaged, "a certificate file holds something else")
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fault.As(fault.Damaged, "read a certificate", err)
		}
		certs = append(certs, cert)
	}
	if len(certs) == 0 {
		return nil, fault.New(fault.Damaged, "a certificate file is empty")
	}
	return certs, nil
}

func newCSR(key ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, fault.As(fault.Internal, "make a certificate request", err)
	}
	return der, nil
}

// requestKey takes the only thing believed of a certificate request: its key,
// which must have signed the request. Names and extensions are not looked at.
func requestKey(csr []byte) (ed25519.PublicKey, error) {
	if len(csr) > maxCSR {
		return nil, fault.New(fault.Invalid, "a certificate request has %d bytes, more than %d", len(csr), maxCSR)
	}
	req, err := x509.ParseCertificateRequest(csr)
	if err != nil {
		return nil, fault.As(fault.Invalid, "read a certificate request", err)
	}
	key, ok := req.PublicKey.(ed25519.PublicKey)
	switch {
	case !ok:
		return nil, fault.New(fault.Invalid, "a certificate request holds another sort of key than Ed25519")
	case weakKey(key):
		return nil, fault.New(fault.Invalid, "the key in a certificate request is weak")
	case req.CheckSignature() != nil:
		return nil, fault.New(fault.Invalid, "a certificate request is not signed by its own key")
	}
	return key, nil
}

// weakKey reports whether the key is a point of small order, under which anyone
// can make signatures that verify.
func weakKey(key ed25519.PublicKey) bool {
	y := bytes.Clone(key)
	y[len(y)-1] &= 0x7f // the sign of x does not matter
	return smallOrder(hex.EncodeToString(y))
}

func smallOrder(y string) bool {
	switch y {
	case "0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f":
		return true
	}
	return false
}
