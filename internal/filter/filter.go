// Package filter reads the filters and orders of lists (AIP-160, AIP-132) over
// a kind of the schema, and evaluates them in two ways: Match for a node's own
// records, SQL for a hub's view. Both give the same answer.
//
// Rules of the language, where AIP-160 leaves a choice:
//
//   - Names are those of the schema (also of what a city has published: x.pet), its
//     standard codes (aac003) and Chinese labels; also `id`, and `city`, `district`, `street`, `community`, the units
//     that a record stands below.
//   - OR binds tighter than AND, as AIP-160 says; a blank between two tests is
//     AND. The operators are upper case.
//   - Numbers and dates may stand without quotes: birth_date >= 1990-01-01.
//     Money is in fen. Code fields take the code or its name: sex = 男.
//   - A comparison with an empty field is false, != too; NOT turns it into
//     true. `x = null` asks for empty fields, `x:*` for filled ones.
//   - `*` at the beginning or end of a text is a wildcard for = and !=. `:` on a
//     text is "contains", on a code "is it or below it", on a set "has it, or
//     one below it". Wildcards and `:` ignore the case of a-z, = does not.
//   - Names of persons are compared by their keys (package names): name = "王明"
//     finds the one who was typed with a blank between.
//   - A boolean field may stand alone: low_income AND NOT resettled.
//   - `conflicts` is a boolean field of every kind; `age`, in full years, one of kinds
//     with a birth date, where the day is known (Reading.Today).
//   - Units are called by code or name where the tree is known (Reading.Tree); one
//     that is not in it is Invalid, like an unknown code.
//   - A list of values stands in parentheses, as in status:(1 OR 2), or after IN:
//     status IN ("1", "2").
//   - The signs of a Chinese keyboard (“”, ＝, （，）) are read as plain ones outside of
//     strings and words.
//   - A list with codes of several lengths that are not below each other (1, 2, 10) has
//     no order: < and > are Invalid.
//   - Who gets a masked field masked may only ask for the records that hold one
//     whole value of it, as in id_number = "..." AND sex = 1 (mask.go).
//
// Errors are Invalid, in one line, and never repeat a value of the filter.
package filter

import (
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// Limits of a filter.
const (
	MaxLength = 4 << 10 // bytes
	maxDepth  = 64      // parentheses
	maxTests  = 256
)

// Expr is a parsed filter. It never changes and may be used by many goroutines.
type Expr struct {
	root   node
	fields []string
}

// Fields are the canonical names the filter speaks of, sorted, once each. The
// list belongs to the filter.
func (e *Expr) Fields() []string { return e.fields }

// Match reports whether the filter holds for the values of a record. The
// pseudo fields come in under their names as texts.
func (e *Expr) Match(values map[string]change.Value) bool { return e.root.match(values) }

// Names reports whether the filter speaks of a field.
func (e *Expr) Names(field string) bool { return slices.Contains(e.fields, field) }

// All reports whether every record passes: the filter was empty.
func (e *Expr) All() bool {
	a, ok := e.root.(all)
	return ok && len(a) == 0
}

// node is one part of a filter.
type node interface {
	match(values map[string]change.Value) bool
	sql(w *writer)
}

// tiers are the pseudo fields that hold division codes, "" where a tier is
// missing.
var tiers = []string{"city", "district", "street", "community"}

func isTier(name string) bool { return slices.Contains(tiers, name) }

// fieldOf finds what a name stands for.
func fieldOf(kind *schema.Kind, name string) (*schema.Field, bool) {
	if name == "id" || isTier(name) {
		return &schema.Field{Name: name, Type: schema.Text}, true
	}
	if f, ok := kind.Field(name); ok {
		return f, true
	}
	name = strings.ToLower(strings.TrimSpace(name))
	switch name {
	case ConflictsName:
		return &schema.Field{Name: ConflictsName, Type: schema.Boolean}, true
	case schema.AgeName, schema.AgeLabel.Zh:
		_, ok := kind.BirthDate()
		return &schema.Field{Name: schema.AgeName, Type: schema.Integer}, ok
	}
	return nil, false
}
