package browser_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"tongbu/internal/system"
)

// movesHousehold: a household is offered to another community, which sees its head and the
// number of persons and accepts; then it is there with all persons, and here it is said
// where it is.
func movesHousehold(t *testing.T, s *station) {
	s.city.City().MustRun("", "network", "--batch", strconv.Itoa(int(system.Readable.Batch)), "--force") // else the city does it by itself, and later
	from, to := s.head(t), s.city.openStation(t).head(t)
	from.open("/household/new")
	from.typeHousehold(2)
	from.fill(`[id="0.head_name"]`, grown[0].name)
	from.save()
	home := "/household/" + strings.TrimPrefix(from.path(), "/saved/household/")
	name := eval[string](to, `document.querySelector("header .brand").lastChild.textContent`)
	from.offer(home, name)

	to.open("/transfers")
	const answer = "main a.go[href^='/transfer/']"
	to.awaitFor(2*limit, "the offer is there", `document.querySelector("`+answer+`") || (fetch("/transfers").then(r => r.text())
		.then(h => { document.querySelector("main").innerHTML = new DOMParser().parseFromString(h, "text/html").querySelector("main").innerHTML; }), false)`)
	to.click(answer)
	to.await("the offer", `document.querySelector("button[value=accept]")`)
	if got := to.text("main"); !strings.Contains(got, grown[0].name) || !strings.Contains(got, "2 人") || strings.Contains(got, grown[1].name) {
		t.Errorf("what is offered: %s", got)
	}
	to.click("button[value=accept]")
	to.await("accepted", `document.querySelector("main .note.green")`)

	to.awaitStatus(home, 200)
	to.open(home)
	if got := to.text("main"); !strings.Contains(got, grown[0].name) || !strings.Contains(got, grown[1].name) {
		t.Errorf("what has come: %s", got)
	}
	from.awaitStatus(home, 404)
	from.open(home)
	if got := from.text("main"); !strings.Contains(got, "已移交"+name) {
		t.Errorf("where it was: %s", got)
	}
}

// offer offers a household to a community, chosen by its name.
func (t *tab) offer(home, to string) {
	t.tb.Helper()
	t.open(home)
	t.click("main a[href$='/transfer']")
	t.await("the form", `document.querySelector("#to") && `+whole)
	t.focus("#to")
	t.write(to)
	t.await("the communities", `document.querySelector("#to").getAttribute("aria-expanded") === "true"`)
	t.press(kb.Enter)
	t.fill("#reason", "已搬走")
	t.press("s", input.ModifierCtrl)
	t.await("what will happen", `document.querySelector("button[value=offer]") && `+whole)
	if got := t.text("main"); !strings.Contains(got, to) || !strings.Contains(got, "2 人，连同全部记录") {
		t.tb.Errorf("what will happen: %s", got)
	}
	t.press("s", input.ModifierCtrl)
	t.await("offered", `document.querySelector("main .note.green")`)
}

// awaitStatus waits until a page answers so.
func (t *tab) awaitStatus(path string, status int) {
	t.tb.Helper()
	t.awaitFor(2*limit, "the status of "+path, `window.seen === `+strconv.Itoa(status)+` || (fetch(`+quote(path)+`).then(r => { window.seen = r.status; }), false)`)
}
