package entry

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/drafts"
	"tongbu/node/people"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// maxReason is the length of the longest reason, in characters.
const maxReason = 200

// voiding is the page of a void: what is voided, and why.
type voiding struct {
	Kind, ID   string
	What, Name string
	Version    string
	Draft      string // name of the form, so that it is voided once
	Reason     string
	Error      string
	Head       bool // it is done at once
	Void       bool // it is void already
	By         string
	Waits      bool   // for the head
	Word       string // of the head, who gave it back
	Seen       string // tells what the head was shown from what is asked since

	part  *part
	asked string // the reason that was given before
	// Of what the head is shown: what the record says, covered, and where it is.
	Fields []saying
	Record string
}

// saying is what a field says; Href is the record that it names.
type saying struct{ Label, Text, Href string }

// askVoid asks for the reason.
func askVoid(v *visit.Visit) error {
	page, err := voidingOf(v, v.R.PathValue("kind"), pathID(v))
	if err != nil {
		return err
	}
	page.Reason = page.asked
	return v.Page("households", "entry/void", page)
}

func voidingOf(v *visit.Visit, kind string, id change.RecordID) (*voiding, error) {
	p, err := planOf(v, "edit/"+kind, id, "")
	if err != nil {
		return nil, err
	}
	shown, err := v.Site.Desk.Get(v.Ctx(), kind, id, v.Asker("void"))
	if err != nil {
		return nil, err
	}
	part := storedPart(0, p.kinds[0], shown)
	page := &voiding{Kind: kind, ID: string(shown.ID), Version: shown.Version, What: p.kinds[0].Label.In(string(v.Lang)), Draft: drafts.NewID(),
		Head: v.Who.Role.May(people.Lead), Void: shown.Void, part: part}
	if page.Name, err = part.title(v, shown); err != nil {
		return nil, err
	}
	return page, page.goOn(v)
}

// goOn takes up what who is there has asked of the record before: it waits, or the reason
// is typed on.
func (page *voiding) goOn(v *visit.Visit) error {
	all, err := v.Site.Drafts.List(v.Who.Login)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Form != visit.VoidForm+page.Kind || d.Subject != page.ID {
			continue
		}
		page.Waits = page.Waits || d.State == drafts.Proposed
		if !d.IsOpen() || page.asked != "" {
			continue
		}
		whole, err := v.Site.Drafts.Get(v.Who.Login, d.ID)
		if err != nil {
			return err
		}
		page.asked = first(whole.Values["reason"])
		if p := whole.Proposal; p != nil {
			page.asked, page.Word = cmp.Or(p.Why, page.asked), p.Word
		}
	}
	return nil
}

// title is what a record is called and what tells it from others: an event is called by
// whom it is about, and by its day.
func (p *part) title(v *visit.Visit, shown *desk.Shown) (string, error) {
	if err := p.call(v); err != nil {
		return "", err
	}
	if p.kind.Sort != schema.Event {
		return tellApart(v, p.kind, shown, nil), nil
	}
	said := []string{}
	if f := about(p.kind); f != nil {
		said = append(said, p.called[f.Name])
	}
	for _, name := range append(slices.Clone(nameFields), p.kind.Day) {
		said = append(said, p.said(v.Lang, name))
	}
	return joinSome(said, 3), nil
}

// void voids a record: a head's at once; what an operator asks waits for the head.
func void(v *visit.Visit) error {
	page, err := voidingOf(v, v.R.PathValue("kind"), pathID(v))
	if err != nil {
		return err
	}
	page.Reason = strings.TrimSpace(v.R.PostFormValue("reason"))
	if id := v.R.PostFormValue("draft"); isDraftID(id) {
		page.Draft = id
	}
	switch {
	case page.Void, page.Waits:
		return v.Go("/drafts")
	case page.Reason == "":
		page.Error = v.Say("写明为什么作废。", "Say why it is void.")
	case len([]rune(page.Reason)) > maxReason:
		page.Error = v.Say("原因最多 200 字。", "200 characters at most.")
	}
	if page.Error != "" {
		return v.PageAs(http.StatusUnprocessableEntity, "households", "entry/void", page)
	}
	if !page.Head {
		return proposeVoid(v, page)
	}
	if err := saveVoid(v, page, page.Draft); err != nil {
		return err
	}
	return v.Go("/saved/" + page.Kind + "/" + url.PathEscape(page.ID))
}

func proposeVoid(v *visit.Visit, page *voiding) error {
	d, err := v.Site.Drafts.Begin(v.Ctx(), v.Who.Login, visit.VoidForm+page.Kind, page.ID, page.Name, map[string][]string{"version": {page.Version}, "reason": {page.Reason}})
	if err != nil {
		return err
	}
	if first(d.Values["reason"]) != page.Reason { // it was asked before, and taken back or returned
		if d.Values == nil {
			d.Values = map[string][]string{}
		}
		d.Values["reason"] = []string{page.Reason}
		if d, err = v.Site.Drafts.Keep(v.Ctx(), d); err != nil {
			return err
		}
	}
	if err := v.Site.Drafts.Propose(v.Ctx(), v.Who.Login, d.ID, page.Reason); err != nil {
		return err
	}
	v.Site.Stale()
	return v.Go("/drafts")
}

// saveVoid voids a record; run is the name of the form, so that it is done once.
func saveVoid(v *visit.Visit, page *voiding, run string) error {
	item, err := json.Marshal(map[string]any{"id": page.ID, "version": page.Version, "valid": "0", schema.VoidReason: page.Reason})
	if err != nil {
		return fault.As(fault.Internal, "make a void", err)
	}
	part := desk.Part{Kind: page.Kind, Item: item}
	form := desk.Form{Parts: []desk.Part{part}, How: desk.Saving{Actor: v.Who.Login, Run: run}}
	answer, err := v.Site.Desk.CheckForm(v.Ctx(), form)
	if err != nil {
		return err
	}
	for _, one := range answer.Parts { // a void stands whatever else is odd about the record
		for _, found := range one.Findings {
			form.Accept = append(form.Accept, desk.AcceptKey(0, found))
		}
	}
	if answer, err = v.Site.Desk.SaveForm(v.Ctx(), form); err != nil {
		return err
	}
	v.Site.Stale()
	if !answer.Saved {
		return fault.New(fault.Invalid, "the record cannot be voided as it stands")
	}
	return nil
}

// showProposal shows the head what somebody asks to void.
func showProposal(v *visit.Visit) error {
	page, _, err := proposalOf(v)
	if err != nil {
		return err
	}
	return v.Page("decide", "entry/proposal", page)
}

func proposalOf(v *visit.Visit) (*voiding, drafts.Draft, error) {
	d, err := v.Site.Drafts.Proposal(v.R.PathValue("id"))
	if err != nil {
		return nil, d, err
	}
	kind, is := strings.CutPrefix(d.Form, visit.VoidForm)
	if !is {
		return nil, d, visit.NotFound()
	}
	page, err := voidingOf(v, kind, change.RecordID(d.Subject))
	if err != nil {
		return nil, d, err
	}
	name, err := v.Names()
	if err != nil {
		return nil, d, err
	}
	page.Reason, page.By, page.Draft = d.Proposal.Why, name(v.Here(), d.Owner), d.ID
	page.Record, page.Fields = visit.RecordPath(kind, page.ID), page.part.sayings(v)
	sum := sha256.Sum256([]byte(page.Version + "\x00" + d.Subject + "\x00" + d.Proposal.Why))
	page.Seen = hex.EncodeToString(sum[:8])
	return page, d, nil
}

// sayings are what a record says, as a page shows it elsewhere.
func (p *part) sayings(v *visit.Visit) (all []saying) {
	for _, f := range p.kind.Fields {
		if f.IsComputed() || f.Name == "unit" || f.Name == "valid" || strings.HasSuffix(f.Name, markFromEvents) {
			continue
		}
		item, _ := p.stored[f.Name].Get()
		one := saying{Label: f.Label.In(string(v.Lang)), Text: values.Text(p.kind, f.Name, item, v.Lang)}
		if id := p.stored[f.Name].Text(); f.Type == schema.Ref && id != "" {
			one.Text = cmp.Or(p.called[f.Name], v.Say("（这里没有）", "(not here)"))
			if p.called[f.Name] != "" {
				one.Href = visit.RecordPath(f.Ref, id)
			}
		}
		if one.Text != "" {
			all = append(all, one)
		}
	}
	return all
}

// settle does what was asked, or gives it back with a word.
func settle(v *visit.Visit) error {
	page, d, err := proposalOf(v)
	if err != nil {
		return err
	}
	taken, word := v.R.PostFormValue("taken") == "1", strings.TrimSpace(v.R.PostFormValue("word"))
	if !taken && word == "" {
		page.Error = v.Say("写明为什么退回。", "Say why it goes back.")
		return v.PageAs(http.StatusUnprocessableEntity, "decide", "entry/proposal", page)
	}
	if taken && v.R.PostFormValue("seen") != page.Seen {
		page.Error = v.Say("您看的这会儿，这一条或原因改了，请再看一遍。", "The record or the reason has changed while you looked; please look again.")
		return v.PageAs(http.StatusConflict, "decide", "entry/proposal", page)
	}
	if d.Owner == v.Who.Login {
		return fault.New(fault.Denied, "nobody settles a draft of their own")
	}
	if taken && !page.Void {
		if err := saveVoid(v, page, d.ID); err != nil {
			return err
		}
	}
	if err := v.Site.Drafts.Settle(v.Ctx(), v.Who.Login, d.ID, taken, word); err != nil {
		return err
	}
	v.Site.Stale()
	if !taken {
		return v.Go("/drafts?settled=returned")
	}
	return v.Go("/drafts?settled=taken")
}

func isDraftID(id string) bool {
	return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == ""
}
