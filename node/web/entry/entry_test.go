package entry_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/internal/test/webtest"
	"tongbu/node/desk"
	"tongbu/node/people"
)

// clerk is somebody at a form.
type clerk struct {
	*webtest.Browser
	t testing.TB
	s *webtest.Station
}

func newClerk(t testing.TB) clerk {
	t.Helper()
	s := webtest.New(t)
	return clerk{s.As(people.Operator), t, s}
}

func form(t testing.TB, body string) (action string, values url.Values) {
	t.Helper()
	return webtest.Form(t, body, "sheet")
}

// open opens a form and types into it.
func (c clerk) open(path string, typed map[string]string) (string, url.Values) {
	c.t.Helper()
	got := c.Get(path)
	if got.Code != http.StatusOK {
		c.t.Fatalf("GET %s: %d %.300s", path, got.Code, got.Body)
	}
	action, values := form(c.t, got.Body)
	return action, with(values, typed)
}

func with(values url.Values, typed map[string]string) url.Values {
	values = maps.Clone(values)
	for name, text := range typed {
		values.Set(name, text)
	}
	return values
}

// save sends a form and accepts what it is asked.
func (c clerk) save(action string, values url.Values) webtest.Answer {
	c.t.Helper()
	got := c.Post(action, values)
	if got.Code == http.StatusUnprocessableEntity {
		_, values = form(c.t, got.Body)
		got = c.Post(action, with(values, map[string]string{"act": "accept"}))
	}
	return got
}

func (c clerk) count(kind string) int {
	c.t.Helper()
	n, err := c.s.Node.Desk.Count(c.t.Context(), kind, "")
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

func (c clerk) record(kind, id string) *desk.Shown {
	c.t.Helper()
	shown, err := c.s.Node.Desk.Get(c.t.Context(), kind, change.RecordID(id), desk.Asker{Operator: "test"})
	if err != nil {
		c.t.Fatal(err)
	}
	return shown
}

// idOf is the id of the record that a page says was saved.
func (c clerk) idOf(got webtest.Answer) string {
	c.t.Helper()
	m := regexp.MustCompile(`^/saved/[a-z_]+/([^?]+)`).FindStringSubmatch(got.Path)
	if m == nil {
		c.t.Fatalf("not saved: %d at %s: %s", got.Code, got.Path, plain(got.Body))
	}
	return m[1]
}

// plain is a page without its tags.
func plain(body string) string {
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, " ")
	text = regexp.MustCompile(`\s+`).ReplaceAllString(text, " ")
	return text[:min(len(text), 1500)]
}

// number makes an ID number of somebody made up.
func number(birth string, n int) string {
	body := "420202" + birth + fmt.Sprintf("%03d", n)
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(body[i]-'0') * w
	}
	return body + string("10X98765432"[sum%11])
}

var family = map[string]string{"0.head_name": "沈玉兰", "0.address": "钟楼8号楼3单元202", "0.people": "1", "0.income_per_head": "640",
	"1.name": "沈玉兰", "1.relation": "02", "1.id_number": number("19740308", 62)}

func TestSaveHousehold(t *testing.T) {
	c := newClerk(t)
	action, values := c.open("/household/new", family)
	got := c.save(action, values)
	id := c.idOf(got)
	if !strings.Contains(got.Body, "已保存") || !strings.Contains(got.Body, `data-word="household/`+id) {
		t.Errorf("the page says nothing of what was saved: %s", plain(got.Body))
	}
	if shown := c.record("household", id); shown.Fields["income_per_head"] != int64(64000) || shown.Fields["recorded_by"] == nil {
		t.Errorf("got %v", shown.Fields)
	}
	var member *desk.Shown
	if err := c.s.Node.Desk.List(t.Context(), "person", fmt.Sprintf("household = %q", id), desk.Asker{Operator: "test"}, func(one *desk.Shown) error {
		member = one
		return nil
	}); err != nil || member == nil {
		t.Fatal(member, err)
	}
	if member.Fields["sex"] != "2" || member.Fields["birth_date"] != "1974-03-08" || member.Fields["relation"] != "02" {
		t.Errorf("the ID number fills in sex and birth date: %v", member.Fields)
	}
}

func TestSaveAllOrNothing(t *testing.T) {
	c := newClerk(t)
	wrong := number("19740308", 62)
	wrong = wrong[:17] + string("0123456789"[(int(wrong[17]-'0')+1)%10])
	action, values := c.open("/household/new", both(family, map[string]string{"1.id_number": wrong, "1.status": "失业者吗"}))
	got := c.Post(action, values)
	if got.Code != http.StatusUnprocessableEntity || c.count("household")+c.count("person") != 0 {
		t.Fatalf("status %d, %d households", got.Code, c.count("household"))
	}
	for _, want := range []string{"有一位输错了。请对照身份证，从头核一遍。", `aria-invalid="true"`, `href="#1.id_number"`, "没有这个代码。近似的：", "失业", wrong, "还没有保存"} {
		if !strings.Contains(got.Body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(got.Body, "校验") {
		t.Error("the check character is spoken of")
	}
	again := c.Get("/household/new")
	if !strings.Contains(again.Body, "有没存完的草稿") {
		t.Error("what was typed is not kept as a draft")
	}
}

func both(a, b map[string]string) map[string]string {
	a = maps.Clone(a)
	maps.Copy(a, b)
	return a
}

func TestDoublePress(t *testing.T) {
	c := newClerk(t)
	action, values := c.open("/household/new", family)
	got := c.Post(action, values)
	_, values = form(t, got.Body)
	values.Set("act", "accept")
	first, second := c.Post(action, values), c.Post(action, values)
	if c.idOf(first) != c.idOf(second) || !strings.Contains(second.Body, "又按了一次保存，只记了一次。") || strings.Contains(first.Body, "只记了一次") {
		t.Errorf("got %s and %s", first.Path, second.Path)
	}
	if c.count("household") != 1 || c.count("person") != 1 {
		t.Error("it was saved twice")
	}
}

func TestMembersComeAndGo(t *testing.T) {
	c := newClerk(t)
	action, values := c.open("/household/new", family)
	got := c.Post(action, with(values, map[string]string{"act": "add"}))
	_, values = form(t, got.Body)
	if _, has := values["2.name"]; !has || values.Get("1.name") != "沈玉兰" || values.Get("open") != "2" {
		t.Fatalf("no second row: %v", values)
	}
	values.Set("2.name", "顾晓")
	values.Set("2.skill", "会计")
	got = c.Post(action, with(values, map[string]string{"act": "open:1"}))
	if _, values = form(t, got.Body); values.Get("2.skill") != "会计" || values.Get("open") != "1" {
		t.Errorf("fields that are not on the page are lost: %v", values)
	}
	got = c.Post(action, with(values, map[string]string{"act": "remove:1"}))
	if _, values = form(t, got.Body); values.Get("1.name") != "顾晓" || values.Has("2.name") || values.Get("1.skill") != "会计" {
		t.Errorf("got %v", values)
	}
	for n := 2; n < 30; n++ {
		values.Set(fmt.Sprintf("%d.name", n), "某")
	}
	for range 2 {
		_, values = form(t, c.Post(action, with(values, map[string]string{"act": "add"})).Body)
	}
	if !values.Has("30.name") || values.Has("31.name") {
		t.Error("a form has 30 members at most")
	}
	if got := c.Post(action, with(values, map[string]string{"31.name": "多"})); got.Code != http.StatusUnprocessableEntity {
		t.Errorf("31 members: status %d", got.Code)
	}
}

func TestTooLarge(t *testing.T) {
	c := newClerk(t)
	action, values := c.open("/household/new", map[string]string{"0.remark": strings.Repeat("长", 100_000)})
	if got := c.Post(action, values); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "256 KB") {
		t.Errorf("300 KB: status %d", got.Code)
	}
	values.Set("0.remark", strings.Repeat("长", 400_000))
	if got := c.Post(action, values); got.Code != http.StatusUnprocessableEntity {
		t.Errorf("1.2 MB: status %d", got.Code)
	}
	if c.count("household") != 0 {
		t.Error("it was saved")
	}
}

const hostile = `"><script>alert(1)</script>&'<img src=x>`

func TestHostileValues(t *testing.T) {
	c := newClerk(t)
	typed := map[string]string{"0.form_no": "", "0.head_name": hostile, "0.address": hostile, "0.housing": hostile, "1.name": hostile, "1.relation": hostile, "1.employer~": hostile,
		"1.skill": hostile, "9.x": hostile, "0.unit": hostile, "0.valid": "0", "0.kinds": hostile, "draft": hostile, "tab": hostile, "open": hostile, "revision": hostile, "accept": hostile}
	action, values := c.open("/household/new", typed)
	for _, to := range []string{action, "/check", "/further", "/draft/0123456789abcdef0123456789abcdef"} {
		if got := c.Post(to, with(values, map[string]string{"field": "1.name"})); strings.Contains(got.Body, "<script>alert") || strings.Contains(got.Body, "<img") || got.Code >= 500 {
			t.Errorf("%s: status %d, or a value stands there as it was typed", to, got.Code)
		}
	}
	for _, path := range []string{"/new/device", "/new/household+person+person+person+person", "/new/nothing", "/edit/person/nobody", "/household/nobody/edit", "/draft/nothing", "/codes/nothing", "/void/device/x", "/saved/person/nobody"} {
		if got := c.Get(path); got.Code != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, got.Code)
		}
	}
	if c.s.As(people.Viewer).Get("/household/new").Code != http.StatusForbidden {
		t.Error("a viewer types")
	}
}

// TestHiddenFields: what a form does not ask is not taken from it.
func TestHiddenFields(t *testing.T) {
	c := newClerk(t)
	action, values := c.open("/household/new", family)
	id := c.idOf(c.save(action, with(values, map[string]string{"0.valid": "0", "0.void_reason": "x", "0.own_no": "77", "1.household": "#0", "0.recorded_by": "别人"})))
	shown := c.record("household", id)
	if shown.Void || shown.Fields["own_no"] != nil || shown.Fields["recorded_by"] == "别人" {
		t.Errorf("got %v", shown.Fields)
	}
}

func (c clerk) household() (id, person string) {
	c.t.Helper()
	action, values := c.open("/household/new", family)
	id = c.idOf(c.save(action, values))
	_ = c.s.Node.Desk.List(c.t.Context(), "person", fmt.Sprintf("household = %q", id), desk.Asker{Operator: "test"}, func(one *desk.Shown) error {
		person = string(one.ID)
		return nil
	})
	return id, person
}

func TestEditIsCovered(t *testing.T) {
	c := newClerk(t)
	id, person := c.household()
	action, values := c.open("/household/"+id+"/edit", nil)
	if got := c.Get("/household/" + id + "/edit"); !strings.Contains(got.Body, "看身份号码和电话（会记录）") { // as on the pages that are read
		t.Errorf("what uncovers the numbers is called otherwise: %s", plain(got.Body))
	}
	full := family["1.id_number"]
	if got := values.Get("1.id_number"); got != schema.Masked(full) {
		t.Errorf("the ID number stands there as %q", got)
	}
	values.Set("0.phone", "13900006021")
	got := c.save(action, values)
	if c.idOf(got) != id || c.record("person", person).Fields["id_number"] != full || c.record("household", id).Fields["phone"] != "13900006021" {
		t.Errorf("a covered number is not as it was: %v", c.record("person", person).Fields)
	}
	action, values = c.open("/household/"+id+"/edit", nil)
	if values.Get("0.phone") != "139****6021" {
		t.Errorf("the phone stands there as %q", values.Get("0.phone"))
	}
	if got := c.Post(action, with(values, map[string]string{"act": "full"})); !strings.Contains(got.Body, full) {
		t.Error("a click does not show the number")
	}
}

func TestParallelEdits(t *testing.T) {
	c := newClerk(t)
	id, _ := c.household()
	a, first := c.open("/household/"+id+"/edit", map[string]string{"0.address": "甲路1号"})
	b, second := c.open("/household/"+id+"/edit", map[string]string{"0.address": "乙路2号"})
	if got := c.save(a, first); strings.Contains(got.Body, "两处改得不同") {
		t.Error("the first is in conflict with nothing")
	}
	got := c.save(b, second)
	if !strings.Contains(got.Body, "两处改得不同") || !strings.Contains(got.Body, "/decide/conflict/household/"+id) {
		t.Errorf("a conflict is not said: %s", plain(got.Body))
	}
}

func TestDrafts(t *testing.T) {
	c := newClerk(t)
	_, values := c.open("/household/new", family)
	id := values.Get("draft")
	got := c.Post("/draft/"+id, values)
	if !strings.Contains(got.Body, "已存") || !strings.Contains(got.Body, `"revision":1`) {
		t.Fatalf("got %d %s", got.Code, got.Body)
	}
	if page := c.Get("/drafts"); !strings.Contains(page.Body, "沈玉兰") || !strings.Contains(page.Body, "/draft/"+id) {
		t.Errorf("not in the list: %s", plain(page.Body))
	}
	action, back := c.open("/draft/"+id, nil)
	if action != "/household/new" || back.Get("draft") != id || back.Get("1.name") != "沈玉兰" || back.Get("0.income_per_head") != "640" {
		t.Errorf("the draft is not as it was left: %s %v", action, back)
	}
	_, other := c.open("/draft/"+id, map[string]string{"0.people": "9"}) // in a second window
	c.Post("/draft/"+id, with(back, map[string]string{"0.people": "2"}))
	if got := c.Post("/draft/"+id, other); !strings.Contains(got.Body, "这张表在另一个窗口也开着") || !strings.Contains(got.Body, "/draft/"+id) {
		t.Errorf("got %s", got.Body)
	}
	if all, _ := c.s.Node.Drafts.List(c.Login); len(all) != 2 {
		t.Errorf("%d drafts, want both", len(all))
	}
	if got := c.s.As(people.Head).Get("/draft/" + id); got.Code != http.StatusNotFound {
		t.Errorf("another sees the draft: %d", got.Code)
	}
	c.Post("/draft/"+id+"/drop", url.Values{"back": {"/drafts"}})
	if got := c.Post("/draft/"+id, with(back, map[string]string{"revision": "2"})); !strings.Contains(got.Body, "另一个窗口已保存或不要了") {
		t.Errorf("a dropped draft comes back: %s", got.Body)
	}
}

// TestSavedDraftIsGone: the draft of what is saved is no more.
func TestSavedDraftIsGone(t *testing.T) {
	c := newClerk(t)
	action, values := c.open("/household/new", family)
	c.Post("/draft/"+values.Get("draft"), values)
	values.Set("revision", "1")
	c.idOf(c.save(action, values))
	if all, _ := c.s.Node.Drafts.List(c.Login); len(all) != 0 {
		t.Errorf("%d drafts are left", len(all))
	}
}

// TestBegunFormsNameCodes: a form that an address has begun shows what a code is called, as
// an edit does, and never the bare code where its name is that code's alone.
func TestBegunFormsNameCodes(t *testing.T) {
	c := newClerk(t)
	picks := 0
	for _, k := range c.s.Replica.Schema.Now().Kinds() {
		for _, f := range k.Fields {
			list := f.List()
			if f.Type != schema.Code || list == nil {
				continue
			}
			item := list.Items[len(list.Items)-1]
			got := c.Get("/new/" + k.Name + "?" + url.Values{f.Name: {item.Code}}.Encode())
			if got.Code != http.StatusOK || got.Path == "/household/new" {
				break // of what nobody enters here
			}
			_, values := form(t, got.Body)
			want := item.Zh
			if code, _ := list.Find(want); code != item.Code {
				want = item.Code
			}
			if !strings.Contains(got.Body, `data-pick="/codes/`+list.Name+`"><input class="t" id="0.`+f.Name+`"`) || item.Withdrawn {
				continue
			}
			if picks++; values.Get("0."+f.Name) != want {
				t.Errorf("%s.%s=%s stands there as %q, want %q", k.Name, f.Name, item.Code, values.Get("0."+f.Name), want)
			}
		}
	}
	if picks < 20 {
		t.Errorf("%d fields were looked at", picks)
	}
}

// TestNumberTwice: a number that stands twice in one new household is said of the other
// member, and that of somebody who is here names the person, who is a click away; in
// neither the number is shown whole.
func TestNumberTwice(t *testing.T) {
	c := newClerk(t)
	action, values := c.open("/household/new", family)
	twice := map[string]string{"2.id": "", "2.name": "林秀", "2.relation": "11", "2.id_number": family["1.id_number"]}
	got := c.Post(action, with(values, twice))
	if got.Code != http.StatusUnprocessableEntity || strings.Contains(got.Body, "本社区已有") {
		t.Errorf("%d, of people of the same form it is said that they are here: %s", got.Code, plain(got.Body))
	}
	for _, want := range []string{"本表第 1 人的公民身份号码也是这个", "本表第 2 人的公民身份号码也是这个"} {
		if !strings.Contains(got.Body, want) {
			t.Errorf("%q is not said", want)
		}
	}
	c.idOf(c.save(action, values))
	action, values = c.open("/household/new", family)
	values.Set("1.name", "林秀")
	said := regexp.MustCompile(`本社区已有同一公民身份号码的人：<a href="(/person/[^"]+)" target="_blank">([^<]*)</a>`).FindStringSubmatch(c.Post(action, values).Body)
	if said == nil || !strings.Contains(said[2], "沈玉兰 420202") || strings.Contains(said[2], family["1.id_number"]) {
		t.Fatalf("of somebody who is here it is said: %q", said)
	}
	if page := c.Get(said[1]); !strings.Contains(page.Body, "沈玉兰") {
		t.Errorf("it leads to %s", plain(page.Body))
	}
}

// TestReasonAfterAQuestion: a message that asks is not followed by a comma.
func TestReasonAfterAQuestion(t *testing.T) {
	c := newClerk(t)
	action, values := c.open("/household/new", family)
	values.Set("1.birth_date", "1974-03-09")
	got := c.Post(action, values).Body
	if !strings.Contains(got, "以哪个为准？") || strings.Contains(got, "？，") || strings.Contains(got, "。，") {
		t.Errorf("got %s", plain(got))
	}
}

// TestFollowsTheNumber: what the program has filled in from an ID number follows when that
// is corrected, on the form and in a stored record; what somebody has typed stays.
func TestFollowsTheNumber(t *testing.T) {
	c := newClerk(t)
	action, values := c.open("/household/new", family)
	wrong, right := number("19740803", 61), number("19740308", 62)
	values.Set("1.id_number", wrong)
	values.Set("act", "keep")
	_, values = form(t, c.Post(action, values).Body)
	want := func(sex, birth string) {
		t.Helper()
		if values.Get("1.sex") != sex || values.Get("1.birth_date") != birth {
			t.Errorf("%s, %s; want %s, %s", values.Get("1.sex"), values.Get("1.birth_date"), sex, birth)
		}
	}
	want("男", "1974-08-03")
	values.Set("1.id_number", right)
	values.Set("act", "keep")
	said := c.Shard("/check", with(values, map[string]string{"field": "1.id_number"})).Body
	if !strings.Contains(said, `data-fill="1.birth_date" value="1974-03-08"`) || !strings.Contains(said, `data-fill="1.sex" value="女"`) {
		t.Errorf("the page is told %s", said)
	}
	_, kept := form(t, c.Post(action, values).Body)
	values.Set("1.birth_date", "1974-03-09") // typed
	_, values = form(t, c.Post(action, values).Body)
	want("女", "1974-03-09")
	values = kept
	want("女", "1974-03-08")
	values.Set("act", "save")
	id := c.idOf(c.save(action, values))
	action, values = c.open("/household/"+id+"/edit", map[string]string{"1.id_number": number("19750308", 61), "act": "keep"})
	_, values = form(t, c.Post(action, values).Body)
	want("男", "1975-03-08")
}

// TestToBeChecked: from the list of what is to be checked one comes to a form that says
// what was found, at its field and above, and where the reason is given; with the reason
// it is saved and says nothing more.
func TestToBeChecked(t *testing.T) {
	c := newClerk(t)
	action, values := c.open("/household/new", family)
	values.Set("1.birth_date", "1974-03-09")
	c.idOf(c.save(action, values))
	link := func(page, begins string) string {
		t.Helper()
		m := regexp.MustCompile(`href="(` + begins + `[^"]*)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("no link to %s: %s", begins, plain(page))
		}
		return m[1]
	}
	path := link(c.Get("/decide/check/person/id_birth?refresh=1").Body, "/person/")
	page := c.Get(path)
	reason := link(page.Body, "#0.[a-z_]*reason")
	for _, want := range []string{`id="m-0.birth_date"`, `href="#0.birth_date">要核对：`, `id="` + reason[1:] + `"`, "处要核对", "这一条早已保存"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("%s is not on %s", want, path)
		}
	}
	if strings.Contains(page.Body, `value="accept"`) {
		t.Error("what was not typed is to be accepted")
	}
	action, values = form(t, page.Body)
	values.Set(reason[1:], "身份证与户口本不一致")
	c.idOf(c.save(action, values))
	if again := c.Get(path).Body; strings.Contains(again, "以哪个为准") {
		t.Errorf("with a reason it says %s", plain(again))
	}
}
