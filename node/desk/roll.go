package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/names"
	"tongbu/node/replica"
)

// Orders of the list of households.
const (
	ByChange  = "changed" // what was written last comes first
	ByName    = "name"    // of the head
	ByAddress = "address"
)

// HouseholdsPage is how many households one page of the list has.
const HouseholdsPage = 50

// AskHouseholds asks for a page of the list of households.
type AskHouseholds struct {
	Order     string // ByChange, ByName, ByAddress; "": ByChange
	Kind      string // code of household_kind; "": all
	LowIncome bool   // only those on minimum living allowance
	Zero      bool   // only those without anybody at work, by what their members do
	Page      int    // from 1
}

// Households is a page of the list, with how many there are.
type Households struct {
	Shown     []*Shown // masked
	Total     int      // that fit
	All       int
	Kinds     map[string]int // by code of household_kind
	LowIncome int
	Zero      map[change.RecordID]bool // those without anybody at work
	Page, Of  int                      // of pages; at least 1
}

// Households lists the households of this unit, page by page. It returns Invalid for
// an order that is none, and what the audit log returns. What the list is put in order
// by is kept in memory and read on before each answer, as searches do it; the records of
// one page are read.
func (d *Desk) Households(ctx context.Context, ask AskHouseholds, by Asker) (*Households, error) {
	k, err := d.readableKind(householdKind)
	if err != nil {
		return nil, err
	}
	zero, err := ZeroFamilies(ctx, d)
	if err != nil {
		return nil, err
	}
	list, ids, err := d.roll.page(ctx, ask, zero)
	if err != nil {
		return nil, err
	}
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		for _, id := range ids {
			rec, err := d.at.Records.Get(tx, k.Name, id)
			if err != nil || rec == nil {
				return err
			}
			shown, err := d.showRecord(tx, k, rec)
			if err != nil {
				return err
			}
			maskShown(k, shown)
			list.Shown = append(list.Shown, shown)
		}
		return nil
	})
	if err := d.auditAsked(ctx, audit.List, k, "", idsOf(list.Shown...), by, err); err != nil {
		return nil, err
	}
	return list, nil
}

// ZeroFamilies are the households of this unit without anybody at work today, as their
// members' records have it: what a form claims of a household is not asked.
func ZeroFamilies(ctx context.Context, d *Desk) (map[change.RecordID]bool, error) {
	if d.at.IsHub() {
		return map[change.RecordID]bool{}, nil // it keeps no households
	}
	k, err := d.readableKind(facts.HouseholdFacts)
	if err != nil {
		return nil, err
	}
	day, err := d.at.Day()
	if err != nil {
		return nil, err
	}
	rows, of, err := d.kept.rows(ctx, k, day)
	if err != nil {
		return nil, err
	}
	zero := map[change.RecordID]bool{}
	for _, row := range rows {
		if of.value(row, "zero_employment").Bool() {
			zero[change.RecordID(strings.Clone(string(row.id())))] = true
		}
	}
	return zero, nil
}

// roll keeps of each household what the list is put in order and chosen by.
type roll struct {
	at    *replica.Replica
	turn  chan struct{} // has room for one: who reads or changes what follows
	homes map[change.RecordID]home
	seen  int                         // the transaction that they are of
	lists map[AskHouseholds]*rollList // by what was asked but for the page, until a household changes
}

// maxLists is how many lists are kept: who turns pages asks for one again and again.
const maxLists = 8

// rollList are the ids of a list in order, with what its first page says of all.
type rollList struct {
	Households
	ids []change.RecordID
}

type home struct {
	id            change.RecordID
	name, address string // the name as it is put in order
	changed       int64  // Unix milliseconds, by the clock of who wrote
	lowIncome     bool
	kinds         []string
}

func newRoll(at *replica.Replica) *roll { return &roll{at: at, turn: make(chan struct{}, 1)} }

func (r *roll) lock(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.Wrap("wait for the list", ctx.Err())
	}
}

func (r *roll) unlock() { <-r.turn }

// ready reads the households, as a page of the list would.
func (r *roll) ready(ctx context.Context) error {
	if err := r.lock(ctx); err != nil {
		return err
	}
	defer r.unlock()
	return fault.Wrap("list households", r.refresh(ctx))
}

// page is a page of the list without its records, and their ids in order.
func (r *roll) page(ctx context.Context, ask AskHouseholds, zero map[change.RecordID]bool) (*Households, []change.RecordID, error) {
	order, known := map[string]func(a, b home) int{
		"": newestFirst, ByChange: newestFirst,
		ByName:    func(a, b home) int { return strings.Compare(a.name, b.name) },
		ByAddress: func(a, b home) int { return strings.Compare(a.address, b.address) },
	}[ask.Order]
	if !known {
		return nil, nil, fault.New(fault.Invalid, "households are listed by changed, name or address")
	}
	if err := r.lock(ctx); err != nil {
		return nil, nil, err
	}
	defer r.unlock()
	if err := r.refresh(ctx); err != nil {
		return nil, nil, fault.Wrap("list households", err)
	}
	ask.Page = max(ask.Page, 1)
	whole := r.listLocked(ask, order, zero)
	list := whole.Households
	list.Kinds, list.Page, list.Zero = maps.Clone(list.Kinds), min(ask.Page, list.Of), zero
	from := (list.Page - 1) * HouseholdsPage
	return &list, whole.ids[from:min(from+HouseholdsPage, len(whole.ids))], nil
}

// listLocked is a whole list, as it was made before where no household is another; what
// members do changes without their household, so a list by that is made again.
func (r *roll) listLocked(ask AskHouseholds, order func(a, b home) int, zero map[change.RecordID]bool) *rollList {
	ask.Page = 0
	if list := r.lists[ask]; list != nil && !ask.Zero {
		return list
	}
	list := &rollList{Households: Households{All: len(r.homes), Kinds: map[string]int{}}}
	fit := make([]home, 0, len(r.homes))
	for _, h := range r.homes {
		for _, kind := range h.kinds {
			list.Kinds[kind]++
		}
		if h.lowIncome {
			list.LowIncome++
		}
		if (!ask.Zero || zero[h.id]) && (!ask.LowIncome || h.lowIncome) && (ask.Kind == "" || slices.Contains(h.kinds, ask.Kind)) {
			fit = append(fit, h)
		}
	}
	slices.SortFunc(fit, func(a, b home) int { return cmp.Or(order(a, b), strings.Compare(string(a.id), string(b.id))) })
	list.Total, list.Of = len(fit), max(1, (len(fit)+HouseholdsPage-1)/HouseholdsPage)
	list.ids = make([]change.RecordID, len(fit))
	for i, h := range fit {
		list.ids[i] = h.id
	}
	if len(r.lists) >= maxLists {
		clear(r.lists)
	}
	if !ask.Zero {
		r.lists[ask] = list
	}
	return list
}

func newestFirst(a, b home) int { return cmp.Compare(b.changed, a.changed) }

// refresh brings what is read up to what is on the disk.
func (r *roll) refresh(ctx context.Context) error {
	if r.homes != nil {
		if current, err := r.readTouched(); err != nil || current {
			return err
		}
	}
	homes, seen, from := map[change.RecordID]home{}, 0, change.RecordID("")
	for more := true; more; {
		more = false
		err := r.at.Journal.View(func(tx *journal.Tx) error {
			seen = cmp.Or(seen, tx.Number()) // what is written meanwhile is touched after it
			defer tx.Rest()
			n := 0
			return r.at.Records.Each(tx, householdKind, from, func(rec *merge.Record) error {
				if n++; n > readAtOnce {
					from, more = rec.ID(), true
					return journal.ErrStop
				}
				r.put(homes, rec)
				return nil
			})
		})
		if err = cmp.Or(err, fault.Wrap("list households", ctx.Err())); err != nil {
			return err
		}
	}
	r.homes, r.seen, r.lists = homes, seen, map[AskHouseholds]*rollList{}
	_, err := r.readTouched()
	return err
}

// readTouched reads the households that were touched since; false when it is not known
// which.
func (r *roll) readTouched() (current bool, err error) {
	err = r.at.Journal.View(func(tx *journal.Tx) error {
		keys, known := r.at.Records.TouchedSince(r.seen)
		if current = known; !known {
			return nil
		}
		for _, key := range keys {
			if key.Kind != householdKind {
				continue
			}
			rec, err := r.at.Records.Get(tx, key.Kind, key.ID)
			if err != nil {
				return err
			}
			clear(r.lists)
			delete(r.homes, key.ID)
			if rec != nil {
				r.put(r.homes, rec)
			}
		}
		r.seen = tx.Number()
		return nil
	})
	if err != nil {
		r.homes = nil
	}
	return current, err
}

// put enters a household of this unit that is not void.
func (r *roll) put(homes map[change.RecordID]home, rec *merge.Record) {
	if rec.Void() || !r.at.Holds(ownerOf(rec)) {
		return
	}
	h := home{id: rec.ID(), name: orderKey(names.Key(rec.Value("head_name").Text())),
		address: strings.Clone(rec.Value("address").Text()), lowIncome: rec.Value("low_income").Bool(), kinds: itemsOf(rec.Value("kinds"))}
	for i, kind := range h.kinds {
		h.kinds[i] = strings.Clone(kind)
	}
	for _, w := range rec.Writes() {
		h.changed = max(h.changed, w.At)
	}
	homes[h.id] = h
}
