package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/hub/publication"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/show"
	"tongbu/internal/tree"
	"tongbu/internal/words"
	"tongbu/node/operate"
)

type schemaOptions struct {
	dir, kind, mapped string

	json bool
}

func (a *app) schemaCommand() *cobra.Command {
	var o schemaOptions
	cmd := &cobra.Command{
		Use: "schema [KIND]", Short: "show the kinds of records, their fields and codes; publish additions, or withdraw them",
		Long: "Shows what a record may say: the program's kinds, or with --dir also what the city\nhas published, as far as it has come there. --map shows how another system calls it.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.kind = strings.Join(args, "")
			return a.runSchema(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.dir, "dir", "", "directory whose schema is shown; empty: that of the program alone")
	cmd.Flags().BoolVar(&o.json, "json", false, "JSON")
	cmd.Flags().StringVar(&o.mapped, "map", "", "show the tables, columns and codes of the map of this name; empty: none")
	cmd.AddCommand(a.schemaPublishCommand(), a.schemaWithdrawCommand(), a.schemaPublicationsCommand())
	return cmd
}

func (a *app) runSchema(ctx context.Context, o schemaOptions) error {
	s, err := a.schemaOf(ctx, o.dir)
	if err != nil {
		return err
	}
	if o.mapped != "" {
		return a.showMap(o, s)
	}
	kinds := s.Kinds()
	if o.kind != "" {
		k, ok := s.Kind(o.kind)
		if !ok {
			return fault.New(fault.Invalid, "no such kind of record: %q", o.kind).WithHint("tongbu schema lists them")
		}
		kinds = []*schema.Kind{k}
	}
	switch {
	case o.json:
		return a.printJSON(shownSchema{Version: s.Version(), Kinds: kinds, Codes: listsOf(kinds)})
	case o.kind != "":
		return a.printKind(kinds[0])
	}
	return a.printKinds(kinds)
}

// shownSchema is a schema in JSON.
type shownSchema struct {
	Version uint64             `json:"version"` // number of the newest publication; 0: none
	Kinds   []*schema.Kind     `json:"kinds"`
	Codes   []*schema.CodeList `json:"codes"` // that their fields name
}

// schemaOf is the schema of a directory, or of the program.
func (a *app) schemaOf(ctx context.Context, dir string) (*schema.Schema, error) {
	var all []operate.Publication
	if dir != "" {
		if err := a.ask(ctx, dir, http.MethodGet, "/schema/documents", nil, &all); err != nil {
			return nil, err
		}
	}
	return operate.SchemaOf(all)
}

// listsOf are the code lists that the fields of some kinds name, by name.
func listsOf(kinds []*schema.Kind) []*schema.CodeList {
	var lists []*schema.CodeList
	for _, k := range kinds {
		for _, f := range k.Fields {
			if l := f.List(); l != nil && !slices.Contains(lists, l) {
				lists = append(lists, l)
			}
		}
	}
	slices.SortFunc(lists, func(a, b *schema.CodeList) int { return cmp.Compare(a.Name, b.Name) })
	return lists
}

func (a *app) printKinds(kinds []*schema.Kind) error {
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("KIND\tLABEL\tSORT\tWRITTEN BY\tFIELDS\t"))
	for _, k := range kinds {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", k.Name, a.labelOf(k.Label), k.Sort, levelsOf(k.Writers), len(k.Fields), a.origin(k.Published, k.Withdrawn))
	}
	return fault.Wrap("write", w.Flush())
}

func (a *app) printKind(k *schema.Kind) error {
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("FIELD\tLABEL\tTYPE\tCODES OR KIND\tASKED FOR\t"))
	for _, f := range k.Fields {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Name, a.labelOf(f.Label), f.Type, cmp.Or(f.Codes, f.Ref), f.Must, a.origin(f.Published, f.Withdrawn))
	}
	for _, l := range listsOf([]*schema.Kind{k}) {
		fmt.Fprintf(w, "\n%s\n", a.lang.Say("codes of %s: %s", l.Name, a.labelOf(l.Label)))
		for _, item := range l.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\n", item.Code, a.labelOf(item.Label()), a.origin(item.Published, item.Withdrawn))
		}
	}
	return fault.Wrap("write", w.Flush())
}

func (a *app) labelOf(l schema.Label) string {
	if a.lang == words.Chinese {
		return l.In("zh")
	}
	return l.In("en")
}

// origin says what has not come with the program.
func (a *app) origin(published uint64, withdrawn bool) string {
	switch {
	case withdrawn:
		return a.lang.Say("published %d, withdrawn", published)
	case published > 0:
		return a.lang.Say("published %d", published)
	}
	return ""
}

// levelsOf names the tiers that write a kind.
func levelsOf(writers []int) string {
	var names []string
	for _, level := range writers {
		names = append(names, tree.Level(level).String())
	}
	return strings.Join(names, ", ")
}

func (a *app) schemaPublishCommand() *cobra.Command {
	var dir string
	var dry bool
	cmd := &cobra.Command{
		Use: "publish --dir CITYDIR FILE.yaml", Short: "publish an addition: a question, a code, a kind; every device has it with the next sync",
		Long: "Publishes kinds, fields, code lists, codes, soft checks, sections and labels. Names\nbegin with x.; nothing hard, no other type, no less masking and no other writers are\npublished. With any problem nothing is. The same file again is the same publication.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			document, err := a.readDocument(args[0])
			if err != nil {
				return err
			}
			return a.orderPublication(cmd.Context(), dir, publication.Order{Document: string(document), Dry: dry})
		},
	}
	dirFlag(cmd, &dir)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would be published, and publish nothing")
	cmd.Flags().Bool("json", true, "JSON, the only form there is")
	return cmd
}

// readDocument reads a file, or with - what comes in, as far as one may be long.
func (a *app) readDocument(path string) ([]byte, error) {
	in := a.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, fault.Wrap("read the file", err)
		}
		defer file.Close() //nolint:errcheck // only read
		in = file
	}
	document, err := io.ReadAll(io.LimitReader(in, schema.MaxPublished+1))
	return document, fault.Wrap("read the file", err)
}

func (a *app) schemaWithdrawCommand() *cobra.Command {
	var dir, reason string
	cmd := &cobra.Command{
		Use: "withdraw --dir CITYDIR NAME", Short: "no longer offer what was published: x.kind, kind.x.field or list:code; what is written with it stays right",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.orderPublication(cmd.Context(), dir, publication.Order{Withdraw: args[0], Reason: reason})
		},
	}
	dirFlag(cmd, &dir)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	cmd.Flags().Bool("json", true, "JSON, the only form there is")
	return cmd
}

func (a *app) orderPublication(ctx context.Context, dir string, order publication.Order) error {
	var outcome publication.Outcome
	if err := a.ask(ctx, dir, http.MethodPost, "/schema", order, &outcome); err != nil {
		return rootOnly(err)
	}
	if err := a.printJSON(outcome); err != nil || len(outcome.Problems) == 0 {
		return err
	}
	first := outcome.Problems[0]
	if first.Line == 0 {
		return fault.New(fault.Invalid, "nothing is published: %s", first.Message)
	}
	return fault.New(fault.Invalid, "nothing is published: %d problems, the first in line %d: %s", len(outcome.Problems), first.Line, first.Message).
		WithHint("correct the file and publish it again")
}

func (a *app) schemaPublicationsCommand() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "publications --dir DIR", Short: "list what the city has published of the schema; at the city also who has heard it",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all []operate.Publication
			err := a.ask(cmd.Context(), dir, http.MethodGet, "/schema/publications", nil, &all)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(all)
			}
			return a.printPublications(all)
		},
	}
	dirFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", true, "JSON; --json=false: a table")
	return cmd
}

func (a *app) printPublications(all []operate.Publication) error {
	w := show.NewTabs(a.out)
	fmt.Fprintln(w, a.lang.Say("VERSION\tON\tADDS\tWITHDRAWS\tHEARD BY\tMISSING"))
	for _, p := range all {
		heard, missing := "", []string{}
		if p.Heard != nil {
			heard = a.lang.Say("%d of %d", p.Heard.Devices, p.Heard.Of)
			for _, m := range p.Heard.Missing {
				missing = append(missing, m.Unit)
			}
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", p.Version, p.On, strings.Join(p.Adds, " "), strings.Join(p.Withdraws, " "), heard, strings.Join(missing, " "))
	}
	return fault.Wrap("write", w.Flush())
}
