package main

import (
	"fmt"
	"strconv"
	"time"

	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/report"
	"tongbu/internal/schema"
	"tongbu/internal/show"
)

// printReport prints the figures of the report's unit, and what they are of; times are of the
// network's zone. standing says that another stands in its place.
func (a *app) printReport(id, standing string, r *report.Report, kinds *schema.Schema, zone *time.Location) error {
	head := a.reportHead(id, r, zone)
	if standing != "" {
		head = append(head, standing)
	}
	for _, line := range head {
		fmt.Fprintln(a.out, plain.Line(line))
	}
	own := 0
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("INDICATOR\tGROUP\tNUMERATOR\tDENOMINATOR\tVALUE\tADDED\tTARGET"))
	for _, f := range r.Figures {
		if f.Unit == r.Unit.Code {
			a.printFigure(w, f, kinds)
			own++
		}
	}
	if err := w.Flush(); err != nil {
		return fault.Wrap("write", err)
	}
	if rest := len(r.Figures) - own; rest > 0 {
		return a.printLine("%d figures more, of the units below: --json or --xlsx has them", rest)
	}
	return nil
}

// reportHead says what a report is and of what it was counted.
func (a *app) reportHead(id string, r *report.Report, zone *time.Location) []string {
	lines := []string{
		a.lang.Say("report %s", id),
		a.lang.Say("%s, %s to %s: %s %s", a.kindText(r.Kind), r.From, r.Day, r.Unit.Code, r.Unit.Name),
	}
	if r.Partial {
		lines = append(lines, a.lang.Say("the period was not over"))
	}
	if r.Corrects != "" {
		lines = append(lines, a.lang.Say("in place of report %s", r.Corrects))
	}
	c := r.Coverage
	return append(lines, a.lang.Say("made %s at %s; %d communities, %d silent, %d never joined, %d changes on the way, %d not judged by the city yet; %d streams",
		zonedTime(r.Made, zone), r.By.Unit, c.Units, c.Silent, c.Absent, c.Pending, r.Unjudged, len(r.Streams)))
}

// kindText is a kind of reports as people read it.
func (a *app) kindText(kind string) string {
	switch kind {
	case report.Yearly:
		return a.lang.Say("yearly report")
	case report.Quarterly:
		return a.lang.Say("quarterly report")
	}
	return a.lang.Say("monthly report")
}

func (a *app) printFigure(w *show.Tabs, f report.Figure, kinds *schema.Schema) {
	i := facts.Indicator{}
	if all := facts.Named(f.Indicator + "/" + f.Group); len(all) == 1 {
		i = all[0]
	}
	name, group := a.labelsOf(i)
	if k, known := kinds.Kind(f.Indicator); known {
		name = k.Label.In(string(a.lang))
	}
	of, value, added := "-", strconv.FormatInt(f.Numerator, 10), "-"
	if f.Denominator != nil {
		of, value = strconv.FormatInt(*f.Denominator, 10), "-" // a rate of nobody has none
		if *f.Denominator != 0 {
			value = fmt.Sprintf("%.2f %%", 100*float64(f.Numerator)/float64(*f.Denominator))
		}
	}
	if f.Added != nil {
		added = strconv.FormatInt(*f.Added, 10)
	}
	show.Row(w, f.Indicator+" "+name, f.Group+" "+group, strconv.FormatInt(f.Numerator, 10), of, value, added, targetOf(i))
}
