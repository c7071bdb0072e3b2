package screen

import (
	"context"
	"fmt"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/node/desk"
)

// notice is a public notice of a recognition: the one thing about a person that
// everybody may see, and no more of the person than this.
type notice struct {
	name       string
	sex        pages.Text
	birth      string
	category   pages.Text
	from, to   string
	contact    string
	recognised pages.Text // what is to be recognised
}

// asker is who looks, as the audit log names it: nobody has signed in.
var asker = desk.Asker{Operator: "screen", Purpose: "public notice"}

// The steps at which a recognition is in its public notice.
const (
	hardshipNotice = `step = "notice"`
	familyNotice   = `step = "PUBLIC_NOTICE"`
)

// readNotices reads the public notices of a day. It looks at persons only where there are
// such notices, and then the audit log has it.
func (p *programme) readNotices(ctx context.Context) (all []notice, err error) {
	term := fmt.Sprintf(` AND notice_from <= %q AND notice_to >= %q`, p.day, p.day)
	for _, of := range []struct {
		kind, where string
		person      func(context.Context, record) (record, error)
		category    func(record) pages.Text
		word        pages.Text
	}{
		{"hardship_step", hardshipNotice, p.personOf, func(r record) pages.Text { return r.words("category") }, pages.Text{Zh: "就业困难人员认定", En: "Recognition of hardship"}},
		{"family_step", familyNotice, p.headOf, func(r record) pages.Text { return r.word("family_kind") }, pages.Text{Zh: "援助家庭认定", En: "Recognition of a family to be helped"}},
	} {
		n, err := p.desk.Count(ctx, of.kind, of.where+term)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		err = p.each(ctx, of.kind, of.where+term, asker, func(step record) error {
			who, err := of.person(ctx, step)
			if fault.Of(err) == fault.NotFound {
				return nil // of a person who is no longer here nothing is shown
			}
			if err == nil && !who.Void {
				all = append(all, notice{name: who.text("name"), sex: who.word("sex"), birth: who.raw("birth_date"), category: of.category(step),
					from: step.raw("notice_from"), to: step.raw("notice_to"), contact: cleanContact(step.raw("notice_contact")), recognised: of.word})
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (p *programme) personOf(ctx context.Context, step record) (record, error) {
	shown, err := p.desk.Get(ctx, "person", change.RecordID(step.raw("person")), asker)
	return record{p.kind("person"), shown}, err
}

// headOf is the head of the household that a step is about.
func (p *programme) headOf(ctx context.Context, step record) (head record, err error) {
	where := fmt.Sprintf(`household = %q AND relation = "02"`, step.raw("household"))
	err = p.each(ctx, "person", where, asker, func(r record) error {
		head = r
		return nil
	})
	if err == nil && head.Shown == nil {
		err = fault.New(fault.NotFound, "the household has no head here")
	}
	return head, err
}

// card shows a notice on a day; false: it is over, or there is no name to show.
func (n notice) card(day string) (Card, bool) {
	if n.name == "" || day < n.from || day > n.to {
		return Card{}, false
	}
	c := Card{Title: both(n.name), Small: listed(n.sex, ageText(n.birth, day)), Line: joined("：", ": ", n.recognised, n.category)}
	from, to := dayText(n.from, day), dayText(n.to, day)
	c.Body = pages.Text{Zh: from.Zh + "至" + to.Zh + "公示", En: "public from " + from.En + " to " + to.En}
	c.Ask = pages.Text{Zh: "有意见请到社区窗口", En: "objections at the desk"}
	if n.contact != "" {
		c.Ask = pages.Text{Zh: "有意见请找 " + n.contact, En: "objections to " + n.contact}
	}
	return c, true
}

// ageText is how old somebody is on a day, in full years.
func ageText(birth, day string) pages.Text {
	if len(birth) != len(day) || birth > day {
		return pages.Text{}
	}
	years := 0
	for birth <= calendar.LastBirth(day, years+1) && years < 150 {
		years++
	}
	return pages.Text{Zh: fmt.Sprintf("%d 岁", years), En: fmt.Sprintf("aged %d", years)}
}
