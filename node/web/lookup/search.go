package lookup

import (
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/visit"
	"tongbu/node/web/work"
)

// shownHits is how many of what was found a page shows.
const shownHits = 30

// results is what a search shows.
type results struct {
	Text   string
	Rows   []hit
	People int
	Homes  int
	Others int
	More   bool // there are more than are shown
	First  *hit
	Took   time.Duration
	Why    string // why nothing was searched for
	Writes bool
	Above  bool // this unit has others below it, whose people it may ask about
	Else   *elsewhere
}

// FindText is what the field of the top bar says.
func (r results) FindText() string { return r.Text }

// ByNumber reports whether a number was searched for, of an ID card or a phone.
func (r results) ByNumber() bool {
	digits := strings.TrimRight(r.Text, "xX")
	return digits != "" && strings.Trim(digits, "0123456789 -") == ""
}

// hit is a record that was found.
type hit struct {
	ID, Kind, Href string
	Ref            string
	Person         bool
	Name           []part // what fits is marked
	Heard          string // by which letters
	SexAge         string
	Number         string
	Address        []part
	State          string
	Tags           []tag
	By             string // the field by which it was found, where no mark shows that
	Word           pages.Word
	Home           string // address of the household's page
	Visit          string // and of the form for a visit there
	HomeName       string
	Jobless        bool
	Wish           string
	Phone          string
}

// part is a part of a text; what fits what was searched for is marked.
type part struct {
	Text string
	Mark bool
}

func showSearch(v *visit.Visit) error {
	return v.Page("search", "lookup/search", results{Writes: v.Who.Role.May(people.Write)})
}

// search answers with the page, or while somebody types with what was found alone. Who
// presses Enter and finds one record alone is sent to its page.
func search(v *visit.Visit) error {
	found, err := find(v, v.R.PostFormValue("q"))
	if err != nil {
		return err
	}
	if v.IsShard() {
		return v.Shard("lookup/search", "found", found)
	}
	if len(found.Rows) == 1 && !found.More {
		return v.Go(found.Rows[0].Href)
	}
	return v.Page("search", "lookup/search", found)
}

// find searches; what cannot be searched for is said in the results.
func find(v *visit.Visit, text string) (results, error) {
	r := results{Text: strings.TrimSpace(text), Writes: v.Who.Role.May(people.Write), Above: v.Site.Replica.Members.Unit().Level < tree.Community}
	if r.Text == "" {
		return r, nil
	}
	start := time.Now()
	zero, err := desk.ZeroFamilies(v.Ctx(), v.Site.Desk)
	if err != nil {
		return r, err
	}
	err = v.Site.Desk.Search(v.Ctx(), desk.Search{Text: r.Text, Limit: shownHits + 1}, v.Asker(""), func(h *desk.Hit) error {
		if len(r.Rows) == shownHits {
			r.More = true
			return nil
		}
		r.Rows = append(r.Rows, hitOf(v, h, r.Text, zero))
		switch h.Kind {
		case "person":
			r.People++
		case "household":
			r.Homes++
		default:
			r.Others++
		}
		return nil
	})
	if fault.Of(err) == fault.Invalid {
		r.Why = v.Lang.Line(err.Error())
		return r, nil
	}
	r.Took = time.Since(start)
	if len(r.Rows) > 0 && r.Rows[0].Person {
		r.First = &r.Rows[0]
	}
	return r, err
}

func hitOf(v *visit.Visit, h *desk.Hit, asked string, zero map[change.RecordID]bool) hit {
	k := kindOf(v, h.Kind)
	one := hit{ID: string(h.ID), Kind: v.Label(k.Label), Href: visit.RecordPath(h.Kind, string(h.ID)), Ref: h.Kind + "/" + string(h.ID), Person: h.Kind == "person", Word: word(v, h.Shown)}
	of := func(field string) string { return text(v, k, h.Fields, field) }
	mark := func(field string) []part {
		if h.Match.Field == field && !h.Match.Pinyin {
			return marked(of(field), asked)
		}
		return []part{{Text: of(field)}}
	}
	switch h.Kind {
	case "person":
		one.Name, one.SexAge, one.Number, one.State = mark("name"), sexAndAge(v, h.Shown), of("id_number"), of("status")
		one.Phone, one.Wish, one.Jobless = of("phone"), wishOf(v, h.Shown), isJobless(h.Shown)
		if len(one.Number) == 0 {
			one.Number = v.Say("无身份号码", "no ID number")
		}
		one.homeOf(v, h.Home, zero)
		for _, code := range setOf(h.Shown, "hardship") {
			if code == older {
				one.Tags = append(one.Tags, tag{"amber", "4050"})
			}
		}
	case "household":
		one.Name, one.Address, one.State = mark("head_name"), mark("address"), v.Say("户", "household")
		one.Number, one.Tags = of("form_no"), kindTags(v, setOf(h.Shown, "kinds"), zero[h.ID])
		if n := of("people"); n != "" {
			one.SexAge = n + v.Say(" 人", " people")
		}
		one.Home = one.Href
		if low, _ := h.Fields["low_income"].(bool); low {
			one.Tags = append(one.Tags, tag{"", v.Say("低保", "allowance")})
		}
	default:
		one.Name, one.State = []part{{Text: nameOf(v, k, h.Shown)}}, one.Kind
		one.Address = mark("address")
	}
	if h.Match.Pinyin {
		one.Heard = asked
	} else if f, ok := k.Field(h.Match.Field); ok && f.Name != "name" && f.Name != "head_name" && f.Name != "address" {
		one.By = v.Label(f.Label)
	}
	return one
}

// homeOf says where a person lives, and what is known of the household.
func (h *hit) homeOf(v *visit.Visit, at *desk.Home, zero map[change.RecordID]bool) {
	if at == nil {
		return
	}
	h.Visit = work.NewPath("visit", at.ID, nil)
	h.Home, h.HomeName, h.Address = visit.RecordPath("household", string(at.ID)), at.Head, []part{{Text: schema.MaskIDNumbers(at.Address)}}
	h.Tags = append(h.Tags, kindTags(v, at.Kinds, zero[at.ID])...)
	if at.LowIncome {
		h.Tags = append(h.Tags, tag{"", v.Say("低保", "allowance")})
	}
}

// marked cuts a text where it has what was searched for; case and blanks do not count.
func marked(text, asked string) []part {
	low, sought := strings.ToLower(text), strings.ToLower(strings.TrimSpace(asked))
	at := strings.Index(low, sought)
	if sought == "" || at < 0 || len(low) != len(text) {
		return []part{{Text: text}}
	}
	end := at + len(sought)
	var all []part
	for _, p := range []part{{Text: text[:at]}, {Text: text[at:end], Mark: true}, {Text: text[end:]}} {
		if p.Text != "" {
			all = append(all, p)
		}
	}
	return all
}

// wishOf is what work somebody wants: trades, then the pay.
func wishOf(v *visit.Visit, person *desk.Shown) string {
	k := kindOf(v, "person")
	var all []string
	for _, field := range []string{"wish_occupation_1", "wish_occupation_2", "wish_occupation_3"} {
		if t := text(v, k, person.Fields, field); t != "" {
			all = append(all, t)
		}
	}
	said := strings.Join(all, v.Say("、", ", "))
	if pay := text(v, k, person.Fields, "wish_pay"); pay != "" {
		if said != "" {
			said += v.Say("，", ", ")
		}
		said += pay + v.Say("起", " or more")
	}
	return said
}

// isJobless reports whether the record says that somebody has no work.
func isJobless(person *desk.Shown) bool {
	status, _ := person.Fields["status"].(string)
	return facts.IsJobless(status)
}
