package lookup_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/webtest"
	"tongbu/node/operate"
	"tongbu/node/people"
)

// household records one with several members, the first of them in the ledgers.
func household(t *testing.T, s *webtest.Station) webtest.Family {
	t.Helper()
	for n := range 40 {
		f := s.Household(n)
		if len(f.Members) > 2 && f.Members[0].Phone != "" {
			s.Events(f, 0)
			return f
		}
	}
	t.Fatal("no made-up household has three members and a phone")
	return webtest.Family{}
}

// TestSearch: who is found is told apart, and a single one is opened.
func TestSearch(t *testing.T) {
	s := webtest.New(t)
	f := household(t, s)
	b, m := s.As(people.Operator), f.Members[0]
	address, _ := f.Fields["address"].(string)
	got := b.Post("/search", url.Values{"q": {address}})
	webtest.Want(t, got, []string{m.Name, "<mark>" + address, m.Number[:6], "/new/unemployment?of=" + string(m.ID)}, m.Number, m.Phone)
	if got := b.Post("/search", url.Values{"q": {m.Number}}); got.Path != "/person/"+string(m.ID) && !strings.Contains(got.Body, m.Name) {
		t.Errorf("a whole ID number leads to %s", got.Path)
	}
	webtest.Want(t, b.Shard("/search", url.Values{"q": {m.Name}}), []string{`id="found"`, m.Name}, "<html")
	webtest.Want(t, b.Post("/search", url.Values{"q": {"没有人"}}), []string{"没有叫 “没有人” 的人", "/household/new"})
	for _, path := range []string{"/search", "/counter"} {
		webtest.Want(t, b.Post(path, url.Values{"q": {"42020219000101001X"}}), []string{"没有这个号码的人"}, "没有叫")
	}
	webtest.Want(t, b.Post("/search", url.Values{"q": {"  "}}), []string{"在上面的格子里"})
	webtest.Want(t, b.Post("/search", url.Values{"q": {"<b>'\""}}), nil, "<b>'")
	webtest.Want(t, b.Get("/search"), []string{"查找"})
	webtest.Want(t, s.As(people.Viewer).Post("/search", url.Values{"q": {m.Name}}), []string{m.Name}, "/new/unemployment")
}

// TestSearchIsLogged: whom a search shows is in the audit log, under who asked.
func TestSearchIsLogged(t *testing.T) {
	s := webtest.New(t)
	f := household(t, s)
	b, m := s.As(people.Operator), f.Members[1]
	b.Shard("/search", url.Values{"q": {m.Name}})
	b.Get("/person/" + string(m.ID))
	b.Post("/person/"+string(m.ID)+"/number", url.Values{"field": {"number"}})
	b.Get("/households")
	looked, err := operate.New(s.Replica, operate.Beyond{}).Audit(0, "person", m.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	acts, full := map[string]int{}, false
	for _, l := range looked {
		if l.Operator != b.Login {
			t.Errorf("an entry names %q", l.Operator)
		}
		acts[string(l.Act)]++
		full = full || strings.Contains(l.Purpose, "id_number")
	}
	if acts["search"] != 1 || acts["get"] < 3 || !full {
		t.Errorf("the audit log has %v, and of the full number: %v", acts, full)
	}
}

// TestPerson: the page says what is known, covered, and the full number once.
func TestPerson(t *testing.T) {
	s := webtest.New(t)
	f := household(t, s)
	b, m := s.As(people.Operator), f.Members[0]
	path := "/person/" + string(m.ID)
	got := b.Get(path)
	webtest.Want(t, got, []string{m.Name, f.Members[1].Name, "/household/" + string(f.ID), "失业登记", "第二棉纺厂", "改动记录", "六个清", "下岗失业人员台帐", path + "/edit", m.Phone[:3] + "****"}, m.Number, m.Phone)
	if len(got.Body) > 40<<10 {
		t.Errorf("the page has %d bytes", len(got.Body))
	}
	webtest.Want(t, b.Post(path+"/number", url.Values{"field": {"number"}}), []string{m.Number}, m.Phone)
	webtest.Want(t, b.Post(path+"/number", url.Values{"field": {"phone"}}), []string{m.Phone}, m.Number)
	webtest.Want(t, b.Get(path), nil, m.Number, m.Phone)
	if got := b.Post(path+"/number", url.Values{"field": {"insurance_no"}}); got.Code != http.StatusNotFound {
		t.Errorf("another field: status %d", got.Code)
	}
	webtest.Want(t, s.As(people.Viewer).Get(path), []string{m.Name}, path+"/edit")
}

// TestWithoutWorkSince: who is without work is so since the day of the loss, also where the
// registration is of a later day; the lists that the page names are ledgers and registers,
// each a page; and its history says what each change was.
func TestWithoutWorkSince(t *testing.T) {
	s := webtest.New(t)
	b := s.As(people.Operator)
	home := s.Put("household", map[string]any{"head_name": "沈玉兰", "survey_date": "2026-10-01"})[0]
	who := string(s.Put("person", map[string]any{"household": string(home), "name": "沈玉兰", "sex": "2", "birth_date": "1980-01-01", "relation": "02", "labour_ability": "1", "job_wish": "1", "status": "9", "hardship": []string{"050"}})[0])
	s.Put("unemployment", map[string]any{"person": who, "on": "2026-11-02", "reason": "20"})
	s.Put("registration", map[string]any{"person": who, "on": "2026-12-01"})
	for _, path := range []string{"/person/" + who, "/counter/" + who} {
		webtest.Want(t, b.Get(path), []string{"自 2026-11-02"}, "自 2026-12-01")
	}
	page := b.Get("/person/" + who)
	webtest.Want(t, page, []string{"录入了失业"}, "没有改字段")
	_, ledgers, _ := strings.Cut(page.Body, "在哪些台帐")
	ledgers, _, _ = strings.Cut(ledgers, "</ul>")
	links := regexp.MustCompile(`<li><a href="([^"]+)">`).FindAllStringSubmatch(ledgers, -1)
	if len(links) < 2 || len(links) != strings.Count(ledgers, "<li>") || strings.Contains(ledgers, "待办") {
		t.Errorf("the ledgers are %s", ledgers)
	}
	for _, m := range links {
		webtest.Want(t, b.Get(m[1]), []string{"沈玉兰"})
	}
}

// TestSentTo: the page of a vacancy says how many were referred to it and how many have
// work by that, with each of them; a feedback alone places nobody.
func TestSentTo(t *testing.T) {
	s := webtest.New(t)
	f := household(t, s)
	b := s.As(people.Operator)
	post := s.Put("vacancy", map[string]any{"employer_name": "园林处", "state": "1"}, map[string]any{"employer_name": "商场", "state": "1"})
	webtest.Want(t, b.Get("/record/vacancy/"+string(post[0])), []string{"已推荐 0 人，已安置 0 人"})
	for i := range 2 {
		who := string(f.Members[i].ID)
		sent := s.Put("referral", map[string]any{"person": who, "on": "2027-01-04", "vacancy": string(post[0])})[0]
		s.Put("feedback", map[string]any{"person": who, "on": "2027-01-05", "referral": string(sent), "result": "2"})
		if i == 1 {
			s.Put("placement", map[string]any{"person": who, "on": "2027-01-06", "referral": string(sent), "form": "010"})
		}
		webtest.Want(t, b.Get("/record/vacancy/"+string(post[0])), []string{"/person/" + who, "/record/referral/" + string(sent)})
	}
	webtest.Want(t, b.Get("/record/vacancy/"+string(post[0])), []string{"已推荐 2 人，已安置 1 人"})
	webtest.Want(t, b.Get("/record/vacancy/"+string(post[1])), []string{"已推荐 0 人"}, f.Members[0].Name)
}

// TestRelation: who is a daughter is not said to be a woman twice.
func TestRelation(t *testing.T) {
	s := webtest.New(t)
	f := household(t, s)
	k, _ := s.Replica.Schema.Kind("person")
	r, _ := k.Field("relation")
	var daughter string
	for _, item := range r.List().Items {
		if item.Zh == "女" {
			daughter = item.Code
		}
	}
	m := f.Members[1]
	s.Put("person", map[string]any{"id": string(m.ID), "sex": "2", "relation": daughter})
	b := s.As(people.Operator)
	webtest.Want(t, b.Get("/person/"+string(m.ID)), []string{"与户主：女"})
	webtest.Want(t, b.Get("/household/"+string(f.ID)), []string{"与户主：女"})
}

// TestHistory: a change is a row with what was before, and one that empties says so.
func TestHistory(t *testing.T) {
	s := webtest.New(t)
	f := household(t, s)
	m := f.Members[0]
	s.Put("person", map[string]any{"id": string(m.ID), "skill": "缝纫"})
	s.Put("person", map[string]any{"id": string(m.ID), "skill": "烹饪", "phone": "13912345678"})
	s.Put("person", map[string]any{"id": string(m.ID), "skill": nil})
	b := s.As(people.Operator)
	for _, path := range []string{"/person/", "/record/person/"} {
		webtest.Want(t, b.Get(path+string(m.ID)), []string{"<del>缝纫</del> → <ins>烹饪</ins>", "<del>烹饪</del>", "清空", "139****5678", "新建"}, "13912345678")
	}
}

// TestHousehold: its members, what is missing, and what happened to each.
func TestHousehold(t *testing.T) {
	s := webtest.New(t)
	f := household(t, s)
	b := s.As(people.Operator)
	path := "/household/" + string(f.ID)
	got := b.Get(path)
	says := []string{path + "/edit", path + "/member", "/new/visit?of=", "六清还差", "data-print"}
	for _, m := range f.Members {
		says = append(says, m.Name, "/person/"+string(m.ID))
	}
	webtest.Want(t, got, says, f.Members[0].Number, f.Members[0].Phone)
	webtest.Want(t, b.Post(path+"/number", url.Values{"field": {"number"}}), []string{f.Members[0].Number})
}

// TestWhatIsMissing: a page names the fields in which nothing is filled in.
func TestWhatIsMissing(t *testing.T) {
	s := webtest.New(t)
	id := s.Put("household", map[string]any{"head_name": "王明"})[0]
	webtest.Want(t, s.As(people.Operator).Get("/household/"+string(id)), []string{"未填写：调查表编号、户口簿编号"})
}

// TestNobodyAtWork: whether nobody of a family works follows from what its members do, on
// every page; what a form claims is called that, until the records say the same.
func TestNobodyAtWork(t *testing.T) {
	s := webtest.New(t)
	b := s.As(people.Operator)
	homes := s.Put("household", map[string]any{"head_name": "自报户", "kinds": []string{"02"}}, map[string]any{"head_name": "无岗户"}, map[string]any{"head_name": "两样户", "kinds": []string{"02"}})
	man := func(home string) map[string]any {
		return map[string]any{"household": home, "name": "无岗人", "sex": "1", "birth_date": "1980-05-01", "relation": "02", "status": "9", "labour_ability": "1", "job_wish": "1", "hukou": "10"}
	}
	idle := s.Put("person", man(string(homes[1])), man(string(homes[2])))
	const is, claims = `<span class="tag red">零就业</span>`, "户表所填零就业"
	webtest.Want(t, b.Get("/households"), []string{is, claims, "zero=1"})
	webtest.Want(t, b.Get("/households?zero=1"), []string{"2 户，全部 3 户", "无岗户", "两样户", is}, "自报户")
	webtest.Want(t, b.Get("/household/"+string(homes[0])), []string{claims}, is)
	for _, path := range []string{"/household/" + string(homes[1]), "/household/" + string(homes[2]), "/person/" + string(idle[0])} {
		webtest.Want(t, b.Get(path), []string{is}, claims)
	}
	webtest.Want(t, b.Post("/search", url.Values{"q": {"无岗"}}), []string{is}, claims)
	webtest.Want(t, b.Get("/families"), []string{"无岗人", "/household/" + string(homes[1]), "/household/" + string(homes[2])}, "/household/"+string(homes[0]))
	s.Put("placement", map[string]any{"person": string(idle[1]), "on": "2027-01-10", "form": "010"})
	webtest.Want(t, b.Get("/households?zero=1"), []string{"1 户，全部 3 户", "无岗户"}, "两样户")
}

// TestOneKeyOneMeaning: a key that opens a new household does so on every page.
func TestOneKeyOneMeaning(t *testing.T) {
	s := webtest.New(t)
	f := household(t, s)
	webtest.Want(t, s.As(people.Operator).Get("/household/"+string(f.ID)), []string{`data-key="alt+e">改户表`}, `data-key="alt+h"`)
}

// TestHouseholds: the list, chosen and put in order by codes in its address.
func TestHouseholds(t *testing.T) {
	s := webtest.New(t)
	b := s.As(people.Operator)
	webtest.Want(t, b.Get("/households"), []string{"还没有住户", "/import"})
	var all []map[string]any
	for i := range 60 {
		h := map[string]any{"head_name": "户主" + string(rune('一'+i)), "address": "湖滨路"}
		if i%2 == 0 {
			h["kinds"] = []string{"02"}
		}
		all = append(all, h)
	}
	s.Put("household", all...)
	got := b.Get("/households")
	webtest.Want(t, got, []string{"/households?page=2", "零就业 30", "kind=02", "low=1", "order=name"})
	if n := strings.Count(got.Body, `href="/household/`); n < 50 || n > 52 { // 50 and the button
		t.Errorf("a page has %d households", n)
	}
	if len(got.Body) > 40<<10 {
		t.Errorf("the page has %d bytes", len(got.Body))
	}
	webtest.Want(t, b.Get("/households?page=2"), []string{"第 51 至 60 户", `href="/households"`})
	webtest.Want(t, b.Get("/households?kind=02&order=address"), []string{"30 户，全部 60 户"})
	webtest.Want(t, b.Get("/households?low=1"), []string{"没有这样的户"})
	if got := b.Get("/households?order=size"); got.Code != http.StatusUnprocessableEntity {
		t.Errorf("an order that is none: status %d", got.Code)
	}
}

// TestRecord: any other record says its fields in words.
func TestRecord(t *testing.T) {
	s := webtest.New(t)
	f := household(t, s)
	b := s.As(people.Operator)
	id := s.Put("registration", map[string]any{"person": string(f.Members[1].ID), "on": "2026-12-01", "certificate_no": "01-26-0500"})[0]
	webtest.Want(t, b.Get("/record/registration/"+string(id)), []string{"失业登记", "01-26-0500", "/person/" + string(f.Members[1].ID), "/edit/registration/" + string(id), "已保存",
		`">` + f.Members[1].Name + `</a> / 失业登记`, `<span class="sub">` + f.Members[1].Name + `</span>`})
}

// TestOthers: an id that is none, another unit's, or of a kind that is no record has no page.
func TestOthers(t *testing.T) {
	s := webtest.New(t)
	household(t, s)
	b := s.As(people.Operator)
	other := string(kit.Name(kit.Second, "person", "p-1"))
	for _, path := range []string{"/person/" + other, "/person/x", "/person/420202190001010019", "/household/" + other, "/record/person/" + other, "/record/ledger_unemployed/x",
		"/record/device/x", "/record/elephant/x", "/counter/" + other} {
		if got := b.Get(path); got.Code != http.StatusNotFound || !strings.Contains(got.Body, "没有这一页或这一条") {
			t.Errorf("%s: status %d", path, got.Code)
		}
	}
	for path, called := range map[string]string{"/household/": "这里没有这个家庭", "/person/": "这里没有这个人员"} {
		if body := b.Get(path + other).Body; !strings.Contains(body, called) {
			t.Errorf("%s: the kind is not called as people call it: %s", path, body)
		}
	}
	if got := s.Stranger().Get("/person/" + other); !strings.HasPrefix(got.Path, "/signin") {
		t.Errorf("a stranger is at %s", got.Path)
	}
}

// TestCounter: one search, then what this person may have done.
func TestCounter(t *testing.T) {
	s := webtest.New(t)
	f := household(t, s)
	b, m := s.As(people.Operator), f.Members[0]
	webtest.Want(t, b.Get("/counter"), []string{"谁来了", "/new/vacancy"})
	got := b.Post("/counter", url.Values{"q": {m.Number}})
	if got.Path != "/counter/"+string(m.ID) {
		t.Errorf("the only one leads to %s", got.Path)
	}
	webtest.Want(t, got, []string{m.Name, "记走访", "/new/referral?of="}, "/new/registration?of=", m.Number)
	webtest.Want(t, b.Shard("/counter", url.Values{"q": {m.Number}}), []string{`id="served"`, "/counter/" + string(m.ID), m.Name}, "<html", "记走访", m.Number)
	webtest.Want(t, s.As(people.Viewer).Get("/counter/"+string(m.ID)), []string{"您的账号只能看"}, "/new/")
	out := s.Put("person", map[string]any{"name": "无登记", "status": "9", "birth_date": "1970-01-01", "sex": "1"})[0]
	webtest.Want(t, b.Get("/counter/"+string(out)), []string{"/new/registration?of=", "没有工作，还没登记"})
	loss := regexp.MustCompile(`<a[^>]*href="/new/unemployment[^>]*>([^<]*)`)
	for _, got := range []webtest.Answer{b.Get("/counter"), b.Get("/counter/" + string(out)), b.Get("/"), b.Post("/search", url.Values{"q": {"无登记"}}), b.Post("/search", url.Values{"q": {m.Name}})} {
		for _, called := range loss.FindAllStringSubmatch(got.Body, -1) {
			if strings.TrimSpace(called[1]) != "记失业" {
				t.Errorf("%s calls the loss of work %q", got.Path, called[1])
			}
		}
	}
}

// TestElsewhere: a community has nobody below it to ask about, and says who has.
func TestElsewhere(t *testing.T) {
	s := webtest.New(t)
	f := household(t, s)
	got := s.As(people.Operator).Post("/search/elsewhere", url.Values{"q": {f.Members[0].Name}, "why": {"moved"}})
	webtest.Want(t, got, []string{"可请街道帮查"}, "/search/elsewhere")
}

// TestElsewhereFromAbove: a street's workstation may ask about the communities below it,
// after saying why; what the line cannot answer is said calmly.
func TestElsewhereFromAbove(t *testing.T) {
	town := kit.MustTown(t)
	city := town.MustCity(t)
	var asked []question.Question
	var fails error
	s := webtest.OpenAsking(t, town, city, town.MustReplica(t, city, kit.Street), func(_ context.Context, q question.Question) (*question.Answer, error) {
		asked = append(asked, q)
		if fails != nil {
			return nil, fails
		}
		return question.ParseAnswer([]byte(`{"rows":[{"unit":"990101001001","unit_label":"first","name":"张三","sex":"1","sex_label":"男","id_number":"420202********0019","status":"9","status_label":"失业"}],"coverage":{"as_of":"2027-01-15T08:00:00Z","units":2,"silent":[],"pending":0,"absent":0,"conflicts":0}}`))
	})
	b := s.As(people.Operator)
	ask := func(text, why string) webtest.Answer {
		return b.Post("/search/elsewhere", url.Values{"q": {text}, "why": {why}})
	}
	webtest.Want(t, ask("张三", ""), []string{`aria-invalid="true"`, "先选用途"})
	if len(asked) != 0 {
		t.Error("it was asked without a purpose")
	}
	webtest.Want(t, ask(`张"三`, "moved"), []string{"张三", "first", "失业", "计入 2 个社区"}, "420202********0019")
	if len(asked) != 1 || asked[0].Purpose != "迁入核对" || asked[0].Operator != b.Login || asked[0].Filter != `name = "张\"三"` {
		t.Errorf("asked %+v", asked)
	}
	fails = fault.New(fault.Unavailable, "no line")
	webtest.Want(t, ask("张三", "job"), []string{"线路不通", "本社区的人照常查"})
}
