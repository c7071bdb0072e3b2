package identity

import (
	"context"
	"crypto/ed25519"
	"io"
	"time"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

// Lifetimes of tokens.
const (
	DefaultTokenLife = 72 * time.Hour
	MaxTokenLife     = 30 * 24 * time.Hour
)

// Root is the Registrar that decides: authority and registry together.
type Root struct {
	authority *Authority
	registry  Registry
	now       func() time.Time
	past      func() time.Time
	random    io.Reader
	asked     challenges
}

var _ Registrar = (*Root)(nil)

// NewRoot returns the registrar of the authority's network. Zero options mean
// the system's clock and randomness.
func NewRoot(a *Authority, r Registry, opts Options) *Root {
	opts = opts.filled()
	return &Root{authority: a, registry: r, now: opts.Now, past: opts.Past, random: opts.Random, asked: challenges{random: opts.Random}}
}

// Invite makes a token for one device of the unit, good for ttl (0:
// DefaultTokenLife). It returns NotFound for an unknown unit and Invalid for
// a ttl that is negative or above MaxTokenLife.
func (r *Root) Invite(ctx context.Context, unit change.UnitID, ttl time.Duration) (Token, error) {
	if ttl == 0 {
		ttl = DefaultTokenLife
	}
	if ttl < 0 || ttl > MaxTokenLife {
		return Token{}, fault.New(fault.Invalid, "a token may live up to %s", MaxTokenLife)
	}
	if _, err := r.registry.Place(ctx, unit); err != nil {
		return Token{}, fault.Wrap("make a token", err)
	}
	t, err := newToken(r.authority.Network(), unit, r.authority.Fingerprint(), r.random)
	if err != nil {
		return Token{}, err
	}
	now := r.now()
	ticket := Ticket{ID: t.Ticket(), Unit: unit, Made: now.UnixMilli(), Expires: now.Add(ttl).UnixMilli()}
	err = r.registry.PutTicket(ctx, ticket)
	failpoint.Reach("identity.token.stored")
	return t, fault.Wrap("make a token", err)
}

// Enroll implements Registrar.
func (r *Root) Enroll(ctx context.Context, req EnrollRequest) (Answer, error) {
	if err := req.check(); err != nil {
		return Answer{}, err
	}
	if req.Network != r.authority.Network() {
		return Answer{}, fault.New(fault.Denied, "the token is for network %s, this is %s", req.Network, r.authority.Network())
	}
	key, err := requestKey(req.CSR)
	if err != nil {
		return Answer{}, err
	}
	now := r.now()
	joiner := Device{ID: change.DeviceOf(key), Key: key, Address: req.Address, Web: req.Web, Door: req.Door, Name: req.Name, Enrolled: now.UnixMilli()}
	if err := r.mayAdmit(ctx, joiner.ID, &req); err != nil {
		return Answer{}, fault.Wrap("enrol", err)
	}
	if err := r.registry.Admit(ctx, req.Ticket, joiner.ID, admissionRule(joiner, req.Unit, now)); err != nil {
		return Answer{}, fault.Wrap("enrol", err)
	}
	failpoint.Reach("identity.enrol.admitted")
	answer, err := r.issueGrant(ctx, joiner.ID, req.Unit, req.CSR, req.Nonce)
	failpoint.Reach("identity.enrol.granted")
	return answer, err
}

// mayAdmit refuses before Admit what Admit would refuse for its ticket: many
// requests without a token do not queue for the one who writes.
func (r *Root) mayAdmit(ctx context.Context, joiner change.DeviceID, req *EnrollRequest) error {
	ticket, err := r.registry.Ticket(ctx, req.Ticket)
	switch {
	case fault.Of(err) == fault.NotFound:
		return checkTicket(nil, nil, joiner, req.Unit, r.now())
	case err != nil:
		return err
	}
	return checkTicket(&ticket, nil, joiner, req.Unit, r.now())
}

// Vouches reports whether a request to join was made with a token that is good
// now. It costs a look-up, and a check of one signature only when the token is
// known, so it is asked before anything is counted.
func (r *Root) Vouches(ctx context.Context, req EnrollRequest) bool {
	ticket, err := r.registry.Ticket(ctx, req.Ticket)
	if err != nil || ticket.Unit != req.Unit || ticket.expired(r.now()) {
		return false
	}
	return req.check() == nil
}

// Renew implements Registrar.
func (r *Root) Renew(ctx context.Context, req RenewRequest) (Answer, error) {
	if err := checkNonce(req.Nonce); err != nil {
		return Answer{}, err
	}
	key, err := requestKey(req.CSR)
	if err != nil {
		return Answer{}, err
	}
	if change.DeviceOf(key) != req.Device {
		return Answer{}, fault.New(fault.Denied, "the request is signed by another device's key")
	}
	device, err := r.registry.Device(ctx, req.Device)
	if err := mayRenew(key, device, err); err != nil {
		return Answer{}, fault.Wrap("renew", err)
	}
	if len(req.Challenge) == 0 {
		challenge, err := r.asked.issue(device.ID, r.now())
		return Answer{Challenge: challenge}, err
	}
	if err := r.checkProof(&req, key); err != nil {
		return Answer{}, fault.Wrap("renew", err)
	}
	return r.issueGrant(ctx, device.ID, device.Unit, req.CSR, req.Nonce)
}

// checkProof checks the signature first: only the device can use a challenge up.
func (r *Root) checkProof(req *RenewRequest, key ed25519.PublicKey) error {
	if !ed25519.Verify(key, req.signedBytes(), req.Proof) {
		return fault.New(fault.Denied, "the answer to the challenge is not signed by device %s", req.Device)
	}
	return r.asked.redeem(req.Device, req.Challenge, r.now())
}

func mayRenew(key ed25519.PublicKey, device Device, err error) error {
	switch {
	case fault.Of(err) == fault.NotFound:
		return fault.New(fault.Denied, "device %s never joined this network", change.DeviceOf(key)).WithHint("join again with a new token")
	case err != nil:
		return err
	}
	if err := access.Active(device.party()); err != nil {
		return err
	}
	if !key.Equal(ed25519.PublicKey(device.Key)) {
		return fault.New(fault.Denied, "device %s joined with another key", device.ID)
	}
	return nil
}

// issuedAt is the clock, or the newest time that has certainly been: a root whose
// battery is dead must not issue what has ended everywhere else.
func (r *Root) issuedAt() time.Time {
	now := r.now()
	if past := r.past(); past.After(now) {
		return past
	}
	return now
}

func (r *Root) issueGrant(ctx context.Context, device change.DeviceID, unit change.UnitID, csr, nonce []byte) (Answer, error) {
	place, err := r.registry.Place(ctx, unit)
	if err != nil {
		return Answer{}, fault.Wrap("place the device's unit", err)
	}
	hubs, err := r.registry.Hubs(ctx, unit)
	if err != nil {
		return Answer{}, fault.Wrap("list the hubs above the device", err)
	}
	cert, err := r.authority.Issue(csr, unit, r.issuedAt())
	if err != nil {
		return Answer{}, err
	}
	g := &Grant{Device: device, Cert: cert, Hubs: hubs, Nonce: nonce, Placement: Placement{Network: r.authority.Network(), Unit: unit, Place: place}}
	return r.authority.sealGrant(g)
}
