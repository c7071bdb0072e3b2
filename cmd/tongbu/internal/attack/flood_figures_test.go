package attack_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
	"tongbu/internal/test/report"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/remote"
)

// Bounds of what a hub may take and keep under any of the floods below.
const (
	mayPeak = 256 << 20 // of memory
	mayKeep = 32 << 20  // of files: journal and view
	mayLog  = 64 << 10
)

// The least that each of the two halves of a measurement lasts.
const (
	quietFor = 8 * time.Second
	underFor = 12 * time.Second
)

// floodField is a network of processes with hostile devices, and a community that
// works on.
type floodField struct {
	*floodCity
	city     *proctest.Tier
	innocent *innocent
	bad      *device // of a community below the street
	wrong    *device // another, which has said nothing yet
	rogue    *device // of the street's unit
	sent     atomic.Int64
}

// TestFloodFigures measures each flood: what the street and the city take and keep,
// and how long an innocent device waits, under the flood and without it.
func TestFloodFigures(t *testing.T) {
	if !report.Soak() {
		t.Skip("takes ten minutes: TONGBU_SOAK=1")
	}
	line := report.Begin(t, "attacks: flood figures")
	f := mustFloodField(t)
	rows := tableHead
	for _, flood := range f.floods(t) {
		line.Runs++
		if !t.Run(flood.name, func(t *testing.T) { rows += "\n" + f.measure(t, flood).row() }) {
			line.Violations++
		}
	}
	t.Log("\n" + rows)
	if path := os.Getenv("TONGBU_FLOODS"); path != "" { // where the table is to be written
		if err := os.WriteFile(path, []byte(rows+"\n"), 0o600); err != nil {
			t.Error(err)
		}
	}
}

func mustFloodField(t *testing.T) *floodField {
	t.Helper()
	n := proctest.Found(t, program, proctest.Rows([]int{1}, 2))
	street, communities := n.Level(4)[0], n.Level(5)
	f := &floodField{floodCity: &floodCity{net: n, street: street, honest: communities[0]}, city: n.City()}
	f.city.MustRun("", "network", "--receipts", "2", "--words", "2", "--force")
	maker := sample.NewMaker(7)
	for i, c := range communities { // something to look through
		for some := range slices.Chunk(proctest.Persons(maker, c.Unit.Code, 2000+8000*i), 1000) {
			c.MustRun(proctest.Lines(some), "put", "person")
		}
		c.AwaitRecorded(5 * time.Minute)
	}
	communities[1].Stop()
	f.bad = f.mustOpen(t, communities[1])
	f.attacks = f.bad
	f.wrong, f.rogue = f.mustJoin(t, communities[1].Unit), f.mustJoin(t, street.Unit)
	keys := f.mustOpen(t, f.honest)
	f.innocent = &innocent{tier: f.honest, maker: maker, line: keys.mustDial(t, &site{links: street.Listen})}
	return f
}

func (f *floodField) mustJoin(t *testing.T, unit sample.Row) *device {
	t.Helper()
	tier := f.net.Add(unit)
	f.net.Join(tier)
	return f.mustOpen(t, tier)
}

func (f *floodField) mustOpen(t *testing.T, tier *proctest.Tier) *device {
	t.Helper()
	keys, err := identity.Open(tier.Dir, mustOptions(t, tier.Dir))
	if err != nil {
		t.Fatal(err)
	}
	return &device{Keystore: keys, dir: tier.Dir}
}

// oneFlood is run again and again while it is measured, and once at least.
type oneFlood struct {
	name string
	once bool // it is run once only: what it wrote stays
	run  func(context.Context, *testing.T)
	unit string // what is counted
	n    *atomic.Int64
}

func (f *floodField) measure(t *testing.T, flood oneFlood) *effect {
	e := &effect{name: flood.name}
	e.quiet = f.innocent.workFor(t, quietFor)
	f.look(t, &e.street.before, &e.city.before)
	for _, hub := range []*proctest.Tier{f.street, f.city} {
		forgetPeak(t, hub)
	}
	before := f.sentNow()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var flooding sync.WaitGroup
	flooding.Go(func() {
		defer stop()
		late := time.Now().Add(underFor)
		for again := true; again; again = !flood.once && time.Now().Before(late) {
			flood.run(t.Context(), t)
		}
		for time.Now().Before(late) {
			pause(t.Context())
		}
	})
	e.under = f.innocent.work(ctx)
	flooding.Wait()
	e.sent, e.amount = f.sentNow()-before, fmt.Sprintf("%d %s", flood.n.Load(), flood.unit)
	f.look(t, &e.street.after, &e.city.after)
	for name, hub := range map[string]struct{ before, after state }{"street": e.street, "city": e.city} {
		if hub.after.peak > mayPeak || hub.after.files-hub.before.files > mayKeep || hub.after.log-hub.before.log > mayLog {
			t.Errorf("the %s takes and keeps %+v, before %+v", name, hub.after, hub.before)
		}
	}
	if longest := slices.Max(e.under.asked); longest >= waitsForAnswer {
		t.Error("an innocent device's question is not answered")
	}
	t.Logf("questions: %s, without %s; saves: %s, without %s; to recorded: %s, without %s", spread(e.under.asked), spread(e.quiet.asked),
		spread(e.under.saved), spread(e.quiet.saved), spread(e.under.recorded), spread(e.quiet.recorded))
	return e
}

func (n *innocent) workFor(t *testing.T, d time.Duration) waits {
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	return n.work(ctx)
}

func (f *floodField) look(t *testing.T, street, city *state) {
	t.Helper()
	*street, *city = stateOf(t, f.street), stateOf(t, f.city)
}

func (f *floodField) sentNow() int64 { return f.sent.Load() + f.floodCity.sent.Load() }

// meter counts what is written on a connection.
type meter struct {
	net.Conn
	sent *atomic.Int64
}

func (m *meter) Write(p []byte) (int, error) {
	n, err := m.Conn.Write(p)
	m.sent.Add(int64(n))
	return n, err
}

// dial connects a hostile device; what it sends is counted.
func (f *floodField) dial(d *device, to *proctest.Tier) (*remote.Client, error) {
	return remote.Dial(to.Listen, d, yes, func(ctx context.Context, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		return &meter{Conn: conn, sent: &f.sent}, nil
	})
}

// talk opens a link and has say speak on it; what the hub answers is given to
// heard, if any, until the link is closed.
func (f *floodField) talk(ctx context.Context, d *device, to *proctest.Tier, heard func(syncer.Message), say func(link.Conn) error) {
	h, err := f.dial(d, to)
	if err != nil {
		return
	}
	defer func() { _ = h.Close() }()
	conn, _, err := h.Sync(ctx)
	if err != nil {
		pause(ctx)
		return
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for {
			m, err := conn.Recv()
			if err != nil {
				return
			}
			if heard != nil {
				heard(m)
			}
		}
	}()
	if conn.Send(d.hello()) == nil {
		_ = say(ending{conn, gone})
	}
	conn.Close(nil)
	<-gone
}

// ending is a link whose Send fails once the hub has ended it.
type ending struct {
	link.Conn
	gone <-chan struct{}
}

func (e ending) Send(m syncer.Message) error {
	select {
	case <-e.gone:
		return io.EOF
	default:
		return e.Conn.Send(m)
	}
}

// floods are all of them, the oldest first.
func (f *floodField) floods(t *testing.T) []oneFlood {
	var all []oneFlood
	add := func(name, unit string, once bool, run func(context.Context, *testing.T, *atomic.Int64)) {
		n := new(atomic.Int64)
		all = append(all, oneFlood{name: name, unit: unit, n: n, once: once, run: func(ctx context.Context, t *testing.T) { run(ctx, t, n) }})
	}
	for _, raw := range []struct {
		name string
		run  func(context.Context, *testing.T)
	}{{"500 streams of a connection", f.streams}, {"slow headers", f.slowHeaders}, {"pings", f.pings}, {"resets", f.resets}, {"handshakes", f.handshakes},
		{"header of 16 MiB", f.header}, {"continuations", f.continuations}, {"empty parts", f.bomb(emptyParts(), "")}, {"gzip bomb", f.bomb(gzipped(t), "gzip")}} {
		add(raw.name, "connections", false, func(ctx context.Context, t *testing.T, n *atomic.Int64) {
			before := f.rounds.Load()
			f.byTwo(ctx, t, raw.run)
			n.Add(f.rounds.Load() - before)
		})
	}
	add("small wrong changes", "refused", true, f.smallWrong)
	add("invented devices", "told", true, f.inventDevices)
	add("contacts and heads", "heads", true, f.manyHeads)
	add("heavy questions", "asked", false, f.heavy)
	add("marks without end", "marks", true, f.endlessMarks)
	add("streams without end", "streams", true, f.manyStreams)
	add("send it again", "frames", false, f.again(func() syncer.Message {
		return syncer.Ack{Have: []syncer.Have{{Stream: f.bad.own()}}, Behind: true}
	}))
	add("searches for a fork", "frames", false, f.again(func() syncer.Message { return syncer.Trace{Stream: f.bad.own()} }))
	add("a carried file, forged", "files of 126 MiB", false, f.carried)
	add("claimed hops", "requests", false, f.claims)
	add("idle connections", "connections", true, f.idle)
	add("unreadable requests", "requests", true, f.unreadable)
	return all
}

// byTwo runs a flood on two connections for a while.
func (f *floodField) byTwo(ctx context.Context, t *testing.T, flood func(context.Context, *testing.T)) {
	ctx, stop := context.WithTimeout(ctx, underFor)
	defer stop()
	var both sync.WaitGroup
	for range attackers {
		both.Go(func() {
			for ctx.Err() == nil {
				flood(ctx, t)
			}
		})
	}
	both.Wait()
}

// smallWrong writes 50,000 changes of a few bytes that break a rule, and waits
// until the city has judged them.
func (f *floodField) smallWrong(ctx context.Context, t *testing.T, n *atomic.Int64) {
	const most = 50_000
	d := f.wrong
	judged := make(chan struct{})
	var once sync.Once
	heard := func(m syncer.Message) {
		if r, ok := m.(syncer.Receipt); ok {
			signed, err := change.ParseReceipt(r.Signed)
			if err == nil && signed.Stream == d.own() && int64(signed.Seq) > n.Load() {
				if n.Store(int64(signed.Seq)); signed.Seq >= most {
					once.Do(func() { close(judged) })
				}
			}
		}
	}
	f.talk(ctx, d, f.street, heard, func(conn link.Conn) error {
		quiet := beat(conn)
		defer quiet()
		for _, m := range []syncer.Message{syncer.Marks{Last: true}, syncer.Author{Certificate: d.Proof()}} {
			if err := conn.Send(m); err != nil {
				return err
			}
		}
		end := change.Mark{}
		for from := 0; from < most; from += change.MaxBatchChanges {
			b := d.mustSealWrong(t, end, from, change.MaxBatchChanges)
			if err := conn.Send(syncer.Batch{Sealed: b.Bytes()}); err != nil {
				return err
			}
			end = b.End()
		}
		late := time.NewTimer(4 * time.Minute)
		defer late.Stop()
		select {
		case <-judged:
		case <-late.C:
			t.Errorf("the city has judged %d", n.Load())
		case <-ctx.Done():
		}
		return nil
	})
}

func (d *device) mustSealWrong(t *testing.T, after change.Mark, from, count int) *change.Batch {
	t.Helper()
	var raws [][]byte
	for i := range count {
		c := &change.Change{Kind: "person", Record: change.RecordID(fmt.Sprintf("w-%d", from+i)), Actor: "x", At: 1, Fields: change.FieldsOf(map[string]change.Value{"phone": change.Text("1")})}
		raw, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		raws = append(raws, raw)
	}
	b, err := change.Seal(change.BatchRows, d.Key(), d.own(), after, raws, time.Now().UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// inventDevices tells of 400,000 devices that nobody admitted: the city by a device
// of the street, and the street by one of a community.
func (f *floodField) inventDevices(ctx context.Context, _ *testing.T, n *atomic.Int64) {
	unit := f.bad.Placement().Unit
	var both sync.WaitGroup
	for d, to := range map[*device]*proctest.Tier{f.rogue: f.city, f.bad: f.street} {
		both.Go(func() {
			f.talk(ctx, d, to, nil, func(conn link.Conn) error {
				for from := 0; from < 200_000; from += 2000 {
					r := syncer.Reach{Now: time.Now().UnixMilli()}
					for i := range 2000 {
						p := syncer.Peer{Unit: unit, Device: invented(from + i)}
						r.Devices = append(r.Devices, tell(p, 0, syncer.Head{Stream: change.Stream{Device: p.Device, Incarnation: 1, Audience: unit}, Seq: 1000}))
					}
					if err := conn.Send(r); err != nil {
						return err
					}
					n.Add(2000)
				}
				return nil
			})
		})
	}
	both.Wait()
}

// manyHeads tells of a million heads of streams that the device might write, and of
// as many that it cannot.
func (f *floodField) manyHeads(ctx context.Context, _ *testing.T, n *atomic.Int64) {
	self, foreign := f.bad.hello().Peer, f.wrong.own()
	f.talk(ctx, f.bad, f.street, nil, func(conn link.Conn) error {
		for round := range 200 {
			var heads []syncer.Head
			for i := range 5000 {
				s := f.bad.own()
				if s.Incarnation = uint32(round*5000 + i + 1); i%2 == 1 {
					s = foreign
					s.Incarnation = uint32(i)
				}
				heads = append(heads, syncer.Head{Stream: s, Seq: uint64(i)})
			}
			if err := conn.Send(syncer.Reach{Devices: []syncer.DeviceReach{tell(self, time.Now().UnixMilli(), heads...)}}); err != nil {
				return err
			}
			n.Add(5000)
		}
		return nil
	})
}

// heavy asks 60 questions at a time that look through all, and for as much as a
// question may.
func (f *floodField) heavy(ctx context.Context, _ *testing.T, n *atomic.Int64) {
	h, err := f.dial(f.bad, f.street)
	if err != nil {
		return
	}
	defer func() { _ = h.Close() }()
	q := question.Question{Kind: "person", Filter: strings.Repeat(`hukou_address:"x" OR `, 14) + `name:"z"`, Select: []string{"id", "name"}, OrderBy: "name", PageSize: 1000}
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			_, _ = h.Query(ctx, q)
			n.Add(1)
		})
	}
	all.Wait()
	pause(ctx)
}

// endlessMarks says two million marks, link after link.
func (f *floodField) endlessMarks(ctx context.Context, _ *testing.T, n *atomic.Int64) {
	unit := f.bad.Placement().Unit
	have := make([]syncer.Have, 2000)
	for n.Load() < 2_000_000 && ctx.Err() == nil {
		before := n.Load()
		f.talk(ctx, f.bad, f.street, nil, func(conn link.Conn) error {
			for range 150 {
				for i := range have {
					in := change.Stream{Device: invented(int(n.Load()) + i), Incarnation: 1, Audience: unit}
					have[i] = syncer.Have{Stream: in, Mark: change.Mark{Seq: 9, Hash: change.Hash{1}}}
				}
				if err := conn.Send(syncer.Marks{Have: have}); err != nil {
					return err
				}
				n.Add(int64(len(have)))
			}
			return nil
		})
		if n.Load() == before {
			pause(ctx) // it is kept out for a while
		}
	}
}

// manyStreams begins 20,000 streams.
func (f *floodField) manyStreams(ctx context.Context, t *testing.T, n *atomic.Int64) {
	const most = 20_000
	answered := make(chan struct{}, most)
	heard := func(m syncer.Message) {
		for range answersOf(m) {
			select {
			case answered <- struct{}{}:
			default:
			}
		}
	}
	f.talk(ctx, f.bad, f.street, heard, func(conn link.Conn) error {
		if err := conn.Send(syncer.Marks{Last: true}); err != nil {
			return err
		}
		in := f.bad.own()
		for i := range most {
			in.Incarnation = uint32(1000 + i)
			b := f.bad.mustSeal(t, in, change.Mark{}, "甲", 1)
			if err := conn.Send(syncer.Batch{Sealed: b.Bytes()}); err != nil {
				return err
			}
			n.Add(1)
		}
		late := time.After(2 * time.Minute)
		for range most {
			select {
			case <-answered:
			case <-late:
				return nil
			}
		}
		return nil
	})
}

// again asks for something that is long in answer to little, again and again, and
// reads it all.
func (f *floodField) again(ask func() syncer.Message) func(context.Context, *testing.T, *atomic.Int64) {
	return func(ctx context.Context, _ *testing.T, n *atomic.Int64) {
		for late := time.Now().Add(underFor); time.Now().Before(late); pause(ctx) {
			f.talk(ctx, f.bad, f.street, nil, func(conn link.Conn) error {
				err := conn.Send(syncer.Marks{Last: true})
				for ; err == nil && time.Now().Before(late); n.Add(1) {
					err = conn.Send(ask())
				}
				return err
			})
		}
	}
}

// answersOf is how many batches a message answers, each of a stream of its own.
func answersOf(m syncer.Message) int {
	switch x := m.(type) {
	case syncer.Refuse:
		return 1
	case syncer.Ack:
		return len(x.Have)
	}
	return 0
}

// carried gives the street's operator a file of 126 MiB that a community's device
// has signed in part.
func (f *floodField) carried(ctx context.Context, t *testing.T, n *atomic.Int64) {
	const size = 126 << 20
	path := filepath.Join(t.TempDir(), "stick")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	place := f.bad.Placement()
	head := headOf(map[string]any{"format": 1, "network": place.Network, "unit": place.Unit, "device": f.bad.Device(), "certificate": f.bad.Certificate().Raw})
	_, err = io.Copy(out, io.LimitReader(io.MultiReader(bytes.NewReader(head), &repeated{of: manyMarks(t)}), size))
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if r, err := f.street.Run(ctx, nil, "carry", "in", path); err != nil || r.Code == 0 {
		t.Errorf("got %v, %v, want it refused", r, err)
	}
	f.sent.Add(size)
	n.Add(1)
}

// claims are requests of strangers that say they were passed on.
func (f *floodField) claims(ctx context.Context, t *testing.T, n *atomic.Int64) {
	place := f.bad.Placement()
	for hops := range 8 {
		s := strangerAt(t, byte(10+hops))
		s.count(&f.sent)
		for _, at := range []*proctest.Tier{f.street, f.city} {
			s.posts(ctx, at.Web, identity.PathEnroll, 100, madeUp(t, place.Unit, place.Network, hops))
			s.posts(ctx, at.Door, identity.PathRenew, 100, madeUpRenewal(t, hops))
			n.Add(200)
		}
		s.http.CloseIdleConnections()
	}
}

// count adds what the stranger sends to a number.
func (s *stranger) count(sent *atomic.Int64) {
	dial := s.http.DialContext
	s.http.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &meter{Conn: conn, sent: sent}, nil
	}
}

// idle keeps 1,500 connections to each port that say nothing, while it is measured.
func (f *floodField) idle(_ context.Context, t *testing.T, n *atomic.Int64) {
	for _, port := range []string{f.street.Listen, f.street.Web, f.street.Door} {
		hold(t, port, 1500, nil)
		n.Add(1500)
	}
}

// unreadable are 10,000 requests that are none.
func (f *floodField) unreadable(ctx context.Context, t *testing.T, n *atomic.Int64) {
	s := strangerAt(t, 9)
	s.count(&f.sent)
	s.posts(ctx, f.street.Web, identity.PathEnroll, 5000, func() string { return "?" })
	s.posts(ctx, f.street.Door, identity.PathRenew, 5000, func() string { return "?" })
	n.Add(10_000)
}
