package schema

import "strings"

// Label is a name that people read.
type Label struct {
	Zh string `yaml:"zh" json:"zh"`
	En string `yaml:"en" json:"en,omitempty"`
}

// In returns the label in a language, "zh" or "en", else the other one.
func (l Label) In(lang string) string {
	if (lang == "en" && l.En != "") || l.Zh == "" {
		return l.En
	}
	return l.Zh
}

// Kind is one sort of record. Its fields always include `unit`, the unit the
// record belongs to, and `valid`, where "0" voids the record. Read it, never
// write it.
type Kind struct {
	Name     string `yaml:"name" json:"name"`
	Label    Label  `yaml:"label" json:"label"`
	Extends  bool   `yaml:"extends" json:"extends,omitempty"` // in an addition: adds to a kind that exists
	Writers  []int  `yaml:"writers" json:"writers"`           // levels of the units that may write, 2 to 5
	System   bool   `yaml:"system" json:"system"`             // written by the program, never by put
	Personal bool   `yaml:"personal" json:"personal"`

	Sort      Sort      `yaml:"sort" json:"sort"`
	Group     Label     `yaml:"-" json:"group"`                           // of its document: the chapter it stands in
	Subject   string    `yaml:"subject" json:"subject,omitempty"`         // the reference to whom or what the record is about
	Also      []string  `yaml:"also" json:"also,omitempty"`               // of a derived kind: further fields of which one names the subject instead
	To        string    `yaml:"to" json:"to,omitempty"`                   // the unit that a record from above is for, and is said to
	Day       string    `yaml:"day" json:"day,omitempty"`                 // of an event: the date on which it happened
	Rank      int       `yaml:"rank" json:"rank,omitempty"`               // of an event: its place among those of one subject and day
	Gives     string    `yaml:"gives" json:"gives,omitempty"`             // of an event: the status a person has from its day
	Born      string    `yaml:"born" json:"born,omitempty"`               // the date before which nothing has happened to what the record is of
	GivesFrom string    `yaml:"gives_field" json:"gives_field,omitempty"` // of an event: the field that says the status
	Finds     string    `yaml:"finds" json:"finds,omitempty"`             // of an event: the field of its subject that changes by such an event alone, once it is said
	Sections  []Section `yaml:"sections" json:"sections,omitempty"`       // of its form

	Fields []*Field `yaml:"fields" json:"fields"`
	Checks []*Check `yaml:"checks" json:"checks"`

	Published uint64 `yaml:"-" json:"published,omitempty"` // number of the publication that has it; 0: the program
	Withdrawn bool   `yaml:"-" json:"withdrawn,omitempty"` // by the city: no longer offered

	byAlias    map[string]*Field
	derived    []*Field // those with FromID
	copied     []*Field // those with Copies
	lends      bool     // others copy from it
	inOrder    []*Field // those that are not computed, in the order of change.Fields
	hardChecks []*Check
	areas      func(area string) bool
}

// Field returns the field of a canonical name, a standard code in either case,
// or a Chinese label.
func (k *Kind) Field(nameOrCode string) (*Field, bool) {
	if f, ok := k.byAlias[nameOrCode]; ok {
		return f, true
	}
	f, ok := k.byAlias[alias(nameOrCode)]
	return f, ok
}

// alias is the form under which names, codes and labels are compared.
func alias(s string) string { return strings.ToLower(strings.TrimSpace(halfWidth(s))) }

// Moves is the field that names the record which one of the kind follows when that is given
// to another unit: of a person the household, of anything else what it is about.
func (k *Kind) Moves() string {
	if k.Name == "person" {
		return "household"
	}
	return k.Subject
}
