// Package facts makes the rows that nobody writes: what is known of a person and a
// household on a day, and the ledgers. Each is a pure function of the records and
// events of one subject and the day, so a node and every hub that hold the same
// changes make the same rows. The day is passed in; the package has no clock.
//
// Rows say for which days they are the same, so that the turn of a day makes only
// those again which it changes. DESIGN.md has the rules and where they come from.
package facts

import (
	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// The derived kinds.
const (
	PersonFacts      = "person_facts"
	HouseholdFacts   = "household_facts"
	UnemployedLedger = "ledger_unemployed" // L1
	VacancyLedger    = "ledger_vacancy"    // L2
	SeekingLedger    = "ledger_seeking"    // L3
	TrainingLedger   = "ledger_training"   // L4
	InsuranceLedger  = "ledger_insurance"  // L5
)

// Version numbers the rules of this package: it rises with each release that makes other
// rows of the same records, so that nobody takes the one for an error of the other.
const Version = 7

// Row is one row of a derived kind. It bears the id of the record or event that it
// is made of, which names it within its kind.
type Row struct {
	Kind   string
	ID     change.RecordID
	Values map[string]change.Value // without unit
}

// Rows are all rows of a subject, and the days for which they are the same; the rows
// have these as their fields valid_from and valid_until.
type Rows struct {
	All   []Row
	From  string // first day; "" for all before Until
	Until string // last day; "" for all after From
}

// Book makes rows by the kinds of a schema and the rules in force on their day. It never
// changes and may be used by many goroutines.
type Book struct {
	kinds     map[string]*schema.Kind
	published Published
	parts     map[string]bool // of figures
}

// NewBook returns the book of a schema and of what the city has published; the zero
// value of that is nothing.
func NewBook(s *schema.Schema, published Published) *Book {
	if published.rows == nil {
		published = Publish(nil)
	}
	b := &Book{kinds: map[string]*schema.Kind{}, published: published}
	for _, k := range s.Kinds() {
		b.kinds[k.Name] = k
	}
	b.parts = partsOf(b.kinds[Achievement])
	return b
}

// Published is what the city has published, as the book goes by it.
func (b *Book) Published() *Published { return &b.published }

// About lists the kinds that tell of a kind of subjects: events, and records about them
// from which something follows.
func (b *Book) About(subject string) []*schema.Kind {
	var kinds []*schema.Kind
	for _, k := range b.kinds {
		if f, ok := k.Field(k.Subject); ok && Tells(k) && f.About() == subject {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// Tells reports whether something follows from records of a kind for their subject.
func Tells(k *schema.Kind) bool {
	return k.Sort == schema.Event || k.Name == certificateKind || k.Name == loanKind
}

// Records about persons from which something follows.
const (
	certificateKind = "certificate"
	loanKind        = "loan"
	certificateStep = "certificate_step"
	loanStep        = "loan_step"
)
