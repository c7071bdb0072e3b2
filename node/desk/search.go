package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// Limits of the answer to a search.
const (
	DefaultHits = 20
	MaxHits     = 500
)

// Search is what is searched for.
type Search struct {
	Text  string `json:"text"`
	Kind  string `json:"kind,omitempty"`  // "": every kind that is searched
	Limit int    `json:"limit,omitempty"` // of records, 1 to MaxHits; 0: DefaultHits
}

// Hit is a record that was found. Masked fields are masked in it.
type Hit struct {
	Kind  string `json:"kind"`
	Match Match  `json:"match"`
	*Shown
	Home *Home `json:"-"` // of a person who lives in a household that is here
}

// Home is what tells people where somebody lives.
type Home struct {
	ID            change.RecordID
	Head, Address string
	LowIncome     bool     // on minimum living allowance
	Kinds         []string // codes of household_kind
}

// Match says by what a record was found.
type Match struct {
	Field  string `json:"field"`
	How    string `json:"how"`              // whole, prefix or part
	Pinyin bool   `json:"pinyin,omitempty"` // by how the value is read
}

// Search calls tell for the records of this unit that a text leads to: a part of a
// name, its pinyin or the initials of it, a part of an address, of a phone or of a
// number, a whole ID number or the last four characters of one. Whole matches come
// first, then those that begin so, then parts; of equals, the order is that of the
// names, then of the ids. Void records are left out. It returns Invalid for a text that
// fits nothing, a kind that is not searched, and at a hub; what tell returns; and what
// the audit log returns: persons are in it before they are told of.
func (d *Desk) Search(ctx context.Context, s Search, by Asker, tell func(*Hit) error) error {
	if d.at.IsHub() {
		return fault.New(fault.Invalid, "a hub keeps no records to search").WithHint("use tongbu query")
	}
	limit := cmp.Or(s.Limit, DefaultHits)
	if limit < 1 || limit > MaxHits {
		return fault.New(fault.Invalid, "a search answers with 1 to %d records", MaxHits).WithHint("give another --limit, or a longer text")
	}
	kinds, err := d.searchedKinds(s.Kind)
	if err != nil {
		return err
	}
	q, err := readLookFor(s.Text)
	if err != nil {
		return err
	}
	all, err := d.finder.search(ctx, kinds, q, limit)
	if err != nil {
		return err
	}
	hits, err := d.showHits(all)
	if err != nil {
		return err
	}
	if err := d.auditSearch(ctx, kinds, shownText(s.Text), hits, by); err != nil {
		return err
	}
	for _, hit := range hits {
		if err := tell(hit); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) searchedKinds(name string) ([]*foundKind, error) {
	if name == "" {
		return d.finder.kinds, nil
	}
	if k := d.finder.kindOf(name); k != nil {
		return []*foundKind{k}, nil
	}
	var known []string
	for _, k := range d.finder.kinds {
		known = append(known, k.Name)
	}
	return nil, fault.New(fault.Invalid, "there is nothing to search in records of the kind %q", name).WithHint("kinds: %s", strings.Join(known, ", "))
}

// showHits shows what was found as it is now.
func (d *Desk) showHits(all []found) (hits []*Hit, err error) {
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		for _, f := range all {
			k := f.kind.Kind
			rec, err := d.at.Records.Get(tx, k.Name, f.id)
			if err != nil {
				return err
			}
			if rec == nil || rec.Void() { // since a moment
				continue
			}
			shown, err := d.showRecord(tx, k, rec)
			if err != nil {
				return err
			}
			maskShown(k, shown)
			home, err := d.homeOf(tx, k, rec)
			if err != nil {
				return err
			}
			hits = append(hits, &Hit{Kind: k.Name, Shown: shown, Home: home,
				Match: Match{Field: f.fieldName(), How: f.rank.String(), Pinyin: f.heard}})
		}
		return nil
	})
	return hits, fault.Wrap("search", err)
}

// homeOf is where a person lives; nil for others, and where that is not here.
func (d *Desk) homeOf(tx *journal.Tx, k *schema.Kind, rec *merge.Record) (*Home, error) {
	if k.Name != personKind {
		return nil, nil
	}
	id := change.RecordID(rec.Value(householdKind).Text()).Of(householdKind, d.at.Keeper(ownerOf(rec)))
	if id == "" {
		return nil, nil
	}
	at, err := d.at.Records.Get(tx, householdKind, id)
	if err != nil || at == nil || at.Void() {
		return nil, err
	}
	return &Home{ID: at.ID(), Head: at.Value("head_name").Text(), Address: at.Value("address").Text(),
		LowIncome: at.Value("low_income").Bool(), Kinds: itemsOf(at.Value("kinds"))}, nil
}

// maskShown masks the masked fields of a record: who searches has not chosen it yet.
func maskShown(k *schema.Kind, shown *Shown) {
	maskFields(k, shown.Fields)
	for _, lost := range shown.Refused {
		maskFields(k, lost.Fields)
	}
}

func maskFields(k *schema.Kind, fields map[string]any) {
	for name, value := range fields {
		f, ok := k.Field(name)
		if text, isText := value.(string); ok && f.Mask && isText {
			fields[name] = schema.Masked(text)
		}
	}
}

// auditSearch writes into the audit log which persons are about to be shown, an entry
// for each kind; also when there are none, since that says something too: of the kind
// that was asked about, else of the first of persons.
func (d *Desk) auditSearch(ctx context.Context, kinds []*foundKind, text string, hits []*Hit, by Asker) error {
	shown := map[*foundKind][]change.RecordID{}
	for _, hit := range hits {
		k := d.finder.kindOf(hit.Kind)
		shown[k] = append(shown[k], hit.ID)
	}
	kinds = slices.DeleteFunc(slices.Clone(kinds), func(k *foundKind) bool { return !k.Personal })
	logged := slices.DeleteFunc(slices.Clone(kinds), func(k *foundKind) bool { return shown[k] == nil })
	if len(logged) == 0 {
		logged = kinds[:min(len(kinds), 1)]
	}
	errs := make([]error, len(logged))
	var all sync.WaitGroup
	for i, k := range logged { // together: one write to the disk
		all.Go(func() { errs[i] = d.auditAsked(ctx, audit.Search, k.Kind, text, shown[k], by, nil) })
	}
	all.Wait()
	return cmp.Or(errs...)
}

// ForgetSearches frees, until the context ends, the memory that searches and tables have
// taken some time after the last of them, while nobody is at the pages.
func (d *Desk) ForgetSearches(ctx context.Context) error {
	tick := time.NewTicker(unusedTime / 10)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := d.forgetUnused(ctx); err != nil {
			return err
		}
	}
}

func (d *Desk) forgetUnused(ctx context.Context) error {
	if d.isAttended() {
		return nil
	}
	if err := d.finder.forgetUnused(ctx); err != nil {
		return err
	}
	return d.kept.forgetUnused(ctx)
}
