package attack_test

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"tongbu/hub"
	"tongbu/internal/change"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/records"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/streams"
)

// invented is a name that nobody was admitted under.
func invented(n int) change.DeviceID {
	sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte("invented"), uint32(n)))
	return change.DeviceOf(sum[:])
}

// tell is what a hub tells of one device.
func tell(p syncer.Peer, heard int64, heads ...syncer.Head) syncer.DeviceReach {
	return syncer.DeviceReach{Peer: p, Heard: heard, Heads: heads}
}

// contacts rows: a hub below reports of devices that do not exist, and untruths of
// those that do.
func (w *world) contacts() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"invented devices": func(t *testing.T) {
			before := w.mustCoverage(t)
			kept := len(w.city.Replica.Contact.All())
			bad := w.mustDevice(t, kit.Street)
			var ghosts []syncer.DeviceReach
			for n := range 2000 {
				p := syncer.Peer{Unit: kit.First.ID, Device: invented(n)}
				ghosts = append(ghosts, tell(p, 0, syncer.Head{Stream: change.Stream{Device: p.Device, Incarnation: 1, Audience: kit.First.ID}, Seq: 1000}))
			}
			conn := bad.mustOpen(t, w.city)
			mustSend(t, conn, syncer.Reach{Devices: ghosts, Now: time.Now().UnixMilli()})
			mustSettle(t, conn, bad)
			if got := len(w.city.Replica.Contact.All()) - kept; got > 1 {
				t.Errorf("%d devices are kept that nobody admitted", got-1)
			}
			w.wantUnmoved(t, before, 0)
			w.revoke(t, bad.Device())
			await(t, "the city has revoked it", func() bool { return w.city.Replica.Members.Banned(bad.Device()) })
			w.wantUnmoved(t, before, 0)
		},
		"untruths of true devices": func(t *testing.T) {
			victim := w.mustDevice(t, kit.First)
			b := victim.mustSeals(t, 1)[0]
			wantTaken(t, victim.mustPush(t, w.street, b), b)
			await(t, "the city has heard of it", func() bool { return w.city.hears(victim.Device()) && w.city.holds(victim.own()) == 1 })
			before := w.mustCoverage(t)
			bad := w.mustDevice(t, kit.Street)
			theirs, far := victim.hello().Peer, w.street.Replica.Self()
			beyond := syncer.Head{Stream: victim.own(), Seq: 1 << 61}
			foreign := syncer.Head{Stream: change.Stream{Device: far.Device, Incarnation: 1, Audience: kit.First.ID}, Seq: 900}
			astray := syncer.Head{Stream: victim.to(kit.City.ID), Seq: 900}
			moved := tell(syncer.Peer{Unit: kit.Second.ID, Device: victim.Device()}, 0, beyond)
			conn := bad.mustOpen(t, w.city)
			mustSend(t, conn, syncer.Reach{Devices: []syncer.DeviceReach{tell(theirs, 0, beyond, foreign, astray)}},
				syncer.Reach{Devices: []syncer.DeviceReach{tell(theirs, math.MinInt64, beyond)}}, syncer.Reach{Devices: []syncer.DeviceReach{moved}})
			mustSettle(t, conn, bad)
			w.wantUnmoved(t, before, 0)
			for _, d := range w.city.Replica.Contact.All() {
				if d.Peer.Device == victim.Device() && d.Peer.Unit != kit.First.ID {
					t.Errorf("the device stands in unit %s", d.Peer.Unit)
				}
			}
		},
		"what a revoked hub said": func(t *testing.T) {
			victim := w.mustDevice(t, kit.First)
			b := victim.mustSeals(t, 1)[0]
			wantTaken(t, victim.mustPush(t, w.street, b), b)
			await(t, "the city has it", func() bool { return w.city.hears(victim.Device()) && w.city.holds(victim.own()) == 1 })
			before := w.mustCoverage(t)
			bad := w.mustDevice(t, kit.Street)
			conn := bad.mustOpen(t, w.city)
			mustSend(t, conn, syncer.Reach{Devices: []syncer.DeviceReach{tell(victim.hello().Peer, 0, syncer.Head{Stream: victim.own(), Seq: 5000})}})
			mustSettle(t, conn, bad)
			w.wantUnmoved(t, before, 4999) // it may be true: so it counts until it is known who said it
			w.revoke(t, bad.Device())
			await(t, "the city forgets it", func() bool { return w.mustCoverage(t).Pending <= before.Pending })
			w.wantUnmoved(t, before, 0)
		},
		"a colleague": func(t *testing.T) { // a computer tells of itself, of no other of its unit
			victim, bad := w.mustDevice(t, kit.Second), w.mustDevice(t, kit.Second)
			b := victim.mustSeals(t, 1)[0]
			wantTaken(t, victim.mustPush(t, w.street, b), b)
			before := w.mustCoverage(t)
			conn := bad.mustOpen(t, w.city)
			mustSend(t, conn, syncer.Reach{Devices: []syncer.DeviceReach{tell(victim.hello().Peer, 0, syncer.Head{Stream: victim.own(), Seq: 5000})}})
			mustSettle(t, conn, bad)
			w.wantUnmoved(t, before, 0)
		},
	}
}

func (s *site) hears(d change.DeviceID) bool {
	for _, r := range s.Replica.Contact.All() {
		if r.Peer.Device == d {
			return true
		}
	}
	return false
}

// mustSettle waits until the hub has handled what was sent before.
func mustSettle(t *testing.T, conn link.Conn, d *device) {
	t.Helper()
	b := d.mustSeal(t, d.own(), change.Mark{}, "丁", time.Now().UnixMilli())
	wantTaken(t, push(t, conn, b), b)
}

func (w *world) mustCoverage(t *testing.T) question.Coverage {
	t.Helper()
	var a question.Answer
	if err := w.city.ask(http.MethodPost, "/query", question.Question{Kind: "person", PageSize: 1}, &a); err != nil {
		t.Fatal(err)
	}
	return a.Coverage
}

// wantUnmoved: the city's answers say no older date than before, and no more on
// its way than may be.
func (w *world) wantUnmoved(t *testing.T, before question.Coverage, more uint64) {
	t.Helper()
	now := w.mustCoverage(t)
	if now.AsOf.Before(before.AsOf.Add(-time.Minute)) {
		t.Errorf("as of %v, want not before %v", now.AsOf, before.AsOf)
	}
	for _, s := range now.Silent {
		if s.Since.Before(time.Now().Add(-time.Hour)) {
			t.Errorf("%s is silent since %v", s.Unit, s.Since)
		}
	}
	if now.Pending > before.Pending+more+10 {
		t.Errorf("%d are on their way, want no more than %d", now.Pending, before.Pending+more)
	}
}

// amounts rows: a device names or writes more than there can be.
func (w *world) amounts() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"batches that unpack to very much": func(t *testing.T) {
			w := mustWorld(t) // of its own: what it leaves is in the way of those who list persons
			d := w.mustDevice(t, kit.First)
			conn := d.mustOpen(t, w.street)
			begin, sent, end := [2]kept{w.street.kept(t), w.city.kept(t)}, int64(0), change.Mark{}
			for n := range 30 {
				b := d.mustBomb(t, end, n)
				wantTaken(t, push(t, conn, b), b)
				sent, end = sent+int64(len(b.Bytes())), b.End()
			}
			await(t, "the city has them", func() bool { return w.city.holds(d.own()) == end.Seq })
			for i, at := range []*site{w.street, w.city} {
				if got := at.kept(t).files - begin[i].files; got > 10<<20 { // 300 rows, and what files grow by
					t.Errorf("a tier of two keeps %d bytes of %d that were sent", got, sent)
				}
			}
		},
		"marks without end": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			conn, _, err := d.mustDial(t, w.street).Sync(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(nil)
			mustSend(t, conn, d.hello())
			const most = 300_000 // of a link that needs a few dozen
			for n := 0; n < most; n += 2000 {
				if conn.Send(syncer.Marks{Have: w.inventedMarks(n, 2000)}) != nil {
					break
				}
			}
			_ = conn.Send(syncer.Marks{Last: true}) // if the link has not ended
			_ = conn.Send(syncer.Batch{Sealed: d.mustSeals(t, 1)[0].Bytes()})
			for {
				m, err := conn.Recv()
				if err != nil {
					wantKind(t, err, fault.Exhausted)
					return
				}
				if settles(m, d.own(), 1) {
					t.Fatalf("%d marks of streams that do not exist were taken", most)
				}
			}
		},
		"streams without end": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			const most = 300 // own unit, in more incarnations than a device ever needs
			conn, kept := d.mustOpen(t, w.street), 0
			for n := range most {
				in := d.own()
				in.Incarnation = uint32(n + 1)
				v := push(t, conn, d.mustSeal(t, in, change.Mark{}, "甲", 1))
				if v.err != nil {
					t.Fatal(v.err)
				}
				if r, ok := v.last().(syncer.Refuse); ok && r.Kind != fault.Exhausted {
					t.Fatalf("refused as %v: %s", r.Kind, r.Reason)
				} else if !ok {
					kept++
				}
			}
			if kept >= most || kept < 100 {
				t.Errorf("%d streams of one device were taken", kept)
			}
		},
	}
}

func (w *world) inventedMarks(from, count int) []syncer.Have {
	have := make([]syncer.Have, count)
	for i := range have {
		in := change.Stream{Device: invented(from + i), Incarnation: 1, Audience: kit.First.ID}
		have[i] = syncer.Have{Stream: in, Mark: change.Mark{Seq: 9, Hash: change.Hash{1}}}
	}
	return have
}

// tops rows: numbers of the wire at the end of their range.
func (w *world) tops() map[string]func(*testing.T) {
	rows := map[string]func(*testing.T){}
	for name, top := range map[string]uint32{"the last incarnation": math.MaxUint32, "the last but one": math.MaxUint32 - 1, "the last that is taken": syncer.MaxIncarnation} {
		rows[name] = func(t *testing.T) { w.tryIncarnation(t, top) }
	}
	return rows
}

// tryIncarnation: a copy of a computer's directory writes in an incarnation, and
// the computer works on.
func (w *world) tryIncarnation(t *testing.T, top uint32) {
	d := w.mustDevice(t, kit.First)
	in := d.own()
	in.Incarnation = top
	b := d.mustSeal(t, in, change.Mark{}, "甲", 1)
	d.mustPush(t, w.street, b)
	if _, err := w.street.Replica.Streams.Append(t.Context(), streams.Sender{Peer: d.hello().Peer}, [][]byte{b.Bytes()}); err != nil {
		t.Fatal(err)
	}
	s := d.mustReplica(t)
	from := streams.Sender{Peer: w.street.Replica.Self(), Parent: true}
	if err := s.Streams.Learn(t.Context(), w.street.Replica.Keys.Proof()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Streams.Append(t.Context(), from, [][]byte{b.Bytes()}); err != nil { // a hub that keeps no rule
		t.Fatal(err)
	}
	for n := range 3 {
		unit := d.Placement().Unit
		err := s.Streams.Write(t.Context(), func(c *streams.Writer) error {
			own, err := c.Own(unit)
			if err == nil {
				_, err = s.Records.Put(c.Tx, own, unit, records.Edit{Kind: "person", ID: change.RecordID("p-" + string(rune('a'+n))), Fields: map[string]change.Value{"name": change.Text("甲")}, At: 1})
			}
			return err
		})
		if err != nil {
			t.Fatalf("a save: %v", err)
		}
	}
	st, err := operate.New(s, operate.Beyond{}).Status(t.Context(), false)
	if err != nil || st.Incarnation == 0 || st.Incarnation > syncer.MaxIncarnation || st.Own.Head < 3 {
		t.Errorf("got %+v, %v, want an incarnation that can be written in", st, err)
	}
	if held, ok := s.Streams.Entry(in); ok && held.Sealed.Seq > 0 && st.Copied == "" {
		t.Error("nothing is said of the copy")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	node := w.mustServe(t, d.dir, config.Config{Keys: program.Keys(), Heartbeat: 200 * time.Millisecond}, hub.Listeners{})
	own := change.Stream{Device: d.Device(), Incarnation: st.Incarnation, Audience: d.Placement().Unit}
	await(t, "the city has what was saved", func() bool { return w.city.holds(own) >= 3 })
	node.stop()
}

// mustBomb seals ten persons of 48 kB, of some hundred bytes together on the line:
// texts of a field that has a limit, and of one that no schema has.
func (d *device) mustBomb(t testing.TB, after change.Mark, round int) *change.Batch {
	t.Helper()
	var raws [][]byte
	for n := range 10 {
		c := &change.Change{Kind: "person", Record: change.NewRecordID(d.Placement().Unit, [16]byte{byte(round), byte(n), 9}), Actor: "clerk", At: 1, Fields: change.FieldsOf(map[string]change.Value{
			"name": change.Text("甲"), "x.a": change.Text(strings.Repeat("a", 16_000)), "x.b": change.Text(strings.Repeat("b", 16_000)), "phone": change.Text(strings.Repeat("1", 16_000))})}
		raw, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		raws = append(raws, raw)
	}
	b, err := change.Seal(change.BatchRows, d.Key(), d.own(), after, raws, 1)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
