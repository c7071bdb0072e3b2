// Package transfers is the pages of transfers: households and persons that this station
// offers to another community or is offered, and what a former community has written of
// records that this one has now.
package transfers

import (
	"cmp"
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tongbu/internal/calendar"
	"tongbu/internal/fault"
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

// transfer is one transfer, set for a page.
type transfer struct {
	desk.Transfer
	Href, Record        string // addresses; Record "": it is not here
	Name, What          string // of whom, and the kind in words
	From, To            string // what the units are called
	State               string
	Class               string // of the tag of the state
	Left                *pages.Left
	Takes, Gives        bool // it waits for this unit's answer; this unit may take it back
	Said                string
	Leads               bool
	Given, Error, Where string // what was typed and cannot be, why, and at which field
}

// list is the page of all transfers.
type list struct {
	Rows          []transfer
	Offers, Held  int
	Done          string
	Leads, Writes bool
}

func (r *room) list(v *visit.Visit) error {
	all, err := desk.TransfersOf(v.Site.Desk).List(v.Ctx(), v.Asker("transfers"))
	if err != nil {
		return err
	}
	page := list{Leads: v.Who.Role.May(people.Lead), Done: doneText(v, v.R.URL.Query().Get("done"))}
	if page.Offers, page.Held, err = r.waiting(); err != nil {
		return err
	}
	for _, one := range all {
		row, err := transferOf(v, one)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	return v.Page("decide", "transfers/list", page)
}

// doneTexts say what was done, by the word that stands in the address.
var doneTexts = map[string]struct{ says pages.Text }{
	"offer":    {says: pages.Text{Zh: "已保存移交申请。市里受理后对方社区会收到，15 天内答复。", En: "The offer is saved. The other community hears of it from the city and has 15 days to answer."}},
	"accept":   {says: pages.Text{Zh: "已保存接收。市里办结后，全部记录会到本社区。", En: "Saved: accepted. Once the city has acted, the records come here."}},
	"decline":  {says: pages.Text{Zh: "已保存不接收，理由会告知对方社区。", En: "Saved: declined. The other community is told why."}},
	"withdraw": {says: pages.Text{Zh: "已保存撤回。市里已先办结的除外，记录仍在本社区。", En: "Saved: taken back. Unless the city has acted before, the records stay here."}},
	"take":     {says: pages.Text{Zh: "已保存采用，市里办结后生效。", En: "Saved: taken. It counts once the city has acted."}},
	"drop":     {says: pages.Text{Zh: "已保存不采用。这条改动不生效，历史里留着。", En: "Saved: dropped. The change does not count, and stays in the history."}},
}

func doneText(v *visit.Visit, what string) string { return doneTexts[what].says.In(v.Lang) }

func show(v *visit.Visit) error {
	one, err := find(v)
	if err != nil {
		return err
	}
	return v.Page("decide", "transfers/show", one)
}

// find is the transfer that the address names: by its number, or by the offer where the city
// has not heard of it.
func find(v *visit.Visit) (one transfer, err error) {
	all, err := desk.TransfersOf(v.Site.Desk).List(v.Ctx(), v.Asker("transfers"))
	if err != nil {
		return one, err
	}
	name := v.R.PathValue("id")
	at := slices.IndexFunc(all, func(t desk.Transfer) bool { return t.Transfer == name || t.Offer == name && name != "" })
	if at < 0 {
		return one, visit.NotFound()
	}
	return transferOf(v, all[at])
}

// answer accepts or declines what is offered, or takes back what this station has offered.
func (r *room) answer(v *visit.Visit) error {
	one, err := find(v)
	if err != nil {
		return err
	}
	what, reason := v.R.PostFormValue("do"), strings.TrimSpace(v.R.PostFormValue("reason"))
	one.Given = reason
	switch {
	case what == "decline" && reason == "":
		return one.again(v, "reason", v.Say("写明为什么不接收，对方社区会看到。", "Say why it is declined; the other community sees it."))
	case what == "withdraw":
		_, err = desk.TransfersOf(v.Site.Desk).Withdraw(v.Ctx(), cmp.Or(one.Transfer.Transfer, one.Offer), v.Asker("transfers"))
	default:
		_, err = desk.TransfersOf(v.Site.Desk).Answer(v.Ctx(), one.Transfer.Transfer, desk.TransferReply{Answer: what, Reason: reason}, v.Asker("transfers"))
	}
	switch fault.Of(err) {
	case fault.OK:
		r.stale()
		return v.Go("/transfers?done=" + url.QueryEscape(what))
	case fault.Invalid:
		return one.again(v, "", v.Lang.Line(err.Error())+v.Say("。什么都没有写入。", ". Nothing was written."))
	}
	return err
}

// again shows the transfer with what cannot be.
func (t transfer) again(v *visit.Visit, field, why string) error {
	t.Where, t.Error = field, why
	return v.PageAs(http.StatusUnprocessableEntity, "decide", "transfers/show", t)
}

// states are what a transfer is called as this unit sees it: from whom, and to whom.
var states = map[string]struct {
	gives, takes pages.Text
	class        string
}{
	desk.TransferWaiting:   {gives: pages.Text{Zh: "等市受理", En: "waits for the city"}},
	desk.TransferOffered:   {gives: pages.Text{Zh: "待对方接收", En: "waits for the other"}, takes: pages.Text{Zh: "迁入待接", En: "offered to you"}, class: "amber"},
	desk.TransferMoved:     {gives: pages.Text{Zh: "已移交", En: "transferred"}, takes: pages.Text{Zh: "已迁入", En: "moved here"}, class: "green"},
	desk.TransferWithdrawn: {gives: pages.Text{Zh: "已撤回", En: "taken back"}, takes: pages.Text{Zh: "对方已撤回", En: "taken back"}},
	"declined":             {gives: pages.Text{Zh: "对方不接收", En: "declined"}, takes: pages.Text{Zh: "未接收", En: "declined"}},
	"returned":             {gives: pages.Text{Zh: "逾期退回", En: "returned, not answered in time"}, takes: pages.Text{Zh: "逾期退回", En: "returned, not answered in time"}},
	"refused":              {gives: pages.Text{Zh: "市未受理", En: "refused by the city"}, takes: pages.Text{Zh: "市未受理", En: "refused by the city"}, class: "red"},
}

// saids are what this unit has answered, while the city has not acted on it.
var saids = map[string]struct{ says pages.Text }{
	"accept":               {says: pages.Text{Zh: "已接收，等市办结", En: "accepted; the city has not acted yet"}},
	"decline":              {says: pages.Text{Zh: "已答不接收，等市办结", En: "declined; the city has not acted yet"}},
	"take":                 {says: pages.Text{Zh: "已采用，等市办结", En: "taken; the city has not acted yet"}},
	"drop":                 {says: pages.Text{Zh: "已定不采用，等市办结", En: "dropped; the city has not acted yet"}},
	desk.TransferWithdrawn: {says: pages.Text{Zh: "已撤回，等市办结", En: "taken back; the city has not acted yet"}},
}

// transferOf sets a transfer. Of what is not here it says what the city's word has.
func transferOf(v *visit.Visit, one desk.Transfer) (transfer, error) {
	state, takes := states[one.State], one.Side == "to"
	t := transfer{Transfer: one, Href: "/transfer/" + url.PathEscape(cmp.Or(one.Transfer, one.Offer)), What: v.KindName(one.Kind), From: unitName(v, one.From), To: unitName(v, one.To),
		State: state.gives.In(v.Lang), Class: state.class, Said: saids[one.Answer].says.In(v.Lang), Leads: v.Who.Role.May(people.Lead)}
	if takes {
		t.State = state.takes.In(v.Lang)
	}
	open := one.Answer == "" && (one.State == desk.TransferOffered || one.State == desk.TransferWaiting)
	t.Takes, t.Gives = open && takes, open && !takes && !one.Ordered
	if open && one.Due != "" {
		left := pages.LeftOf(v.Lang, calendar.Number(one.Due)-calendar.Number(v.Today()))
		t.Left = &left
	}
	err := t.fill(v)
	t.Name = cmp.Or(t.Name, one.Head, t.What)
	return t, err
}
