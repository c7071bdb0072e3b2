// Package pairs finds records of different communities that may be of one person, and keeps
// the cases that the city opens of them. A case is two records; each of the two communities
// is told of its own one, which of them counts, and what is decided. DESIGN.md has how pairs
// are found and what the words mean.
package pairs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/task"
	"tongbu/syncer/streams"
)

// View is where persons are looked up.
type View interface {
	Schema() *schema.Schema
	Rows(ctx context.Context, q view.Query) ([]view.Row, error)
	EachRow(ctx context.Context, q view.Query, fn func(context.Context, view.Row) error) error
	// Holder is the unit that a record was given to, "" for its maker.
	Holder(kind string, id change.RecordID) change.UnitID
	// Snapshot returns a record and where its changes stand.
	Snapshot(ctx context.Context, kind string, id change.RecordID) (view.Snapshot, error)
}

// Config of the city's keeper. All fields are needed.
type Config struct {
	Streams *streams.Streams
	Records *records.Records
	Members *members.Members
	City    change.UnitID // the own unit
	View    View
	// Await returns when the view's watermark has reached an arrival, or when the
	// context ends.
	Await func(ctx context.Context, arrival uint64) error
	Today func() (string, error) // the day of the network
	Now   func() time.Time
	Log   *slog.Logger
}

// Keeper is the city's. It is safe for concurrent use.
type Keeper struct {
	cfg  Config
	wake chan struct{} // one token: somebody is to be looked at
	turn task.Turn     // whoever has it looks for pairs

	mu    sync.Mutex // guards what follows
	seen  *table     // what is known of persons; nil until all were read once
	due   map[change.RecordID]bool
	whole bool // all were read since the start
}

// New makes a keeper. It reads all persons when Run begins, or with the first search.
func New(cfg Config) *Keeper {
	return &Keeper{cfg: cfg, wake: make(chan struct{}, 1), turn: task.NewTurn(), due: map[change.RecordID]bool{}}
}

// again is how long Run waits after what cannot be done at present: there is no room, or the
// view is made again; gather is how long it lets come together whoever is to be looked at,
// since each look reads all cases.
const (
	again  = time.Minute
	gather = time.Second
)

// Run looks for pairs among all persons once, and then among those that come or change, until
// the context ends. Whoever could not be looked at is looked at later.
func (k *Keeper) Run(ctx context.Context) error {
	for {
		wait := gather
		if err := k.Look(ctx); err != nil && ctx.Err() == nil {
			k.cfg.Log.Warn("duplicate persons are looked for later", "reason", err.Error())
			k.Wake()
			wait = again
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		select {
		case <-ctx.Done():
			return nil
		case <-k.wake:
		}
	}
}

// Look looks at whoever has come or changed since the last time; the first time, at all. It
// returns what the view and the journal do.
func (k *Keeper) Look(ctx context.Context) error {
	k.mu.Lock()
	whole := k.whole
	k.mu.Unlock()
	if !whole {
		_, err := k.Search(ctx, false)
		return err
	}
	done, err := k.turn.Take(ctx, "wait for another search")
	if err != nil {
		return err
	}
	defer done()
	_, err = k.lookAt(ctx, k.next(), false)
	return err
}

// next are the persons to be looked at.
func (k *Keeper) next() []change.RecordID {
	k.mu.Lock()
	defer k.mu.Unlock()
	ids := make([]change.RecordID, 0, len(k.due))
	for id := range k.due {
		ids = append(ids, id)
	}
	clear(k.due)
	return ids
}

// back has persons be looked at another time.
func (k *Keeper) back(ids []change.RecordID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, id := range ids {
		k.due[id] = true
	}
}

// await waits until the view has what the journal has now.
func (k *Keeper) await(ctx context.Context) error {
	var last uint64
	err := k.cfg.Streams.View(func(tx *journal.Tx) error {
		last = tx.LastArrival()
		return nil
	})
	if err != nil {
		return err
	}
	return fault.Wrap("wait for the view", k.cfg.Await(ctx, last))
}
