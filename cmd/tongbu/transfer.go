package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/hub/transfer"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/show"
	"tongbu/internal/tree"
	"tongbu/node/desk"
)

func (a *app) transferCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "transfer", Short: "households and persons that move to another community: one offers, the other accepts, or the city orders", Args: cobra.NoArgs}
	cmd.AddCommand(a.transferOfferCommand(), a.transferListCommand(), a.transferAnswerCommand("accept"), a.transferAnswerCommand("decline"), a.transferWithdrawCommand(),
		a.transferHeldCommand(), a.transferAnswerCommand("take"), a.transferAnswerCommand("drop"), a.transferOrderCommand())
	return cmd
}

type transferOptions struct {
	dir, to, reason, state, purpose string

	json bool
}

func (a *app) transferOfferCommand() *cobra.Command {
	var o transferOptions
	cmd := &cobra.Command{
		Use: "offer --dir DIR household|person ID --to CODE --reason TEXT", Short: "at a community: offer a household, or a person, to the community where they live now",
		Long: `Offer a household with its members, or one person, to another community. It has 15 days
to accept; else the offer comes back. It may be written off the line. Until the city says
that they have moved they are this community's, with everything that is written of them;
from then on the other community has all of it, and what is written here before this
device hears of it goes along.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.printAsked(cmd.Context(), o, "/transfers", desk.TransferAsk{Kind: args[0], Record: change.RecordID(args[1]), To: o.to, Reason: o.reason}, &desk.Written{})
		},
	}
	transferFlags(cmd, &o)
	return cmd
}

func transferFlags(cmd *cobra.Command, o *transferOptions) {
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.to, "to", "", "division code of the community that is to have them")
	cmd.Flags().StringVar(&o.reason, "reason", "", "why")
}

// printAsked posts a request of some fields and prints what comes of it.
func (a *app) printAsked(ctx context.Context, o transferOptions, path string, in, out any) error {
	if err := a.ask(ctx, o.dir, http.MethodPost, path, in, out); err != nil {
		return err
	}
	return a.printJSONLine(out)
}

func (a *app) transferOrderCommand() *cobra.Command {
	var o transferOptions
	cmd := &cobra.Command{
		Use: "order --dir DIR household|person ID --to CODE --reason TEXT", Short: "at the city: give a household, or a person, to another community, whoever has it",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := a.placeOf(cmd.Context(), o.dir, "")
			if err != nil {
				return err
			}
			if at.Tier != tree.City.String() {
				return fault.New(fault.Denied, "only the city orders a transfer").WithHint("a community offers: tongbu transfer offer")
			}
			return a.printAsked(cmd.Context(), o, "/city/transfers", transfer.Move{Kind: args[0], Record: change.RecordID(args[1]), To: o.to, Reason: o.reason}, &transfer.Done{})
		},
	}
	transferFlags(cmd, &o)
	return cmd
}

// transferAnswers are what the commands that answer do.
var transferAnswers = map[string]struct{ use, short string }{
	"accept":  {"accept --dir DIR TRANSFER", "at the community that is offered a household: take it"},
	"decline": {"decline --dir DIR TRANSFER --reason TEXT", "at the community that is offered a household: leave it where it is, and say why"},
	"take":    {"take --dir DIR WORD", "let a change count that is held for this community (tongbu transfer held)"},
	"drop":    {"drop --dir DIR WORD", "let a change not count that is held for this community"},
}

func (a *app) transferAnswerCommand(answer string) *cobra.Command {
	var o transferOptions
	cmd := &cobra.Command{
		Use: transferAnswers[answer].use, Short: transferAnswers[answer].short,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.printAsked(cmd.Context(), o, transferPath(args[0]), desk.TransferReply{Answer: answer, Reason: o.reason}, &desk.Written{})
		},
	}
	dirFlag(cmd, &o.dir)
	if answer == "decline" {
		cmd.Flags().StringVar(&o.reason, "reason", "", "why, for the community that offers")
	}
	return cmd
}

func transferPath(name string) string { return "/transfers/" + segment(name) }

func (a *app) transferWithdrawCommand() *cobra.Command {
	var o transferOptions
	cmd := &cobra.Command{
		Use: "withdraw --dir DIR OFFER", Short: "take an offer of this community back, while nobody has accepted it",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.printAsked(cmd.Context(), o, transferPath(args[0])+"/withdraw", nil, &desk.Written{})
		},
	}
	dirFlag(cmd, &o.dir)
	return cmd
}

func (a *app) transferListCommand() *cobra.Command {
	var o transferOptions
	cmd := &cobra.Command{
		Use: "list --dir DIR", Short: "transfers: at a community those that it gives and takes, at the city all",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listTransfers(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	purposeFlag(cmd, &o.purpose)
	cmd.Flags().StringVar(&o.state, "state", "", "at the city: offered, moved, declined, returned, withdrawn or refused; empty: all")
	cmd.Flags().BoolVar(&o.json, "json", false, "one JSON object a line")
	return cmd
}

func (a *app) listTransfers(ctx context.Context, o transferOptions) error {
	at, err := a.placeOf(ctx, o.dir, "")
	if err != nil {
		return err
	}
	if at.Tier == tree.City.String() {
		var all []transfer.Shown
		if err := a.ask(ctx, o.dir, http.MethodGet, "/city/transfers?"+url.Values{"state": {o.state}}.Encode(), nil, &all); err != nil {
			return err
		}
		return printTransfers(a, o, all, a.lang.Say("TRANSFER\tSTATE\tFROM\tTO\tKIND\tRECORD\tON\tDUE"), func(in *schema.Schema, t transfer.Shown) []string {
			return []string{string(t.Transfer), a.transferState(in, t.State), t.From, t.To, t.Kind, string(t.Record), t.On, t.Due}
		})
	}
	var all []desk.Transfer
	if err := a.ask(ctx, o.dir, http.MethodGet, "/transfers?"+url.Values{"purpose": {o.purpose}}.Encode(), nil, &all); err != nil {
		return err
	}
	return printTransfers(a, o, all, a.lang.Say("TRANSFER\tSTATE\tFROM\tTO\tKIND\tHEAD\tADDRESS\tON\tDUE"), func(in *schema.Schema, t desk.Transfer) []string {
		name := t.Transfer
		if name == "" {
			name = t.Offer
		}
		return []string{name, a.transferState(in, t.State), t.From, t.To, t.Kind, t.Head, t.Address, t.On, t.Due}
	})
}

// printTransfers prints rows as a table, or as JSON Lines.
func printTransfers[T any](a *app, o transferOptions, all []T, head string, row func(*schema.Schema, T) []string) error {
	if o.json {
		for _, t := range all {
			if err := a.printJSONLine(t); err != nil {
				return err
			}
		}
		return nil
	}
	in, err := schema.Load()
	if err != nil {
		return err
	}
	w := show.NewTabs(a.out)
	show.Row(w, strings.Split(head, "\t")...)
	for _, t := range all {
		show.Row(w, row(in, t)...)
	}
	return w.Flush()
}

// transferState is a state in the language of the command line: its word in the list
// transfer_state, and for an offer that the city has not heard of one of its own.
func (a *app) transferState(in *schema.Schema, state string) string {
	if state == desk.TransferWaiting {
		return a.lang.Say("not yet at the city")
	}
	for code, name := range transfer.States {
		if name == state {
			return a.label(in, "transfer_state", code)
		}
	}
	return state
}

func (a *app) transferHeldCommand() *cobra.Command {
	var o transferOptions
	cmd := &cobra.Command{
		Use: "held --dir DIR", Short: "changes that a former community made after it had heard of a move, as JSON Lines: take or drop each",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all []desk.HeldChange
			if err := a.ask(cmd.Context(), o.dir, http.MethodGet, "/transfers/held?"+url.Values{"purpose": {o.purpose}}.Encode(), nil, &all); err != nil {
				return err
			}
			for _, one := range all {
				if err := a.printJSONLine(one); err != nil {
					return err
				}
			}
			return nil
		},
	}
	dirFlag(cmd, &o.dir)
	purposeFlag(cmd, &o.purpose)
	return cmd
}
