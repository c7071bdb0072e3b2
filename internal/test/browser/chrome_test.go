package browser_test

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// limit is how long anything may take that people see happen soon, on a machine that
// others use as well.
const limit = 30 * time.Second

// TestMain ends the browser and removes what the tests have built.
func TestMain(m *testing.M) {
	code := m.Run()
	endChrome()
	_ = os.RemoveAll(workDir())
	os.Exit(code)
}

// names are those that the browser goes by.
var names = []string{"chromium", "chromium-browser", "google-chrome"}

func findChrome() string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// needChrome skips a test where there is no browser; where there must be one, it fails.
func needChrome(tb testing.TB) {
	tb.Helper()
	switch {
	case findChrome() != "":
	case os.Getenv("CI") == "true":
		tb.Fatalf("there is no browser here (%q): install Debian's chromium", names)
	default:
		tb.Skipf("NOT TESTED: the pages in a browser. There is none here (%q): install Debian's chromium", names)
	}
}

// One browser for all tests; each has a profile of its own in it. endChrome ends it.
var (
	chrome = sync.OnceValues(func() (context.Context, error) {
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(findChrome()),
			chromedp.WSURLReadTimeout(limit), chromedp.Flag("disable-gpu", true), chromedp.Flag("lang", "zh-CN"),
			// What asks for another computer by name gets none, whoever asks.
			chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
			chromedp.Flag("disable-component-update", true), chromedp.Flag("no-pings", true))
		if os.Geteuid() == 0 { // its sandbox is refused to root
			options = append(options, chromedp.NoSandbox)
		}
		allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, cancel := chromedp.NewContext(allocator)
		endChrome = func() { cancel(); end() }
		return ctx, chromedp.Run(ctx)
	})
	endChrome = func() {}
)

func mustChrome(tb testing.TB) context.Context {
	tb.Helper()
	needChrome(tb)
	ctx, err := chrome()
	if err != nil {
		tb.Fatalf("start the browser: %v", err)
	}
	return ctx
}
