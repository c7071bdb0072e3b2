package exchange

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tongbu/internal/journal"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/intake"
	"tongbu/node/uploads"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// perPage is how many rejected rows are on one page.
const perPage = 25

// filePage is the page of a file: what came of it, or would.
type filePage struct {
	Tab, ID, Name, At string
	About             about
	Kinds             string
	Told              []string
	Rejected, Soft    []rowView
	Next              string // address of the rejected rows that follow; "": none
	More              bool   // soft rows that are not listed
	Mendable          bool
	Done, Left        string // of what was mended just now: what is in, and what is not
	Error             string
}

// rowView is a row with what is wrong with it.
type rowView struct {
	Line             int
	Title, Who, Edit string
	Whole            string // address of the whole row; "": it is mended in the file alone
	Wrong            []wrongView
}

type wrongView struct {
	Name               string // of the input; "": there is none
	Field, Given, Text string
	Like               string
	Typed              string
}

func (r *room) showFile(v *visit.Visit) error { return r.filePage(v, "") }

func (r *room) filePage(v *visit.Visit, why string) error {
	f, err := r.uploads.Get(v.Who.Login, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	a := aboutOf(f)
	page := filePage{Tab: "import", ID: f.ID, Name: f.Name, At: pages.When(v.Lang, f.At, v.Now()), About: a, Error: why}
	for i, kind := range a.Sheets {
		if i > 0 {
			page.Kinds += v.Say("、", ", ")
		}
		page.Kinds += r.labelOf(v, kind)
	}
	for _, one := range a.Told {
		page.Told = append(page.Told, intake.Sentence(v.Lang, one.Text, pageHint(one.Hint)))
	}
	page.Done, page.Left = sayMended(v)
	from, _ := strconv.Atoi(v.R.URL.Query().Get("from")) // none is 0
	err = r.readRows(v, f, from, &page)
	if err != nil {
		return err
	}
	return v.Page("exchange", "exchange/file", page)
}

// readRows reads the rows of a file for its page.
func (r *room) readRows(v *visit.Visit, f uploads.File, from int, page *filePage) error {
	var rejected, in []uploads.Row
	err := r.uploads.EachRow(f, from, func(row uploads.Row) error {
		switch {
		case row.Dropped:
		case row.In:
			if len(in) == perPage {
				page.More = true
				return nil
			}
			in = append(in, row)
		case len(rejected) == perPage:
			page.Next = "/import/" + f.ID + "?from=" + strconv.Itoa(row.Line)
			return journal.ErrStop
		default:
			rejected = append(rejected, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, row := range rejected {
		view := r.viewOf(v, f, row, page.About.Done)
		page.Mendable = page.Mendable || view.Whole != ""
		page.Rejected = append(page.Rejected, view)
	}
	for _, row := range in {
		if len(row.Wrong) > 0 {
			page.Soft = append(page.Soft, r.viewOf(v, f, row, false))
		}
	}
	return r.nameSoft(v, in, page)
}

// nameSoft says of whom the rows are that are in.
func (r *room) nameSoft(v *visit.Visit, in []uploads.Row, page *filePage) error {
	names := map[int]string{}
	for _, k := range r.kinds() {
		var rows []uploads.Row
		var ids []desk.Ref
		for _, row := range in {
			if row.Kind == k.Name && row.ID != "" && len(row.Wrong) > 0 {
				rows, ids = append(rows, row), append(ids, desk.Ref{Kind: k.Name, ID: row.ID})
			}
		}
		if len(ids) == 0 {
			continue
		}
		said, err := r.site.Desk.Several(v.Ctx(), k.Name, idsOf(ids), v.Asker("import"))
		if err != nil {
			return err
		}
		for _, one := range said {
			for _, row := range rows {
				if row.ID == one.ID {
					names[row.Line] = one.Called
				}
			}
		}
	}
	for i := range page.Soft {
		page.Soft[i].Who = cmp.Or(names[page.Soft[i].Line], page.Soft[i].Who)
	}
	return nil
}

// viewOf sets a row for the page; mends: its fields may be typed again.
func (r *room) viewOf(v *visit.Visit, f uploads.File, row uploads.Row, mends bool) rowView {
	k, _ := r.site.Replica.Schema.Kind(row.Kind)
	view := rowView{Line: row.Line, Title: row.Title, Who: schema.MaskIDNumbers(cmp.Or(textIn(row.Item, "name"), textIn(row.Item, "head_name")))}
	if k != nil && view.Who == "" && k.Sort == schema.Event { // whom it is about, as it is written
		view.Who = schema.MaskIDNumbers(textIn(row.Item, k.Subject))
	}
	if row.In && row.ID != "" {
		view.Edit = values.EditPath(row.Kind, row.ID)
	}
	if mends && !row.Closed && k != nil {
		view.Whole = "/import/" + f.ID + "/row/" + strconv.Itoa(row.Line)
	}
	met := map[string]bool{}
	for _, w := range row.Wrong {
		one := wrongView{Text: sayWrong(v, w)}
		var field *schema.Field
		if field = r.field(row.Kind, w.Field); field != nil {
			one.Field, one.Given = field.Label.In(string(v.Lang)), cover(field, w.Given)
		} else {
			one.Field = v.Say("整行", "the row")
		}
		if view.Whole != "" && field != nil && !met[w.Field] {
			met[w.Field] = true
			one.Name = "m." + strconv.Itoa(row.Line) + "." + w.Field
			if list := field.List(); list != nil && w.Given != "" {
				one.Like = likely(v, list, w.Given)
			}
		}
		view.Wrong = append(view.Wrong, one)
	}
	return view
}

func cover(f *schema.Field, text string) string {
	switch {
	case f.Mask && text != "":
		return schema.Masked(text)
	case values.IsPhone(f):
		return values.Phone(text)
	}
	if r := []rune(text); len(r) > 60 {
		text = string(r[:60]) + "…"
	}
	return schema.MaskIDNumbers(text)
}

func sayWrong(v *visit.Visit, w uploads.Wrong) string {
	if w.Zh != "" {
		return w.Say(string(v.Lang))
	}
	text := intake.Sentence(v.Lang, w.Text, pageHint(w.Hint))
	if w.Field == "" && w.Given != "" { // the row that is of the same record
		text += fmt.Sprintf(v.Say("：第 %s 行", ": row %s"), w.Given)
	}
	return text
}

// likely are the codes that a text may mean.
func likely(v *visit.Visit, list *schema.CodeList, text string) string {
	like := desk.LikeCodes(list, text)
	var names []string
	for _, item := range like[:min(len(like), 3)] {
		names = append(names, item.Code+" "+item.Label().In(string(v.Lang)))
	}
	return strings.Join(names, v.Say("，", ", "))
}

// take imports a file that was looked through. Pressed twice it is imported once: the
// second one finds it done, and the run has the same name.
func (r *room) take(v *visit.Visit) error {
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
	if a.Done {
		return v.Go("/import/" + f.ID)
	}
	if err := r.pass(v, f, &a, false); err != nil {
		return err
	}
	v.Site.Stale()
	return v.Go("/import/" + f.ID)
}

// drop removes a file, and with it the rows that were not taken in.
func (r *room) drop(v *visit.Visit) error {
	leave, err := r.enter(v)
	if err != nil {
		return err
	}
	defer leave()
	if err := r.uploads.Drop(v.Ctx(), v.Who.Login, v.R.PathValue("id")); err != nil {
		return err
	}
	return v.Go("/import")
}

// sayMended says what became of the rows that were mended just now.
func sayMended(v *visit.Visit) (done, left string) {
	q := v.R.URL.Query()
	in, err := strconv.Atoi(q.Get("in"))
	if err != nil {
		return "", ""
	}
	if in > 0 {
		done = fmt.Sprintf(v.Say("又收了 %d 行，已保存。", "%d rows more are in, saved."), in)
	}
	switch n, err := strconv.Atoi(q.Get("left")); {
	case err == nil && n > 0:
		left = fmt.Sprintf(v.Say("改过的还有 %d 行没收，为什么写在行里。", "%d rows that were mended are still not in; the rows say why."), n)
	case in <= 0:
		left = v.Say("没有填要改成什么，一行也没有收。", "Nothing was typed to change to; no row was taken in.")
	}
	return done, left
}

// back is the page of a file, at a row, with how many rows are in and how many are not.
func back(f uploads.File, in, left int, from string) string {
	q := url.Values{"in": {strconv.Itoa(in)}}
	if left > 0 {
		q.Set("left", strconv.Itoa(left))
	}
	if n, err := strconv.Atoi(from); err == nil && n > 0 {
		q.Set("from", strconv.Itoa(n))
	}
	return "/import/" + f.ID + "?" + q.Encode()
}

// typedOf reads what a form says of rows: m.LINE.FIELD. Of a row for which nothing is
// typed nothing is said.
func typedOf(form url.Values) map[int]map[string][]string {
	all := map[int]map[string][]string{}
	for name, texts := range form {
		rest, is := strings.CutPrefix(name, "m.")
		text, field, two := strings.Cut(rest, ".")
		line, err := strconv.Atoi(text)
		if !is || !two || err != nil || line < 1 || slices.IndexFunc(texts, func(s string) bool { return strings.TrimSpace(s) != "" }) < 0 {
			continue
		}
		if all[line] == nil {
			all[line] = map[string][]string{}
		}
		all[line][field] = texts
	}
	return all
}
