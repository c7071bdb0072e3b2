package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/node/operate"
)

type auditOptions struct {
	dir, kind, record, program string
	from                       uint64
}

func (a *app) auditCommand() *cobra.Command {
	var o auditOptions
	cmd := &cobra.Command{
		Use: "audit --dir DIR", Short: "list who looked at persons here, as JSON Lines", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runAudit(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	f := cmd.Flags()
	f.StringVar(&o.record, "record", "", "only who looked at the record of this id")
	f.StringVar(&o.kind, "kind", "", "the kind of that record; empty: any")
	f.StringVar(&o.program, "program", "", "only what the program of this name looked at")
	f.Uint64Var(&o.from, "from", 1, "number of the first entry")
	f.Bool("json", true, "JSON Lines, the only form there is")
	return cmd
}

// runAudit lists the entries, and says what of the log is lost.
func (a *app) runAudit(ctx context.Context, o auditOptions) error {
	listed := a.listAudit(ctx, o)
	var st operate.Status
	if err := a.ask(ctx, o.dir, http.MethodGet, "/status", nil, &st); err == nil && st.AuditLog != nil {
		for _, p := range st.AuditLog.Problems {
			a.tell("warning: %s", a.lang.Line(p))
		}
	}
	return listed
}

// listAudit asks page by page, so that a log of years is never held at once.
func (a *app) listAudit(ctx context.Context, o auditOptions) error {
	for from := o.from; ; {
		q := url.Values{"from": {strconv.FormatUint(from, 10)}, "kind": {o.kind}, "record": {o.record}, "program": {o.program}}
		var entries []operate.Looked
		if err := a.ask(ctx, o.dir, http.MethodGet, "/audit?"+q.Encode(), nil, &entries); err != nil {
			return err
		}
		if len(entries) == 0 {
			switch {
			case from != o.from:
			case o.program != "":
				a.tell("no such look-up by that program is in the log of this directory")
			case o.record != "":
				a.tell("no look-up of that record is in the log of this directory")
			}
			return nil
		}
		for _, e := range entries {
			raw, err := json.Marshal(e)
			if err != nil {
				return fault.As(fault.Internal, "write", err)
			}
			if _, err := a.out.Write(append(plain.JSON(raw), '\n')); err != nil {
				return fault.Wrap("write", err)
			}
		}
		from = entries[len(entries)-1].No + 1
	}
}

func purposeFlag(cmd *cobra.Command, purpose *string) {
	cmd.Flags().StringVar(purpose, "purpose", "", "why you look; it stands in the audit log")
}
