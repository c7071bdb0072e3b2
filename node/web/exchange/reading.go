package exchange

import (
	"encoding/json"
	"errors"
	"io"
	"iter"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/intake"
	"tongbu/node/sheet"
	"tongbu/node/uploads"
	"tongbu/node/web/visit"
)

// Bounds of one import.
const (
	maxRows     = 50_000
	maxRejected = 5000 // rows that are kept to be mended; what goes beyond is counted
	maxSoft     = 2000 // rows that are in and to be checked, likewise
	shownFirst  = 50   // rejected rows that the first look keeps
	perWrite    = 500  // rows kept in one transaction
)

// about is what is known of a file.
type about struct {
	Kind   string   `json:"kind,omitempty"` // chosen; "": the file says it
	Sheets []string `json:"sheets"`         // kinds of its sheets, by name
	Told   []told   `json:"told,omitempty"` // of the file as a whole
	Sum    sum      `json:"sum"`
	Done   bool     `json:"done"` // it is imported; else it was looked through
	ByLine bool     `json:"by_line,omitempty"`
	Mended int      `json:"mended,omitempty"`
}

type told struct{ Text, Hint string }

// sum counts rows.
type sum struct {
	Read, New, Changed, Unchanged, Rejected, Soft int
	Left                                          int // rejected rows that are counted only
}

func aboutOf(f uploads.File) (a about) {
	_ = json.Unmarshal(f.About, &a) // written here; of one that was left halfway nothing is known
	return a
}

// open reads what stands before the rows of a file, and finds what it is of.
func (r *room) open(f uploads.File, a *about) (file *sheet.File, tables []*sheet.Table, err error) {
	kinds := r.site.Replica.Schema
	if file, err = sheet.Open(r.uploads.Read(f), f.Size, intake.FormatOf(f.Name)); err != nil {
		return nil, nil, err
	}
	tables, said, err := file.Tables(kinds, sheet.Choice{Kind: a.Kind})
	if err != nil && a.Kind == "" && fault.Of(err) == fault.Invalid {
		likely, failed := file.Likely(kinds, r.kinds())
		switch {
		case failed != nil:
			return nil, nil, failed
		case likely == nil:
			return nil, nil, errUnsaid
		}
		a.Kind = likely.Name
		tables, said, err = file.Tables(kinds, sheet.Choice{Kind: likely.Name})
	}
	if err != nil {
		return nil, nil, err
	}
	a.Sheets, a.Told = nil, nil
	for _, t := range tables {
		a.Sheets = append(a.Sheets, t.Kind.Name)
	}
	for _, one := range said {
		a.Told = append(a.Told, told{one.Error(), fault.Hint(one)})
	}
	return file, tables, nil
}

var errUnsaid = fault.New(fault.Invalid, "nothing says what kind of record the file is of").WithHint("choose the kind, or begin with an empty form from the export page")

// look looks through a file and writes no record.
func (r *room) look(v *visit.Visit, f uploads.File, a *about) error { return r.pass(v, f, a, true) }

// pass hands all rows of a file to the desk, and keeps those of which something is to be
// said.
func (r *room) pass(v *visit.Visit, f uploads.File, a *about, dry bool) error {
	file, tables, err := r.open(f, a)
	if err != nil {
		return err
	}
	if err := r.uploads.ForgetRows(v.Ctx(), f); err != nil {
		return err
	}
	a.Sum, a.ByLine = sum{}, false
	p := &passing{room: r, v: v, of: f, about: a, file: file, dry: dry}
	next, stop := iter.Pull2(rowsOf(tables))
	defer stop()
	if err := r.site.Desk.Import(v.Ctx(), importing(v, f, dry), func() (*desk.Row, error) { return p.next(next) }, p.told); err != nil {
		return err
	}
	if err := p.flush(); err != nil {
		return err
	}
	a.Done = !dry
	return r.uploads.About(v.Ctx(), f.Owner, f.ID, a)
}

// given is a row of a table.
type given struct {
	table *sheet.Table
	row   *sheet.Row
}

// rowsOf are the rows of tables, each good until the next one is asked for.
func rowsOf(tables []*sheet.Table) iter.Seq2[given, error] {
	return func(yield func(given, error) bool) {
		for _, t := range tables {
			err := t.Rows(func(row *sheet.Row) error {
				if !yield(given{t, row}, nil) {
					return errEnough
				}
				return nil
			})
			if errors.Is(err, errEnough) {
				return
			}
			if err != nil && !yield(given{}, err) {
				return
			}
		}
	}
}

var errEnough = errors.New("enough")

// passing is a file on its way to the desk.
type passing struct {
	*room
	v     *visit.Visit
	of    uploads.File
	about *about
	file  *sheet.File
	dry   bool

	asked []uploads.Row // rows that the desk has and has not answered, in order
	rows  []uploads.Row // to be kept
	taken []uploads.Taken
	kept  int // bytes of rows that are kept
}

// next is the next row that the desk is asked about; of one that cannot be read at all
// it is not.
func (p *passing) next(pull func() (given, error, bool)) (*desk.Row, error) {
	for {
		g, err, more := pull()
		switch {
		case !more:
			return nil, io.EOF
		case err != nil:
			return nil, err
		}
		if p.about.Sum.Read++; p.about.Sum.Read > maxRows {
			return nil, fault.New(fault.Invalid, "more than %d rows: bring them in several files", maxRows)
		}
		one, ask := intake.RowOf(g.table, g.row)
		row := uploads.Row{Line: one.Line, Title: p.file.Title(one.Line), Kind: one.Kind, Unit: one.Unit, Item: one.Item, Unread: one.Unread, Closed: !ask}
		for _, problem := range g.row.Problems {
			row.Wrong = append(row.Wrong, wrongOf(problem))
		}
		if ask {
			p.asked = append(p.asked, row)
			return &one, nil
		}
		if err := p.reject(row); err != nil {
			return nil, err
		}
	}
}

func wrongOf(p sheet.Problem) uploads.Wrong {
	w := uploads.Wrong{Given: p.Text, Text: p.Err.Error(), Hint: fault.Hint(p.Err)}
	if p.Field != nil {
		w.Field = p.Field.Name
	}
	return w
}

// told takes what became of the row that was asked about first.
func (p *passing) told(one desk.Imported) error {
	row := p.asked[0]
	p.asked = p.asked[1:]
	p.about.ByLine = p.about.ByLine || one.ByLine
	row.ID = one.ID
	switch one.Result {
	case desk.Made:
		p.about.Sum.New++
	case desk.Changed:
		p.about.Sum.Changed++
	case desk.Unchanged:
		p.about.Sum.Unchanged++
	default:
		refuse(&row, one, p.file.Title)
		return p.reject(row)
	}
	row.In, row.Item = true, nil
	if !p.dry {
		p.taken = append(p.taken, uploads.Taken{ID: one.ID, Line: one.Line})
	}
	if soft(&row, one.Warnings); len(row.Wrong) > 0 {
		if p.about.Sum.Soft++; p.about.Sum.Soft <= maxSoft && !p.dry {
			p.rows = append(p.rows, row)
		}
	}
	return p.flushFull()
}

func (p *passing) reject(row uploads.Row) error {
	p.about.Sum.Rejected++
	most := maxRejected
	if p.dry {
		most = shownFirst
	}
	if p.about.Sum.Rejected > most || p.kept+len(row.Item) > uploads.MaxRows {
		p.about.Sum.Left++
		return nil
	}
	p.kept += len(row.Item)
	p.rows = append(p.rows, row)
	return p.flushFull()
}

func (p *passing) flushFull() error {
	if len(p.rows) < perWrite && len(p.taken) < perWrite {
		return nil
	}
	return p.flush()
}

func (p *passing) flush() error {
	err := p.uploads.PutRows(p.v.Ctx(), p.of, p.rows, p.taken)
	p.rows, p.taken = nil, nil
	return err
}

// refuse says of a row why the desk rejected it.
func refuse(row *uploads.Row, one desk.Imported, title func(int) string) {
	if one.SameAs > 0 {
		row.Twin = true
		row.Wrong = append(row.Wrong, uploads.Wrong{Text: one.Why, Hint: one.Hint, Given: title(one.SameAs)})
		return
	}
	if one.Why != "" {
		row.Wrong = append(row.Wrong, uploads.Wrong{Text: one.Why, Hint: one.Hint})
	}
	for _, problem := range one.Refused {
		row.Wrong = append(row.Wrong, uploads.Wrong{Field: problem.Field, Given: textIn(row.Item, problem.Field), Rule: problem.Rule, Text: problem.Message, Zh: problem.Zh})
	}
}

// textIn is what an object says in a field, as people would type it.
func textIn(item json.RawMessage, field string) string {
	var object map[string]any
	if json.Unmarshal(item, &object) != nil || object[field] == nil {
		return ""
	}
	if text, is := object[field].(string); is {
		return text
	}
	raw, _ := json.Marshal(object[field]) // it was read from JSON
	return string(raw)
}

// labelOf is what a kind is called.
func (r *room) labelOf(v *visit.Visit, name string) string {
	if k, known := r.site.Replica.Schema.Kind(name); known {
		return k.Label.In(string(v.Lang))
	}
	return name
}

func (r *room) field(kind, name string) *schema.Field {
	k, known := r.site.Replica.Schema.Kind(kind)
	if !known {
		return nil
	}
	f, _ := k.Field(name)
	return f
}

func sentence(v *visit.Visit, err error) string {
	return intake.Sentence(v.Lang, err.Error(), hintFor(err))
}

// hintFor is the hint of an error where it is for who uses pages: commands are for
// operators.
func hintFor(err error) string { return pageHint(fault.Hint(err)) }
