package desk

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
)

// Row is one row of an import: an object as Put takes it, and beside it what a table
// says of it.
type Row struct {
	Line int             `json:"line"` // its place in the file, which names it in the run
	Kind string          `json:"kind"`
	Unit string          `json:"unit,omitempty"` // division code of the unit that the row says it is of
	Item json.RawMessage `json:"item"`
	// Unread are fields whose cells cannot be read. The row is rejected, and what else
	// is wrong with it is said too, so that it is corrected once.
	Unread []string `json:"unread,omitempty"`
}

// Importing says how rows are imported.
type Importing struct {
	Actor  string
	Run    string // names the input, as in Saving
	Named  bool
	DryRun bool // nothing is written
	// KeepsValid rejects rows that would make a record void or valid again.
	KeepsValid bool
	// May says of which kinds who imports may bring records; nil: of all that are written here.
	May func(*schema.Kind) bool
}

// Imported is what became of a row.
type Imported struct {
	Line     int              `json:"line"`
	ID       change.RecordID  `json:"id,omitempty"`
	Result   Result           `json:"result"`
	Warnings []string         `json:"warnings,omitempty"` // as those of Written
	Refused  []schema.Problem `json:"refused,omitempty"`  // the rules that a rejected row breaks
	Why      string           `json:"why,omitempty"`      // why else it is rejected
	Hint     string           `json:"hint,omitempty"`
	SameAs   int              `json:"same_as,omitempty"` // line of the row before that is of the same record
	// ByLine says that the run and the line alone name the record: the row makes another
	// one when it comes in another file.
	ByLine bool `json:"by_line,omitempty"`
}

// Rejected is the result of a row that was not written.
const Rejected Result = "rejected"

// maxChunk and perChunk bound the rows of one transaction, in number and bytes. Rows lie
// all over the file: of more of them a transaction would hold most of it.
const (
	maxChunk = 500
	perChunk = 8 << 20
)

// Import saves rows of one or several kinds as they come, up to maxChunk in a
// transaction. A row that is wrong is rejected with its reason and the others go in;
// next returns io.EOF behind the last, and tell is called for each when it is on
// disk, in order. A row is of the record that its id, what stands once in the unit
// (a form number, an ID number) or its own number names, else of its line in the run;
// the second row of one record is rejected. An empty import is none. It returns what
// Save does of the directory and of kinds as a whole, and what next and tell return.
func (d *Desk) Import(ctx context.Context, how Importing, next func() (*Row, error), tell func(Imported) error) error {
	in, err := d.newIntake(how)
	if err != nil {
		return err
	}
	for {
		rows, readErr := readChunk(next)
		if len(rows) > 0 {
			if err := in.pass(ctx, rows, tell); err != nil {
				return err
			}
			if !how.DryRun {
				clear(in.numbers) // they are stored
				clear(in.fresh)
			}
			in.letGo()
		}
		switch {
		case errors.Is(readErr, io.EOF):
			return nil
		case readErr != nil:
			return readErr
		case ctx.Err() != nil:
			return fault.Wrap("import", ctx.Err())
		}
	}
}

func readChunk(next func() (*Row, error)) (rows []Row, err error) {
	for size := 0; len(rows) < maxChunk && size < perChunk; {
		row, err := next()
		if err != nil {
			return rows, err
		}
		rows, size = append(rows, *row), size+len(row.Item)
	}
	return rows, nil
}

// intake is an import under way.
type intake struct {
	*Desk
	how   Importing
	kinds map[string]*saver
	near  *near
	met   map[change.RecordID]int  // line of the row that was taken for a record
	ghost map[change.RecordID]bool // rejected rows would have made them: near has them, and nobody else

	// numbers are the unit's own, of the records of met that are not stored yet.
	numbers map[change.RecordID]string
	// workers are those whom notices name, with the line of each; known are the persons whom
	// the ID numbers of workers lead to.
	workers map[string]int
	known   map[string][]FoundPerson
	// fresh are the values of new records that others copy texts from, likewise.
	fresh map[change.RecordID]map[string]change.Value
}

func (d *Desk) newIntake(how Importing) (*intake, error) {
	saving := Saving{Run: how.Run, Named: how.Named}
	in := &intake{Desk: d, how: how, kinds: map[string]*saver{}, near: d.newNear(nil),
		met: map[change.RecordID]int{}, ghost: map[change.RecordID]bool{}, numbers: map[change.RecordID]string{}, fresh: map[change.RecordID]map[string]change.Value{}, workers: map[string]int{}}
	return in, saving.validate()
}

// haunt says whether a record is there only because a rejected row would have made it.
func (in *intake) haunt(id change.RecordID, rejected bool) {
	if rejected {
		in.ghost[id] = true
		return
	}
	delete(in.ghost, id)
}

// letGo lets go of the pages of the journal that were read. They count as memory of the
// program, a thousand records read nearly all of them, and so does each step.
func (d *Desk) letGo() { _ = d.at.Journal.Rest() } // closed: who writes next says so

// pass takes in some rows.
func (in *intake) pass(ctx context.Context, rows []Row, tell func(Imported) error) error {
	if err := in.prepare(rows); err != nil {
		return err
	}
	placed, err := in.placeRows(ctx, rows)
	if err != nil {
		return err
	}
	told := make([]Imported, len(rows))
	ready, err := in.check(placed, told)
	if err != nil {
		return err
	}
	if !in.how.DryRun {
		if err := in.writeAll(ctx, ready, told); err != nil {
			return err
		}
	}
	for _, one := range told {
		if err := tell(one); err != nil {
			return err
		}
	}
	return nil
}

// prepare refuses what no row could be: a kind that is not written here, a disk that
// is full.
func (in *intake) prepare(rows []Row) error {
	if !in.how.DryRun {
		if err := in.Room(); err != nil {
			return err
		}
	}
	for _, row := range rows {
		if in.kinds[row.Kind] != nil {
			continue
		}
		k, err := in.writableKind(row.Kind)
		if err != nil {
			return err
		}
		if err := notByHand(k, Saving{}); err != nil {
			return err
		}
		if in.how.May != nil && !in.how.May(k) {
			return errNotTheirs
		}
		in.kinds[row.Kind] = &saver{Desk: in.Desk, kind: k, fresh: in.fresh, how: Saving{Actor: in.how.Actor, Run: in.how.Run, Named: in.how.Named, KeepsValid: in.how.KeepsValid}}
	}
	return nil
}

// check checks rows in one transaction that writes nothing, and says of those that
// are not written what became of them.
func (in *intake) check(placed *placedRows, told []Imported) (ready []admitted, err error) {
	err = in.at.Streams.View(func(tx *journal.Tx) error {
		c, err := in.newChecker(tx, placed.rows)
		if err != nil {
			return err
		}
		for i, row := range placed.rows {
			c.saver, c.met = in.kinds[row.Kind], map[change.RecordID]*ahead{}
			if placed.refused[i] != nil {
				told[i] = rejectedRow(row.Line, nil, placed.refused[i])
				continue
			}
			e, result, err := in.checkRow(c, row)
			if err == nil && row.Kind == layoffWorker && e.drawn.known == nil && in.at.IsHub() {
				err = in.nameWorker(e.drawn.whole, row.Line)
			}
			e.warnings = append(e.warnings, placed.warned[i]...)
			if err != nil && !refuses(err) {
				return err
			}
			if told[i] = (Imported{Line: row.Line, ID: e.name, Result: result, Warnings: e.warnings, ByLine: e.unnamed}); err != nil {
				told[i] = rejectedRow(row.Line, e.refused, err)
				continue
			}
			if result != Unchanged {
				ready = append(ready, admitted{at: i, to: c.saver, entry: e})
			}
		}
		return in.near.err
	})
	return ready, err
}

// newChecker makes what checks the rows of one transaction, with what the rows before
// have left.
func (in *intake) newChecker(tx *journal.Tx, rows []Row) (*checker, error) {
	c := &checker{tx: tx, near: in.near}
	in.near.tx = tx
	day, _, err := in.at.Today(tx)
	if err != nil {
		return nil, err
	}
	c.today = day
	for _, of := range in.kinds {
		if !in.near.whole {
			if err := in.near.prepare(of.kind, len(rows)); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// checkRow finds the record of a row and checks it as it will be.
func (in *intake) checkRow(c *checker, row Row) (e entry, result Result, err error) {
	if in.isElsewhere(row.Unit) {
		return e, "", fault.New(fault.Invalid, "the row is of another unit: %s", change.PlainNumber(row.Unit)).
			WithHint("import it there; a record that moves here is offered by that unit")
	}
	e.item = Item{Line: row.Line, JSON: row.Item}
	t, err := e.item.decode()
	if err != nil {
		return e, "", err
	}
	e.typed = &t
	if err := in.nameRow(c, &e); err != nil {
		return e, "", err
	}
	if first, twice := in.met[e.name]; twice {
		return e, "", twin{error: errTwin, line: first}
	}
	nobody, err := in.nameCalled(c, t.object)
	if err != nil {
		return e, "", err
	}
	drawn, err := c.checkNamed(&e, t)
	if nobody != nil && (err == nil || e.refused != nil) {
		e.instead(nobody)
		err = errNobody
	}
	if in.haunt(e.name, err != nil && drawn.known == nil); err != nil {
		if e.refused != nil && e.leaveOut(row.Unread) == 0 {
			err = errUnread
		}
		return e, "", err
	}
	if len(row.Unread) > 0 {
		in.haunt(e.name, drawn.known == nil)
		return e, "", errUnread
	}
	e.drawn = &drawn
	if drawn.known == nil && c.kind.Lends() {
		in.fresh[e.name] = drawn.whole
	}
	in.met[e.name] = row.Line
	if number := drawn.whole[schema.OwnNo]; drawn.known == nil && !number.IsNull() {
		in.numbers[e.name] = number.Text()
	}
	return e, drawn.result(&e), nil
}

var errNotTheirs = fault.New(fault.Denied, "who imports may not write records of this kind").WithHint("ask the head of the station")

var errUnread = fault.New(fault.Invalid, "a cell of the row cannot be read")

var errNobody = fault.New(fault.Invalid, "the row is about nobody who is here")

// instead says the problems of fields in place of what else is said of these.
func (e *entry) instead(problems []schema.Problem) {
	for _, p := range problems {
		e.leaveOut([]string{p.Field})
	}
	e.refused = append(problems, e.refused...)
}

// leaveOut drops what is said of fields whose cells cannot be read, as nothing is
// filled in there because of that, and returns how much is left.
func (e *entry) leaveOut(fields []string) int {
	e.refused = slices.DeleteFunc(e.refused, func(p schema.Problem) bool { return slices.Contains(fields, p.Field) })
	return len(e.refused)
}

// isElsewhere reports whether a row says that it is of another unit. While the tree is
// not here nobody knows, and an id that it does not know says nothing.
func (in *intake) isElsewhere(said string) bool {
	t := in.at.Members.Tree()
	if said == "" || t == nil {
		return false
	}
	u, known := t.ByCode(said)
	if !known {
		u, known = t.Unit(change.UnitID(said))
	}
	return known && u.ID != in.at.Members.Unit().ID || !known && len(said) == codeLength
}

// result is what a draft will make of its record.
func (drawn *draft) result(e *entry) Result {
	switch {
	case drawn.known == nil:
		return Made
	case e.byLine || len(drawn.changedValues()) == 0:
		return Unchanged
	}
	return Changed
}
