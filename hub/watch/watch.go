// Package watch tells programs what has changed since they last asked: each record as it
// is now, at least once, or that it is gone. The order is that of the journal's arrivals,
// so a view that is made again, or kept by another engine, changes nothing. DESIGN.md has
// the reasons.
package watch

import (
	"context"
	"errors"
	"slices"
	"time"

	"tongbu/hub/follow"
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/question"
	"tongbu/internal/schema"
)

// idsAtOnce is how many records one question names, beside a filter of maxFilter bytes: a
// filter is no longer than 4 KiB.
const (
	idsAtOnce = 40
	maxFilter = 2000
)

// Bounds of one reading of the journal.
const (
	maxArrivals = 64
	maxChanges  = 2000
)

// Watcher reads what has changed at a hub. It keeps nothing: many may use one at once.
type Watcher struct {
	View     View
	Follower *follow.Follower
	City     change.UnitID
	Journal  Journal
	// Each reads changes of a stream between two places.
	Each func(in change.Stream, from, to uint64, fn func(seq uint64, c *change.Change) error) error
	// Now is what tells one life of the journal from the next.
	Now func(tx *journal.Tx) (Now, error)
}

// View is what a watcher needs of the merged view.
type View interface {
	view.Reader
	Reviewed(ctx context.Context) (string, error)
}

// Journal is the hub's journal.
type Journal interface {
	View(fn func(*journal.Tx) error) error
	Update(ctx context.Context, fn func(*journal.Tx) error) error
}

// Ask is how somebody who watches asks: with their rights, limits and log.
type Ask struct {
	Page  func(ctx context.Context, q question.Question) (*question.Answer, error)
	All   func(ctx context.Context, q question.Question, tell question.Tell) error
	Live  func() error                                      // whether they still may
	Shows func(kind *schema.Kind, maker change.UnitID) bool // whether they may hear that a record of the maker is gone
	Holds func(unit change.UnitID) bool                     // whether a unit lies in what they ask about
	Cover func(ctx context.Context) (question.Coverage, error)
}

// Changed is a part of what has changed.
type Changed struct {
	Columns  []question.Column // in the first part
	Rows     []question.Row
	Gone     []change.RecordID
	Subjects []change.RecordID // of derived kinds: Rows are all that these have
	Position string
	Coverage *question.Coverage // where there is nothing more now
}

// Tell takes the next part.
type Tell func(context.Context, Changed) error

// Times of one who waits.
const (
	looked = 2 * time.Second  // how often it is looked whether they still may ask, and whether the day has turned
	said   = 30 * time.Second // how often they hear that there is nothing new
)

// Run tells what has changed of a kind since a position, and waits for more unless
// untilNow, until the context ends or tell fails. It returns Invalid for what is no
// position, NotFound for one of a journal that is no more, and what asking returns.
func (w *Watcher) Run(ctx context.Context, ask Ask, q question.Question, position string, untilNow bool, tell Tell) error {
	k, ok := w.View.Schema().Kind(q.Kind)
	if !ok {
		return fault.New(fault.Invalid, "there is no kind %q", q.Kind)
	}
	if len(q.Filter) > maxFilter {
		return fault.New(fault.Invalid, "the filter has %d bytes, more than %d", len(q.Filter), maxFilter).WithHint("watch more, and leave out what you do not need")
	}
	if _, err := (filter.Reading{InFull: true, Today: anyDay}).Parse(k, q.Filter); err != nil {
		return err // by itself: behind more of a filter it could mean something else
	}
	q.Select = selected(k, q.Select)
	r := &reading{Watcher: w, ask: ask, q: q, kind: k, tell: tell}
	if err := r.begin(ctx, position); err != nil {
		return err
	}
	for {
		if err := r.catchUp(ctx); err != nil || untilNow {
			return err
		}
		if err := r.wait(ctx); err != nil {
			return err
		}
	}
}

// anyDay stands for the day where it only matters that a filter by ages can be read.
const anyDay = "2000-01-01"

// selected are the columns that are chosen, with those by which it can be told what is
// gone; none: all.
func selected(k *schema.Kind, chosen []string) []string {
	if len(chosen) == 0 {
		return nil
	}
	needed := []string{view.ColID}
	if k.Sort == schema.Derived {
		for _, f := range k.Subjects() {
			needed = append(needed, f.Name)
		}
	}
	for _, name := range needed {
		if !slices.Contains(chosen, name) {
			chosen = append([]string{name}, chosen...)
		}
	}
	return chosen
}

// reading is one program's.
type reading struct {
	*Watcher
	ask     Ask
	q       question.Question
	kind    *schema.Kind
	tell    Tell
	at      Position
	made    uint64                 // mark of the view, with which what is told now is read
	columns []question.Column      // as they were told last
	left    map[change.UnitID]bool // units that lie no more in what they ask about, of one portion
	silent  time.Time
}

// begin finds where to go on; without a position every record comes once.
func (r *reading) begin(ctx context.Context, position string) error {
	if position == "" {
		return r.first(ctx)
	}
	at, err := Parse(position)
	if err != nil {
		return err
	}
	all, last, err := r.lives(ctx)
	if err != nil {
		return err
	}
	r.at, err = all.goOn(at, last)
	return err
}

// lives are those of the journal, of which the present one is the last, and the last
// arrival of it.
func (w *Watcher) lives(ctx context.Context) (all lives, last uint64, err error) {
	var now Now
	read := func(tx *journal.Tx) error {
		if now, err = w.Now(tx); err != nil {
			return err
		}
		last = tx.LastArrival()
		all, err = readLives(tx)
		return err
	}
	if err := w.Journal.View(read); err != nil || all.present(now) {
		return all, last, err
	}
	err = w.Journal.Update(ctx, func(tx *journal.Tx) error {
		if err := read(tx); err != nil || all.present(now) {
			return err
		}
		if all, err = all.begin(now); err != nil {
			return err
		}
		return all.save(tx)
	})
	return all, last, err
}

// Begin notes the life of the journal as it is when the hub starts; whoever watches
// notices what ends it later.
func (w *Watcher) Begin(ctx context.Context) error {
	_, _, err := w.lives(ctx)
	return err
}

// first tells all rows as they are.
func (r *reading) first(ctx context.Context) error {
	all, _, err := r.lives(ctx)
	if err != nil {
		return err
	}
	applied, day, err := r.ready(ctx)
	if err != nil {
		return err
	}
	err = r.ask.All(ctx, r.q, func(ctx context.Context, part question.Part) error {
		if part.End != nil {
			return nil
		}
		return r.tell(ctx, Changed{Columns: r.changedColumns(part.Columns), Rows: part.Rows})
	})
	if err == nil {
		err = r.steady()
	}
	r.at = Position{Life: all[len(all)-1].Name, Arrival: applied, Day: day}
	return err
}

// changedColumns are columns that were not told yet; nil: they were.
func (r *reading) changedColumns(now []question.Column) []question.Column {
	if len(now) == 0 || slices.Equal(now, r.columns) {
		return nil
	}
	r.columns = now
	return now
}

// errMade says that the view was emptied, or is to be, while rows were read of it: what
// is not there may come again.
var errMade = fault.New(fault.Unavailable, "the view is being made again").WithHint("ask again from the position that was told last")

// steady returns errMade where what was read since ready may lack what was applied.
func (r *reading) steady() error {
	if made, steady := r.Follower.Steady(); !steady || made != r.made {
		return errMade
	}
	return nil
}

// ready is how far the view is, and the day of its derived rows. Those of a crowd are
// made after it: it waits until they are there, and until nothing is ordered that changes
// rows otherwise than by what arrives.
func (r *reading) ready(ctx context.Context) (applied uint64, day string, err error) {
	for {
		made, steady := r.Follower.Steady()
		r.made, applied = made, r.Follower.Applied()
		if day, err = r.View.Reviewed(ctx); err != nil || steady && (day != "" || r.kind.Sort != schema.Derived) {
			return applied, day, err
		}
		if err := r.pause(ctx, nil); err != nil {
			return 0, "", err
		}
	}
}

// pause waits until something may be otherwise, and looks whether they still may ask.
func (r *reading) pause(ctx context.Context, moved <-chan struct{}) error {
	timer := time.NewTimer(looked)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fault.Wrap("watch", ctx.Err())
	case <-moved:
	case <-timer.C:
	}
	return r.ask.Live()
}

// catchUp tells what has changed up to now, and then how complete that is.
func (r *reading) catchUp(ctx context.Context) (err error) {
	for {
		if err = r.catchUpOnce(ctx); !errors.Is(err, errMade) {
			return err
		}
	}
}

func (r *reading) catchUpOnce(ctx context.Context) error {
	all, last, err := r.lives(ctx)
	if err == nil {
		r.at, err = all.goOn(r.at, last)
	}
	if err != nil {
		return err
	}
	upTo, day, err := r.ready(ctx)
	if err != nil {
		return err
	}
	if err := r.turned(ctx, day); err != nil {
		return err
	}
	for r.at.Arrival < upTo {
		if err := r.portion(ctx, upTo); err != nil {
			return err
		}
	}
	return r.cover(ctx)
}

// cover tells the position, and how complete the answer is up to it.
func (r *reading) cover(ctx context.Context) error {
	c, err := r.ask.Cover(ctx)
	if err != nil {
		return err
	}
	r.silent = time.Now()
	return r.tell(ctx, Changed{Position: r.at.Text(), Coverage: &c})
}

// wait returns when there may be more.
func (r *reading) wait(ctx context.Context) error {
	for {
		moved := r.Follower.Moved() // before it is looked how far that is
		day, err := r.View.Reviewed(ctx)
		if err != nil {
			return err
		}
		turned := r.kind.Sort == schema.Derived && day != "" && day != r.at.Day
		if r.Follower.Applied() > r.at.Arrival || turned {
			return nil
		}
		if time.Since(r.silent) > said { // the line is alive, and so are they
			if err := r.cover(ctx); err != nil {
				return err
			}
		}
		if err := r.pause(ctx, moved); err != nil {
			return err
		}
	}
}
