package attack_test

import (
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/streams"
)

// verdict is what a hub answers to batches: the messages about streams, up to
// the one that settles the last batch.
type verdict struct {
	heard []syncer.Message
	err   error // how the link ended, when it did
}

// settles reports whether a message is the hub's word on a stream.
func settles(m syncer.Message, in change.Stream, seq uint64) bool {
	switch x := m.(type) {
	case syncer.Refuse:
		return x.Stream == in
	case syncer.Fork:
		return x.Have.Stream == in
	case syncer.Ack:
		for _, h := range x.Have {
			if h.Stream == in && (x.Behind || h.Mark.Seq >= seq) {
				return true
			}
		}
	}
	return false
}

// mustOpen opens a link as the device, up to where batches may follow.
func (d *device) mustOpen(t testing.TB, s *site) link.Conn {
	t.Helper()
	conn, _, err := d.mustDial(t, s).Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(nil) })
	mustSend(t, conn, d.hello(), syncer.Marks{Last: true}, syncer.Author{Certificate: d.Proof()})
	return conn
}

func mustSend(t testing.TB, conn link.Conn, all ...syncer.Message) {
	t.Helper()
	for _, m := range all {
		if err := conn.Send(m); err != nil {
			t.Fatal(err)
		}
	}
}

// mustPush brings batches to a hub over a link of its own.
func (d *device) mustPush(t testing.TB, s *site, batches ...*change.Batch) verdict {
	t.Helper()
	return push(t, d.mustOpen(t, s), batches...)
}

// push brings batches over an open link and waits for the word on the last.
func push(t testing.TB, conn link.Conn, batches ...*change.Batch) (v verdict) {
	t.Helper()
	for _, b := range batches {
		mustSend(t, conn, syncer.Batch{Sealed: b.Bytes()})
	}
	last := batches[len(batches)-1]
	for {
		m, err := conn.Recv()
		if err != nil {
			v.err = err
			return v
		}
		v.heard = append(v.heard, m)
		if settles(m, last.Stream, last.Last()) {
			return v
		}
	}
}

// mustTalk says messages on a new link and returns what it hears until the
// link ends.
func (d *device) mustTalk(t testing.TB, s *site, all ...syncer.Message) (heard []syncer.Message, err error) {
	t.Helper()
	conn, _, err := d.mustDial(t, s).Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(nil)
	mustSend(t, conn, all...)
	for {
		m, err := conn.Recv()
		if err != nil {
			return heard, err
		}
		heard = append(heard, m)
	}
}

func (v verdict) last() syncer.Message {
	if len(v.heard) == 0 {
		return nil
	}
	return v.heard[len(v.heard)-1]
}

// wantRefused: the hub refuses the stream alone, or ends the link, for the
// reason of a kind.
func wantRefused(t testing.TB, v verdict, want fault.Kind) {
	t.Helper()
	if r, ok := v.last().(syncer.Refuse); ok && r.Kind == want {
		return
	}
	if v.err != nil && fault.Of(v.err) == want {
		return
	}
	t.Errorf("got %#v, %v, want a refusal as %v", v.last(), v.err, want)
}

// wantTaken: the hub has the stream that far on its disk.
func wantTaken(t testing.TB, v verdict, b *change.Batch) {
	t.Helper()
	if a, ok := v.last().(syncer.Ack); !ok || a.Behind {
		t.Errorf("got %#v, %v, want %s taken", v.last(), v.err, b.Stream)
	}
}

// mustReplica opens the device's directory; the test's end closes it.
func (d *device) mustReplica(t testing.TB) *replica.Replica {
	t.Helper()
	return mustReplica(t, d.dir)
}

func (s *site) holds(in change.Stream) uint64 {
	e, _ := s.Replica.Streams.Entry(in)
	return e.Sealed.Seq
}

func (w *world) endings() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"revoked": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			batches, conn := d.mustSeals(t, 2), d.mustOpen(t, w.street)
			wantTaken(t, push(t, conn, batches[0]), batches[0])
			w.revoke(t, d.Device())
			await(t, "the revocation reaches the street", func() bool { return w.street.Replica.Members.Banned(d.Device()) })
			v := pushOn(t, conn, batches[1])
			wantRefused(t, v, fault.Denied)
			if got := w.street.holds(d.own()); got != 1 {
				t.Errorf("the hub holds %d, want 1", got)
			}
		},
		"revoked one second before": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			batches := d.mustSeals(t, 2)
			wantTaken(t, d.mustPush(t, w.street, batches[0]), batches[0])
			w.revoke(t, d.Device())
			await(t, "the revocation reaches the street", func() bool { return w.street.Replica.Members.Banned(d.Device()) })
			late := streams.Sender{Peer: d.hello().Peer, Until: d.Certificate().NotAfter}
			for _, at := range []*site{w.street, w.city} {
				got, err := at.Replica.Streams.Append(t.Context(), late, [][]byte{batches[1].Bytes()})
				if err != nil || got[0].Outcome != syncer.Refused || got[0].Fault != fault.Denied {
					t.Errorf("got %+v, %v, want it denied", got, err)
				}
			}
			await(t, "what the hub had taken before goes on to the city", func() bool { return w.city.holds(d.own()) == 1 })
		},
		"expired": func(t *testing.T) {
			end := time.Now().Add(2 * time.Second).Truncate(time.Second).Add(time.Second)
			conn := w.mustShortLived(t, end).mustOpen(t, w.city)
			defer beat(conn)()
			for {
				if _, err := conn.Recv(); err != nil {
					wantKind(t, err, fault.Denied)
					break
				}
			}
			if time.Now().Before(end) {
				t.Error("the link ended before the certificate did")
			}
		},
		"expired, by the batch": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			b := d.mustSeals(t, 1)[0]
			if err := w.city.Replica.Streams.Learn(t.Context(), d.Proof()); err != nil {
				t.Fatal(err)
			}
			for until, want := range map[time.Time]syncer.Outcome{time.Now().Add(-time.Second): syncer.Refused, time.Now().Add(time.Hour): syncer.Kept} {
				got, err := w.city.Replica.Streams.Append(t.Context(), streams.Sender{Peer: d.hello().Peer, Until: until}, [][]byte{b.Bytes()})
				if err != nil || got[0].Outcome != want {
					t.Errorf("until %v: got %+v, %v, want outcome %d", until, got, err, want)
				}
			}
		},
		"not below any more": func(t *testing.T) {
			d := w.mustDevice(t, kit.FarAway) // as if its community had been moved away from the street
			b := d.mustSeals(t, 1)[0]
			if err := w.street.Replica.Streams.Learn(t.Context(), d.Proof()); err != nil {
				t.Fatal(err)
			}
			got, err := w.street.Replica.Streams.Append(t.Context(), streams.Sender{Peer: d.hello().Peer}, [][]byte{b.Bytes()})
			if err != nil || got[0].Outcome != syncer.Refused || got[0].Fault != fault.Denied {
				t.Errorf("got %+v, %v, want it denied", got, err)
			}
		},
	}
}

// pushOn is push over a link that may have ended.
func pushOn(t testing.TB, conn link.Conn, b *change.Batch) (v verdict) {
	t.Helper()
	if v.err = conn.Send(syncer.Batch{Sealed: b.Bytes()}); v.err != nil {
		return v
	}
	for {
		m, err := conn.Recv()
		if err != nil {
			v.err = err
			return v
		}
		if v.heard = append(v.heard, m); settles(m, b.Stream, b.Last()) {
			return v
		}
	}
}

// beat keeps a link alive until the function it returns is called.
func beat(conn link.Conn) (stop func()) {
	ended, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
				if conn.Send(syncer.Reach{}) != nil {
					return
				}
			}
		}
	}()
	return func() { close(ended); <-over }
}

func (w *world) pushes() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"another's batch": func(t *testing.T) {
			victim, d := w.mustDevice(t, kit.Second), w.mustDevice(t, kit.First)
			b := victim.mustSeals(t, 1)[0]
			conn := d.mustOpen(t, w.street)
			mustSend(t, conn, syncer.Author{Certificate: victim.Proof()})
			wantRefused(t, push(t, conn, b), fault.Denied)
			if w.street.holds(b.Stream) != 0 || !w.street.log.has("a batch is refused") {
				t.Error("it is held, or nothing is noted in the log")
			}
		},
		"a replay of another's batch": func(t *testing.T) {
			victim, d := w.mustDevice(t, kit.Second), w.mustDevice(t, kit.First)
			b := victim.mustSeals(t, 1)[0]
			wantTaken(t, victim.mustPush(t, w.street, b), b)
			wantRefused(t, d.mustPush(t, w.street, b), fault.Denied)
		},
		"in another's name": func(t *testing.T) {
			victim, d := w.mustDevice(t, kit.First), w.mustDevice(t, kit.First)
			hello := d.hello()
			hello.Peer = victim.hello().Peer
			_, err := d.mustTalk(t, w.street, hello, syncer.Marks{Last: true})
			wantKind(t, err, fault.Denied)
		},
		"a street for another street": func(t *testing.T) {
			far, d := w.mustDevice(t, kit.FarAway), &device{Keystore: w.mustDevice(t, kit.Street).Keystore}
			b := far.mustSeals(t, 1)[0]
			conn := d.mustOpen(t, w.city)
			mustSend(t, conn, syncer.Author{Certificate: far.Proof()})
			wantRefused(t, push(t, conn, b), fault.Denied)
		},
		"to an audience above": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			b := d.mustSeal(t, d.to(kit.City.ID), change.Mark{}, "甲", 1)
			wantRefused(t, d.mustPush(t, w.street, b), fault.Denied)
		},
		"to a hub that is not above": func(t *testing.T) {
			d := w.mustDevice(t, kit.FarAway)
			if answered(t, w.street.links, d.Key(), d.Certificate()) {
				t.Error("let in")
			}
		},
	}
}
