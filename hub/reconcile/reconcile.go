// Package reconcile is the city's own step: every change that arrives is judged
// once, in the order of arrival. A change that breaks a rule is refused by a
// change of the city's own, in its stream to the unit concerned, and the city
// signs how far it has recorded each stream. Verdicts, receipts and the cursor
// move in one transaction.
//
// A transaction reads in this order: judge.go judges each change by rules.go and
// claim.go (who holds the record), word.go writes what the city says of it,
// recall.go reads words of the city that come back after a restore, and settle.go
// judges again what they have moved. held.go weighs again what the city could not judge
// yet.
package reconcile

import (
	"context"
	"log/slog"
	"time"

	"tongbu/hub/follow"
	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/today"
	"tongbu/syncer/streams"
)

// Config of the step. All fields are needed, but for those from Dated on.
type Config struct {
	Streams *streams.Streams
	Records *records.Records
	Members *members.Members
	Schema  *schema.Live
	Device  change.DeviceID
	Now     func() time.Time
	Log     *slog.Logger
	// Dated is called with the latest time that a device's batch names; nil: nobody
	// compares clocks.
	Dated func(d change.DeviceID, author change.UnitID, at int64)
	// WordsAtOnce is how many words of single changes one transaction writes, before
	// it says more of them together; 0: 100. Below 0: none, and no word is about a
	// single change.
	WordsAtOnce int
	// Today is the day by which dates are judged; nil: they are not.
	Today func(*journal.Tx) (today.Day, error)
	// Stated is called when a device has said what it reads; nil: nobody asks.
	Stated func()
}

// Reconciler judges for one goroutine; Run and JudgeLate may work beside it.
type Reconciler struct {
	cfg   Config
	weigh chan struct{} // one token: what is held is to be weighed again
}

var _ follow.Judge = (*Reconciler)(nil)

// New makes a reconciler.
func New(cfg Config) *Reconciler {
	if cfg.WordsAtOnce == 0 {
		cfg.WordsAtOnce = wordsAtOnce
	}
	if cfg.Today == nil {
		cfg.Today = func(*journal.Tx) (today.Day, error) { return today.Day{}, nil }
	}
	r := &Reconciler{cfg: cfg, weigh: make(chan struct{}, 1)}
	r.Weigh() // this program may know more than the one before
	return r
}

// cursor is the name of the last arrival judged, in the journal's file.
const cursor = "reconcile"

// Cursor implements follow.Judge.
func (r *Reconciler) Cursor(tx *journal.Tx) (uint64, error) { return tx.Cursor(cursor) }

// Judge implements follow.Judge. Batches that the city itself has written need no
// verdict: of them alone only the cursor moves.
func (r *Reconciler) Judge(ctx context.Context, todo []*follow.Opened) error {
	last := todo[len(todo)-1].No
	todo, err := r.skipOwn(todo)
	if err != nil {
		return err
	}
	var done outcome
	err = r.cfg.Streams.Write(ctx, func(w *streams.Writer) error {
		if len(todo) == 0 {
			return w.SetCursor(cursor, last)
		}
		done, err = r.judgeBatches(w, todo)
		return err
	})
	if err != nil {
		return err
	}
	failpoint.Reach("reconcile.after")
	for _, o := range todo {
		markRefused(o, done.ranges)
	}
	r.report(done)
	return nil
}

// report tells those who asked what a transaction did: one line for all that one rule
// refuses of a stream.
func (r *Reconciler) report(done outcome) {
	if done.stated && r.cfg.Stated != nil {
		r.cfg.Stated()
	}
	type line struct {
		stream, rule string
	}
	type count struct{ first, n uint64 }
	var order []line
	counts := map[line]*count{}
	for _, f := range done.refused {
		l := line{f.at.Stream.String(), f.rule}
		if counts[l] == nil {
			counts[l], order = &count{first: f.at.seq}, append(order, l)
		}
		counts[l].n++
	}
	for _, l := range order {
		r.cfg.Log.Warn("refused a change", "stream", l.stream, "seq", counts[l].first, "rule", l.rule, "count", counts[l].n)
	}
	for _, f := range done.ranges {
		r.cfg.Log.Warn("refused a range of changes", "stream", f.Stream.String(), "from", f.From, "to", f.To, "rule", f.Rule, "count", f.Count)
	}
}

// markRefused tells the view, which is given the batch next, which of its changes a
// range refuses.
func markRefused(o *follow.Opened, ranges []system.Range) {
	for _, r := range ranges {
		if r.Stream != o.Stream {
			continue
		}
		for i := range o.Changes {
			o.Changes[i].Refused = o.Changes[i].Refused || r.Has(o.Changes[i].Seq)
		}
	}
}

// skipOwn drops leading batches that the city has written in this incarnation.
func (r *Reconciler) skipOwn(todo []*follow.Opened) ([]*follow.Opened, error) {
	now, err := r.cfg.Streams.Incarnation()
	if err != nil {
		return nil, err
	}
	for i, o := range todo {
		if o.Stream.Device != r.cfg.Device || o.Stream.Incarnation != now {
			return todo[i:], nil
		}
	}
	return nil, nil
}
