// Package screen is the residents' screen: a television that turns its pages by itself,
// or a touch screen where people turn them. It is open to everybody who reaches the site,
// so it shows what is public and nothing else: vacancies, policies, training, what the
// station promises, awards, and the public notices of recognitions. It reads records by
// the names of the fields that may be shown; a field that is added later is not.
package screen

import (
	"embed"
	"net/http"
	"strconv"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

//go:embed all:pages
var files embed.FS

// Path is where the screen is.
const Path = "/screen"

// How long a page is shown, in seconds.
const (
	turnPage  = 20
	turnCalm  = 60
	turnWhole = 90 // a text that somebody has opened
)

// room is the screen of one site.
type room struct{ programme *programme }

// Add registers the pages.
func Add(s *visit.Site) error {
	r := &room{&programme{desk: s.Desk, now: s.Replica.Now, kind: func(name string) *schema.Kind {
		k, _ := s.Replica.Schema.Kind(name)
		return k
	}}}
	s.Open("GET "+Path, r.show)
	s.Open("GET "+Path+"/{section}/{no}", r.show)
	s.Open("GET "+Path+"/text/{id}", r.showText)
	return s.Shell.Add("screen", files, "pages")
}

// view is what a page of the screen shows.
type view struct {
	Week    pages.Text // day of the week
	Tabs    []tab
	Title   pages.Text
	Note    pages.Text
	Cards   []Card
	Page    Page
	Before  string // addresses; "": there is one page alone
	After   string
	Turn    int    // seconds
	Next    string // where it turns to
	Phone   string
	Hours   string
	Address string
	AsOf    time.Time // zero: the line is up, and what is shown is of now
}

type tab struct {
	Word pages.Text
	Href string
	Here bool
}

func (r *room) show(v *visit.Visit) error {
	all, at, err := r.programme.of(v.Ctx(), v.Today(), v.Site.Replica.Members.Unit().Code)
	if err != nil {
		return err
	}
	shown := newView(v, at)
	turn := order(all)
	if len(turn) == 0 {
		shown.Turn, shown.Next = turnCalm, Path
		return v.Bare(http.StatusOK, "screen/screen", shown)
	}
	no, _ := strconv.Atoi(v.R.PathValue("no")) // what is no number is the first page
	here := find(turn, v.R.PathValue("section"), no)
	shown.Page = turn[here]
	before, after := beside(turn, here)
	section := named(all, shown.Page.Key)
	shown.Title, shown.Note, shown.Cards = section.word, section.note, section.on(shown.Page.No)
	shown.Turn, shown.Next = turnPage, after.Path()
	if len(turn) > 1 {
		shown.Before, shown.After = before.Path(), after.Path()
	}
	shown.Tabs = tabs(all, shown.Page.Key)
	return v.Bare(http.StatusOK, "screen/screen", shown)
}

// newView is the frame of a page: the day, where to ask, and as of when it is.
func newView(v *visit.Visit, at station) view {
	shown := view{Week: weekday(v.Now()), Phone: at.phone, Hours: at.hours, Address: at.address}
	if line := v.Site.Line(); !line.Up {
		shown.AsOf = line.Confirmed
		if line.Since > 0 {
			shown.AsOf = v.Now().Add(-line.Since)
		}
	}
	return shown
}

// tabs are the sections that have something to show.
func tabs(all []*section, here string) (shown []tab) {
	for _, s := range all {
		if s.pages() > 0 {
			shown = append(shown, tab{s.word, Page{Key: s.key, No: 1}.Path(), s.key == here})
		}
	}
	return shown
}

var weekdays = [...]pages.Text{{Zh: "星期日", En: "Sunday"}, {Zh: "星期一", En: "Monday"}, {Zh: "星期二", En: "Tuesday"},
	{Zh: "星期三", En: "Wednesday"}, {Zh: "星期四", En: "Thursday"}, {Zh: "星期五", En: "Friday"}, {Zh: "星期六", En: "Saturday"}}

func weekday(t time.Time) pages.Text { return weekdays[t.Weekday()] }

// whole is a text that somebody has opened.
type whole struct {
	view
	Paragraphs []string
	Ask        pages.Text
	Back       string
}

// showText shows the whole of a notice that is on the screen.
func (r *room) showText(v *visit.Visit) error {
	shown, err := v.Site.Desk.Get(v.Ctx(), "notice", change.RecordID(v.R.PathValue("id")), desk.Asker{})
	if err != nil {
		return err
	}
	one := record{r.programme.kind("notice"), shown}
	card, has := one.noticeCard(v.Today())
	if !has || !one.isPublic(v.Today()) {
		return visit.NotFound()
	}
	all, at, err := r.programme.of(v.Ctx(), v.Today(), v.Site.Replica.Members.Unit().Code)
	if err != nil {
		return err
	}
	key := noticeSections[one.raw("kind")]
	page := whole{view: newView(v, at), Paragraphs: paragraphs(one.raw("body")), Ask: card.Ask, Back: Page{Key: key, No: 1}.Path()}
	page.Title, page.Tabs, page.Turn, page.Next = card.Title, tabs(all, key), turnWhole, page.Back
	return v.Bare(http.StatusOK, "screen/text", page)
}
