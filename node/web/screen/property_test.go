package screen_test

import (
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongbu/internal/test/kit"
	"tongbu/node/web/screen"
)

// mustFind is the id of a record of the city by its own number.
func (h *hall) mustFind(kind, number string) string {
	return string(kit.Name(kit.City, kind, number))
}

// TestTurn: by turning, each page is shown once and then the first again, from wherever
// one begins; and every address is a page of the turn.
func TestTurn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 70), 6, 6).Draw(t, "cards")
		all := screen.Order(screen.Sizes(sizes...))
		if len(all) == 0 {
			return
		}
		at := screen.Find(all, rapid.SampledFrom([]string{"", "jobs", "training", "notices", "x"}).Draw(t, "key"), rapid.IntRange(-2, 99).Draw(t, "no"))
		first := all[at]
		seen := map[screen.Page]bool{}
		for range all {
			seen[all[at]] = true
			before, after := screen.Beside(all, at)
			next := screen.Find(all, after.Key, after.No)
			if back, _ := screen.Beside(all, next); back != all[at] {
				t.Fatalf("back from %v is %v, want %v", after, back, all[at])
			}
			if again := screen.Find(all, before.Key, before.No); all[again] != before {
				t.Fatalf("%v is at %v", before, all[again])
			}
			at = next
		}
		if len(seen) != len(all) || all[at] != first {
			t.Fatalf("a turn of %d pages shows %d and ends at %v, not %v", len(all), len(seen), all[at], first)
		}
	})
}

// hostile are texts that must not stand on a page as they are.
func hostile() *rapid.Generator[string] {
	number := rapid.SampledFrom([]string{"11010519491231002X", "110105194912310021", "１１０１０５１９４９１２３１００２Ｘ", "110105 19491231 002x", "110105491231002",
		"13800138000", "138-0013-8000", "１３８００１３８０００", "+86 138 0013 8000", "6222021234567890123", "1\u200b3800138000", "138\n0013\n8000"})
	markup := rapid.SampledFrom([]string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, "{{.}}", `javascript:alert(1)`, "\u202egnp.exe", "' onmouseover='x"})
	return rapid.Custom(func(t *rapid.T) string {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("招工保洁员 ，a学<&")), 0, 8, -1)
		return word.Draw(t, "before") + rapid.OneOf(number, markup, word).Draw(t, "what") + word.Draw(t, "after")
	})
}

// TestNoPersonalNumber: whatever is typed into the texts of what is public, no page has a
// number of a person, or markup of theirs.
func TestNoPersonalNumber(t *testing.T) {
	h := newHall(t)
	at := 0
	rapid.Check(t, func(rt *rapid.T) {
		at++
		line := func(fields ...string) string { // without its end
			item := map[string]any{"id": fmt.Sprint("r-", at%5)}
			for _, f := range fields {
				item[f] = hostile().Draw(rt, f)
			}
			raw, _ := json.Marshal(item) // of texts
			return strings.TrimSuffix(string(raw), "}")
		}
		_, _ = kit.Put(h.t, h.at, "vacancy", line("employer_name", "occupation_name", "duties", "work_place", "wage_note", "remark")+`,"phone":"13700137000","contact":"某人"}`) // what a rule refuses is not there
		_, _ = kit.Put(h.t, h.city, "notice", line("title", "body", "topic", "remark")+`,"kind":"1","screen":true}`)
		_, _ = kit.Put(h.t, h.city, "award", line("title", "to_name", "awarded_by")+`}`)
		_, _ = kit.Put(h.t, h.city, "training_class", line("name", "place", "requirements", "institution_name")+`,"state":"1"}`)
		h.town.MustCarry(h.t, h.city, h.at)
		h.town.Clock.Advance(time.Minute)
		for _, page := range h.all() {
			if bad := unfit(page); bad != "" {
				rt.Fatalf("%q is on the page\n%s", bad, page)
			}
		}
	})
}

var (
	tags    = regexp.MustCompile(`(?s)<head>.*?</head>|<[^>]*>`)
	blanks  = regexp.MustCompile(`[ .·+-]`)
	numbers = regexp.MustCompile(`[0-9]{15,}|\b1[38][0-9]{9}`)
)

// unfit is what must not be on a page.
func unfit(page string) string {
	for _, markup := range []string{"<img", "<script>", "\u202e", "\u200b"} {
		if strings.Contains(page, markup) {
			return markup
		}
	}
	text := html.UnescapeString(tags.ReplaceAllString(page, "\n"))
	if strings.Contains(text, "某人") {
		return "某人"
	}
	half := strings.Map(func(r rune) rune {
		if '０' <= r && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, text)
	return numbers.FindString(blanks.ReplaceAllString(half, ""))
}
