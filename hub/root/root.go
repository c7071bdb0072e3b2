// Package root is what only the city does with its network: it founds it, gives
// tokens, admits and revokes devices, and changes its authority.
package root

import (
	"context"
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/members"
	"tongbu/internal/vault"
	"tongbu/node/replica"
)

// Root is safe for concurrent use.
type Root struct {
	dividing  sync.Mutex // held while a change of units is judged and written; guards compared
	compared  string     // day and edition for which the units were as announced
	at        *replica.Replica
	admission Admission
	authority *identity.Authority
	registrar *identity.Root
}

// Open opens the authority of the city's directory. It returns what opening it
// does.
func Open(at *replica.Replica) (*Root, error) {
	opts := identity.Options{Key: at.Vault().Key(vault.Identity), Now: at.Now}
	authority, err := identity.OpenAuthority(at.Dir(), opts)
	if fault.Of(err) == fault.NotFound {
		err = fault.As(fault.NotFound, "this directory is of the city's unit and has no authority, so it cannot serve", err).
			WithHint("restore the city from a backup; a directory that joined as a second one of the city is to be revoked and removed")
	}
	if err != nil {
		return nil, err
	}
	opts.Past = at.Clocks.Past
	admission := NewAdmission(at)
	return &Root{at: at, admission: admission, authority: authority, registrar: identity.NewRoot(authority, admission, opts)}, nil
}

// Registrar admits and renews devices.
func (r *Root) Registrar() identity.Registrar { return r.registrar }

// Vouches reports whether a request to join was made with a token that is good
// now, at little cost.
func (r *Root) Vouches(ctx context.Context, req identity.EnrollRequest) bool {
	return r.registrar.Vouches(ctx, req)
}

// Run renews the city's own certificate when it is time, until the context
// ends. It begins by counting the life of tokens from now that were made while the
// clock was ahead.
func (r *Root) Run(ctx context.Context) error {
	if err := r.admission.rebaseTickets(ctx); err != nil {
		return err
	}
	own := &identity.Renewer{Keystore: r.at.Keys, Registrar: r.registrar, Log: r.at.Log}
	return own.Run(ctx)
}

// Invite makes a one-time token for a unit, named by code or id, good for the
// time; 0: three days. It returns what Members.UnitOf does, and Invalid for a
// time that is too long.
func (r *Root) Invite(ctx context.Context, unit string, ttl time.Duration) (identity.Token, error) {
	id, err := r.at.Members.UnitOf(unit)
	if err != nil {
		return identity.Token{}, err
	}
	if id == r.at.Place.RootUnit {
		return identity.Token{}, errSecondCity
	}
	if err := r.stands(unit); err != nil {
		return identity.Token{}, err
	}
	return r.registrar.Invite(ctx, id, ttl)
}

// stands returns Invalid for a unit, named by code or id, that was retired or merged.
func (r *Root) stands(unit string) error {
	t := r.at.Members.Tree()
	u, ok := t.Had(unit)
	if !ok {
		u, ok = t.Unit(change.UnitID(unit))
	}
	if !ok || u.Stands() {
		return nil
	}
	if heir, merged := t.Unit(t.Heir(u.ID)); merged && u.Merged() {
		return fault.New(fault.Invalid, "unit %s was merged into %s %s", u.Code, heir.Code, heir.Name).WithHint("make a token for that unit")
	}
	return fault.New(fault.Invalid, "unit %s was retired on %s", u.Code, u.Until).WithHint("make a token for a unit that stands: tongbu units lists them")
}

// errSecondCity: nothing but the directory of the founding has the authority.
var errSecondCity = fault.New(fault.Invalid, "the city's own unit has one directory: the one the network was founded in; another could not serve").
	WithHint("to move the city use backup and restore; a standby comes with a later version")

// Revoke ends a device's rights and returns it as it is then. It returns
// NotFound for one that never joined, Invalid for the city's own.
func (r *Root) Revoke(ctx context.Context, id change.DeviceID, reason string) (members.Device, error) {
	known, err := r.admission.Device(ctx, id)
	switch {
	case err != nil:
		return members.Device{}, err
	case id == r.at.Keys.Device():
		return members.Device{}, fault.New(fault.Invalid, "the city does not revoke itself")
	}
	if err := r.admission.revoke(ctx, known, reason); err != nil {
		return members.Device{}, err
	}
	r.at.Log.Warn("device revoked", "device", string(id))
	d, _ := r.at.Members.Device(id)
	return d, nil
}
