package main

import (
	"context"
	"fmt"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/show"
	"tongbu/internal/fault"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

type statusOptions struct {
	dir                  string
	json, watch, measure bool
}

func (a *app) statusCommand() *cobra.Command {
	var o statusOptions
	cmd := &cobra.Command{
		Use: "status --dir DIR", Short: "show the unit, how far its changes have come, the line, and who is silent",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runStatus(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.json, "json", false, "JSON")
	cmd.Flags().BoolVar(&o.watch, "watch", false, "again every two seconds until interrupted")
	cmd.Flags().BoolVar(&o.measure, "measure", false, "also time an fsync in the directory, to compare with save")
	return cmd
}

func (a *app) runStatus(ctx context.Context, o statusOptions) error {
	path := "/status"
	if o.measure {
		path += "?measure=1"
	}
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		var st operate.Status
		if err := a.ask(ctx, o.dir, http.MethodGet, path, nil, &st); err != nil {
			return err
		}
		if err := a.printStatus(&st, o.json); err != nil || !o.watch {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (a *app) printStatus(st *operate.Status, asJSON bool) error {
	if asJSON {
		return a.printJSON(st)
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { show.Row(w, name, fmt.Sprintf(format, args...)) }
	row("unit", "%s %s (%s), device %s", st.Unit, st.Name, st.Tier, st.Device)
	row("own changes", "%d saved here, %d received by the hub, %d recorded by the city%s", st.Own.Sent, st.Own.AtParent, st.Own.Recorded, without(st.Own))
	if st.Own.Slow {
		row("slow", "%d words of the city stand against changes of this device: it judges what comes from here only when very many have come together, or after an hour", st.Own.Words)
	}
	if st.Parent != nil {
		row("line up", "%s", lineUp(st.Parent))
	}
	for _, c := range st.Children {
		state := "silent since " + shortTime(c.Heard)
		if c.Connected {
			state = "heard"
		}
		row("below", "%s device %s %s", c.Unit, c.Device, state)
	}
	for _, line := range movedLines(st.Moved) {
		row("moved", "%s", line)
	}
	if st.Copied != "" {
		row("to look at", "%s", st.Copied)
	}
	if st.Conflicts > 0 || len(st.Refusals) > 0 || st.Forks > 0 {
		row("to look at", "%d conflicts, %d refusals, %d forks", st.Conflicts, len(st.Refusals), st.Forks)
	}
	if st.View != nil {
		indexes := ""
		if !st.View.Settled {
			indexes = ", its indexes are being made: questions may take long"
		}
		row("view", "%d applied, %d behind%s", st.View.Applied, st.View.Behind, indexes)
	}
	for _, line := range clockLines(st) {
		row("clock", "%s", line)
	}
	if st.Disk.Refuses != "" {
		row("disk", "%s", st.Disk.Refuses)
	}
	row("process", "%.1f MB resident, ready in %.0f ms; journal %.1f MB", float64(st.Process.ResidentBytes)/1e6, st.Process.ReadyMS, float64(st.Journal.Bytes)/1e6)
	if st.Save.Count > 0 {
		row("save", "%.2f ms median of the last %d", st.Save.MedianMS, st.Save.Count)
	}
	if st.Save.FsyncMS > 0 {
		row("fsync", "%.2f ms median of one here", st.Save.FsyncMS)
	}
	return fault.Wrap("write", w.Flush())
}

// clockLines say whose clock is wrong, and what to do.
func clockLines(st *operate.Status) (lines []string) {
	c := st.Clock
	switch {
	case c.Verdict == string(replica.ClockWrong):
		lines = append(lines, fmt.Sprintf("this computer's clock is %s, by %d of the %d clocks compared: set it", apart(-c.Offset), c.Agree, c.Compared))
	case c.Behind > 0 && c.Verdict != string(replica.ClockRight):
		lines = append(lines, fmt.Sprintf("this computer's clock is %s before a time that the city has signed: set it, unless the city's was ahead", span(c.Behind)))
	}
	for i, other := range c.Off {
		if i == maxClocks {
			return append(lines, fmt.Sprintf("%d others are off as well", len(c.Off)-i))
		}
		who := other.Unit + " device " + string(other.Device)
		if other.Parent {
			who = "the hub above, " + who
		}
		if c.Verdict == string(replica.ClockUndecided) {
			lines = append(lines, fmt.Sprintf("this computer's clock is %s, by that of %s: one of the two is wrong; compare both with a watch", apart(-other.Offset), who))
		} else if c.Verdict == string(replica.ClockWrong) {
			lines = append(lines, fmt.Sprintf("that of %s is wrong too", who))
		} else {
			lines = append(lines, fmt.Sprintf("that of %s is %s, the others agree with this one: set it there", who, apart(other.Offset)))
		}
	}
	return lines
}

// maxClocks bounds the lines on clocks of others.
const maxClocks = 10

// apart is an offset in milliseconds for people.
func apart(ms int64) string {
	if ms < 0 {
		return span(ms) + " behind"
	}
	return span(ms) + " ahead"
}

// span is a time in milliseconds, either way, for people.
func span(ms int64) string {
	d := (time.Duration(ms) * time.Millisecond).Abs().Round(time.Second)
	if days := d.Hours() / 24; days >= 2 {
		return fmt.Sprintf("%.0f days", days)
	}
	return d.String()
}

// without says which changes have no effect.
func without(o operate.Own) string {
	text := ""
	for _, part := range []struct {
		n    uint64
		what string
	}{{o.Refused, "refused"}, {o.Held, "held"}} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	return text
}

func lineUp(p *operate.Parent) string {
	switch {
	case p.Connected:
		return fmt.Sprintf("connected to %s at %s", p.Unit, p.Address)
	case p.Error != "":
		return fmt.Sprintf("down, last heard %s: %s", shortTime(p.LastSync), p.Error)
	}
	return fmt.Sprintf("down, last heard %s", shortTime(p.LastSync))
}
