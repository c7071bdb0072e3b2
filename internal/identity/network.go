package identity

import (
	"crypto/ed25519"
	"crypto/x509"
	"io"
	"strings"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

const (
	codeLength    = 12 // digits of a division code
	suffixLength  = 8
	networkLength = codeLength + 1 + suffixLength
	suffixLetters = "abcdefghijklmnopqrstuvwxyz234567"
)

// Network names one installation of the whole tree: the division code of its
// root, a dot and eight random letters. It is the SPIFFE trust domain.
type Network string

// NewNetwork makes a name from the root's 12-digit division code. It returns
// Invalid for another code.
func NewNetwork(code string, random io.Reader) (Network, error) {
	var b [suffixLength]byte
	if _, err := io.ReadFull(orRandom(random), b[:]); err != nil {
		return "", fault.As(fault.Internal, "name a network", err)
	}
	for i := range b {
		b[i] = suffixLetters[b[i]%byte(len(suffixLetters))]
	}
	n := Network(code + "." + string(b[:]))
	return n, n.Validate()
}

// Validate returns Invalid unless the name has the form NewNetwork makes.
func (n Network) Validate() error {
	code, suffix, _ := strings.Cut(string(n), ".")
	switch {
	case len(code) != codeLength || strings.Trim(code, "0123456789") != "":
		return fault.New(fault.Invalid, "a network's name starts with a division code of %d digits", codeLength)
	case len(suffix) != suffixLength || strings.Trim(suffix, suffixLetters) != "":
		return fault.New(fault.Invalid, "a network's name ends with %d letters or digits", suffixLength)
	}
	return nil
}

func (n Network) domain() (spiffeid.TrustDomain, error) {
	if err := n.Validate(); err != nil {
		return spiffeid.TrustDomain{}, err
	}
	domain, err := spiffeid.TrustDomainFromString(string(n))
	if err != nil {
		return domain, fault.As(fault.Invalid, "name of the network", err)
	}
	return domain, nil
}

// Member is a device as its certificate names it.
type Member struct {
	Network Network
	Unit    change.UnitID
	Device  change.DeviceID
}

func (m Member) id() (spiffeid.ID, error) {
	domain, err := m.Network.domain()
	if err != nil {
		return spiffeid.ID{}, err
	}
	if err := m.Unit.Validate(); err != nil {
		return spiffeid.ID{}, err
	}
	id, err := spiffeid.FromSegments(domain, "unit", string(m.Unit), "device", string(m.Device))
	if err != nil {
		return id, fault.As(fault.Invalid, "name a device", err)
	}
	return id, nil
}

// ParseMember reads the name of a device from its SPIFFE ID. It returns
// Denied when the text does not name one.
func ParseMember(text string) (Member, error) {
	id, err := spiffeid.FromString(text)
	if err != nil {
		return Member{}, fault.As(fault.Denied, "read the name in a certificate", err)
	}
	parts := strings.Split(id.Path(), "/")
	if len(parts) != 5 || parts[1] != "unit" || parts[3] != "device" {
		return Member{}, fault.New(fault.Denied, "the name in a certificate is not a device's")
	}
	m := Member{Network: Network(id.TrustDomain().Name()), Unit: change.UnitID(parts[2]), Device: change.DeviceID(parts[4])}
	for _, check := range []func() error{m.Network.Validate, m.Unit.Validate, m.Device.Validate} {
		if err := check(); err != nil {
			return Member{}, fault.As(fault.Denied, "read the name in a certificate", err)
		}
	}
	return m, nil
}

// memberOf reads the name in a certificate and checks that the key in it is
// the device's. It does not check who signed it.
func memberOf(leaf *x509.Certificate) (Member, ed25519.PublicKey, error) {
	id, err := x509svid.IDFromCert(leaf)
	if err != nil {
		return Member{}, nil, fault.As(fault.Denied, "read the name in a certificate", err)
	}
	m, err := ParseMember(id.String())
	if err != nil {
		return Member{}, nil, err
	}
	key, ok := leaf.PublicKey.(ed25519.PublicKey)
	if !ok || change.DeviceOf(key) != m.Device {
		return Member{}, nil, fault.New(fault.Denied, "the key in a certificate is not that of device %s", m.Device)
	}
	return m, key, nil
}
