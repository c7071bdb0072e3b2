package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/hub"
	"tongbu/hub/root"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/show"
	"tongbu/internal/system"
)

func (a *app) programCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "program", Short: "give a program access to merged queries, list who has it, or end it", Args: cobra.NoArgs}
	cmd.AddCommand(a.programAddCommand(), a.programListCommand(), a.programRevokeCommand())
	return cmd
}

type programOptions struct {
	dir    string
	masked bool
	order  root.ProgramOrder
}

func (a *app) programAddCommand() *cobra.Command {
	var o programOptions
	cmd := &cobra.Command{
		Use:   "add --dir CITYDIR NAME --unit CODE --kinds KIND,... --purpose TEXT",
		Short: "give a program access; its token stands alone on stdout, once",
		Long:  "Gives a program access to questions about a unit and those below, at every hub with a\nview from its next round with the city on. What it is known by is printed once and kept\nnowhere: a token, or with --cert a private key, a certificate and the authority's. A name\nwhose access was revoked, or has ended, may be given it again.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.order.Name = args[0]
			return a.runProgramAdd(cmd.Context(), o)
		},
	}
	dirFlag(cmd, &o.dir)
	f := cmd.Flags()
	f.StringVar(&o.order.Unit, "unit", "", "division code: it asks about this unit and those below")
	f.StringSliceVar(&o.order.Kinds, "kinds", nil, "kinds of records it may see; '*': all")
	f.StringVar(&o.order.Purpose, "purpose", "", "what it looks for; it stands in the audit log")
	f.BoolVar(&o.masked, "masked", false, "numbers of persons are masked for it, as they are without --full")
	f.BoolVar(&o.order.Full, "full", false, "it is shown numbers of persons in full")
	f.StringVar(&o.order.Until, "until", "", "last day of its access, YYYY-MM-DD; empty: no end, of a certificate a year")
	f.IntVar(&o.order.Rate, "rate", 0, "questions a second; 0: the default of the hub that answers")
	f.BoolVar(&o.order.Cert, "cert", false, "a client certificate of the city's authority in place of a token")
	for _, name := range []string{"unit", "kinds", "purpose"} {
		_ = cmd.MarkFlagRequired(name) // the flag exists
	}
	return cmd
}

func (a *app) runProgramAdd(ctx context.Context, o programOptions) error {
	if o.masked && o.order.Full {
		return fault.New(fault.Invalid, "--masked and --full say opposite things").WithHint("numbers are masked without --full")
	}
	var p hub.NewProgram
	if err := a.ask(ctx, o.dir, http.MethodPost, "/programs", o.order, &p); err != nil {
		return rootOnly(err)
	}
	if _, err := fmt.Fprintln(a.out, strings.TrimSpace(cmp.Or(p.Token, p.PEM))); err != nil {
		return fault.Wrap("write", err)
	}
	a.tell("program %s may ask about %s %s and all below: %s", p.Name, p.Unit, p.At, a.openKinds(p.Program))
	if p.Numbers == "full" {
		a.tell("it is shown numbers of persons in full")
	} else {
		a.tell("numbers of persons are masked for it")
	}
	if p.Until != "" {
		a.tell("its access ends with %s", p.Until)
	}
	a.tell("what is printed is shown once and kept nowhere: hand it over safely")
	return nil
}

// openKinds names the kinds that a program may see.
func (a *app) openKinds(p hub.Program) string {
	if len(p.Kinds) == 1 && p.Kinds[0] == system.AllKinds {
		return a.lang.Say("all kinds")
	}
	return strings.Join(p.Kinds, ",")
}

func (a *app) programListCommand() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list --dir DIR", Short: "list the programs that the city has given access, as far as it has come here; at the city all", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runProgramList(cmd.Context(), dir, asJSON) },
	}
	dirFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON")
	return cmd
}

func (a *app) runProgramList(ctx context.Context, dir string, asJSON bool) error {
	var all []hub.Program
	err := a.ask(ctx, dir, http.MethodGet, "/programs", nil, &all)
	switch {
	case fault.Of(err) == fault.Unsupported:
		return fault.As(fault.Denied, "only hubs know of programs", err).WithHint("give --dir of the city, or of another hub")
	case err != nil:
		return err
	case asJSON:
		return a.printJSON(all)
	}
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("PROGRAM\tUNIT\tSTATE\tUNTIL\tNUMBERS\tSHOWS\tRATE\tKINDS\tPURPOSE"))
	for _, p := range all {
		rate := "-"
		if p.Rate > 0 {
			rate = fmt.Sprint(p.Rate)
		}
		show.Row(w, p.Name, p.Unit, a.lang.Say(p.State), cmp.Or(p.Until, "-"), a.lang.Say(p.Numbers), a.lang.Say(p.Shows), rate, a.openKinds(p), plain.Line(p.Purpose))
	}
	return fault.Wrap("write", w.Flush())
}

func (a *app) programRevokeCommand() *cobra.Command {
	var dir, reason string
	cmd := &cobra.Command{
		Use: "revoke --dir CITYDIR NAME", Short: "end a program's access: at every hub with its next round", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var p hub.Program
			path := "/programs/" + segment(args[0]) + "/revoke?reason=" + url.QueryEscape(reason)
			return rootOnly(a.show(cmd.Context(), dir, http.MethodPost, path, nil, &p))
		},
	}
	dirFlag(cmd, &dir)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}
