package station

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/archive"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

// binder is the page of the archive.
type binder struct {
	Years []year
	Leads bool
	Open  int // the year that can be closed; 0: none
}

// year is a closed one with its volumes.
type year struct {
	Year    int
	Volumes []shelved
}

// shelved is a volume with the name of its ledger.
type shelved struct {
	archive.Volume
	Ledger pages.Text
	Word   pages.Word
}

func (r *room) showArchive(v *visit.Visit) error {
	all, err := r.archive.Volumes(v.Ctx(), 0)
	if err != nil {
		return err
	}
	page := binder{Leads: v.Who.Role.May(people.Lead)}
	for _, one := range all {
		if n := len(page.Years); n == 0 || page.Years[n-1].Year != one.Year {
			page.Years = append(page.Years, year{Year: one.Year})
		}
		last := &page.Years[len(page.Years)-1]
		last.Volumes = append(last.Volumes, shelf(v, one))
	}
	if last := lastYear(v); len(all) == 0 || all[0].Year < last {
		page.Open = last
	}
	return v.Page("ledgers", "station/archive", page)
}

func shelf(v *visit.Visit, one archive.Volume) shelved {
	return shelved{one, ledgerName(v, one.Ledger), pages.WordOf(v.Lang, one.State, v.Site.Parent())}
}

// ledgerName is what a ledger is called.
func ledgerName(v *visit.Visit, code string) pages.Text {
	k, _ := v.Site.Replica.Schema.Kind(archive.Kind)
	if f, known := k.Field("ledger"); known && f.List() != nil {
		if item, known := f.List().Item(code); known {
			return pages.Text{Zh: item.Zh, En: item.Label().In("en")}
		}
	}
	return pages.Text{Zh: code, En: code}
}

// lastYear is the year before today's.
func lastYear(v *visit.Visit) int {
	this, _ := strconv.Atoi(v.Today()[:4])
	return this - 1
}

// closing is the page on which a year is closed.
type closing struct {
	Year  int
	Rows  []counted
	Kept  string
	Years string
	Error string
	Not   int // the year that was asked for and cannot be closed yet; 0: none
}

type counted struct {
	archive.Counted
	Name pages.Text
}

// usualYears is how long ledgers are kept where nobody says.
const usualYears = "10"

func (r *room) askClose(v *visit.Visit) error {
	at, _ := strconv.Atoi(v.R.URL.Query().Get("year")) // what is no number is last year
	page := closing{Year: at, Years: usualYears}
	if at > lastYear(v) {
		page.Not = at
	}
	return r.closingPage(v, http.StatusOK, page)
}

func (r *room) closingPage(v *visit.Visit, status int, page closing) error {
	if page.Year < 2000 || page.Year > lastYear(v) {
		page.Year = lastYear(v)
	}
	rows, err := r.archive.Count(v.Ctx(), page.Year, v.Asker("year's end"))
	if err != nil {
		return err
	}
	for _, row := range rows {
		page.Rows = append(page.Rows, counted{row, ledgerName(v, row.Code)})
	}
	return v.PageAs(status, "ledgers", "station/close", page)
}

func (r *room) closeYear(v *visit.Visit) error {
	page := closing{Kept: strings.TrimSpace(v.R.PostFormValue("kept_at")), Years: v.R.PostFormValue("years")}
	page.Year, _ = strconv.Atoi(v.R.PostFormValue("year")) // what is no number is refused
	years, _ := strconv.Atoi(page.Years)
	err := r.archive.Close(v.Ctx(), archive.Closing{Year: page.Year, Login: v.Who.Login, Name: v.Who.Name, At: page.Kept, Years: years}, v.Asker("year's end"))
	switch {
	case err != nil && mended(err):
		page.Error = v.Lang.Line(err.Error())
		return r.closingPage(v, http.StatusUnprocessableEntity, page)
	case err != nil:
		return err
	}
	v.Site.Stale()
	return v.Go("/archive")
}

// bound is the page of a volume.
type bound struct {
	Volume   shelved
	Lendings []archive.Lending
	Since    archive.Since
	Changed  []changedRow
	More     int // changed rows that are not listed
	Leads    bool
	To       string
	Reason   string
	Error    string
}

// changedRow is a row that reads otherwise than in the volume.
type changedRow struct {
	No   int
	Name string
	Href string
}

// fewChanged is how many rows a page lists.
const fewChanged = 50

func (r *room) showVolume(v *visit.Visit) error { return r.volumePage(v, http.StatusOK, bound{}) }

func (r *room) volumePage(v *visit.Visit, status int, page bound) error {
	id := v.R.PathValue("id")
	one, err := r.archive.Volume(v.Ctx(), id)
	if err != nil {
		return err
	}
	if page.Lendings, err = r.archive.Lendings(v.Ctx(), id); err != nil {
		return err
	}
	if page.Since, err = r.archive.Since(v.Ctx(), one.Ledger, one.Year, v.Asker("archive")); err != nil {
		return err
	}
	page.Volume, page.Leads = shelf(v, one), v.Who.Role.May(people.Lead)
	for _, row := range page.Since.Rows[:min(len(page.Since.Rows), fewChanged)] {
		page.Changed = append(page.Changed, changedOf(v, row))
	}
	page.More = len(page.Since.Rows) - len(page.Changed)
	return v.PageAs(status, "ledgers", "station/volume", page)
}

// changedOf names a row by the person or the employer in it, and leads to the person.
func changedOf(v *visit.Visit, row archive.Row) changedRow {
	text := func(field string) string {
		s, _ := row.Fields[field].(string)
		return schema.MaskIDNumbers(s)
	}
	one := changedRow{No: row.No, Name: cmp.Or(text("name"), text("employer_name"))}
	if person := text("person"); person != "" {
		one.Href = visit.RecordPath("person", person)
	} else {
		one.Href = visit.RecordPath("vacancy", string(row.ID))
	}
	return one
}

func (r *room) lend(v *visit.Visit) error {
	page := bound{To: v.R.PostFormValue("to"), Reason: v.R.PostFormValue("reason")}
	return r.keep(v, page, r.archive.Lend(v.Ctx(), v.R.PathValue("id"), page.To, page.Reason, v.Who.Login))
}

func (r *room) giveBack(v *visit.Visit) error {
	return r.keep(v, bound{}, r.archive.Return(v.Ctx(), v.R.PathValue("id"), v.Who.Login))
}

func (r *room) keep(v *visit.Visit, page bound, err error) error {
	switch {
	case err != nil && mended(err):
		page.Error = v.Lang.Line(err.Error())
		return r.volumePage(v, http.StatusUnprocessableEntity, page)
	case err != nil:
		return err
	}
	v.Site.Stale()
	return v.Go("/archive/volume/" + url.PathEscape(v.R.PathValue("id")))
}
