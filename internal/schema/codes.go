package schema

// CodeList is a closed list of codes. Codes are text: leading zeros count.
type CodeList struct {
	Name     string `yaml:"name" json:"name"`
	Standard string `yaml:"standard" json:"standard"` // where the codes come from
	Label    Label  `yaml:"label" json:"label"`
	Extends  bool   `yaml:"extends" json:"extends,omitempty"` // in an addition: adds items to a list that exists
	Items    []Item `yaml:"items" json:"items"`

	Published uint64 `yaml:"-" json:"published,omitempty"` // number of the publication that has it; 0: the program

	byCode  map[string]int
	byLabel map[string]int
}

// Item is one code with its name; Parent is the code of the wider item.
type Item struct {
	Code   string `yaml:"code" json:"code"`
	Zh     string `yaml:"zh" json:"zh"`
	En     string `yaml:"en" json:"en,omitempty"`
	Parent string `yaml:"parent" json:"parent,omitempty"`
	// Writers are the levels of the units that write the code; none: all that write the
	// kind. A level that the city does not have takes no code from the others.
	Writers []int `yaml:"writers" json:"writers,omitempty"`

	Published uint64 `yaml:"-" json:"published,omitempty"` // number of the publication that has it; 0: the program
	Withdrawn bool   `yaml:"-" json:"withdrawn,omitempty"` // by the city: no longer offered
}

// Label returns the item's name.
func (i Item) Label() Label { return Label{Zh: i.Zh, En: i.En} }

// Item returns the item of a code.
func (l *CodeList) Item(code string) (Item, bool) {
	i, ok := l.byCode[code]
	if !ok {
		return Item{}, false
	}
	return l.Items[i], true
}

func (l *CodeList) has(code string) bool {
	_, ok := l.byCode[code]
	return ok
}

// Find returns the code of what a person wrote: a code, or the Chinese or
// English name of an item.
func (l *CodeList) Find(text string) (code string, ok bool) {
	if _, ok := l.byCode[text]; ok {
		return text, true
	}
	i, ok := l.byLabel[alias(text)]
	if !ok {
		return "", false
	}
	return l.Items[i].Code, true
}

// Within reports whether a code is the wider item or below it.
func (l *CodeList) Within(code, wider string) bool {
	for range len(l.Items) {
		if code == wider {
			return true
		}
		item, ok := l.Item(code)
		if !ok || item.Parent == "" {
			return false
		}
		code = item.Parent
	}
	return false
}

// List returns the code list of a name.
func (s *Schema) List(name string) (*CodeList, bool) {
	l, ok := s.lists[name]
	return l, ok
}
