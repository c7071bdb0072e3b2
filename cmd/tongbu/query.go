package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/show"
)

type queryOptions struct {
	dir, format, scope, out string

	all, labels, sized bool
	q                  question.Question
	server             serverOptions
}

func (a *app) queryCommand() *cobra.Command {
	var o queryOptions
	cmd := &cobra.Command{
		Use: "query --dir DIR|--server URL KIND", Short: "ask over all units below, and be told how complete the answer is",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.q.Kind, o.q.Scope = args[0], change.UnitID(o.scope)
			o.sized = cmd.Flags().Changed("page-size") || o.q.PageToken != ""
			return a.runQuery(cmd.Context(), o)
		},
	}
	placeFlag(cmd, &o.dir)
	serverFlags(cmd, &o.server)
	f := cmd.Flags()
	f.StringVar(&o.q.Filter, "filter", "", `AIP-160 filter, as in 'street = 胜阳港街道 AND age >= 50 AND status IN ("4", "5")'`)
	f.StringSliceVar(&o.q.Select, "select", nil, "fields to show")
	f.StringVar(&o.q.GroupBy, "group-by", "", "count by a field, or by city, district, street or community; by up to three, as in district,status")
	f.StringVar(&o.q.OrderBy, "order-by", "", `fields to order by, as in "birth_date desc, name"`)
	f.IntVar(&o.q.PageSize, "page-size", 0, "rows of a page, 1000 at most; 0 means 50")
	f.StringVar(&o.q.PageToken, "page-token", "", "next_page_token of the answer before")
	f.BoolVar(&o.all, "all", false, "all rows, as they are at one moment; csv without --page-size does so too")
	f.BoolVar(&o.labels, "labels", false, "names beside codes and units; a table has them always")
	scopeFlag(cmd, &o.scope)
	purposeFlag(cmd, &o.q.Purpose)
	f.StringVar(&o.format, "format", "table", "table, json or csv")
	f.StringVar(&o.out, "out", "", "write into this file, once all is there; csv as Excel opens it, with the coverage in FILE.coverage.json")
	f.Bool("json", false, "the same as --format json")
	cmd.PreRun = func(cmd *cobra.Command, _ []string) {
		if j, _ := cmd.Flags().GetBool("json"); j {
			o.format = "json"
		}
	}
	return cmd
}

func (a *app) runQuery(ctx context.Context, o queryOptions) error {
	if err := o.server.needsPlace(o.dir); err != nil {
		return err
	}
	switch {
	case o.format != "table" && o.format != "json" && o.format != "csv":
		return fault.New(fault.Invalid, "format %q is not table, json or csv", o.format)
	case o.all && o.sized:
		return fault.New(fault.Invalid, "--all has no pages").WithHint("leave out --page-size and --page-token, or --all")
	}
	o.q.Labels = o.labels || o.format == "table"
	o.all = o.all || o.format == "csv" && !o.sized
	if o.out != "" {
		return a.queryIntoFile(ctx, o)
	}
	if o.all {
		_, err := a.queryAll(ctx, o, a.sink(o, a.out))
		return err
	}
	return a.queryPage(ctx, o, a.out)
}

// sink is how the answer is written.
func (a *app) sink(o queryOptions, w io.Writer) show.Sink {
	switch o.format {
	case "json":
		return show.NewJSON(w)
	case "csv":
		csv := show.NewCSV(w)
		csv.Sheet = o.out != ""
		if len(o.q.Select) > 0 && !slices.Contains(o.q.Select, conflictFields) {
			csv.Hidden = conflictFields
		}
		return csv
	}
	table := show.NewTable(w, a.lang)
	table.Named = a.named(o.q.Kind)
	return table
}

// conflictFields is the column that the labels bring along.
const conflictFields = "conflict_fields"

// queryPage asks for a page. What it is a part of is said below a table, in the JSON,
// and beside CSV.
func (a *app) queryPage(ctx context.Context, o queryOptions, w io.Writer) (err error) {
	o.q.Total = true
	from, err := a.questions(ctx, o.dir, o.server)
	if err != nil {
		return err
	}
	defer from.Close()
	answer, err := from.Page(ctx, o.q)
	if err != nil {
		return err
	}
	if answer.Kept {
		defer func() {
			if err == nil {
				err = lastAnswer(answer.Coverage)
			}
		}()
	}
	if o.q.PageSize > question.MaxPageSize {
		a.tell("a page has %s rows at most; --all gives all rows", show.CountOf(question.MaxPageSize))
	}
	if o.format == "json" {
		return writeJSON(w, answer)
	}
	out := a.sink(o, w)
	err = out.Begin(answer.Columns)
	if err == nil {
		err = out.Rows(answer.Rows)
	}
	if err != nil {
		return fault.Wrap("write", err)
	}
	if table, ok := out.(*show.Table); ok {
		return fault.Wrap("write", table.Foot(answer))
	}
	for _, line := range show.PageLines(a.lang, answer) {
		a.tell("%s", line)
	}
	a.tell("%s", show.Coverage(a.lang, answer.Coverage))
	return nil
}

// lastAnswer is how a question ends whose answer is one of before.
func lastAnswer(c question.Coverage) error {
	return fault.New(fault.Unavailable, "the line is down: this is the last answer to the question, as of %s", shortTime(c.AsOf))
}

// queryAll asks for all rows, and returns how the answer ended. When it breaks off,
// what was written is not all, and the failure says so.
func (a *app) queryAll(ctx context.Context, o queryOptions, out show.Sink) (end question.End, err error) {
	c, err := a.questions(ctx, o.dir, o.server)
	if err != nil {
		return end, err
	}
	defer c.Close()
	rows := 0
	err = c.Parts(ctx, o.q, func(part question.Part) error {
		rows += len(part.Rows)
		switch {
		case part.Columns != nil:
			return fault.Wrap("write", out.Begin(part.Columns))
		case part.End != nil:
			end = *part.End
			return nil
		}
		return fault.Wrap("write", out.Rows(part.Rows))
	})
	if err != nil && rows > 0 {
		return end, brokenOff(int64(rows), err)
	}
	if err != nil {
		return end, err
	}
	if err := out.End(end); err != nil {
		return end, fault.Wrap("write", err)
	}
	if o.format == "csv" || o.out != "" {
		a.tell("%s rows", show.CountOf(end.Rows))
		a.tell("%s", show.Coverage(a.lang, end.Coverage))
	}
	if end.Kept {
		return end, lastAnswer(end.Coverage)
	}
	return end, nil
}

// brokenOff is the failure of an answer of which some rows are written already.
func brokenOff(rows int64, err error) error {
	return fault.Wrap(fmt.Sprintf("the answer breaks off after %s rows", show.CountOf(rows)), err)
}

// tell writes a line of talk.
func (a *app) tell(format string, args ...any) {
	_, _ = fmt.Fprintln(a.err, a.lang.Say(format, args...)) // nobody to tell that to
}
