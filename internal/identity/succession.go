package identity

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"slices"
	"time"
)

// An authority that follows another carries in its certificate what the one
// before says of it: who trusts the one before can trust it as well, whenever
// they meet it, and however long they were away. A path of X.509 will not do:
// an authority may certify devices only, no further authority.
var successionOID = asn1.ObjectIdentifier{2, 25, 1742290533, 1}

const (
	successionDomain = "tongbu/succession/1\n"
	successionSize   = len(Fingerprint{}) + ed25519.SignatureSize
)

// succession is the predecessor's word on the next authority's key.
func succession(network Network, before *x509.Certificate, key ed25519.PrivateKey, next ed25519.PublicKey) pkix.Extension {
	name := FingerprintOf(before)
	value := append(name[:], ed25519.Sign(key, successionText(network, next))...)
	return pkix.Extension{Id: successionOID, Value: value}
}

func successionText(network Network, next ed25519.PublicKey) []byte {
	return withLengths(successionDomain, []byte(network), next)
}

// madeOID says when an authority was made, by its maker's clock: its dates do not.
var madeOID = asn1.ObjectIdentifier{2, 25, 1742290533, 2}

func madeAt(now time.Time) pkix.Extension {
	return pkix.Extension{Id: madeOID, Value: binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli()))}
}

// made is when the authority was made. One of an older program begins then.
func made(ca *x509.Certificate) time.Time {
	for _, e := range ca.Extensions {
		if e.Id.Equal(madeOID) && len(e.Value) == 8 {
			return time.UnixMilli(int64(binary.BigEndian.Uint64(e.Value)))
		}
	}
	return ca.NotBefore
}

// wordOf is the succession in an authority's certificate; nil: the first one.
func wordOf(ca *x509.Certificate) []byte {
	for _, e := range ca.Extensions {
		if e.Id.Equal(successionOID) && len(e.Value) == successionSize {
			return e.Value
		}
	}
	return nil
}

// follows reports whether before vouches for the authority.
func follows(network Network, ca, before *x509.Certificate) bool {
	word := wordOf(ca)
	next, isKey := ca.PublicKey.(ed25519.PublicKey)
	old, wasKey := before.PublicKey.(ed25519.PublicKey)
	if word == nil || !isKey || !wasKey || !ca.IsCA || ca.CheckSignatureFrom(ca) != nil {
		return false
	}
	name := FingerprintOf(before)
	return slices.Equal(word[:len(name)], name[:]) && ed25519.Verify(old, successionText(network, next), word[len(name):])
}

// heirs are the trusted authorities and those among the offered that follow
// from them, over any number of generations.
func heirs(network Network, trusted, offered []*x509.Certificate) []*x509.Certificate {
	all := slices.Clone(trusted)
	for grown := true; grown; {
		grown = false
		for _, ca := range offered {
			if slices.ContainsFunc(all, ca.Equal) {
				continue
			}
			if slices.ContainsFunc(all, func(before *x509.Certificate) bool { return follows(network, ca, before) }) {
				all, grown = append(all, ca), true
			}
		}
	}
	return all
}
