package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/demo"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
)

// environment is the world outside a command, so that tests can give another.
type environment struct {
	in   io.Reader
	out  io.Writer // data
	err  io.Writer // talk
	vars []string
}

// app is what commands share.
type app struct {
	environment
	stop  func()      // from here on signals end the process at once
	story []demo.Step // of the demo; nil: its own
	bare  io.Writer   // err as it was given, for what draws on a terminal itself
}

// run executes one command and returns the exit code: 0, or the number of the
// failure's kind.
func run(ctx context.Context, stop func(), args []string, env environment) int {
	return (&app{environment: env, stop: stop}).run(ctx, args)
}

func (a *app) run(ctx context.Context, args []string) int {
	a.bare = a.err
	a.out, a.err = plain.NewWriter(a.out), plain.NewWriter(a.err)
	root := a.command()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var usage usageError
	if errors.As(err, &usage) {
		err = fault.New(fault.Invalid, "%s", usage.Error()).WithHint("see tongbu help")
	}
	a.printError(err)
	return fault.Of(err).ExitCode()
}

// printError prints a failure in one line, with a hint.
func (a *app) printError(err error) {
	line := "tongbu: " + strings.Join(strings.Fields(err.Error()), " ")
	if hint := fault.Hint(err); hint != "" {
		line += " (" + strings.Join(strings.Fields(hint), " ") + ")"
	}
	a.say("%s", line)
}

// say tells people one line: what is in it may be another's words.
func (a *app) say(format string, args ...any) {
	fmt.Fprintln(a.err, plain.Line(fmt.Sprintf(format, args...)))
}

// printLine prints one line of data for people.
func (a *app) printLine(format string, args ...any) error {
	_, err := fmt.Fprintln(a.out, plain.Line(fmt.Sprintf(format, args...)))
	return fault.Wrap("write", err)
}

// usageError is a command line that cobra cannot read.
type usageError struct{ error }

const exitCodes = `
Exit codes: 0 done, 1 internal, 2 invalid input, 3 not found, 4 denied,
5 line or peer away, 6 in use, 7 disk full, 8 damaged, 9 forked,
10 limit reached, 11 not supported, 12 stopped.`

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "tongbu",
		Short:         "keep a city's labour records in step across four tiers",
		Long:          "tongbu keeps a city's labour-and-social-security records in step across\ncity, districts, streets and communities, on lines that fail for days.\n" + exitCodes,
		SilenceErrors: true, SilenceUsage: true,
		Args:              cobra.NoArgs,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(a.demoCommand(), a.initCommand(), a.tokenCommand(), a.joinCommand(), a.serveCommand(),
		a.putCommand(), a.getCommand(), a.listCommand(), a.historyCommand(), a.voidCommand(), a.conflictsCommand(), a.resolveCommand(), a.queryCommand(), a.auditCommand(),
		a.statusCommand(), a.backupCommand(), a.restoreCommand(), a.carryCommand(), a.verifyCommand(), a.devicesCommand(), a.revokeCommand(), a.networkCommand(), a.addressCommand(), a.authorityCommand(), a.versionCommand(), a.probeCommand())
	for _, c := range append(root.Commands(), root) {
		c.Args = checkedArgs(c.Args)
	}
	return root
}

// checkedArgs makes cobra's complaints about arguments and missing flags usage
// errors.
func checkedArgs(args cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if args == nil {
			return nil
		}
		if err := errors.Join(args(cmd, given), cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups()); err != nil {
			return usageError{err}
		}
		return nil
	}
}
