package query

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// A page token holds the keys of the last row of a page. Keys may be names or
// birth dates and tokens land in logs and addresses, so a token is encrypted,
// not only signed; and it opens only with the question and the asker it was
// made for.

const keyLength = 32

func newSealer(key []byte) (cipher.AEAD, error) {
	if len(key) != keyLength {
		return nil, fault.New(fault.Invalid, "the key of page tokens has %d bytes, not %d", len(key), keyLength)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.As(fault.Internal, "make the page token cipher", err)
	}
	sealer, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fault.As(fault.Internal, "make the page token cipher", err)
	}
	return sealer, nil
}

func (s *Service) seal(p *plan, keys []change.Value) string {
	var plain []byte
	for _, k := range keys {
		plain = appendPart(plain, string(k))
	}
	return base64.RawURLEncoding.EncodeToString(s.token.Seal(nil, nil, plain, p.bond[:]))
}

// unseal returns the keys in a token, nil for no token.
func (s *Service) unseal(p *plan, token string, keys int) ([]change.Value, error) {
	if token == "" {
		return nil, nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, errToken()
	}
	plain, err := s.token.Open(nil, nil, sealed, p.bond[:])
	if err != nil {
		return nil, errToken()
	}
	values := make([]change.Value, keys)
	for i := range values {
		size, n := binary.Uvarint(plain)
		if n <= 0 || size > uint64(len(plain)-n) {
			return nil, errToken()
		}
		end := n + int(size)
		values[i], plain = change.Value(plain[n:end]), plain[end:]
	}
	if len(plain) > 0 {
		return nil, errToken()
	}
	return values, nil
}

func errToken() error {
	return fault.New(fault.Invalid, "the page token does not belong to this request").
		WithHint("ask again without a page token")
}

// bondOf is a hash of all a token is bound to: who asks, what they may see and
// what is asked. The size of a page may change from page to page, and so may
// what the asking side says for the audit log.
func bondOf(who Asker, q question.Question) [sha256.Size]byte {
	parts := append([]string{string(who.Unit), strconv.FormatBool(who.Reveal), q.Kind, q.Filter, q.OrderBy, q.GroupBy, string(q.Scope)}, q.Select...)
	var b []byte
	for _, part := range parts {
		b = appendPart(b, part)
	}
	return sha256.Sum256(b)
}

// appendPart appends a part that cannot run into the next.
func appendPart(b []byte, part string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(part))), part...)
}
