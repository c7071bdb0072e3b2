package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tongbu/bench/program"
	"tongbu/bench/table"
)

// row is the name of this measure in the table.
const row = "census of a city"

// results are the figures of a run in the form of the other measures.
func (c *city) results(r *course, sizes string, took time.Duration) *table.Results {
	all := &table.Results{Machine: program.Machine(), Commit: program.Commit(), Date: time.Now().UTC().Format(time.DateOnly), Sizes: sizes,
		Seconds: took.Round(time.Second).Seconds()}
	all.Put(row, append(c.entries(r), c.countEntries(r)...), []string{row})
	return all
}

// countEntries are the counts, not rounded as measures are.
func (c *city) countEntries(r *course) (all []table.Entry) {
	for i, q := range c.questions() {
		at, of := float64(r.city[i].sum()), float64(r.nodes[i].sum())
		all = append(all, table.Entry{Name: countName + q.String(), Value: at, Unit: "records", Against: "sum over the communities", AgainstValue: of,
			Bar: "the same in every unit", Pass: len(differing(r.city[i], r.nodes[i])) == 0})
	}
	return all
}

// countName is how the names of counts begin.
const countName = "count at the city: "

// markdown is the page of the results: measures, and below them the counts, which are
// to be read digit by digit.
func (c *city) markdown(r *course, results *table.Results) string {
	measures := *results
	measures.Measures = nil
	for _, e := range results.Measures {
		if !strings.HasPrefix(e.Name, countName) {
			measures.Measures = append(measures.Measures, e)
		}
	}
	return measures.Markdown() + "\n" + c.countTable(r)
}

func (c *city) countTable(r *course) string {
	var b strings.Builder
	b.WriteString("| count | at the city | sum over the communities | written | communities that differ |\n| --- | --- | --- | --- | --- |\n")
	for i, q := range c.questions() {
		made := ""
		if n, ok := r.records[q.kind]; ok && q.filter == "" {
			made = fmt.Sprint(n)
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %d |\n", q, r.city[i].sum(), r.nodes[i].sum(), made, len(differing(r.city[i], r.nodes[i])))
	}
	return b.String()
}

// differing are the units of which two counts differ.
func differing(a, b perUnit) (units []string) {
	for code, n := range a {
		if b[code] != n {
			units = append(units, code)
		}
	}
	for code := range b {
		if _, both := a[code]; !both {
			units = append(units, code)
		}
	}
	return units
}

// verdict fails when a count at the city is not the nodes', or what was written is not
// there.
func (c *city) verdict(r *course) error {
	var wrong []string
	for i, q := range c.questions() {
		made, known := r.records[q.kind]
		known = known && q.filter == ""
		if units := differing(r.city[i], r.nodes[i]); len(units) > 0 || known && made != r.city[i].sum() {
			wrong = append(wrong, fmt.Sprintf("%s (%s)", q, strings.Join(units, " ")))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("counts at the city differ: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// save writes the results into a directory.
func save(dir string, results *table.Results, page string) error {
	if err := results.Save(filepath.Join(dir, "city.json")); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "city.md"), []byte(page), 0o644)
}
