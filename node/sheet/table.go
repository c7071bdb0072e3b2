package sheet

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/mapping"
	"tongbu/internal/schema"
)

// Choice says which sheets are read and what is on them.
type Choice struct {
	Kind  string       // of all of them; empty: the names of the sheets say it
	Sheet string       // the one that is read; empty: all that are of a kind
	Map   *mapping.Map // how another system calls what is on them; nil: as this one does
	Label Labels       // the language in which people are told; nil: Chinese
}

// Labels is a label in a language.
type Labels func(schema.Label) string

func (l Labels) of(label schema.Label) string {
	if l == nil {
		return label.Zh
	}
	return l(label)
}

// comma stands between names.
var comma = schema.Label{Zh: "、", En: ", "}

// Table is a sheet of records.
type Table struct {
	Name  string
	Kind  *schema.Kind
	Lines int // about how many rows; 0: not known

	source *source
	header *header        // nil: of JSON Lines
	theirs *mapping.Table // of which table of another system it is; nil: of none
	label  Labels
	place  int // among the sheets of the file
	system dates
}

// listsSheet is the sheet on which a template has the lists of codes.
const listsSheet = "代码表"

// census are what the sheets of a census workbook are called, beside the names and
// labels of kinds.
var census = map[string]string{"户": "household", "家庭表": "household", "成员": "person", "人员表": "person"}

// headerWithin is how far down a header is looked for: a title and a line of the unit
// and the period may stand before it.
const headerWithin = 20

// Tables finds the sheets that are read, in an order in which those come first whose
// records others name, and what people should know of the file: sheets and columns
// that are not read, hidden ones that are. It returns Invalid where a sheet has no
// header, or a field twice, and where nothing says what the file is of.
func (f *File) Tables(kinds Kinds, want Choice) (tables []*Table, told []*fault.Error, err error) {
	told = slices.Clone(f.told)
	var chosen *schema.Kind
	if want.Kind != "" {
		k, ok := kinds.Kind(want.Kind)
		if !ok {
			return nil, nil, fault.New(fault.Invalid, "no such kind of record: %q", want.Kind).WithHint("kinds: %s", KindNames(kinds))
		}
		chosen = k
	}
	for i, s := range f.sources {
		if want.Sheet != "" && s.name != want.Sheet || s.name == listsSheet && s.hidden {
			continue
		}
		k := cmp.Or(chosen, want.kindTitled(kinds, s.name))
		if k == nil {
			if len(f.sources) > 1 {
				told = append(told, fault.New(fault.Invalid, "sheet %s is not read: it has the name of no kind", shorten(s.name)))
			}
			continue
		}
		if s.hidden {
			told = append(told, fault.New(fault.Invalid, "sheet %s is hidden, and is read", shorten(s.name)))
		}
		t := &Table{Name: s.name, Kind: k, source: s, label: want.Label, place: i, system: s.system}
		if want.Map != nil {
			if t.theirs, err = want.Map.Of(k.Name); err != nil {
				return nil, nil, err
			}
		}
		more, err := t.readHeader(kinds)
		if errors.Is(err, errEmpty) && len(f.sources) > 1 {
			told = append(told, fault.New(fault.Invalid, "sheet %s is empty", shorten(s.name)))
			continue
		}
		if errors.Is(err, errEmpty) && f.Format == JSONL {
			err = errNoObjects
		}
		if err != nil {
			return nil, nil, err
		}
		if of := t.ofMap(); of != nil && want.Map == nil {
			told = append(told, fault.New(fault.Invalid, "%s: the columns are those of table %s of map %s, whose codes may be others: add --map %s", cmp.Or(t.Name, string(CSV)), of.Name, of.Map.Name, of.Map.Name))
		}
		tables, told = append(tables, t), append(told, more...)
	}
	if len(tables) == 0 {
		return nil, nil, f.nothing(kinds, want)
	}
	sortTables(kinds, tables)
	return tables, told, nil
}

func (f *File) nothing(kinds Kinds, want Choice) error {
	if want.Sheet != "" && !slices.ContainsFunc(f.sources, func(s *source) bool { return s.name == want.Sheet }) {
		return fault.New(fault.Invalid, "there is no sheet %q", want.Sheet).WithHint("sheets: %s", strings.Join(f.names(), ", "))
	}
	if of := f.ofMap(want); of != nil {
		return fault.New(fault.Invalid, "the columns are those of table %s of map %s", of.Name, of.Map.Name).WithHint("add --map %s --kind %s", of.Map.Name, of.Kind)
	}
	return fault.New(fault.Invalid, "nothing says what kind of record the file is of").
		WithHint("give --kind, or name the sheet as the kind: %s", want.kindNames(kinds))
}

func (f *File) names() (names []string) {
	for _, s := range f.sources {
		names = append(names, shorten(s.name))
	}
	return names
}

// KindNames are the kinds that tables may be of, for a hint.
func KindNames(kinds Kinds) string {
	var names []string
	for _, k := range kinds.Kinds() {
		if !k.System {
			names = append(names, k.Name)
		}
	}
	return strings.Join(names, ", ")
}

// kindNames are the kinds that the tables may be of, for a hint.
func (c Choice) kindNames(kinds Kinds) string {
	if c.Map == nil {
		return KindNames(kinds)
	}
	var names []string
	for _, t := range c.Map.Tables {
		names = append(names, t.Kind)
	}
	return strings.Join(names, ", ")
}

// kindTitled finds the kind that a sheet is named after, by their name or ours.
func (c Choice) kindTitled(kinds Kinds, title string) *schema.Kind {
	if c.Map == nil {
		return kindTitled(kinds, title)
	}
	t, ok := c.Map.Titled(strings.TrimSpace(title))
	if !ok {
		return nil
	}
	k, _ := kinds.Kind(t.Kind)
	return k
}

// kindTitled finds the kind that a sheet is named after.
func kindTitled(kinds Kinds, title string) *schema.Kind {
	title = strings.TrimSpace(title)
	for _, k := range kinds.Kinds() {
		if !k.System && (k.Name == title || k.Label.Zh == title || sheetName(k.Label.Zh) == title || strings.EqualFold(k.Label.En, title)) {
			return k
		}
	}
	k, ok := kinds.Kind(census[title])
	if !ok {
		return nil
	}
	return k
}

// sheetName makes a text the name of a sheet: spreadsheets allow 31 characters, and
// not all.
func sheetName(text string) string {
	name := []rune(strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || r < ' ' {
			return '-'
		}
		return r
	}, text), "' "))
	if len(name) == 0 {
		return "-"
	}
	return string(name[:min(len(name), 31)])
}

// sortTables puts records before those that name them.
func sortTables(kinds Kinds, tables []*Table) {
	slices.SortStableFunc(tables, func(a, b *Table) int { return depth(kinds, a.Kind, 8) - depth(kinds, b.Kind, 8) })
}

func depth(kinds Kinds, k *schema.Kind, most int) (deep int) {
	for _, f := range k.Fields {
		if to, ok := kinds.Kind(f.Ref); ok && to != k && most > 0 {
			deep = max(deep, 1+depth(kinds, to, most-1))
		}
	}
	return deep
}

var errEmpty = fault.New(fault.Invalid, "the sheet is empty").WithHint("a first row names the columns; tongbu export --template writes one")

var errNoObjects = fault.New(fault.Invalid, "nothing was given").WithHint("one JSON object a line")

// readHeader finds the row with the names of the columns: the one that names most
// fields.
func (t *Table) readHeader(kinds Kinds) ([]*fault.Error, error) {
	var best *header
	names, rows := titlesOf(kinds, t.Kind), 0
	if t.theirs != nil {
		names = theirTitles(t.theirs, t.Kind)
	}
	err := t.source.each(func(row line) error {
		if row.raw != nil {
			return errStop
		}
		h := names.read(row)
		if best == nil || h.known() >= best.known() && h.known() > 0 {
			best = h
		}
		if rows++; rows == headerWithin {
			return errStop
		}
		return nil
	})
	t.Lines = t.source.lines
	switch {
	case err != nil && !errors.Is(err, errStop):
		return nil, fault.Wrap(cmp.Or(t.Name, string(CSV)), err)
	case rows == 0 && errors.Is(err, errStop): // JSON Lines
		return nil, nil
	case best == nil:
		return nil, errEmpty
	case best.known() == 0:
		return nil, t.noHeader()
	}
	t.header, best.label = best, t.label
	return best.check(cmp.Or(t.Name, string(CSV)))
}

func (t *Table) noHeader() error {
	err := fault.New(fault.Invalid, "%s: no row names columns of %s", cmp.Or(t.Name, string(CSV)), t.label.of(t.Kind.Label))
	if t.theirs != nil {
		return err.WithHint("a row above the records names the columns; tongbu schema --map %s lists them", t.theirs.Map.Name)
	}
	return err.WithHint("a row above the records names their fields; tongbu export --template %s FILE writes such a file", t.Kind.Name)
}

// Title is what a row is called in messages, by its name.
func (f *File) Title(row int) string {
	place, number := (row-1)/perSheet, (row-1)%perSheet+1
	if len(f.sources) == 1 && f.sources[0].name == "" {
		return fmt.Sprint(row)
	}
	if place >= len(f.sources) || f.sources[place].name == "" {
		return fmt.Sprint(number)
	}
	return fmt.Sprintf("%s %d", shorten(f.sources[place].name), number)
}
