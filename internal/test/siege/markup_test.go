package siege_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/webtest"
	"tongbu/internal/tree"
	"tongbu/node/people"
)

// hostile are texts that would be more than text in a page that forgets what they are.
var hostile = []string{
	`<x-evil onerror=alert(1)>`, `"><x-evil id="`, `'><x-evil x='`, `" x-evil="`, `' onfocus='alert(1)' x-evil='`, `</script><script>x()</script>`,
	`javascript:alert(1)//<x-evil>`, `</title><x-evil>`, `</textarea><x-evil>`, `--><x-evil>`, `{{.}}${x}<x-evil>`, `&lt;x-evil&gt;<x-evil>`, `<img src=x onerror=alert(1)>`,
}

// elements are those that pages are made of. What is not here has no business in one.
var elements = strings.Fields(`html head meta title link script body a header nav form label input kbd div b i button dl dt dd main h1 h2 h3 h4 p span section footer article aside
	table caption colgroup col thead tbody tfoot tr th td ul ol li select optgroup option textarea small strong em br details summary fieldset legend svg g path line rect circle text polyline title desc time abbr hr sub sup pre code u mark ins del`)

// addresses are attributes that a browser follows.
var addresses = []string{"href", "src", "action", "formaction", "hx-get", "hx-post", "data-next", "xlink:href", "poster", "data"}

// mustBeTame wants a page to have nothing but our own markup: no element or attribute
// that was made by what it shows, no script or style within it, and no address elsewhere.
func mustBeTame(t *testing.T, path, body string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(body))
	inScript := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			if text := strings.TrimSpace(string(z.Raw())); inScript && text != "" {
				t.Errorf("%s: a script within the page: %s", path, text)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			inScript = token.Data == "script"
			if !slices.Contains(elements, token.Data) {
				t.Errorf("%s: element %s", path, token)
			}
			for _, a := range token.Attr {
				mustBeTameAttribute(t, path, token, a)
			}
		case html.EndTagToken:
			inScript = false
		}
	}
}

func mustBeTameAttribute(t *testing.T, path string, token html.Token, a html.Attribute) {
	t.Helper()
	if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "x-evil" || a.Key == "srcdoc" || strings.HasPrefix(a.Key, "hx-on") {
		t.Errorf("%s: attribute %s of %s", path, a.Key, token)
	}
	if !slices.Contains(addresses, a.Key) {
		return
	}
	u, err := url.Parse(a.Val)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "?") {
		t.Errorf("%s: %s leads to %q", path, token, a.Val)
	}
}

// madeUp fills every field of a kind that people fill: texts with hostile ones, the
// others with something that fits.
func madeUp(k *schema.Kind, n int, refs map[string]string, bare bool) map[string]any {
	object := map[string]any{}
	for i, f := range k.Fields {
		if f.ReadOnly || f.Name == "unit" || f.Name == "own_no" || f.Name == "valid" || strings.HasPrefix(f.Name, "recorded_") || f.Name == "findings" || f.Name == "explained" {
			continue
		}
		if bare && f.Type != schema.Text && f.Must != schema.Hard {
			continue // what a rule may refuse is left out
		}
		text := hostile[(n+i)%len(hostile)]
		switch f.Type {
		case schema.Text:
			if f.MaxLen > 0 && len([]rune(text)) > f.MaxLen {
				text = string([]rune(text)[:f.MaxLen])
			}
			object[f.Name] = text
		case schema.Date:
			object[f.Name] = "2026-12-20"
		case schema.Boolean:
			object[f.Name] = true
		case schema.Ref:
			if id := refs[f.Ref]; id != "" {
				object[f.Name] = id
			}
		case schema.Code:
			if l := f.List(); l != nil && len(l.Items) > 0 {
				object[f.Name] = l.Items[0].Code
			}
		case schema.Integer, schema.Money:
			object[f.Name] = json.Number("2")
		}
	}
	return object
}

// mustPlant records hostile records of all kinds, as far as their rules let them in, and
// returns how many kinds there are of them.
func mustPlant(t *testing.T, s *webtest.Full) (planted map[string]string) {
	t.Helper()
	planted = map[string]string{}
	kinds := s.Replica.Schema.Kinds()
	refs := map[string]string{"employer": string(s.Employer), "vacancy": string(s.Vacancy), "household": string(s.Families[3].ID), "person": string(s.Families[3].Members[0].ID)}
	for round := range 2 { // what names another record is there in the second
		for i, k := range kinds {
			if k.System || k.Sort == schema.Derived || !slices.Contains(k.Writers, int(tree.Community)) {
				continue
			}
			for n := range 3 {
				raw, _ := json.Marshal(madeUp(k, i+n+round, refs, n == 2))
				written, err := kit.Put(t, s.Replica, k.Name, string(raw)+"\n")
				if err == nil && len(written) == 1 {
					planted[k.Name] = string(written[0].ID)
				}
			}
		}
		for kind, id := range planted {
			refs[kind] = id
		}
	}
	return planted
}

// TestHostileTexts: whatever stands in a record, a draft, a file, a name or an address,
// it is text on every page.
func TestHostileTexts(t *testing.T) {
	s := webtest.MustFull(t, 8)
	planted := mustPlant(t, s)
	if len(planted) < 20 {
		t.Fatalf("hostile records of %d kinds only: %v", len(planted), planted)
	}
	head := s.As(people.Head)
	for n, text := range hostile {
		head.Post("/head/accounts", url.Values{"login": {fmt.Sprint("evil", n)}, "name": {text}, "role": {"viewer"}, "password": {webtest.Password}})
		head.Upload("/import", text+".csv", "姓名,性别\n"+strings.ReplaceAll(text, ",", "")+",9\n", url.Values{"kind": {"person"}})
		mustBeTame(t, "the search", head.Post("/search", url.Values{"q": {text}}).Body)
		mustBeTame(t, "the counter", head.Post("/counter", url.Values{"q": {text}}).Body)
		mustBeTame(t, "the sign-in", s.Stranger().Post("/signin", url.Values{"login": {text}, "password": {text}, "back": {text}}).Body)
		mustBeTame(t, "a file of another kind", head.Upload("/import", text, text, url.Values{"kind": {text}}).Body)
	}
	seen := walk(t, s, head, func(path string, got webtest.Answer) { mustBeTame(t, path, got.Body) })
	t.Logf("%d pages, hostile records of %d kinds", seen, len(planted))
	evil := 0
	for kind, id := range planted {
		body := head.Get("/list/" + kind + "/" + id).Body
		evil += strings.Count(body, "x-evil")
		mustBeTame(t, kind, body)
		mustBeTame(t, kind, head.Get("/edit/"+kind+"/"+id).Body)
		mustBeTame(t, kind, head.Get("/record/"+kind+"/"+id).Body)
		mustBeTame(t, kind, head.Get("/list/"+kind).Body)
	}
	if evil == 0 {
		t.Error("no page shows what was planted")
	}
}

// mostWalked bounds a walk.
const mostWalked = 400

// walk reads all pages and what they lead to, each once.
func walk(t *testing.T, s *webtest.Full, b *webtest.Browser, look func(path string, got webtest.Answer)) (seen int) {
	t.Helper()
	known := map[string]bool{}
	var next []string
	add := func(path string) {
		path, _, _ = strings.Cut(path, "#")
		if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "/a/") && !known[path] && len(known) < mostWalked {
			known[path] = true
			next = append(next, path)
		}
	}
	for _, p := range s.Pages() {
		add(p.Path)
	}
	for len(next) > 0 {
		path := next[0]
		next = next[1:]
		got := b.Get(path)
		if got.Code >= http.StatusInternalServerError {
			t.Errorf("GET %s: status %d", path, got.Code)
		}
		if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") {
			continue
		}
		seen++
		look(path, got)
		for _, to := range links(got.Body) {
			add(to)
		}
	}
	return seen
}

// links are the addresses that a page leads to.
func links(body string) (all []string) {
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return all
		case html.StartTagToken:
			for _, a := range z.Token().Attr {
				if a.Key == "href" {
					all = append(all, a.Val)
				}
			}
		}
	}
}
