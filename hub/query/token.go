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

// mark is what pages of one answer have in common.
type mark struct {
	changed uint64 // view.Reader.Changed when the first page was read
	today   string // the day that ages are of
	total   int64  // of rows, if counted
	counted bool
}

func (s *Service) seal(p *plan, keys []change.Value) string {
	plain := binary.AppendUvarint(nil, p.mark.changed)
	plain = appendPart(plain, p.mark.today)
	plain = binary.AppendVarint(plain, p.mark.known())
	for _, k := range keys {
		plain = appendPart(plain, string(k))
	}
	return base64.RawURLEncoding.EncodeToString(s.token.Seal(nil, nil, plain, p.bond[:]))
}

// known is the total, or -1.
func (m *mark) known() int64 {
	if !m.counted {
		return -1
	}
	return m.total
}

// unseal returns the mark and the keys in a token.
func (s *Service) unseal(p *plan, token string) (m mark, keys []change.Value, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return m, nil, errToken()
	}
	plain, err := s.token.Open(nil, nil, sealed, p.bond[:])
	if err != nil {
		return m, nil, errToken()
	}
	r := tokenReader{rest: plain}
	m.changed, m.today, m.total = r.number(), r.part(), r.signed()
	m.counted = m.total >= 0
	for len(r.rest) > 0 && !r.bad {
		keys = append(keys, change.Value(r.part()))
	}
	if r.bad || len(keys) == 0 {
		return m, nil, errToken()
	}
	return m, keys, nil
}

// tokenReader reads what a token holds.
type tokenReader struct {
	rest []byte
	bad  bool
}

func (r *tokenReader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	return n * r.skip(size)
}

func (r *tokenReader) signed() int64 {
	n, size := binary.Varint(r.rest)
	return n * int64(r.skip(size))
}

// skip returns 0 when there was no number.
func (r *tokenReader) skip(size int) uint64 {
	if size <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return 1
}

func (r *tokenReader) part() string {
	size := r.number()
	if r.bad || size > uint64(len(r.rest)) {
		r.bad = true
		return ""
	}
	part := string(r.rest[:size])
	r.rest = r.rest[size:]
	return part
}

func errToken() error {
	return fault.New(fault.Invalid, "the page token does not belong to this request").
		WithHint("ask again without a page token")
}

// bondOf is a hash of all a token is bound to: who asks, what they may see and
// what is asked. The size of a page may change from page to page, and so may
// what the asking side says for the audit log.
func bondOf(who Asker, q question.Question) [sha256.Size]byte {
	parts := append([]string{string(who.Unit), who.Program, strconv.FormatBool(who.Reveal), q.Kind, q.Filter, q.OrderBy, q.GroupBy, string(q.Scope)}, q.Select...)
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
