package identity

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"io"
	"unicode"
	"unicode/utf8"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Paths of the HTTPS service, and the most bytes of a request or an answer.
const (
	PathEnroll = "/v1/enroll"
	PathRenew  = "/v1/renew"
	PathCA     = "/v1/ca"
	MaxRequest = 16 << 10
	MaxAnswer  = 64 << 10
)

// MaxHops is the most hubs a request may pass; more means hubs that have each
// other as parent.
const MaxHops = 8

const (
	enrollDomain = "tongbu/enroll/1\n"
	renewDomain  = "tongbu/renew/1\n"
	maxAddress   = 255
	maxName      = 128
)

// Registrar admits devices and renews their certificates. Root does it; the
// client of a hub passes it on to the hub. Both calls are safe to repeat: the
// same request gives an equally good answer.
type Registrar interface {
	// Enroll redeems a token. Denied: the token is used, expired, or of
	// another network; NotFound: its unit is gone; Invalid: a bad request;
	// Unavailable: the root cannot be reached.
	Enroll(ctx context.Context, req EnrollRequest) (Answer, error)
	// Renew gives a known device a new certificate, also after the old one
	// expired. A request without a challenge is answered with one, and the
	// device asks again. Denied: revoked or unknown, or no challenge of the
	// root's; Busy: the challenge is used or old; Invalid; Unavailable.
	Renew(ctx context.Context, req RenewRequest) (Answer, error)
}

// EnrollRequest asks to join. The token's secret is not in it: Proof is a
// signature by the token's key over all fields but Hops.
type EnrollRequest struct {
	Ticket  TicketID      `json:"ticket"`
	Network Network       `json:"network"`
	Unit    change.UnitID `json:"unit"`
	CSR     []byte        `json:"csr"`            // PKCS#10, DER, signed by the device's key
	Nonce   []byte        `json:"nonce"`          // 16 random bytes, repeated in the answer
	Address string        `json:"address"`        // host:port of a hub's gRPC, else empty
	Web     string        `json:"web"`            // host:port of a hub's HTTPS, else empty
	Door    string        `json:"door,omitempty"` // host:port of a hub's renewal, else empty
	Name    string        `json:"name"`           // for people, may be empty
	Proof   []byte        `json:"proof"`
	Hops    int           `json:"hops"` // hubs that have passed it on
}

// RenewRequest asks for a new certificate. Proof is a signature by the
// device's key over the challenge and all else but Hops, so a copy of the
// request is worth nothing.
type RenewRequest struct {
	Device    change.DeviceID `json:"device"`
	CSR       []byte          `json:"csr"`
	Nonce     []byte          `json:"nonce"`
	Challenge []byte          `json:"challenge,omitempty"` // the root's; empty: give me one
	Proof     []byte          `json:"proof,omitempty"`
	Hops      int             `json:"hops"`
}

func (r *RenewRequest) signedBytes() []byte {
	return withLengths(renewDomain, []byte(r.Device), r.CSR, r.Nonce, r.Challenge)
}

// Vouches reports whether the key of the device that is named made the request.
// A copy of one passes too: only the root's challenge tells it from a new one.
func (r *RenewRequest) Vouches() bool {
	key, err := requestKey(r.CSR)
	return err == nil && change.DeviceOf(key) == r.Device && checkNonce(r.Nonce) == nil
}

const nonceSize = 16

func newNonce(random io.Reader) ([]byte, error) {
	b := make([]byte, nonceSize)
	if _, err := io.ReadFull(orRandom(random), b); err != nil {
		return nil, fault.As(fault.Internal, "make a nonce", err)
	}
	return b, nil
}

// signedBytes is what Proof covers, each part with its length.
func (r *EnrollRequest) signedBytes() []byte {
	parts := [][]byte{r.Ticket[:], []byte(r.Network), []byte(r.Unit), r.CSR, r.Nonce, []byte(r.Address), []byte(r.Web), []byte(r.Name)}
	if r.Door != "" {
		parts = append(parts, []byte(r.Door))
	}
	return withLengths(enrollDomain, parts...)
}

// withLengths is the parts with their lengths, behind the name of what they are.
func withLengths(domain string, parts ...[]byte) []byte {
	out := []byte(domain)
	for _, part := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
	}
	return out
}

func (r *EnrollRequest) check() error {
	if err := checkNonce(r.Nonce); err != nil {
		return err
	}
	for _, s := range []string{r.Address, r.Web, r.Door} {
		if len(s) > maxAddress || !isPrintable(s) {
			return fault.New(fault.Invalid, "an address in the request is longer than %d or not printable", maxAddress)
		}
	}
	if err := r.Network.Validate(); err != nil {
		return fault.Wrap("read the request", err)
	}
	if len(r.Name) > maxName || !isPrintable(r.Name) {
		return fault.New(fault.Invalid, "the name in the request is longer than %d or not printable", maxName)
	}
	if weakKey(r.Ticket[:]) || !ed25519.Verify(r.Ticket[:], r.signedBytes(), r.Proof) {
		return fault.New(fault.Denied, "the request was not made with the token it names")
	}
	return nil
}

func checkNonce(nonce []byte) error {
	if len(nonce) != nonceSize {
		return fault.New(fault.Invalid, "the nonce has %d bytes, not %d", len(nonce), nonceSize)
	}
	return nil
}

func isPrintable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
