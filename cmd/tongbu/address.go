package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/show"
	"tongbu/internal/fault"
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
		path += "/" + url.PathEscape(args[0]) + "?" + url.Values{"at": {args[1]}, "web": {o.web}, "door": {o.door}}.Encode()
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
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "UNIT\tTIER\tADDRESS\tDOOR\tTOLD BY\tSINCE\tHEARD\tUNTIL\tTRIED\tRESULT")
	for _, at := range all {
		until := "now"
		if !at.Present {
			until = shortTime(at.Left)
			if at.Left.IsZero() {
				until = "before"
			}
		}
		show.Row(w, at.Unit, at.Tier, at.Address, at.Door, at.By, timeOrNone(at.Since), timeOrNone(at.Heard), until, shortTime(at.Tried), at.Result)
	}
	return fault.Wrap("write", w.Flush())
}

func timeOrNone(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return shortTime(t)
}

// maxUnheard bounds the lines on who has not heard.
const maxUnheard = 10

// movedLines say where a hub is now and who below has not heard.
func movedLines(m *operate.Moved) (lines []string) {
	if m == nil {
		return nil
	}
	unheard := len(m.Unheard) + m.More
	if unheard == 0 {
		return []string{fmt.Sprintf("at %s since %s; all below have heard", m.Address, shortTime(m.Since))}
	}
	lines = append(lines, fmt.Sprintf("at %s since %s; %d below are not known to have heard", m.Address, shortTime(m.Since), unheard))
	for i, d := range m.Unheard {
		if i == maxUnheard {
			return append(lines, fmt.Sprintf("and %d more; see status --json", unheard-i))
		}
		lines = append(lines, fmt.Sprintf("not heard: %s device %s, itself last heard %s", d.Unit, d.Device, shortTime(d.Heard)))
	}
	return lines
}
