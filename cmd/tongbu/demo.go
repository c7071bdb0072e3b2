package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/demo"
)

type demoOptions struct {
	demo.Config
	json bool
}

func (a *app) demoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use: "demo", Short: "show a whole city on this machine: lines cut and restored, a hub lost, nothing else",
		Long: "Found a city and join its districts, streets and communities, each in a\ndirectory of its own, over real TCP with mTLS on this machine. Then cut lines,\nlose a hub, and prove by numbers that nothing is lost. The people are made up,\nthe units are those of Huangshi.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runDemo(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.Dir, "dir", "", "where the directories are made; empty: a temporary place")
	f.IntVar(&o.Communities, "communities", 12, "how many communities, up to 1040")
	f.IntVar(&o.Households, "households", 600, "how many households, at least one a community")
	f.BoolVar(&o.Once, "once", false, "end after the checks instead of serving on")
	f.BoolVar(&o.json, "json", false, "what was proven as JSON")
	return cmd
}

func (a *app) runDemo(ctx context.Context, o demoOptions) error {
	o.Talk, o.Terminal, o.Story, o.Command = a.bare, isTerminal(a.bare), a.story, a.typed
	defer context.AfterFunc(ctx, a.stop)() // a second signal ends the process at once
	return demo.Run(ctx, o.Config, func(s demo.Shown) error {
		if err := a.printProven(s.Report, o.json); err != nil || o.Once {
			return err
		}
		a.printDirectories(s)
		return nil
	})
}

// typed runs a command as if it had been typed in another terminal.
func (a *app) typed(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	other := *a
	other.out, other.err, other.bare = &out, io.Discard, io.Discard
	err := other.execute(ctx, args)
	return out.String(), err
}

func (a *app) printProven(r demo.Report, asJSON bool) error {
	if asJSON {
		return a.printJSON(r)
	}
	fmt.Fprintln(a.err)
	return r.WriteTable(a.out)
}

// printDirectories says what can be tried from another terminal, as it can be
// pasted there.
func (a *app) printDirectories(s demo.Shown) {
	s = s.Absolute()
	program, city := quoted(programName()), quoted(filepath.Join(s.Dir, "city"))
	fmt.Fprintln(a.err)
	a.say("serving on, until Ctrl-C; all directories are in %s", s.Dir)
	if s.Pages != "" {
		a.say("the pages of %s for a browser, where the first to come makes the first account: %s", filepath.Base(s.Community), s.Pages)
	}
	a.say("from another terminal:")
	for _, line := range []string{
		"query --dir " + city + " person --group-by district",
		"query --dir " + city + " person --filter " + quoted(`sex = "2"`) + " --select name,birth_date,community --page-size 5",
		"query --dir " + city + " case --select name,state,due,overdue,community --page-size 5",
		"indicators --dir " + city + " --by district --indicator dynamic_zero",
		"tasks --dir " + city + " --by kind",
		"report list --dir " + city,
		"status --dir " + quoted(s.Street),
		"list --dir " + quoted(s.Community) + " person_facts --filter " + quoted("unemployed = true"),
		"verify --dir " + city,
	} {
		fmt.Fprintf(a.err, "  %s %s\n", program, line)
	}
}

// isTerminal reports whether a person watches.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
