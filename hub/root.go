package hub

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"tongbu/hub/reconcile"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/tree"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// ticketTable is id -> ticket in JSON, in the root's journal file.
const ticketTable = "root.tickets"

// Admission is the root's registry of tokens and devices. A device is a
// record of the city, in its stream to the device's unit, so every hub on the
// way down knows it.
type Admission struct{ *replica.Replica }

var _ identity.Registry = Admission{}

// PutTicket implements identity.Registry.
func (a Admission) PutTicket(ctx context.Context, t identity.Ticket) error {
	return a.Streams.Write(ctx, func(w *streams.Writer) error { return putTicket(w.Tx, t) })
}

func putTicket(tx *journal.Tx, t identity.Ticket) error {
	raw, err := json.Marshal(t)
	if err != nil {
		return fault.As(fault.Internal, "write a ticket", err)
	}
	return tx.Table(ticketTable).Put(t.ID[:], raw)
}

func getTicket(tx *journal.Tx, id identity.TicketID) (*identity.Ticket, error) {
	raw, err := tx.Table(ticketTable).Get(id[:])
	if err != nil || raw == nil {
		return nil, err
	}
	var t identity.Ticket
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, fault.As(fault.Damaged, "read a ticket", err)
	}
	return &t, nil
}

// Admit implements identity.Registry.
func (a Admission) Admit(ctx context.Context, id identity.TicketID, d change.DeviceID, decide identity.Decide) error {
	return a.Streams.Write(ctx, func(w *streams.Writer) error {
		ticket, err := getTicket(w.Tx, id)
		if err != nil {
			return err
		}
		known, err := a.device(w.Tx, d)
		if err != nil {
			return err
		}
		t, device, err := decide(ticket, known)
		if err != nil {
			return err
		}
		if err := putTicket(w.Tx, t); err != nil {
			return err
		}
		return a.putDevice(w, device)
	})
}

// Device implements identity.Registry.
func (a Admission) Device(_ context.Context, d change.DeviceID) (identity.Device, error) {
	var found *identity.Device
	err := a.Journal.View(func(tx *journal.Tx) (err error) {
		found, err = a.device(tx, d)
		return err
	})
	switch {
	case err != nil:
		return identity.Device{}, err
	case found == nil:
		return identity.Device{}, fault.New(fault.NotFound, "device %s never joined", d)
	}
	return *found, nil
}

// Place implements identity.Registry.
func (a Admission) Place(_ context.Context, unit change.UnitID) (identity.Place, error) {
	t := a.Members.Tree()
	if t == nil {
		return identity.Place{}, fault.New(fault.NotFound, "the tree has no units yet")
	}
	u, ok := t.Unit(unit)
	if !ok {
		return identity.Place{}, fault.New(fault.NotFound, "no unit %s in the tree", unit)
	}
	place := identity.Place{Level: int(u.Level), RootUnit: t.Root().ID, Parents: []identity.Parent{}}
	hubs := a.Members.Devices()
	for _, up := range t.Ancestors(unit) {
		place.Parents = append(place.Parents, hubOf(hubs, up))
	}
	return place, nil
}

// hubOf names the hub of a unit that was enrolled last; its addresses are
// empty while the unit has none.
func hubOf(devices []members.Device, unit change.UnitID) identity.Parent {
	p, latest := identity.Parent{Unit: unit}, int64(-1)
	for _, d := range devices {
		if d.Unit == unit && d.State == members.Active && d.Address != "" && d.Enrolled > latest {
			p.Address, p.Web, p.Door, latest = d.Address, d.Web, d.Door, d.Enrolled
		}
	}
	return p
}

func (a Admission) device(tx *journal.Tx, d change.DeviceID) (*identity.Device, error) {
	r, err := a.Records.Get(tx, members.DeviceKind, change.RecordID(d))
	if err != nil || r == nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(r.Value("key").Text())
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fault.New(fault.Damaged, "the key of device %s cannot be read", d)
	}
	return &identity.Device{ID: d, Unit: change.UnitID(r.Value("unit").Text()), Key: key, Address: r.Value("address").Text(),
		Web: r.Value("web").Text(), Door: r.Value("door").Text(), Name: r.Value("name").Text(), Enrolled: r.Value("enrolled").Int(),
		Revoked: r.Value("state").Text() == members.Revoked}, nil
}

func (a Admission) putDevice(w *streams.Writer, d identity.Device) error {
	t := a.Members.Tree()
	u, ok := t.Unit(d.Unit)
	if !ok {
		return fault.New(fault.NotFound, "no unit %s in the tree", d.Unit)
	}
	fields := map[string]change.Value{
		"unit": change.Text(string(d.Unit)), "key": change.Text(base64.StdEncoding.EncodeToString(d.Key)), "role": change.Int(int64(u.Level)),
		"address": change.Text(d.Address), "web": change.Text(d.Web), "name": change.Text(d.Name),
		"state": change.Text(members.Active), "enrolled": change.Int(d.Enrolled),
	}
	if d.Door != "" {
		fields["door"] = change.Text(d.Door)
	}
	return a.write(w, d.Unit, members.DeviceKind, change.RecordID(d.ID), fields)
}

func (a Admission) write(w *streams.Writer, audience change.UnitID, kind string, id change.RecordID, fields map[string]change.Value) error {
	own, err := w.Own(audience)
	if err != nil {
		return err
	}
	if _, err = a.Records.Put(w.Tx, own, a.Replica.Place.Unit, records.Edit{Kind: kind, ID: id, Fields: fields, Actor: "city", At: a.Now().UnixMilli()}); err != nil {
		return err
	}
	return members.Touch(w.Tx, kind)
}

// PutUnits writes the tree into the city's stream to all, parents first.
func (a Admission) PutUnits(ctx context.Context, units []tree.Unit) error {
	return a.Streams.Write(ctx, func(w *streams.Writer) error {
		for _, u := range units {
			fields := map[string]change.Value{"code": change.Text(u.Code), "name": change.Text(u.Name), "level": change.Int(int64(u.Level)), "unit": change.Text(string(u.ID))}
			if u.Parent != "" {
				fields["parent"] = change.Text(string(u.Parent))
			}
			if err := a.write(w, units[0].ID, members.UnitKind, change.RecordID(u.ID), fields); err != nil {
				return err
			}
		}
		return nil
	})
}

// TokenRequest asks the root for a token.
type TokenRequest struct {
	Unit string        `json:"unit"` // division code or unit id
	TTL  time.Duration `json:"ttl"`  // nanoseconds; 0: three days
}

func (h *Hub) token(r *http.Request) (any, error) {
	var req TokenRequest
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 4<<10)).Decode(&req); err != nil {
		return nil, fault.As(fault.Invalid, "read the request", err)
	}
	unit, err := h.UnitOf(req.Unit)
	if err != nil {
		return nil, err
	}
	t, err := h.root.Invite(r.Context(), unit, req.TTL)
	if err != nil {
		return nil, err
	}
	return map[string]string{"token": t.Text()}, nil
}

// revoke ends a device's rights: a record of the city's, which reaches every
// hub on the device's path and ends its links there.
func (h *Hub) revoke(r *http.Request) (any, error) {
	id := change.DeviceID(r.PathValue("device"))
	known, err := Admission{h.Replica}.Device(r.Context(), id)
	switch {
	case err != nil:
		return nil, err
	case id == h.Keys.Device():
		return nil, fault.New(fault.Invalid, "the city does not revoke itself")
	}
	err = h.Streams.Write(r.Context(), func(w *streams.Writer) error {
		fields := map[string]change.Value{"state": change.Text(members.Revoked), "reason": change.Text(r.URL.Query().Get("reason"))}
		return Admission{h.Replica}.write(w, known.Unit, members.DeviceKind, change.RecordID(id), fields)
	})
	if err != nil {
		return nil, err
	}
	h.Log.Warn("device revoked", "device", string(id))
	d, _ := h.Members.Device(id)
	return d, nil
}

func (h *Hub) reconciler() *reconcile.Reconciler {
	return reconcile.New(reconcile.Config{Streams: h.Streams, Records: h.Records, Members: h.Members, Schema: h.Schema,
		Device: h.Keys.Device(), Now: h.Now, Log: h.Log, Dated: h.Dated})
}

// judged returns when the city has judged all that has arrived, so that the
// file which is carried back holds the receipts. While nobody serves, it
// judges here; while somebody does, it does not wait for ever: the receipts
// come with the next file.
func (h *Hub) judged(ctx context.Context) error {
	if !h.following.Load() {
		r := h.reconciler()
		for more := true; more; {
			var err error
			if more, err = r.Step(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		changed, settled := h.Journal.Changed(), false
		err := h.Journal.View(func(tx *journal.Tx) (err error) {
			settled, err = reconcile.Settled(tx)
			return err
		})
		if err != nil || settled {
			return err
		}
		select {
		case <-ctx.Done():
			return fault.Wrap("wait for the city's judgement", ctx.Err())
		case <-limit.C:
			return nil
		case <-changed:
		}
	}
}
