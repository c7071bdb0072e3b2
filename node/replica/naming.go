package replica

import (
	"context"
	"log/slog"
	"sync/atomic"

	"tongbu/internal/change"
	"tongbu/internal/members"
)

// naming adds to each line of the log that names a unit, or a device of one, what
// people call the unit: its division code and its name.
type naming struct {
	slog.Handler
	by *atomic.Pointer[members.Members] // nil until they are open
}

// named returns the logger with units named, and where to put the members.
func named(log *slog.Logger) (*slog.Logger, *atomic.Pointer[members.Members]) {
	by := &atomic.Pointer[members.Members]{}
	return slog.New(naming{log.Handler(), by}), by
}

// Handle implements slog.Handler.
func (n naming) Handle(ctx context.Context, r slog.Record) error {
	m := n.by.Load()
	if m == nil {
		return n.Handler.Handle(ctx, r)
	}
	unit := change.UnitID("")
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "unit":
			unit = change.UnitID(a.Value.String())
			return false
		case "device", "from":
			if d, ok := m.Device(change.DeviceID(a.Value.String())); ok {
				unit = d.Unit
			}
		}
		return true
	})
	if name := m.Name(unit); unit != "" && name != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("code", m.Code(unit)), slog.String("name", name))
	}
	return n.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (n naming) WithAttrs(attrs []slog.Attr) slog.Handler {
	return naming{n.Handler.WithAttrs(attrs), n.by}
}

// WithGroup implements slog.Handler.
func (n naming) WithGroup(name string) slog.Handler { return naming{n.Handler.WithGroup(name), n.by} }
