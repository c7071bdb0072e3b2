package view

import (
	"tongbu/internal/change"
	"tongbu/internal/filter"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Columns that every kind has besides its fields.
const (
	ColID        = "id"              // record id
	ColUnit      = "unit"            // division code of the unit it belongs to; the unit's id when the tree does not know it
	ColCity      = "city"            // division code of that unit or the one above it in this tier, "" when the tier is missing
	ColDistrict  = "district"        // likewise
	ColStreet    = "street"          // likewise
	ColCommunity = "community"       // likewise
	ColConflicts = "conflicts"       // number of conflicts nobody has settled
	ColContested = "conflict_fields" // names of the fields they are in
	ColAge       = schema.AgeName    // full years on Query.Today, of kinds that have a birth date
)

// ColValid is the field that voids a record. Its column holds what came of
// the writes: "0" exactly for the records that are void.
const ColValid = merge.VoidField

// Tiers lists the columns of the tiers, from the city down.
func Tiers() []string { return []string{ColCity, ColDistrict, ColStreet, ColCommunity} }

// Tier returns the column of the tier.
func Tier(level tree.Level) string {
	if !level.Valid() {
		return ""
	}
	return Tiers()[level-tree.City]
}

// Scope says which records a question is about. The zero scope holds none.
type Scope struct {
	All   bool            // every record, those of units unknown to the tree too
	Under change.UnitID   // records of units at or below this one
	From  []change.UnitID // and the records of these units themselves,
	To    []change.UnitID // but only those addressed to one of these
}

// Query is a question, checked and resolved by the package query.
type Query struct {
	Kind    *schema.Kind
	Columns []string       // what to read: fields of the kind, or the columns every kind has
	Where   *filter.Expr   // nil: everything
	Order   []filter.Order // the id follows as the last key
	After   []change.Value // keys of the row before the first, as in Row.Key; nil: from the start
	Scope   Scope
	Void    bool   // void records too
	Named   bool   // of groups: the records of those with fewer than SmallGroup
	Limit   int    // rows at most; EachRow and EachGroup have none
	Today   string // the day that ages are of; empty: nobody has one
}

// Row is one record of an answer.
type Row struct {
	Values []change.Value // one for each of Query.Columns; null when absent
	Key    []change.Value // values of Query.Order, then the id: where the next page goes on
}

// Group is how many rows have the same values in some columns.
type Group struct {
	Values  []change.Value // one for each column that is counted by
	Count   int64
	Records []change.RecordID `json:",omitempty"` // all of a small group, when Query.Named
}

// SmallGroup is how many records a group needs to tell of none of them: counts
// below it say something of persons.
const SmallGroup = 5
