package identity

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"

	"tongbu/internal/change"
	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

const (
	identityDir   = "identity"
	deviceKeyFile = "device.key"
	deviceCert    = "device.crt"
	bundleFile    = "ca.crt"
	pastFile      = "past.crt" // authorities retired; missing: none
	networkFile   = "network.json"
	hubsFile      = "hubs.json" // the hubs above, at the last grant; missing: none were named
)

// Options inject key, clock and randomness. A zero Now or Random means the
// system's; Key encrypts the private keys of a directory and must be set.
type Options struct {
	Key    [keySize]byte
	Now    func() time.Time
	Random io.Reader
	// Past is a time that has been, as far as is known; nil: none is. A root issues
	// no certificate as of a time before it, whatever its clock says.
	Past func() time.Time
}

func (o Options) filled() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Past == nil {
		o.Past = func() time.Time { return time.Time{} }
	}
	return o
}

// Keystore holds a device's key and, once it has joined, its certificate, the
// authorities it trusts and its place in the tree. It is a Source and safe
// for concurrent use. The directory must belong to one process that writes.
type Keystore struct {
	dir     string
	key     ed25519.PrivateKey
	opts    Options
	mu      sync.Mutex                  // one install at a time
	current atomic.Pointer[credentials] // never nil
}

// credentials never change; a renewal replaces them. Before joining they are
// empty: no certificate, and trust in nobody.
type credentials struct {
	placement Placement
	chain     []*x509.Certificate // the leaf, then its authority, then others that prove it
	bundle    []*x509.Certificate
	past      []*x509.Certificate
	hubs      []Hub
	verifier  *Verifier
	id        spiffeid.ID
}

var _ Source = (*Keystore)(nil)

// Create makes dir/identity with a new key, or opens what an earlier attempt
// to join has left there, so that a token is not lost with an answer.
func Create(dir string, opts Options) (*Keystore, error) {
	opts, own := opts.filled(), filepath.Join(dir, identityDir)
	if err := durable.MakeDir(own); err != nil {
		return nil, err
	}
	path := filepath.Join(own, deviceKeyFile)
	if _, err := os.Stat(path); err == nil {
		return loadKeystore(own, opts)
	}
	key, err := newKey(opts.Random)
	if err != nil {
		return nil, err
	}
	if err := saveKey(path, key, opts.Key); err != nil {
		return nil, err
	}
	return newKeystore(own, key, opts), nil
}

func newKeystore(dir string, key ed25519.PrivateKey, opts Options) *Keystore {
	k := &Keystore{dir: dir, key: key, opts: opts}
	k.current.Store(&credentials{verifier: &Verifier{}})
	return k
}

// Open reads the identity of a device that has joined. It returns NotFound
// when dir has none, Damaged when its files do not fit each other, and Denied
// when they were written under another key.
func Open(dir string, opts Options) (*Keystore, error) {
	k, err := loadKeystore(filepath.Join(dir, identityDir), opts.filled())
	if err == nil && !k.Joined() {
		err = fault.New(fault.NotFound, "this directory has not joined a network")
	}
	return k, notJoined(err)
}

func notJoined(err error) error {
	if fault.Of(err) == fault.NotFound {
		return fault.As(fault.NotFound, "open the identity", err).WithHint("tongbu join it first, or check --dir")
	}
	return err
}

// PlacementOf reads a directory's place in the tree as it was when the
// directory last joined or renewed: without its key, and without a check. It
// returns what Open returns.
func PlacementOf(dir string) (Placement, error) {
	raw, err := readFile(filepath.Join(dir, identityDir, networkFile))
	if err != nil {
		return Placement{}, notJoined(err)
	}
	return parsePlacement(raw)
}

// CertificateOf reads a directory's certificate, without its key and without a check. It
// returns Damaged when it is missing.
func CertificateOf(dir string) (*x509.Certificate, error) {
	certs, err := readCerts(filepath.Join(dir, identityDir, deviceCert))
	if err != nil {
		return nil, err
	}
	return certs[0], nil
}

func loadKeystore(dir string, opts Options) (*Keystore, error) {
	key, err := LoadKey(filepath.Join(dir, deviceKeyFile), opts.Key)
	if err != nil {
		return nil, err
	}
	k := newKeystore(dir, key, opts)
	raw, err := readFile(filepath.Join(dir, networkFile))
	if fault.Of(err) == fault.NotFound {
		return k, nil // the key is made before joining
	} else if err != nil {
		return nil, err
	}
	s, err := readCredentials(dir, raw, publicOf(key))
	if err != nil {
		return nil, err
	}
	k.current.Store(s)
	return k, nil
}

func readCredentials(dir string, rawPlacement []byte, key ed25519.PublicKey) (*credentials, error) {
	p, err := parsePlacement(rawPlacement)
	if err != nil {
		return nil, err
	}
	leaf, err := readCerts(filepath.Join(dir, deviceCert))
	if err != nil {
		return nil, err
	}
	bundle, err := readCerts(filepath.Join(dir, bundleFile))
	if err != nil {
		return nil, err
	}
	past, err := readCerts(filepath.Join(dir, pastFile))
	if err != nil && !fileMissing(dir, pastFile) {
		return nil, err
	}
	s, err := newCredentials(p, leaf[0], bundle, past, key)
	if err != nil {
		return nil, err
	}
	s.hubs, err = readHubs(filepath.Join(dir, hubsFile))
	return s, err
}

func readHubs(path string) (hubs []Hub, err error) {
	raw, err := readFile(path)
	if fault.Of(err) == fault.NotFound {
		return nil, nil
	}
	if err == nil && json.Unmarshal(raw, &hubs) != nil {
		err = fault.New(fault.Damaged, "%s cannot be read", hubsFile)
	}
	return hubs, err
}

func fileMissing(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return os.IsNotExist(err)
}

func parsePlacement(raw []byte) (p Placement, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Placement{}, fault.New(fault.Damaged, "%s cannot be read", networkFile)
	}
	return p, nil
}

func readCerts(path string) ([]*x509.Certificate, error) {
	raw, err := readFile(path)
	if fault.Of(err) == fault.NotFound {
		return nil, fault.New(fault.Damaged, "%s is missing", filepath.Base(path))
	} else if err != nil {
		return nil, err
	}
	certs, err := decodeCerts(raw)
	return certs, fault.Wrap(filepath.Base(path), err)
}

func newCredentials(p Placement, leaf *x509.Certificate, bundle, past []*x509.Certificate, key ed25519.PublicKey) (*credentials, error) {
	v, err := NewVerifier(p.Network, bundle, past...)
	if err != nil {
		return nil, fault.As(fault.Damaged, "read the identity", err)
	}
	m, certified, err := v.Author(leaf.Raw)
	if err != nil {
		return nil, fault.As(fault.Damaged, "check the own certificate", err)
	}
	if !certified.Equal(key) {
		return nil, fault.New(fault.Damaged, "the own certificate is for another key")
	}
	id, err := m.id()
	if err != nil {
		return nil, err
	}
	// A crash between two files can leave the placement from before a move; the
	// certificate decides.
	p.Unit = m.Unit
	s := &credentials{placement: p, chain: []*x509.Certificate{leaf}, bundle: bundle, past: past, verifier: v, id: id}
	s.chain = append(s.chain, proofChain(leaf, slices.Concat(bundle, past))...)
	return s, nil
}

// proofChain is the authority of a certificate, then the others that a peer may
// trust instead: their successions lead to it.
func proofChain(leaf *x509.Certificate, all []*x509.Certificate) (chain []*x509.Certificate) {
	for _, ca := range all {
		if leaf.CheckSignatureFrom(ca) == nil {
			chain = append([]*x509.Certificate{ca}, chain...)
		} else {
			chain = append(chain, ca)
		}
	}
	return chain[:min(len(chain), maxChained-1)]
}

// install makes a checked grant the identity. network.json comes last when
// joining, because its presence says that the device has joined; a new bundle
// comes before the certificate it vouches for.
func (k *Keystore) install(o *opened) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, err := newCredentials(o.grant.Placement, o.leaf, o.bundle, o.past, publicOf(k.key))
	if err != nil {
		return err
	}
	placement, err := json.MarshalIndent(o.grant.Placement, "", "  ")
	if err != nil {
		return fault.As(fault.Internal, "write the identity", err)
	}
	s.hubs = k.current.Load().hubs // an older root names none
	var hubs []byte
	if len(o.grant.Hubs) > 0 {
		s.hubs = o.grant.Hubs
		if hubs, err = json.Marshal(s.hubs); err != nil {
			return fault.As(fault.Internal, "write the identity", err)
		}
	}
	files := []struct {
		name string
		data []byte
	}{{hubsFile, hubs}, {pastFile, encodeCerts(s.past)}, {bundleFile, encodeCerts(s.bundle)}, {deviceCert, encodeCerts(s.chain[:1])}, {networkFile, append(placement, '\n')}}
	for _, f := range files {
		if len(f.data) == 0 { // no hub was named, no authority was ever retired
			continue
		}
		if err := writeFile(filepath.Join(k.dir, f.name), f.data); err != nil {
			return err
		}
	}
	k.current.Store(s)
	return nil
}

// Key returns the device's private key, which signs its batches.
func (k *Keystore) Key() ed25519.PrivateKey { return k.key }

// Device returns the device's name.
func (k *Keystore) Device() change.DeviceID { return change.DeviceOf(publicOf(k.key)) }

// Joined reports whether the device has joined a network.
func (k *Keystore) Joined() bool { return k.Certificate() != nil }

// Placement returns network, unit and parents; zero before joining.
func (k *Keystore) Placement() Placement { return k.current.Load().placement }

// Certificate returns the own certificate of now, which others need to check
// the device's batches; nil before joining. Do not modify.
func (k *Keystore) Certificate() *x509.Certificate {
	if chain := k.current.Load().chain; len(chain) > 0 {
		return chain[0]
	}
	return nil
}

// Proof returns what others need to check the device's batches: its
// certificate (DER), and behind it, where an authority followed another, those
// that lead from one to the other. Empty before joining.
func (k *Keystore) Proof() []byte {
	var proof []byte
	for i, c := range k.current.Load().chain {
		if i == 0 || wordOf(c) != nil {
			proof = append(proof, c.Raw...)
		}
	}
	return proof
}

// Authority names the authority that certified this device; zero before joining.
func (k *Keystore) Authority() Fingerprint {
	if chain := k.current.Load().chain; len(chain) > 1 {
		return FingerprintOf(chain[1]) // proofChain puts it there
	}
	return Fingerprint{}
}

// ProvenBy reports whether the authority whose fingerprint begins with the digits,
// as ParseFingerprint returns them, certified this device, or one did that follows
// from it. The directory's list of authorities counts for nothing here: whoever
// made the directory made that too.
func (k *Keystore) ProvenBy(digits string) bool {
	s := k.current.Load()
	for _, ca := range slices.Concat(s.bundle, s.past) {
		if !strings.HasPrefix(FingerprintOf(ca).String(), digits) {
			continue
		}
		v, err := NewVerifier(s.placement.Network, []*x509.Certificate{ca})
		if err != nil {
			continue
		}
		if _, key, err := v.Author(k.Proof()); err == nil && key.Equal(publicOf(k.key)) {
			return true
		}
	}
	return false
}

// Bundle returns the CA certificates in PEM; empty before joining.
func (k *Keystore) Bundle() []byte { return encodeCerts(k.current.Load().bundle) }

// Hubs returns the devices above that the last grant named: what is known of them
// before the city's records have come. Do not modify.
func (k *Keystore) Hubs() []Hub { return k.current.Load().hubs }

// Verifier implements Source. Before joining it refuses everybody.
func (k *Keystore) Verifier() *Verifier { return k.current.Load().verifier }

// Now implements Source.
func (k *Keystore) Now() time.Time { return k.opts.Now() }

// GetX509SVID implements Source.
func (k *Keystore) GetX509SVID() (*x509svid.SVID, error) {
	s := k.current.Load()
	if len(s.chain) == 0 {
		return nil, fault.New(fault.Denied, "this device has not joined a network")
	}
	if end := s.chain[0].NotAfter; k.opts.Now().After(end) {
		return nil, fault.New(fault.Denied, "this device's certificate expired at %s, the clock here says %s", formatTime(end), formatTime(k.opts.Now())).
			WithHint("renewing; it goes on by itself when a hub answers, or " + whoseClock)
	}
	return &x509svid.SVID{ID: s.id, Certificates: s.chain, PrivateKey: k.key}, nil
}
