package manual

import (
	"slices"
	"strings"

	"tongbu/internal/schema"
)

// lists writes the code lists that fields of people's kinds name.
func (p *page) lists() {
	p.line("## Code lists\n")
	var met []string
	for _, k := range p.people() {
		for _, f := range k.Fields {
			if f.Codes == "" || f.IsComputed() || slices.Contains(met, f.Codes) {
				continue
			}
			met = append(met, f.Codes)
		}
	}
	slices.Sort(met)
	for _, name := range met {
		p.list(name)
	}
}

func (p *page) list(name string) {
	l, ok := p.schema.List(name)
	if !ok {
		return
	}
	p.line("### <a id=\"list-%s\"></a>%s\n", name, name)
	p.line("%s, %s. Source: %s.\n", l.Label.Zh, l.Label.En, l.Standard)
	p.line("| code | | |\n| --- | --- | --- |")
	for _, item := range l.Items {
		written := ""
		if len(item.Writers) > 0 {
			written = "; written by " + levelNames(item.Writers)
		}
		p.line("| %s | %s | %s%s |", indent(l, item)+item.Code, item.Zh, item.En, written)
	}
	p.line("")
}

// indent sets an item off that is below another.
func indent(l *schema.CodeList, item schema.Item) string {
	deep := 0
	for item.Parent != "" && deep < len(l.Items) {
		item, _ = l.Item(item.Parent)
		deep++
	}
	return strings.Repeat("· ", deep)
}
