package browser_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// tab is one window of a browser. What goes wrong in it ends the test.
type tab struct {
	tb      testing.TB
	ctx     context.Context
	profile cdp.BrowserContextID
	address string // of the pages, http://127.0.0.1:PORT

	mutex    sync.Mutex // guards all below
	statuses []string   // of answers: "303 /signin"
	wrong    []string   // scripts that failed, what the policy of content refused, requests elsewhere
}

// size is a window in CSS pixels.
type size struct{ width, height int64 }

// Windows that pages are made for, and half of the first: the same zoomed to 200 %.
var (
	desktop    = size{1366, 768}
	phone      = size{390, 844}
	zoomed     = size{683, 384}
	television = size{1920, 1080}
)

// openTab opens a window with a fresh profile: no cookie, nothing kept. language is what
// its user reads: zh-CN or en.
func openTab(tb testing.TB, address, language string) *tab {
	tb.Helper()
	ctx := mustChrome(tb)
	browser := cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
	profile, err := target.CreateBrowserContext().Do(browser)
	if err != nil {
		tb.Fatalf("make a profile: %v", err)
	}
	tb.Cleanup(func() { _ = target.DisposeBrowserContext(profile).Do(browser) }) // what is left ends with the browser
	return beginTab(tb, profile, address, language)
}

// beside opens another window of the same profile.
func (t *tab) beside(language string) *tab {
	t.tb.Helper()
	return beginTab(t.tb, t.profile, t.address, language)
}

func beginTab(tb testing.TB, profile cdp.BrowserContextID, address, language string) *tab {
	tb.Helper()
	of := mustChrome(tb)
	window, err := target.CreateTarget("about:blank").WithBrowserContextID(profile).WithNewWindow(true).Do(cdp.WithExecutor(of, chromedp.FromContext(of).Browser))
	if err != nil {
		tb.Fatalf("open a window: %v", err)
	}
	ctx, end := chromedp.NewContext(of, chromedp.WithTargetID(window))
	tb.Cleanup(end)
	t := &tab{tb: tb, ctx: ctx, profile: profile, address: address}
	chromedp.ListenTarget(ctx, t.hear)
	if err := chromedp.Run(ctx); err != nil { // what is asked first lives as long as the window, so it has no limit
		tb.Fatalf("attach to a window: %v", err)
	}
	t.run("begin", network.Enable(), log.Enable(), network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": language}))
	t.resize(desktop)
	tb.Cleanup(t.mustBeClean)
	return t
}

// hear notes what the window does; it is called from the browser's own goroutine.
func (t *tab) hear(event any) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if !isLoopback(e.Request.URL) {
			t.wrong = append(t.wrong, "a request left this computer: "+e.Request.URL)
		}
		if e.RedirectResponse != nil {
			t.statuses = append(t.statuses, fmt.Sprint(e.RedirectResponse.Status, " ", pathOf(e.RedirectResponse.URL)))
		}
	case *network.EventResponseReceived:
		t.statuses = append(t.statuses, fmt.Sprint(e.Response.Status, " ", pathOf(e.Response.URL)))
	case *runtime.EventExceptionThrown:
		t.wrong = append(t.wrong, "a script failed: "+e.ExceptionDetails.Error())
	case *log.EventEntryAdded:
		if e.Entry.Source == log.SourceSecurity || e.Entry.Source == log.SourceViolation {
			t.wrong = append(t.wrong, "the browser refused: "+e.Entry.Text)
		}
	}
}

func isLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if u.Scheme == "data" || u.Scheme == "about" || u.Scheme == "blob" {
		return true // nothing is sent
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.RequestURI()
}

// mustBeClean wants that no script failed, that the pages kept to their policy and that
// nothing was asked of any other computer.
func (t *tab) mustBeClean() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, what := range t.wrong {
		t.tb.Errorf("%s", what)
	}
	if t.tb.Failed() {
		t.tb.Logf("the window's last answers: %s", strings.Join(t.statuses[max(0, len(t.statuses)-12):], ", "))
	}
}

// run does what a browser is told, within the limit; what says it for a failure.
func (t *tab) run(what string, actions ...chromedp.Action) {
	t.tb.Helper()
	ctx, end := context.WithTimeout(t.ctx, limit)
	defer end()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.tb.Fatalf("%s: %v\nthe page is %s", what, err, t.seen())
	}
}

func (t *tab) resize(s size) {
	t.tb.Helper()
	t.run("resize", emulation.SetDeviceMetricsOverride(s.width, s.height, 1, false))
}

// open goes to a page and returns when it is whole.
func (t *tab) open(path string) {
	t.tb.Helper()
	t.run("open "+path, chromedp.Navigate(t.address+path))
}

// eval is the value of an expression in the page.
func eval[T any](t *tab, expression string) (value T) {
	t.tb.Helper()
	t.run("evaluate "+expression, chromedp.Evaluate(expression, &value))
	return value
}

// await waits until an expression in the page is true. A page that is being left answers
// nothing, so no answer is none of its failures.
func (t *tab) await(what, expression string) {
	t.tb.Helper()
	t.awaitFor(limit, what, expression)
}

func (t *tab) awaitFor(limit time.Duration, what, expression string) {
	t.tb.Helper()
	ctx, end := context.WithTimeout(t.ctx, limit)
	defer end()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		holds := false
		err := chromedp.Run(ctx, chromedp.Evaluate("!!("+expression+")", &holds))
		if holds && err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.tb.Fatalf("after %v not yet: %s (%s)\nthe page is %s", limit, what, expression, t.seen())
		}
	}
}

// seen is what stands on the page, for a failure.
func (t *tab) seen() (text string) {
	ctx, end := context.WithTimeout(t.ctx, 2*time.Second)
	defer end()
	_ = chromedp.Run(ctx, chromedp.Evaluate(`location.pathname + "\n" + document.body.innerText.slice(0, 3000)`, &text)) // of a failure already
	return text
}
