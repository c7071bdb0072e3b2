package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/node/desk"
)

type voidOptions struct {
	dir, reason string
	undo        bool
}

func (a *app) voidCommand() *cobra.Command {
	var o voidOptions
	cmd := &cobra.Command{
		Use: "void --dir DIR KIND ID --reason TEXT", Short: "take a record out of lists and figures, with a reason; nothing is deleted, and --undo brings it back",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runVoid(cmd.Context(), o, args) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.reason, "reason", "", "why it is void, for who looks at it later")
	cmd.Flags().BoolVar(&o.undo, "undo", false, "make a void record valid again")
	return cmd
}

func (a *app) runVoid(ctx context.Context, o voidOptions, args []string) error {
	object := map[string]string{"id": args[1], "valid": "1"}
	switch {
	case o.undo && o.reason != "":
		return fault.New(fault.Invalid, "a reason is kept with a void only").WithHint("leave --reason out; the history says who brought it back")
	case !o.undo && o.reason == "":
		return fault.New(fault.Invalid, "a void needs a reason").WithHint("give --reason, as in --reason 'recorded twice'")
	case !o.undo:
		object["valid"], object["void_reason"] = "0", o.reason
	}
	line, err := json.Marshal(object)
	if err != nil {
		return fault.As(fault.Internal, "make a request", err)
	}
	c, err := a.client(ctx, o.dir)
	if err != nil {
		return err
	}
	defer c.Close()
	return a.copyLines(ctx, c, http.MethodPost, "/put/"+segment(args[0])+"?update=1", bytes.NewReader(line))
}

func (a *app) conflictsCommand() *cobra.Command {
	var dir, purpose, scope string
	cmd := &cobra.Command{
		Use: "conflicts --dir DIR [KIND [ID]]", Short: "list records of this directory with values side by side, as JSON Lines, for tongbu resolve",
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			q := url.Values{"purpose": {purpose}, "scope": {scope}}
			for i, name := range []string{"kind", "id"}[:len(args)] {
				q.Set(name, args[i])
			}
			return a.runList(cmd.Context(), dir, "/conflicts?"+q.Encode())
		},
	}
	dirFlag(cmd, &dir)
	purposeFlag(cmd, &purpose)
	cmd.Flags().StringVar(&scope, "scope", "", "division code of the unit, which must be this one: at a hub ask tongbu query")
	cmd.Flags().Bool("json", true, "JSON Lines, the only form there is")
	return cmd
}

type resolveOptions struct {
	dir, purpose string
	r            desk.Resolution
}

func (a *app) resolveCommand() *cobra.Command {
	var o resolveOptions
	cmd := &cobra.Command{
		Use: "resolve --dir DIR KIND ID --version V FIELD#N|FIELD=VALUE ...", Short: "choose among values side by side: phone#2 takes value 2, phone=X writes another",
		Long: `Choose among the values that tongbu conflicts lists. phone#2 takes value 2 of the
phone, phone=X writes another one; valid=1 keeps a record that one has voided and
another has edited, valid=0 voids it. All choices are one change, over all that
was listed at the version. A record that has changed since is left alone: the new
list is printed, and the exit code is 2.`,
		Args: cobra.MinimumNArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runResolve(cmd.Context(), o, args) },
	}
	dirFlag(cmd, &o.dir)
	purposeFlag(cmd, &o.purpose)
	cmd.Flags().StringVar(&o.r.Version, "version", "", "the version that tongbu conflicts shows")
	cmd.Flags().StringVar(&o.r.Reason, "reason", "", "with valid=0: why the record is void")
	_ = cmd.MarkFlagRequired("version") // the flag exists
	return cmd
}

func (a *app) runResolve(ctx context.Context, o resolveOptions, args []string) error {
	o.r.Choices = args[2:]
	var answer desk.Resolved
	path := recordPath("resolve", args) + "?purpose=" + url.QueryEscape(o.purpose)
	if err := a.ask(ctx, o.dir, http.MethodPost, path, o.r, &answer); err != nil {
		return err
	}
	if answer.Stale == nil {
		return a.printJSONLine(answer.Written)
	}
	if err := a.printJSONLine(answer.Stale); err != nil {
		return err
	}
	return fault.New(fault.Invalid, "the record has changed since that version, nothing was written").
		WithHint("choose again from the list above, with its version")
}
