package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/hub"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/show"
)

func (a *app) layoffCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "layoff", Short: "an employer's notice that it lets workers go: who is hit, and how far their homes were told and visited"}
	cmd.AddCommand(a.layoffShowCommand(), a.layoffScreenCommand())
	return cmd
}

func (a *app) layoffShowCommand() *cobra.Command {
	var o asked
	cmd := &cobra.Command{
		Use: "show --dir DIR NOTICE", Short: "how many workers of a notice were told and visited, by unit",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.showLayoff(cmd.Context(), o, args[0]) },
	}
	dirFlag(cmd, &o.dir)
	hubScopeFlag(cmd, &o.scope)
	cmd.Flags().BoolVar(&o.json, "json", false, "one JSON object")
	return cmd
}

// layoffColumns are what is counted of a notice's workers.
var (
	layoffColumns = []string{"known", "told", "visited", "without_work", "at_work", "couple", "sole_earner", "all_earners"}
	// layoffCourses are what a code of layoff_course counts as.
	layoffCourses = map[string][]string{"1": {"known"}, "2": {"known", "told"}, "3": {"known", "told", "visited"}, "4": {"known", "without_work"}, "5": {"known", "at_work"}}
)

func (a *app) showLayoff(ctx context.Context, o asked, name string) error {
	shown, err := a.recordOf(ctx, o.dir, "layoff_notice", name)
	if err != nil {
		return err
	}
	c, filter := counts{}, fmt.Sprintf("notice = %q", string(shown.ID))
	end, err := a.count(ctx, o, facts.LayoffRegister, filter, "course", c, func(code string) []string { return layoffCourses[code] })
	for _, mark := range []string{"couple", "sole_earner", "all_earners"} {
		if err == nil {
			_, err = a.count(ctx, o, facts.LayoffRegister, filter, mark, c, func(is string) []string {
				if is == "true" {
					return []string{mark}
				}
				return nil
			})
		}
	}
	if err != nil {
		return err
	}
	employer, _ := shown.Fields["employer_name"].(string)
	p := progressOf(shown, employer, []string{"workers", "staff", "event_on", "state", "valid", "void_reason"}, c, layoffColumns, end)
	if shown.Void {
		a.tell("the notice is void: its workers are nobody's task")
	}
	return a.printProgress(o, p, layoffColumns, a.lang.Say("UNIT\tKNOWN\tTOLD\tVISITED\tWITHOUT WORK\tAT WORK\tOF COUPLES\tSOLE EARNERS\tALL EARNERS"))
}

type screenOptions struct {
	dir, purpose string

	json bool
}

func (a *app) layoffScreenCommand() *cobra.Command {
	var o screenOptions
	cmd := &cobra.Command{
		Use: "screen --dir DIR NOTICE --purpose TEXT", Short: "whom a notice names, and what it means for their homes",
		Long: `Say for each worker of a notice whether both of a couple are to go, also by two
notices of the same year, whether the worker is the only earner of the home, and
whether all earners of the home are to go. Workers whom nobody has entered are listed
with the community that was told. It looks at people of others: who was shown, and
what for, stands in the audit log. ID numbers are masked.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.screenLayoff(cmd.Context(), o, args[0]) },
	}
	dirFlag(cmd, &o.dir)
	purposeFlag(cmd, &o.purpose)
	cmd.Flags().BoolVar(&o.json, "json", false, "one JSON object")
	return cmd
}

func (a *app) screenLayoff(ctx context.Context, o screenOptions, name string) error {
	at, err := a.placeOf(ctx, o.dir, "")
	if err != nil {
		return err
	}
	if at.isNode() {
		return fault.New(fault.Unsupported, "a notice is screened at the hub that has it").WithHint("a community lists its own workers: tongbu list --dir DIR %s", facts.LayoffRegister)
	}
	shown, err := a.recordOf(ctx, o.dir, "layoff_notice", name)
	if err != nil {
		return err
	}
	var s hub.Screening
	path := "/layoff/" + url.PathEscape(string(shown.ID)) + "?" + url.Values{"purpose": {o.purpose}}.Encode()
	if err := a.ask(ctx, o.dir, http.MethodGet, path, nil, &s); err != nil {
		return err
	}
	if o.json {
		return a.printJSON(s)
	}
	return a.printScreening(&s)
}

// homeOf is all that a notice means for the home of a worker.
func (a *app) homeOf(row *hub.Screened) string {
	var marks []string
	for _, mark := range []struct {
		is   bool
		word string
	}{{row.Couple, "both of a couple"}, {row.SoleEarner, "the only earner"}, {row.AllEarners, "all earners"}} {
		if mark.is {
			marks = append(marks, a.lang.Say(mark.word))
		}
	}
	return cmp.Or(strings.Join(marks, ", "), "-")
}

// warnOf says what of a worker does not agree with the register.
func (a *app) warnOf(row *hub.Screened) {
	if row.OtherName != "" {
		a.tell("%s: the notice calls %s so, and the register has this name with the ID number: look which of the two is right", row.Name, row.OtherName)
	}
	if row.Retired {
		a.tell("%s: retired by the register, and named as a worker", row.Name)
	}
}

func (a *app) printScreening(s *hub.Screening) error {
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("UNIT\tNAME\tID NUMBER\tLEAVING\tHOME\tTOLD\tVISITED"))
	for _, row := range s.Rows {
		show.Row(w, row.Unit, row.Name, row.IDNumber, row.Leaving, a.homeOf(&row), row.Told, row.Visited)
	}
	if err := w.Flush(); err != nil {
		return fault.Wrap("write", err)
	}
	for i := range s.Rows {
		a.warnOf(&s.Rows[i])
	}
	for _, u := range s.Unknown {
		if u.Now != "" {
			a.tell("%s: nobody had entered the person when %s was told; %s has entered one with the ID number since: name the worker again", u.Name, u.Unit, u.NowAt)
			continue
		}
		a.tell("%s: %s was told, and has entered nobody with the ID number yet", u.Name, u.Unit)
	}
	a.tell("the notice is about %v workers, of whom %d were told to communities", s.Workers, s.Listed)
	if said, is := s.Workers.(float64); is && s.Listed > int(said) {
		a.tell("more workers were named than the notice is about: correct the notice, or void who does not belong to it")
	}
	a.tell("%s", show.Coverage(a.lang, s.Coverage))
	return nil
}
