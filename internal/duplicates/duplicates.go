// Package duplicates says how far two records of different communities are of one person,
// and which of the records that are counts. It is pure: who holds the records hands them
// in. A reason says what agrees and what does not, never what the other record says.
package duplicates

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/names"
	"tongbu/internal/schema"
)

// Person is what a record says by which a person is told from others.
type Person struct {
	ID     change.RecordID
	Number string // ID number as it was typed; "" for none
	Name   string
	Birth  string // YYYY-MM-DD; "" where neither field nor number says it
	Sex    string // likewise, as a code
}

// Fields are the fields of a person's record that a Person is read from.
var Fields = []string{"id_number", "name", "birth_date", "sex"}

// PersonOf reads a record.
func PersonOf(id change.RecordID, value func(field string) change.Value) Person {
	p := Person{ID: id, Number: schema.NormalizeID(value("id_number").Text()), Name: names.Key(value("name").Text()), Birth: value("birth_date").Text(), Sex: value("sex").Text()}
	if said, sure := schema.TrustedID(p.Number); sure {
		if p.Birth == "" {
			p.Birth = said.Birth
		}
		if p.Sex == "" {
			p.Sex = sexOf(said)
		}
	}
	return p
}

func sexOf(said schema.ID) string {
	if said.Male {
		return "1"
	}
	return "2"
}

// Whole is the number of 18 characters by which a person is compared; "" where there is
// none that can be one.
func (p Person) Whole() string {
	if _, err := schema.ParseID(p.Number); err != nil {
		return ""
	}
	return schema.WholeID(p.Number)
}

// IsSure reports whether the number tells who it is: it is read without a doubt, and says
// the birth and the sex that the record says.
func (p Person) IsSure() bool {
	said, sure := schema.TrustedID(p.Number)
	return sure && p.Birth == said.Birth && (p.Sex != "1" && p.Sex != "2" || p.Sex == sexOf(said))
}

// The reasons, codes of the list duplicate_reason.
const (
	NumberSame     = "number_same"
	NumberOld      = "number_old"      // of one the number has 15 digits
	NumberMissing  = "number_missing"  // of one or both
	NumberDoubtful = "number_doubtful" // of one or both it says another birth or sex than the record
	NameSame       = "name_same"
	NameOther      = "name_other"
	BirthSame      = "birth_same"
	BirthOther     = "birth_other"
	SexSame        = "sex_same"
)

// Alike is the score from which on a pair is a case.
const Alike = 60

// Likeness is how far two records are of one person: a score of 0 to 100, and why.
type Likeness struct {
	Score   int
	Reasons []string
}

// IsCase reports whether somebody has to look at the pair.
func (l Likeness) IsCase() bool { return l.Score >= Alike }

// Compare judges a pair, in whatever order it comes. Two numbers that tell who they are and
// differ are two persons; one number is one person, or was typed wrongly at one of them. Where
// a number is missing or doubtful, name and birth have to agree, and the sex must not differ.
func Compare(a, b Person) (l Likeness) {
	add := func(reason string, points int) {
		l.Score += points
		l.Reasons = append(l.Reasons, reason)
	}
	one, other := a.Whole(), b.Whole()
	same := one != "" && one == other
	switch {
	case same:
		add(NumberSame, 60)
		if len(a.Number) != len(b.Number) {
			add(NumberOld, 0)
		}
	case a.IsSure() && b.IsSure():
		return l
	}
	if one == "" || other == "" {
		add(NumberMissing, 0)
	}
	if one != "" && !a.IsSure() || other != "" && !b.IsSure() {
		add(NumberDoubtful, 0)
	}
	l.compareRest(a, b, same, add)
	slices.Sort(l.Reasons)
	return l
}

func (l *Likeness) compareRest(a, b Person, same bool, add func(string, int)) {
	points := func(beside, alone int) int {
		if same {
			return beside
		}
		return alone
	}
	if a.Name != "" && a.Name == b.Name {
		add(NameSame, points(25, 40))
	} else {
		add(NameOther, points(0, -100))
	}
	switch {
	case a.Birth == "" || b.Birth == "":
	case a.Birth == b.Birth:
		add(BirthSame, points(10, 35))
	default:
		add(BirthOther, points(0, -100))
	}
	switch {
	case a.Sex == "" || b.Sex == "":
	case a.Sex == b.Sex:
		add(SexSame, points(5, 10))
	default: // that it differs would say what it is
		l.Score -= points(0, 40)
	}
	l.Score = max(l.Score, 0)
}

var caseName = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// CaseOf names the case of two records, in whatever order they come.
func CaseOf(a, b change.RecordID) string {
	sum := sha256.Sum256([]byte("duplicate\n" + strings.Join([]string{string(min(a, b)), string(max(a, b))}, "\n")))
	return caseName.EncodeToString(sum[:16])
}
