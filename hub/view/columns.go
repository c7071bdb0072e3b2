package view

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"tongbu/internal/schema"
)

// Storage is how a column holds its values.
type Storage uint8

// The storages.
const (
	Text    Storage = iota // text
	Integer                // 64-bit integer
	Boolean                // 0 or 1
	Set                    // JSON array of texts, sorted
)

// Column is a field's column.
type Column struct {
	Field   string
	Storage Storage
	Index   bool
	List    string // column that orders the records with one value; empty: none
	Most    int    // bytes of a text that the field may hold; 0: any

	key  *schema.Field // of a column that holds the keys of a person's names
	made bool          // of more than the field itself, or of no field
}

// Columns lists the fields of the kind with their storage, in the order of
// the schema; behind that of a person's name that of its key. The field of the unit
// is not among them: ColUnit has it.
func Columns(k *schema.Kind) []Column {
	columns := make([]Column, 0, len(k.Fields))
	for _, f := range k.Fields {
		most := f.MaxBytes()
		if k.System { // what the program writes is of its own length
			most = 0
		}
		switch {
		case f.Name == ColUnit:
		case f.KeyName() != f.Name:
			columns = append(columns, Column{Field: f.Name, Storage: Text, Most: most},
				Column{Field: f.KeyName(), Storage: Text, Index: f.Index, Most: most, key: f, made: true})
		default:
			made := f.Name == ColValid || f.Name == schema.FindingsField || f.Name == schema.ExplainedField
			columns = append(columns, Column{Field: f.Name, Storage: storageOf(f.Type), Index: f.Index, List: listedBy(k, f), Most: most, made: made})
		}
	}
	return columns
}

// listedBy is the column that orders what has one value of the field.
func listedBy(k *schema.Kind, f *schema.Field) string {
	if by, ok := k.Field(f.ListedBy); ok {
		return by.KeyName()
	}
	return ""
}

// orderColumn is the column that puts rows in the order of a field.
func orderColumn(k *schema.Kind, field string) string {
	if f, ok := k.Field(field); ok && f.Name == field {
		return f.KeyName()
	}
	return field
}

// StorageOf returns the storage of a column of the kind, its fields and the
// columns every kind has; false when there is no such column.
func StorageOf(k *schema.Kind, name string) (Storage, bool) {
	switch {
	case name == ColConflicts:
		return Integer, true
	case name == ColContested:
		return Set, true
	case name == ColAge:
		if _, ok := k.BirthDate(); ok {
			return Integer, true
		}
	case name == ColID, name == ColUnit, slices.Contains(Tiers(), name):
		return Text, true
	}
	f, ok := k.Field(name)
	if ok && f.Name == name {
		return storageOf(f.Type), true
	}
	return Text, isKeyColumn(k, name)
}

func isKeyColumn(k *schema.Kind, name string) bool {
	return slices.ContainsFunc(k.Fields, func(f *schema.Field) bool { return f.KeyName() == name })
}

func storageOf(t schema.Type) Storage {
	switch {
	case t.IsNumber():
		return Integer
	case t == schema.Boolean:
		return Boolean
	case t == schema.Codes:
		return Set
	}
	return Text
}

// Shape names the tables a schema asks for. A view whose tables have another
// shape is rebuilt from the journal.
func Shape(s *schema.Schema) string {
	kinds := s.Kinds()
	slices.SortFunc(kinds, func(a, b *schema.Kind) int { return strings.Compare(a.Name, b.Name) })
	var shape strings.Builder
	for _, k := range kinds {
		shape.WriteString(k.Name + "\n")
		for _, c := range Columns(k) {
			fmt.Fprintf(&shape, "\t%s %d %t %s\n", c.Field, c.Storage, c.Index, c.List)
		}
	}
	sum := sha256.Sum256([]byte(shape.String()))
	return hex.EncodeToString(sum[:])
}
