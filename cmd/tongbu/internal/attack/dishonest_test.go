package attack_test

import (
	"bytes"
	"slices"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/records"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/streams"
)

// dishonest rows: the hub between a community and the city is the attacker's.
// It has the identity of a street, and what a community gave it.
func (w *world) dishonest() map[string]func(*testing.T) {
	// relay opens the hub's link to the city with a community's certificate told.
	relay := func(t *testing.T, from *device) link.Conn {
		hub := &device{Keystore: w.mustDevice(t, kit.Street).Keystore}
		conn := hub.mustOpen(t, w.city)
		mustSend(t, conn, syncer.Author{Certificate: from.Proof()})
		return conn
	}
	return map[string]func(*testing.T){
		"changes a byte": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			b := d.mustSeals(t, 1)[0]
			for at := 1; at < len(b.Bytes()); at += max(1, len(b.Bytes())/12) {
				sealed := bytes.Clone(b.Bytes())
				sealed[at] ^= 1
				conn := relay(t, d)
				mustSend(t, conn, syncer.Batch{Sealed: sealed})
				wantNamed(t, conn, fault.Damaged, fault.Unsupported, fault.NotFound, fault.Invalid, fault.Denied)
			}
			if w.city.holds(d.own()) != 0 {
				t.Error("the city holds what was altered")
			}
			wantTaken(t, push(t, relay(t, d), b), b) // control: the true one
		},
		"drops the middle": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			all := d.mustSeals(t, 3)
			v := push(t, relay(t, d), all[0], all[2])
			a, ok := v.last().(syncer.Ack)
			if !ok || !a.Behind || a.Have[0].Stream != d.own() || a.Have[0].Mark != all[0].End() {
				t.Errorf("got %#v, %v, want the stream named, from its end at 1 on", v.last(), v.err)
			}
			if got := w.city.holds(d.own()); got != 1 {
				t.Errorf("the city holds %d, want 1", got)
			}
		},
		"reorders": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			all := d.mustSeals(t, 2)
			v := push(t, relay(t, d), all[1])
			if a, ok := v.last().(syncer.Ack); !ok || !a.Behind || a.Have[0].Stream != d.own() || a.Have[0].Mark.Seq != 0 {
				t.Errorf("got %#v, %v, want the stream named, from its beginning", v.last(), v.err)
			}
			wantTaken(t, push(t, relay(t, d), all...), all[1])
		},
		"replays": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			all := d.mustSeals(t, 2)
			wantTaken(t, push(t, relay(t, d), all...), all[1])
			v := push(t, relay(t, d), all[0], all[1], all[0], all[1])
			a, ok := v.last().(syncer.Ack)
			if !ok || a.Have[0].Mark != all[1].End() || w.city.holds(d.own()) != 2 {
				t.Errorf("got %#v, want it known up to 2", v.last())
			}
		},
		"shows two views": func(t *testing.T) { // two histories under one number, one to each side
			d := w.mustDevice(t, kit.First)
			shown := d.mustSeal(t, d.own(), change.Mark{}, "甲", 1)
			hidden := d.mustSeal(t, d.own(), change.Mark{}, "乙", 2)
			wantTaken(t, push(t, relay(t, d), shown), shown)
			v := push(t, relay(t, d), hidden)
			if f, ok := v.last().(syncer.Fork); !ok || f.Have.Stream != d.own() || f.Have.Mark != shown.End() {
				t.Errorf("got %#v, %v, want the fork named", v.last(), v.err)
			}
		},
		"forges a receipt": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			s := d.mustReplica(t)
			hub := w.street.Replica
			if err := s.Streams.Learn(t.Context(), hub.Keys.Proof()); err != nil {
				t.Fatal(err)
			}
			r, err := change.Receipt{City: hub.Keys.Device(), Stream: d.own(), Seq: 7, Hash: change.Hash{1}, Epoch: 1}.Sign(hub.Keys.Key())
			if err != nil {
				t.Fatal(err)
			}
			wantKind(t, s.Streams.StoreReceipt(t.Context(), r.Bytes()), fault.Denied)
			w.alterReceipt(t, d, s)
			conn := relay(t, d)
			mustSend(t, conn, syncer.Receipt{Signed: r.Bytes()})
			wantNamed(t, conn, fault.Denied, fault.NotFound) // of a device that is not the city's, or not known
		},
		"holds the tail": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			s, unit := d.mustReplica(t), d.Placement().Unit
			err := s.Streams.Write(t.Context(), func(c *streams.Writer) error {
				own, err := c.Own(unit)
				if err == nil {
					_, err = s.Records.Put(c.Tx, own, unit, records.Edit{Kind: "person", ID: "p-1", Fields: map[string]change.Value{"name": change.Text("甲")}, At: 1})
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Streams.Seal(t.Context(), d.own()); err != nil {
				t.Fatal(err)
			}
			e, _ := s.Streams.Entry(d.own())
			s.Streams.Acked(syncer.Have{Stream: e.Stream, Mark: e.Sealed}) // the hub's word, which goes no further
			st, err := operate.New(s, operate.Beyond{}).Status(t.Context(), false)
			if err != nil || st.Own.AtParent != st.Own.Head || st.Own.AtCity >= st.Own.Head {
				t.Errorf("got %+v, %v, want it at the hub and not at the city", st.Own, err)
			}
		},
	}
}

// alterReceipt: no altered copy of a true receipt is taken.
func (w *world) alterReceipt(t *testing.T, d *device, s *replica.Replica) {
	t.Helper()
	b := d.mustSeals(t, 1)[0]
	wantTaken(t, d.mustPush(t, w.street, b), b)
	var signed []byte
	await(t, "the city signs", func() bool {
		r, _, err := w.city.Replica.Streams.LoadReceipt(d.own())
		if err == nil && r != nil {
			signed = r.Bytes()
		}
		return signed != nil
	})
	if err := s.Streams.Learn(t.Context(), w.city.Replica.Keys.Proof()); err != nil {
		t.Fatal(err)
	}
	for at := range signed {
		altered := bytes.Clone(signed)
		altered[at] ^= 4
		if err := s.Streams.StoreReceipt(t.Context(), altered); err == nil {
			t.Errorf("a receipt altered at byte %d is taken", at)
		}
	}
	if err := s.Streams.StoreReceipt(t.Context(), signed); err != nil {
		t.Errorf("the true one: %v", err)
	}
}

// wantNamed: the city ends the link or refuses the stream, as one of the kinds.
func wantNamed(t *testing.T, conn link.Conn, want ...fault.Kind) {
	t.Helper()
	for {
		m, err := conn.Recv()
		if err != nil {
			wantKind(t, err, want...)
			return
		}
		if r, ok := m.(syncer.Refuse); ok {
			if !slices.Contains(want, r.Kind) {
				t.Errorf("refused as %v: %s", r.Kind, r.Reason)
			}
			return
		}
	}
}
