package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/fault"
	"tongbu/internal/show"
	"tongbu/internal/words"
	"tongbu/node/nightly"
	"tongbu/node/operate"
)

type statusOptions struct {
	dir                  string
	json, watch, measure bool
	exitCode             bool
}

func (a *app) statusCommand() *cobra.Command {
	var o statusOptions
	cmd := &cobra.Command{
		Use: "status --dir DIR", Short: "show the unit, how far its changes have come, the line, and who is silent",
		Long: "Show the unit, how far its changes have come, the line, and who is silent.\n\nWith --exit-code for scripts: 0 all is well; 8 the journal is older than it was,\nthe audit log is not whole, or a copy of the directory is in use; 7 the disk is full; 5 the hub above is away,\nor nothing serves the directory; 10 something is refused and not put right, held,\nor in conflict. Of several the first in this order.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runStatus(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.json, "json", false, "JSON")
	cmd.Flags().BoolVar(&o.watch, "watch", false, "again every two seconds until interrupted")
	cmd.Flags().BoolVar(&o.measure, "measure", false, "also time an fsync in the directory, to compare with save")
	cmd.Flags().BoolVar(&o.exitCode, "exit-code", false, "fail unless all is well, with a code that says what is not")
	cmd.MarkFlagsMutuallyExclusive("watch", "exit-code")
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
		if st.Served = st.Process.PID != os.Getpid(); !st.Served {
			st.LastServed = tier.LastServed(o.dir).UTC()
		}
		if err := a.printStatus(&st, o.json); err != nil {
			return err
		}
		if o.exitCode {
			return notWell(&st)
		}
		if !o.watch {
			return nil
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
	w := show.NewTabs(a.out)
	t := statusText{a.lang}
	row := func(name, format string, args ...any) { show.Row(w, t.Say(name), t.Say(format, args...)) }
	if st.Unit != "" {
		row("unit", "%s %s (%s), device %s", st.Unit, st.Name, t.Say(st.Tier), st.Device)
	} else {
		row("unit", "name not received yet (%s), device %s", t.Say(st.Tier), st.Device)
	}
	if !st.Served {
		row("not served", "no process serves this directory: last served %s; what others have done since is not known here (start: tongbu serve)", t.Line(shortTime(st.LastServed)))
	}
	row("own changes", "%d saved here, %d received by the hub, %d recorded by the city%s", st.Own.Sent, st.Own.AtParent, st.Own.Recorded, t.without(st.Own))
	if st.Own.Slow {
		row("slow", "%d words of the city stand against changes of this device: it judges what comes from here only when very many have come together, or after an hour", st.Own.Words)
	}
	if st.Parent != nil && st.Served {
		row("line up", "%s", t.lineUp(st.Parent))
	}
	for _, c := range st.Children {
		row("below", "%s %s, device %s, %s; %s", c.Unit, c.Name, c.Device, t.childState(c, st.Served), t.progress(c.Changes))
	}
	for _, s := range st.SecondHubs {
		for _, other := range s.Others {
			row("two hubs", "%s %s: those below use device %s, which joined last; device %s %s%s is another. End the one that is not wanted: tongbu revoke --dir CITYDIR %s",
				s.Unit, s.Name, s.Used, other.Device, other.Address, t.liveWord(other), other.Device)
		}
	}
	for _, line := range t.movedLines(st.Moved) {
		row("moved", "%s", line)
	}
	if st.Copied != "" {
		row("to look at", "%s", t.Line(st.Copied))
	}
	if st.Schema.Version > 0 {
		row("schema", "publication %d of the city is heard", st.Schema.Version)
	}
	for _, p := range st.Schema.LeftOut {
		row("to look at", "publication %d of the city is left out here, as this program does not take it: %s", p.Version, p.Message)
	}
	if st.AuditLog != nil {
		for _, p := range st.AuditLog.Problems {
			row("to look at", "%s", t.Line(p))
		}
	}
	a.rowsToLookAt(st, row)
	for _, line := range t.unconfirmedLines(st) {
		row("accounts", "%s", line)
	}
	if st.View != nil {
		indexes := ""
		if !st.View.Settled {
			indexes = t.Say(", its indexes are being made: questions may take long")
		}
		row("view", "%d applied, %d behind%s", st.View.Applied, st.View.Behind, indexes)
	}
	for _, line := range t.clockLines(st) {
		row("clock", "%s", line)
	}
	if line := t.certificateLine(st.Certificate, time.Now()); line != "" {
		row("certificate", "%s", line)
	}
	if line := t.nightLine(st.Nightly.Verify, st.Nightly.Running == nightly.Verify, false); line != "" {
		row("verify", "%s", line)
	}
	if line := t.nightLine(st.Nightly.Backup, st.Nightly.Running == nightly.Backup, false); line != "" {
		row("backup", "%s", line)
	}
	if line := t.nightLine(st.Nightly.Cut, st.Nightly.Running == nightly.Cut, true); line != "" {
		row("cut", "%s", line)
	}
	if st.Kept != nil && st.Kept.Lacking > 0 {
		row("to look at", "the city has recorded less of %d streams than was cut off here: the hubs are to give it the rest; should this stay, see docs/operations.md, cutting a node's journal", st.Kept.Lacking)
	}
	if st.Kept != nil {
		row("kept", "%d changes of %d streams without their batches, which are at the hubs and at the city", st.Kept.Changes, st.Kept.Streams)
	}
	if st.Disk.Refuses != "" {
		row("disk", "%s", t.Line(st.Disk.Refuses))
	}
	if st.Served {
		row("process", "%.1f MB resident, ready in %.0f ms; journal %.1f MB", float64(st.Process.ResidentBytes)/1e6, st.Process.ReadyMS, float64(st.Journal.Bytes)/1e6)
	}
	if st.Save.Count > 0 {
		row("save", "%.2f ms median of the last %d", st.Save.MedianMS, st.Save.Count)
	}
	if st.Save.FsyncMS > 0 {
		row("fsync", "%.2f ms median of one here", st.Save.FsyncMS)
	}
	return fault.Wrap("write", w.Flush())
}

// shownOf is how many of a list people are shown; the JSON has more.
const shownOf = 10

// rowsToLookAt says what wants a person: how many there are, and the first of them.
func (a *app) rowsToLookAt(st *operate.Status, row func(name, format string, args ...any)) {
	if st.Conflicts == 0 && st.RefusalsTotal == 0 && st.Forks == 0 {
		return
	}
	row("to look at", "%d records in conflict, %d changes of this unit refused, %d forks", st.Conflicts, st.RefusalsTotal, st.Forks)
	for _, c := range st.InConflict[:min(len(st.InConflict), shownOf)] {
		row("conflict", "%s %s: %s", c.Kind, c.Record, strings.Join(c.Fields, ", "))
	}
	if more := st.Conflicts - shownOf; more > 0 {
		row("conflict", "and %d more: --json lists up to 100", more)
	}
	open := slices.DeleteFunc(slices.Clone(st.Refusals), func(r operate.Refusal) bool { return !r.Open })
	for _, r := range open[:min(len(open), shownOf)] {
		what := fmt.Sprintf("%s %s", r.Kind, r.Record)
		if r.Count > 0 {
			what = a.lang.Say("%d changes of stream %s", r.Count, r.Stream)
		}
		why, fix := r.Reason.En, r.Reason.FixEn
		if a.lang == words.Chinese {
			why, fix = r.Reason.Zh, r.Reason.FixZh
		}
		row("refused", "%s: %s", what, a.lang.Say("%s (%s)", why, fix))
	}
	if st.RefusalsTotal > 0 {
		row("", "all that is not put right yet: tongbu list --dir DIR KIND --filter 'refused = true'")
	}
}

// notWell is what is wrong, the gravest first.
func notWell(st *operate.Status) error {
	open := st.RefusalsTotal > uint64(len(st.Refusals)) || slices.ContainsFunc(st.Refusals, func(r operate.Refusal) bool { return r.Open })
	switch {
	case st.Journal.Older:
		return fault.New(fault.Damaged, "the journal is older than when it was closed").WithHint("see docs/operations.md, when something breaks")
	case st.AuditLog != nil && len(st.AuditLog.Problems) > 0:
		return fault.New(fault.Damaged, "%s", st.AuditLog.Problems[0]).WithHint("tongbu verify names each entry; see docs/operations.md, when something breaks")
	case st.Copied != "":
		return fault.New(fault.Damaged, "%s", st.Copied).WithHint("see docs/operations.md, a directory was cloned")
	case st.Disk.Refuses != "":
		return fault.New(fault.Full, "%s", st.Disk.Refuses).WithHint("free some room")
	case !st.Served:
		return fault.New(fault.Unavailable, "no process serves this directory").WithHint("start tongbu serve")
	case st.Parent != nil && !st.Parent.Connected:
		return fault.New(fault.Unavailable, "the hub above is away").WithHint("nothing is lost; it goes on by itself when the line is back")
	case open || st.Own.Held > 0 || st.Conflicts > 0:
		return fault.New(fault.Exhausted, "%d changes refused, %d held, %d records in conflict", st.RefusalsTotal, st.Own.Held, st.Conflicts).WithHint("tongbu status names them")
	}
	return nil
}
