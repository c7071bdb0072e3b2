package hub

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"os"
	"slices"
	"sync"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
)

// API is how a hub shows itself to programs.
type API struct {
	Hosts     []string // names and addresses by which programs reach it
	Cert, Key string   // files in PEM of a certificate of another authority; "": one of the network's
}

// apiTLS is for the port that programs ask: with the certificate that was given; at the
// city with one that names its hosts, so that any client can verify it which trusts the
// network's authority; elsewhere with the hub's own.
func (h *Hub) apiTLS() (*tls.Config, error) {
	c := identity.ProgramTLS(h.Replica.Keys)
	c.MinVersion, c.NextProtos = tls.VersionTLS12, []string{"h2", "http/1.1"} // older programs
	switch {
	case h.API.Cert != "":
		f := &certFile{cert: h.API.Cert, key: h.API.Key}
		if _, err := f.get(nil); err != nil {
			return nil, err
		}
		c.GetCertificate = f.get
	case h.Root != nil:
		n := &namedCert{hub: h}
		if _, err := n.get(nil); err != nil {
			return nil, err
		}
		c.GetCertificate = n.get
	}
	return c, nil
}

// Authority is what programs verify this hub by.
type Authority struct {
	PEM string `json:"pem"`           // authorities of the network
	Pin string `json:"pin,omitempty"` // of the hub's own key, as curl --pinnedpubkey takes it; "": its certificate has names
}

func (h *Hub) authority() (a Authority, err error) {
	a.PEM = string(h.Replica.Keys.Bundle())
	if h.API.Cert != "" || h.Root != nil {
		return a, nil
	}
	own, err := h.Replica.Keys.GetX509SVID()
	if err != nil {
		return a, fault.Wrap("read the hub's certificate", err)
	}
	sum := sha256.Sum256(own.Certificates[0].RawSubjectPublicKeyInfo)
	a.Pin = "sha256//" + base64.StdEncoding.EncodeToString(sum[:])
	return a, nil
}

// certFile is a certificate that somebody renews in place.
type certFile struct {
	cert, key string

	mu     sync.Mutex // guards what follows
	loaded time.Time  // when the file was written that is loaded
	now    *tls.Certificate
}

func (f *certFile) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.cert)
	if err == nil && f.now != nil && info.ModTime().Equal(f.loaded) {
		return f.now, nil
	}
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(f.cert, f.key)
	}
	switch {
	case err == nil:
		f.now, f.loaded = &pair, info.ModTime()
	case f.now == nil: // while a pair is being replaced the one before goes on
		return nil, fault.New(fault.Invalid, "api_cert and api_key are no certificate with its key").WithHint("give two files in PEM: the chain, and the private key")
	}
	return f.now, nil
}

// namedCert is the city's certificate for its hosts.
type namedCert struct {
	hub *Hub

	mu  sync.Mutex // guards now
	now *tls.Certificate
}

// renewBefore is how long before its end a certificate is made again.
const renewBefore = 30 * 24 * time.Hour

func (n *namedCert) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.hub.Replica.Now()
	if n.now != nil && now.Add(renewBefore).Before(n.now.Leaf.NotAfter) {
		return n.now, nil
	}
	hosts := append([]string{"localhost", "127.0.0.1", "::1"}, n.hub.API.Hosts...)
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	slices.Sort(hosts)
	c, err := n.hub.Root.ServerCertificate(slices.Compact(hosts), now)
	if err != nil {
		return nil, err
	}
	n.now = &c
	return n.now, nil
}
