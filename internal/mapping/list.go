package mapping

import (
	"slices"
	"strings"

	"tongbu/internal/schema"
)

// List says what their codes are for those of a list of ours. No code of theirs is for two
// of ours, so that what is translated comes back.
type List struct {
	Name    string            `yaml:"list" json:"list"`
	Same    bool              `yaml:"same" json:"same,omitempty"`       // their codes are ours
	Without []string          `yaml:"without" json:"without,omitempty"` // of Same: ours alone
	Codes   map[string]string `yaml:"codes" json:"codes,omitempty"`     // ours to theirs, where they are not the same
	Also    map[string]string `yaml:"also" json:"also,omitempty"`       // theirs to ours, read and never written
	Confirm bool              `yaml:"confirm" json:"confirm,omitempty"` // to be confirmed with whoever takes the file
}

// Theirs is their code for one of ours; false where they have none.
func (m *Map) Theirs(f *schema.Field, code string) (string, bool) {
	l := m.lists[f.Codes]
	if l == nil {
		return "", false
	}
	if l.Same {
		_, known := f.List().Item(code)
		return code, known && !slices.Contains(l.Without, code)
	}
	theirs, known := l.Codes[code]
	return theirs, known
}

// Ours is our code for one of theirs; false where the map has none.
func (m *Map) Ours(f *schema.Field, theirs string) (string, bool) {
	l := m.lists[f.Codes]
	if l == nil {
		return "", false
	}
	if code, known := l.Also[theirs]; known {
		return code, true
	}
	if l.Same {
		return m.Theirs(f, theirs)
	}
	for code, other := range l.Codes {
		if other == theirs {
			return code, true
		}
	}
	return "", false
}

// Padded is their one code that a number is which has lost the zeros before it.
func (m *Map) Padded(f *schema.Field, number string) (theirs string, ok bool) {
	for _, item := range f.List().Items {
		code, known := m.Theirs(f, item.Code)
		if !known || len(code) <= len(number) || strings.TrimLeft(code, "0") != strings.TrimLeft(number, "0") {
			continue
		}
		if ok {
			return "", false
		}
		theirs, ok = code, true
	}
	return theirs, ok
}
