package identity

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// LeafLife is how long a device's certificate lasts from its issue.
const LeafLife = 90 * 24 * time.Hour

const (
	authorityDir = "authority"
	caKeyFile    = "ca.key"
	caCertFile   = "ca.crt"
	caPastFile   = "past.crt"
)

// Authority is the certificate authority of a network. Only the root has one.
// It is safe for concurrent use.
type Authority struct {
	dir     string
	under   [keySize]byte // encrypts the key files
	network Network
	random  io.Reader
	turn    sync.Mutex // one change of generations at a time
	now     atomic.Pointer[generation]
}

// generation is who signs and who is trusted; it never changes.
type generation struct {
	key    ed25519.PrivateKey
	bundle []*x509.Certificate // the first one's key is key
	past   []*x509.Certificate // retired
}

// Found makes the authority of a new network in dir/authority. It returns
// Busy when dir has one already.
func Found(dir string, network Network, opts Options) (*Authority, error) {
	opts = opts.filled()
	dir = filepath.Join(dir, authorityDir)
	if _, err := os.Stat(filepath.Join(dir, caCertFile)); err == nil {
		return nil, fault.New(fault.Busy, "a network was founded in this directory before").WithHint("choose an empty directory")
	}
	key, err := newKey(opts.Random)
	if err != nil {
		return nil, err
	}
	cert, err := selfSign(network, key, opts.Now(), opts.Random)
	if err != nil {
		return nil, err
	}
	a := &Authority{dir: dir, under: opts.Key, network: network, random: opts.Random}
	if err := durable.MakeDir(dir); err != nil {
		return nil, err
	}
	return a, a.install(&generation{key: key, bundle: []*x509.Certificate{cert}})
}

// OpenAuthority reads dir/authority. It returns NotFound when there is none,
// Damaged when key and certificate do not belong together, and Denied when
// the key was written under another one.
func OpenAuthority(dir string, opts Options) (*Authority, error) {
	opts = opts.filled()
	dir = filepath.Join(dir, authorityDir)
	g, err := readGeneration(dir, opts.Key)
	if err != nil {
		return nil, err
	}
	if !publicOf(g.key).Equal(g.bundle[0].PublicKey) || len(g.bundle[0].URIs) != 1 {
		return nil, fault.New(fault.Damaged, "the authority's key and certificate do not belong together")
	}
	a := &Authority{dir: dir, under: opts.Key, network: Network(g.bundle[0].URIs[0].Host), random: opts.Random}
	a.now.Store(g)
	return a, a.network.Validate()
}

// Network returns the network the authority speaks for.
func (a *Authority) Network() Network { return a.network }

// Fingerprint names the authority in tokens and to people.
func (a *Authority) Fingerprint() Fingerprint { return FingerprintOf(a.now.Load().bundle[0]) }

// Since is when the authority that signs was made, by the city's clock of then.
func (a *Authority) Since() time.Time { return made(a.now.Load().bundle[0]) }

// Bundle returns the CA certificates members have to trust.
func (a *Authority) Bundle() []*x509.Certificate { return slices.Clone(a.now.Load().bundle) }

// Issue makes the certificate of the device whose key signed the request, until
// LeafLife from now; it begins when the authority's does (see always). Everything
// else in the request is ignored. It returns Invalid for a bad request or when now
// is outside the authority's own life, as can be of one that an older program made.
func (a *Authority) Issue(csr []byte, unit change.UnitID, now time.Time) ([]byte, error) {
	key, err := requestKey(csr)
	if err != nil {
		return nil, err
	}
	by := a.now.Load()
	ca := by.bundle[0]
	if now.Before(ca.NotBefore) || now.After(ca.NotAfter) {
		return nil, fault.New(fault.Invalid, "the city's clock says %s, its authority is valid from %s to %s", formatTime(now), formatTime(ca.NotBefore), formatTime(ca.NotAfter)).
			WithHint("set the clock of the city's computer")
	}
	template, err := a.leafTemplate(Member{Network: a.network, Unit: unit, Device: change.DeviceOf(key)}, ca, now)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(nil, template, ca, key, by.key)
	if err != nil {
		return nil, fault.As(fault.Internal, "issue a certificate", err)
	}
	return der, nil
}

func (a *Authority) leafTemplate(m Member, ca *x509.Certificate, now time.Time) (*x509.Certificate, error) {
	id, err := m.id()
	if err != nil {
		return nil, err
	}
	serial, err := newSerial(a.random)
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial,
		NotBefore:    ca.NotBefore,
		NotAfter:     earliest(now.Add(LeafLife), ca.NotAfter),
		URIs:         []*url.URL{id.URL()},
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},

		BasicConstraintsValid: true,
	}, nil
}

// An authority is valid always: from before any clock, however wrong, to the end
// that RFC 5280 gives to what has none. No clock decides then whether a network
// works, neither the founder's nor one whose battery is dead. A device's
// certificate begins with its authority. Dating back costs nothing: before it was
// issued nobody had its key, and who may do what is in the registry. An authority
// ends when it is retired.
func always() (from, to time.Time) {
	return time.Unix(0, 0).UTC(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
}

// selfSign makes the CA certificate: it can sign devices of its own network
// only, and no further authority.
func selfSign(network Network, key ed25519.PrivateKey, now time.Time, random io.Reader, more ...pkix.Extension) (*x509.Certificate, error) {
	domain, err := network.domain()
	if err != nil {
		return nil, err
	}
	serial, err := newSerial(random)
	if err != nil {
		return nil, err
	}
	from, to := always()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "tongbu " + string(network)},
		NotBefore:    from,
		NotAfter:     to,
		URIs:         []*url.URL{domain.ID().URL()},
		KeyUsage:     x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IsCA:         true,

		ExtraExtensions: append(more, madeAt(now)),

		BasicConstraintsValid:       true,
		MaxPathLenZero:              true,
		PermittedURIDomains:         []string{string(network)},
		PermittedDNSDomainsCritical: true, // the whole constraint, URIs too
	}
	der, err := x509.CreateCertificate(nil, template, template, publicOf(key), key)
	if err != nil {
		return nil, fault.As(fault.Internal, "make the authority's certificate", err)
	}
	return x509.ParseCertificate(der)
}

func newSerial(random io.Reader) (*big.Int, error) {
	var b [16]byte
	if _, err := io.ReadFull(orRandom(random), b[:]); err != nil {
		return nil, fault.As(fault.Internal, "number a certificate", err)
	}
	b[0] = b[0]&0x7f | 0x40 // positive and never short
	return new(big.Int).SetBytes(b[:]), nil
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
