package hub

import (
	"context"
	"sync"

	"tongbu/hub/api"
	"tongbu/hub/watch"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/syncer/streams"
)

// Bounds of watches, which last: each costs a reader of the view now and then.
const (
	maxWatches       = 64
	maxWatchesOfEach = 4
)

// watches counts those under way.
type watches struct {
	mu  sync.Mutex // guards what follows
	all int
	of  map[string]int // by program
}

func (w *watches) begin(program string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all >= maxWatches || w.of[program] >= maxWatchesOfEach {
		return fault.New(fault.Exhausted, "too many watches are under way").WithHint("one program may have %d", maxWatchesOfEach)
	}
	if w.of == nil {
		w.of = map[string]int{}
	}
	w.all++
	w.of[program]++
	return nil
}

func (w *watches) end(program string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all--
	if w.of[program]--; w.of[program] == 0 {
		delete(w.of, program)
	}
}

// watcher reads what has changed at this hub.
func (h *Hub) watcher() *watch.Watcher {
	return &watch.Watcher{View: h.view, Follower: h.follower, City: h.Replica.Place.RootUnit, Journal: h.Replica.Journal, Each: h.eachChange, Now: h.lifeNow}
}

// lifeNow is what tells one life of the journal from the next.
func (h *Hub) lifeNow(tx *journal.Tx) (watch.Now, error) {
	r, err := streams.Renewed(tx)
	return watch.Now{Incarnation: r.Incarnation, History: h.Replica.History(), Renewed: r.Begun, Kept: r.Kept}, err
}

// Watch implements api.Hub.
func (h programs) Watch(ctx context.Context, p system.Program, w api.Watched, tell watch.Tell) error {
	if err := h.may(p, w.Question); err != nil {
		return h.log(ctx, p, w.Question, nil, err)
	}
	if err := h.hub.watches.begin(p.Name); err != nil {
		return err
	}
	defer h.hub.watches.end(p.Name)
	ask := watch.Ask{
		Page: func(ctx context.Context, q question.Question) (*question.Answer, error) { return h.Ask(ctx, p, q) },
		All: func(ctx context.Context, q question.Question, tell question.Tell) error {
			return h.AskAll(ctx, p, q, tell)
		},
		Live:  func() error { return h.Live(p) },
		Cover: func(ctx context.Context) (question.Coverage, error) { return h.Coverage(ctx, p, w.Question.Scope) },
		Holds: func(unit change.UnitID) bool { return h.Tree().Below(w.Question.Scope, unit) },
		Shows: func(k *schema.Kind, maker change.UnitID) bool {
			t := h.Tree()
			return t.Below(w.Question.Scope, maker) || !k.Personal && t.Below(maker, w.Question.Scope)
		},
	}
	return h.hub.watcher().Run(ctx, ask, w.Question, w.Position, w.UntilNow, tell)
}
