package follow_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"tongbu/hub/follow"
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// judge is a judge in memory. Its cursor outlives the follower, as the journal
// does.
type judge struct {
	t      testing.TB
	before func(ctx context.Context) error // runs first; its failure leaves nothing behind
	slow   time.Duration                   // to read the cursor

	mu     sync.Mutex // guards all below
	busy   bool
	at     uint64
	judged []uint64                // arrivals, in the order in which they were
	opened map[*change.Change]bool // what the judge was given
}

var _ follow.Judge = (*judge)(nil)

func newJudge(t testing.TB) *judge { return &judge{t: t, opened: map[*change.Change]bool{}} }

// Cursor implements follow.Judge.
func (j *judge) Cursor(*journal.Tx) (uint64, error) {
	if j.slow > 0 {
		_ = pause(context.Background(), j.slow)
	}
	return j.cursor(), nil
}

func (j *judge) cursor() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.at
}

// Judge implements follow.Judge.
func (j *judge) Judge(ctx context.Context, batches []*follow.Opened) error {
	j.enter()
	defer j.leave()
	if j.before != nil {
		if err := j.before(ctx); err != nil {
			return err
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, o := range batches {
		j.at = o.No
		j.judged = append(j.judged, o.No)
		for _, c := range o.Changes {
			j.opened[c.Change] = true
		}
	}
	return nil
}

func (j *judge) enter() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.busy {
		j.t.Error("two judge at a time")
	}
	j.busy = true
}

func (j *judge) leave() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.busy = false
}

func (j *judge) wasGiven(c *change.Change) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.opened[c]
}

// Steps of a keeper that may be held up or fail.
const (
	applying = "apply"
	resting  = "settle"
	hurrying = "unsettle"
	treeing  = "retree"
	dropping = "reset"
)

// keeper is a view in memory. It outlives the follower, as the file does.
type keeper struct {
	t      testing.TB
	judge  *judge                                       // not nil: the view must not pass it
	before func(ctx context.Context, step string) error // runs first; its failure leaves nothing behind

	mu      sync.Mutex // guards all below
	busy    bool
	at      uint64
	held    []spot // changes, in the order in which they were applied
	settled bool
	tree    *tree.Tree
	schema  *schema.Schema
	spoilt  bool // it is damaged, until it is reset
	resets  int
	settles int
	reviews []string
	own     int // changes applied that were opened for the view alone
}

// spot is where a change stands in the journal.
type spot struct {
	Arrival uint64
	Stream  change.Stream
	Seq     uint64
}

var _ view.Keeper = (*keeper)(nil)

// step runs one at a time, after what the test has before it.
func (k *keeper) step(ctx context.Context, name string, do func()) error {
	k.mu.Lock()
	if k.busy {
		k.t.Error("two work on the view at a time")
	}
	k.busy = true
	k.mu.Unlock()
	var err error
	if k.before != nil {
		err = k.before(ctx, name)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.busy = false
	if name == dropping {
		k.spoilt = k.spoilt && err != nil
	} else if k.spoilt = k.spoilt || fault.Of(err) == fault.Damaged; k.spoilt {
		err = fault.New(fault.Damaged, "made up")
	}
	if err == nil {
		do()
	}
	return err
}

// Applied implements view.Keeper.
func (k *keeper) Applied(context.Context) (uint64, error) {
	if k.isSpoilt() {
		return 0, fault.New(fault.Damaged, "made up")
	}
	return k.applied(), nil
}

func (k *keeper) applied() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.at
}

// Apply implements view.Keeper.
func (k *keeper) Apply(ctx context.Context, changes []view.Change, upTo uint64) error {
	if k.judge != nil && upTo > k.judge.cursor() {
		k.t.Errorf("the view comes to %d, and %d is judged", upTo, k.judge.cursor())
	}
	return k.step(ctx, applying, func() {
		for _, c := range changes {
			if c.Arrival <= k.at || c.Arrival > upTo {
				k.t.Errorf("a change of arrival %d between %d and %d", c.Arrival, k.at, upTo)
			}
			k.held = append(k.held, spot{Arrival: c.Arrival, Stream: c.Stream, Seq: c.Seq})
			if k.judge != nil && !k.judge.wasGiven(c.Change) {
				k.own++
			}
		}
		k.at = upTo
	})
}

func (k *keeper) spoil() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.spoilt = true
}

func (k *keeper) isSpoilt() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.spoilt
}

// unsettle takes the indexes away behind the follower's back.
func (k *keeper) unsettle() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.settled = false
}

// Settle implements view.Keeper.
func (k *keeper) Settle(ctx context.Context) error {
	return k.step(ctx, resting, func() {
		k.settled = true
		k.settles++
	})
}

// Unsettle implements view.Keeper.
func (k *keeper) Unsettle(ctx context.Context) error {
	return k.step(ctx, hurrying, func() { k.settled = false })
}

// Reshape implements view.Keeper: the tables are made again.
func (k *keeper) Reshape(ctx context.Context, s *schema.Schema) (bool, error) {
	k.mu.Lock()
	k.schema = s
	k.mu.Unlock()
	return true, k.Reset(ctx)
}

// Settled implements view.Keeper.
func (k *keeper) Settled(context.Context) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.settled, nil
}

// Review implements view.Keeper.
func (k *keeper) Review(_ context.Context, day string) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reviews = append(k.reviews, day)
	return len(k.reviews)%3 != 0, nil
}

// Reviewed implements view.Keeper.
func (k *keeper) Reviewed(context.Context) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.reviews) == 0 {
		return "", nil
	}
	return k.reviews[len(k.reviews)-1], nil
}

// Skipped implements view.Keeper.
func (k *keeper) Skipped(context.Context) (uint64, error) { return 0, nil }

// Retree implements view.Keeper.
func (k *keeper) Retree(ctx context.Context, t *tree.Tree) error {
	return k.step(ctx, treeing, func() { k.tree = t })
}

// Reset implements view.Keeper.
func (k *keeper) Reset(ctx context.Context) error {
	return k.step(ctx, dropping, func() {
		k.at, k.held = 0, nil
		k.resets++
	})
}

// pause lets time pass in a bubble.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fault.Wrap("wait", ctx.Err())
	}
}
