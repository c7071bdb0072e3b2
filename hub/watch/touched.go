package watch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tongbu/hub/follow"
	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/schema"
	"tongbu/internal/system"
)

// Kinds and fields by which derived rows hang together: package facts makes those of a
// household and of its members in one.
const (
	personKind     = "person"
	householdKind  = "household"
	householdField = "household"
)

// names are records by kind.
type names map[string]map[change.RecordID]bool

func (n names) add(kind string, id change.RecordID) {
	if n[kind] == nil {
		n[kind] = map[change.RecordID]bool{}
	}
	n[kind][id] = true
}

func (n names) sorted(kind string) []change.RecordID {
	return slices.SortedFunc(maps.Keys(n[kind]), view.CompareIDs)
}

// changed names the records whose row may be another since some batches came: those that
// were written, and those of which a word of the city says that a change counts or not.
func (w *Watcher) changed(ctx context.Context, batches []*follow.Opened) (names, error) {
	all := names{}
	for _, b := range batches {
		for i := range b.Changes {
			if err := w.addChanged(ctx, all, b.Author, b.Stream, b.Changes[i].Change); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func (w *Watcher) addChanged(ctx context.Context, all names, author change.UnitID, in change.Stream, c *change.Change) error {
	if f, again := change.ForwardIn(c); again {
		if inner := f.Change(); inner != nil && author == w.City {
			return w.addChanged(ctx, all, f.Author, f.Stream, inner)
		}
		return nil
	}
	name, has := access.Effect(c, in, author, w.City)
	if !has && !access.Inherits(c.Kind) { // else the author may have it of the maker
		return nil
	}
	all.add(c.Kind, name)
	if word, gives := system.CustodyIn(c); gives && author == w.City {
		all.add(word.Kind, word.Record)
	}
	if c.Kind != system.RefusalKind {
		return nil
	}
	r, err := w.View.Record(ctx, c.Kind, name) // what the word says as a whole
	switch {
	case fault.Of(err) == fault.NotFound:
		return nil
	case err != nil:
		return err
	}
	if word := system.RefusalFrom(r); word.Kind != "" {
		all.add(word.Kind, word.Record)
		return nil
	}
	word, ok := system.RangeNamed(r)
	if !ok {
		return nil
	}
	return w.Each(word.Stream, word.From, word.To, func(_ uint64, c *change.Change) error {
		if name, has := access.Effect(c, word.Stream, word.Unit, w.City); has || access.Inherits(c.Kind) {
			all.add(c.Kind, name)
		}
		return nil
	})
}

// subjects names the subjects of a kind whose derived rows may be others, since records
// have changed: all there are, where these say by which rules rows are made.
func (w *Watcher) subjects(ctx context.Context, of string, changed names) (names, error) {
	all := names{}
	if about, ok := w.View.Schema().Kind(of); ok && w.republished(changed) {
		return all, w.eachOf(ctx, about, view.Scope{All: true}, func(id change.RecordID) { all.add(of, id) })
	}
	for _, kind := range w.View.Schema().Kinds() {
		subject, about := kind.Field(kind.Subject)
		for id := range changed[kind.Name] {
			switch {
			case kind.Name == of, kind.Name == personKind, kind.Name == householdKind:
				all.add(kind.Name, id)
			case facts.Tells(kind) && about:
				if err := w.addSubjects(ctx, all, kind, id, subject); err != nil {
					return nil, err
				}
			}
		}
	}
	if of != personKind && of != householdKind {
		return all, w.addBorne(ctx, all, changed)
	}
	if err := w.addHolders(ctx, all); err != nil {
		return nil, err
	}
	return all, w.addFamilies(ctx, all)
}

// addSubjects adds whom an event is about, or has ever been about.
func (w *Watcher) addSubjects(ctx context.Context, all names, k *schema.Kind, id change.RecordID, subject *schema.Field) error {
	maker, _ := id.Maker()
	return w.eachValue(ctx, k.Name, id, subject.Name, func(value string) {
		all.add(subject.About(), change.RecordID(value).Of(subject.About(), maker))
	})
}

// addBorne adds what events about persons tell of besides, or have ever told of.
func (w *Watcher) addBorne(ctx context.Context, all, changed names) error {
	for _, kind := range []string{"placement", "referral"} { // a placement by its referral
		field, of := facts.Bears(kind)
		for id := range union(changed[kind], all[kind]) {
			maker, _ := id.Maker()
			err := w.eachValue(ctx, kind, id, field, func(value string) { all.add(of, change.RecordID(value).Of(of, maker)) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func union(a, b map[change.RecordID]bool) map[change.RecordID]bool {
	all := maps.Clone(a)
	if all == nil {
		return b
	}
	maps.Copy(all, b)
	return all
}

// addHolders adds who has or had the records that carry events of their own.
func (w *Watcher) addHolders(ctx context.Context, all names) error {
	for _, k := range w.View.Schema().Kinds() {
		subject, ok := k.Field(k.Subject)
		if !ok || !facts.Carries(k.Name) {
			continue
		}
		for id := range all[k.Name] {
			if err := w.addSubjects(ctx, all, k, id, subject); err != nil {
				return err
			}
		}
	}
	return nil
}

// addFamilies adds the households that persons live in or have lived in, and all members
// of households.
func (w *Watcher) addFamilies(ctx context.Context, all names) error {
	for id := range maps.Clone(all[personKind]) {
		maker, _ := id.Maker()
		err := w.eachValue(ctx, personKind, id, householdField, func(value string) {
			all.add(householdKind, change.RecordID(value).Of(householdKind, maker))
		})
		if err != nil {
			return err
		}
	}
	k, ok := w.View.Schema().Kind(personKind)
	if !ok {
		return nil
	}
	for chunk := range slices.Chunk(all.sorted(householdKind), idsAtOnce) {
		rows, err := w.rowsOf(ctx, k, householdField, chunk)
		if err != nil {
			return err
		}
		for _, row := range rows {
			all.add(personKind, change.RecordID(row.Values[0].Text()))
		}
	}
	return nil
}

// eachValue tells the values that a field of a record has or had.
func (w *Watcher) eachValue(ctx context.Context, kind string, id change.RecordID, field string, tell func(string)) error {
	spots, err := w.View.Places(ctx, kind, id)
	if fault.Of(err) == fault.NotFound {
		return nil
	}
	for _, s := range spots {
		if err != nil {
			return err
		}
		err = w.Each(s.Stream, s.Seq, s.Seq, func(_ uint64, c *change.Change) error {
			if value := c.Fields.Get(field).Text(); value != "" {
				tell(value)
			}
			return nil
		})
	}
	return err
}

// rowsOf reads the ids of the records that have one of the ids in a field.
func (w *Watcher) rowsOf(ctx context.Context, k *schema.Kind, field string, ids []change.RecordID) ([]view.Row, error) {
	where, err := filter.ParseInFull(k, anyOf(field, ids))
	if err != nil {
		return nil, err
	}
	var all []view.Row
	err = w.View.EachRow(ctx, view.Query{Kind: k, Columns: []string{view.ColID}, Where: where, Scope: view.Scope{All: true}}, func(_ context.Context, row view.Row) error {
		all = append(all, row)
		return nil
	})
	return all, err
}

// anyOf is a filter for one of the ids.
func anyOf(field string, ids []change.RecordID) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = fmt.Sprintf("%q", string(id))
	}
	return field + " IN (" + strings.Join(quoted, ", ") + ")"
}
