package schema

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"tongbu/internal/change"
	"tongbu/internal/names"
)

// Type is the type of a field. It decides the canonical value and its JSON.
type Type string

// The types, with the change.Value that holds them.
const (
	Text     Type = "text"     // text
	Integer  Type = "integer"  // integer
	Money    Type = "money"    // integer, in fen
	Date     Type = "date"     // text YYYY-MM-DD, a day of the real calendar
	Boolean  Type = "boolean"  // boolean
	Code     Type = "code"     // text, an item of the code list
	Codes    Type = "codes"    // set of items of the code list
	Ref      Type = "ref"      // text, the id of a record of kind Ref
	Unit     Type = "unit"     // text, the id of a unit; callers turn division codes into ids
	IDNumber Type = "idnumber" // text, a citizen's ID number of 18 characters, or an old one of 15 digits
	Time     Type = "time"     // integer, Unix milliseconds
)

// IsNumber reports whether values of the type are integers.
func (t Type) IsNumber() bool { return t == Integer || t == Money || t == Time }

func (t Type) known() bool {
	switch t {
	case Text, Integer, Money, Date, Boolean, Code, Codes, Ref, Unit, IDNumber, Time:
		return true
	}
	return false
}

// Strength says what a failed check does: a hard one refuses the record at every
// tier, one of entry where it is typed, a soft one lists it.
type Strength string

// The strengths.
const (
	None Strength = ""
	Soft Strength = "soft"
	// Entry is hard at the keyboard, and a finding in what an earlier program or
	// another one has written.
	Entry Strength = "entry"
	Hard  Strength = "hard"
)

func (s Strength) known() bool { return s == None || s == Soft || s == Hard } // of a field

// Fields that every kind has which people write.
const (
	OwnNo      = "own_no"      // the number by which the record's unit calls it; the id follows from it
	VoidReason = "void_reason" // why the record is void
)

// Field is one field of a kind. Read it, never write it.
type Field struct {
	Name     string   `yaml:"name" json:"name"` // canonical: a-z, 0-9, _
	Code     string   `yaml:"code" json:"code"` // of the standard, lower case; "" when none
	Label    Label    `yaml:"label" json:"label"`
	Type     Type     `yaml:"type" json:"type"`
	Must     Strength `yaml:"must" json:"must"`             // strength of the problem when it is missing
	Codes    string   `yaml:"codes" json:"codes,omitempty"` // name of the code list
	Ref      string   `yaml:"ref" json:"ref,omitempty"`     // kind of the record it names
	Min      *int64   `yaml:"min" json:"min,omitempty"`     // of a number; outside is soft
	Max      *int64   `yaml:"max" json:"max,omitempty"`
	Bounds   Strength `yaml:"bounds" json:"bounds,omitempty"`   // entry: what is outside is refused where it is typed
	MaxLen   int      `yaml:"max_len" json:"max_len,omitempty"` // of a text, in characters; 0: 200
	Pattern  string   `yaml:"pattern" json:"pattern,omitempty"` // RE2 the whole text must match; failing is soft
	Index    bool     `yaml:"index" json:"index"`
	ListedBy string   `yaml:"listed_by" json:"listed_by,omitempty"` // of an indexed code: the text field that puts the records with one code in order
	Mask     bool     `yaml:"mask" json:"mask"`                     // a personal number: lists show Masked; an ID number always is one
	Personal *bool    `yaml:"personal" json:"personal"`             // says something of one person; see IsPersonal
	ReadOnly bool     `yaml:"read_only" json:"read_only"`           // set by the program

	Section string `yaml:"section" json:"section,omitempty"` // of the form
	Print   int    `yaml:"print" json:"print,omitempty"`     // its place in the printed list, from 1; 0: not printed
	Head    Label  `yaml:"head" json:"head,omitzero"`        // upper row of the printed header; neighbours with one are merged
	Sorts   []Sort `yaml:"sorts" json:"sorts,omitempty"`     // of a common field: the sorts of kinds that have it; none: all

	PersonName bool   `yaml:"person_name" json:"person_name,omitempty"` // of a text: a person's name, see package names
	FromID     string `yaml:"from_id" json:"from_id,omitempty"`         // of a sex or a birth date: the ID number that says it where the field is empty

	// Copies says of a text beside references from what it is taken where nothing is
	// typed: REFERENCE.FIELD of the record that it names, the first that says something.
	Copies []string `yaml:"copies" json:"copies,omitempty"`

	After     string `yaml:"after" json:"-"`               // in an addition: the field behind which it stands; none: the last
	Published uint64 `yaml:"-" json:"published,omitempty"` // number of the publication that has it; 0: the program
	Withdrawn bool   `yaml:"-" json:"withdrawn,omitempty"` // by the city: it is no longer offered, and what it holds stays right

	copies  [][]*Field // the ways of Copies
	list    *CodeList
	pattern *regexp.Regexp
	labels  []string // that it had before the city published another: it is still called so

	takes     func(*Field, change.Value) bool // of the hard checks; nil: takesText says it
	takesText func(*Field, string) bool
}

// IsPersonal reports whether the field tells one person from others. What is
// asked by such a field and answered with a few persons only is a look-up of
// them. A declaration says so; where it says nothing, texts and references of
// personal kinds do, because a field that is added later is not to be forgotten.
// A masked field always does.
func (f *Field) IsPersonal() bool { return f.Mask || f.Personal != nil && *f.Personal }

// Accepts reports whether a record may hold the value in this field: no hard
// check of the field alone fails.
func (f *Field) Accepts(value change.Value) bool {
	problems := new(Kind).checkField(f, value, Hard, "")
	return !slices.ContainsFunc(problems, func(p Problem) bool { return p.Hard && !p.AtEntry })
}

// Key is under what a text of the field is searched, put in order and compared:
// of a person's name that of package names, of everything else the text.
func (f *Field) Key(text string) string {
	if f.PersonName {
		return names.Key(text)
	}
	return text
}

// KeyName is the name under which tables have the keys of the field's values: its
// own where they are the values.
func (f *Field) KeyName() string {
	if f.PersonName {
		return keyPrefix + f.Name
	}
	return f.Name
}

// keyPrefix begins the names of what no field is named.
const keyPrefix = "key_"

// List returns the field's code list, nil when it has none.
func (f *Field) List() *CodeList { return f.list }

// defaultMaxLen holds where a text field says nothing, in characters.
const defaultMaxLen = 200

// MaxBytes is how long a value of the field can be that passes the hard checks, in
// bytes of UTF-8; of a set, as JSON.
func (f *Field) MaxBytes() int {
	switch f.Type {
	case Text:
		return utf8.UTFMax * f.maxLen()
	case Codes:
		most := len("[]")
		for _, item := range f.list.Items {
			most += len(item.Code) + len(`"",`)
		}
		return most
	}
	return maxOther
}

// maxOther bounds values of all other types, in bytes: ids are the longest.
const maxOther = 128

func (f *Field) maxLen() int {
	if f.MaxLen > 0 {
		return f.MaxLen
	}
	return defaultMaxLen
}
