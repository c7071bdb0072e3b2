package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
)

// MaxPart is how many rows a part of a table has at most.
const MaxPart = 2000

// Table says which rows of a kind make a table, and in which order.
type Table struct {
	Kind  string
	Where string // AIP-160; empty: all that are not void
	Day   string // of a derived kind; "" is today
	// Order is a field, with " desc" behind it for the other way round: "" is the id. Rows
	// without a value come last, equal ones by their ids.
	Order string
	// Called are the fields of which it is said what the records are called that they name;
	// nil: all. Each is a record to be read for each row.
	Called []string
	// Beside asks for the persons and households that rows name, too: a list tells namesakes
	// apart by them.
	Beside bool
}

// Totals are what is said of a whole table.
type Totals struct {
	Rows   int            `json:"rows"`
	States map[string]int `json:"states"` // how many of them have come how far, by the words of Shown
	Sums   map[string]int64
}

// Excerpt is part of a table.
type Excerpt struct {
	Totals
	Part   []*Shown                   // in their order; derived rows too say here how far what they are made of has come
	Beside map[change.RecordID]*Shown // masked, by id; where the table asks for them
}

// Part is part of a table: its rows from a number on, from 0, at most limit. sums names the
// fields whose numbers are added up over all rows. Whom it shows is in the audit log
// before it returns, and nobody else; rows say what the records are called that they name.
// It returns what ListOn returns, and Invalid for an
// order that is none and a limit out of bounds, and for a filter that asks for what is
// computed from each record when it is read: findings and refused changes.
func (d *Desk) Part(ctx context.Context, t Table, from, limit int, sums []string, by Asker) (*Excerpt, error) {
	if from < 0 || limit < 0 || limit > MaxPart {
		return nil, fault.New(fault.Invalid, "a part of a table has at most %d rows", MaxPart)
	}
	k, err := d.readableKind(t.Kind)
	if err != nil {
		return nil, err
	}
	c, asked, err := d.tableRows(ctx, k, t)
	if err != nil {
		return nil, err
	}
	part := c.rows[min(from, len(c.rows)):min(from+limit, len(c.rows))]
	answer := &Excerpt{}
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		w := d.newWords(tx)
		if answer.Totals, err = c.totals(w, sums); err != nil {
			return err
		}
		if answer.Part, err = d.showPart(tx, c.table, part, t.Called, w); err == nil && t.Beside {
			answer.Beside, err = d.beside(tx, answer.Part)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, d.auditAsked(ctx, audit.List, k, asked, d.shownBy(c.table, part), by, nil)
}

// EachOf calls tell for all rows of a table, in its order: each row once, of those that
// were there when it began. Whom it shows is in the audit log before tell is called. It
// returns what tell returns, and what Part does.
func (d *Desk) EachOf(ctx context.Context, t Table, by Asker, tell func(*Shown) error) error {
	k, err := d.readableKind(t.Kind)
	if err != nil {
		return err
	}
	c, asked, err := d.tableRows(ctx, k, t)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(c.rows, MaxPart) {
		var page []*Shown
		err := d.at.Journal.View(func(tx *journal.Tx) (err error) {
			w := d.newWords(tx)
			page, err = d.showPart(tx, c.table, part, t.Called, w)
			return err
		})
		if err != nil {
			return err
		}
		if err := d.auditAsked(ctx, audit.List, k, asked, d.shownBy(c.table, part), by, nil); err != nil {
			return err
		}
		for _, shown := range page {
			if err := tell(shown); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return fault.Wrap("list", err)
		}
	}
	return nil
}

// tableRows are all rows of a table, in its order.
func (d *Desk) tableRows(ctx context.Context, k *schema.Kind, t Table) (c *choice, asked string, err error) {
	expr, asked, err := d.parseFilter(k, t.Where)
	if err != nil {
		return nil, "", err
	}
	order, err := filter.ParseOrder(k, t.Order)
	if err != nil {
		return nil, "", err
	}
	w := wish{where: t.Where}
	switch {
	case len(order) > 1:
		return nil, "", fault.New(fault.Invalid, "a table has one order")
	case len(order) == 1:
		w.by = order[0]
	}
	if k.Sort == schema.Derived {
		c, err = d.chosenOf(ctx, k, t.Day, w, expr)
	} else {
		c, err = d.chosenRecords(ctx, k, t, w, expr)
	}
	return c, asked, err
}

func (d *Desk) chosenRecords(ctx context.Context, k *schema.Kind, t Table, w wish, expr *filter.Expr) (*choice, error) {
	if t.Day != "" {
		return nil, fault.New(fault.Invalid, "records are listed as they are; only ledgers and facts are of a day")
	}
	for _, name := range []string{refusedField.Name, schema.FindingsField, schema.ExplainedField, filter.ConflictsName, "valid"} {
		if expr.Names(name) {
			return nil, fault.New(fault.Invalid, "a table cannot be asked for %s", name).WithHint("use tongbu list with a filter")
		}
	}
	rows, of, err := d.kept.rows(ctx, k, "")
	if err != nil {
		return nil, err
	}
	return d.choose(of, rows, w, expr), nil
}

// sortKey is by what a row is put in order; of equals the place that the row has goes on.
type sortKey struct {
	text   string
	number int64
	place  int32
	empty  bool
}

// inOrder puts rows, which are in the order of their ids, in another.
func inOrder(of *shape, rows []packed, by filter.Order) []packed {
	f, _ := of.kind.Field(by.Field)
	keys := make([]sortKey, len(rows))
	for i, row := range rows {
		v := of.value(row, by.Field)
		keys[i] = sortKey{place: int32(i), empty: v.IsNull(), number: v.Int()}
		if text, is := v.AsText(); is {
			if keys[i].text = f.Key(text); f.PersonName {
				keys[i].text = orderKey(keys[i].text)
			}
		}
		if v.IsBool() && v.Bool() {
			keys[i].number = 1
		}
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		c := 0
		switch {
		case a.empty != b.empty:
			return cmp.Compare(truth(a.empty), truth(b.empty))
		case !a.empty:
			c = cmp.Or(cmp.Compare(a.number, b.number), strings.Compare(a.text, b.text))
		}
		if by.Desc {
			c = -c
		}
		return cmp.Or(c, cmp.Compare(a.place, b.place))
	})
	sorted := make([]packed, len(keys))
	for i, key := range keys {
		sorted[i] = rows[key.place]
	}
	return sorted
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// totals adds up a whole table.
func totals(of *shape, rows []packed, w *words, sums []string) (t Totals, err error) {
	t = Totals{Rows: len(rows), States: map[string]int{}, Sums: map[string]int64{}}
	places := of.places(sums)
	added := make([]int64, len(of.kind.Fields))
	for _, row := range rows {
		word, err := w.of(row.far())
		if err != nil {
			return t, err
		}
		t.States[word]++
		of.add(row, places, added)
	}
	for _, field := range sums {
		if at, known := of.at[field]; known && len(rows) > 0 {
			t.Sums[field] = added[at]
		}
	}
	return t, nil
}

// showPart shows rows: records as they stand in this transaction, where they are still
// here.
func (d *Desk) showPart(tx *journal.Tx, of *shape, part []packed, called []string, w *words) (all []*Shown, err error) {
	refs := refsOf(of.kind, called)
	for _, row := range part {
		var shown *Shown
		if of.kind.Sort == schema.Derived {
			shown = d.showDerived(of, row)
			shown.State, err = w.of(row.far())
		} else {
			shown, err = d.showStored(tx, of.kind, row.id())
		}
		if err != nil {
			return nil, err
		}
		if shown == nil {
			continue
		}
		if err := d.addCalled(tx, refs, shown, Named); err != nil {
			return nil, err
		}
		all = append(all, shown)
	}
	return all, nil
}

func (d *Desk) showStored(tx *journal.Tx, k *schema.Kind, id change.RecordID) (*Shown, error) {
	rec, err := d.at.Records.Get(tx, k.Name, id)
	if err != nil || rec == nil {
		return nil, err
	}
	return d.showRecord(tx, k, rec)
}

// shownBy are the records that the audit log names for rows.
func (d *Desk) shownBy(of *shape, part []packed) (ids []change.RecordID) {
	if of.kind.Sort == schema.Derived {
		return subjectsOf(of, part)
	}
	for _, row := range part {
		ids = append(ids, row.id())
	}
	return ids
}
