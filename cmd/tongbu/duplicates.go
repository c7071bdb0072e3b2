package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/hub/pairs"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/show"
	"tongbu/internal/tree"
)

func (a *app) duplicatesCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "duplicates", Short: "persons whom two communities have entered: cases that the city finds and decides, and communities answer", Args: cobra.NoArgs}
	cmd.AddCommand(a.duplicatesListCommand(), a.duplicatesShowCommand(), a.duplicatesAnswerCommand(), a.duplicatesSearchCommand(), a.duplicatesDecideCommand(), a.duplicatesUndoCommand())
	return cmd
}

type duplicatesOptions struct {
	dir, state, purpose string

	json bool
}

func (a *app) duplicatesListCommand() *cobra.Command {
	var o duplicatesOptions
	cmd := &cobra.Command{
		Use: "list --dir DIR", Short: "duplicate cases: at the city all, elsewhere those of the communities below",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listDuplicates(cmd.Context(), o) },
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.state, "state", "", "open, same, moved, different, wrong_number or ended; empty: all")
	cmd.Flags().BoolVar(&o.json, "json", false, "one JSON object a line")
	return cmd
}

func (a *app) listDuplicates(ctx context.Context, o duplicatesOptions) error {
	all, err := a.duplicates(ctx, o)
	if err != nil {
		return err
	}
	if o.json {
		for _, s := range all {
			if err := a.printJSONLine(s); err != nil {
				return err
			}
		}
		return nil
	}
	return a.printDuplicates(all)
}

// duplicates are the cases of a directory: the city's own, or as it has told them.
func (a *app) duplicates(ctx context.Context, o duplicatesOptions) (all []pairs.Shown, err error) {
	at, err := a.placeOf(ctx, o.dir, "")
	switch {
	case err != nil:
		return nil, err
	case at.Tier != tree.City.String():
		return a.toldDuplicates(ctx, o)
	}
	return all, a.ask(ctx, o.dir, http.MethodGet, "/duplicates?"+url.Values{"state": {o.state}}.Encode(), nil, &all)
}

// printDuplicates prints a line for each record of a case that is known here.
func (a *app) printDuplicates(all []pairs.Shown) error {
	in, err := schema.Load()
	if err != nil {
		return err
	}
	w := show.NewTabs(a.out)
	show.Row(w, strings.Split(a.lang.Say("CASE\tSTATE\tSCORE\tUNIT\tPERSON\tCOUNTS\tANSWER\tDUE"), "\t")...)
	for _, s := range all {
		for _, p := range s.Persons {
			show.Row(w, s.Case, a.label(in, "duplicate_state", codeOf(s.State)), score(s.Score), unitName(p), string(p.ID), a.yesNo(p.Counts), a.label(in, "duplicate_answer", p.Answer), dashed(s.Due))
		}
	}
	return fault.Wrap("write", w.Flush())
}

func (a *app) duplicatesShowCommand() *cobra.Command {
	var o duplicatesOptions
	cmd := &cobra.Command{
		Use: "show --dir DIR CASE", Short: "one duplicate case: why the two are alike, which record counts, what was answered and decided",
		Long: `At the city it shows who the two persons are, with masked numbers; for that it needs a
purpose, and who was shown stands in the audit log. A community sees who its own record
is of, with the masked number where it says what for, what it has answered, the other
community and the reasons, and nothing else of the other record.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.showDuplicate(cmd.Context(), o, args[0]) },
	}
	dirFlag(cmd, &o.dir)
	purposeFlag(cmd, &o.purpose)
	cmd.Flags().BoolVar(&o.json, "json", false, "one JSON object")
	return cmd
}

func (a *app) showDuplicate(ctx context.Context, o duplicatesOptions, name string) error {
	at, err := a.placeOf(ctx, o.dir, "")
	if err != nil {
		return err
	}
	var s pairs.Shown
	if at.Tier == tree.City.String() {
		err = a.ask(ctx, o.dir, http.MethodGet, "/duplicates/"+segment(name)+"?"+url.Values{"purpose": {o.purpose}}.Encode(), nil, &s)
	} else {
		s, err = a.toldDuplicate(ctx, o, name)
	}
	if err != nil {
		return err
	}
	return a.printDuplicate(s, o.json)
}

func (a *app) duplicatesAnswerCommand() *cobra.Command {
	var o duplicatesOptions
	var note string
	cmd := &cobra.Command{
		Use: "answer --dir DIR CASE same|moved|different|wrong_number|unknown", Short: "say what this community knows of a duplicate case",
		Long: `The answer is about the own record: same, the person lives here; moved, the person has
moved to the other community; different, it is another person and the number here is
right; wrong_number, it is another person and the number here is wrong; unknown, it
cannot be told. A community has one answer to a case, with the day of today; another one
takes its place while the case is open, and history shows both. The city decides.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.answerDuplicate(cmd.Context(), o.dir, args[0], args[1], note)
		},
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&note, "note", "", "what was found")
	return cmd
}

func (a *app) duplicatesSearchCommand() *cobra.Command {
	var o duplicatesOptions
	var dry bool
	cmd := &cobra.Command{
		Use: "search --dir CITYDIR", Short: "look for pairs among all persons of the city, and open their cases",
		Long: `The city looks at persons as they come. A search looks at all of them, as it does at
each start. A pair that was decided as different persons is left alone until a number,
a name, a birth date or a sex is entered otherwise.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path := "/duplicates/search"
			if dry {
				path += "?dry_run=1"
			}
			var found pairs.Found
			if err := a.ask(cmd.Context(), o.dir, http.MethodPost, path, nil, &found); err != nil {
				return cityOnly(err)
			}
			return a.printJSON(found)
		},
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would be opened, and open nothing")
	return cmd
}

func (a *app) duplicatesDecideCommand() *cobra.Command {
	var o duplicatesOptions
	var d pairs.Decision
	cmd := &cobra.Command{
		Use: "decide --dir CITYDIR CASE same|moved|different|wrong_number", Short: "decide a duplicate case; both communities are told",
		Long: `same: one person; one record goes on counting (--counts, else the one that counts now),
the other is kept, marked and left out of all figures. moved: one person, whom the
community --to is to take over; the record there counts, both communities have the task
of the transfer, and a transfer then moves the records. different: two persons, both
count. wrong_number: two persons, of whom --wrong has another's number and is to correct
it; a record without a number has none that is wrong. A case that is decided is decided
otherwise after tongbu duplicates undo. What decisions of other cases contradict is
refused: of three records two cannot be different persons and both the third.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			d.Outcome = args[1]
			var s pairs.Shown
			if err := a.ask(cmd.Context(), o.dir, http.MethodPost, "/duplicates/"+segment(args[0])+"/decide", d, &s); err != nil {
				return cityOnly(err)
			}
			return a.printDuplicate(s, o.json)
		},
	}
	dirFlag(cmd, &o.dir)
	f := cmd.Flags()
	f.StringVar((*string)(&d.Counts), "counts", "", "of same: id of the record that goes on counting")
	f.StringVar(&d.To, "to", "", "of moved: division code of the community that is to have the record")
	f.StringVar((*string)(&d.Wrong), "wrong", "", "of wrong_number: id of the record whose number is wrong")
	f.StringVar(&d.Reason, "reason", "", "why, for both communities to read")
	f.BoolVar(&o.json, "json", false, "one JSON object")
	return cmd
}

func (a *app) duplicatesUndoCommand() *cobra.Command {
	var o duplicatesOptions
	var reason string
	cmd := &cobra.Command{
		Use: "undo --dir CITYDIR CASE --reason TEXT", Short: "take the decision of a duplicate case back: it is open again",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var s pairs.Shown
			path := "/duplicates/" + segment(args[0]) + "/undo?" + url.Values{"reason": {reason}}.Encode()
			if err := a.ask(cmd.Context(), o.dir, http.MethodPost, path, nil, &s); err != nil {
				return cityOnly(err)
			}
			return a.printDuplicate(s, o.json)
		},
	}
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for both communities to read")
	cmd.Flags().BoolVar(&o.json, "json", false, "one JSON object")
	return cmd
}
