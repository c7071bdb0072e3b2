package identity_test

import (
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
)

func TestVouches(t *testing.T) {
	n, c := mustFound(t)
	token := n.MustInvite(t, n.Community)
	other := n.MustInvite(t, n.Street)
	good := mustRequest(t, n, token, func(*identity.EnrollRequest) {})
	altered := func(alter func(*identity.EnrollRequest)) identity.EnrollRequest {
		r := good
		alter(&r)
		return r
	}
	for name, test := range map[string]struct {
		req  identity.EnrollRequest
		want bool
	}{
		"good":                    {good, true},
		"passed on":               {altered(func(r *identity.EnrollRequest) { r.Hops = 3 }), true},
		"a token nobody gave":     {altered(func(r *identity.EnrollRequest) { r.Ticket[0]++ }), false},
		"another token's name":    {altered(func(r *identity.EnrollRequest) { r.Ticket, r.Unit = other.Ticket(), n.Street }), false},
		"another unit":            {altered(func(r *identity.EnrollRequest) { r.Unit = n.Street }), false},
		"no proof":                {altered(func(r *identity.EnrollRequest) { r.Proof = nil }), false},
		"something else is named": {altered(func(r *identity.EnrollRequest) { r.Name = "x" }), false},
	} {
		if got := n.Root.Vouches(t.Context(), test.req); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
	c.now = c.now.Add(identity.DefaultTokenLife)
	if n.Root.Vouches(t.Context(), good) {
		t.Error("vouches for a token that has expired")
	}
	c.now = c.now.Add(-identity.DefaultTokenLife)
	n.Registry.Fail = func(string) error { return fault.New(fault.Full, "no room") }
	if n.Root.Vouches(t.Context(), good) {
		t.Error("vouches for what it cannot look up")
	}
}

// TestStrangersDoNotQueue: a request without a good token is refused before the
// transaction that admits.
func TestStrangersDoNotQueue(t *testing.T) {
	n, c := mustFound(t)
	token := n.MustInvite(t, n.Community)
	good := mustRequest(t, n, token, func(*identity.EnrollRequest) {})
	unknown, wrongUnit := mustRequest(t, n, token, func(r *identity.EnrollRequest) { r.Unit = n.Street }), good
	n.Registry.Fail = func(call string) error {
		if call == "Admit" {
			t.Error("asks for the transaction")
		}
		return nil
	}
	unknown.Ticket[0]++
	for _, req := range []identity.EnrollRequest{unknown, wrongUnit} {
		req.Unit = n.Street
		_, err := n.Root.Enroll(t.Context(), req)
		wantKind(t, err, fault.Denied, "token")
	}
	c.now = c.now.Add(identity.MaxTokenLife + time.Hour)
	_, err := n.Root.Enroll(t.Context(), good)
	wantKind(t, err, fault.Denied, "expired")
}

func TestRenewalVouches(t *testing.T) {
	n, _ := mustFound(t)
	node, other := n.MustJoin(t, n.Community), n.MustJoin(t, n.Community)
	var seen identity.RenewRequest
	spy := &relay{Registrar: n.Root, renewal: func(r *identity.RenewRequest) { seen = *r }}
	if err := identity.Renew(t.Context(), node, spy); err != nil {
		t.Fatal(err)
	}
	if !seen.Vouches() {
		t.Error("does not vouch for a device's own request")
	}
	forged := seen
	forged.Device = other.Device()
	if forged.Vouches() {
		t.Error("vouches for a request by another key")
	}
	forged = seen
	forged.CSR = append([]byte{}, seen.CSR...)
	forged.CSR[len(forged.CSR)-1]++
	if forged.Vouches() {
		t.Error("vouches for a request that is not signed")
	}
}
