package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net"
	"path/filepath"
	"slices"
	"time"

	"tongbu/internal/fault"
)

// A directory that shows pages to other computers has a certificate of its own for them:
// browsers know nothing of the network's authority, and people trust this one by hand.
// It signs nothing but itself. Files in the identity folder.
const (
	ownServerKey  = "pages.key"
	ownServerCert = "pages.crt"
)

// How long it lasts, since each computer has to be told of a new one, and how long before
// its end a new one is made.
const (
	ownServerLife  = 5 * 366 * 24 * time.Hour
	ownServerRenew = 60 * 24 * time.Hour
)

// OwnServer opens the certificate under which a directory shows pages to other computers,
// known by names or addresses, and makes it at first use, near its end, and for other
// names than before; the key stays the same. It returns Denied when the key was written
// under another one, Damaged when a file is.
func OwnServer(dir string, hosts []string, o Options) (tls.Certificate, error) {
	o = o.filled()
	key, err := ownServerKeyIn(dir, o)
	if err != nil {
		return tls.Certificate{}, err
	}
	hosts = slices.Clone(hosts)
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	path := filepath.Join(dir, identityDir, ownServerCert)
	if raw, err := readFile(path); err == nil {
		if leaf, fits := ownServerFits(raw, key, hosts, o.Now()); fits {
			return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}, nil
		}
	}
	leaf, err := signOwnServer(key, hosts, o)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := writeFile(path, pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: leaf.Raw})); err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// ownServerKeyIn reads the key, and makes it at first use.
func ownServerKeyIn(dir string, o Options) (*ecdsa.PrivateKey, error) {
	path := filepath.Join(dir, identityDir, ownServerKey)
	raw, err := readFile(path)
	switch fault.Of(err) {
	case fault.NotFound:
		key, err := ecdsa.GenerateKey(elliptic.P256(), orRandom(o.Random))
		if err != nil {
			return nil, fault.As(fault.Internal, "make the key of the pages", err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fault.As(fault.Internal, "encode a key", err)
		}
		return key, saveSealed(path, der, o.Key)
	case fault.OK:
	default:
		return nil, err
	}
	der, err := unseal(path, raw, o.Key)
	if err != nil {
		return nil, err
	}
	found, err := x509.ParsePKCS8PrivateKey(der)
	key, is := found.(*ecdsa.PrivateKey)
	if err != nil || !is {
		return nil, fault.New(fault.Damaged, "%s is damaged", ownServerKey).WithHint("remove it: another is made, and other computers have to trust it again")
	}
	return key, nil
}

// ownServerFits reports whether a certificate is of the key and for these names, and has
// some time left.
func ownServerFits(raw []byte, key *ecdsa.PrivateKey, hosts []string, now time.Time) (*x509.Certificate, bool) {
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != pemCert {
		return nil, false
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil || !key.PublicKey.Equal(leaf.PublicKey) || now.Add(ownServerRenew).After(leaf.NotAfter) {
		return nil, false
	}
	names := slices.Clone(leaf.DNSNames)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	slices.Sort(names)
	return leaf, slices.Equal(names, hosts)
}

func signOwnServer(key *ecdsa.PrivateKey, hosts []string, o Options) (*x509.Certificate, error) {
	serial, err := newSerial(orRandom(o.Random))
	if err != nil {
		return nil, err
	}
	from, _ := always() // whatever the clocks say
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "tongbu"}, NotBefore: from, NotAfter: o.Now().Add(ownServerLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(orRandom(o.Random), template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fault.As(fault.Internal, "sign a certificate", err)
	}
	leaf, err := x509.ParseCertificate(der)
	return leaf, fault.Wrap("sign a certificate", err)
}
