package desk

import (
	"slices"
	"strings"
	"unicode/utf8"

	"tongbu/internal/schema"
)

// maxLike is how many codes are told that may have been meant.
const maxLike = 4

// addLike adds the codes that may have been meant where one is not in its list.
func (p *formPart) addLike(found schema.Problem) {
	f, known := p.to.kind.Field(found.Field)
	if found.Rule != schema.RuleCode || !known {
		return
	}
	list, known := p.to.Desk.at.Schema.Now().List(f.Codes)
	if !known {
		return
	}
	var like []schema.Item
	item, _ := p.drawn.values[f.Name].Get()
	switch given := item.(type) {
	case string:
		like = LikeCodes(list, given)
	case []string:
		for _, code := range given {
			if _, inList := list.Item(code); !inList && like == nil {
				like = LikeCodes(list, code)
			}
		}
	}
	if len(like) > 0 {
		if p.like == nil {
			p.like = map[string][]schema.Item{}
		}
		p.like[f.Name] = like
	}
}

// LikeCodes are the items of a list that a text may mean which is none of their codes or
// names, the likeliest first: by a part of the code or the name, how the name is read,
// or characters of it.
func LikeCodes(list *schema.CodeList, text string) (like []schema.Item) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return nil
	}
	score, best := map[string]int{}, 0
	for _, item := range list.Items {
		if n := likeness(item, text); n > 0 && !item.Withdrawn {
			score[item.Code], best = n, max(best, n)
			like = append(like, item)
		}
	}
	if best >= likely { // then a character or two in common say nothing
		like = slices.DeleteFunc(like, func(item schema.Item) bool { return score[item.Code] < likely })
	}
	slices.SortStableFunc(like, func(a, b schema.Item) int { return score[b.Code] - score[a.Code] })
	return like[:min(len(like), maxLike)]
}

// likely is the least likeness of an item that has more in common than characters.
const likely = 60

// likeness is how much an item is like a text, 0 for not at all.
func likeness(item schema.Item, text string) int {
	code, en := strings.ToLower(item.Code), strings.ToLower(item.En)
	begins := func(initials string) bool { return strings.HasPrefix(initials, text) }
	switch {
	case strings.TrimLeft(code, "0") == strings.TrimLeft(text, "0") && code != "":
		return 100
	case slices.ContainsFunc(strings.Fields(Spell(item.Zh)), begins):
		return 90
	case strings.HasPrefix(code, text):
		return 80
	case strings.HasPrefix(strings.TrimLeft(code, "0"), text):
		return 78
	case code != "" && strings.HasPrefix(text, code) && strings.Trim(text[len(code):], "0123456789") == text[len(code):]: // with more behind it than a number
		return 76
	case strings.HasPrefix(item.Zh, text):
		return 75
	case strings.Contains(item.Zh, text):
		return 70
	case item.Zh != "" && strings.Contains(text, item.Zh):
		return 65
	case utf8.RuneCountInString(text) > 2 && strings.Contains(en, text):
		return likely
	}
	return inCommon(item.Zh, text)
}

// inCommon is how much of a text's characters a name has: half of them at least, and a
// single one only in a short name, since in a long one it is there by chance.
func inCommon(name, text string) (n int) {
	shared := 0
	for _, r := range text {
		if r > 0x7f && strings.ContainsRune(name, r) {
			shared++
		}
	}
	if shared*2 < utf8.RuneCountInString(text) || shared < 2 && shared*4 < utf8.RuneCountInString(name) {
		return 0
	}
	return min(shared*10, 50)
}
