package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/mapping"
	"tongbu/internal/schema"
	"tongbu/node/intake"
	"tongbu/node/sheet"
	"tongbu/node/socket"
)

type exportOptions struct {
	dir, kind, file, filter, on, format, encoding, purpose, mapped string

	server                    serverOptions
	print, template, filtered bool
}

func (a *app) exportCommand() *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use: "export --dir DIR|--server URL KIND FILE", Short: "write records of this directory as a table: Excel, CSV or JSON Lines",
		Long: `Write the records of a kind into FILE, as a table that may be imported again:
codes with their names, references by the numbers of what they name.

--print writes the list as it is printed and signed, with codes in words. --template
writes a form to fill in, with lists to choose from; with --filter it has the records
that match, to be corrected: import writes what was changed in it, and what another
has changed meanwhile is kept beside it as a conflict.

--map writes the table of another system: its names in its order, its codes, its form
of dates (tongbu schema --map NAME shows it). What of a record has no column or no code
there stands in a last column, tongbu, and is told; take that column out of a file
for somebody who is to have no more than the others say.

--server asks a hub from another machine, as a program: the file has the rows as
tongbu query shows them, in CSV or JSON Lines.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.kind, o.file, o.filtered = args[0], args[1], cmd.Flags().Changed("filter")
			return a.runExport(cmd.Context(), o)
		},
	}
	placeFlag(cmd, &o.dir)
	serverFlags(cmd, &o.server)
	purposeFlag(cmd, &o.purpose)
	f := cmd.Flags()
	f.StringVar(&o.filter, "filter", "", `AIP-160 filter, as in 'sex = "2" AND name = "王*"'`)
	f.StringVar(&o.on, "on", "", "the day on which the rows of ledgers and facts are as they are written, as 2026-11-30; empty: today")
	f.StringVar(&o.format, "format", "", "xlsx, csv or jsonl; empty: as the name of the file says")
	f.StringVar(&o.encoding, "encoding", "utf-8", "of csv: utf-8 or gb18030")
	f.StringVar(&o.mapped, "map", "", "write it as the table of another system, by the map of this name; empty: by our names")
	f.BoolVar(&o.print, "print", false, "in the layout of the printed list")
	f.BoolVar(&o.template, "template", false, "a form to fill in; with --filter it has the records that match")
	return cmd
}

// choose settles what is written, and refuses what does not go together.
func (o *exportOptions) choose() error {
	if o.format == "" {
		o.format = strings.TrimPrefix(strings.ToLower(filepath.Ext(o.file)), ".")
	}
	o.encoding = strings.ToLower(strings.ReplaceAll(o.encoding, "-", ""))
	switch format := sheet.Format(o.format); {
	case format != sheet.XLSX && format != sheet.CSV && format != sheet.JSONL:
		return fault.New(fault.Invalid, "format %q is not xlsx, csv or jsonl", o.format).WithHint("give --format, or name the file so")
	case o.print && o.template:
		return fault.New(fault.Invalid, "a printed list is no form").WithHint("give --print or --template")
	case o.mapped != "" && (o.print || o.template):
		return fault.New(fault.Invalid, "the table of another system is no printed list and no form").WithHint("leave out --map, or --print and --template")
	case o.print && format != sheet.XLSX:
		return fault.New(fault.Invalid, "only a workbook has the layout of the printed list").WithHint("leave out --print, or write .xlsx")
	case o.encoding != "utf8" && o.encoding != "gb18030":
		return fault.New(fault.Invalid, "the encoding is neither utf-8 nor gb18030")
	case o.encoding == "gb18030" && format != sheet.CSV:
		return fault.New(fault.Invalid, "only csv has another encoding").WithHint("leave out --encoding")
	}
	return nil
}

func (a *app) runExport(ctx context.Context, o exportOptions) error {
	if err := o.server.needsPlace(o.dir); err != nil {
		return err
	}
	if err := o.choose(); err != nil {
		return err
	}
	if _, err := checkOutput(o.file); err != nil {
		return err
	}
	if o.server.url != "" {
		return a.exportFrom(ctx, o)
	}
	c, err := a.client(ctx, o.dir)
	if err != nil {
		return err
	}
	defer c.Close()
	var d socket.Description
	if err := c.JSON(ctx, http.MethodGet, "/schema", nil, &d); err != nil {
		return err
	}
	kinds, err := d.Schema()
	if err != nil {
		return err
	}
	k, ok := kinds.Kind(o.kind)
	if !ok {
		return fault.New(fault.Invalid, "no such kind of record: %q", o.kind).WithHint("kinds: %s", sheet.KindNames(kinds))
	}
	of, err := tableOf(o.mapped, k)
	if err != nil {
		return err
	}
	w := &exporting{app: a, client: c, options: o}
	w.layout = sheet.Layout{Kind: k, Print: o.print, Template: o.template, Filled: o.filtered, Unit: d.Unit, Name: d.Name, Day: cmp.Or(o.on, d.Today), Map: of, Left: map[string]int{}}
	if err := a.replacing([]string{o.file}, func(to []io.Writer) error { return w.write(ctx, to[0]) }); err != nil {
		return err
	}
	a.tell("%d rows", w.rows-w.refused)
	w.tellLeft()
	if w.refused > 0 {
		return fault.New(fault.Invalid, "%d records are not in the file", w.refused).WithHint("their reasons stand above; the others are in it")
	}
	return nil
}

// tableOf is the table of another system that a kind is written as; nil where no map is
// asked for.
func tableOf(name string, k *schema.Kind) (*mapping.Table, error) {
	if name == "" {
		return nil, nil
	}
	m, err := mapping.Find(name)
	if err != nil {
		return nil, err
	}
	return m.Of(k.Name)
}

// exporting is an export under way.
type exporting struct {
	app     *app
	client  *socket.Client
	options exportOptions
	layout  sheet.Layout
	rows    int
	refused int
}

func (w *exporting) write(ctx context.Context, to io.Writer) error {
	records := func(yield func(*sheet.Record) error) error { return w.records(ctx, yield) }
	out := sheet.Out{Format: sheet.Format(w.options.format), Layout: w.layout, Temp: filepath.Dir(w.options.file)}
	if w.options.encoding == "gb18030" {
		out.Charset = sheet.GB18030
	}
	return sheet.Write(to, out, records, w.refuse)
}

// records reads the records that are asked for; an empty form has none.
func (w *exporting) records(ctx context.Context, yield func(*sheet.Record) error) error {
	if w.options.template && !w.options.filtered {
		return nil
	}
	q := url.Values{"filter": {w.options.filter}, "on": {w.options.on}, "purpose": {w.options.purpose}}
	switch {
	case w.options.print:
		q.Set("names", "1")
	case w.options.mapped != "":
		q.Set("numbers", "1")
	}
	return w.client.Lines(ctx, http.MethodGet, "/export/"+segment(w.options.kind)+"?"+q.Encode(), nil, func(line []byte) error {
		r, err := sheet.ReadRecord(line)
		if err != nil {
			return err
		}
		w.rows++
		return yield(r)
	})
}

// tellLeft says what of the records the other system has no column or code for.
func (w *exporting) tellLeft() {
	if w.layout.Map == nil || len(w.layout.Left) == 0 {
		return
	}
	var parts []string
	for _, f := range w.layout.Kind.Fields {
		if n := w.layout.Left[f.Name]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", w.app.labelOf(f.Label), n))
		}
	}
	w.app.tell("the last column, %s, has what %s has no column or code for (field and records): %s", mapping.Rest, w.layout.Map.Map.Name, strings.Join(parts, ", "))
}

func (w *exporting) refuse(number int, why error) error {
	if w.refused++; w.refused <= shownReasons {
		w.app.tell("record %d: %s", number, intake.Sentence(w.app.lang, why.Error(), fault.Hint(why)))
	}
	return nil
}
