package table

import (
	"fmt"
	"os"
	"strings"
)

// Marks between which a page holds the generated table.
const (
	begin = "<!-- results: written by make bench -->"
	end   = "<!-- end of results -->"
)

// Markdown writes the results as a table.
func (r *Results) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. Commit %s, %s, sizes: %s.\n\n", r.Machine, r.Commit, r.Date, r.Sizes)
	b.WriteString("| measure | value | against | ratio | bar | passed |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, e := range r.Measures {
		b.WriteString(e.line())
	}
	return b.String()
}

func (e Entry) line() string {
	value, against, ratio, passed := Number(e.Value)+" "+e.Unit, e.Against, "", "no"
	if e.Skipped != "" {
		value, passed = "skipped: "+e.Skipped, "no"
	}
	if e.AgainstValue != 0 {
		against = fmt.Sprintf("%s: %s %s", e.Against, Number(e.AgainstValue), e.Unit)
		ratio = Number(e.Ratio) + " x"
	}
	switch {
	case e.Bar == "" && e.Skipped == "":
		passed = ""
	case e.Pass:
		passed = "yes"
	}
	name := e.Row + ": " + e.Name
	if e.Note != "" {
		name += " (" + e.Note + ")"
	}
	if e.Sizes == "quick" {
		name += ", small sizes: no result"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s |\n", name, value, against, ratio, e.Bar, passed)
}

// Fill puts the table between the marks of a page.
func (r *Results) Fill(page string) error {
	raw, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(raw), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s has no marks for the results", page)
	}
	return os.WriteFile(page, []byte(head+begin+"\n"+r.Markdown()+end+tail), 0o644)
}
