package identity

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strings"
)

// Fingerprint names a certificate authority by its key: SHA-256 of the
// SubjectPublicKeyInfo. It outlives a renewed CA certificate.
type Fingerprint [sha256.Size]byte

// FingerprintOf returns the fingerprint of the key in a certificate.
func FingerprintOf(cert *x509.Certificate) Fingerprint {
	return sha256.Sum256(cert.RawSubjectPublicKeyInfo)
}

// String returns all 64 hexadecimal digits.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// Short returns what two people can compare over the telephone: the first 96
// bits as six groups of four digits. It is for eyes; programs compare all.
func (f Fingerprint) Short() string {
	digits := f.String()
	groups := make([]string, 6)
	for i := range groups {
		groups[i] = digits[4*i : 4*i+4]
	}
	return strings.Join(groups, "-")
}
