package transfers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tongbu/internal/fault"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

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
	found, err := transfersOf(v, all[at:at+1])
	if err != nil {
		return one, err
	}
	return found[0], nil
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
	t.Wrong = visit.Wrong{Error: why, Field: field}
	return v.PageAs(http.StatusUnprocessableEntity, "decide", "transfers/show", t)
}
