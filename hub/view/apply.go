package view

import (
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// portionSize is how many records of a kind go into the tables at once: enough
// that a call over a network is worth it, few enough that what was read is
// still at hand when it is written.
const portionSize = 512

// maxApplied is the highest watermark: every engine has a number for it.
const maxApplied = 1 << 62

// Apply implements Keeper.
func (m *Merged) Apply(ctx context.Context, changes []Change, upTo uint64) error {
	if upTo > maxApplied {
		return fault.New(fault.Invalid, "arrival %d is out of range", upTo)
	}
	err := m.update(ctx, func(tx Tx) error {
		a := application{
			view: m, tx: tx,
			numbers: map[change.Stream]int64{}, streams: map[int64]change.Stream{}, paths: map[change.UnitID]*Path{}, byKind: map[string]*work{},
		}
		return a.run(ctx, changes, upTo)
	})
	return fault.Wrap("apply changes to the view", err)
}

// application is the work of one Apply, in one transaction.
type application struct {
	view     *Merged
	tx       Tx
	numbers  map[change.Stream]int64 // of the streams of the changes
	streams  map[int64]change.Stream // those met so far, by number
	paths    map[change.UnitID]*Path
	kinds    []*work // in the order met
	byKind   map[string]*work
	strays   bool       // there may be strays, so each record is looked up among them
	refusals bool       // likewise
	cells    []Cell     // of the row that is being written
	stored   []byte     // what is stored beside it
	firsts   firstBatch // of the portion that is being written
}

// work is what one Apply does to the records of a kind.
type work struct {
	*layout
	index   map[change.RecordID]int // in records
	records []pending
	counts  map[counted]int64
}

// pending is a record with the changes of it that came with this call: mostly
// one; none for a record that only a refusal of this call concerns.
type pending struct {
	id    change.RecordID
	first *Change
	at    ShortSpot // of first
	more  []*Change
	anew  bool // another set of its changes is refused now, so it is rebuilt
}

func (a *application) run(ctx context.Context, changes []Change, upTo uint64) error {
	was, err := a.tx.Standing()
	if err != nil {
		return err
	}
	a.strays, a.refusals = was.Strays, was.Refusals
	if err := a.numberStreams(changes); err != nil {
		return err
	}
	skipped, err := a.group(changes)
	if err != nil {
		return err
	}
	if err := a.applyRefusals(ctx); err != nil {
		return err
	}
	for _, w := range a.kinds {
		if err := a.applyKind(ctx, w); err != nil {
			return err
		}
	}
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
		w := a.workOf(c.Change.Kind, len(changes)-i)
		if w == nil || !a.counts(c) {
			strays = append(strays, Stray{Kind: c.Change.Kind, ID: c.Change.Record, Spot: at})
			continue
		}
		w.add(c, at)
	}
	if len(strays) == 0 {
		return 0, nil
	}
	a.strays = true
	return a.tx.AddStrays(strays)
}

// counts reports whether a change may have an effect: a refusal counts when it
// is the city's own.
func (a *application) counts(c *Change) bool {
	return c.Change.Kind != system.RefusalKind || a.view.opts.City != "" && c.Author == a.view.opts.City
}

// workOf is the work on a kind, with room for so many records; nil when the
// schema does not know the kind.
func (a *application) workOf(kind string, room int) *work {
	if w, met := a.byKind[kind]; met {
		return w
	}
	l, known := a.view.layouts[kind]
	if !known {
		return nil
	}
	w := &work{layout: l, index: make(map[change.RecordID]int, room), records: make([]pending, 0, room), counts: map[counted]int64{}}
	a.byKind[kind] = w
	a.kinds = append(a.kinds, w)
	return w
}

func (w *work) add(c *Change, at ShortSpot) {
	r := w.record(c.Change.Record)
	if r.first == nil {
		r.first, r.at = c, at
		return
	}
	r.more = append(r.more, c)
}

// record is the pending record of the id. It is good until the next call.
func (w *work) record(id change.RecordID) *pending {
	i, met := w.index[id]
	if !met {
		i = len(w.records)
		w.index[id] = i
		w.records = append(w.records, pending{id: id})
	}
	return &w.records[i]
}

// applyKind brings the changes of a kind into the tables, and what they do to
// its counts.
func (a *application) applyKind(ctx context.Context, w *work) error {
	if w.kind.Name != system.RefusalKind { // applied already
		for portion := range slices.Chunk(w.records, portionSize) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := a.applyPortion(w, portion); err != nil {
				return err
			}
		}
	}
	return a.writeCounts(w)
}

// applyPortion brings some records in: those that are new with one change as
// they came, the others merged with what is there.
func (a *application) applyPortion(w *work, records []pending) error {
	b, err := a.lookBeside(w, records)
	if err != nil {
		return err
	}
	rest, err := a.insertFirsts(w, records, b)
	if err != nil || len(rest) == 0 {
		return err
	}
	_, err = a.mergeAll(w, rest, b)
	return err
}

// beside is what stands beside the rows of some records: nearly always
// nothing.
type beside struct {
	strays  map[change.RecordID][]ShortSpot
	refused map[change.RecordID][]change.Dot
}

func (a *application) lookBeside(w *work, records []pending) (b beside, err error) {
	if !a.strays && !a.refusals {
		return b, nil
	}
	ids := make([]change.RecordID, len(records))
	for i := range records {
		ids[i] = records[i].id
	}
	if a.strays {
		if b.strays, err = a.tx.Strays(w.kind.Name, ids); err != nil {
			return b, err
		}
	}
	if a.refusals {
		b.refused, err = a.tx.Refused(w.kind.Name, ids)
	}
	return b, err
}

// firstBatch are the records of a portion that one change alone makes.
type firstBatch struct {
	from     []*pending
	ids      []change.RecordID
	contents []First
	homes    []Belonging
	single   [1]ShortSpot
}

// insertFirsts writes what most changes are, the first and only one of a new
// record. It returns the records for which that does not do.
func (a *application) insertFirsts(w *work, records []pending, b beside) (rest []*pending, err error) {
	f := &a.firsts
	f.from, f.ids, f.contents, f.homes = f.from[:0], f.ids[:0], f.contents[:0], f.homes[:0]
	for i := range records {
		r := &records[i]
		content, ok := r.alone(b)
		if !ok {
			rest = append(rest, r)
			continue
		}
		f.from, f.ids, f.contents = append(f.from, r), append(f.ids, r.id), append(f.contents, content)
		f.homes = append(f.homes, Belonging{})
	}
	if len(f.ids) == 0 {
		return rest, nil
	}
	there, err := a.tx.Insert(w.kind, f.ids, func(i int) TableRow {
		f.homes[i], f.single[0] = BelongingOf(&f.contents[i]), f.from[i].at
		s := stored{spots: f.single[:], form: formSingle, body: f.from[i].first.Raw}
		return a.rowOf(w, &f.contents[i], f.homes[i], &s)
	})
	if err != nil {
		return nil, err
	}
	for i := range f.ids {
		if len(there) > 0 && there[0] == i {
			rest, there = append(rest, f.from[i]), there[1:]
			continue
		}
		w.count(&f.contents[i], f.homes[i], 1)
	}
	return rest, nil
}

// alone is the content of a record of which nothing is known but one change.
func (r *pending) alone(b beside) (First, bool) {
	if r.anew || r.first == nil || len(r.more) > 0 || r.first.Raw == nil || len(b.strays[r.id]) > 0 || len(b.refused[r.id]) > 0 {
		return First{}, false
	}
	return Alone(r.first.Stream, r.first.Change)
}

// all lists the changes in the order they came.
func (r *pending) all(fn func(*Change)) {
	if r.first == nil {
		return
	}
	fn(r.first)
	for _, c := range r.more {
		fn(c)
	}
}

// rowOf makes a row. It is good until the next.
func (a *application) rowOf(w *work, r Content, home Belonging, s *stored) TableRow {
	a.cells = w.row(a.cells[:0], r, home, a.path(home.Unit))
	a.stored = s.appendTo(a.stored[:0])
	return TableRow{Cells: a.cells, Stored: a.stored}
}

func (a *application) path(unit change.UnitID) *Path {
	p, ok := a.paths[unit]
	if !ok {
		found := PathOf(a.view.tree, unit)
		p = &found
		a.paths[unit] = p
	}
	return p
}

// mergeAll merges the changes of records with what is there, and writes what
// comes of it. It returns the merged records.
func (a *application) mergeAll(w *work, records []*pending, b beside) ([]*merge.Record, error) {
	ids := make([]change.RecordID, len(records))
	for i, r := range records {
		ids[i] = r.id
	}
	held, err := a.tx.Load(w.kind, ids)
	if err != nil {
		return nil, err
	}
	kept, err := a.parseAll(held, records, b)
	if err != nil {
		return nil, err
	}
	merged, out := make([]*merge.Record, len(records)), writes{}
	for i, r := range records {
		k := keeping{pending: r, held: held[i], stored: kept[i], strays: b.strays[r.id], refused: b.refused[r.id]}
		if merged[i], err = a.bring(w, &k, &out); err != nil {
			return nil, err
		}
	}
	return merged, a.write(w, &out)
}

// parseAll reads what is stored, and learns the names of the streams that are
// needed to make records of it.
func (a *application) parseAll(held []Held, records []*pending, b beside) (kept []stored, err error) {
	kept = make([]stored, len(held))
	var unknown []ShortSpot
	for i := range held {
		if held[i].Stored != nil {
			if kept[i], err = parseStored(held[i].Stored); err != nil {
				return nil, err
			}
		}
		need := kept[i].spots
		if r := records[i]; r.anew || len(b.refused[r.id]) > 0 {
			need = append(slices.Clip(need), b.strays[r.id]...)
		} else if kept[i].form == formMerged {
			continue
		}
		for _, p := range need {
			if _, known := a.streams[p.Stream]; !known {
				unknown = append(unknown, p)
			}
		}
	}
	if len(unknown) == 0 {
		return kept, nil
	}
	names, err := a.tx.Streams(numbersOf(unknown)...)
	for no, s := range names {
		a.streams[no] = s
	}
	return kept, err
}

// keeping is a record between what is held of it and what will be.
type keeping struct {
	*pending
	held    Held
	stored  stored // as held has it
	strays  []ShortSpot
	refused []change.Dot
}

// record is the record as it is held; one without changes when it is not.
func (k *keeping) record(kind string, streams map[int64]change.Stream) (*merge.Record, error) {
	if k.held.Stored == nil {
		return merge.New(kind, k.id), nil
	}
	return k.stored.record(kind, k.id, streams)
}

// bring merges one record and notes what is to be written of it.
func (a *application) bring(w *work, k *keeping, out *writes) (*merge.Record, error) {
	r, err := k.record(w.kind.Name, a.streams)
	if err != nil {
		return nil, err
	}
	if k.anew || len(k.refused) > 0 {
		return a.rebuild(w, k, r, out)
	}
	spots, was := k.stored.spots, Belonging{}
	if k.held.Stored != nil {
		was = BelongingOf(r)
	}
	changed := false
	k.all(func(c *Change) {
		at := a.spotOf(c)
		if slices.Contains(spots, at) || slices.Contains(k.strays, at) {
			return // it is in the record already, or has no effect on it
		}
		if !changed && k.held.Stored != nil {
			w.count(r, was, -1)
		}
		changed = true
		spots = append(spots, at)
		r.Apply(c.Stream, c.Change)
	})
	if changed {
		out.put(k.held, r, spots)
	}
	return r, nil
}
