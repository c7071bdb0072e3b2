// Package transfers is the pages of transfers: households and persons that this station
// offers to another community or is offered, and what a former community has written of
// records that this one has now.
package transfers

import (
	"embed"
	"sync"
	"time"

	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

//go:embed all:pages
var files embed.FS

// Add registers the pages.
func Add(s *visit.Site) error {
	r := &room{site: s}
	s.Waits = append(s.Waits, r.waits)
	s.Get("/transfers", people.Read, r.list)
	s.Get("/transfers/held", people.Read, r.listHeld)
	s.Post("/transfers/held", people.Lead, r.decide)
	s.Get("/transfers/communities", people.Lead, communities)
	s.Get("/transfer/{id}", people.Read, show)
	s.Post("/transfer/{id}", people.Lead, r.answer)
	for _, kind := range []string{"household", "person"} {
		s.Get("/"+kind+"/{id}/transfer", people.Lead, askOffer(kind))
		s.Post("/"+kind+"/{id}/transfer", people.Lead, r.offer(kind))
	}
	return s.Shell.Add("transfers", files, "pages")
}

// room keeps for a moment how much waits for an answer: every page asks for it.
type room struct {
	site *visit.Site

	mutex        sync.Mutex // guards all below
	at           time.Time
	offers, held int
}

// keepWaiting is how long a count is good.
const keepWaiting = 5 * time.Second

func (r *room) waiting() (offers, held int, err error) {
	now := r.site.Replica.Now()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if age := now.Sub(r.at); r.at.IsZero() || age < 0 || age >= keepWaiting {
		if r.offers, r.held, err = desk.TransfersOf(r.site.Desk).Waiting(); err != nil {
			return 0, 0, err
		}
		r.at = now
	}
	return r.offers, r.held, nil
}

// stale lets the next look be a new one: something was answered or offered.
func (r *room) stale() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.at = time.Time{}
	r.site.Stale()
}

// waits are the offers and the held changes that wait for this station.
func (r *room) waits(*visit.Visit) ([]visit.Wait, error) {
	offers, held, err := r.waiting()
	if err != nil {
		return nil, err
	}
	var all []visit.Wait
	if offers > 0 {
		all = append(all, visit.Wait{Menu: "decide", Count: offers, Unit: pages.Text{Zh: "件", En: ""}, Word: pages.Text{Zh: "迁入待接", En: "transfers offered to you"}, Href: "/transfers"})
	}
	if held > 0 {
		all = append(all, visit.Wait{Menu: "decide", Count: held, Unit: pages.Text{Zh: "条", En: ""}, Word: pages.Text{Zh: "移交后的改动待定", En: "changes after a transfer"}, Href: "/transfers/held"})
	}
	return all, nil
}

// list is the page of all transfers.
type list struct {
	Rows         []transfer
	More         bool // earlier ones are not listed
	Offers, Held int
	Done         string
}

// mostRows is how many transfers a page lists.
const mostRows = 200

func (r *room) list(v *visit.Visit) error {
	all, err := desk.TransfersOf(v.Site.Desk).List(v.Ctx(), v.Asker("transfers"))
	if err != nil {
		return err
	}
	page := list{Done: doneText(v, v.R.URL.Query().Get("done"))}
	if page.Offers, page.Held, err = r.waiting(); err != nil {
		return err
	}
	page.More = len(all) > mostRows
	page.Rows, err = transfersOf(v, all[:min(len(all), mostRows)])
	if err != nil {
		return err
	}
	return v.Page("decide", "transfers/list", page)
}

// doneTexts say what was done, by the word that stands in the address.
var doneTexts = map[string]struct{ says pages.Text }{
	"offer":    {says: pages.Text{Zh: "已保存移交申请。市里受理后对方社区会收到，在期限内答复。", En: "The offer is saved. The other community hears of it from the city, with the day by which it is to answer."}},
	"accept":   {says: pages.Text{Zh: "已保存接收。市里办结后，全部记录会到本社区。", En: "Saved: accepted. Once the city has acted, the records come here."}},
	"decline":  {says: pages.Text{Zh: "已保存不接收，理由会告知对方社区。", En: "Saved: declined. The other community is told why."}},
	"withdraw": {says: pages.Text{Zh: "已保存撤回。市里已先办结的除外，记录仍在本社区。", En: "Saved: taken back. Unless the city has acted before, the records stay here."}},
	"take":     {says: pages.Text{Zh: "已保存采用，市里办结后生效。", En: "Saved: taken. It counts once the city has acted."}},
	"drop":     {says: pages.Text{Zh: "已保存不采用。这条改动不生效，历史里留着。", En: "Saved: dropped. The change does not count, and stays in the history."}},
}

func doneText(v *visit.Visit, what string) string { return doneTexts[what].says.In(v.Lang) }
