// Package manual writes what the schema declares as a page for people: the kinds by
// chapters, their fields, rules and code lists.
package manual

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"tongbu/internal/schema"
)

// Write writes the page, in Markdown.
func Write(to io.Writer, s *schema.Schema) error {
	p := &page{Writer: bufio.NewWriter(to), schema: s}
	p.line(intro)
	p.contents()
	p.kinds()
	p.lists()
	return p.Flush()
}

const intro = `# Records

What tongbu keeps, made from the declarations of the program (` + "`internal/schema/data`" + `): do not edit it. A change of a declaration is brought here by ` + "`make records`" + `.

Each field is known by its name, its standard code and its Chinese label. A field marked **must** refuses the record where it is empty; one marked *wanted* is a finding. Lists, filters and exports use the names.
`

type page struct {
	*bufio.Writer
	schema *schema.Schema
}

func (p *page) line(format string, args ...any) {
	_, _ = fmt.Fprintf(p, format+"\n", args...) // Flush returns what failed
}

// people are the kinds that are not the program's own.
func (p *page) people() []*schema.Kind {
	return slices.DeleteFunc(p.schema.Kinds(), func(k *schema.Kind) bool { return k.System })
}

func (p *page) contents() {
	p.line("| kind | | sort | written by |\n| --- | --- | --- | --- |")
	for _, k := range p.people() {
		p.line("| [%s](#%s) | %s, %s | %s | %s |", k.Name, k.Name, k.Label.Zh, k.Label.En, k.Sort, writers(k))
	}
	p.line("")
}

var levels = map[int]string{2: "city", 3: "district", 4: "street", 5: "community"}

func writers(k *schema.Kind) string {
	if k.Sort == schema.Derived {
		return "nobody"
	}
	return levelNames(k.Writers)
}

func levelNames(of []int) string {
	var names []string
	for _, level := range of {
		names = append(names, levels[level])
	}
	return strings.Join(names, ", ")
}

func (p *page) kinds() {
	chapter := schema.Label{}
	for _, k := range p.people() {
		if k.Group != chapter {
			chapter = k.Group
			p.line("## %s, %s\n", chapter.Zh, chapter.En)
		}
		p.kind(k)
	}
}

func (p *page) kind(k *schema.Kind) {
	p.line("### %s\n", k.Name)
	p.line("%s, %s.%s\n", k.Label.Zh, k.Label.En, about(k))
	p.line("| field | code | | type | |\n| --- | --- | --- | --- | --- |")
	for _, f := range k.Fields {
		p.line("| `%s` | %s | %s, %s | %s | %s |", f.Name, f.Code, f.Label.Zh, f.Label.En, typeOf(f), notes(f))
	}
	p.line("")
	if len(k.Checks) == 0 {
		return
	}
	p.line("| rule | strength | |\n| --- | --- | --- |")
	for _, c := range k.Checks {
		p.line("| `%s` | %s | %s; %s |", c.Rule, c.Strength, c.Message.Zh, c.Message.En)
	}
	p.line("")
}

// about says what makes a kind's records more than a set of fields.
func about(k *schema.Kind) string {
	var said []string
	if k.Subject != "" {
		said = append(said, fmt.Sprintf("about its `%s`", k.Subject))
	}
	if k.Day != "" {
		said = append(said, fmt.Sprintf("happened on `%s`, rank %d", k.Day, k.Rank))
	}
	if k.Gives != "" {
		said = append(said, fmt.Sprintf("gives the status %s", k.Gives))
	}
	if k.GivesFrom != "" {
		said = append(said, fmt.Sprintf("gives the status in `%s`", k.GivesFrom))
	}
	if k.Finds != "" {
		said = append(said, fmt.Sprintf("changes the `%s` of its `%s`, which no edit changes once it is said", k.Finds, k.Subject))
	}
	if k.Personal {
		said = append(said, "personal")
	}
	if len(said) == 0 {
		return ""
	}
	return " " + strings.ToUpper(string(said[0][0])) + strings.Join(said, "; ")[1:] + "."
}

func typeOf(f *schema.Field) string {
	switch {
	case f.IsComputed():
		return "rules of the kind"
	case f.Codes != "":
		return fmt.Sprintf("%s, [%s](#list-%s)", f.Type, f.Codes, f.Codes)
	case f.Ref != "":
		return fmt.Sprintf("%s, [%s](#%s)", f.Type, f.Ref, f.Ref)
	}
	return string(f.Type)
}

func notes(f *schema.Field) string {
	var said []string
	switch f.Must {
	case schema.Hard:
		said = append(said, "**must**")
	case schema.Soft:
		said = append(said, "*wanted*")
	}
	if f.Min != nil {
		said = append(said, fmt.Sprintf("from %d", *f.Min))
	}
	if f.Max != nil {
		said = append(said, fmt.Sprintf("to %d", *f.Max))
	}
	if f.Mask {
		said = append(said, "masked")
	}
	if f.Index {
		said = append(said, "indexed")
	}
	if f.Print > 0 {
		said = append(said, fmt.Sprintf("column %d", f.Print))
	}
	return strings.Join(said, ", ")
}
