package browser_test

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

var pdfPage = regexp.MustCompile(`/Type\s*/Page[^s]`)

// TestPrintedLedger: the preview has the title, the head and the signatures of the paper,
// and comes out of the printer as so many sheets as it says, A4 lying.
func TestPrintedLedger(t *testing.T) {
	s := gallery(t)
	w := openTab(t, s.Address, "zh-CN")
	w.signInTo(people.Head)
	for path, want := range map[string]struct {
		title   string
		columns int
	}{"/ledger/1/print": {"台帐", 27}, "/ledger/3/print": {"台帐", 10}} {
		w.open(path)
		sheets := eval[int](w, `document.querySelectorAll("article.a4").length`)
		if title := w.text(".lp-t"); !strings.Contains(title, want.title) {
			t.Errorf("%s: title %q", path, title)
		}
		if got := eval[int](w, `document.querySelectorAll("article.a4:first-of-type thead th").length`); got < want.columns {
			t.Errorf("%s: %d columns, want %d at least", path, got, want.columns)
		}
		if !strings.Contains(w.text("main"), "填表人") {
			t.Errorf("%s: no place to sign", path)
		}
		pdf := w.printed()
		if got := len(pdfPage.FindAll(pdf, -1)); got != sheets || sheets == 0 {
			t.Errorf("%s: %d pages come out, %d sheets are shown", path, got, sheets)
		}
		if !bytes.Contains(pdf, []byte("/MediaBox [0 0 841")) && !bytes.Contains(pdf, []byte("/MediaBox [0 0 842")) {
			t.Errorf("%s is not A4 lying: %s", path, regexp.MustCompile(`/MediaBox \[[^]]*]`).Find(pdf))
		}
	}
}

// TestWithoutScript: pages that are read say the same where no script runs.
func TestWithoutScript(t *testing.T) {
	s := gallery(t)
	w := openTab(t, s.Address, "zh-CN")
	w.run("turn scripts off", emulation.SetScriptExecutionDisabled(true))
	w.open("/screen")
	if w.text("main") == "" && w.text("body") == "" {
		t.Error("the residents' screen is empty")
	}
	w.signInTo(people.Head)
	for _, p := range s.Pages() {
		if p.Look != webtest.Screen || p.By == "" {
			continue
		}
		w.open(p.Path)
		if w.text("h1") == "" || len(w.text("main")) < 20 {
			t.Errorf("%s says nothing: %q", p.Path, w.text("main"))
		}
	}
}

// TestScreenTurns: the residents' screen goes on to its next page by itself.
func TestScreenTurns(t *testing.T) {
	s := gallery(t)
	w := openTab(t, s.Address, "zh-CN")
	w.resize(television)
	w.run("let a second last ten milliseconds", chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(`const real = setTimeout; window.setTimeout = (f, ms) => real(f, ms / 100);`).Do(ctx)
		return err
	}))
	w.open("/screen")
	w.await("another page than the first", `location.pathname !== "/screen" && document.querySelector("[data-turn]")`)
	first := w.path()
	w.await("a page after that", "location.pathname !== "+quote(first))
}
