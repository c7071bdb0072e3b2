package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/node/desk"
)

func (a *app) correctCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "correct", Short: "requests for corrections: a unit above asks, whoever holds the record takes or declines", Args: cobra.NoArgs}
	cmd.AddCommand(a.correctAskCommand(), a.correctListCommand(), a.correctShowCommand(), a.correctTakeCommand(), a.correctDeclineCommand())
	return cmd
}

type correctOptions struct {
	dir, purpose, reason, state string
}

func (a *app) correctAskCommand() *cobra.Command {
	var o correctOptions
	cmd := &cobra.Command{
		Use: "ask --dir DIR KIND/ID FIELD=VALUE ... --reason TEXT", Short: "at a hub: ask the unit that holds a record to correct it",
		Long: `Ask the unit that holds a record to correct fields of it, up to 20 in one request:
phone=X asks for another value, phone= for none. The unit has 15 days, or as many as
the city's rules say; then whoever asked is told. The record is looked at for this,
which stands in the audit log. To withdraw a request: tongbu void correction_request ID.`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.askCorrection(cmd.Context(), o, args) },
	}
	dirFlag(cmd, &o.dir)
	purposeFlag(cmd, &o.purpose)
	cmd.Flags().StringVar(&o.reason, "reason", "", "why it is wrong, for whoever decides")
	return cmd
}

func (a *app) askCorrection(ctx context.Context, o correctOptions, args []string) error {
	kind, id, named := strings.Cut(args[0], "/")
	if !named {
		return fault.New(fault.Invalid, "a record is named by its kind and its id").WithHint("as in person/ID, with the id that tongbu query shows")
	}
	in := desk.CorrectionAsk{Kind: kind, Record: change.RecordID(id), Fields: args[1:], Reason: o.reason}
	return a.printCorrection(ctx, o, "/corrections", in)
}

// printCorrection asks or answers, and prints the request as it is then.
func (a *app) printCorrection(ctx context.Context, o correctOptions, path string, in any) error {
	var c desk.Correction
	if err := a.ask(ctx, o.dir, http.MethodPost, path+"?"+url.Values{"purpose": {o.purpose}}.Encode(), in, &c); err != nil {
		return err
	}
	return a.printJSONLine(&c)
}

func (a *app) correctListCommand() *cobra.Command {
	var o correctOptions
	cmd := &cobra.Command{
		Use: "list --dir DIR", Short: "requests that were made here, and those to answer here, the oldest first, as JSON Lines",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runList(cmd.Context(), o.dir, "/corrections?"+url.Values{"state": {o.state}, "purpose": {o.purpose}}.Encode())
		},
	}
	dirFlag(cmd, &o.dir)
	purposeFlag(cmd, &o.purpose)
	cmd.Flags().StringVar(&o.state, "state", "", "only those that are asked, done, declined, overtaken or withdrawn")
	return cmd
}

func (a *app) correctShowCommand() *cobra.Command {
	var o correctOptions
	cmd := &cobra.Command{
		Use: "show --dir DIR ID", Short: "a request beside its record: what each field said when it was asked, what it says, what is wanted",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var c desk.Correction
			path := correctionPath(args[0]) + "?" + url.Values{"purpose": {o.purpose}}.Encode()
			if err := a.ask(cmd.Context(), o.dir, http.MethodGet, path, nil, &c); err != nil {
				return err
			}
			return a.printJSONLine(&c)
		},
	}
	dirFlag(cmd, &o.dir)
	purposeFlag(cmd, &o.purpose)
	return cmd
}

func correctionPath(id string) string { return "/corrections/" + segment(id) }

func (a *app) correctTakeCommand() *cobra.Command {
	var o correctOptions
	cmd := &cobra.Command{
		Use: "take --dir DIR ID [FIELD ...]", Short: "at the unit that holds the record: write what is wanted, and answer so",
		Long: `Write what a request wants into the record and answer it, in one step: all fields, or
those that are named. Where a field was changed after the request was made, the fields
to take are named, once somebody has compared: tongbu correct show. A request with
nothing left to correct is closed as overtaken, and nothing is written into the record.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.printCorrection(cmd.Context(), o, correctionPath(args[0]), desk.CorrectionReply{Fields: args[1:], Reason: o.reason})
		},
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.reason, "reason", "", "why not all fields are taken")
	return cmd
}

func (a *app) correctDeclineCommand() *cobra.Command {
	var o correctOptions
	cmd := &cobra.Command{
		Use: "decline --dir DIR ID --reason TEXT", Short: "at the unit that holds the record: leave it as it is, and say why",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.printCorrection(cmd.Context(), o, correctionPath(args[0]), desk.CorrectionReply{Decline: true, Reason: o.reason})
		},
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.reason, "reason", "", "why the record is right, for whoever asked")
	return cmd
}
