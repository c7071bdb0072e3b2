// Package identity says who is who in a network: the certificate authority at
// the root, the keys and certificates of devices, one-time join tokens,
// renewal, and the TLS configurations made of them.
//
// A network is a SPIFFE trust domain; a device is named
// spiffe://<network>/unit/<unit>/device/<device>, and the device part is the
// hash of its own key, so a certificate can never give a device's name to
// another key. Requests to join and renew pass through any number of hubs to
// the root; a hub can neither use a token it sees nor alter the answer.
// DESIGN.md has the reasons.
package identity
