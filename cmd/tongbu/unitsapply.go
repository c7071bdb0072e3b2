package main

import (
	"context"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/hub/root"
	"tongbu/internal/division"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

func (a *app) unitsApplyCommand() *cobra.Command {
	var dir string
	var o root.DivisionOrder
	cmd := &cobra.Command{
		Use: "apply --dir CITYDIR FILE.csv --on DATE", Short: "announce changes of units, which come into force on the day",
		Long: "One row an operation: op,code,name,level,parent_code,new_code,heir_code,list. op is\nadd, rename, recode, reparent, merge or retire; recode takes a new name and parent too, reparent a new name.\nThe file is judged as a whole: with any problem nothing is announced.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.File, err = a.readChanges(args[0]); err != nil {
				return err
			}
			return a.runUnitsApply(cmd.Context(), dir, o)
		},
	}
	dirFlag(cmd, &dir)
	cmd.Flags().StringVar(&o.On, "on", "", "first day on which it is so, YYYY-MM-DD")
	cmd.Flags().BoolVar(&o.Dry, "dry-run", false, "say what would be, and announce nothing")
	cmd.Flags().Bool("json", true, "JSON, the only form there is")
	_ = cmd.MarkFlagRequired("on") // the flag exists
	return cmd
}

// readChanges reads a file, or with - what comes in.
func (a *app) readChanges(path string) (string, error) {
	in := a.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return "", fault.Wrap("read the changes", err)
		}
		defer file.Close() //nolint:errcheck // only read
		in = file
	}
	text, err := tier.Text(in)
	return string(text), fault.Wrap("read the changes", err)
}

func (a *app) runUnitsApply(ctx context.Context, dir string, o root.DivisionOrder) error {
	var made root.Divided
	if err := a.ask(ctx, dir, http.MethodPost, "/units", o, &made); err != nil {
		return rootOnly(err)
	}
	if err := a.printJSON(made); err != nil || len(made.Problems) == 0 {
		return err
	}
	first := made.Problems[0]
	if first.Line == 0 {
		return fault.New(fault.Invalid, "nothing is changed: %s", first.Message)
	}
	if len(made.Problems) == 1 {
		return fault.New(fault.Invalid, "nothing is changed: line %d: %s", first.Line, first.Message).WithHint("correct the file and apply it again")
	}
	return fault.New(fault.Invalid, "nothing is changed: %d problems, the first in line %d: %s", len(made.Problems), first.Line, first.Message).
		WithHint("correct the file and apply it again")
}

func (a *app) unitsDiffCommand() *cobra.Command {
	var unit string
	var joined bool
	cmd := &cobra.Command{
		Use: "diff OLD.csv NEW.csv --unit CODE", Short: "write the changes from one edition of a table of units to another, as apply reads them",
		Long: "A unit of the same name below the same parent is the same unit under another code; one\nwhose code stays was renamed. What stands elsewhere in the same district under the same\nname is told, for a person to settle: its rows retire the one and add the other. Which\nunits were merged no table says: put merge and the heir in place of retire.",
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return a.runUnitsDiff(args[0], args[1], unit, joined) },
	}
	cmd.Flags().StringVar(&unit, "unit", "", "division code of the root, 12 digits")
	cmd.Flags().BoolVar(&joined, "joined", false, "take units of one name in the same district for the same")
	_ = cmd.MarkFlagRequired("unit") // the flag exists
	return cmd
}

func (a *app) runUnitsDiff(before, after, unit string, joined bool) error {
	was, err := readEdition(before, unit)
	if err != nil {
		return err
	}
	now, err := readEdition(after, unit)
	if err != nil {
		return err
	}
	rows, doubts := division.Diff(was, now, joined)
	for _, d := range doubts {
		a.say("%s %s may have become %s, with recode in place of both rows: %s", d.Was, d.Name, d.Now, d.Why)
	}
	if len(doubts) > 0 {
		a.say("%d units to settle; --joined takes all of them for the same", len(doubts))
	}
	return division.Write(a.out, rows)
}

func readEdition(path, unit string) ([]tree.Row, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap("read the units", err)
	}
	defer file.Close() //nolint:errcheck // only read
	rows, err := tier.Rows(file, unit)
	return rows, fault.Wrap("read the units", err)
}
