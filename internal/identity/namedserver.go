package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"net"
	"time"

	"tongbu/internal/fault"
)

// serverLife is how long a certificate with a name lasts: the city makes a new one at
// each start, and long before the end.
const serverLife = 366 * 24 * time.Hour

// IssueServer makes a key and a certificate for a server that is known by names or
// addresses, for clients that know nothing of this network but its authority. The key is
// of a kind that every TLS library verifies.
func (a *Authority) IssueServer(hosts []string, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), a.random)
	if err != nil {
		return tls.Certificate{}, fault.As(fault.Internal, "make the key of a server", err)
	}
	serial, err := newSerial(a.random)
	if err != nil {
		return tls.Certificate{}, err
	}
	by := a.now.Load()
	template := &x509.Certificate{SerialNumber: serial, NotBefore: by.bundle[0].NotBefore, NotAfter: earliest(now.Add(serverLife), by.bundle[0].NotAfter),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if host != "" {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(nil, template, by.bundle[0], &key.PublicKey, by.key)
	if err != nil {
		return tls.Certificate{}, fault.As(fault.Internal, "issue a certificate", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fault.As(fault.Internal, "issue a certificate", err)
	}
	return tls.Certificate{Certificate: [][]byte{der, by.bundle[0].Raw}, PrivateKey: key, Leaf: leaf}, nil
}
