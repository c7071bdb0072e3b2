package screen

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tongbu/internal/pages"
	"tongbu/internal/words"
)

// within reports whether a day lies between two fields of a record, either of which may
// be empty.
func (r record) within(from, to, day string) bool {
	begins, ends := r.raw(from), r.raw(to)
	return (begins == "" || begins <= day) && (ends == "" || day <= ends)
}

// dayText is a date as it is said in both languages.
func dayText(date, today string) pages.Text {
	return pages.Text{Zh: pages.Day(words.Chinese, date, today), En: pages.Day(words.English, date, today)}
}

// isOffered reports whether a vacancy is shown on a day: open, not in reserve, in its
// time.
func (r record) isOffered(day string) bool {
	state := r.raw("state")
	open := state == "" || state == "1" || state == "2"
	return open && !r.Void && !r.flag("reserve") && r.within("from", "to", day)
}

// jobCard shows a vacancy without whom to call at the employer: that is a person.
// Residents ask at the desk.
func (r record) jobCard() (Card, bool) {
	c := Card{Title: both(r.text("occupation_name")), Pay: r.pay(), Unit: pages.Text{Zh: "元/月", En: "yuan a month"}}
	if c.Title.Zh == "" {
		c.Title = r.word("occupation")
	}
	employer := r.text("employer_name")
	if c.Title.Zh == "" || employer == "" {
		return c, false
	}
	if n, has := r.number("posts"); has {
		c.Small = pages.Text{Zh: fmt.Sprintf("招 %d 人", n), En: fmt.Sprintf("%d wanted", n)}
	}
	if c.Pay.Zh == "" {
		c.Pay, c.Unit = pages.Text{Zh: "工资面议", En: "pay by agreement"}, pages.Text{}
	}
	c.Line = listed(both(employer), both(r.text("work_place")), r.ages(), r.older(), r.insured())
	return c, true
}

// pay is the wage in yuan.
func (r record) pay() pages.Text {
	fen, has := r.number("wage")
	if !has || fen <= 0 {
		return pages.Text{}
	}
	return both(pages.Grouped(strconv.FormatInt(fen/100, 10)))
}

func (r record) ages() pages.Text {
	from, hasFrom := r.number("age_from")
	to, hasTo := r.number("age_to")
	switch {
	case hasFrom && hasTo:
		return pages.Text{Zh: fmt.Sprintf("%d 至 %d 岁", from, to), En: fmt.Sprintf("aged %d to %d", from, to)}
	case hasTo:
		return pages.Text{Zh: fmt.Sprintf("%d 岁以下", to), En: fmt.Sprintf("up to %d", to)}
	}
	return pages.Text{}
}

func (r record) older() pages.Text {
	if r.flag("takes_older") {
		return pages.Text{Zh: "收 4050", En: "takes people of 40 and 50"}
	}
	return pages.Text{}
}

func (r record) insured() pages.Text {
	if r.raw("insurance") == "" {
		return pages.Text{}
	}
	return r.word("insurance")
}

// noticeSections is where notices of a kind are shown; of the kinds that are not here,
// which are for the station, none is.
var noticeSections = map[string]string{"1": policies, "2": jobs, "3": training, "4": promises, "8": notices, "9": policies}

// isPublic reports whether a notice is shown on a day. A public notice without an end is
// not: it would never be gone.
func (r record) isPublic(day string) bool {
	if r.Void || !r.flag("screen") || noticeSections[r.raw("kind")] == "" || !r.within("issued", "expires", day) {
		return false
	}
	return r.raw("kind") != "8" || r.raw("expires") != ""
}

// noticeCard shows a notice.
func (r record) noticeCard(day string) (Card, bool) {
	c := Card{Title: both(r.text("title"))}
	if c.Title.Zh == "" {
		return c, false
	}
	body, more := cut(r.text("body"), shownOfBody)
	c.Body = both(body)
	if more {
		c.More = Path + "/text/" + string(r.ID)
	}
	var until pages.Text
	if ends := r.raw("expires"); ends != "" {
		d := dayText(ends, day)
		until = pages.Text{Zh: d.Zh + "止", En: "until " + d.En}
	}
	c.Ask = joined("，", ", ", r.askAt(), until)
	return c, true
}

// shownOfBody is how much of a text stands on its card, in characters.
const shownOfBody = 64

// askAt is where to ask about a notice.
func (r record) askAt() pages.Text {
	phone := cleanContact(r.raw("contact"))
	if phone == "" {
		return pages.Text{Zh: "请到社区窗口问", En: "ask at the desk"}
	}
	return pages.Text{Zh: "咨询 " + phone, En: "ask " + phone}
}

// isOpen reports whether somebody can still enrol in a class on a day.
func (r record) isOpen(day string) bool {
	state, ends := r.raw("state"), cmp.Or(r.raw("enrol_to"), r.raw("from"))
	return !r.Void && (state == "" || state == "1") && (ends == "" || day <= ends)
}

func (r record) classCard(day string) (Card, bool) {
	c := Card{Title: both(r.text("name"))}
	if c.Title.Zh == "" {
		return c, false
	}
	if r.flag("free") {
		c.Small = pages.Text{Zh: "免费", En: "free of charge"}
	}
	if from := r.raw("from"); from != "" {
		d := dayText(from, day)
		c.Line = pages.Text{Zh: d.Zh + "开班", En: "begins " + d.En}
	}
	if n, has := r.number("days"); has {
		c.Line = listed(c.Line, pages.Text{Zh: fmt.Sprintf("学 %d 天", n), En: fmt.Sprintf("%d days", n)})
	}
	if n, has := r.number("seats"); has {
		c.Line = listed(c.Line, pages.Text{Zh: fmt.Sprintf("收 %d 人", n), En: fmt.Sprintf("%d places", n)})
	}
	body, _ := cut(r.text("requirements"), shownOfBody)
	c.Body = listed(both(r.text("institution_name")), both(r.text("place")), both(body))
	c.Ask = pages.Text{Zh: "带身份证到社区窗口报名", En: "enrol at the desk, with your ID card"}
	if to := r.raw("enrol_to"); to != "" {
		d := dayText(to, day)
		c.Ask = listed(c.Ask, pages.Text{Zh: "报名到" + d.Zh, En: "until " + d.En})
	}
	return c, true
}

func (r record) awardCard() (Card, bool) {
	c := Card{Title: both(r.text("title")), Body: both(r.text("to_name"))}
	if r.Void || r.raw("revoked_on") != "" || c.Title.Zh == "" {
		return c, false
	}
	if n, has := r.number("year"); has {
		c.Small = pages.Text{Zh: fmt.Sprintf("%d 年", n), En: strconv.FormatInt(n, 10)}
	}
	c.Line = listed(r.word("level"), both(r.text("awarded_by")))
	return c, true
}

// newest puts the records first whose date in a field is the latest, those of this unit
// before others of one day.
func newest(all []record, field, unit string) {
	slices.SortStableFunc(all, func(a, b record) int {
		own := func(r record) int {
			if r.Unit == unit {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(own(a), own(b)), strings.Compare(b.raw(field), a.raw(field)), strings.Compare(string(a.ID), string(b.ID)))
	})
}
