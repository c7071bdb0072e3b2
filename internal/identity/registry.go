package identity

import (
	"context"
	"encoding/hex"
	"time"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// TicketID names a token at the root: the public half of the token's key.
type TicketID [32]byte

// String returns 64 hexadecimal digits; they are no secret.
func (t TicketID) String() string { return hex.EncodeToString(t[:]) }

// MarshalText makes the id a string in JSON.
func (t TicketID) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (t *TicketID) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(t) {
		return fault.New(fault.Invalid, "a ticket has %d digits, not %d", len(text), hex.EncodedLen(len(t)))
	}
	if _, err := hex.Decode(t[:], text); err != nil {
		return fault.New(fault.Invalid, "a ticket is not hexadecimal")
	}
	return nil
}

// Ticket is all the root keeps of a token.
type Ticket struct {
	ID      TicketID        `json:"id"`
	Unit    change.UnitID   `json:"unit"`
	Expires int64           `json:"expires"`           // Unix milliseconds
	Made    int64           `json:"made,omitempty"`    // likewise; 0: an older program made it
	UsedBy  change.DeviceID `json:"used_by,omitempty"` // empty: not yet
}

// expired reports whether the ticket's time is over.
func (t *Ticket) expired(now time.Time) bool { return now.UnixMilli() >= t.Expires }

// Rebased is the ticket with its life counted from now, where the clock was ahead
// when it was made and has been set back since; else it is unchanged.
func (t Ticket) Rebased(now time.Time) (Ticket, bool) {
	at := now.UnixMilli()
	if t.Made <= at {
		return t, false
	}
	t.Expires, t.Made = at+t.Expires-t.Made, at
	return t, true
}

// Device is what the root knows of a device.
type Device struct {
	ID       change.DeviceID `json:"id"`
	Unit     change.UnitID   `json:"unit"`
	Key      []byte          `json:"key"` // Ed25519 public key
	Address  string          `json:"address,omitempty"`
	Web      string          `json:"web,omitempty"`
	Door     string          `json:"door,omitempty"`
	Name     string          `json:"name,omitempty"`
	Enrolled int64           `json:"enrolled"` // Unix milliseconds, of the first time
	Revoked  bool            `json:"revoked,omitempty"`
}

// party is the device as rights see it.
func (d *Device) party() access.Party {
	return access.Party{Unit: d.Unit, Device: d.ID, Revoked: d.Revoked}
}

// Registry is where the root keeps tickets and devices, and what it asks
// about the tree. Package identitytest holds the suite every one must pass.
type Registry interface {
	// PutTicket records a new ticket durably.
	PutTicket(ctx context.Context, t Ticket) error
	// Ticket returns NotFound for one that was never put. It costs a look-up and
	// waits for nobody who writes.
	Ticket(ctx context.Context, id TicketID) (Ticket, error)
	// Admit runs decide on the stored ticket and device (nil when there is
	// none) and records durably what it returns, all in one transaction: of
	// two calls for one ticket, the second sees what the first has stored.
	// When decide fails, nothing is stored and its error returned. decide has
	// no side effects that matter and may be run again.
	Admit(ctx context.Context, t TicketID, d change.DeviceID, decide Decide) error
	// Device returns NotFound when the device never joined.
	Device(ctx context.Context, d change.DeviceID) (Device, error)
	// Place returns NotFound when the tree has no such unit.
	Place(ctx context.Context, unit change.UnitID) (Place, error)
	// Hubs lists the active devices of the units above, at most MaxHubs.
	Hubs(ctx context.Context, unit change.UnitID) ([]Hub, error)
}

// Decide is the rule Admit applies.
type Decide func(*Ticket, *Device) (Ticket, Device, error)

// admissionRule is the rule for tokens: one device each, before they expire, and
// no way around a revocation or into a second unit. The same device may use its
// token again, because an answer may be lost on the way.
func admissionRule(joiner Device, unit change.UnitID, now time.Time) Decide {
	return func(t *Ticket, known *Device) (Ticket, Device, error) {
		if err := checkTicket(t, known, joiner.ID, unit, now); err != nil {
			return Ticket{}, Device{}, err
		}
		used, device := *t, joiner
		used.UsedBy, device.Unit = joiner.ID, t.Unit
		if known != nil {
			device.Enrolled = known.Enrolled
		}
		return used, device, nil
	}
}

func checkTicket(t *Ticket, known *Device, joiner change.DeviceID, unit change.UnitID, now time.Time) error {
	denied := func(format string, args ...any) error {
		return fault.New(fault.Denied, format, args...).WithHint("ask the city's administrator for a new token")
	}
	switch {
	case t == nil:
		return denied("the token is not known here")
	case t.Unit != unit:
		return denied("the token is for another unit")
	case t.UsedBy != "" && t.UsedBy != joiner:
		return denied("the token was used before, by device %s", t.UsedBy)
	case t.expired(now):
		return denied("the token expired at %s, the city's clock says %s", formatTime(time.UnixMilli(t.Expires)), formatTime(now))
	case known != nil:
		return access.Enrol(known.party(), t.Unit)
	}
	return nil
}
