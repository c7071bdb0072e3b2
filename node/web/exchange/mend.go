package exchange

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/node/desk"
	"tongbu/node/intake"
	"tongbu/node/people"
	"tongbu/node/uploads"
	"tongbu/node/web/visit"
)

func idsOf(refs []desk.Ref) (ids []change.RecordID) {
	for _, ref := range refs {
		ids = append(ids, ref.ID)
	}
	return ids
}

// mend takes in the rejected rows for which something is typed, under the run and the
// lines of their file: whatever is in already is not taken in again. "only" is the line
// of one row; "drop" that of one that nobody wants.
func (r *room) mend(v *visit.Visit) error {
	if err := v.R.ParseForm(); err != nil {
		return fault.As(fault.Invalid, "read the form", err)
	}
	typed := typedOf(v.R.PostForm)
	if only, err := strconv.Atoi(v.R.PostFormValue("only")); err == nil {
		typed = map[int]map[string][]string{only: typed[only]}
	}
	return r.mendRows(v, typed, v.R.PostFormValue("from"))
}

func (r *room) mendRows(v *visit.Visit, typed map[int]map[string][]string, from string) error {
	leave, err := r.enter(v)
	if err != nil {
		return err
	}
	defer leave()
	f, err := r.uploads.Get(v.Who.Login, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	a := aboutOf(f)
	var rows []uploads.Row
	for _, line := range slices.Sorted(maps.Keys(typed)) {
		row, err := r.uploads.Row(f, line)
		if fault.Of(err) == fault.NotFound || err == nil && (row.In || row.Closed || row.Dropped || len(typed[line]) == 0) {
			continue
		}
		if err != nil {
			return err
		}
		if err := r.retype(&row, typed[line]); err != nil {
			return err
		}
		rows = append(rows, row)
	}
	in, err := r.takeMended(v, f, &a, rows)
	if err != nil {
		return err
	}
	v.Site.Stale()
	return v.Go(back(f, in, len(rows)-in, from))
}

// retype sets what was typed into the object of a row. An empty field is one that the
// row says nothing of, but in a form that was filled in before.
func (r *room) retype(row *uploads.Row, typed map[string][]string) error {
	part, err := r.site.Desk.PartOf(row.Kind, typed)
	if err != nil {
		return err
	}
	object, said := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if err := json.Unmarshal(part.Item, &said); err != nil {
		return fault.As(fault.Internal, "read what was typed", err)
	}
	if err := json.Unmarshal(row.Item, &object); err != nil {
		return fault.As(fault.Damaged, "read a row", err)
	}
	for name, item := range said {
		if f := r.field(row.Kind, name); f == nil || f.ReadOnly || f.IsComputed() || name == "unit" {
			continue
		}
		if object[name] = item; string(item) == "null" && object["version"] == nil {
			delete(object, name)
		}
		row.Unread = slices.DeleteFunc(row.Unread, func(field string) bool { return field == name })
	}
	row.Item, err = json.Marshal(object)
	return fault.Wrap("write a row", err)
}

// takeMended takes in rows that were typed again. They are looked at first: one that is
// of a record which another row of the file was taken for is a twin, as it would have
// been in the file.
func (r *room) takeMended(v *visit.Visit, f uploads.File, a *about, rows []uploads.Row) (in int, err error) {
	if len(rows) == 0 {
		return 0, nil
	}
	looked, err := r.ask(v, f, rows, true)
	if err != nil {
		return 0, err
	}
	var ready []uploads.Row
	for i, row := range rows {
		if looked[i].Result != desk.Rejected {
			line, err := r.uploads.TakenBy(f, looked[i].ID)
			if err != nil {
				return 0, err
			}
			if line == 0 || line == row.Line {
				ready = append(ready, row)
				continue
			}
			looked[i] = desk.Imported{Line: row.Line, Result: desk.Rejected, SameAs: line, Why: errTwin.Error(), Hint: fault.Hint(errTwin)}
		}
		r.again(f, &rows[i], looked[i])
	}
	taken, err := r.ask(v, f, ready, false)
	if err != nil {
		return 0, err
	}
	var ids []uploads.Taken
	for i, one := range taken {
		at := slices.IndexFunc(rows, func(row uploads.Row) bool { return row.Line == one.Line })
		if one.Result == desk.Rejected { // somebody else has written meanwhile
			r.again(f, &rows[at], one)
			continue
		}
		in++
		count(a, one, &ready[i])
		rows[at] = ready[i]
		ids = append(ids, uploads.Taken{ID: one.ID, Line: one.Line})
	}
	a.Sum.Rejected, a.Mended = a.Sum.Rejected-in, a.Mended+in
	if err := r.uploads.PutRows(v.Ctx(), f, rows, ids); err != nil {
		return 0, err
	}
	return in, r.uploads.About(v.Ctx(), f.Owner, f.ID, a)
}

var errTwin = fault.New(fault.Invalid, "another row is of the same record").WithHint("leave one of them")

// again says of a row why it is still rejected.
func (r *room) again(f uploads.File, row *uploads.Row, one desk.Imported) {
	unread := row.Unread
	row.Wrong = slices.DeleteFunc(row.Wrong, func(w uploads.Wrong) bool { return !slices.Contains(unread, w.Field) })
	row.Twin = false
	refuse(row, one, r.titles(f))
}

// titles says what people call the rows of a file.
func (r *room) titles(f uploads.File) func(int) string {
	return func(line int) string {
		if row, err := r.uploads.Row(f, line); err == nil {
			return row.Title
		}
		return strconv.Itoa((line-1)%rowsOfSheet + 1)
	}
}

// rowsOfSheet is how many rows a sheet may have, for what its rows are called.
const rowsOfSheet = 1 << 20

// count counts a row that was taken in later.
func count(a *about, one desk.Imported, row *uploads.Row) {
	switch one.Result {
	case desk.Made:
		a.Sum.New++
	case desk.Changed:
		a.Sum.Changed++
	default:
		a.Sum.Unchanged++
	}
	row.In, row.Mended, row.ID, row.Item, row.Wrong, row.Twin = true, true, one.ID, nil, nil, false
	if soft(row, one.Warnings); len(row.Wrong) > 0 {
		a.Sum.Soft++
	}
}

// importing is how rows of a file are handed to the desk: a file gives nobody a right that
// the pages do not.
func importing(v *visit.Visit, f uploads.File, dry bool) desk.Importing {
	return desk.Importing{Actor: v.Who.Login, Run: intake.RunNamed(f.Sum), DryRun: dry, KeepsValid: !v.Who.Role.May(people.Lead), May: v.Writes}
}

// ask hands rows to the desk, and returns its answers in order.
func (r *room) ask(v *visit.Visit, f uploads.File, rows []uploads.Row, dry bool) (answers []desk.Imported, err error) {
	at := 0
	err = r.site.Desk.Import(v.Ctx(), importing(v, f, dry), func() (*desk.Row, error) {
		if at == len(rows) {
			return nil, io.EOF
		}
		row := rows[at]
		at++
		return &desk.Row{Line: row.Line, Kind: row.Kind, Unit: row.Unit, Item: row.Item, Unread: row.Unread}, nil
	}, func(one desk.Imported) error {
		answers = append(answers, one)
		return nil
	})
	return answers, err
}
