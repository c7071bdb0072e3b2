package identity

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strings"

	"tongbu/internal/fault"
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

// ParseFingerprint reads what String or Short wrote, and returns the digits that
// fingerprints are held against. It returns Invalid.
func ParseFingerprint(text string) (digits string, err error) {
	digits = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(text), "-", ""))
	if len(digits) != shortDigits && len(digits) != 2*sha256.Size || strings.Trim(digits, "0123456789abcdef") != "" {
		return "", fault.New(fault.Invalid, "not the fingerprint of an authority").WithHint("six groups of four digits, as tongbu init prints them, or all %d", 2*sha256.Size)
	}
	return digits, nil
}

// shortDigits is how many digits Short shows.
const shortDigits = 24

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
