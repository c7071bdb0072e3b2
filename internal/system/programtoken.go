package system

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// ProgramTokenPrefix begins every token of a program, so that people and tools that
// look for secrets know one where they see it.
const ProgramTokenPrefix = "tbp_"

const (
	programSecret = 32 // bytes
	programHash   = sha256.Size
)

// ProgramToken is the token of a secret as text. It is never stored.
func ProgramToken(secret [programSecret]byte) string {
	return ProgramTokenPrefix + base64.RawURLEncoding.EncodeToString(secret[:])
}

// ProgramTokenHash is what is kept of a token; false for what is none. A secret of so
// many random bytes needs no slow hash.
func ProgramTokenHash(token string) (hash [programHash]byte, ok bool) {
	text, prefixed := strings.CutPrefix(token, ProgramTokenPrefix)
	secret, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !prefixed || err != nil || len(secret) != programSecret || strings.ContainsAny(text, "\r\n") {
		return hash, false
	}
	return sha256.Sum256([]byte(token)), true
}
