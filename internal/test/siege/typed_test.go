package siege_test

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// mistyped is an ID number with a wrong check character, where people type a name.
const mistyped = "110105189912310020"

// TestNumbersInTexts: a number that somebody has typed in the wrong place, with a wrong
// digit, is covered on every page and in every file: in names, addresses, reasons and
// names of files. A field to be typed in says what is in it.
func TestNumbersInTexts(t *testing.T) {
	s := webtest.MustFull(t, 8)
	head, clerk := s.As(people.Head), s.As(people.Operator)
	name := "沈玉兰" + mistyped
	home := string(s.Put("household", map[string]any{"head_name": name, "address": "湖滨路" + mistyped, "remark": name})[0])
	person := string(s.Put("person", map[string]any{"name": name, "household": home, "sex": "2", "birth_date": "1899-12-31", "remark": name})[0])
	vacancy := string(s.Put("vacancy", map[string]any{"registered_on": "2026-12-20", "employer_name": name, "occupation_name": name})[0])
	clerk.Post("/void/person/"+person, url.Values{"reason": {"重复" + mistyped}})
	form := webtest.Hidden(head.Get("/household/new").Body)
	form.Set("0.head_name", name)
	form.Set("0.address", name)
	head.Post("/draft/"+form.Get("draft"), form)
	file := head.Upload("/import", mistyped+".csv", "姓名,性别\n"+name+",9\n", url.Values{"kind": {"person"}})
	head.Post(file.Path+"/go", nil)

	paths := []string{"/", "/recent", "/drafts", "/households", "/household/" + home, "/household/" + home + "/edit", "/person/" + person, "/person/" + person + "/edit",
		"/saved/household/" + home, "/saved/person/" + person, "/void/household/" + home, "/void/person/" + person, "/void/vacancy/" + vacancy, "/record/vacancy/" + vacancy,
		"/list/household", "/list/person", "/list/vacancy", "/list/vacancy/" + vacancy, "/list/person/print", "/list/person.csv", "/list/household.csv", "/ledger/2", "/ledger/2.csv",
		"/counter/" + person, "/import", file.Path, file.Path + "/row/2", "/head", "/decide", "/decide/check?refresh=1", "/proposal/" + proposalOf(t, s, clerk),
		"/new/visit?of=" + home, "/new/unemployment?of=" + person}
	for _, b := range []*webtest.Browser{head, clerk} {
		for _, path := range paths {
			if got := b.Get(path); strings.Contains(shownText(got.Body), mistyped) {
				t.Errorf("%s shows a number to %s: %s", path, b.Login, around(shownText(got.Body)))
			}
		}
		for _, path := range []string{"/search", "/counter"} {
			if got := b.Post(path, url.Values{"q": {"沈玉兰"}}); strings.Contains(shownText(got.Body), mistyped) {
				t.Errorf("POST %s shows a number to %s: %s", path, b.Login, around(shownText(got.Body)))
			}
		}
		if got := b.Shard("/seek/person", url.Values{"q": {"沈玉兰"}}); strings.Contains(got.Body, mistyped) {
			t.Errorf("what is offered shows a number: %s", around(got.Body))
		}
	}
}

func proposalOf(t *testing.T, s *webtest.Full, b *webtest.Browser) string {
	t.Helper()
	all, err := s.Node.Drafts.List(b.Login)
	if err != nil || len(all) == 0 {
		t.Fatalf("%d drafts: %v", len(all), err)
	}
	return all[0].ID
}

// around is where the number stands.
func around(text string) string {
	at := strings.Index(text, mistyped)
	return text[max(at-120, 0):min(at+60, len(text))]
}

// shownText is a page without what stands in its fields; of a file all of it.
func shownText(body string) string {
	if !strings.HasPrefix(strings.TrimSpace(body), "<") {
		return body
	}
	var all strings.Builder
	z, field := html.NewTokenizer(strings.NewReader(body)), false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return all.String()
		case html.TextToken:
			if !field {
				all.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			field = token.Data == "textarea"
			for _, a := range token.Attr {
				if a.Key != "value" {
					all.WriteString(" " + a.Val + " ")
				}
			}
		case html.EndTagToken:
			field = false
		}
	}
}
