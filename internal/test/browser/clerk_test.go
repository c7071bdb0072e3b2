package browser_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tongbu/internal/sample"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/report"
	"tongbu/internal/test/webtest"
	"tongbu/node/people"
	"tongbu/node/sheet"
)

// TestClerk plays what a clerk does with the work of others, in one window of one
// station: a table that somebody sends, and a household that two computers have changed.
func TestClerk(t *testing.T) {
	needChrome(t)
	c := &clerk{Full: webtest.MustFull(t, 8)}
	c.tab = openTab(t, c.Address, "zh-CN")
	c.signInTo(people.Head)
	c.play(t, "mends_a_table", c.mendsTable)
	c.play(t, "settles_a_conflict", c.settlesConflict)
	c.play(t, "begins_to_type", c.beginsToType)
	c.play(t, "list_that_did_not_come", c.asksAgain)
	c.play(t, "takes_the_exact_code", c.takesExact)
	c.play(t, "list_opens_at_once", c.opensList)
	c.play(t, "enter_goes_on", c.goesOn)
	c.play(t, "list_fits_the_window", c.fitsLists)
	c.play(t, "what_is_wrong_is_accessible", c.saysWhatIsWrong)
	c.play(t, "enter_signs_in", c.entersIn)
}

type clerk struct {
	*webtest.Full
	*tab
}

// play plays one story; what goes wrong in the window ends that one.
func (c *clerk) play(t *testing.T, name string, story func(t *testing.T)) {
	t.Run(name, func(t *testing.T) {
		of := c.tab.tb
		defer func() { c.tab.tb = of }()
		c.tab.tb = t
		story(t)
	})
}

// newcomers are people of another community, who are not here yet.
func newcomers(n int) (all []map[string]any) {
	maker := sample.NewMaker(20261201)
	for at := 0; len(all) < n; at++ {
		p := maker.Household(sample.Rows()[20].Code, at).Persons[0].Object
		all = append(all, map[string]any{"name": p["name"], "id_number": p["id_number"], "sex": p["sex"], "birth_date": p["birth_date"]})
	}
	return all
}

// workbook makes an Excel file of persons.
func (c *clerk) workbook(t *testing.T, persons []map[string]any) (path string) {
	t.Helper()
	kind, _ := c.Schema.Kind("person")
	path = filepath.Join(t.TempDir(), "入户调查.xlsx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // what is not there, the page does not show
	records := func(yield func(*sheet.Record) error) error {
		for _, p := range persons {
			if err := yield(&sheet.Record{Fields: p}); err != nil {
				return err
			}
		}
		return nil
	}
	err = sheet.WriteXLSX(f, t.TempDir(), sheet.Layout{Kind: kind, Unit: kit.First.Code, Name: kit.First.Name}, records, func(_ int, why error) error { return why })
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// but is a person with another value in one field.
func but(p map[string]any, field string, value any) map[string]any {
	other := maps.Clone(p)
	if other[field] = value; value == "" {
		delete(other, field)
	}
	return other
}

// oneOff is an ID number with another check character.
func oneOff(number string) string {
	wrong := "1"
	if strings.HasSuffix(number, wrong) {
		wrong = "2"
	}
	return number[:len(number)-1] + wrong
}

// bring takes a file to the page that shows what is in it.
func (c *clerk) bring(path string) {
	c.open("/import")
	c.run("choose the file", chromedp.SetUploadFiles("[name=file]", []string{path}, chromedp.ByQuery))
	c.click("form[enctype] button.go")
	c.await("what is in the file", `location.pathname.startsWith("/import/") && `+whole)
}

// take imports the file that is shown.
func (c *clerk) take() {
	c.press("s", input.ModifierCtrl)
	c.await("imported", `document.querySelector(".note.green") && !document.querySelector("form[action$='/go']")`)
}

// wantRows wants the figures of a file: rows, new, changed, unchanged, rejected.
func (c *clerk) wantRows(t *testing.T, want ...int) {
	t.Helper()
	got := eval[[]int](c.tab, `[...document.querySelectorAll(".counts b")].slice(0, 5).map(b => parseInt(b.firstChild.textContent))`)
	if !slices.Equal(got, want) {
		t.Errorf("%v rows, new, changed, unchanged, rejected; want %v\n%s", got, want, c.text("main"))
	}
}

// wantHere wants each of the persons to be recorded once.
func (c *clerk) wantHere(t *testing.T, persons []map[string]any) {
	t.Helper()
	for _, p := range persons {
		if n := len(kit.MustList(t, c.Replica, "person", fmt.Sprintf("id_number = %q", p["id_number"]))); n != 1 {
			t.Errorf("%v is here %d times", p["name"], n)
		}
	}
}

// mendsTable: of an Excel file with wrong rows the right ones are taken in; the others
// say why not, are mended where they stand, and are in once however often the file comes.
func (c *clerk) mendsTable(t *testing.T) {
	right := newcomers(5)
	sent := slices.Clone(right)
	sent[1] = but(right[1], "name", "")
	sent[2] = but(right[2], "sex", "7")
	sent[3] = but(right[3], "id_number", oneOff(right[3]["id_number"].(string)))
	file := c.workbook(t, sent)
	before := len(kit.MustList(t, c.Replica, "person", ""))

	c.bring(file)
	c.wantRows(t, 5, 2, 0, 0, 3)
	if n := len(kit.MustList(t, c.Replica, "person", "")); n != before {
		t.Errorf("looking through has recorded %d", n-before)
	}
	c.mustBeAccessible("a file that was looked through")
	c.take()
	c.mustBeAccessible("rejected rows")
	c.wantRows(t, 5, 2, 0, 0, 3)
	rejected := c.text("#rows")
	for _, why := range []string{"没收的 3 行", "姓名\t\t未填写", "性别\t7\t代码表里没有这一项", "公民身份号码校验码不对"} {
		if !strings.Contains(rejected, why) {
			t.Errorf("%q is not said of the rows: %s", why, rejected)
		}
	}
	c.fill("[name='m.3.name']", fmt.Sprint(right[1]["name"]))
	c.fill("[name='m.4.sex']", fmt.Sprint(right[2]["sex"]))
	c.fill("[name='m.5.id_number']", fmt.Sprint(right[3]["id_number"]))
	c.click("button[form=mend]")
	c.await("the mended rows are in", `document.querySelector("main").innerText.includes("又收了 3 行")`)
	c.wantRows(t, 5, 5, 0, 0, 0)
	c.wantHere(t, right)

	c.bring(file)
	c.take()
	c.wantRows(t, 5, 0, 0, 4, 1) // the code that is none cannot be read this time either
	c.wantHere(t, right)
	if n := len(kit.MustList(t, c.Replica, "person", "")); n != before+len(right) {
		t.Errorf("%d persons are here, want %d", n, before+len(right))
	}
}

const menuDecide = `parseInt(document.querySelector("nav.nav a[href='/decide'] b")?.textContent ?? "0")`

// settlesConflict: two computers have changed one household unseen by each other; the
// clerk chooses the other one's value and saves: the record has it, its word begins again
// and the menu counts one less.
func (c *clerk) settlesConflict(t *testing.T) {
	id := c.Families[0].ID
	word := "document.querySelector(" + quote("[data-word='household/"+string(id)+"']") + ").textContent"
	c.MustCarry(t, c.Replica, c.City)
	kit.Acknowledge(c.Replica) // the street has all that was saved so far
	c.open("/household/" + string(id))
	was := eval[string](c.tab, word)
	c.open("/decide")
	waiting := eval[int](c.tab, menuDecide)
	c.click("#conflicts a[href^='/decide/conflict/household/']")
	c.await("both values", `document.querySelectorAll(".duel input[type=radio]").length === 2 && `+whole)
	const other = ".duel tbody td:last-child label" // what is not this computer's
	chosen := c.text(other + " b")
	c.click(other)
	if got := c.text(".duel label.sel1 b"); got != chosen {
		t.Errorf("%q is coloured, want %q", got, chosen)
	}
	c.press("s", input.ModifierCtrl)
	c.await("settled", `location.pathname === "/decide" && document.querySelector(".note.green")`)
	c.mustBeAccessible("what was settled")
	if got := eval[int](c.tab, menuDecide); waiting == 0 || got != waiting-1 {
		t.Errorf("the menu counts %d, before %d", got, waiting)
	}
	c.open("/household/" + string(id))
	if now := eval[string](c.tab, word); was != "街道已收" || now != "已保存" {
		t.Errorf("the word is %q, before %q", now, was)
	}
	if page := c.text("main"); !strings.Contains(page, chosen) || strings.Contains(page, "去定") {
		t.Errorf("%q is not what was decided: %s", chosen, page)
	}
	if raw, err := json.Marshal(kit.MustList(t, c.Replica, "household", "")); err != nil || strings.Contains(string(raw), `"conflicts":[{`) {
		t.Errorf("a household still has two values: %v", err)
	}
}

// beginsToType: a new form has the focus in its first field, and one more member in the
// first of the row.
func (c *clerk) beginsToType(t *testing.T) {
	c.open("/household/new")
	first := eval[string](c.tab, `[...document.querySelectorAll("form#sheet .pf input, form#sheet .pf select, form#sheet .pf textarea")].find(x => !["hidden", "radio", "checkbox"].includes(x.type)).id`)
	if got := c.focused(); got != first {
		t.Errorf("the focus is on %s, the first field is %s", got, first)
	}
	c.press("n", input.ModifierAlt)
	c.await("one more row", `document.getElementById("2.name") && `+whole)
	if got := c.focused(); got != "2.name" {
		t.Errorf("the focus is on %s, want the new member's name", got)
	}
}

// asksAgain: a code list whose request has failed comes with the next letter.
func (c *clerk) asksAgain(t *testing.T) {
	c.open("/household/new")
	eval[any](c.tab, `window.failed = 0; window.real = window.fetch; window.fetch = (to, how) => String(to).startsWith("/codes/") ? (failed++, Promise.reject(new TypeError("cut"))) : real(to, how)`)
	const field = `[id="1.nationality"]`
	c.focus(field)
	c.await("the list has failed", "failed > 0")
	eval[any](c.tab, "window.fetch = real")
	c.write("1")
	c.await("the list", `document.querySelectorAll('[data-pick]:has('+`+quote(field)+`+') li:not([hidden])').length > 0`)
}

// takesExact: Enter takes the code that was typed whole, by its name or its number, and
// none that only begins with it.
func (c *clerk) takesExact(t *testing.T) {
	for _, one := range []struct{ field, typed, want string }{{"1.relation", "女", "女"}, {"1.nationality", "1", "汉族"}, {"1.nationality", "01", "汉族"}, {"1.relation", "女婿", "女婿"}} {
		c.open("/household/new")
		field := "document.getElementById(" + quote(one.field) + ")"
		c.focus(`[id="` + one.field + `"]`)
		c.write(one.typed)
		c.await("the list", field+`.getAttribute("aria-expanded") === "true"`)
		c.press(kb.Enter)
		if got := eval[string](c.tab, field+".value"); got != one.want {
			t.Errorf("%q in %s is taken as %q, want %q", one.typed, one.field, got, one.want)
		}
	}
}

// opensList: the first Down in a code field opens its list, which is not there yet.
func (c *clerk) opensList(*testing.T) {
	c.open("/household/new")
	eval[any](c.tab, `window.real = window.fetch; window.fetch = async (to, how) => { if (String(to).startsWith("/codes/")) await new Promise((go) => { window.go = go; }); return real(to, how); }`)
	c.focus(`[id="1.relation"]`)
	c.press(kb.ArrowDown)
	c.await("the list is asked for", "!!window.go")
	eval[any](c.tab, "void go()")
	c.await("the list is open", `document.getElementById("1.relation").getAttribute("aria-expanded") === "true"`)
}

// entersIn: Enter behind the password signs in.
func (c *clerk) entersIn(*testing.T) {
	c.open("/signin")
	c.run("choose", chromedp.SetValue("select[name=login]", webtest.LoginOf(people.Operator), chromedp.ByQuery))
	c.fill("[name=password]", webtest.Password)
	c.press(kb.Enter)
	c.await("the page of the day", `location.pathname === "/" && `+whole)
}

// mustBeAccessible wants that the page as it is now breaks no rule, on a phone and, in the
// long form, on a screen. It leaves the window as wide as a screen.
func (c *clerk) mustBeAccessible(what string) {
	c.tab.tb.Helper()
	defer c.resize(desktop)
	sizes := []size{phone}
	if report.Soak() {
		sizes = append(sizes, desktop)
	}
	for _, s := range sizes {
		c.resize(s)
		c.frame()
		for _, v := range c.audit() {
			c.tab.tb.Errorf("%s at %d: %s", what, s.width, v)
		}
		c.mustFit(what, s)
	}
}

// saysWhatIsWrong: pages that are shown only when something is wrong are as accessible as
// the others, and the form that comes back has the focus where it says so.
func (c *clerk) saysWhatIsWrong(t *testing.T) {
	c.open("/household/0")
	c.mustBeAccessible("a record that is none")
	c.open("/household/new")
	c.fill(`[id="1.name"]`, "沈玉兰")
	c.fill(`[id="1.id_number"]`, oneOff(fmt.Sprint(newcomers(1)[0]["id_number"])))
	c.press("s", input.ModifierCtrl)
	c.await("what is to be mended", `document.querySelector(".note[role=alert]") && `+whole)
	if got := eval[bool](c.tab, `document.activeElement.matches(".note.red")`); !got {
		t.Errorf("the focus is on %s", c.focused())
	}
	c.mustBeAccessible("a form with what is wrong")
	none := filepath.Join(t.TempDir(), "不是表.xlsx")
	mustWrite(t, none, []byte("nothing"))
	c.open("/import")
	c.run("choose the file", chromedp.SetUploadFiles("[name=file]", []string{none}, chromedp.ByQuery))
	c.click("form[enctype] button.go")
	c.await("that it is no table", `document.querySelector(".note.red") && `+whole)
	c.mustBeAccessible("a file that is no table")
	c.open("/head")
	c.click("form[action='/head/accounts'] button")
	c.await("that a name is missing", `document.querySelector("#wrong") && `+whole)
	c.mustBeAccessible("an account that was not made")
}

// fitsLists: the list with the longest names is no wider than the window, wherever its
// field stands, and one at the lower edge opens upwards; it shows codes and names alone.
func (c *clerk) fitsLists(t *testing.T) {
	defer c.resize(desktop)
	for _, one := range []struct {
		size
		path, field, at string
	}{
		{desktop, "/new/vacancy", "0.occupation", "end"}, {desktop, "/new/vacancy", "0.occupation", "start"}, {phone, "/new/vacancy", "0.occupation", "end"},
		{desktop, "/household/new", "1.status", "end"}, {desktop, "/household/new", "1.education", "center"}, {phone, "/household/new", "1.occupation", "center"},
	} {
		c.resize(one.size)
		c.open(one.path)
		field := "document.getElementById(" + quote(one.field) + ")"
		c.focus(`[id="` + one.field + `"]`)
		eval[any](c.tab, field+".scrollIntoView({block: "+quote(one.at)+"})")
		if one.at == "end" { // above the bar of buttons
			eval[any](c.tab, `window.scrollBy(0, document.querySelector(".stickyb").offsetHeight + 8)`)
		}
		c.press(kb.ArrowDown)
		c.await("the list", field+`.getAttribute("aria-expanded") === "true"`)
		c.mustFit(one.path+" with the list of "+one.field, one.size)
		said := eval[string](c.tab, `(() => { const ul = `+field+`.closest(".pick").querySelector("ul"), r = ul.getBoundingClientRect(), bar = document.querySelector(".stickyb").getBoundingClientRect(), li = [...ul.children].find(x => x.dataset.py && ul.innerText.includes(x.dataset.py));
			if (li) return "initials are shown: " + li.innerText;
			if (r.left < 0 || r.right > innerWidth) return "from " + r.left + " to " + r.right;
			return `+quote(one.at)+` === "end" && r.bottom > bar.top ? "it ends at " + r.bottom + ", the bar begins at " + bar.top : ""; })()`)
		if said != "" {
			t.Errorf("%s at %d, %s: %s", one.field, one.width, one.at, said)
		}
	}
}

// goesOn: Enter in a text of several lines goes on as in every field, and back from the
// next; Shift and Enter there begin a line.
func (c *clerk) goesOn(t *testing.T) {
	c.open("/household/new")
	const all = `[...document.querySelectorAll("form#sheet textarea")]`
	area := eval[string](c.tab, all+"[0].id")
	c.focus("textarea")
	c.write("第一行")
	enter := input.DispatchKeyEvent(input.KeyDown).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(13).WithModifiers(input.ModifierShift)
	c.run("a new line", enter.WithText("\r").WithUnmodifiedText("\r"))
	c.write("第二行")
	c.press(kb.Enter)
	if got := eval[string](c.tab, all+"[0].value"); got != "第一行\n第二行" || c.focused() == area {
		t.Errorf("the text is %q, the focus is on %s", got, c.focused())
	}
}
