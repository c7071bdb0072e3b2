package browser_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"tongbu/internal/test/report"
	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// households is how many the station has whose pages are looked at.
const households = 12

// gallery is a station that has been worked at, whose pages are shown by the test itself.
func gallery(tb testing.TB) *webtest.Full {
	tb.Helper()
	needChrome(tb)
	return webtest.MustFull(tb, households)
}

// signInTo signs in somebody of a station that package webtest has opened.
func (t *tab) signInTo(role people.Role) {
	t.tb.Helper()
	t.open("/signin")
	login := webtest.LoginOf(role)
	if t.text("select[name=login]") != "" {
		t.run("choose "+login, chromedp.SetValue("select[name=login]", login, chromedp.ByQuery))
	} else {
		t.fill("[name=login]", login)
	}
	t.fill("[name=password]", webtest.Password)
	t.click("button.go")
	t.await("the page after signing in", `document.querySelector("header.top .me b")`)
}

// violation is a rule that a page breaks, as axe-core tells it.
type violation struct {
	ID    string
	Nodes []struct {
		Target []any
		Why    string `json:"failureSummary"`
	}
}

// audit runs axe-core in the page as it is now.
func (t *tab) audit() (found []violation) {
	t.tb.Helper()
	if !eval[bool](t, "!!window.axe") {
		eval[any](t, string(mustRead(t.tb, "axe.min.js"))+";0")
	}
	t.run("axe", chromedp.Evaluate(`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations)`, &found, chromedp.EvalAsValue,
		func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return found
}

// TestAccessible wants that no page breaks a rule of accessibility, on a screen and on a
// phone, in both languages, and that no page must be pushed sideways when it is zoomed:
// only tables may, within themselves. The short form looks at every second page on a screen
// in Chinese, and at the others on a phone in English.
func TestAccessible(t *testing.T) {
	s := gallery(t)
	looks := map[string][]size{"zh-CN": {desktop}, "en": {phone}}
	if report.Soak() {
		looks = map[string][]size{"zh-CN": {desktop, phone}, "en": {desktop, phone}}
	}
	for language, sizes := range looks {
		t.Run(language, func(t *testing.T) {
			t.Parallel() // in a window each
			w := openTab(t, s.Address, language)
			strangers := slices.DeleteFunc(s.Pages(), func(p webtest.Page) bool { return p.By != "" })
			for _, p := range strangers {
				w.look(p, sizes)
			}
			w.signInTo(people.Head)
			for i, p := range s.Pages() {
				if !report.Soak() && (i%2 == 0) != (language == "en") {
					continue
				}
				if p.Look != webtest.Part && p.By != "" {
					w.look(p, sizes)
				}
			}
		})
	}
}

// frame waits until the page has been drawn as it is now: scripts that look at sizes have
// run by then.
func (t *tab) frame() {
	t.tb.Helper()
	t.run("draw", chromedp.Evaluate(`new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))`, nil,
		func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
}

// look judges one page at some sizes.
func (t *tab) look(p webtest.Page, sizes []size) {
	t.tb.Helper()
	if p.Look == webtest.Television {
		sizes = []size{television}
	}
	t.resize(sizes[0])
	t.open(p.Path)
	for _, s := range sizes {
		t.resize(s)
		t.frame()
		for _, v := range t.audit() {
			t.tb.Errorf("%s at %d: %s", p.Path, s.width, v)
		}
		if p.Look == webtest.Screen && s != desktop {
			t.mustFit(p.Path, s)
		}
	}
	if p.Look == webtest.Screen {
		t.resize(zoomed)
		t.mustFit(p.Path, zoomed)
	}
}

// mustFit wants the page to be no wider than its window.
func (t *tab) mustFit(path string, s size) {
	t.tb.Helper()
	const widest = `(() => { const w = document.scrollingElement.clientWidth;
		if (document.scrollingElement.scrollWidth <= w) return "";
		const out = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > w + 1);
		return document.scrollingElement.scrollWidth + " px wide: " + out.slice(0, 4).map(e => e.tagName + "." + e.className + "#" + e.id).join(", "); })()`
	if wide := eval[string](t, widest); wide != "" {
		t.tb.Errorf("%s does not fit %d px: %s", path, s.width, wide)
	}
}

func (v violation) String() string {
	var b strings.Builder
	b.WriteString(v.ID)
	for _, n := range v.Nodes[:min(3, len(v.Nodes))] {
		_, _ = fmt.Fprintf(&b, "\n  %v: %s", n.Target, strings.ReplaceAll(n.Why, "\n", " "))
	}
	return b.String()
}
