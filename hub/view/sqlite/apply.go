package sqlite

import (
	"context"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// kindRefusal is the kind whose records take the effect from changes. A
// refusal is taken back by voiding it; it cannot be refused itself.
const kindRefusal = "refusal"

// Apply implements view.Keeper.
func (v *View) Apply(ctx context.Context, changes []view.Change, upTo uint64) error {
	err := v.update(ctx, func(w *writer) error {
		a := application{
			view: v, w: w,
			streams: map[change.Stream]int64{}, names: map[int64]change.Stream{}, paths: map[change.UnitID]view.Path{},
			fresh: make(map[key]arrived, len(changes)), given: map[spot]*view.Change{}, tallies: map[counted]int64{},
		}
		return a.run(ctx, changes, upTo)
	})
	return fault.Wrap("apply changes to the view", err)
}

// key names a record.
type key struct {
	kind string
	id   change.RecordID
}

// arrived are the changes of one record that came with this call: mostly one.
type arrived struct {
	first *view.Change
	more  []*view.Change
}

// application is the work of one Apply, in one transaction.
type application struct {
	view    *View
	w       *writer
	streams map[change.Stream]int64 // numbers of the streams met
	names   map[int64]change.Stream
	paths   map[change.UnitID]view.Path
	fresh   map[key]arrived
	order   []key // of fresh, as met
	given   map[spot]*view.Change
	refuses bool // some change is refused, so each record has to be looked up
	strays  bool // some change stands beside the records
	skipped int
	tallies map[counted]int64
}

func (a *application) run(ctx context.Context, changes []view.Change, upTo uint64) error {
	if _, err := a.w.get(`SELECT EXISTS (SELECT 1 FROM strays)`, nil, &a.strays); err != nil {
		return err
	}
	for i := range changes {
		if err := a.take(&changes[i]); err != nil {
			return err
		}
	}
	rebuild, err := a.applyRefusals(ctx)
	if err != nil {
		return err
	}
	for i, k := range a.order {
		if err := ctx.Err(); i%64 == 0 && err != nil {
			return err
		}
		if err := a.applyTo(k, rebuild[k]); err != nil {
			return err
		}
		delete(rebuild, k)
	}
	for k := range rebuild {
		if err := a.rebuild(k); err != nil {
			return err
		}
	}
	if err := a.writeTallies(); err != nil {
		return err
	}
	return a.w.raise(upTo, a.skipped)
}

// take puts the change with those of its record, or aside.
func (a *application) take(c *view.Change) error {
	at, err := a.spotOf(c)
	if err != nil {
		return err
	}
	k := key{kind: c.Change.Kind, id: c.Change.Record}
	if !a.counts(c) {
		n, err := a.stray(k, at)
		a.skipped += int(n)
		return err
	}
	got, met := a.fresh[k]
	if !met {
		a.order = append(a.order, k)
		a.fresh[k] = arrived{first: c}
	} else {
		got.more = append(got.more, c)
		a.fresh[k] = got
	}
	if met || a.refuses || k.kind == kindRefusal {
		a.given[at] = c
	}
	return nil
}

// stray notes the place of a change that has no record; it returns 1 when it
// was not noted before.
func (a *application) stray(k key, at spot) (int64, error) {
	a.strays = true
	return a.w.count(`INSERT OR IGNORE INTO strays (kind, id, stream, seq) VALUES (?, ?, ?, ?)`, k.kind, string(k.id), at.stream, at.seq)
}

// counts reports whether the change has an effect: its kind is known, and a
// refusal is the city's own.
func (a *application) counts(c *view.Change) bool {
	if c.Change.Kind == kindRefusal && (a.view.opts.City == "" || c.Author != a.view.opts.City) {
		return false
	}
	_, known := a.view.schema.Kind(c.Change.Kind)
	return known
}

func (a *application) spotOf(c *view.Change) (spot, error) {
	no, err := a.streamNo(c.Stream)
	return spot{stream: no, seq: int64(c.Seq)}, err
}

func (a *application) streamNo(s change.Stream) (int64, error) {
	if no, ok := a.streams[s]; ok {
		return no, nil
	}
	name := s.String()
	if err := a.w.exec(`INSERT OR IGNORE INTO streams (name) VALUES (?)`, name); err != nil {
		return 0, err
	}
	var no int64
	_, err := a.w.get(`SELECT no FROM streams WHERE name = ?`, []any{name}, &no)
	a.streams[s], a.names[no] = no, s
	return no, err
}

// streamAt is the inverse of streamNo.
func (a *application) streamAt(no int64) (change.Stream, error) {
	if s, ok := a.names[no]; ok {
		return s, nil
	}
	var name string
	if _, err := a.w.get(`SELECT name FROM streams WHERE no = ?`, []any{no}, &name); err != nil {
		return change.Stream{}, err
	}
	s, err := change.ParseStream(name)
	if err != nil {
		return s, fault.As(fault.Damaged, "read a stream of the view", err)
	}
	a.names[no] = s
	return s, nil
}

// applyTo brings the fresh changes into one record.
func (a *application) applyTo(k key, anew bool) error {
	if k.kind == kindRefusal {
		return nil
	}
	if a.refuses && !anew {
		refused, err := a.refusedOf(k)
		if err != nil {
			return err
		}
		anew = len(refused) > 0
	}
	if anew {
		return a.rebuild(k)
	}
	if done, err := a.begin(k); done || err != nil {
		return err
	}
	_, err := a.merge(k)
	return err
}

// begin takes what most changes are, the first and only one of a new record.
// It reports false when the record is there already.
func (a *application) begin(k key) (bool, error) {
	got := a.fresh[k]
	if len(got.more) > 0 || a.strays || got.first.Raw == nil {
		return false, nil
	}
	r, ok := view.Alone(got.first.Stream, got.first.Change)
	if !ok {
		return false, nil
	}
	at, err := a.spotOf(got.first)
	if err != nil {
		return false, err
	}
	return a.insert(r, view.BelongingOf(r), &stored{spots: []spot{at}, form: formSingle, body: got.first.Raw})
}

// merge applies the fresh changes of the record to its state. A change whose
// spot is stored is in the state already: both are written at once.
func (a *application) merge(k key) (*merge.Record, error) {
	no, have, err := a.load(k)
	if err != nil {
		return nil, err
	}
	r, err := have.record(k, a.streamAt)
	if err != nil {
		return nil, err
	}
	beside, err := a.beside(k)
	if err != nil {
		return nil, err
	}
	next := &stored{form: formMerged}
	if have != nil {
		next.spots = have.spots
	}
	known := len(next.spots)
	if no != 0 {
		a.tally(r, view.BelongingOf(r), -1)
	}
	for _, c := range a.fresh[k].all() {
		at, err := a.spotOf(c)
		if err != nil {
			return nil, err
		}
		if next.has(at) || beside[at] {
			continue
		}
		next.spots = append(next.spots, at)
		r.Apply(c.Stream, c.Change)
	}
	if len(next.spots) == known {
		if no != 0 {
			a.tally(r, view.BelongingOf(r), 1)
		}
		return r, nil
	}
	next.body = r.Encode()
	return r, a.save(r, no, next)
}

// all lists the changes in the order they came.
func (x arrived) all() []*view.Change {
	if x.first == nil {
		return nil
	}
	return append([]*view.Change{x.first}, x.more...)
}

// load reads what is stored of a record and the number of its row, 0 when
// there is none.
func (a *application) load(k key) (no int64, have *stored, err error) {
	kind, ok := a.kind(k)
	if !ok {
		return 0, nil, nil
	}
	var raw []byte
	found, err := a.w.get(`SELECT r.no, s.stored FROM `+tableOf(kind)+` AS r JOIN `+storedOf(kind)+` AS s ON s.no = r.no WHERE r.id = ?`,
		[]any{string(k.id)}, &no, &raw)
	if !found || err != nil {
		return 0, nil, err
	}
	have, err = parseStored(raw)
	return no, have, err
}

func (a *application) kind(k key) (*schema.Kind, bool) { return a.view.schema.Kind(k.kind) }

// beside are the spots of a record's changes that have no effect on it.
func (a *application) beside(k key) (map[spot]bool, error) {
	if !a.strays {
		return nil, nil
	}
	spots := map[spot]bool{}
	err := a.w.each(`SELECT stream, seq FROM strays WHERE kind = ? AND id = ?`, []any{k.kind, string(k.id)}, func(st *statement) error {
		var p spot
		err := st.scan(&p.stream, &p.seq)
		spots[p] = true
		return err
	})
	return spots, err
}
