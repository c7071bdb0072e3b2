package browser_test

import (
	"context"
	"errors"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// whole is true of a page whose scripts run.
const whole = `document.readyState === "complete"`

// loaded waits until the page's scripts run: before that keys and buttons do nothing, or
// what they do without a script. All hands wait here.
func (t *tab) loaded() {
	t.tb.Helper()
	t.await("the page with its scripts", whole)
}

// press presses a key of the keyboard (package kb has the ones without a letter) in
// whatever has the focus. The text of a key goes down with it: a page that takes the key
// gets no text afterwards, as with a real keyboard.
func (t *tab) press(key string, with ...input.Modifier) {
	t.tb.Helper()
	t.loaded()
	var all input.Modifier
	for _, m := range with {
		all |= m
	}
	t.run("press "+key, chromedp.ActionFunc(func(ctx context.Context) error {
		of := kb.Keys[[]rune(key)[0]]
		down := input.DispatchKeyEvent(input.KeyDown).WithKey(of.Key).WithCode(of.Code).WithWindowsVirtualKeyCode(of.Windows).WithNativeVirtualKeyCode(of.Native).WithModifiers(all)
		if all == 0 {
			down = down.WithText(of.Text).WithUnmodifiedText(of.Unmodified)
		}
		up := *down
		up.Type, up.Text, up.UnmodifiedText = input.KeyUp, "", ""
		return errors.Join(down.Do(ctx), up.Do(ctx))
	}))
}

// write types a text where the focus is. What no key has comes as an input method
// commits it.
func (t *tab) write(text string) {
	t.tb.Helper()
	t.loaded()
	if strings.IndexFunc(text, func(r rune) bool { return r > '~' }) < 0 {
		t.run("write", chromedp.KeyEvent(text))
		return
	}
	t.run("write", input.InsertText(text))
}

// click clicks what a selector finds first.
func (t *tab) click(selector string) {
	t.tb.Helper()
	t.loaded()
	t.run("click "+selector, chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// fill replaces the value of a field as somebody does who types.
func (t *tab) fill(selector, text string) {
	t.tb.Helper()
	t.loaded()
	t.focus(selector)
	eval[any](t, "document.activeElement.select && document.activeElement.select()")
	t.write(text)
}

// focus gives the focus to what a selector finds first, as soon as it is there. The page does
// it itself: what the browser tells of its nodes may be of the document before.
func (t *tab) focus(selector string) {
	t.tb.Helper()
	t.await("focus on "+selector, "(e => e && (e.focus(), document.activeElement === e))(document.querySelector("+quote(selector)+"))")
}

// focused names what has the focus: its id, else its name, else what it is.
func (t *tab) focused() string {
	t.tb.Helper()
	return eval[string](t, `(e => e ? e.id || e.name || e.tagName : "")(document.activeElement)`)
}

// text is what stands in what a selector finds first.
func (t *tab) text(selector string) string {
	t.tb.Helper()
	return eval[string](t, "document.querySelector("+quote(selector)+")?.innerText ?? ''")
}

// path is where the window is.
func (t *tab) path() string {
	t.tb.Helper()
	return eval[string](t, "location.pathname")
}
