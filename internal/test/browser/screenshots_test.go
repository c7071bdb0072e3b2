package browser_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// EnvScreenshots is a folder; where it is named, pictures of all pages are put there.
const EnvScreenshots = "TONGBU_SCREENSHOTS"

// TestScreenshots takes a picture of every page, as make screenshots asks for.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv(EnvScreenshots)
	if dir == "" {
		t.Skipf("set %s to a folder, as make screenshots does", EnvScreenshots)
	}
	s := gallery(t)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w := openTab(t, s.Address, "zh-CN")
	w.open("/signin")
	w.picture(filepath.Join(dir, "00-signin.png"))
	w.signInTo(people.Head)
	for n, p := range s.Pages() {
		if p.Look == webtest.Part || p.Path == "/signin" {
			continue
		}
		at := desktop
		if p.Look == webtest.Television {
			at = television
		}
		w.resize(at)
		w.open(p.Path)
		name := filepath.Join(dir, fmt.Sprintf("%02d-%s", n, fileName(p.Route)))
		w.picture(name + ".png")
		if p.Look == webtest.Paper {
			mustWrite(t, name+".pdf", w.printed())
		}
	}
}

// fileName is a route as the name of a file.
func fileName(route string) string {
	plain := strings.NewReplacer("{$}", "today", "{", "", "}", "", "/", "-").Replace(strings.Trim(route, "/"))
	return strings.Trim(plain, "-")
}

func (t *tab) picture(path string) {
	t.tb.Helper()
	var png []byte
	t.run("picture", chromedp.CaptureScreenshot(&png))
	mustWrite(t.tb, path, png)
}

// printed is the page as a PDF of the size that its style asks for.
func (t *tab) printed() (pdf []byte) {
	t.tb.Helper()
	t.run("print", chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).Do(ctx)
		return err
	}))
	return pdf
}

func mustWrite(tb testing.TB, path string, raw []byte) {
	tb.Helper()
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		tb.Fatal(err)
	}
}
