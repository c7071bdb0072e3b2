package watch_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/coverage"
	"tongbu/hub/follow"
	"tongbu/hub/query"
	"tongbu/hub/root"
	"tongbu/hub/view"
	"tongbu/hub/watch"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/question"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/internal/vault"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// world is a city whose journal and view are real, and somebody who watches it.
type world struct {
	*kit.Town
	t        testing.TB
	city     *replica.Replica
	follower *follow.Follower
	queries  *query.Service
	watcher  *watch.Watcher

	now     watch.Now // of the journal
	day     string    // of the network
	revoked error     // what asking says when it is not nil
	scope   change.UnitID
	asked   func() // called with each page that is asked for
	scarce  error  // what keeps the view from following
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Town: kit.MustTown(t), t: t, day: "2026-06-01", now: watch.Now{Incarnation: 1}, scope: kit.City.ID}
	w.city = w.MustCity(t)
	r := w.city
	each := func(in change.Stream, from, to uint64, fn func(uint64, *change.Change) error) error {
		return r.Journal.View(func(tx *journal.Tx) error { return records.EachChange(tx, in, from, to, fn) })
	}
	places := custody.Places{Journal: r.Journal}
	v, err := kit.OpenView(t.Context(), r, view.Options{Key: r.Vault().Key(vault.View), Tree: r.Members.Tree(), City: r.Place.RootUnit, Source: "made up",
		Own: r.Keys.Device(), Each: each, Fetch: places.Fetch, Custody: places})
	must(t, err)
	t.Cleanup(func() { must(t, v.Close()) })
	today := func() (string, error) { return w.day, nil }
	w.follower = follow.New(follow.Config{Streams: r.Streams, View: v, Scarce: func() error { return w.scarce }, Log: slog.New(slog.DiscardHandler), Today: today})
	w.queries, err = query.New(v, query.Options{Tree: r.Members.Tree, Heard: coverage.New(r.Streams, r.Contact, r.Members, w.follower), Now: r.Now, Today: today, Key: make([]byte, 32)})
	must(t, err)
	w.watcher = &watch.Watcher{View: v, Follower: w.follower, City: r.Place.RootUnit, Journal: r.Journal, Each: each,
		Now: func(*journal.Tx) (watch.Now, error) { return w.now, nil }}
	w.sync()
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sync brings the view up to the journal, and its derived rows up to the day.
func (w *world) sync() {
	w.t.Helper()
	must(w.t, w.follower.AwaitApplied(context.Background()))
}

// judge has the city judge what has arrived, and the view follow.
func (w *world) judge() {
	w.t.Helper()
	kit.MustJudge(w.t, w.city)
	w.sync()
}

// ask is how a program with all rights asks.
func (w *world) ask() watch.Ask {
	who := query.Asker{Unit: kit.City.ID, Reveal: true}
	return watch.Ask{
		Page: func(ctx context.Context, q question.Question) (*question.Answer, error) {
			if w.asked != nil {
				w.asked()
			}
			if w.revoked != nil {
				return nil, w.revoked
			}
			return w.queries.Query(ctx, who, q)
		},
		All: func(ctx context.Context, q question.Question, tell question.Tell) error {
			if w.revoked != nil {
				return w.revoked
			}
			return w.queries.QueryAll(ctx, who, q, tell)
		},
		Live:  func() error { return w.revoked },
		Cover: func(ctx context.Context) (question.Coverage, error) { return w.queries.Coverage(ctx, w.scope) },
		Holds: func(unit change.UnitID) bool { return w.city.Members.Tree().Below(w.scope, unit) },
		Shows: func(k *schema.Kind, maker change.UnitID) bool {
			t := w.city.Members.Tree()
			return t.Below(w.scope, maker) || !k.Personal && t.Below(maker, w.scope)
		},
	}
}

// copied is what somebody holds who only watches.
type copied struct {
	q        question.Question
	subject  string // of a derived kind: the column that names whom a row is about
	position string
	columns  []question.Column
	rows     map[string]string // by id
	about    map[string]string // subject of each row of a derived kind
	told     int               // parts
	gone     map[string]bool
	seen     map[string]bool // ids that came as rows
	closed   bool            // coverage has come
}

func newCopy(q question.Question, subject string) *copied {
	return &copied{q: q, subject: subject, rows: map[string]string{}, about: map[string]string{}, gone: map[string]bool{}, seen: map[string]bool{}}
}

func (c *copied) clone() *copied {
	n := *c
	n.rows, n.about, n.gone, n.seen = maps.Clone(c.rows), maps.Clone(c.about), maps.Clone(c.gone), maps.Clone(c.seen)
	return &n
}

// text is a row as it is compared.
func text(columns []question.Column, row question.Row) string {
	raw, err := question.AppendLines(nil, columns, []question.Row{row})
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func (c *copied) take(p watch.Changed) error {
	if p.Columns != nil {
		c.columns = p.Columns
	}
	a := question.Answer{Columns: c.columns}
	for _, s := range p.Subjects {
		for id, about := range c.about {
			if about == string(s) {
				delete(c.rows, id)
				delete(c.about, id)
			}
		}
	}
	for _, row := range p.Rows {
		if len(row) != len(c.columns) {
			return fmt.Errorf("a row of %d values for %d columns", len(row), len(c.columns))
		}
		id := a.Get(row, "id").Text()
		c.rows[id], c.seen[id] = text(c.columns, row), true
		if c.subject != "" {
			c.about[id] = a.Get(row, c.subject).Text()
		}
	}
	for _, id := range p.Gone {
		delete(c.rows, string(id))
		c.gone[string(id)] = true
	}
	if p.Position != "" {
		c.position = p.Position
	}
	c.told++
	c.closed = c.closed || p.Coverage != nil
	return nil
}

// catchUp watches until there is nothing more.
func (w *world) catchUp(c *copied) error {
	return w.watcher.Run(context.Background(), w.ask(), c.q, c.position, true, func(_ context.Context, p watch.Changed) error { return c.take(p) })
}

func (w *world) mustCatchUp(c *copied) {
	w.t.Helper()
	c.closed = false
	must(w.t, w.catchUp(c))
	if !c.closed {
		w.t.Error("the watch ended without its coverage")
	}
}

// all are the rows that there are now.
func (w *world) all(q question.Question) map[string]string {
	w.t.Helper()
	rows := map[string]string{}
	var columns []question.Column
	must(w.t, w.queries.QueryAll(context.Background(), query.Asker{Unit: kit.City.ID, Reveal: true}, q, func(_ context.Context, p question.Part) error {
		if p.Columns != nil {
			columns = p.Columns
		}
		a := question.Answer{Columns: columns}
		for _, row := range p.Rows {
			rows[a.Get(row, "id").Text()] = text(columns, row)
		}
		return nil
	}))
	return rows
}

// wantCopy wants the copy to hold all rows there are, and no other.
func (w *world) wantCopy(c *copied) {
	w.t.Helper()
	if diff := cmp.Diff(w.all(c.q), c.rows); diff != "" {
		w.t.Errorf("the copy of %s %q is not what there is (-there +copy):\n%s", c.q.Kind, c.q.Filter, diff)
	}
}

// put has the city write a record to a unit.
func (w *world) put(to change.UnitID, kind string, id change.RecordID, fields map[string]change.Value) {
	w.t.Helper()
	must(w.t, w.city.Streams.Write(context.Background(), func(out *streams.Writer) error {
		own, err := out.Own(to)
		if err == nil {
			_, err = w.city.Records.Put(out.Tx, own, w.city.Place.Unit, records.Edit{Kind: kind, ID: id, Fields: fields})
		}
		return err
	}))
}

// refuse has the city say a word: about one place, or about a range of them.
func (w *world) refuse(id change.RecordID, of tree.Unit, fields map[string]change.Value) {
	w.t.Helper()
	w.put(of.ID, system.RefusalKind, id, fields)
}

// publish has the city say from which to which year people are of working age.
func (w *world) publish(content string) {
	w.t.Helper()
	w.put(kit.City.ID, facts.PackKind, kit.Name(kit.City, facts.PackKind, "ages"), map[string]change.Value{"kind": change.Text("5"), "effective_from": change.Text("2026-01-01"), "content": change.Text(content)})
}

func (w *world) takeBack(id change.RecordID, of tree.Unit) {
	w.refuse(id, of, map[string]change.Value{"valid": change.Text("0")})
}

func (w *world) retree(edit func(*tree.Unit)) {
	w.t.Helper()
	units := kit.Units()
	for i := range units {
		edit(&units[i])
	}
	must(w.t, root.NewAdmission(w.city).PutUnits(context.Background(), units))
	w.follower.Retree(w.city.Members.Tree())
}

// ids of the copy, sorted.
func (c *copied) ids() []string { return slices.Sorted(maps.Keys(c.rows)) }

func wantIDs(t testing.TB, what string, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func wantKind(t testing.TB, err error, want fault.Kind) {
	t.Helper()
	kit.WantKind(t, err, want)
}
