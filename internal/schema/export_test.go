package schema

import (
	"fmt"
	"slices"
	"strings"

	"tongbu/internal/change"
)

// Fingerprint names what tables are made from: the names of kinds and fields, the
// types and the indexes.
func (s *Schema) Fingerprint() string {
	var lines []string
	for _, k := range s.kinds {
		for _, f := range k.Fields {
			lines = append(lines, fmt.Sprintf("%s %s %s %t\n", k.Name, f.Name, f.Type, f.Index))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// Check is CheckOn without a day.
func (k *Kind) Check(values map[string]change.Value) []Problem { return k.CheckOn(values, "") }

// ListHard is CheckHard without asking first whether anything is wrong.
func (k *Kind) ListHard(values change.Fields) []Problem { return k.listHard(values) }

// IsUnwritable reports whether no text may hold the character.
func IsUnwritable(r rune) bool { return unwritable(r) }

// LoadAgain is Load without what was read before.
func LoadAgain() (*Schema, error) { return load() }
