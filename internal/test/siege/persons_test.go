package siege_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tongbu/internal/schema"
	"tongbu/internal/test/webtest"
	"tongbu/node/operate"
	"tongbu/node/people"
)

// TestPersonsAreCovered: no page that is read shows a full ID number or phone of anybody,
// to no role; no address, no title and no name of a file holds one, nor a name.
func TestPersonsAreCovered(t *testing.T) {
	s := webtest.MustFull(t, 8)
	for _, role := range []people.Role{people.Viewer, people.Operator, people.Head} {
		b := s.As(role)
		pages := walk(t, s, b, func(path string, got webtest.Answer) {
			for _, secret := range append(s.Numbers, s.Phones...) {
				if secret != "" && strings.Contains(got.Body, secret) {
					t.Errorf("%s shows %s in full to the %s", path, schema.Masked(secret), role)
				}
			}
			title, plain := titleOf(got.Body), links(got.Body)
			for i, to := range plain {
				var err error
				if plain[i], err = url.PathUnescape(to); err != nil {
					t.Errorf("%s leads to %q: %v", path, to, err)
				}
			}
			for _, family := range s.Families {
				for _, m := range family.Members {
					if strings.Contains(title, m.Name) {
						t.Errorf("the title of %s names somebody: %s", path, title)
					}
					for _, to := range plain {
						if strings.Contains(to, m.Name) {
							t.Errorf("%s leads to an address that names somebody: %s", path, to)
						}
					}
				}
			}
		})
		if pages < 40 {
			t.Errorf("%s: only %d pages", role, pages)
		}
	}
}

var title = regexp.MustCompile(`<title>([^<]*)</title>`)

func titleOf(body string) string {
	if found := title.FindStringSubmatch(body); found != nil {
		return html.UnescapeString(found[1])
	}
	return ""
}

// TestSearchLeavesNoTrace: what is searched for does not come into an address, and the
// answer covers the number although it was typed in full.
func TestSearchLeavesNoTrace(t *testing.T) {
	s := webtest.MustFull(t, 8)
	head, who := s.As(people.Head), s.Families[2].Members[0]
	for _, q := range []string{who.Number, who.Name, who.Phone} {
		for _, path := range []string{"/search", "/counter"} {
			got := head.Post(path, url.Values{"q": {q}})
			if at, _ := url.PathUnescape(got.Path); q == "" || strings.Contains(at, q) {
				t.Errorf("a search at %s ends at %s", path, got.Path)
			}
			if !strings.Contains(got.Body, who.Name) {
				t.Errorf("%s does not find %s", path, who.Name)
			}
			if strings.Contains(strings.ReplaceAll(got.Body, `value="`+q+`"`, ""), who.Number) {
				t.Errorf("%s shows the number in full", path)
			}
		}
	}
}

// TestNumberCostsAClick: the full number is shown to a POST alone, and the audit log then
// has who asked.
func TestNumberCostsAClick(t *testing.T) {
	s := webtest.MustFull(t, 8)
	viewer, who := s.As(people.Viewer), s.Families[2].Members[0]
	path := "/person/" + string(who.ID) + "/number"
	if got := viewer.Get(path); got.Code == http.StatusOK {
		t.Errorf("GET %s: status %d", path, got.Code)
	}
	entries := func() []operate.Looked {
		t.Helper()
		found, err := s.Node.Operate.Audit(0, "person", who.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	before := len(entries())
	got := viewer.Post(path, url.Values{"field": {"number"}})
	if got.Code != http.StatusOK || !strings.Contains(got.Body, who.Number) {
		t.Fatalf("status %d, and the number is not there", got.Code)
	}
	if strings.Contains(got.Path, who.Number) {
		t.Errorf("the number stands in the address %s", got.Path)
	}
	after := entries()
	if len(after) <= before {
		t.Fatal("the audit log has no entry of it")
	}
	last := fmt.Sprintf("%+v", after[len(after)-1])
	if !strings.Contains(last, viewer.Login) || strings.Contains(last, who.Number) {
		t.Errorf("the audit log says %s", last)
	}
}
