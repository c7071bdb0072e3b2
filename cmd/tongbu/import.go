package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tongbu/internal/fault"
	"tongbu/internal/mapping"
	"tongbu/internal/schema"
	"tongbu/internal/slack"
	"tongbu/node/intake"
	"tongbu/node/operate"
	"tongbu/node/sheet"
	"tongbu/node/socket"
)

type importOptions struct {
	dir, file, kind, sheet, rejects, run, mapped string

	dryRun, whole, named, json bool
}

func (a *app) importCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use: "import --dir DIR FILE", Short: "record the rows of a table: an Excel workbook, CSV or JSON Lines",
		Long: `Record the rows of a table: an Excel workbook (.xlsx), CSV (UTF-8, GB 18030,
UTF-16; separated by , ; or tab) or JSON Lines.

A row above the records names the fields, by label, standard code or name, in any
order. A sheet is of the kind it is named after (户 and 成员 are household and
person), or all are of --kind. Codes may be given as codes or names.

With --map the names and codes are those of another system, and a sheet is named after
its table (tongbu schema --map NAME shows all). What stands in columns that the map does
not know goes into the remark; a code that it does not know rejects the row.

A row is of the record that its id names, or that has its form number, ID number or
own number; of another it makes a new one. An empty cell leaves a field as it is, but
in a form that was filled in before (tongbu export --template --filter), where it
empties it; there a row that has an id needs its version too.

Rows that are right go in; the others are rejected, each with its reason, and
--rejects writes them as a file of the same form, to be corrected and imported. The
same file may be imported again, also after a failure: what is in is not written
again. A file that was changed is another one: rows that have no number (own number,
form number, ID number, id) are recorded once more, unless --run NAME is given both
times. The answer is one line of JSON: rows read, new, changed, unchanged, rejected,
and warnings. Exit code 2 says that rows were rejected.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file, o.named = args[0], cmd.Flags().Changed("run")
			return a.runImport(cmd.Context(), o)
		},
	}
	dirFlag(cmd, &o.dir)
	f := cmd.Flags()
	f.StringVar(&o.kind, "kind", "", "kind of record of all rows; empty: the names of the sheets say it")
	f.StringVar(&o.sheet, "sheet", "", "the one sheet that is read; empty: all that are of a kind")
	f.StringVar(&o.mapped, "map", "", "the file is the table of another system, by the map of this name; empty: it has our names")
	f.BoolVar(&o.dryRun, "dry-run", false, "check the rows and write nothing")
	f.BoolVar(&o.whole, "all-or-nothing", false, "write nothing when a row is rejected")
	f.StringVar(&o.rejects, "rejects", "", "write the rejected rows into this file, with their reasons")
	f.BoolVar(&o.json, "json", false, "say how far it is in lines, on a terminal too; the answer is JSON in any case")
	f.StringVar(&o.run, "run", "", "name of the run, for rows that nothing else names: the same row of the same run is recorded once; empty: the file's content names it")
	return cmd
}

// importSummary is the answer, a line of JSON.
type importSummary struct {
	Read      int `json:"read"`
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Rejected  int `json:"rejected"`
	Warnings  int `json:"warnings"`
}

func (a *app) runImport(ctx context.Context, o importOptions) error {
	if o.rejects != "" {
		if _, err := checkOutput(o.rejects); err != nil {
			return err
		}
	}
	f, size, err := openTable(o)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	c, err := a.client(ctx, o.dir)
	if err != nil {
		return err
	}
	defer c.Close()
	if c.Here() {
		defer paced(ctx)()
	}
	kinds, err := a.kindsOf(ctx, c, !o.dryRun)
	if err != nil {
		return err
	}
	p := &passing{app: a, client: c, kinds: kinds, options: o}
	if err := p.open(f, size); err != nil {
		return err
	}
	if err := p.run(ctx); err != nil {
		return err
	}
	return p.finish()
}

// The memory that an import takes where no other process serves the directory: so much,
// in bytes, before its garbage is collected at a pace at all, and in percent of what is
// in use beyond that. With less a third of its time would be the collector's.
const (
	importAllowance = 112 << 20
	importGarbage   = 50
)

// paced gives the process the allowance until its result is called.
func paced(ctx context.Context) func() {
	within, stop := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = slack.Run(within, slack.Config{Allowance: importAllowance, Beyond: importGarbage}) // it has no error
	}()
	return func() { stop(); <-over }
}

// openTable opens the file, and makes sure that the rejected rows can be written
// before any row is.
func openTable(o importOptions) (*os.File, int64, error) {
	if o.rejects != "" {
		if _, err := os.Lstat(o.rejects); err == nil {
			return nil, 0, fault.New(fault.Invalid, "the file for rejected rows is there already").
				WithHint("rows of before may be in it: give another name, or remove it")
		}
		if _, err := os.Stat(filepath.Dir(o.rejects)); err != nil {
			return nil, 0, fault.Wrap("write the rejected rows", err)
		}
	}
	f, err := os.Open(o.file)
	if err != nil {
		return nil, 0, fault.Wrap("read the file", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fault.New(fault.Invalid, "it is no file").WithHint("give a file on the disk")
	}
	if err != nil {
		_ = f.Close() // only read
		return nil, 0, fault.Wrap("read the file", err)
	}
	return f, info.Size(), nil
}

// kindsOf asks the directory what its records are, and when it is to be written to,
// whether it has room.
func (a *app) kindsOf(ctx context.Context, c *socket.Client, writes bool) (*schema.Schema, error) {
	if writes {
		var room operate.Disk
		if err := c.JSON(ctx, http.MethodGet, "/room", nil, &room); err != nil {
			return nil, err
		}
	}
	var d socket.Description
	if err := c.JSON(ctx, http.MethodGet, "/schema", nil, &d); err != nil {
		return nil, err
	}
	return d.Schema()
}

// open finds the tables of the file and tells what is to be said of them.
func (p *passing) open(f *os.File, size int64) (err error) {
	if p.file, err = sheet.Open(f, size, intake.FormatOf(p.options.file)); err != nil {
		return err
	}
	choice := sheet.Choice{Kind: p.options.kind, Sheet: p.options.sheet, Label: p.app.labelOf}
	if p.options.mapped != "" {
		if choice.Map, err = mapping.Find(p.options.mapped); err != nil {
			return err
		}
	}
	tables, told, err := p.file.Tables(p.kinds, choice)
	for _, one := range told {
		p.app.tell("%s", p.app.lang.Line(one.Error()))
	}
	if err != nil {
		return err
	}
	p.tables = tables
	p.name = p.options.run
	if !p.options.named {
		p.name, err = intake.RunOf(io.NewSectionReader(f, 0, size))
	}
	return err
}

// run passes the rows to the directory; when all or none are to go in, first to be
// checked only.
func (p *passing) run(ctx context.Context) error {
	if p.options.whole && !p.options.dryRun {
		if err := p.pass(ctx, true); err != nil || p.sum.Rejected > 0 {
			p.sum.New, p.sum.Changed, p.withheld = 0, 0, true
			return err
		}
	}
	return p.pass(ctx, p.options.dryRun)
}

// finish writes what was rejected, and the answer.
func (p *passing) finish() error {
	if p.options.rejects != "" && len(p.reasons) > 0 {
		err := save(p.options.rejects, false, func(w io.Writer) error {
			return p.file.WriteRejects(w, filepath.Dir(p.options.rejects), p.tables, p.reasons)
		})
		if err != nil {
			return err
		}
	}
	p.tellRejected()
	p.tellFindings()
	if err := p.app.printJSONLine(p.sum); err != nil || p.sum.Rejected == 0 {
		return err
	}
	switch {
	case p.withheld:
		return fault.New(fault.Invalid, "%d rows were rejected: nothing was written", p.sum.Rejected).WithHint("%s", p.hint())
	case p.options.dryRun:
		return fault.New(fault.Invalid, "%d rows would be rejected", p.sum.Rejected).WithHint("%s", p.hint())
	}
	return fault.New(fault.Invalid, "%d rows were rejected: the others are in", p.sum.Rejected).WithHint("%s", p.hint())
}

// hint says how the rejected rows come in. The rows that are in must not come once more:
// a file that was changed is another one, and what names a row by its line does not
// know it there.
func (p *passing) hint() string {
	lang := p.app.lang
	switch {
	case p.withheld || p.options.dryRun: // the file of --rejects has the rejected rows alone
		return lang.Say("correct these rows and import the file again; --rejects FILE writes them with their reasons")
	case p.options.rejects != "" && p.options.named:
		return lang.Say("correct the rows in the file of --rejects, and import that without this --run")
	case p.options.rejects != "":
		return lang.Say("correct the rows in the file of --rejects, and import that; what is rejected of it, with --rejects and another name again")
	case !p.unnamed:
		return lang.Say("correct these rows and import the file again; --rejects FILE writes them with their reasons")
	case p.options.named:
		return lang.Say("correct these rows where they stand and import the file with the same --run: without it, rows that have no number are recorded once more")
	}
	return lang.Say("import this file as it is with --rejects FILE, correct the rows in FILE and import that: of a corrected file, rows that have no number are recorded once more, unless --run NAME was given both times")
}
