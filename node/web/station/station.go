// Package station is what the station has beyond its records: notices that came down and
// who has read them, what this computer is and how it does, and what its head leads:
// accounts, what waits for the head's word, the archive of ledgers.
package station

import (
	"embed"

	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/archive"
	"tongbu/node/drafts"
	"tongbu/node/people"
	"tongbu/node/web/ledger"
	"tongbu/node/web/visit"
)

//go:embed all:pages
var files embed.FS

// room holds what the pages stand on beside the site.
type room struct {
	archive *archive.Archive
	unread  unread
}

var _ archive.Paper = ledger.Paper{}

// Add registers the pages.
func Add(s *visit.Site) error {
	r := &room{archive: archive.New(s.Desk, s.Replica.Schema, ledger.Paper{Schema: s.Replica.Schema})}
	s.Get("/notices", people.Read, r.listNotices)
	s.Get("/notices/{id}", people.Read, r.showNotice)
	s.Post("/notices/{id}/read", people.Write, r.confirmRead)
	s.Waits = append(s.Waits, r.waits)

	s.Get("/settings", people.Read, showSettings)
	s.Post("/settings/others", people.Read, endOthers)
	s.Get("/settings/certificate", people.Read, sendCertificate)

	s.Get("/head", people.Lead, r.showHead)
	s.Post("/head/accounts", people.Lead, r.addAccount)
	s.Get("/head/account/{key}", people.Lead, showAccount)
	s.Post("/head/account/{key}", people.Lead, changeAccount)
	s.Post("/head/account/{key}/password", people.Lead, resetPassword)
	s.Post("/head/account/{key}/unlock", people.Lead, unlockAccount)
	s.Post("/head/account/{key}/end", people.Lead, endAccount)

	s.Get("/archive", people.Read, r.showArchive)
	s.Get("/archive/close", people.Lead, r.askClose)
	s.Post("/archive/close", people.Lead, r.closeYear)
	s.Get("/archive/volume/{id}", people.Read, r.showVolume)
	s.Post("/archive/volume/{id}/lend", people.Lead, r.lend)
	s.Post("/archive/volume/{id}/return", people.Lead, r.giveBack)
	return s.Shell.Add("station", files, "pages")
}

// waits are what the station's people have not read, and what its head has not decided.
func (r *room) waits(v *visit.Visit) (all []visit.Wait, err error) {
	mine, err := r.unreadBy(v)
	if err != nil {
		return nil, err
	}
	if len(mine) > 0 {
		all = append(all, waitToRead(v, mine))
	}
	if !v.Who.Role.May(people.Lead) {
		return all, nil
	}
	asked, err := v.Asked()
	if len(asked) > 0 {
		all = append(all, waitToSettle(v, asked))
	}
	return all, err
}

func waitToRead(v *visit.Visit, mine []notice) visit.Wait {
	w := visit.Wait{Menu: "notices", Count: len(mine), Unit: pages.Text{Zh: "条"}, Word: pages.Text{Zh: "必读没看", En: "to be read"}, Href: "/notices"}
	for _, n := range mine[:min(len(mine), fewWaits)] {
		w.First = append(w.First, visit.WaitItem{Tag: pages.Text{Zh: "必读", En: "Must read"}, Title: n.Title, Text: n.From(v), Href: "/notices/" + n.ID,
			Do: pages.Text{Zh: "去看", En: "Read"}})
	}
	return w
}

// waitToSettle is not counted by the menu: the room where drafts are typed does that.
func waitToSettle(v *visit.Visit, waiting []drafts.Draft) visit.Wait {
	w := visit.Wait{Count: len(waiting), Unit: pages.Text{Zh: "条"}, Word: pages.Text{Zh: "等站长定", En: "wait for the head"}, Href: "/head"}
	for _, d := range waiting[:min(len(waiting), fewWaits)] {
		w.First = append(w.First, visit.WaitItem{Tag: pages.Text{Zh: "等您定", En: "Your word"}, Title: d.Title, Text: pages.When(v.Lang, d.Proposal.At, v.Now()) + "，" + schema.MaskIDNumbers(d.Proposal.Why),
			Href: "/proposal/" + d.ID, Do: pages.Text{Zh: "去看", En: "Look"}})
	}
	return w
}

// fewWaits is how many of them the page of the day names.
const fewWaits = 3
