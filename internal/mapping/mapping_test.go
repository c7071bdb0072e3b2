package mapping_test

import (
	"slices"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/mapping"
	"tongbu/internal/schema"
)

func mustAll(t *testing.T) ([]*mapping.Map, *schema.Schema) {
	t.Helper()
	maps, err := mapping.All()
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	return maps, s
}

// TestTables: each kind and field that a map names is there and may be written, and no
// name stands twice where it would be read as one of two.
func TestTables(t *testing.T) {
	maps, s := mustAll(t)
	seen := once{t, map[string]bool{}}
	for _, m := range maps {
		seen.add("map", m.Name)
		if m.Dates != mapping.Dashed && m.Dates != mapping.Plain || m.Yes == "" || m.No == "" || m.Yes == m.No || m.Standard == "" {
			t.Errorf("%s: dates, yes, no or the standard", m.Name)
		}
		for _, table := range m.Tables {
			seen.add(m.Name+" table", table.Name)
			seen.add(m.Name+" kind", table.Kind)
			k, ok := s.Kind(table.Kind)
			if !ok || k.System || k.Sort == schema.Derived {
				t.Errorf("%s: kind %s", m.Name, table.Kind)
				continue
			}
			if remark, ok := k.Field("remark"); !ok || remark.Type != schema.Text {
				t.Errorf("%s: %s has no remark to keep what the map does not know", m.Name, k.Name)
			}
			for _, c := range table.Columns {
				seen.add(table.Name+" column", c.Name)
				seen.add(table.Name+" field", c.Field+c.Is)
				wantColumn(t, k, c)
			}
		}
	}
}

func wantColumn(t *testing.T, k *schema.Kind, c *mapping.Column) {
	t.Helper()
	if c.Field == "" {
		if c.Is != mapping.Number && c.Is != mapping.Unit {
			t.Errorf("%s.%s is nothing", k.Name, c.Name)
		}
		return
	}
	f, ok := k.Field(c.Field)
	if !ok || f.Name != c.Field || f.ReadOnly || f.IsComputed() || f.Name == schema.OwnNo || c.Is != "" || c.Name == mapping.Rest {
		t.Errorf("%s.%s: field %q", k.Name, c.Name, c.Field)
	}
}

// TestLists: each list of a column is mapped and used, its codes are there, and each code
// that goes out comes back as itself.
func TestLists(t *testing.T) {
	maps, s := mustAll(t)
	for _, m := range maps {
		used := map[string]*schema.Field{}
		for _, table := range m.Tables {
			k, _ := s.Kind(table.Kind)
			for _, c := range table.Columns {
				if f, ok := k.Field(c.Field); ok && f.List() != nil {
					used[f.Codes] = f
				}
			}
		}
		seen := once{t, map[string]bool{}}
		for _, l := range m.Lists {
			seen.add(m.Name+" list", l.Name)
			f := used[l.Name]
			if f == nil {
				t.Errorf("%s: no column is of list %s", m.Name, l.Name)
				continue
			}
			delete(used, l.Name)
			wantList(t, m, l, f)
		}
		for name := range used {
			t.Errorf("%s: list %s has no codes", m.Name, name)
		}
	}
}

func wantList(t *testing.T, m *mapping.Map, l *mapping.List, f *schema.Field) {
	t.Helper()
	named := slices.Clone(l.Without)
	for ours := range l.Codes {
		named = append(named, ours)
	}
	for theirs, ours := range l.Also {
		named = append(named, ours)
		if _, ok := m.Theirs(f, theirs); ok {
			t.Errorf("%s: %s is read as %s and written as itself", l.Name, theirs, ours)
		}
	}
	for _, code := range named {
		if _, ok := f.List().Item(code); !ok {
			t.Errorf("%s: no code %s", l.Name, code)
		}
	}
	if l.Same == (len(l.Codes) > 0) || !l.Same && len(l.Without) > 0 {
		t.Errorf("%s: either the codes are the same, or they are listed", l.Name)
	}
	out := 0
	for _, item := range f.List().Items {
		theirs, ok := m.Theirs(f, item.Code)
		if !ok {
			continue
		}
		out++
		if back, ok := m.Ours(f, theirs); !ok || back != item.Code {
			t.Errorf("%s: %s goes out as %s and comes back as %q", l.Name, item.Code, theirs, back)
		}
	}
	if out == 0 {
		t.Errorf("%s: no code goes out", l.Name)
	}
}

// TestAgreed: what systems agree on is the name of a column.
func TestAgreed(t *testing.T) {
	maps, _ := mustAll(t)
	for _, m := range maps {
		for _, name := range m.Agreed {
			if !slices.ContainsFunc(m.Tables, func(t *mapping.Table) bool {
				return slices.ContainsFunc(t.Columns, func(c *mapping.Column) bool { return c.Name == name })
			}) {
				t.Errorf("%s: %s is no column", m.Name, name)
			}
		}
	}
}

// TestFind: a wrong name says which there are.
func TestFind(t *testing.T) {
	_, err := mapping.Find("nosuch")
	if fault.Of(err) != fault.Invalid || fault.Hint(err) != "maps: lemis" {
		t.Errorf("%v, %s", err, fault.Hint(err))
	}
	m, err := mapping.Find("lemis")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Of("money"); fault.Of(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
	for _, title := range []string{"ac01", "AC01", "person", "个人基本信息"} {
		if table, ok := m.Titled(title); !ok || table.Kind != "person" {
			t.Errorf("%s is not found", title)
		}
	}
}

// TestCodes: codes one by one.
func TestCodes(t *testing.T) {
	maps, s := mustAll(t)
	k, _ := s.Kind("person")
	for _, c := range []struct{ field, ours, theirs string }{
		{"sex", "1", "1"}, {"marital", "20", "1"}, {"marital", "10", "2"}, {"marital", "21", ""}, {"education", "21", ""},
		{"employer_kind", "10", "10"}, {"employer_kind", "15", ""}, {"status", "1", ""},
	} {
		f, _ := k.Field(c.field)
		if got, ok := maps[0].Theirs(f, c.ours); ok != (c.theirs != "") || ok && got != c.theirs {
			t.Errorf("%s %s is %q", c.field, c.ours, got)
		}
	}
	sex, _ := k.Field("sex")
	if got, ok := maps[0].Ours(sex, "02"); !ok || got != "2" {
		t.Errorf("02 is %q", got)
	}
	nationality, _ := k.Field("nationality")
	if got, ok := maps[0].Padded(nationality, "1"); !ok || got != "01" {
		t.Errorf("1 is %q", got)
	}
	if got := mapping.Plain.Day("2026-03-05"); got != "20260305" {
		t.Error(got)
	}
}

// once tells what is named twice.
type once struct {
	t    *testing.T
	seen map[string]bool
}

func (o once) add(what, name string) {
	o.t.Helper()
	if o.seen[what+" "+name] || name == "" {
		o.t.Errorf("%s %q stands twice, or has no name", what, name)
	}
	o.seen[what+" "+name] = true
}
