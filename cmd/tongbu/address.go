package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/show"
	"tongbu/node/operate"
)

type addressOptions struct {
	dir, web, door string
	json           bool
}

func (a *app) addressCommand() *cobra.Command {
	var o addressOptions
	cmd := &cobra.Command{
		Use: "address --dir DIR [UNIT HOST:PORT]", Short: "show where the hubs above are known to be, or set one by hand",
		Long: "Show every address known of the hubs above, those to be preferred first: a hub\nthat moves says so to all below it, and where it was before is tried for 400\ndays more. With UNIT, the division code of a unit above, and HOST:PORT of its\nlinks: use that from now on, until the hub itself says another. Needed only\nwhere no hub above can be reached any more at an address that is known here.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return fmt.Errorf("a UNIT comes with its HOST:PORT")
			}
			return cobra.MaximumNArgs(2)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.runAddress(cmd.Context(), o, args) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.web, "web", "", "HOST:PORT of the unit's HTTPS, for joining through this hub")
	cmd.Flags().StringVar(&o.door, "door", "", "HOST:PORT where the unit's hub renews certificates; empty: the port after --web")
	cmd.Flags().BoolVar(&o.json, "json", false, "JSON")
	return cmd
}

func (a *app) runAddress(ctx context.Context, o addressOptions, args []string) error {
	method, path := http.MethodGet, "/address"
	switch {
	case len(args) == 2:
		method = http.MethodPost
		path += "/" + segment(args[0]) + "?" + url.Values{"at": {args[1]}, "web": {o.web}, "door": {o.door}}.Encode()
	case o.web != "" || o.door != "":
		return fault.New(fault.Invalid, "--web and --door come with UNIT and HOST:PORT").WithHint("see tongbu help address")
	}
	var all []operate.Address
	if err := a.ask(ctx, o.dir, method, path, nil, &all); err != nil {
		return err
	}
	if o.json {
		return a.printJSON(all)
	}
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("UNIT\tTIER\tADDRESS\tDOOR\tTOLD BY\tSINCE\tHEARD\tUNTIL\tTRIED\tRESULT"))
	for _, at := range all {
		until := a.lang.Say("now")
		if !at.Present {
			until = shortTime(at.Left)
			if at.Left.IsZero() {
				until = a.lang.Say("before")
			}
		}
		show.Row(w, at.Unit, a.lang.Say(at.Tier), at.Address, at.Door, a.lang.Say(at.By), timeOrNone(at.Since), timeOrNone(at.Heard), until, a.lang.Line(shortTime(at.Tried)), a.lang.Line(at.Result))
	}
	return fault.Wrap("write", w.Flush())
}

func timeOrNone(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return shortTime(t)
}
