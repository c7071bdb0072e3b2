package identity

import "crypto/ed25519"

// For tests that play a dishonest joiner.

func NewEnrollRequest(k *Keystore, t Token, l Listen) (EnrollRequest, error) { return t.request(k, l) }

func SignRequest(r *EnrollRequest, t Token) { r.Proof = ed25519.Sign(t.key(), r.signed()) }
