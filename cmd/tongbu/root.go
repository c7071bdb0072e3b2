package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/demo"
	"tongbu/internal/fault"
	"tongbu/internal/logs"
	"tongbu/internal/plain"
	"tongbu/internal/words"
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
	stop   func()      // from here on signals end the process at once
	hosted bool        // Windows runs this process as a service: there is no console
	story  []demo.Step // of the demo; nil: its own
	bare   io.Writer   // err as it was given, for what draws on a terminal itself
	lang   words.Language
}

// run executes one command and returns the exit code: 0, or the number of the
// failure's kind.
func run(ctx context.Context, stop func(), args []string, env environment) int {
	return (&app{environment: env, stop: stop}).run(ctx, args)
}

func (a *app) run(ctx context.Context, args []string) int {
	a.bare = a.err
	a.out, a.err = plain.NewWriter(a.out), plain.NewWriter(a.err)
	err := a.chooseLanguage(args)
	if err == nil {
		err = a.execute(ctx, args)
	}
	if err == nil {
		return 0
	}
	var usage usageError
	if errors.As(err, &usage) {
		err = fault.New(fault.Invalid, "%s", usage.Error()).WithHint("%s", usage.hint)
	}
	a.printError(err)
	return fault.Of(err).ExitCode()
}

func (a *app) execute(ctx context.Context, args []string) error {
	root := a.command()
	if err := unknownCommand(root, args); err != nil {
		return err
	}
	root.SetArgs(args)
	a.translate(root)
	root.SetUsageTemplate(a.helpTemplate(root.UsageTemplate()))
	return root.ExecuteContext(ctx)
}

// printError prints a failure in one line, with a hint.
func (a *app) printError(err error) {
	text := a.lang.Line(oneLine(strings.ReplaceAll(err.Error(), "\n", ": "))) // a line each of errors.Join
	if hint := fault.Hint(err); hint != "" {
		text = a.lang.Say("%s (%s)", text, a.lang.Line(oneLine(hint)))
	}
	if logs.InJournal(os.Stderr, a.vars) {
		fmt.Fprint(a.err, logs.ErrorPriority)
	}
	a.say("tongbu: %s", text)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// say tells people one line: what is in it may be another's words.
func (a *app) say(format string, args ...any) {
	fmt.Fprintln(a.err, plain.Line(a.lang.Say(format, args...)))
}

// printLine prints one line of data for people.
func (a *app) printLine(format string, args ...any) error {
	_, err := fmt.Fprintln(a.out, plain.Line(a.lang.Say(format, args...)))
	return fault.Wrap("write", err)
}

// usageError is a command line that cobra cannot read.
type usageError struct {
	error
	hint string
}

// helpOf is where the flags and arguments of a command are described.
func helpOf(cmd *cobra.Command) string {
	_, name, _ := strings.Cut(cmd.CommandPath(), " ")
	return strings.TrimSpace("see tongbu help " + name)
}

// unknownCommand returns a usage error for a word that is no command: before its
// flags are looked at, which would be taken for those of another.
func unknownCommand(root *cobra.Command, args []string) error {
	root.InitDefaultHelpCmd()
	at, rest, err := root.Find(args)
	if err != nil || !at.HasSubCommands() || len(rest) == 0 || strings.HasPrefix(rest[0], "-") || takes(at, rest[0]) {
		return nil //nolint:nilerr // cobra finds it again
	}
	at.SuggestionsMinimumDistance = 2
	hint := helpOf(at) + " for all commands"
	if near := at.SuggestionsFor(rest[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "? " + hint
	}
	return usageError{fmt.Errorf("unknown command %q", strings.TrimSpace(rest[0])), hint}
}

// takes reports whether a command with others below it takes a word of its own, too: not one
// that does nothing by itself.
func takes(cmd *cobra.Command, word string) bool {
	return cmd.HasParent() && cmd.Runnable() && cmd.Args != nil && cmd.Args(cmd, []string{word}) == nil
}

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
		Version:           about(),
	}
	root.Flags().Bool("version", false, "print version, commit and date")
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.PersistentFlags().String("lang", "", "language of messages: zh or en (default: TONGBU_LANG, else the environment's)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageError{err, helpOf(cmd)} })
	root.AddCommand(a.demoCommand(), a.initCommand(), a.tokenCommand(), a.joinCommand(), a.serveCommand(), a.openCommand(),
		a.putCommand(), a.getCommand(), a.listCommand(), a.searchCommand(), a.matchCommand(), a.historyCommand(), a.voidCommand(), a.conflictsCommand(), a.resolveCommand(), a.queryCommand(), a.findingsCommand(), a.tasksCommand(), a.indicatorsCommand(), a.targetsCommand(), a.assessCommand(), a.rankingCommand(), a.reportCommand(), a.auditCommand(), a.importCommand(), a.exportCommand(),
		a.statusCommand(), a.backupCommand(), a.restoreCommand(), a.carryCommand(), a.verifyCommand(), a.cutCommand(), a.doctorCommand(), a.devicesCommand(), a.revokeCommand(), a.programCommand(), a.accountCommand(), a.networkCommand(), a.unitsCommand(), a.schemaCommand(), a.addressCommand(), a.authorityCommand(), a.serviceCommand(), a.versionCommand(), a.probeCommand())
	root.AddCommand(a.layoffCommand(), a.campaignCommand(), a.correctCommand(), a.duplicatesCommand(), a.transferCommand())
	checkAll(root)
	return root
}

// checkAll has the arguments of a command and of all below it checked.
func checkAll(cmd *cobra.Command) {
	cmd.Args = checkedArgs(cmd.Args)
	for _, c := range cmd.Commands() {
		checkAll(c)
	}
}

// checkedArgs makes cobra's complaints about arguments and missing flags usage
// errors.
func checkedArgs(args cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if args == nil {
			return nil
		}
		if err := errors.Join(args(cmd, given), cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups()); err != nil {
			return usageError{err, helpOf(cmd)}
		}
		return nil
	}
}
