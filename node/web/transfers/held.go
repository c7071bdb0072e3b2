package transfers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// held is a change that waits for this unit, set for a page.
type held struct {
	Word, Name, What, Href string
	By, Actor              string
	Entered                time.Time
	Rows                   []heldField
	Said                   string // what was answered; "": nothing yet
}

// heldField is a field as the record says it, and as the change does.
type heldField struct {
	Label, Now, Wanted string
	Differs            bool
}

type heldPage struct {
	All          []held
	Offers, Held int
	Leads        bool
	Done, Error  string
}

func (r *room) listHeld(v *visit.Visit) error {
	return r.pageOfHeld(v, http.StatusOK, "")
}

func (r *room) pageOfHeld(v *visit.Visit, status int, why string) error {
	all, err := desk.TransfersOf(v.Site.Desk).Held(v.Ctx(), v.Asker("transfers"))
	if err != nil {
		return err
	}
	page := heldPage{Leads: v.Who.Role.May(people.Lead), Error: why, Done: doneText(v, v.R.URL.Query().Get("done"))}
	if page.Offers, page.Held, err = r.waiting(); err != nil {
		return err
	}
	refs := make([]desk.Ref, len(all))
	for i, one := range all {
		refs[i] = desk.Ref{Kind: one.Kind, ID: change.RecordID(one.Record)}
	}
	here, err := named(v, refs)
	if err != nil {
		return err
	}
	for i, one := range all {
		page.All = append(page.All, heldOf(v, one, here[refs[i]]))
	}
	slices.SortStableFunc(page.All, func(a, b held) int { return cmp.Or(cmp.Compare(a.Said, b.Said), a.Entered.Compare(b.Entered)) })
	return v.PageAs(status, "decide", "transfers/held", page)
}

// heldOf sets a change beside what its record says now. A record that the change makes is
// not there yet.
func heldOf(v *visit.Visit, one desk.HeldChange, now desk.Said) held {
	k, _ := v.Site.Replica.Schema.Kind(one.Kind) // the desk has left out others
	h := held{Word: one.Word, What: v.Label(k.Label), By: unitName(v, one.By), Actor: one.Actor, Said: saids[one.Answer].says.In(v.Lang)}
	if at, err := time.Parse(time.RFC3339, one.Entry); err == nil {
		h.Entered = at.In(v.Now().Location())
	}
	fields := map[string]any{}
	if now.Shown != nil {
		fields, h.Name, h.Href = now.Fields, now.Called, visit.RecordPath(one.Kind, one.Record)
	}
	h.Name = cmp.Or(h.Name, h.What)
	empty := v.Say("（空）", "(empty)")
	for _, f := range k.Fields {
		wanted, has := one.Fields[f.Name]
		if !has && !slices.Contains(one.Emptied, f.Name) || f.Name == "unit" || f.IsComputed() {
			continue
		}
		was, is := values.Text(k, f.Name, fields[f.Name], v.Lang), values.Text(k, f.Name, wanted, v.Lang)
		h.Rows = append(h.Rows, heldField{Label: v.Label(f.Label), Now: cmp.Or(was, empty), Wanted: cmp.Or(is, empty), Differs: was != is})
	}
	return h
}

// decide takes or drops what is held.
func (r *room) decide(v *visit.Visit) error {
	what := v.R.PostFormValue("do")
	_, err := desk.TransfersOf(v.Site.Desk).Answer(v.Ctx(), v.R.PostFormValue("word"), desk.TransferReply{Answer: what}, v.Asker("transfers"))
	switch fault.Of(err) {
	case fault.OK:
		r.stale()
		return v.Go("/transfers/held?done=" + url.QueryEscape(what))
	case fault.Invalid, fault.NotFound:
		return r.pageOfHeld(v, http.StatusUnprocessableEntity, v.Lang.Line(err.Error())+v.Say("。什么都没有写入。", ". Nothing was written."))
	}
	return err
}
