// Package today is the first page of the day: what is to be done, what waits for a
// decision, what was left unfinished, what was entered just now and how far it has come.
package today

import (
	"embed"
	"time"

	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/drafts"
	"tongbu/node/people"
	"tongbu/node/web/visit"
	"tongbu/node/web/work"
)

//go:embed all:pages
var files embed.FS

// Add registers the pages.
func Add(s *visit.Site) error {
	s.Get("/{$}", people.Read, show)
	s.Get("/recent", people.Read, showRecent)
	return s.Shell.Add("today", files, "pages")
}

// day is what the page shows.
type day struct {
	Weekday pages.Text
	Due     work.Due
	Waits   []visit.Wait
	Recent  []entered
	Drafts  []drafts.Draft // to be typed on
	Asked   []drafts.Draft // the head was asked, and may have answered
	Writes  bool           // who is there may enter records
	Leads   bool           // and leads the station
	Empty   bool           // nothing was ever entered
}

// entered is a record that was entered here.
type entered struct {
	desk.RecentItem
	Href string
	What string // its kind in words
	Said pages.Word
}

// How many are shown on the page of the day, and on that of what was entered.
const (
	fewRecent  = 8
	manyRecent = 100
)

func show(v *visit.Visit) (err error) {
	d := day{Weekday: weekday(v.Now()), Writes: v.Who.Role.May(people.Write), Leads: v.Who.Role.May(people.Lead)}
	if d.Waits, err = v.Waiting(); err != nil {
		return err
	}
	if d.Due, err = work.DueToday(v); err != nil {
		return err
	}
	if d.Recent, err = recent(v, fewRecent); err != nil {
		return err
	}
	all, err := v.Drafts()
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.State == drafts.Open {
			d.Drafts = append(d.Drafts, one)
		} else {
			d.Asked = append(d.Asked, one)
		}
	}
	d.Empty = len(d.Recent) == 0
	return v.Page("today", "today/today", d)
}

func showRecent(v *visit.Visit) error {
	items, err := recent(v, manyRecent)
	if err != nil {
		return err
	}
	return v.Page("today", "today/recent", items)
}

func recent(v *visit.Visit, limit int) ([]entered, error) {
	items, err := v.Site.Desk.Recent(v.Ctx(), limit, v.Asker(""))
	if err != nil {
		return nil, err
	}
	name, err := v.Names()
	if err != nil {
		return nil, err
	}
	all := make([]entered, len(items))
	for i, item := range items {
		all[i] = entered{RecentItem: item, Href: visit.RecordPath(item.Kind, string(item.ID)), What: v.KindName(item.Kind),
			Said: pages.WordOf(v.Lang, item.Word, v.Site.Parent())}
		all[i].Actor = name(v.Here(), item.Actor)
		all[i].Entered = item.Entered.In(v.Now().Location())
	}
	return all, nil
}

func weekday(t time.Time) pages.Text {
	zh := [...]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}
	return pages.Text{Zh: zh[t.Weekday()], En: t.Weekday().String()}
}
