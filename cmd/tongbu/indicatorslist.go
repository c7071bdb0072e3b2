package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// listBehind lists the records that a figure counts.
func (a *app) listBehind(ctx context.Context, o indicatorsOptions) error {
	all := facts.Named(o.indicator)
	switch {
	case o.indicator != "" && len(all) == 0:
		return facts.NoIndicator(o.indicator)
	case o.indicator == "":
		return fault.New(fault.Invalid, "a list is of one indicator").WithHint("--indicator NAME/GROUP; tongbu indicators shows all")
	case len(all) > 1:
		var groups []string
		for _, i := range all {
			groups = append(groups, i.Name+"/"+i.Group)
		}
		return fault.New(fault.Invalid, "a list is of one group of the indicator").WithHint("--indicator with one of %s", strings.Join(groups, ", "))
	case o.by != "" || o.on != "":
		return fault.New(fault.Invalid, "a list is of one unit as it is today").
			WithHint("leave out --by; of another day the workstation has it: tongbu export %s --filter '%s' --on DATE", all[0].Kind, filterOf(all[0].Numerator))
	}
	at, err := a.placeOf(ctx, o.dir, "")
	switch {
	case err != nil:
		return err
	case !at.isNode() && strings.TrimSpace(o.purpose) == "":
		return fault.New(fault.Invalid, "a list at a hub names people of others: say what for").WithHint("give --purpose TEXT, which stands in the audit log")
	}
	out := bufio.NewWriter(a.out)
	if err := a.listParts(ctx, o, all[0], out); err != nil {
		return err
	}
	return fault.Wrap("write", out.Flush())
}

// listParts lists the rows that add to the numerator, then those that add to what is taken
// off it and to the denominator.
func (a *app) listParts(ctx context.Context, o indicatorsOptions, i facts.Indicator, w io.Writer) error {
	if o.json {
		fmt.Fprintf(w, `{"indicator":%q,"group":%q`, i.Name, i.Group)
	}
	for _, part := range []struct {
		name, title string
		codes       []string
	}{{"numerator", a.lang.Say("numerator:"), i.Numerator}, {"less", a.lang.Say("less:"), i.Less}, {"denominator", a.lang.Say("denominator:"), i.Denominator}} {
		if len(part.codes) == 0 {
			continue
		}
		format := "table"
		if o.json {
			format = "json"
			fmt.Fprintf(w, `,%q:`, part.name)
		} else {
			fmt.Fprintln(w, part.title)
		}
		q := queryOptions{dir: o.dir, format: format, all: true,
			q: question.Question{Kind: i.Kind, Filter: filterOf(part.codes), Scope: change.UnitID(o.scope), Purpose: o.purpose, Labels: !o.json}}
		if _, err := a.queryAll(ctx, q, a.sink(q, w)); err != nil {
			return err
		}
	}
	if o.json {
		fmt.Fprintln(w, "}")
	}
	return nil
}

// filterOf is the filter for rows that add to one of some parts.
func filterOf(codes []string) string {
	tests := make([]string, len(codes))
	for i, code := range codes {
		tests[i] = facts.CountsField + `:"` + code + `"`
	}
	return strings.Join(tests, " OR ")
}
