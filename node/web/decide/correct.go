package decide

import (
	"cmp"
	"net/http"
	"slices"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// asking is a request for a correction beside its record, set for a page.
type asking struct {
	Path, Name, Kind, Record string
	By, Reason, Asked, Due   string
	Left                     *pages.Left
	State                    pages.Text
	Answered, Opinion        string
	Version                  string
	Rows                     []askedField
	Why                      string // why the record needs no correction, or cannot be looked at
	Open                     bool   // it waits for an answer
	Leads                    bool   // who is there may answer
	Closes                   bool   // there is nothing left to take: the answer says so
	Covered, Full            bool   // numbers are covered, or shown this once
	Given                    string // a reason that was typed
	Error                    string
}

// askedField is a field as it was, is and is to be.
type askedField struct {
	Field, Label, Was, Now, Wanted string
	Edited, Same, Taken, Chosen    bool
}

// stateTexts say how a request stands.
var stateTexts = map[string]struct{ says pages.Text }{
	desk.CorrectionAsked: {says: pages.Text{Zh: "等本站答复", En: "waits for the answer"}}, desk.CorrectionDone: {says: pages.Text{Zh: "已更正", En: "corrected"}}, desk.CorrectionDeclined: {says: pages.Text{Zh: "不更正", En: "declined"}},
	desk.CorrectionOvertaken: {says: pages.Text{Zh: "已无需更正", En: "nothing left to correct"}}, desk.CorrectionWithdrawn: {says: pages.Text{Zh: "对方已撤回", En: "withdrawn"}},
}

func showAsked(v *visit.Visit) error {
	c, err := asked(v, "correct")
	if err != nil {
		return err
	}
	return v.Page("decide", "decide/correct", askingOf(v, c, false))
}

// showFull shows the numbers of a request uncovered, once: who looked is in the audit log.
func showFull(v *visit.Visit) error {
	c, err := asked(v, v.Say("看全号", "to see it in full"))
	if err != nil {
		return err
	}
	return v.PageAs(http.StatusOK, "decide", "decide/correct", askingOf(v, c, true))
}

func asked(v *visit.Visit, purpose string) (*desk.Correction, error) {
	c, err := desk.CorrectionsOf(v.Site.Desk).Show(v.Ctx(), change.RecordID(v.R.PathValue("id")), v.Asker(purpose))
	if fault.Of(err) == fault.Invalid {
		return nil, visit.NotFound()
	}
	return c, err
}

// answer takes the fields that were chosen, or declines.
func answer(v *visit.Visit) error {
	id, form := change.RecordID(v.R.PathValue("id")), v.R.PostFormValue
	c, err := asked(v, "correct")
	if err != nil {
		return err
	}
	reply := desk.CorrectionReply{Decline: form("do") == "decline", Reason: form("reason"), Version: form("version")}
	for _, f := range c.Fields {
		if form("f."+f.Field) != "" {
			reply.Fields = append(reply.Fields, f.Field)
		}
	}
	closes := c.State == desk.CorrectionOvertaken
	switch {
	case closes && !reply.Decline:
		reply.Fields = nil
	case !reply.Decline && len(reply.Fields) == 0:
		return again(v, c, reply, v.Say("一项都没选。要更正的打勾，都不改就写明理由，点“不更正”。", "No field is chosen. Choose what to correct, or decline with a reason."))
	}
	if _, err := desk.CorrectionsOf(v.Site.Desk).Answer(v.Ctx(), id, reply, v.Asker("correct")); err != nil {
		if fault.Of(err) != fault.Invalid {
			return err
		}
		return again(v, c, reply, v.Lang.Line(err.Error())+v.Say("。什么都没有写入。", ". Nothing was written."))
	}
	v.Site.Stale()
	return v.Go(askedPath(id))
}

// again shows a request as it is now, with what was chosen and why that cannot be.
func again(v *visit.Visit, was *desk.Correction, reply desk.CorrectionReply, why string) error {
	c, err := asked(v, "correct")
	if err != nil {
		return err
	}
	page := askingOf(v, c, false)
	page.Error, page.Given = why, reply.Reason
	for i := range page.Rows {
		if c.Version == was.Version {
			page.Rows[i].Chosen = slices.Contains(reply.Fields, page.Rows[i].Field)
		}
	}
	return v.PageAs(http.StatusUnprocessableEntity, "decide", "decide/correct", page)
}

func askedPath(id change.RecordID) string {
	return visit.RecordPath(schema.CorrectionRequest, string(id))
}

// askingOf sets a request for its page. What somebody has changed since it was asked is
// not chosen beforehand.
func askingOf(v *visit.Visit, c *desk.Correction, full bool) asking {
	p := asking{Path: askedPath(c.ID), Name: cmp.Or(schema.MaskIDNumbers(c.Name), v.Say("（未填）", "(empty)")), Kind: v.KindName(c.Kind), By: unitName(v, c.By), Reason: c.Reason, Asked: c.Asked, Due: c.Due, State: stateTexts[c.State].says,
		Answered: c.Answered, Opinion: c.Opinion, Version: c.Version, Full: full}
	p.Open = c.Answered == "" && c.State != desk.CorrectionWithdrawn && c.Unit == v.Site.Replica.Members.Unit().Code
	p.Leads, p.Closes = v.Who.Role.May(people.Lead), p.Open && c.State == desk.CorrectionOvertaken
	if !c.Gone {
		p.Record = visit.RecordPath(c.Kind, string(c.Record))
	}
	if p.Open && c.Due != "" {
		left := pages.LeftOf(v.Lang, calendar.Number(c.Due)-calendar.Number(v.Today()))
		p.Left = &left
	}
	p.Why = whyNot(v, c)
	k, _ := v.Site.Replica.Schema.Kind(c.Kind)
	for _, f := range c.Fields {
		row := askedField{Field: f.Field, Label: values.Label(k, f.Field, v.Lang), Edited: f.Edited, Same: f.Same, Taken: f.Taken, Chosen: !f.Same && !f.Edited}
		row.Was, row.Now, row.Wanted = said(v, k, f.Field, f.Was, full), said(v, k, f.Field, f.Now, full), said(v, k, f.Field, f.Wanted, full)
		if f.Cleared {
			row.Wanted = v.Say("清空", "to be emptied")
		}
		if of, is := k.Field(f.Field); is && (of.Mask || values.IsPhone(of)) {
			p.Covered = !full
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// whyNot says why nothing of a record can be taken, "" where something can.
func whyNot(v *visit.Visit, c *desk.Correction) string {
	switch {
	case c.State == desk.CorrectionWithdrawn || c.Answered != "":
		return ""
	case c.Gone:
		return v.Say("要更正的记录本站没有，写明理由退回。", "The record is not here: decline with a reason.")
	case len(c.Fields) == 0:
		return v.Say("这个程序看不懂要改什么，请升级，或写明理由退回。", "This program cannot read what is wanted: upgrade it, or decline with a reason.")
	case c.Void:
		return v.Say("这条记录已作废，没有可更正的。", "The record is void: there is nothing to correct.")
	case c.State == desk.CorrectionOvertaken:
		return v.Say("记录已经是要改成的样子，没有可更正的。", "The record says what is wanted already.")
	}
	return ""
}

// said is what a field says, covered unless it is asked for in full.
func said(v *visit.Visit, k *schema.Kind, field string, item any, full bool) string {
	text := values.Text(k, field, item, v.Lang)
	if f, is := k.Field(field); is && full && item != nil {
		if value, err := f.Parse(item); err == nil {
			text = f.FormatText(value, string(v.Lang))
		}
	}
	return cmp.Or(text, v.Say("（空）", "(empty)"))
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

// corrections are the requests that wait for this station.
func (r *room) corrections(*visit.Visit) ([]visit.Wait, error) {
	sent, now := r.sent(), r.site.Replica.Now()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !r.asked.isGood(sent, now, keepWaiting) {
		n, err := desk.CorrectionsOf(r.site.Desk).Waiting()
		if err != nil {
			return nil, err
		}
		r.asked = kept[int]{n, now, sent}
	}
	if r.asked.what == 0 {
		return nil, nil
	}
	return []visit.Wait{{Menu: "decide", Count: r.asked.what, Unit: pages.Text{Zh: "条", En: "requests"}, Word: pages.Text{Zh: "更正请求待答复", En: "for corrections to answer"}, Href: "/tasks?task=correction"}}, nil
}
