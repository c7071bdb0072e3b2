package screen

import (
	"tongbu/internal/pages"
)

// section is one part of what the screen shows, on as many pages as it takes.
type section struct {
	key   string
	word  pages.Text
	note  pages.Text // beside the title
	per   int        // cards on a page
	most  int        // pages that are turned
	cards []Card
}

// Card is one thing on a page. Lines that are empty are left out.
type Card struct {
	Title pages.Text
	Small pages.Text // beside the title
	Pay   pages.Text
	Unit  pages.Text // of the pay
	Line  pages.Text // one line
	Body  pages.Text // several
	Ask   pages.Text // where to ask, or until when
	More  string     // address of the whole text; "": it is all here
}

func (s *section) pages() int { return min((len(s.cards)+s.per-1)/s.per, s.most) }

// on are the cards of a page.
func (s *section) on(no int) []Card {
	from := (no - 1) * s.per
	return s.cards[from:min(from+s.per, len(s.cards))]
}

// both is a text that is the same in both languages: somebody typed it.
func both(text string) pages.Text { return pages.Text{Zh: text, En: text} }

// sections are the empty parts of the programme, in the order in which they are shown.
func sections() []*section {
	return []*section{
		{key: jobs, word: pages.Text{Zh: "招工", En: "Jobs"}, per: 6, most: 10},
		{key: policies, word: pages.Text{Zh: "政策", En: "Policies"}, note: pages.Text{Zh: "办得成、找谁办", En: "what there is and whom to ask"}, per: 4, most: 5},
		{key: training, word: pages.Text{Zh: "培训", En: "Training"}, note: pages.Text{Zh: "到窗口报名", En: "enrol at the desk"}, per: 4, most: 5},
		{key: promises, word: pages.Text{Zh: "服务承诺", En: "Our service"}, per: 4, most: 3},
		{key: awards, word: pages.Text{Zh: "表彰", En: "Awards"}, per: 6, most: 2},
		{key: notices, word: pages.Text{Zh: "公示", En: "Notices"}, note: pages.Text{Zh: "有不同意见，请在期内告诉窗口", En: "tell the desk within the time if you object"}, per: 4, most: 5},
	}
}

// The keys of the sections, which stand in addresses.
const (
	jobs     = "jobs"
	policies = "policies"
	training = "training"
	promises = "promises"
	awards   = "awards"
	notices  = "notices"
)

// named is the section of a key.
func named(all []*section, key string) *section {
	for _, s := range all {
		if s.key == key {
			return s
		}
	}
	return nil
}
