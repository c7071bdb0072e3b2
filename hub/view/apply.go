package view

import (
	"context"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// maxApplied is the highest watermark: every engine has a number for it.
const maxApplied = 1 << 62

// Apply implements Keeper.
func (m *Merged) Apply(ctx context.Context, changes []Change, upTo uint64) error {
	if upTo > maxApplied {
		return fault.New(fault.Invalid, "arrival %d is out of range", upTo)
	}
	var touched []string
	var a application
	err := m.update(ctx, func(tx Tx) error {
		a = application{
			view: m, tx: tx,
			numbers: map[change.Stream]int64{}, streams: map[int64]change.Stream{}, spans: spans{}, alone: map[ShortSpot]bool{}, paths: map[change.UnitID]*Path{}, units: map[change.UnitID]int64{}, byKind: map[string]*work{},
		}
		err := a.run(ctx, changes, upTo)
		touched = touched[:0]
		for _, w := range a.kinds {
			if w.kind.Sort != schema.Derived || w.wrote {
				touched = append(touched, w.kind.Name)
			}
		}
		return err
	}, func(err error) {
		m.keepHoldings(&a, err)
		m.reviewLater(&a, err)
	})
	m.changes.of(touched) // also after a commit whose answer was lost
	return fault.Wrap("apply changes to the view", err)
}

// application is the work of one Apply, in one transaction.
type application struct {
	view      *Merged
	tx        Tx
	numbers   map[change.Stream]int64 // of the streams of the changes
	streams   map[int64]change.Stream // those met so far, by number
	holdings  *holdings               // with the words of this call
	paths     map[change.UnitID]*Path
	units     map[change.UnitID]int64 // numbers of those met so far
	kinds     []*work                 // in the order met
	byKind    map[string]*work
	reviewed  string // Standing.Reviewed, as it was
	strays    bool   // there may be strays, so each record is looked up among them
	refusals  bool   // likewise
	ranges    bool   // likewise
	spans     spans
	alone     map[ShortSpot]bool     // as far as it was asked: there is a word about the place alone
	cells     []Cell                 // of the row that is being written
	stored    []byte                 // what is stored beside it
	firsts    firstBatch             // of the portion that is being written
	judging   *judging               // nil: nothing is judged
	published bool                   // what the city publishes rules by is among what is applied
	rewrote   int                    // rows of derived kinds
	unjudged  map[change.UnitID]bool // units of what is left to be judged by a review; nil: a review is due of all, or nothing is left
}

func (a *application) run(ctx context.Context, changes []Change, upTo uint64) error {
	if err := a.view.learn(ctx); err != nil {
		return err
	}
	if err := a.view.learnHoldings(ctx); err != nil {
		return err
	}
	was, err := a.tx.Standing()
	if err != nil {
		return err
	}
	a.strays, a.refusals, a.ranges = was.Strays, was.Refusals, was.Ranges
	a.reviewed = was.Reviewed
	if err := a.beginJudging(was, len(changes)); err != nil {
		return err
	}
	changes = a.originals(changes)
	if err := a.numberStreams(changes); err != nil {
		return err
	}
	a.holdings = a.view.holdings.Load()
	skipped, err := a.group(changes)
	if err != nil {
		return err
	}
	if err := a.applyRefusals(ctx); err != nil {
		return err
	}
	if err := a.applyWords(ctx); err != nil {
		return err
	}
	if err := a.applyHeirs(ctx); err != nil {
		return err
	}
	if err := a.leavePublished(); err != nil {
		return err
	}
	for _, w := range a.kinds {
		if err := a.applyKind(ctx, w); err != nil {
			return err
		}
	}
	if err := a.judge(ctx); err != nil {
		return err
	}
	a.forgetPast()
	return a.tx.Advance(max(was.Applied, upTo), was.Skipped+uint64(skipped))
}

// numberStreams gives each stream of the changes its number.
func (a *application) numberStreams(changes []Change) error {
	var streams []change.Stream
	for i := range changes {
		if i > 0 && changes[i].Stream == changes[i-1].Stream {
			continue
		}
		if _, met := a.numbers[changes[i].Stream]; !met {
			a.numbers[changes[i].Stream] = 0
			streams = append(streams, changes[i].Stream)
		}
	}
	if len(streams) == 0 {
		return nil
	}
	numbers, err := a.tx.Number(streams)
	if err != nil {
		return err
	}
	for i, no := range numbers {
		a.numbers[streams[i]], a.streams[no] = no, streams[i]
	}
	return nil
}

func (a *application) spotOf(c *Change) ShortSpot {
	return ShortSpot{Stream: a.numbers[c.Stream], Seq: int64(c.Seq)}
}

// group puts each change with those of its record, or among the strays. It
// returns how many strays are new.
func (a *application) group(changes []Change) (skipped int, err error) {
	var strays []Stray
	var last change.Stream
	var number int64
	for i := range changes {
		c := &changes[i]
		if number == 0 || c.Stream != last {
			last, number = c.Stream, a.numbers[c.Stream]
		}
		at := ShortSpot{Stream: number, Seq: int64(c.Seq)}
		left, err := a.isLeftOut(c, at)
		if err != nil {
			return 0, err
		}
		if left && c.Stream.Device != a.view.opts.Own {
			continue
		}
		name, has := access.Effect(c.Change, c.Stream, c.Author, a.view.opts.City)
		w, byID := a.workOf(c.Change.Kind, len(changes)-i), has
		if has, err = a.counts(c, name, has); err != nil {
			return 0, err
		}
		switch {
		case !has: // whoever holds the record sees nothing of it
			strays = append(strays, Stray{Kind: c.Change.Kind, ID: a.strayName(c.Change.Kind, name), Spot: at})
		case w == nil || left || w.kind.Sort == schema.Derived: // nobody writes a derived kind
			strays = append(strays, Stray{Kind: c.Change.Kind, ID: name, Spot: at})
		default:
			w.add(c.named(name), at)
			if c.again || !byID || a.holdings.of(c.Change.Kind, name).Moved() { // as it stands here it may be among the strays
				w.record(name).rebuilt = true
			}
		}
	}
	if len(strays) == 0 {
		return 0, nil
	}
	a.strays = true
	return a.tx.AddStrays(strays)
}

// nobodys is the id under which changes are noted that have no effect on the
// record they name. No record has it.
const nobodys change.RecordID = "-"

// strayName is the id under which a change is noted that has no effect: where a word of
// the city may give the record to its author, that of the record.
func (a *application) strayName(kind string, name change.RecordID) change.RecordID {
	if a.view.opts.Custody == nil || change.Ruled(kind) {
		return nobodys
	}
	return name
}

// named is the change as one of the record of the name: itself, or a copy.
func (c *Change) named(name change.RecordID) *Change {
	if c.Change.Record == name {
		return c
	}
	named := *c
	named.Change = c.Change.Named(name)
	return &named
}
