package transfers

import (
	"net/http"
	"net/url"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/node/desk"
	"tongbu/node/web/values"
	"tongbu/node/web/visit"
)

// offering is the page on which a household or a person is offered to another community.
type offering struct {
	Kind, Path, Record string
	Name, Address      string
	People             int  // that go along, of a household
	Alone              bool // a person leaves the household
	Heads              bool // and is its head, whose family stays: the city refuses that
	To                 string
	Choices            []community // where the text leaves a choice
	Reason             string
	visit.Wrong
	Sure *community // all is said, and it is only to be confirmed
}

// maxReason is the length of the longest reason, in characters.
const maxReason = 200

func askOffer(kind string) visit.Action {
	return func(v *visit.Visit) error {
		page, to, err := offeringOf(v, kind)
		if err != nil || to != "" {
			return goOr(v, to, err)
		}
		return v.Page("households", "transfers/offer", page)
	}
}

// offer reads the form: first it says what will happen, and the second time it is done. Of a
// record that is offered already it leads to that offer, also who has pressed twice.
func (r *room) offer(kind string) visit.Action {
	return func(v *visit.Visit) error {
		page, to, err := offeringOf(v, kind)
		if err != nil || to != "" {
			return goOr(v, to, err)
		}
		form := v.R.PostFormValue
		page.To, page.Reason = strings.TrimSpace(form("to")), strings.TrimSpace(form("reason"))
		fit := chosen(v, page.To)
		switch {
		case form("do") == "back":
			return v.Page("households", "transfers/offer", page)
		case v.Site.Replica.Members.Tree() == nil:
			return page.again(v, "", v.Say("各社区的名册还没传到本机，线路通了再提。", "The list of communities has not arrived here yet; offer it when the line is up."))
		case len(fit) == 0:
			return page.again(v, "to", v.Say("没有这个社区。写社区名称、名称的一部分或区划代码。", "There is no such community. Give its name, a part of it, or its division code."))
		case len(fit) > 1:
			page.Choices = fit
			return page.again(v, "to", v.Say("请选一个社区。", "Please choose one community."))
		case page.Reason == "":
			page.To = fit[0].Name
			return page.again(v, "reason", v.Say("写明为什么移交，对方社区会看到。", "Say why; the other community sees it."))
		case len([]rune(page.Reason)) > maxReason:
			return page.again(v, "reason", v.Say("理由太长，最多 200 字。", "The reason is too long: at most 200 characters."))
		case form("do") != "offer":
			page.Sure = &fit[0]
			return v.Page("households", "transfers/offer", page)
		}
		return r.write(v, page, fit[0])
	}
}

func (r *room) write(v *visit.Visit, page offering, to community) error {
	_, err := desk.TransfersOf(v.Site.Desk).Offer(v.Ctx(), desk.TransferAsk{Kind: page.Kind, Record: change.RecordID(page.Record), To: to.Code, Reason: page.Reason}, v.Asker("transfers"))
	switch fault.Of(err) {
	case fault.OK:
		r.stale()
		return v.Go("/transfers?done=offer")
	case fault.Invalid:
		if name, failed := desk.TransfersOf(v.Site.Desk).Offered(page.Kind, change.RecordID(page.Record)); failed == nil && name != "" { // pressed twice at once
			return v.Go("/transfer/" + url.PathEscape(name))
		}
		return page.again(v, "", v.Lang.Line(err.Error())+v.Say("。什么都没有写入。", ". Nothing was written."))
	}
	return err
}

func (page offering) again(v *visit.Visit, field, why string) error {
	page.Wrong = visit.Wrong{Error: why, Field: field}
	return v.PageAs(http.StatusUnprocessableEntity, "households", "transfers/offer", page)
}

func goOr(v *visit.Visit, to string, err error) error {
	if err != nil {
		return err
	}
	return v.Go(to)
}

// offeringOf reads what is to be offered; to is where an offer of it is shown that is open.
func offeringOf(v *visit.Visit, kind string) (page offering, to string, err error) {
	c, err := v.Site.Desk.Card(v.Ctx(), kind, change.RecordID(v.R.PathValue("id")), v.Asker("transfers"))
	if err != nil {
		return page, "", err
	}
	id := c.Subject.ID
	if name, err := desk.TransfersOf(v.Site.Desk).Offered(kind, id); err != nil || name != "" {
		return page, "/transfer/" + url.PathEscape(name), err
	}
	if c.Subject.Void {
		return page, "", fault.New(fault.Invalid, "the %s is void: nothing is transferred", kind)
	}
	here, err := named(v, []desk.Ref{{Kind: kind, ID: id}})
	if err != nil {
		return page, "", err
	}
	page = offering{Kind: kind, Path: visit.RecordPath(kind, string(id)), Record: string(id), Name: here[desk.Ref{Kind: kind, ID: id}].Called, Alone: kind == "person"}
	home := c.Household
	if home != nil {
		k, _ := v.Site.Replica.Schema.Kind("household")
		page.Address = values.Text(k, "address", home.Fields["address"], v.Lang)
	}
	for _, m := range c.Members {
		if !m.Void {
			page.People++
		}
	}
	page.Heads = page.Alone && c.Subject.Fields["relation"] == head && page.People > 1
	return page, "", nil
}

// head is the code of the relation of who heads a household.
const head = "02"
