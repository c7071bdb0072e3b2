package attack_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"net/url"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/test/kit"
)

func mustCSR(t *testing.T, template *x509.CertificateRequest, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// caExtension asks for CA:TRUE.
func caExtension() []pkix.Extension {
	value, err := asn1.Marshal(struct{ CA bool }{true})
	if err != nil {
		panic(err) // a boolean is always a boolean
	}
	return []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Critical: true, Value: value}}
}

func keyBytes(key any) []byte { return key.(ed25519.PublicKey) }

// withRequest puts another certificate request in place of the device's, and
// signs again as the device can.
func (d *device) withRequest(client identity.Registrar, csr []byte) identity.Registrar {
	return forged{client, d, csr}
}

type forged struct {
	identity.Registrar
	d   *device
	csr []byte
}

func (f forged) Renew(ctx context.Context, r identity.RenewRequest) (identity.Answer, error) {
	r.CSR = f.csr
	if len(r.Challenge) > 0 {
		r.Proof = ed25519.Sign(f.d.Key(), proofText(&r))
	}
	return f.Registrar.Renew(ctx, r)
}

// proofText is what the proof of a request to renew covers: it is no secret.
func proofText(r *identity.RenewRequest) []byte {
	text := []byte("tongbu/renew/1\n")
	for _, part := range [][]byte{[]byte(r.Device), r.CSR, r.Nonce, r.Challenge} {
		text = append(binary.BigEndian.AppendUint32(text, uint32(len(part))), part...)
	}
	return text
}

// sign makes a certificate of a device of the unit.
func (s thief) sign(t testing.TB, who identity.Member, key ed25519.PublicKey, from, to time.Time, usage ...x509.ExtKeyUsage) *x509.Certificate {
	t.Helper()
	id := &url.URL{Scheme: "spiffe", Host: string(who.Network), Path: "/unit/" + string(who.Unit) + "/device/" + string(change.DeviceOf(key))}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), NotBefore: from, NotAfter: to, URIs: []*url.URL{id},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: usage, BasicConstraintsValid: true}
	parent := s.ca
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, s.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func (w *world) member(unit change.UnitID) identity.Member {
	return identity.Member{Network: w.city.Replica.Place.Network, Unit: unit}
}

func (w *world) stolen() map[string]func(*testing.T) {
	hub := thief{ca: w.street.Replica.Keys.Certificate(), key: w.street.Replica.Keys.Key()}
	now := time.Now()
	return map[string]func(*testing.T){
		"to admit a device": func(t *testing.T) {
			key := mustKey(t)
			cert := hub.sign(t, w.member(kit.First.ID), keyBytes(key.Public()), now.Add(-time.Minute), now.Add(time.Hour), x509.ExtKeyUsageClientAuth)
			if answered(t, w.street.links, key, cert, hub.ca) || answered(t, w.city.links, key, cert, hub.ca) {
				t.Error("a device that a hub admitted is let in")
			}
		},
		"to vouch for an author": func(t *testing.T) {
			key := mustKey(t)
			cert := hub.sign(t, w.member(kit.City.ID), keyBytes(key.Public()), now.Add(-time.Minute), now.Add(time.Hour), x509.ExtKeyUsageClientAuth)
			wantKind(t, w.city.Replica.Streams.Learn(t.Context(), cert.Raw), fault.Denied)
			wantKind(t, w.city.Replica.Streams.Learn(t.Context(), append(cert.Raw[:len(cert.Raw):len(cert.Raw)], hub.ca.Raw...)), fault.Denied)
		},
		"to sign a receipt as the city": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			b := d.mustSeals(t, 1)[0]
			signed, err := change.Receipt{City: w.street.Replica.Keys.Device(), Stream: b.Stream, Seq: 1, Hash: b.Hash(), Epoch: 1}.Sign(hub.key)
			if err != nil {
				t.Fatal(err)
			}
			wantKind(t, d.mustReplica(t).Streams.StoreReceipt(t.Context(), signed.Bytes()), fault.Denied, fault.NotFound)
			at := w.street.Replica
			wantKind(t, at.Streams.StoreReceipt(t.Context(), signed.Bytes()), fault.Denied)
		},
		"to speak to all as the city does": func(t *testing.T) {
			in := change.Stream{Device: w.street.Replica.Keys.Device(), Incarnation: 9, Audience: kit.City.ID}
			c := &change.Change{Kind: "unit", Record: change.RecordID(kit.First.ID), Fields: change.FieldsOf(map[string]change.Value{"parent": change.Text(string(kit.FarStreet.ID))}), At: 1}
			raw, err := c.Encode()
			if err != nil {
				t.Fatal(err)
			}
			b, err := change.Seal(change.BatchRows, hub.key, in, change.Mark{}, [][]byte{raw}, 1)
			if err != nil {
				t.Fatal(err)
			}
			d := &device{Keystore: w.street.Replica.Keys}
			wantRefused(t, d.mustPush(t, w.city, b), fault.Denied)
		},
	}
}
