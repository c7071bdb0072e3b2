package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/hub"
	"tongbu/internal/config"
	"tongbu/internal/digest"
	"tongbu/internal/fault"
	"tongbu/internal/members"
	"tongbu/internal/show"
	"tongbu/node/account"
	"tongbu/node/operate"
)

func (a *app) tokenCommand() *cobra.Command {
	var dir, unit string
	var ttl time.Duration
	cmd := &cobra.Command{
		Use: "token --dir ROOTDIR --unit CODE", Short: "make a one-time join token for a unit; it stands alone on stdout",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var answer struct{ Token string }
			err := a.ask(cmd.Context(), dir, http.MethodPost, "/token", hub.TokenRequest{Unit: unit, TTL: ttl}, &answer)
			if err == nil {
				err = a.printLine("%s", answer.Token)
			}
			return rootOnly(err)
		},
	}
	dirFlag(cmd, &dir)
	cmd.Flags().StringVar(&unit, "unit", "", "division code of the unit that may join")
	cmd.Flags().DurationVar(&ttl, "ttl", 72*time.Hour, "how long the token is good")
	_ = cmd.MarkFlagRequired("unit") // the flag exists
	return cmd
}

// rootOnly explains that only the root answers such commands.
func rootOnly(err error) error {
	if fault.Of(err) == fault.Unsupported {
		return fault.As(fault.Denied, "only the root's directory can do this", err).WithHint("give --dir of the city")
	}
	return err
}

func (a *app) devicesCommand() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "devices --dir DIR", Short: "list the devices this directory knows of", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runDevices(cmd.Context(), dir, asJSON) },
	}
	dirFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON")
	return cmd
}

func (a *app) runDevices(ctx context.Context, dir string, asJSON bool) error {
	var devices []members.Device
	if err := a.ask(ctx, dir, http.MethodGet, "/devices", nil, &devices); err != nil {
		return err
	}
	if asJSON {
		return a.printJSON(devices)
	}
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("DEVICE\tUNIT\tTIER\tSTATE\tADDRESS\tENROLLED\tNAME"))
	for _, d := range devices {
		show.Row(w, string(d.ID), d.Code, a.lang.Say(d.Level.String()), a.lang.Say(d.State), d.Address, shortTime(time.UnixMilli(d.Enrolled)), d.Name)
	}
	return fault.Wrap("write", w.Flush())
}

func (a *app) revokeCommand() *cobra.Command {
	var dir, reason string
	cmd := &cobra.Command{
		Use: "revoke --dir ROOTDIR DEVICE", Short: "end a device's rights: its links end at every hub on its path", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var d members.Device
			path := "/revoke/" + segment(args[0]) + "?reason=" + url.QueryEscape(reason)
			return rootOnly(a.show(cmd.Context(), dir, http.MethodPost, path, nil, &d))
		},
	}
	dirFlag(cmd, &dir)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}

func (a *app) verifyCommand() *cobra.Command {
	var dir string
	var of operate.Checked
	var asJSON bool
	cmd := &cobra.Command{
		Use: "verify --dir DIR [--on DATE] [--unit CODE]", Short: "check chains, signatures, states, that the view equals the journal, and what others hold of each unit", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runVerify(cmd.Context(), dir, of, asJSON) },
	}
	dirFlag(cmd, &dir)
	cmd.Flags().StringVar(&of.On, "on", "", "compare the digests that were said on this day (default: the last of each device)")
	cmd.Flags().StringVar(&of.Unit, "unit", "", "compare those of the unit of this code alone")
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON")
	return cmd
}

func (a *app) runVerify(ctx context.Context, dir string, of operate.Checked, asJSON bool) error {
	var v operate.Verified
	q := url.Values{"on": {of.On}, "unit": {of.Unit}}
	if err := a.ask(ctx, dir, http.MethodGet, "/verify?"+q.Encode(), nil, &v); err != nil {
		return err
	}
	cfg, err := config.Load(dir, a.vars)
	if err != nil {
		return err
	}
	a.warnExposed(tier.SecretFiles(dir, cfg)...)
	a.warnWritable(tier.SecretDirs(dir, cfg))
	if asJSON {
		if err := a.printJSON(v); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(a.out, a.lang.Say("%d streams, %d batches, %d changes, %d receipts, %d records, %d rows of the view", v.Streams, v.Batches, v.Changes, v.Receipts, v.Records, v.View))
		for _, p := range v.Problems {
			if err := a.printLine("problem: %s", p); err != nil {
				return err
			}
		}
		if err := a.printDigests(v.Digests, of); err != nil {
			return err
		}
	}
	if !v.OK {
		return fault.New(fault.Damaged, "%d problems found", max(v.ProblemsTotal, len(v.Problems))).WithHint("see docs/operations.md, when verify finds a problem")
	}
	if !asJSON {
		fmt.Fprintln(a.out, a.lang.Say("clean"))
	}
	return nil
}

// printDigests tells how many digests of units are equal, and of the others each.
func (a *app) printDigests(all []account.Compared, of operate.Checked) error {
	equal := 0
	for _, d := range all {
		if d.Result == digest.Equal {
			equal++
			continue
		}
		if err := a.printLine("digest of %s %s on %s, beside device %s (%d records here, %d there): %s",
			d.Unit, d.Name, d.On, string(d.Against), d.Records, d.Said, a.unequal(d)); err != nil {
			return err
		}
	}
	if len(all) == 0 && of == (operate.Checked{}) {
		return nil
	}
	if len(all) == 0 {
		return a.printLine("no digest of a unit has been said yet that could be compared here")
	}
	return a.printLine("%d digests of units, %d equal", len(all), equal)
}

// unequal says why two digests are not equal.
func (a *app) unequal(d account.Compared) string {
	switch d.By {
	case "day":
		return a.lang.Say("not comparable, the last was said on %s", d.SaidOn)
	case "schema":
		return a.lang.Say("not comparable, there the schema has other publications")
	case "facts":
		return a.lang.Say("not comparable, the program there makes derived rows by other rules")
	case "published":
		return a.lang.Say("not comparable, there other rule packs or tables of holidays of the city have arrived")
	case "position":
		return a.lang.Say("not comparable, other changes have arrived here")
	case "rows":
		return a.lang.Say("wrong, other derived rows of the same changes")
	}
	return a.lang.Say("wrong, other records of the same changes")
}
