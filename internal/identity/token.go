package identity

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

const (
	tokenPrefix = "tb1."
	tokenDomain = "tongbu/token/1\n"
	secretSize  = 16
	unitLength  = 16
	tokenSize   = networkLength + unitLength + sha256.Size + secretSize + 4
)

// Token invites one device into one unit. It carries the fingerprint of the
// network's authority, so the joiner never trusts on first use. Only Text
// gives away the secret.
type Token struct {
	Network   Network
	Unit      change.UnitID
	Authority Fingerprint
	secret    [secretSize]byte
}

func newToken(network Network, unit change.UnitID, ca Fingerprint, random io.Reader) (Token, error) {
	t := Token{Network: network, Unit: unit, Authority: ca}
	if _, err := io.ReadFull(orRandom(random), t.secret[:]); err != nil {
		return Token{}, fault.As(fault.Internal, "make a token", err)
	}
	return t, nil
}

// String is for logs: it hides the secret.
func (t Token) String() string {
	return "token for unit " + string(t.Unit) + " of " + string(t.Network)
}

// GoString hides the secret as String does.
func (t Token) GoString() string { return t.String() }

// Text is the token as handed to the joiner: "tb1." and 119 letters, digits,
// '-' and '_'.
func (t Token) Text() string {
	raw := make([]byte, 0, tokenSize)
	raw = append(raw, t.Network...)
	raw = append(raw, t.Unit...)
	raw = append(raw, t.Authority[:]...)
	raw = append(raw, t.secret[:]...)
	raw = binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw))
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
}

// ParseToken is the inverse of Text; white space from copying is dropped. It
// returns Invalid, or Unsupported for a later form. The token's text is never
// in the error.
func ParseToken(text string) (Token, error) {
	text = strings.Join(strings.Fields(text), "")
	form, body, ok := strings.Cut(text, ".")
	switch {
	case !ok || !strings.HasPrefix(form, "tb"):
		return Token{}, fault.New(fault.Invalid, "this is not a join token").WithHint("a token starts with %s", tokenPrefix)
	case form+"." != tokenPrefix:
		return Token{}, fault.New(fault.Unsupported, "the token has a form this version does not know")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err != nil || len(raw) != tokenSize || crc32.ChecksumIEEE(raw[:tokenSize-4]) != binary.BigEndian.Uint32(raw[tokenSize-4:]) {
		return Token{}, fault.New(fault.Invalid, "the token is not complete or has a typing error").WithHint("copy all of the token")
	}
	return readToken(raw)
}

func readToken(raw []byte) (Token, error) {
	next := func(n int) []byte {
		part := raw[:n]
		raw = raw[n:]
		return part
	}
	t := Token{Network: Network(next(networkLength)), Unit: change.UnitID(next(unitLength))}
	copy(t.Authority[:], next(sha256.Size))
	copy(t.secret[:], next(secretSize))
	if err := t.Network.Validate(); err != nil {
		return Token{}, fault.Wrap("token", err)
	}
	if t.Authority == (Fingerprint{}) {
		return Token{}, fault.New(fault.Invalid, "the token names no authority")
	}
	return t, fault.Wrap("token", t.Unit.Validate())
}

// key signs the joiner's request. The root knows its public half only, so
// neither a relay that sees the request nor a copy of the root's tables can
// use the token.
func (t Token) key() ed25519.PrivateKey {
	seed := sha256.Sum256(append([]byte(tokenDomain), t.secret[:]...))
	return ed25519.NewKeyFromSeed(seed[:])
}

// Ticket returns the name under which the root keeps the token.
func (t Token) Ticket() TicketID { return TicketID(publicOf(t.key())) }

// Trust accepts the servers of the token's network: the chain must hold the
// authority whose fingerprint the token carries, and the leaf be signed by it.
func (t Token) Trust(now func() time.Time) Trust {
	return func(chain []*x509.Certificate) (Member, error) {
		ca := t.authorityIn(chain)
		if ca == nil {
			return Member{}, fault.New(fault.Denied, "it belongs to another network (CA fingerprint differs)").
				WithHint("check the address; the token's network is %s, CA %s", t.Network, t.Authority.Short())
		}
		v, err := NewVerifier(t.Network, []*x509.Certificate{ca})
		if err != nil {
			return Member{}, err
		}
		return v.Live(chain, x509.ExtKeyUsageServerAuth, now())
	}
}

// vouchedFor are the authorities that the token vouches for.
func (t Token) vouchedFor(all []*x509.Certificate) (found []*x509.Certificate) {
	for _, ca := range all {
		if FingerprintOf(ca) == t.Authority {
			found = append(found, ca)
		}
	}
	return found
}

func (t Token) authorityIn(chain []*x509.Certificate) *x509.Certificate {
	for _, c := range chain {
		if c.IsCA && FingerprintOf(c) == t.Authority {
			return c
		}
	}
	return nil
}
