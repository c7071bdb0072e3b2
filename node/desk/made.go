package desk

import (
	"cmp"
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/node/replica"
)

// madeRows are the derived rows of all that the unit holds, for some days; each unit that
// was merged into it has its own.
type madeRows struct {
	at     *replica.Replica
	units  []change.UnitID
	in     *ownStreams
	book   *facts.Book
	reads  map[string]*schema.Kind
	shapes map[string]*shape
	ties   *ties
	days   []*madeDay // the one asked for last stands last
}

// madeRow is one row of some kind.
type madeRow struct {
	packed
	of *shape
}

// madeDay are the rows of a day.
type madeDay struct {
	day  string
	made map[int32][]madeRow // by what they are made of
	list map[string][]packed // of a kind, by id, as they stood when it was asked for last
	// moved says of rows of a listed kind how many more of them there are by now; fewer
	// are below zero.
	moved map[string]map[packed]int
	// count is how many rows of a kind there are.
	count map[string]int
	size  int
}

func (m *madeRows) size() (size int) {
	if m == nil {
		return 0
	}
	for _, d := range m.days {
		size += d.size
	}
	return size + len(m.ties.all)*tieSize
}

// tieSize is about how many bytes a record takes that rows are made of.
const tieSize = 110

// derivedLocked are the rows of a derived kind on a day, by id.
func (k *kept) derivedLocked(ctx context.Context, kind, day string) ([]packed, *shape, error) {
	d, err := k.madeLocked(ctx, day)
	if err != nil {
		return nil, nil, err
	}
	return d.of(kind), k.made.shapes[kind], nil
}

// madeLocked are the rows of a day.
func (k *kept) madeLocked(ctx context.Context, day string) (*madeDay, error) {
	for range 3 { // what is written meanwhile may be too much to follow
		if d, err := k.tryDayLocked(ctx, day); err != nil || d != nil {
			return d, err
		}
	}
	return nil, errHurried
}

var errHurried = fault.New(fault.Busy, "too much is written at the moment to make the rows").WithHint("try again in a minute")

// tryDayLocked has the rows of a day made; nil when so much was written meanwhile that
// nothing is kept.
func (k *kept) tryDayLocked(ctx context.Context, day string) (*madeDay, error) {
	if k.made == nil {
		made, err := k.tieLocked(ctx)
		if err != nil {
			return nil, err
		}
		k.made = made
		if err := k.refreshLocked(ctx); err != nil || k.made == nil { // what was written meanwhile
			return nil, err
		}
	}
	return k.dayLocked(ctx, day)
}

// dropDay drops the rows of another day, and reports whether there were any.
func (m *madeRows) dropDay(but string) bool {
	i := slices.IndexFunc(m.days, func(d *madeDay) bool { return d.day != but })
	if i < 0 {
		return false
	}
	m.days = slices.Delete(m.days, i, i+1)
	return true
}

// tieLocked reads which records belong together.
func (k *kept) tieLocked(ctx context.Context) (*madeRows, error) {
	m := &madeRows{at: k.at, units: k.at.Units(), in: k.streams, reads: map[string]*schema.Kind{}, shapes: map[string]*shape{}, ties: newTies()}
	err := k.at.Journal.View(func(tx *journal.Tx) (err error) {
		k.begunLocked(tx)
		m.book, err = k.at.Book(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, kind := range k.schema.Kinds() {
		if kind.Sort == schema.Derived {
			m.shapes[kind.Name] = newShape(kind)
		}
	}
	for _, name := range m.book.Reads() {
		m.reads[name], _ = k.schema.Kind(name)
		err := eachRecord(ctx, k.at, name, k.begunLocked, func(_ *journal.Tx, rec *merge.Record) error {
			m.tie(rec)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

// tie hangs a record below what it is about.
func (m *madeRows) tie(rec *merge.Record) int32 {
	k := m.reads[rec.Kind()]
	n := m.ties.node(k.Name, rec.ID())
	field := k.Subject
	if k.Name == "person" {
		field = "household"
	}
	m.tieBeside(rec, n)
	f, has := k.Field(field)
	above := rec.Value(field).Text()
	if !has || above == "" || rec.Void() {
		m.ties.hang(n, 0)
		return n
	}
	m.ties.hang(n, m.ties.node(f.About(), change.RecordID(above).Of(f.About(), m.at.Keeper(ownerOf(rec)))))
	return n
}

// tieBeside notes what an event about somebody tells of besides.
func (m *madeRows) tieBeside(rec *merge.Record, n int32) {
	field, of := facts.Bears(rec.Kind())
	if field == "" {
		return
	}
	named := rec.Value(field).Text()
	if named == "" || rec.Void() {
		m.ties.put(n, 0)
		return
	}
	m.ties.put(n, m.ties.node(of, change.RecordID(named).Of(of, m.at.Keeper(ownerOf(rec)))))
}

// dayLocked makes the rows of a day where they are not kept; nil as at tryDayLocked.
func (k *kept) dayLocked(ctx context.Context, day string) (d *madeDay, err error) {
	m := k.made
	if i := slices.IndexFunc(m.days, func(d *madeDay) bool { return d.day == day }); i >= 0 {
		d = m.days[i]
		m.days = append(slices.Delete(m.days, i, i+1), d)
		return d, nil
	}
	d = &madeDay{day: day, made: map[int32][]madeRow{}, list: map[string][]packed{}, moved: map[string]map[packed]int{}, count: map[string]int{}}
	for some := range slices.Chunk(m.ties.tops(), familiesAtOnce) {
		err := k.at.Journal.View(func(tx *journal.Tx) error {
			defer tx.Rest()
			for _, top := range some {
				if err := m.make(tx, d, top); err != nil {
					return err
				}
			}
			return fault.Wrap("make the rows", ctx.Err())
		})
		if err != nil {
			return nil, err
		}
	}
	if len(m.days) >= maxDays {
		m.days = slices.Delete(m.days, 0, 1)
	}
	m.days = append(m.days, d)
	if err := k.refreshLocked(ctx); err != nil { // what was written meanwhile
		return nil, err
	}
	if k.made != m {
		return nil, nil
	}
	return d, nil
}

// familiesAtOnce is of how many households one transaction makes the rows.
const familiesAtOnce = 100

// again makes the rows again that touched records are part of, or were.
func (m *madeRows) again(tx *journal.Tx, keys []records.Key) error {
	if m == nil {
		return nil
	}
	tops := map[int32]bool{}
	for _, key := range keys {
		if m.reads[key.Kind] == nil {
			continue
		}
		n := m.ties.node(key.Kind, key.ID)
		tops[m.ties.top(n)] = true
		also := func(beside int32) { tops[m.ties.top(beside)] = true }
		m.ties.besides(n, also)
		rec, err := m.at.Records.Get(tx, key.Kind, key.ID)
		if err != nil {
			return err
		}
		if rec == nil {
			m.ties.hang(n, 0)
			m.ties.put(n, 0)
		} else {
			m.tie(rec)
		}
		m.ties.besides(n, also)
		tops[n], tops[m.ties.top(n)] = true, true
	}
	for _, d := range m.days {
		for top := range tops {
			if err := m.make(tx, d, top); err != nil {
				return err
			}
		}
	}
	return nil
}

// make makes the rows of what hangs below a record, by the same code as those of all that
// the unit holds. Of one that hangs below another itself there are none.
func (m *madeRows) make(tx *journal.Tx, d *madeDay, top int32) error {
	for _, row := range d.made[top] {
		d.move(row, -1)
	}
	delete(d.made, top)
	if m.ties.top(top) != top {
		return nil
	}
	all, f := make([]*facts.Holding, len(m.units)), &far{in: m.in}
	for i, unit := range m.units {
		all[i] = m.book.NewHolding(unit, m.at.LevelAt(unit))
	}
	take := func(kind string, id change.RecordID) error { return m.take(tx, all, f, kind, id) }
	err := m.ties.below(top, take)
	if err == nil {
		err = m.ties.telling(top, take)
	}
	if err != nil {
		return err
	}
	add := func(made facts.Rows) error {
		for _, row := range made.All {
			of := m.shapes[row.Kind]
			one := madeRow{of.pack(row.ID, func(field string) change.Value { return row.Values[field] }, f), of}
			d.made[top] = append(d.made[top], one)
			d.move(one, 1)
		}
		return nil
	}
	for i := 0; err == nil && i < len(all); i++ {
		err = all[i].Each(d.day, add)
	}
	return err
}

// take takes a record into the holdings, as replica.Holdings does.
func (m *madeRows) take(tx *journal.Tx, all []*facts.Holding, f *far, kind string, id change.RecordID) error {
	if m.reads[kind] == nil {
		return nil // a unit that is told of, and whatever else has no record that counts
	}
	rec, err := m.at.Records.Get(tx, kind, id)
	if err != nil || rec == nil || rec.Void() {
		return err
	}
	e := facts.EntryOf(m.reads[kind], rec.ID(), facts.Values(rec.Values()))
	for _, h := range all {
		h.Add(e, ownerOf(rec))
	}
	return f.add(m.at, tx, kind, id)
}

// maxMoved is how many rows of a listed kind may move before all of it is listed again.
const maxMoved = 200

// move counts a row that has come, or one that has gone.
func (d *madeDay) move(row madeRow, by int) {
	kind := row.of.kind.Name
	d.count[kind] += by
	d.size += by * row.size()
	if _, listed := d.list[kind]; !listed {
		return
	}
	moved := d.moved[kind]
	if moved == nil {
		moved = map[packed]int{}
		d.moved[kind] = moved
	}
	if moved[row.packed] += by; moved[row.packed] == 0 {
		delete(moved, row.packed)
	}
	if len(moved) > maxMoved {
		delete(d.list, kind)
		delete(d.moved, kind)
	}
}

// of are the rows of a kind, by id. Where none has moved it is the same slice as before.
func (d *madeDay) of(kind string) []packed {
	list, has := d.list[kind]
	switch {
	case !has:
		list = d.all(kind)
	case len(d.moved[kind]) > 0:
		list = withMoved(list, d.moved[kind])
	}
	delete(d.moved, kind)
	d.list[kind] = list
	return list
}

// all are the rows of a kind, by id, of all that they are made of.
func (d *madeDay) all(kind string) []packed {
	list := make([]packed, 0, d.count[kind])
	for _, made := range d.made {
		for _, row := range made {
			if row.of.kind.Name == kind {
				list = append(list, row.packed)
			}
		}
	}
	slices.SortFunc(list, inIDs)
	return list
}

// withMoved are other rows in their place: whoever was given the list keeps it.
func withMoved(list []packed, moved map[packed]int) []packed {
	list = slices.Clone(list)
	for row, by := range moved {
		for ; by != 0; by -= sign(by) {
			at, _ := placeOf(list, row.id())
			if by > 0 {
				list = slices.Insert(list, at, row)
				continue
			}
			at += slices.Index(list[at:], row) // two may have one id
			list = slices.Delete(list, at, at+1)
		}
	}
	return list
}

func sign(n int) int { return cmp.Compare(n, 0) }
