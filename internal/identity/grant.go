package identity

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

const grantDomain = "tongbu/grant/1\n"

// Parent is a hub above a device.
type Parent struct {
	Unit    change.UnitID `json:"unit"`
	Address string        `json:"address"`        // host:port of its gRPC
	Web     string        `json:"web"`            // host:port of its HTTPS
	Door    string        `json:"door,omitempty"` // host:port of its renewal; empty: see DoorOf
}

// MaxHubs is how many hubs above a grant names: it has to fit an answer.
const MaxHubs = 64

// Hub is a device of a unit above, by its public key: what is carried to it in a
// file is encrypted to this key.
type Hub struct {
	Unit change.UnitID `json:"unit"`
	Key  []byte        `json:"key"` // Ed25519
}

// Place is where a unit stands in the tree.
type Place struct {
	Level    int           `json:"level"` // 2 city, 3 district, 4 street, 5 community
	RootUnit change.UnitID `json:"root_unit"`
	Parents  []Parent      `json:"parents"` // nearest first; empty at the root
}

// Placement is what a device knows of itself.
type Placement struct {
	Network Network       `json:"network"`
	Unit    change.UnitID `json:"unit"`
	Place
}

// Grant is what the root gives a device.
type Grant struct {
	Device change.DeviceID `json:"device"`
	Cert   []byte          `json:"cert"`           // DER
	Bundle [][]byte        `json:"bundle"`         // DER; all authorities to trust
	Past   [][]byte        `json:"past,omitempty"` // DER; retired authorities, to verify what was signed under them
	Hubs   []Hub           `json:"hubs,omitempty"` // above, as of then; beside the placement, whose form older programs read strictly
	Nonce  []byte          `json:"nonce"`          // the request's
	Placement
}

// Answer is a grant as it travels: JSON with the authority's signature over
// it. Hubs pass it on as it is.
type Answer struct {
	Body      []byte `json:"body,omitempty"`
	Signature []byte `json:"signature,omitempty"`
	Challenge []byte `json:"challenge,omitempty"` // in place of a grant: to be signed first
}

// sealGrant completes a grant with the authorities to trust and signs it.
func (a *Authority) sealGrant(g *Grant) (Answer, error) {
	gen := a.now.Load()
	for _, ca := range gen.bundle {
		g.Bundle = append(g.Bundle, ca.Raw)
	}
	for _, ca := range gen.past {
		g.Past = append(g.Past, ca.Raw)
	}
	body, err := json.Marshal(g)
	if err != nil {
		return Answer{}, fault.As(fault.Internal, "write a grant", err)
	}
	return Answer{Body: body, Signature: ed25519.Sign(gen.key, append([]byte(grantDomain), body...))}, nil
}

// opened is a grant whose parts have been checked against each other.
type opened struct {
	grant  Grant
	leaf   *x509.Certificate
	bundle []*x509.Certificate
	past   []*x509.Certificate
}

// open checks that an authority that trusted accepts, or one that follows from
// such, signed the answer, that it answers this nonce, and that its
// certificate is the device's own. trusted is given all authorities the answer
// names.
func (a Answer) open(device change.DeviceID, nonce []byte, trusted func(named []*x509.Certificate) []*x509.Certificate) (*opened, error) {
	var o opened
	if err := json.Unmarshal(a.Body, &o.grant); err != nil {
		return nil, fault.New(fault.Damaged, "the answer of the root cannot be read")
	}
	var err error
	if o.bundle, err = readAuthorities(o.grant.Bundle); err != nil {
		return nil, err
	}
	if o.past, err = readAuthorities(o.grant.Past); err != nil {
		return nil, err
	}
	named := slices.Concat(o.bundle, o.past)
	if !a.signedBy(o.bundle, heirs(o.grant.Network, trusted(named), named)) {
		return nil, fault.New(fault.Denied, "the answer was not signed by this network's authority").
			WithHint("a hub on the way may have altered it; tell the city's administrator")
	}
	if o.grant.Device != device || !bytes.Equal(o.grant.Nonce, nonce) {
		return nil, fault.New(fault.Denied, "the answer is to another request")
	}
	return &o, o.check()
}

func readAuthorities(ders [][]byte) (all []*x509.Certificate, err error) {
	for _, der := range ders {
		ca, err := x509.ParseCertificate(der)
		if err != nil || !ca.IsCA {
			return nil, fault.New(fault.Damaged, "the answer holds an authority that cannot be read")
		}
		all = append(all, ca)
	}
	return all, nil
}

func (a Answer) signedBy(bundle, trusted []*x509.Certificate) bool {
	signed := append([]byte(grantDomain), a.Body...)
	for _, ca := range bundle {
		key, ok := ca.PublicKey.(ed25519.PublicKey)
		if ok && slices.ContainsFunc(trusted, ca.Equal) && ed25519.Verify(key, signed, a.Signature) {
			return true
		}
	}
	return false
}

// check finds defects of the root, not attacks: the signature is right.
func (o *opened) check() error {
	v, err := NewVerifier(o.grant.Network, o.bundle, o.past...)
	if err != nil {
		return fault.As(fault.Damaged, "answer of the root", err)
	}
	m, _, err := v.Author(o.grant.Cert)
	if err != nil {
		return fault.As(fault.Damaged, "answer of the root", err)
	}
	if m.Unit != o.grant.Unit || m.Device != o.grant.Device {
		return fault.New(fault.Damaged, "the certificate in the answer names another device or unit")
	}
	if err := o.grant.RootUnit.Validate(); err != nil {
		return fault.As(fault.Damaged, "answer of the root", err)
	}
	o.leaf, err = x509.ParseCertificate(o.grant.Cert)
	return err
}
