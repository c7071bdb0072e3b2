package main

import (
	"context"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/doctor"
	"tongbu/internal/fault"
	"tongbu/internal/show"
	"tongbu/node/operate/service"
)

func (a *app) doctorCommand() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "doctor --dir DIR", Short: "look over a directory: what is in order, what is not, and what to do",
		Long: "Look over a directory: key, disk, clock, certificate, ports, the line up, version,\nbackup, verify, view and what waits for a person. A line each: ok, warn or bad, what\nit is, and what to do. It asks the process that serves the directory, and reads files\nonly where none does.\n\nExit code 0 unless something is bad: then the code of the gravest finding.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runDoctor(cmd.Context(), dir, asJSON) },
	}
	dirFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON")
	return cmd
}

func (a *app) runDoctor(ctx context.Context, dir string, asJSON bool) error {
	report, err := doctor.Look(ctx, doctor.Options{Dir: dir, Environ: a.vars, Program: version, Service: serviceOf(dir)})
	if err != nil {
		return err
	}
	if asJSON {
		err = a.printJSON(report)
	} else {
		err = a.printFindings(report)
	}
	if err != nil {
		return err
	}
	return report.Err()
}

// serviceOf asks the system how the service of a directory stands. Where it does not say,
// none is installed as far as anybody knows.
func serviceOf(dir string) func() doctor.Service {
	return func() doctor.Service {
		o := serviceOptions{dir: dir}
		s, err := o.spec()
		if err != nil {
			return doctor.Service{}
		}
		state, err := service.Status(s)
		if err != nil {
			return doctor.Service{}
		}
		return doctor.Service{Name: s.Name, State: state.State, Where: service.WhereToLook(s.Name)}
	}
}

// printFindings prints a line each.
func (a *app) printFindings(r *doctor.Report) error {
	w := show.NewTabs(a.out)
	for _, f := range r.Findings {
		text := f.What.In(a.lang)
		if do := f.Do.In(a.lang); do != "" {
			text = a.lang.Say("%s (%s)", text, do)
		}
		show.Row(w, a.lang.Say(string(f.State)), a.lang.Say(f.Check), text)
	}
	return fault.Wrap("write", w.Flush())
}
