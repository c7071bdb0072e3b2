package lookup

import (
	"net/url"
	"strconv"

	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

// households is the page of the list.
type households struct {
	*desk.Households
	Rows         []homeRow
	Kinds        []choice
	Orders       []choice
	Before, Next string // addresses of pages; "": none
	Writes       bool
	From, To     int
}

// homeRow is one household of the list.
type homeRow struct {
	Href, Ref, Name, Address, People, Phone, FormNo, Survey string
	Tags                                                    []tag
	Word                                                    pages.Word
}

// choice is a link to the list in another way.
type choice struct {
	Href, Word string
	Count      int
	Here       bool
	Counted    bool
}

func listHouseholds(v *visit.Visit) error {
	asked := v.R.URL.Query()
	ask := desk.AskHouseholds{Order: asked.Get("order"), Kind: asked.Get("kind"), LowIncome: asked.Get("low") == "1", Zero: asked.Get("zero") == "1"}
	ask.Page, _ = strconv.Atoi(asked.Get("page")) // none is 0, which is the first
	list, err := v.Site.Desk.Households(v.Ctx(), ask, v.Asker(""))
	if err != nil {
		return err
	}
	page := households{Households: list, Writes: v.Who.Role.May(people.Write), From: (list.Page-1)*desk.HouseholdsPage + 1, To: (list.Page-1)*desk.HouseholdsPage + len(list.Shown)}
	for _, shown := range list.Shown {
		page.Rows = append(page.Rows, homeRowOf(v, shown, list.Zero[shown.ID]))
	}
	page.choose(v, ask)
	if list.Page > 1 {
		page.Before = hrefOf(ask, list.Page-1)
	}
	if list.Page < list.Of {
		page.Next = hrefOf(ask, list.Page+1)
	}
	return v.Page("households", "lookup/households", page)
}

func homeRowOf(v *visit.Visit, shown *desk.Shown, zero bool) homeRow {
	k := kindOf(v, householdKind)
	of := func(field string) string { return text(v, k, shown.Fields, field) }
	row := homeRow{Href: visit.RecordPath(householdKind, string(shown.ID)), Ref: householdKind + "/" + string(shown.ID), Name: nameOf(v, k, shown),
		Address: of("address"), People: of("people"), Phone: of("phone"), FormNo: of("form_no"), Survey: of("survey_date"), Tags: kindTags(v, setOf(shown, "kinds"), zero), Word: word(v, shown)}
	if low, _ := shown.Fields["low_income"].(bool); low {
		row.Tags = append(row.Tags, tag{"", v.Say("低保", "allowance")})
	}
	return row
}

// choose makes the links to other orders and choices; a choice begins with its first page.
func (p *households) choose(v *visit.Visit, ask desk.AskHouseholds) {
	add := func(word string, count int, like desk.AskHouseholds) {
		p.Kinds = append(p.Kinds, choice{Href: hrefOf(like, 1), Word: word, Count: count, Counted: true, Here: like.Kind == ask.Kind && like.LowIncome == ask.LowIncome && like.Zero == ask.Zero})
	}
	add(v.Say("全部", "All"), p.All, desk.AskHouseholds{Order: ask.Order})
	add(v.Say("零就业", "Nobody at work"), len(p.Zero), desk.AskHouseholds{Order: ask.Order, Zero: true})
	if f, ok := kindOf(v, householdKind).Field("kinds"); ok {
		for _, item := range f.List().Items {
			if n := p.Households.Kinds[item.Code]; n > 0 || ask.Kind == item.Code {
				word := v.Label(item.Label())
				if item.Code == zeroEmployment {
					word = claimed(v, word)
				}
				add(word, n, desk.AskHouseholds{Order: ask.Order, Kind: item.Code})
			}
		}
	}
	add(v.Say("低保", "Allowance"), p.LowIncome, desk.AskHouseholds{Order: ask.Order, LowIncome: true})
	for _, order := range []struct {
		name string
		word pages.Text
	}{{desk.ByChange, pages.Text{Zh: "最近改动", En: "Last changed"}}, {desk.ByName, pages.Text{Zh: "户主", En: "Head"}}, {desk.ByAddress, pages.Text{Zh: "住址", En: "Address"}}} {
		like := ask
		like.Order = order.name
		p.Orders = append(p.Orders, choice{Href: hrefOf(like, 1), Word: order.word.In(v.Lang), Here: ask.Order == order.name || ask.Order == "" && order.name == desk.ByChange})
	}
}

// hrefOf is the address of a page of the list; it holds codes alone.
func hrefOf(ask desk.AskHouseholds, page int) string {
	q := url.Values{}
	if ask.Order != "" && ask.Order != desk.ByChange {
		q.Set("order", ask.Order)
	}
	if ask.Kind != "" {
		q.Set("kind", ask.Kind)
	}
	if ask.LowIncome {
		q.Set("low", "1")
	}
	if ask.Zero {
		q.Set("zero", "1")
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "/households"
	}
	return "/households?" + q.Encode()
}
