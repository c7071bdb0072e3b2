package main

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/show"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

type queryOptions struct {
	dir, format, scope string
	q                  question.Question
}

func (a *app) queryCommand() *cobra.Command {
	var o queryOptions
	cmd := &cobra.Command{
		Use: "query --dir DIR KIND", Short: "ask over all units below, and be told how complete the answer is",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.q.Kind, o.q.Scope = args[0], change.UnitID(o.scope)
			return a.runQuery(cmd.Context(), o)
		},
	}
	dirFlag(cmd, &o.dir)
	f := cmd.Flags()
	f.StringVar(&o.q.Filter, "filter", "", `AIP-160 filter, as in 'community = "420202007005" AND sex = "2"'`)
	f.StringSliceVar(&o.q.Select, "select", nil, "fields to show")
	f.StringVar(&o.q.GroupBy, "group-by", "", "count by a field, or by city, district, street or community; by up to three, as in district,status")
	f.StringVar(&o.q.OrderBy, "order-by", "", `fields to order by, as in "birth_date desc, name"`)
	f.IntVar(&o.q.PageSize, "page-size", 0, "rows at most; 0 means 50")
	f.StringVar(&o.q.PageToken, "page-token", "", "next_page_token of the answer before")
	f.StringVar(&o.scope, "scope", "", "division code of the unit to ask about; empty: this one")
	purposeFlag(cmd, &o.q.Purpose)
	f.StringVar(&o.format, "format", "table", "table, json or csv")
	f.Bool("json", false, "the same as --format json")
	cmd.PreRun = func(cmd *cobra.Command, _ []string) {
		if j, _ := cmd.Flags().GetBool("json"); j {
			o.format = "json"
		}
	}
	return cmd
}

func (a *app) runQuery(ctx context.Context, o queryOptions) error {
	if o.format != "table" && o.format != "json" && o.format != "csv" {
		return fault.New(fault.Invalid, "format %q is not table, json or csv", o.format)
	}
	answer := new(question.Answer)
	if err := a.ask(ctx, o.dir, http.MethodPost, "/query", o.q, answer); err != nil {
		return err
	}
	switch o.format {
	case "json":
		return a.printJSON(answer)
	case "csv":
		return show.CSV(a.out, answer)
	}
	return show.Table(a.out, answer)
}
