package query

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// A page token holds the keys of the last row of a page. Keys may be names or
// birth dates and tokens land in logs and addresses, so a token is encrypted,
// not only signed; and it opens only with the request and the caller it was
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

func (s *Service) seal(p *plan, keys []change.Value) (string, error) {
	raws := make([][]byte, len(keys))
	for i, k := range keys {
		raws[i] = []byte(k)
	}
	plain, err := json.Marshal(raws)
	if err != nil {
		return "", fault.As(fault.Internal, "make a page token", err)
	}
	return base64.RawURLEncoding.EncodeToString(s.token.Seal(nil, nil, plain, p.bond[:])), nil
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
	var raws [][]byte
	if err := json.Unmarshal(plain, &raws); err != nil || len(raws) != keys {
		return nil, errToken()
	}
	values := make([]change.Value, len(raws))
	for i, raw := range raws {
		values[i] = change.Value(raw)
	}
	return values, nil
}

func errToken() error {
	return fault.New(fault.Invalid, "the page token does not belong to this request").
		WithHint("ask again without a page token")
}

// bondOf is a hash of all a token is bound to. The size of a page may change
// from page to page.
func bondOf(caller change.UnitID, r Request) ([sha256.Size]byte, error) {
	r.PageSize, r.PageToken = 0, ""
	raw, err := json.Marshal(struct {
		Caller  change.UnitID
		Request Request
	}{caller, r})
	if err != nil {
		return [sha256.Size]byte{}, fault.As(fault.Internal, "bind a page token", err)
	}
	return sha256.Sum256(raw), nil
}
