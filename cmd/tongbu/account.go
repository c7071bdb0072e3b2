package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/show"
	"tongbu/node/people"
	"tongbu/node/socket"
)

func (a *app) accountCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "account", Short: "give people accounts at a workstation, list, change or end them", Args: cobra.NoArgs}
	cmd.AddCommand(a.accountAddCommand(), a.accountListCommand(), a.accountChangeCommand(), a.accountEndCommand(), a.accountPasswordCommand())
	return cmd
}

// accountOptions are what can be said of an account.
type accountOptions struct{ dir, name, role, until string }

func (o *accountOptions) addFlags(cmd *cobra.Command, role string) {
	dirFlag(cmd, &o.dir)
	f := cmd.Flags()
	f.StringVar(&o.name, "name", "", "the person's name, as colleagues see it")
	f.StringVar(&o.role, "role", role, "operator (reads and writes), head (accounts and the year's end too) or viewer (reads)")
	f.StringVar(&o.until, "until", "", "last day, YYYY-MM-DD; empty: none")
}

func (a *app) accountAddCommand() *cobra.Command {
	var o accountOptions
	cmd := &cobra.Command{
		Use:   "add --dir DIR LOGIN [--name NAME] [--role operator|head|viewer] [--until DATE]",
		Short: "make an account; the password is typed, or the first line of standard input",
		Long:  "Makes an account for a person at a workstation. The password is asked for twice without\nshowing it, or is the first line of standard input; the person changes it at the first\nsign-in. The first account of a workstation is a head's.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := a.readPassword(args[0])
			if err != nil {
				return err
			}
			person := people.Person{Login: args[0], Name: o.name, Role: people.Role(o.role), Until: o.until}
			return a.showAccount(cmd.Context(), o.dir, "", socket.NewAccount{Person: person, Password: password})
		},
	}
	o.addFlags(cmd, string(people.Operator))
	return cmd
}

func (a *app) accountChangeCommand() *cobra.Command {
	var o accountOptions
	var unlock bool
	cmd := &cobra.Command{
		Use:   "change --dir DIR LOGIN [--name NAME] [--role operator|head|viewer] [--until DATE] [--unlock]",
		Short: "change an account; what is not given stays", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := socket.ChangedAccount{Login: args[0], Change: people.Change{Unlock: unlock}}
			if cmd.Flags().Changed("name") {
				in.Name = &o.name
			}
			if cmd.Flags().Changed("role") {
				in.Role = (*people.Role)(&o.role)
			}
			if cmd.Flags().Changed("until") {
				in.Until = &o.until
			}
			return a.showAccount(cmd.Context(), o.dir, "/change", in)
		},
	}
	o.addFlags(cmd, "")
	cmd.Flags().BoolVar(&unlock, "unlock", false, "forget the tries that failed")
	return cmd
}

func (a *app) accountEndCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "end --dir DIR LOGIN", Short: "end an account for good: nobody signs in with it any more", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.showAccount(cmd.Context(), dir, "/end", socket.ChangedAccount{Login: args[0]})
		},
	}
	dirFlag(cmd, &dir)
	return cmd
}

func (a *app) accountPasswordCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "password --dir DIR LOGIN", Short: "set another password, to be changed at the next sign-in; it unlocks the account", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := a.readPassword(args[0])
			if err != nil {
				return err
			}
			return a.showAccount(cmd.Context(), dir, "/change", socket.ChangedAccount{Login: args[0], Change: people.Change{Password: &password}})
		},
	}
	dirFlag(cmd, &dir)
	return cmd
}

// showAccount has an account changed and shows what it is then.
func (a *app) showAccount(ctx context.Context, dir, path string, in any) error {
	var p people.Person
	return a.show(ctx, dir, http.MethodPost, "/accounts"+path, in, &p)
}

func (a *app) accountListCommand() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list --dir DIR", Short: "list the accounts of a workstation, those that have ended too", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runAccountList(cmd.Context(), dir, asJSON) },
	}
	dirFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON")
	return cmd
}

func (a *app) runAccountList(ctx context.Context, dir string, asJSON bool) error {
	var all []people.Person
	if err := a.ask(ctx, dir, http.MethodGet, "/accounts", nil, &all); err != nil {
		return err
	}
	if asJSON {
		return a.printJSON(all)
	}
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("LOGIN\tNAME\tROLE\tSTATE\tUNTIL\tABOVE\tMADE"))
	for _, p := range all {
		above := "unconfirmed"
		if p.Confirmed {
			above = "confirmed"
		}
		show.Row(w, p.Login, p.Name, a.lang.Say(string(p.Role)), a.accountState(p), cmp.Or(p.Until, "-"), a.lang.Say(above), p.MadeOn+" "+p.MadeBy)
	}
	return fault.Wrap("write", w.Flush())
}

// accountState is how an account is, in a word or two.
func (a *app) accountState(p people.Person) string {
	switch {
	case p.Ended != "":
		return a.lang.Say("ended %s", p.Ended)
	case p.LockedFor > 0:
		return a.lang.Say("locked for %s", p.LockedFor.Round(1e9))
	case p.MustChange:
		return a.lang.Say("to change the password")
	}
	return a.lang.Say("active")
}
