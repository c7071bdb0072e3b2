package transfers

import (
	"cmp"
	"net/url"
	"slices"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// transfer is one transfer, set for a page.
type transfer struct {
	desk.Transfer
	Href, Record string // addresses; Record "": it is not here
	Name, What   string // of whom, and the kind in words
	From, To     string // what the units are called
	State        string
	Class        string // of the tag of the state
	Left         *pages.Left
	Takes, Gives bool // it waits for this unit's answer; this unit may take it back
	Said         string
	Leads        bool
	Given        string // a reason that was typed
	visit.Wrong
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

// transfersOf sets transfers with what their records are called that are here.
func transfersOf(v *visit.Visit, all []desk.Transfer) (rows []transfer, err error) {
	refs := make([]desk.Ref, len(all))
	for i, one := range all {
		refs[i] = desk.Ref{Kind: one.Kind, ID: change.RecordID(one.Record)}
	}
	here, err := named(v, refs)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		row := transferOf(v, one)
		row.fill(v, here)
		row.Name = cmp.Or(row.Name, one.Head, row.What)
		rows = append(rows, row)
	}
	return rows, nil
}

// transferOf sets what is said of a transfer itself.
func transferOf(v *visit.Visit, one desk.Transfer) transfer {
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
	return t
}

// fill adds what the record is called, and where it is, as far as it is here.
func (t *transfer) fill(v *visit.Visit, here map[desk.Ref]desk.Said) {
	said, known := here[desk.Ref{Kind: t.Kind, ID: change.RecordID(t.Transfer.Record)}]
	if !known {
		return
	}
	t.Name, t.Record = said.Called, visit.RecordPath(t.Kind, string(said.ID))
	if t.Address == "" {
		k, _ := v.Site.Replica.Schema.Kind(t.Kind) // it is here
		t.Address = values.Text(k, "address", said.Fields["address"], v.Lang)
	}
}

// named are those of some records that are here, with what people call them.
func named(v *visit.Visit, refs []desk.Ref) (map[desk.Ref]desk.Said, error) {
	ids := map[string][]change.RecordID{}
	for _, ref := range refs {
		if k, known := v.Site.Replica.Schema.Kind(ref.Kind); known && !k.System && ref.ID != "" {
			ids[ref.Kind] = append(ids[ref.Kind], ref.ID)
		}
	}
	found := map[desk.Ref]desk.Said{}
	for kind, all := range ids {
		for some := range slices.Chunk(all, desk.MaxSeveral) {
			said, err := v.Site.Desk.Several(v.Ctx(), kind, some, v.Asker("transfers"))
			if err != nil {
				return nil, err
			}
			for _, one := range said {
				found[desk.Ref{Kind: kind, ID: one.ID}] = one
			}
		}
	}
	return found, nil
}

// unitName is what a unit is called; its code where the tree does not say.
func unitName(v *visit.Visit, code string) string {
	if t := v.Site.Replica.Members.Tree(); t != nil {
		if u, known := t.ByCode(code); known {
			return u.Name
		}
	}
	return code
}
