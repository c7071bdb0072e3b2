package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/show"
	"tongbu/node/operate"
)

type unitsOptions struct {
	dir, on, format string

	json bool
}

func (a *app) unitsCommand() *cobra.Command {
	cmd := a.unitsListing(&cobra.Command{
		Use: "units --dir DIR", Short: "the units of a day; announce what becomes of them, and see what is to come",
		Long: "Lists the units of the tree, of today or of another day: of one that is over as they\nwere then, of one to come as far as it is announced.",
	})
	list := a.unitsListing(&cobra.Command{Use: "list --dir DIR", Short: "the units of a day"})
	cmd.AddCommand(list, a.unitsComingCommand(), a.unitsApplyCommand(), a.unitsDiffCommand())
	return cmd
}

func (a *app) unitsListing(cmd *cobra.Command) *cobra.Command {
	var o unitsOptions
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.runUnits(cmd.Context(), o) }
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.on, "on", "", "day, YYYY-MM-DD; empty: today")
	cmd.Flags().StringVar(&o.format, "format", "table", "table, csv or json")
	cmd.Flags().BoolVar(&o.json, "json", false, "the same as --format json")
	return cmd
}

func (a *app) runUnits(ctx context.Context, o unitsOptions) error {
	if o.json {
		o.format = "json"
	}
	if o.format != "table" && o.format != "json" && o.format != "csv" {
		return fault.New(fault.Invalid, "format %q is not table, json or csv", o.format)
	}
	var all []operate.Unit
	if err := a.ask(ctx, o.dir, http.MethodGet, "/units?on="+url.QueryEscape(o.on), nil, &all); err != nil {
		return err
	}
	switch o.format {
	case "json":
		return a.printJSON(all)
	case "csv":
		return a.writeUnits(all)
	}
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("CODE\tNAME\tTIER\tPARENT\tSINCE\tUNTIL\tMERGED INTO"))
	for _, u := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", u.Code, u.Name, a.lang.Say(u.Level.String()), u.Parent, u.Since, u.Until, u.Heir)
	}
	return fault.Wrap("write", w.Flush())
}

// writeUnits writes the units in the form that init reads.
func (a *app) writeUnits(all []operate.Unit) error {
	w := csv.NewWriter(a.out)
	err := w.Write([]string{"id", "code", "name", "level", "parent_code", "since", "until", "heir_code"})
	for i := 0; err == nil && i < len(all); i++ {
		u := &all[i]
		err = w.Write([]string{string(u.ID), u.Code, u.Name, strconv.Itoa(int(u.Level)), u.Parent, u.Since, u.Until, u.Heir})
	}
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	return fault.Wrap("write", err)
}

func (a *app) unitsComingCommand() *cobra.Command {
	var o unitsOptions
	cmd := &cobra.Command{
		Use: "coming --dir DIR", Short: "what the city has announced of units for days to come", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all []operate.Coming
			if err := a.ask(cmd.Context(), o.dir, http.MethodGet, "/units/coming", nil, &all); err != nil {
				return err
			}
			if o.json {
				return a.printJSON(all)
			}
			w := show.NewTabs(a.out)
			fmt.Fprintln(w, a.lang.Say("ON\tCHANGE\tCODE\tNAME\tNEW CODE\tNEW NAME\tPARENT\tMERGED INTO"))
			for _, c := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.On, a.lang.Say(string(c.Op)), c.Code, c.Name, c.NewCode, c.NewName, c.Parent, c.Heir)
			}
			return fault.Wrap("write", w.Flush())
		},
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.json, "json", false, "JSON")
	return cmd
}
