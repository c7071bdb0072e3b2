// Package hub is the street, the district and the city: a directory that serves
// those below it. It relays, and where it has a view it answers questions;
// at the root it also admits devices and judges what arrives. This package opens
// the parts and runs them, nothing else.
package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"tongbu/hub/coverage"
	"tongbu/hub/decide"
	"tongbu/hub/follow"
	"tongbu/hub/network"
	"tongbu/hub/pairs"
	"tongbu/hub/publication"
	"tongbu/hub/query"
	"tongbu/hub/received"
	"tongbu/hub/reconcile"
	"tongbu/hub/relay"
	"tongbu/hub/root"
	"tongbu/hub/transfer"
	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/today"
	"tongbu/internal/vault"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/node/reports"
	"tongbu/syncer"
	"tongbu/syncer/link"
)

// ViewFile is the name of a view that is kept in the hub's directory. It may be
// deleted: it is rebuilt from the journal.
const ViewFile = "view.db"

// OpenView opens the view of a hub, whichever engine keeps it.
type OpenView func(ctx context.Context, r *replica.Replica, o view.Options) (view.View, error)

// Hub is one hub's directory.
type Hub struct {
	Replica *replica.Replica
	Desk    *desk.Desk
	Operate *operate.Operate
	Reports *reports.Reports
	Root    *root.Root // nil: not the root

	Decider *decide.Decider // nil: a pure relay
	Network *network.Keeper // nil: not the root

	Publisher *publication.Publisher // nil: not the root

	Pairs *pairs.Keeper // of duplicate cases; nil: not the root

	Transfers *transfer.Keeper // of households and persons; nil: not the root

	// QuestionTime is how long a question of a device may run; 0:
	// query.DefaultTime. It is set before Run.
	QuestionTime time.Duration
	// API is how it shows itself to programs. It is set before Run.
	API API

	relay     *relay.Relay
	registrar identity.Registrar
	judge     *reconcile.Reconciler // nil: not the root
	view      view.View             // nil: a pure relay, as are the two below
	follower  *follow.Follower      // brings the view up to date with the journal, and at the root judges
	queries   *query.Service
	turns     *query.Turns
	streams   *query.Streams
	watches   watches
	newcomers newcomers
	asked     query.Asked

	mu   sync.Mutex    // guards read
	read chan struct{} // see readNews; nil: nobody waits
}

// Open makes a hub of an open directory. With openView it keeps a view and answers
// questions itself, which the root must; nil: a pure relay.
func Open(ctx context.Context, r *replica.Replica, openView OpenView) (*Hub, error) {
	if openView == nil && r.IsRoot() {
		return nil, fault.New(fault.Invalid, "the city keeps a view")
	}
	h := &Hub{Replica: r, Desk: desk.New(r), registrar: r.Registrar(), turns: query.NewTurns(relayLimits), streams: query.NewStreams(streamLimits)}
	h.relay = relay.New(relay.Config{Self: r.Place.Unit, Tree: h.tree, Banned: r.Members.Banned, Contact: r.Contact,
		Link:     func(child syncer.Peer, w link.Watch) link.Config { return r.LinkConfig(child, true, w) },
		Fetching: h.fetching,
		Met:      func(child syncer.Peer, offset time.Duration) { r.Clocks.Met(child, false, offset) }, Now: r.Now, Log: r.Log})
	if r.IsRoot() {
		if err := h.openRoot(); err != nil {
			return nil, err
		}
	}
	if openView != nil {
		if err := h.openView(ctx, openView); err != nil {
			return nil, err
		}
	}
	h.newcomers.tree = r.Members.Tree()
	h.Operate, h.Reports = operate.New(r, h.beyond()), h.newReports()
	r.Notify(h.applyNews)
	return h, nil
}

// tree is the tree of units, nil until it has come.
func (h *Hub) tree() access.Tree {
	if t := h.Replica.Members.Tree(); t != nil {
		return t
	}
	return nil
}

func (h *Hub) openRoot() (err error) {
	if h.Root, err = root.Open(h.Replica); err == nil {
		h.registrar = h.Root.Registrar()
	}
	return err
}

func (h *Hub) openView(ctx context.Context, open OpenView) error {
	r := h.Replica
	at := custody.Places{Journal: r.Journal}
	v, err := open(ctx, r, view.Options{Key: r.Vault().Key(vault.View), Tree: r.Members.Tree(), City: r.Place.RootUnit,
		Source: fmt.Sprintf("%s/%d", r.Keys.Device(), r.History()), Fetch: at.Fetch, Each: h.eachChange, Custody: at, Own: r.Keys.Device(), Reviewed: h.reviewed})
	if err != nil {
		return err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return errors.Join(fault.As(fault.Internal, "make a key", err), v.Close())
	}
	h.view, h.turns = v, query.NewTurns(viewLimits)
	var applied func([]view.Change)
	await := func(ctx context.Context, arrival uint64) error { return h.follower.AwaitArrival(ctx, arrival) }
	if h.Root != nil {
		h.Network = network.New(network.Config{Streams: r.Streams, Records: r.Records, Members: r.Members, View: v, Device: r.Keys.Device(),
			Await: await, Now: r.Now, Log: r.Log, Published: func() { h.Transfers.Wake() }})
		h.Publisher = publication.New(r, v, await)
		h.Pairs = pairs.New(pairs.Config{Streams: r.Streams, Records: r.Records, Members: r.Members, City: r.Place.RootUnit, View: v, Await: await, Today: r.Day, Now: r.Now, Log: r.Log})
		h.Transfers = transfer.New(transfer.Config{Streams: r.Streams, Records: r.Records, Members: r.Members, City: r.Place.RootUnit, Device: r.Keys.Device(), View: v, Await: await,
			Judged: func(tx *journal.Tx) (uint64, error) { return h.judge.Cursor(tx) }, Decide: func(ctx context.Context, word change.RecordID, by change.UnitID, take bool) error {
				return h.judge.Decide(ctx, word, by, take)
			},
			Days:  h.transferDays,
			Today: r.Day, Now: r.Now, Log: r.Log})
		applied = func(changes []view.Change) {
			h.Pairs.Heard(changes)
			h.Transfers.Heard(changes)
		}
	}
	h.follower = follow.New(follow.Config{Streams: r.Streams, Judge: h.newJudge(), View: v, Scarce: r.Space.Scarce, Log: r.Log,
		Today: r.Day, Known: h.knows, Applied: applied})
	if err := h.follower.Resume(ctx); err != nil {
		return errors.Join(err, v.Close())
	}
	h.Decider = decide.New(decide.Config{Streams: r.Streams, Members: r.Members, View: v, Await: h.follower.AwaitArrival, Now: r.Now})
	options := query.Options{Tree: r.Members.Tree, TreeOn: r.Members.TreeOn, Heard: coverage.New(r.Streams, r.Contact, r.Members, h.follower), Now: r.Now, Today: r.Day, Key: key}
	if h.Root != nil {
		options.Receipts = received.New(received.Config{Journal: r.Journal, City: r.Place.RootUnit, Schema: r.Schema.Now, Zone: r.Zone})
	}
	h.queries, err = query.New(v, options)
	if err != nil {
		return errors.Join(err, v.Close())
	}
	h.Desk.Workers, h.Desk.Inspected, h.Desk.Below = h.findWorkers, h.findInspected, below{h}
	return nil
}

// knows reports a kind that the schema has.
func (h *Hub) knows(kind string) bool {
	_, known := h.Replica.Schema.Kind(kind)
	return known
}

// eachChange reads changes of the journal for the view.
func (h *Hub) eachChange(in change.Stream, from, to uint64, fn func(uint64, *change.Change) error) error {
	return h.Replica.Journal.View(func(tx *journal.Tx) error { return records.EachChange(tx, in, from, to, fn) })
}

// newJudge is the city's; nil elsewhere.
func (h *Hub) newJudge() follow.Judge {
	if h.Root == nil {
		return nil
	}
	r := h.Replica
	h.judge = reconcile.New(reconcile.Config{Streams: r.Streams, Records: r.Records, Members: r.Members, Schema: r.Schema,
		Device: r.Keys.Device(), Now: r.Now, Log: r.Log, Dated: r.Clocks.Dated, Stated: h.Network.Wake,
		Today: func(tx *journal.Tx) (today.Day, error) {
			day, _, err := r.Today(tx)
			return day, err
		}})
	return h.judge
}

// applyNews ends the links of devices that were revoked, and passes a new tree or
// history on to the view.
func (h *Hub) applyNews(news replica.News) {
	if news.Tree {
		h.newcomers.note(h.Replica.Members.Tree(), h.Replica.Place.Unit, h.Replica.Now())
	}
	h.relay.Recheck()
	if news.Read {
		h.wakeReaders()
	}
	if news.Read && h.Network != nil {
		h.Network.Wake()
	}
	if h.follower == nil {
		return
	}
	if news.Schema && h.judge != nil {
		h.judge.Weigh()
	}
	if news.Schema {
		h.follower.Reshape(h.Replica.Schema.Now())
	}
	if news.Tree {
		h.follower.Retree(h.Replica.Members.Tree())
	}
	if news.History {
		h.follower.Rebuild()
	}
}

// Close closes the files; Run must be over.
func (h *Hub) Close() error {
	var err error
	if h.view != nil {
		err = h.view.Close()
	}
	return errors.Join(err, h.Replica.Close())
}
