package network

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/today"
	"tongbu/syncer/streams"
)

// Order asks for versions of formats to be published, or a time zone.
type Order struct {
	Zone    string            `json:"zone,omitempty"` // by its name in the time zone database; "": the one that is
	Formats map[string]uint64 `json:"formats"`        // by the names of system.FormatNames
	Force   bool              `json:"force"`          // also when not every active device has said that it reads them
}

// Publish publishes versions of formats, and returns how it stands then. It returns
// Invalid for a format that there is not and for a version below what is published or
// above what this program reads; Denied when a device in use
// does not read it.
func (k *Keeper) Publish(ctx context.Context, o Order) (Survey, error) {
	s, err := k.Survey(ctx)
	if err != nil {
		return s, err
	}
	want := s.Published
	for name, version := range o.Formats {
		if err := check(s, name, version); err != nil {
			return s, err
		}
		want = want.With(name, version)
	}
	if len(o.Formats) > 0 && !s.Read.Reads(want) && !o.Force {
		return s, s.unread(want)
	}
	if o.Zone != "" {
		if _, err := today.Zone(o.Zone); err != nil {
			return s, err
		}
	}
	if err := k.write(ctx, want, o.Zone); err != nil {
		return s, err
	}
	return k.Survey(ctx)
}

func check(s Survey, name string, version uint64) error {
	switch now := s.Published.Version(name); {
	case now == 0:
		return fault.New(fault.Invalid, "no such format: %q", name).WithHint("formats: %s", strings.Join(system.FormatNames, ", "))
	case version < now:
		return fault.New(fault.Invalid, "%s %d is below what is published: %d", name, version, now)
	case version > s.Readable.Version(name):
		return fault.New(fault.Invalid, "this program does not read %s %d", name, version).WithHint("upgrade the city first")
	}
	return nil
}

// unread says which devices do not read the formats; it names a few.
func (s Survey) unread(want system.Formats) error {
	const named = 3
	var who []string
	for _, d := range s.Devices {
		if !d.Reads.Reads(want) {
			who = append(who, d.Unit+" device "+string(d.ID))
		}
	}
	n := len(who)
	return fault.New(fault.Denied, "%d devices have not said that they read it, among them %s", n, strings.Join(who[:min(n, named)], ", ")).
		WithHint("upgrade or revoke them, or say --force: they will not read what is written then")
}

// Look publishes what every active device reads, where that is more than is
// published and no device has joined lately. It returns what the view and the
// journal do.
func (k *Keeper) Look(ctx context.Context) error {
	if !k.isCalm() {
		return nil
	}
	s, err := k.Survey(ctx)
	if err != nil {
		return err
	}
	return k.write(ctx, s.Read, "")
}

// isCalm reports whether no device has joined lately. One that joined while the
// clock was more than a day ahead did not do so lately.
func (k *Keeper) isCalm() bool {
	now := k.cfg.Now()
	since, until := now.Add(-calm).UnixMilli(), now.Add(calm).UnixMilli()
	return !slices.ContainsFunc(k.cfg.Members.Devices(), func(d members.Device) bool {
		return d.State == system.Active && d.Enrolled > since && d.Enrolled <= until
	})
}

// write publishes formats, and a time zone when one is named; what is published
// already is not published again, nor a format taken back.
func (k *Keeper) write(ctx context.Context, want system.Formats, zone string) error {
	var published *system.Network
	err := k.cfg.Streams.Write(ctx, func(w *streams.Writer) error {
		said, err := k.cfg.Records.Get(w.Tx, system.NetworkKind, system.NetworkID)
		now := system.NetworkFrom(said)
		next := system.Network{Formats: now.Raised(want), Publication: now.Publication + 1, Zone: cmp.Or(zone, now.Zone)}
		if published = nil; err != nil || next.Formats == now.Formats && next.Zone == now.Zone {
			return err
		}
		published = &next
		return k.put(w, next.Fields())
	})
	if err == nil && published != nil {
		k.cfg.Log.Info("formats published", "publication", published.Publication, "batch", published.Batch, "receipts", published.Receipts, "words", published.Words, "zone", published.Zone)
		if k.cfg.Published != nil {
			k.cfg.Published()
		}
	}
	return fault.Wrap("publish formats", err)
}

func (k *Keeper) put(w *streams.Writer, fields map[string]change.Value) error {
	unit := k.cfg.Members.Unit().ID
	own, err := w.Own(unit)
	if err != nil {
		return err
	}
	edit := records.Edit{Kind: system.NetworkKind, ID: system.NetworkID, Fields: fields, Actor: "city", At: k.cfg.Now().UnixMilli()}
	_, err = k.cfg.Records.Put(w.Tx, own, unit, edit)
	return err
}
