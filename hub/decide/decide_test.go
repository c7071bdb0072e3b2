package decide_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub"
	"tongbu/hub/decide"
	"tongbu/hub/follow"
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// person is the name of the person that the first community calls p-1.
var person = kit.Name(kit.First, "person", "p-1")

// line is a city, a district and a street, each with a view, and a community
// below them.
type line struct {
	*kit.Town
	t                      *testing.T
	city, district, street *hub.Hub
	node                   *replica.Replica
	views                  []view.View // of street, district and city
}

func newLine(t *testing.T) *line {
	t.Helper()
	l := &line{Town: kit.MustTown(t), t: t}
	city := l.MustCity(t)
	l.street = l.open(l.MustReplica(t, city, kit.Street))
	l.district = l.open(l.MustReplica(t, city, kit.District))
	l.node = l.MustReplica(t, city, kit.First)
	l.city = l.open(city)
	return l
}

func (l *line) open(r *replica.Replica) *hub.Hub {
	l.t.Helper()
	h, err := hub.Open(l.t.Context(), r, func(ctx context.Context, r *replica.Replica, o view.Options) (view.View, error) {
		v, err := kit.OpenView(ctx, r, o)
		l.views = append(l.views, v)
		return v, err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = h.Close() }) // the replica is closed by the town
	return h
}

// up carries what the community has said to the city, which judges it.
func (l *line) up() {
	l.t.Helper()
	for _, hop := range [][2]*replica.Replica{{l.node, l.street.Replica}, {l.street.Replica, l.district.Replica}, {l.district.Replica, l.city.Replica}} {
		l.MustCarry(l.t, hop[0], hop[1])
	}
	kit.MustJudge(l.t, l.city.Replica)
}

// down carries what the city has said to the community.
func (l *line) down() {
	l.t.Helper()
	for _, hop := range [][2]*replica.Replica{{l.city.Replica, l.district.Replica}, {l.district.Replica, l.street.Replica}, {l.street.Replica, l.node}} {
		l.MustCarry(l.t, hop[0], hop[1])
	}
}

func (l *line) put(object string) {
	l.t.Helper()
	items, err := desk.ReadLines(strings.NewReader(object))
	if err == nil {
		err = desk.New(l.node).Put(l.t.Context(), "person", items, "clerk", func(desk.Written) error { return nil })
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *line) order(fields map[string]change.Value) decide.Written {
	l.t.Helper()
	w, err := l.city.Decider.Write(l.t.Context(), decide.Order{Kind: "person", ID: person, Fields: fields, Actor: "officer"})
	if err != nil {
		l.t.Fatal(err)
	}
	return w
}

// states are what each tier makes of the record, the community's first.
func (l *line) states() (states []string) {
	l.t.Helper()
	err := l.node.Journal.View(func(tx *journal.Tx) error {
		r, err := l.node.Records.Get(tx, "person", person)
		if err == nil {
			states = append(states, fmt.Sprintf("%x", r.Encode()))
		}
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	for i, h := range []*hub.Hub{l.street, l.district, l.city} {
		if _, err := h.Operate.Verify(l.t.Context(), operate.Checked{}); err != nil { // brings the view up to the journal
			l.t.Fatal(err)
		}
		r, err := l.views[i].Record(l.t.Context(), "person", person)
		if err != nil {
			l.t.Fatal(err)
		}
		states = append(states, fmt.Sprintf("%x", r.Encode()))
	}
	return states
}

func (l *line) wantAlike() {
	l.t.Helper()
	states := l.states()
	for _, s := range states[1:] {
		if diff := cmp.Diff(states[0], s); diff != "" {
			l.t.Errorf("two tiers make different records of the same changes: %s", diff)
		}
	}
}

func (l *line) shown() *desk.Shown {
	l.t.Helper()
	s, err := desk.New(l.node).Get(l.t.Context(), "person", "p-1", desk.Asker{Operator: "clerk"})
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

var (
	phone  = map[string]change.Value{"phone": change.Text("0714-1")}
	remark = map[string]change.Value{"remark": change.Text("seen")}
)

// TestOrderThroughFourTiers: the city changes a person that a community holds,
// on all that the community has said of it: nothing of that is in conflict.
func TestOrderThroughFourTiers(t *testing.T) {
	l := newLine(t)
	l.put(`{"id":"p-1","name":"甲","phone":"1"}`)
	l.put(`{"id":"p-1","phone":"2"}`)
	l.up()
	first := l.order(phone)
	second := l.order(remark)
	if first.Stream != second.Stream || first.Dot.Count >= second.Dot.Count || first.Stream.Audience != kit.First.ID {
		t.Errorf("got %+v and %+v, want one stream to the community, and two counts", first, second)
	}
	l.down()
	s := l.shown()
	if s.Fields["phone"] != "0714-1" || s.Fields["remark"] != "seen" || len(s.Conflicts) > 0 {
		t.Errorf("got %+v, want what the city ordered and no conflict", s)
	}
	l.wantAlike()
}

// TestOrderAgainstAnEditOffTheLine: an order has no rank. What a clerk has
// written meanwhile stands beside it, for both to see.
func TestOrderAgainstAnEditOffTheLine(t *testing.T) {
	l := newLine(t)
	l.put(`{"id":"p-1","name":"甲","phone":"1"}`)
	l.up()
	l.order(phone)
	l.put(`{"id":"p-1","phone":"2"}`)
	l.down()
	l.up()
	l.down()
	if s := l.shown(); len(s.Conflicts) != 1 || s.Conflicts[0] != "phone" {
		t.Errorf("got %+v, want a conflict of the phone", s)
	}
	l.wantAlike()
}

func TestRefusesOrders(t *testing.T) {
	l := newLine(t)
	l.put(`{"id":"p-1","name":"甲"}`)
	l.up()
	for name, test := range map[string]struct {
		at    *hub.Hub
		order decide.Order
		want  fault.Kind
	}{
		"at a district":      {l.district, decide.Order{Kind: "person", ID: person, Fields: phone}, fault.Denied},
		"of nobody":          {l.city, decide.Order{Kind: "person", ID: kit.Name(kit.First, "person", "p-9"), Fields: phone}, fault.NotFound},
		"of a bare number":   {l.city, decide.Order{Kind: "person", ID: "p-1", Fields: phone}, fault.NotFound},
		"of an unknown kind": {l.city, decide.Order{Kind: "elephant", ID: person, Fields: phone}, fault.NotFound},
		"of nothing":         {l.city, decide.Order{Kind: "person", ID: person}, fault.Invalid},
	} {
		if _, err := test.at.Decider.Write(t.Context(), test.order); fault.Of(err) != test.want {
			t.Errorf("%s: got %v (%v), want %v", name, fault.Of(err), err, test.want)
		}
	}
}

// TestSecondOrderWaits: while the view is held back, two orders are asked for.
// The second is written only when the view has the first, on which it is based:
// so it has a name of its own.
func TestSecondOrderWaits(t *testing.T) {
	b := newBench(t)
	ctx, stop := context.WithCancel(t.Context())
	followed := make(chan error, 1)
	go func() { followed <- b.follower.Run(ctx) }()
	if err := b.follower.AwaitArrival(ctx, b.last()); err != nil {
		t.Fatal(err)
	}
	b.gate.shut()
	written := make(chan decide.Written, 2)
	var orders sync.WaitGroup
	for _, fields := range []map[string]change.Value{phone, remark} {
		orders.Go(func() {
			w, err := b.decider.Write(ctx, decide.Order{Kind: "person", ID: before, Fields: fields})
			if err != nil {
				t.Error(err)
			}
			written <- w
		})
	}
	one, arrival := <-written, b.last()
	for at := range b.waiting {
		if at >= arrival {
			break // the other one waits for the view to have this one
		}
	}
	if len(written) > 0 || b.last() != arrival {
		t.Errorf("the second order is written before the view has %+v", one)
	}
	b.gate.unlock()
	orders.Wait()
	other := <-written
	if !b.change(other).Context.Covers(one.Dot) || other.Dot.Count <= one.Dot.Count {
		t.Errorf("%+v is not based on %+v", other, one)
	}
	stop()
	if err := <-followed; err != nil {
		t.Error(err)
	}
}

// TestViewIsRebuilt: an order that is asked for while the view is away waits for
// all of it.
func TestViewIsRebuilt(t *testing.T) {
	b := newBench(t)
	ctx, stop := context.WithCancel(t.Context())
	followed := make(chan error, 1)
	go func() { followed <- b.follower.Run(ctx) }()
	if err := b.follower.AwaitArrival(ctx, b.last()); err != nil {
		t.Fatal(err)
	}
	var last decide.Written
	for range 5 {
		b.follower.Rebuild()
		w, err := b.decider.Write(ctx, decide.Order{Kind: "person", ID: before, Fields: phone})
		if err != nil {
			t.Fatal(err)
		}
		if w.Dot.Count <= last.Dot.Count || last.Seq > 0 && !b.change(w).Context.Covers(last.Dot) {
			t.Errorf("%+v is not based on %+v", w, last)
		}
		last = w
	}
	stop()
	if err := <-followed; err != nil {
		t.Error(err)
	}
}

// TestOrderOfARecordOfBefore is written to the unit that holds the record, with
// the id that its changes have: as one of that record, not of another. Of kinds
// other than persons and households it would make another one, so it is refused.
func TestOrderOfARecordOfBefore(t *testing.T) {
	b := newBench(t)
	ctx, stop := context.WithCancel(t.Context())
	followed := make(chan error, 1)
	go func() { followed <- b.follower.Run(ctx) }()
	w, err := b.decider.Write(ctx, decide.Order{Kind: "person", ID: before, Fields: phone})
	if err != nil {
		t.Fatal(err)
	}
	if c := b.change(w); c.Record != "p-1" || w.Stream.Audience != kit.First.ID {
		t.Errorf("got a change of %s in %v, want one of p-1 to the community", c.Record, w.Stream)
	}
	if err := b.follower.AwaitArrival(ctx, b.last()); err != nil {
		t.Fatal(err)
	}
	if r, err := b.gate.Record(ctx, "person", before); err != nil || r.Value("phone") != phone["phone"] || r.Value("name").Text() != "甲" {
		t.Errorf("got %v, %v, want the community's record with the city's phone", r, err)
	}
	written := b.last()
	_, err = b.decider.Write(ctx, decide.Order{Kind: "notice", ID: change.RecordID("n-1").Of("notice", kit.District.ID), Fields: map[string]change.Value{"title": change.Text("x")}})
	if fault.Of(err) != fault.Invalid || b.last() != written {
		t.Errorf("an order of a notice of before: got %v and arrival %d, want invalid and %d", err, b.last(), written)
	}
	stop()
	if err := <-followed; err != nil {
		t.Error(err)
	}
}

// before is the name of a record whose changes have an id of before.
var before = change.RecordID("p-1").Of("person", kit.First.ID)

// bench is a city that holds a person and a notice with ids of before, with a view
// that can be held back.
type bench struct {
	*testing.T
	city     *replica.Replica
	gate     *gate
	follower *follow.Follower
	decider  *decide.Decider
	waiting  chan uint64 // the arrivals that orders wait for
}

func newBench(t *testing.T) *bench {
	t.Helper()
	town := kit.MustTown(t)
	b := &bench{T: t, city: town.MustCity(t), waiting: make(chan uint64, 100)}
	kept, err := kit.OpenView(t.Context(), b.city, view.Options{Key: [32]byte{1}, Tree: b.city.Members.Tree(), City: b.city.Place.RootUnit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() }) // nothing in it is needed
	b.gate = &gate{View: kept}
	b.follower = follow.New(follow.Config{Streams: b.city.Streams, Judge: kit.Reconciler(b.city), View: b.gate,
		Scarce: func() error { return nil }, Log: slog.New(slog.DiscardHandler)})
	b.decider = decide.New(decide.Config{Streams: b.city.Streams, Members: b.city.Members, View: kept, Now: b.city.Now,
		Await: func(ctx context.Context, arrival uint64) error {
			b.waiting <- arrival
			return b.follower.AwaitArrival(ctx, arrival)
		}})
	person := &change.Change{Kind: "person", Record: "p-1", Fields: change.FieldsOf(map[string]change.Value{"name": change.Text("甲"), "unit": change.Text(string(kit.First.ID))}), At: 1}
	town.MustForger(t, kit.First).MustSay(t, b.city, kit.First, person)
	notice := &change.Change{Kind: "notice", Record: "n-1", Fields: change.FieldsOf(map[string]change.Value{"title": change.Text("of the district")}), At: 1}
	town.MustForger(t, kit.District).MustSay(t, b.city, kit.District, notice)
	return b
}

func (b *bench) last() (no uint64) {
	b.Helper()
	err := b.city.Journal.View(func(tx *journal.Tx) error {
		no = tx.LastArrival()
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return no
}

// change is what an order wrote.
func (b *bench) change(w decide.Written) (c *change.Change) {
	b.Helper()
	err := b.city.Journal.View(func(tx *journal.Tx) error {
		raw, err := tx.Change(w.Stream, w.Seq)
		if err == nil {
			c, err = change.Decode(raw)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// gate is a view whose Apply can be held back.
type gate struct {
	view.View
	mu   sync.Mutex // guards held
	held chan struct{}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = make(chan struct{})
}

func (g *gate) unlock() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.held)
	g.held = nil
}

// Apply implements view.Keeper.
func (g *gate) Apply(ctx context.Context, changes []view.Change, upTo uint64) error {
	g.mu.Lock()
	held := g.held
	g.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return fault.Wrap("apply", ctx.Err())
		}
	}
	return g.View.Apply(ctx, changes, upTo)
}
