package pairs

import (
	"context"
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/duplicates"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// person is somebody as the view has it.
type person struct {
	duplicates.Person
	keys    duplicates.Keys
	unit    change.UnitID
	valid   bool
	arrival uint64 // of the first change that is here
	basis   string // names the entries by which the person is told
}

// verdict is what is to be said of a pair.
type verdict struct {
	a, b *person
	duplicates.Likeness
}

// lookAt judges all pairs that some persons are in, and writes what follows. They are looked
// at another time where that fails.
func (k *Keeper) lookAt(ctx context.Context, ids []change.RecordID, dry bool) (found Found, err error) {
	defer func() {
		if err != nil {
			k.back(ids)
		}
	}()
	if len(ids) == 0 {
		return found, nil
	}
	l := look{Keeper: k, met: map[change.RecordID]*person{}, verdicts: map[string]verdict{}}
	if err := l.all(ctx, ids); err != nil {
		return found, fault.Wrap("look for duplicate persons", err)
	}
	verdicts := make([]verdict, 0, len(l.verdicts))
	for _, name := range slices.Sorted(maps.Keys(l.verdicts)) {
		v := l.verdicts[name]
		if verdicts = append(verdicts, v); v.IsCase() {
			found.Pairs++
		}
	}
	for part := range slices.Chunk(verdicts, verdictsAtOnce) {
		if err := k.settle(ctx, part, dry, &found); err != nil {
			return found, fault.Wrap("open duplicate cases", err)
		}
	}
	return found, nil
}

// verdictsAtOnce is how many pairs one transaction of the journal is about.
const verdictsAtOnce = 500

// look is one look at some persons.
type look struct {
	*Keeper
	met      map[change.RecordID]*person
	verdicts map[string]verdict // by the names of the cases
}

func (l *look) all(ctx context.Context, ids []change.RecordID) error {
	cases, err := l.read()
	if err != nil {
		return err
	}
	with := map[change.RecordID][]change.RecordID{} // with whom somebody is in a case
	for _, c := range cases {
		if len(c.Sides) == 2 {
			a, b := c.Sides[0].Person, c.Sides[1].Person
			with[a], with[b] = append(with[a], b), append(with[b], a)
		}
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		p, err := l.person(ctx, id)
		if err != nil {
			return err
		}
		others := with[id]
		if p.valid {
			l.mu.Lock()
			l.seen.put(id, p.keys)
			l.mu.Unlock()
			like, err := l.like(ctx, p)
			if err != nil {
				return err
			}
			others = append(slices.Clip(others), like...)
		}
		for _, other := range others {
			if err := l.judge(ctx, p, other, slices.Contains(with[id], other)); err != nil {
				return err
			}
		}
	}
	return nil
}

// like are the other persons that have the number, or the name.
func (l *look) like(ctx context.Context, p *person) (ids []change.RecordID, err error) {
	kind, _ := l.cfg.View.Schema().Kind(personKind)
	number, _ := kind.Field("id_number")
	var tests []filter.Among
	if whole := p.Whole(); whole != "" {
		tests = append(tests, filter.Among{Field: number.Name, In: schema.Spellings(number, change.Text(whole))})
	}
	if p.Name != "" && p.Birth != "" {
		tests = append(tests, filter.Among{Field: "name", In: []change.Value{change.Text(p.Name)}})
	}
	for _, test := range tests {
		q, err := l.personQuery(test)
		if err != nil {
			return nil, err
		}
		rows, err := l.cfg.View.Rows(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if o := personIn(row); o.ID != p.ID && duplicates.Compare(p.Person, o).IsCase() {
				ids = append(ids, o.ID)
			}
		}
	}
	return ids, nil
}

// judge says what is to be said of a pair. Two of one community are a finding there, and no
// case; and a new one is opened of those alone whose communities there are.
func (l *look) judge(ctx context.Context, p *person, other change.RecordID, is bool) error {
	name := duplicates.CaseOf(p.ID, other)
	if _, judged := l.verdicts[name]; judged {
		return nil
	}
	o, err := l.person(ctx, other)
	if err != nil {
		return err
	}
	if !is && (o.unit == p.unit || !l.isThere(o.unit) || !l.isThere(p.unit)) {
		return nil
	}
	v := verdict{a: p, b: o}
	if other < p.ID {
		v.a, v.b = o, p
	}
	if p.valid && o.valid {
		v.Likeness = duplicates.Compare(p.Person, o.Person)
	}
	for _, one := range []*person{p, o} {
		if err := l.placed(ctx, one); err != nil {
			return err
		}
	}
	l.verdicts[name] = v
	return nil
}

func (l *look) isThere(unit change.UnitID) bool {
	t := l.cfg.Members.Tree()
	if t == nil {
		return false
	}
	_, known := t.Unit(unit)
	return known
}

// person reads somebody of the view.
func (l *look) person(ctx context.Context, id change.RecordID) (*person, error) {
	if p, met := l.met[id]; met {
		return p, nil
	}
	at, err := l.cfg.View.Snapshot(ctx, personKind, id)
	if err != nil && fault.Of(err) != fault.NotFound {
		return nil, err
	}
	p := &person{Person: duplicates.Person{ID: id}}
	p.unit, _ = id.Maker()
	if r := at.Record; err == nil && r != nil && r.Holder() != "" {
		p.unit = r.Holder()
	}
	if r := at.Record; err == nil && r != nil && !r.Void() {
		p.Person, p.keys, p.valid, p.basis = duplicates.PersonOf(id, r.Value), duplicates.KeysOf(r.Value), true, basisOf(r)
	}
	l.met[id] = p
	return p, nil
}

// placed finds out when the first change of somebody arrived.
func (l *look) placed(ctx context.Context, p *person) error {
	if p.arrival > 0 || !p.valid {
		return nil
	}
	at, err := l.cfg.View.Snapshot(ctx, personKind, p.ID)
	if err != nil {
		return err
	}
	return l.cfg.Streams.View(func(tx *journal.Tx) error {
		for _, spot := range at.Spots {
			no, err := tx.ArrivalAt(spot.Stream, spot.Seq)
			if err != nil {
				return err
			}
			if no > 0 && (p.arrival == 0 || no < p.arrival) {
				p.arrival = no
			}
		}
		return nil
	})
}

// basisOf names the changes that said by what a person is told: another name is another
// entry, and nobody reads from it what was entered.
func basisOf(r *merge.Record) string {
	var said string
	for _, w := range r.Writes() {
		if slices.Contains(duplicates.Fields, w.Field) {
			said += w.Field + " " + change.Vector{w.Dot.Stream: w.Dot.Count}.Version(personKind, r.ID()) + "\n"
		}
	}
	return duplicates.CaseOf(change.RecordID(said), r.ID())
}
