package kit

import (
	"crypto/ed25519"
	"testing"

	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/tree"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// Tiers are a city, a street and a node of the first community that know the tree.
type Tiers struct {
	*Town
	City, Street, Node *replica.Replica
}

// MustTiers opens them; the test closes them.
func MustTiers(tb testing.TB) *Tiers {
	tb.Helper()
	t := &Tiers{Town: MustTown(tb)}
	t.City = t.MustCity(tb)
	t.Street = t.MustReplica(tb, t.City, Street)
	t.Node = t.MustReplica(tb, t.City, First)
	return t
}

// Stream is the stream that a replica speaks to its own unit in.
func (t *Tiers) Stream(of *replica.Replica) change.Stream {
	return change.Stream{Device: of.Keys.Device(), Incarnation: 1, Audience: of.Place.Unit}
}

// MustRecord has the city sign that it has recorded all it holds of a replica's
// first stream.
func (t *Tiers) MustRecord(tb testing.TB, of *replica.Replica) {
	tb.Helper()
	e, ok := t.City.Streams.Entry(t.Stream(of))
	if !ok {
		tb.Fatal("the city has nothing of the stream")
	}
	err := t.City.Streams.Write(tb.Context(), func(w *streams.Writer) error { return w.Record(t.Stream(of), e.Sealed) })
	if err != nil {
		tb.Fatal(err)
	}
}

// MustReceipt stores at a replica a receipt that the city's key signs, whatever
// it says.
func (t *Tiers) MustReceipt(tb testing.TB, at *replica.Replica, r change.Receipt) {
	tb.Helper()
	if err := at.Streams.Learn(tb.Context(), t.City.Keys.Certificate().Raw); err != nil {
		tb.Fatal(err)
	}
	signed := must(r.Sign(t.City.Keys.Key()))(tb)
	if err := at.Streams.StoreReceipt(tb.Context(), signed.Bytes()); err != nil {
		tb.Fatal(err)
	}
}

// MustAdmit has the city say that a replica is a device of its unit.
func (t *Tiers) MustAdmit(tb testing.TB, of *replica.Replica) {
	tb.Helper()
	key, ok := of.Keys.Key().Public().(ed25519.PublicKey)
	if !ok {
		tb.Fatal("its key is of another sort")
	}
	MustAdmit(tb, t.City, identity.Device{ID: of.Keys.Device(), Unit: of.Place.Unit, Key: key, Enrolled: t.Clock.Now().UnixMilli()})
}

// MustRefuse has the city refuse a replica's first change, of the record.
func (t *Tiers) MustRefuse(tb testing.TB, of *replica.Replica, kind string, id change.RecordID) {
	tb.Helper()
	fields := map[string]change.Value{"stream": change.Text(t.Stream(of).String()), "seq": change.Int(1), "count": change.Int(1), "kind": change.Text(kind),
		"record": change.Text(string(id)), "rule": change.Text("made_up"), "unit": change.Text(string(of.Place.Unit))}
	err := t.City.Streams.Write(tb.Context(), func(w *streams.Writer) error {
		own, err := w.Own(of.Place.Unit)
		if err == nil {
			_, err = t.City.Records.Put(w.Tx, own, t.City.Place.Unit, records.Edit{Kind: system.RefusalKind, ID: system.WordID(t.Stream(of), 1), Fields: fields})
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// Acknowledge tells a replica that its parent has all it sealed.
func Acknowledge(s *replica.Replica) {
	entries, _ := s.Streams.Entries()
	for _, e := range entries {
		s.Streams.Acked(syncer.Have{Stream: e.Stream, Mark: e.Sealed})
	}
}

// MustAdmit makes a device known to the city.
func MustAdmit(tb testing.TB, city *replica.Replica, d identity.Device) {
	tb.Helper()
	a, ticket := root.NewAdmission(city), identity.TicketID{1}
	if err := a.PutTicket(tb.Context(), identity.Ticket{ID: ticket, Unit: d.Unit, Expires: 1 << 50}); err != nil {
		tb.Fatal(err)
	}
	err := a.Admit(tb.Context(), ticket, d.ID, func(t *identity.Ticket, _ *identity.Device) (identity.Ticket, identity.Device, error) {
		return *t, d, nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// MustDevice makes a device of the unit up, by number, and admits it.
func MustDevice(tb testing.TB, city *replica.Replica, n byte, unit tree.Unit, enrolled int64) identity.Device {
	tb.Helper()
	key := make([]byte, 32)
	key[0] = n
	d := identity.Device{ID: change.DeviceOf(key), Unit: unit.ID, Key: key, Address: "127.0.0.1:1", Name: "made up", Enrolled: enrolled}
	MustAdmit(tb, city, d)
	return d
}

// MustPublish has a city publish formats for the network.
func MustPublish(tb testing.TB, city *replica.Replica, formats system.Formats) {
	tb.Helper()
	err := city.Streams.Write(tb.Context(), func(w *streams.Writer) error {
		own, err := w.Own(city.Place.Unit)
		if err == nil {
			fields := system.Network{Formats: formats, Publication: 1}.Fields()
			_, err = city.Records.Put(w.Tx, own, city.Place.Unit, records.Edit{Kind: system.NetworkKind, ID: system.NetworkID, Fields: fields, Actor: "city"})
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}
