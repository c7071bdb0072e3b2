package reports

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/merge"
	"tongbu/internal/records"
)

// family are records that stand together: a household with its members and what is told
// of them, a person alone, or a record that is its own subject.
type family = map[records.Key]*merge.Record

// kin is a family at two moments. Two families of one moment that have a record in common
// at the other, since somebody has gone from the one to the other, are one.
type kin struct {
	then, now family
	changed   []records.Key // that are not the same, in the order of their names
}

// familiesOf parts the records of a unit at two moments into families.
func (c *counting) familiesOf(unit change.UnitID, then, now family) (all []*kin) {
	of := map[records.Key]records.Key{} // the one that stands for a family
	var root func(records.Key) records.Key
	root = func(k records.Key) records.Key {
		if up, known := of[k]; known && up != k {
			of[k] = root(up)
			return of[k]
		}
		return k
	}
	for _, held := range []family{then, now} {
		for k, r := range held {
			for _, to := range c.tied(unit, k, r) {
				of[root(k)] = root(to)
			}
		}
	}
	byRoot := map[records.Key]*kin{}
	for _, k := range slices.SortedFunc(maps.Keys(union(then, now)), records.Key.Compare) {
		at := root(k)
		f := byRoot[at]
		if f == nil {
			f = &kin{then: family{}, now: family{}}
			byRoot[at] = f
			all = append(all, f)
		}
		f.add(k, then[k], now[k])
	}
	return all
}

func union(a, b family) family {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func (f *kin) add(k records.Key, then, now *merge.Record) {
	if then != nil {
		f.then[k] = then
	}
	if now != nil {
		f.now[k] = now
	}
	if then == nil || now == nil || !bytes.Equal(then.Encode(), now.Encode()) {
		f.changed = append(f.changed, k)
	}
}

// tied are the records that a record stands with: its household, its subject, and what it
// tells of besides.
func (c *counting) tied(unit change.UnitID, k records.Key, r *merge.Record) (to []records.Key) {
	kind := c.reads[k.Kind]
	add := func(field, of string) {
		if id := strings.TrimSpace(r.Value(field).Text()); id != "" {
			to = append(to, records.Key{Kind: of, ID: change.RecordID(id).Of(of, unit)})
		}
	}
	switch {
	case k.Kind == "person":
		add("household", "household")
	case facts.Tells(kind):
		subject, _ := kind.Field(kind.Subject)
		add(kind.Subject, subject.About())
	}
	if field, of := facts.Bears(k.Kind); field != "" {
		add(field, of)
	}
	return to
}
