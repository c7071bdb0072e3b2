package browser_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"tongbu/internal/sample"
)

// stories are what people do at a station. Each has a station of its own.
var stories = map[string]func(t *testing.T, s *station){
	"household_with_the_line_down": entersHousehold,
	"killed_in_mid_form":           findsDraft,
	"double_click":                 pressesTwice,
	"types_on_and_on":              typesOn,
	"two_windows":                  hasTwoWindows,
	"signed_out_elsewhere":         isSignedOut,
	"program_is_silent":            hearsNothing,
	"household_moves_away":         movesHousehold,
}

// TestStories plays each story with the real program in a real browser.
func TestStories(t *testing.T) {
	needChrome(t)
	c := foundCity(t)
	for _, name := range slices.Sorted(maps.Keys(stories)) {
		t.Run(name, func(t *testing.T) {
			s := c.openStation(t)
			stories[name](t, s)
			if log := s.Log(); strings.Contains(log, grown[0].number) || strings.Contains(log, grown[0].name) {
				t.Error("the log names somebody")
			}
		})
	}
}

// member is what a clerk types of a person.
type member struct{ name, number string }

// grown are made-up people of whom households are made.
var grown = func() (all []member) {
	maker := sample.NewMaker(20261130)
	for n := 0; len(all) < 4; n++ {
		p := maker.Household(sample.Rows()[20].Code, n).Persons[0]
		all = append(all, member{p.Object["name"].(string), p.Object["id_number"].(string)})
	}
	return all
}()

// goTo goes on with Enter, from field to field, until one has the focus.
func (t *tab) goTo(name string) {
	t.tb.Helper()
	for range 600 { // all fields of four members, more than once
		if t.focused() == name {
			return
		}
		if !eval[bool](t, `!!document.activeElement?.matches("form#sheet :is(input, select, textarea)")`) { // Enter is nothing there, or leads away: a row that came has taken the focus
			t.press(kb.Tab)
			continue
		}
		t.press(kb.Enter)
	}
	t.tb.Fatalf("Enter does not come to %s, the focus is on %s", name, t.focused())
}

// tabTo goes on with Tab until what a selector finds has the focus.
func (t *tab) tabTo(selector string) {
	t.tb.Helper()
	for range 200 {
		if eval[bool](t, "document.activeElement.matches("+quote(selector)+")") {
			return
		}
		t.press(kb.Tab)
	}
	t.tb.Fatalf("Tab does not come to %s", selector)
}

// entersHousehold: a household of four is entered with the keyboard alone while the line
// is down, is on the disk at once, and its word goes on by itself when the line is back.
func entersHousehold(t *testing.T, s *station) {
	w := s.head(t)
	s.city.cutLines()
	w.await("the line bar says that it is down", `document.querySelector("#line.down") || (fetch("/line").then(r => r.text()).then(h => { document.querySelector("#line").outerHTML = h }), false)`)
	w.press("h", input.ModifierAlt)
	w.await("the form", `document.querySelector("form#sheet") && `+whole)
	w.typeHousehold(4)
	w.save()
	if got := w.text("main"); !strings.Contains(got, "4 人") || !strings.Contains(got, "已保存") {
		t.Fatalf("saved: %s", got)
	}
	w.open("/recent")
	const word = `document.querySelector("[data-word^='household/']").textContent`
	if got := eval[string](w, word); got != "已保存" {
		t.Errorf("with the line down the word is %q", got)
	}
	eval[any](w, `window.here = true`)
	s.city.mendLines()
	w.await("the street has it", word+` !== "已保存"`)
	w.awaitFor(2*limit, "the city has recorded it", word+` === "市已登记"`)
	if !eval[bool](w, `window.here === true`) {
		t.Error("the page was loaded again")
	}
}

// typeHousehold types a household with so many members.
func (t *tab) typeHousehold(members int) {
	t.tb.Helper()
	t.tabTo("form#sheet input, form#sheet select, form#sheet textarea")
	t.goTo("0.address")
	t.write("湖滨路8号")
	for n := range members {
		row := string(rune('1' + n))
		if !eval[bool](t, "!!document.getElementById("+quote(row+".name")+")") {
			t.press("n", input.ModifierAlt)
			t.await("one more row", "document.getElementById("+quote(row+".name")+") && "+whole)
			t.tabTo("form#sheet input, form#sheet select, form#sheet textarea")
		}
		t.goTo(row + ".name")
		t.write(grown[n].name)
		t.goTo(row + ".id_number")
		t.write(grown[n].number)
		t.press(kb.Enter)
	}
}

// save saves with the keyboard; what is to be checked was checked.
func (t *tab) save() {
	t.tb.Helper()
	t.press("s", input.ModifierCtrl)
	t.await("saved, or something to check", `location.pathname.startsWith("/saved/") || document.querySelector("button[value=accept]")`)
	if t.path() == "/household/new" {
		t.tabTo("button[value=accept]")
		t.press(kb.Enter)
	}
	t.await("saved", `location.pathname.startsWith("/saved/") && document.readyState == "complete"`)
}

// findsDraft: the computer loses its power in mid form; what was typed is there again.
func findsDraft(t *testing.T, s *station) {
	w := s.head(t)
	w.open("/household/new")
	w.fill(`[id="0.address"]`, "湖滨路8号2单元")
	w.fill(`[id="1.name"]`, grown[0].name)
	w.await("the draft is kept", `document.querySelector("#kept").textContent.includes("已存")`)
	s.Kill()
	s.Start()
	w.signIn("zhan")
	w.open("/drafts")
	w.click(`a[href^="/draft/"]`)
	w.await("the draft", `document.querySelector("form#sheet")`)
	for id, want := range map[string]string{"0.address": "湖滨路8号2单元", "1.name": grown[0].name} {
		if got := eval[string](w, "document.getElementById("+quote(id)+").value"); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}

// typesOn: what is typed is kept while the clerk types on, and not in a pause only.
func typesOn(t *testing.T, s *station) {
	w := s.head(t)
	w.open("/household/new")
	eval[any](w, `(() => { const field = document.getElementById("0.address"), kept = document.querySelector("#kept"); let keys = 0;
		const typing = setInterval(() => {
			field.value += "路"; field.dispatchEvent(new Event("input", {bubbles: true}));
			const is = kept.textContent.includes("已存");
			if (is || ++keys === 50) { clearInterval(typing); window.typed = is ? "kept" : "lost"; }
		}, 100); })()`)
	w.await("fifty keys, or a draft", "window.typed")
	if got := eval[string](w, "window.typed"); got != "kept" {
		t.Error("fifty keys in a row, and nothing is kept")
	}
}

// pressesTwice: a form that is sent twice in the same moment is saved once.
func pressesTwice(t *testing.T, s *station) {
	w := s.head(t)
	w.open("/household/new")
	w.typeHousehold(1)
	w.press("s", input.ModifierCtrl)
	w.await("something to check", `document.querySelector("button[value=accept]")`)
	eval[any](w, `(() => { const b = document.querySelector("button[value=accept]"), f = new URLSearchParams(new FormData(document.querySelector("form#sheet")));
		f.set("act", "accept"); fetch(location.pathname, {method: "POST", body: f}); b.click(); b.click(); })()`)
	w.await("saved", `location.pathname.startsWith("/saved/")`)
	w.open("/recent")
	if got := eval[int](w, `document.querySelectorAll("[data-word^='household/']").length`); got != 1 {
		t.Errorf("%d households are saved, want one", got)
	}
}

// hasTwoWindows: the same draft in two windows; the second to keep it is told, and both
// are kept.
func hasTwoWindows(t *testing.T, s *station) {
	w := s.head(t)
	w.open("/household/new")
	w.fill(`[id="0.address"]`, "甲路1号")
	w.await("the draft is kept", `document.querySelector("#kept").textContent.includes("已存")`)
	w.open("/drafts")
	draft := eval[string](w, `document.querySelector("a[href^='/draft/']").getAttribute("href")`)
	other := w.beside("zh-CN")
	w.open(draft)
	other.open(draft)
	eval[any](w, `document.querySelector("#kept").textContent = ""`)
	w.fill(`[id="0.address"]`, "甲路2号")
	w.await("kept here", `document.querySelector("#kept").textContent.includes("已存")`)
	w.open("/drafts")
	other.fill(`[id="0.address"]`, "甲路3号")
	other.await("the second window is told", `document.querySelector("#kept.amber")`)
	w.open("/drafts")
	if got := eval[int](w, `document.querySelectorAll("main a[href^='/draft/']").length`); got < 2 {
		t.Errorf("%d drafts are there, want that of each window", got)
	}
}

// signInBeside signs in again in another window, where the message of this one leads.
func (t *tab) signInBeside() *tab {
	t.tb.Helper()
	to := eval[string](t, `document.querySelector("#kept a").getAttribute("href")`)
	other := t.beside("zh-CN")
	other.open(to)
	other.fill("[name=login]", "zhan")
	other.fill("[name=password]", password)
	other.click("button.go")
	other.await("the page after signing in", `document.querySelector("form#sheet")`)
	return other
}

// mustStay saves with the keyboard, and wants the page to stay with what was typed and a
// message that is seen from its end too.
func (t *tab) mustStay(id, typed, told string) {
	t.tb.Helper()
	eval[any](t, `(window.here = true, window.scrollTo(0, document.body.scrollHeight))`)
	t.press("s", input.ModifierCtrl)
	t.await("that it is not saved", `document.querySelector("#kept.stay")?.textContent.includes(`+quote(told)+`)`)
	if !eval[bool](t, "window.here === true") || eval[string](t, "document.getElementById("+quote(id)+").value") != typed {
		t.tb.Errorf("the page was left for %s", t.path())
	}
	if top := eval[float64](t, `(window.scrollTo(0, document.body.scrollHeight), document.querySelector("#kept").getBoundingClientRect().top)`); top < 0 {
		t.tb.Errorf("the message is %v above the window", -top)
	}
}

// isSignedOut: who was signed out in another window, and types on, loses nothing: the page
// stays, what was typed since is in the draft to which signing in leads, and saving goes on.
func isSignedOut(t *testing.T, s *station) {
	w := s.head(t)
	w.open("/household/new")
	w.typeHousehold(1)
	w.await("the draft is kept", `document.querySelector("#kept").textContent.includes("已存")`)
	other := w.beside("zh-CN")
	other.open("/")
	other.click("form[action='/signout'] button")
	other.await("signed out", `location.pathname === "/signin"`)
	w.fill(`[id="0.address"]`, "湖滨路9号")
	w.mustStay("0.address", "湖滨路9号", "再输一次口令")
	again := w.signInBeside()
	if got := eval[string](again, `document.getElementById("0.address").value`); got != "湖滨路9号" {
		t.Errorf("the draft has %q", got)
	}
	w.save()
}

// hearsNothing: while the program does not answer, saving does not leave the page; when it
// is there again the page for signing in says why, and the form is saved as it stands.
func hearsNothing(t *testing.T, s *station) {
	w := s.head(t)
	w.open("/household/new")
	w.typeHousehold(1)
	s.Kill()
	w.fill(`[id="0.address"]`, "湖滨路10号")
	w.mustStay("0.address", "湖滨路10号", "没有应答")
	s.Start()
	w.await("that one has to sign in again", `document.querySelector("#kept a[href^='/signin?back=%2Fhousehold%2Fnew']")`)
	other := w.beside("zh-CN")
	other.open("/signin")
	if got := other.text("main"); !strings.Contains(got, "程序重新启动过") {
		t.Errorf("the page for signing in says %s", got)
	}
	w.signInBeside()
	w.save()
	w.open("/recent")
	if got := eval[int](w, `document.querySelectorAll("[data-word^='household/']").length`); got != 1 {
		t.Errorf("%d households are saved, want one", got)
	}
}
