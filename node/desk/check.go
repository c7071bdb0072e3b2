package desk

import (
	"fmt"
	"maps"
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// entry is one checked item. Its values are read again when it is written: kept
// for all items they would be several times the input's size. Those of an item
// that comes alone are kept, because a clerk waits.
type entry struct {
	item     Item
	object   map[string]any // nil: to be read again
	id       change.RecordID
	warnings []string
}

// readObject returns the object of the item.
func (e *entry) readObject() (map[string]any, error) {
	if e.object != nil {
		return e.object, nil
	}
	object, _, err := e.item.decode()
	return object, err
}

// draft is what an item changes of a record.
type draft struct {
	values   map[string]change.Value
	whole    map[string]change.Value // the record as it will be
	audience change.UnitID
	known    *merge.Record // nil: a new record
}

func (d *Desk) checkItems(k *schema.Kind, items []Item) ([]entry, error) {
	entries := make([]entry, len(items))
	err := d.at.Streams.View(func(tx *journal.Tx) (err error) {
		c := checker{desk: d, tx: tx, kind: k, today: d.today(), met: map[change.RecordID]*ahead{}, near: d.newNear(tx)}
		if err := c.near.prepare(k, len(items)); err != nil {
			return err
		}
		for i, item := range items {
			if entries[i], err = c.checkItem(item); err != nil {
				return fault.Wrap(fmt.Sprintf("line %d", item.Line), err)
			}
			if len(items) > 1 {
				entries[i].object = nil
			}
		}
		return nil
	})
	return entries, err
}

// checker checks the items of one input against what is stored and what the
// items before say of the same record.
type checker struct {
	desk  *Desk
	tx    *journal.Tx
	kind  *schema.Kind
	today string
	met   map[change.RecordID]*ahead
	near  *near
}

// ahead is what earlier items say of a record. The values are decoded only
// when a second item names the record.
type ahead struct {
	first  Item
	values map[string]change.Value
}

func (c *checker) checkItem(item Item) (entry, error) {
	object, id, err := item.decode()
	if err != nil {
		return entry{}, err
	}
	e := entry{item: item, object: object}
	if e.id, err = c.desk.nameOf(c.tx, c.kind.Name, id); err != nil {
		return e, err
	}
	var before map[string]change.Value
	if id != "" { // nobody has named a new one before
		if before, err = c.earlierValues(e.id, item); err != nil {
			return e, err
		}
	}
	drawn, err := c.desk.draft(c.tx, c.kind, e.id, object, before)
	if err != nil {
		return e, err
	}
	if before != nil {
		maps.Copy(before, drawn.values)
	}
	problems, err := c.judge(e.id, &drawn)
	if err != nil {
		return e, err
	}
	for _, p := range problems {
		if !p.Hard {
			e.warnings = append(e.warnings, p.Warning())
		}
	}
	if c.desk.at.Clocks.OwnAhead() {
		e.warnings = append(e.warnings, "entered: clock-ahead")
	}
	return e, schema.Refusal(problems)
}

// judge lists the problems of a record as an item makes it. Rules about what stands
// beside it are left out of a void one; those about its members of a new one, because
// members are typed after their household.
func (c *checker) judge(id change.RecordID, drawn *draft) ([]schema.Problem, error) {
	s := schema.Subject{ID: id, Unit: c.desk.at.Members.Unit().ID, Values: drawn.whole, Today: c.today}
	if c.near.book.Keeps(c.kind.Name) {
		c.near.add(c.kind.Name, id, drawn.whole)
		if !isVoid(drawn.whole) {
			s.Near = c.near
		}
	}
	problems := slices.DeleteFunc(c.kind.Judge(s), func(p schema.Problem) bool {
		return p.Rule == ruleTwice || drawn.known == nil && c.kind.OfMembers(p.Rule)
	})
	return problems, c.near.err
}

// ruleTwice is told by the save itself.
const ruleTwice = "id_number_twice"

// earlierValues is what earlier items set of the record, nil when this is the first.
func (c *checker) earlierValues(id change.RecordID, item Item) (map[string]change.Value, error) {
	a := c.met[id]
	switch {
	case a == nil:
		c.met[id] = &ahead{first: item}
		return nil, nil
	case a.values != nil:
		return a.values, nil
	}
	object, _, err := a.first.decode()
	if err != nil {
		return nil, err
	}
	drawn, err := c.desk.draft(c.tx, c.kind, id, object, nil)
	a.values = drawn.values
	return a.values, err
}

// draft reads what an object changes of a record, on what is stored of it and what
// items before it set.
func (d *Desk) draft(tx *journal.Tx, k *schema.Kind, id change.RecordID, object map[string]any, before map[string]change.Value) (drawn draft, err error) {
	if err := d.resolveUnits(k, object); err != nil {
		return drawn, err
	}
	if err := d.resolveRefs(tx, k, object); err != nil {
		return drawn, err
	}
	if drawn.values, err = k.Parse(object); err != nil {
		return drawn, err
	}
	if drawn.known, err = d.at.Records.Get(tx, k.Name, id); err != nil {
		return drawn, err
	}
	drawn.whole = map[string]change.Value{}
	if drawn.known != nil {
		drawn.whole = drawn.known.Values()
	}
	maps.Copy(drawn.whole, before)
	maps.Copy(drawn.whole, drawn.values)
	missing := k.Missing(drawn.whole)
	maps.Copy(drawn.values, missing)
	maps.Copy(drawn.whole, missing)
	maker, _ := id.Maker()
	if err := access.Edit(d.at.Members.Unit().ID, d.at.Place.RootUnit, maker); err != nil {
		return drawn, err
	}
	drawn.audience, err = d.audienceOf(drawn.whole)
	return drawn, err
}

// resolveUnits lets people name units by their division codes.
func (d *Desk) resolveUnits(k *schema.Kind, object map[string]any) error {
	for name, value := range object {
		f, ok := k.Field(name)
		code, isText := value.(string)
		if !ok || f.Type != schema.Unit || !isText || len(code) != 12 {
			continue
		}
		t := d.at.Members.Tree()
		if t == nil {
			return fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
		}
		u, ok := t.ByCode(code)
		if !ok {
			return fault.New(fault.Invalid, "field %s names a unit that is not in the tree", f.Name)
		}
		object[name] = string(u.ID)
	}
	return nil
}

// audienceOf is the unit a record is addressed to: the one it names, at or below
// this one, else this one.
func (d *Desk) audienceOf(whole map[string]change.Value) (change.UnitID, error) {
	self := d.at.Members.Unit().ID
	named := change.UnitID(whole["audience"].Text())
	if named == "" {
		return self, nil
	}
	return named, access.Address(d.at.Members, self, named)
}

// changedValues are the values the record does not hold yet. Of a field with values
// side by side also the one that shows: to write it is to choose it.
func (drawn *draft) changedValues() map[string]change.Value {
	fields := map[string]change.Value{}
	if drawn.known == nil {
		maps.Copy(fields, drawn.values)
		maps.DeleteFunc(fields, func(_ string, value change.Value) bool { return value.IsNull() })
		return fields
	}
	disputed := map[string]bool{}
	for _, c := range drawn.known.Conflicts() {
		disputed[c.Field] = true
	}
	for name, value := range drawn.values {
		if disputed[name] || drawn.known.Value(name) != value {
			fields[name] = value
		}
	}
	return fields
}
