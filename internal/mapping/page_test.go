package mapping_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/mapping"
	"tongbu/internal/schema"
)

var update = flag.Bool("update", false, "write the tables of docs/exchange.md and docs/zh/exchange.md again")

// The tables stand between these lines of a page.
const (
	begin = "<!-- made from internal/mapping/data by make records: do not edit -->\n"
	end   = "<!-- end -->\n"
)

// TestPages: the tables on the pages are what the maps say.
func TestPages(t *testing.T) {
	for lang, page := range map[string]string{"en": "../../docs/exchange.md", "zh": "../../docs/zh/exchange.md"} {
		raw, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		before, rest, found := strings.Cut(string(raw), begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("%s has no place for the tables", page)
		}
		want := before + begin + tables(t, lang) + end + after
		if want == string(raw) {
			continue
		}
		if !*update {
			t.Errorf("%s is not what the maps say: run make records", page)
		} else if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

var said = map[string]map[string]string{
	"en": {
		"head": "| column | field | | codes |", "codes": "Codes", "list": "| list | ours | theirs |", mapping.Number: "own number, else the id", mapping.Unit: "division code of the unit",
		"same": "the same", "without": "none", "also": "%s is read too", "confirm": "to be confirmed",
	},
	"zh": {
		"head": "| 列 | 字段 | | 代码表 |", "codes": "代码", "list": "| 代码表 | 本系统 | 对方 |", mapping.Number: "自编号，没有则为记录标识", mapping.Unit: "机构的区划代码",
		"same": "相同", "without": "没有", "also": "也读 %s", "confirm": "待确认",
	},
}

func tables(t *testing.T, lang string) string {
	all, s := mustAll(t)
	var b strings.Builder
	for _, m := range all {
		fmt.Fprintf(&b, "\n## %s: %s\n", m.Name, m.Label.In(lang))
		for _, table := range m.Tables {
			k, _ := s.Kind(table.Kind)
			fmt.Fprintf(&b, "\n### %s %s: %s (`%s`)\n\n%s\n| --- | --- | --- | --- |\n", table.Name, table.Label.In(lang), k.Label.In(lang), k.Name, said[lang]["head"])
			for _, c := range table.Columns {
				b.WriteString(columnLine(m, k, c, lang))
			}
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s\n| --- | --- | --- |\n", said[lang]["codes"], said[lang]["list"])
		for _, l := range m.Lists {
			b.WriteString(listLines(l, lang))
		}
	}
	return b.String() + "\n"
}

func columnLine(m *mapping.Map, k *schema.Kind, c *mapping.Column, lang string) string {
	name := c.Name
	if slices.Contains(m.Agreed, name) {
		name = "**" + name + "**"
	}
	if f, ok := k.Field(c.Field); ok {
		return fmt.Sprintf("| %s | `%s` | %s | %s |\n", name, f.Name, f.Label.In(lang), f.Codes)
	}
	return fmt.Sprintf("| %s | | %s | |\n", name, said[lang][c.Is])
}

func listLines(l *mapping.List, lang string) string {
	var b strings.Builder
	name := l.Name
	if l.Confirm {
		name += " (" + said[lang]["confirm"] + ")"
	}
	if l.Same {
		theirs := said[lang]["same"]
		for _, code := range slices.Sorted(maps.Keys(l.Also)) {
			theirs += "; " + fmt.Sprintf(said[lang]["also"], code+" = "+l.Also[code])
		}
		fmt.Fprintf(&b, "| %s | | %s |\n", name, theirs)
	}
	for _, code := range l.Without {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, code, said[lang]["without"])
	}
	for _, code := range slices.Sorted(maps.Keys(l.Codes)) {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, code, l.Codes[code])
	}
	return b.String()
}
