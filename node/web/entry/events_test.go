package entry_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/webtest"
	"tongbu/node"
	"tongbu/node/drafts"
	"tongbu/node/operate"
	"tongbu/node/people"
)

// TestSavedOffersWhatIsLeft: after an edit of a person the page offers what that person's
// page does: nothing that was done already.
func TestSavedOffersWhatIsLeft(t *testing.T) {
	c := newClerk(t)
	_, person := c.household()
	edited := func() string {
		action, values := c.open("/person/"+person+"/edit", nil)
		return c.save(action, values).Body
	}
	before := edited()
	c.s.Put("unemployment", map[string]any{"person": person, "on": "2026-12-01", "reason": "20"})
	c.s.Put("registration", map[string]any{"person": person, "on": "2026-12-02"})
	c.s.Put("job_seeking", map[string]any{"person": person, "on": "2026-12-02"})
	after := edited()
	for _, kind := range []string{"/new/registration?", "/new/job_seeking?"} {
		if strings.Contains(after, kind) || strings.Contains(after, "/new/unemployment") {
			t.Errorf("%s is offered to who has done it", kind)
		}
	}
	if !strings.Contains(before, "/new/") || !strings.Contains(after, "/new/referral?of="+person) {
		t.Errorf("nothing is offered: %s", plain(after))
	}
}

func TestTwoEventsOfOneForm(t *testing.T) {
	c := newClerk(t)
	_, person := c.household()
	action, values := c.open("/new/unemployment+registration?of="+person, map[string]string{"0.reason": "20", "0.employer_name": "纺织厂", "1.promise": "是"})
	if values.Has("0.person") || values.Get("0.on") == "" {
		t.Errorf("whom it is about is asked, or the day is not: %v", values)
	}
	if page := c.Get("/new/unemployment+registration?of=" + person); !strings.Contains(page.Body, "沈玉兰") {
		t.Error("the page does not say whom it is about")
	}
	got := c.save(action, values)
	shown := c.record("unemployment", c.idOf(got))
	if shown.Fields["person"] != person || c.count("registration") != 1 {
		t.Errorf("got %v", shown.Fields)
	}
	status := c.record("person", person).Fields["status"]
	if status != "9" {
		t.Errorf("the status is %v, want 9", status)
	}
}

// TestAboutWhom: a form that comes back, its draft and the lists of drafts say whom it is
// about, whether the address names the person or the clerk has chosen.
func TestAboutWhom(t *testing.T) {
	c := newClerk(t)
	_, person := c.household()
	const crumb = `<a href="/person/`
	for kind, typed := range map[string]map[string]string{
		"/new/job_seeking?of=" + person: {"0.on": "三月三"},
		"/new/training_wish":            {"0.on": "三月三", "0.person~": "沈玉兰"},
	} {
		action, values := c.open(kind, typed)
		got := c.Post(action, values)
		if got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body, crumb+person+`">沈玉兰 1974-03-08`) || !strings.Contains(got.Body, `<span class="sub">沈玉兰 1974-03-08 钟楼8号楼3单元202</span>`) {
			t.Errorf("%s comes back without the name: %d %s", kind, got.Code, plain(got.Body))
		}
	}
	for _, page := range []string{"/drafts", "/"} {
		for _, title := range []string{"求职登记 沈玉兰", "培训意愿 沈玉兰"} {
			if got := c.Get(page); !strings.Contains(got.Body, title) {
				t.Errorf("%s does not say %q: %s", page, title, plain(got.Body))
			}
		}
	}
}

// TestFormInEnglish: words that are put together have their spaces.
func TestFormInEnglish(t *testing.T) {
	c := newClerk(t)
	id, _ := c.household()
	c.SetCookie("tongbu-lang", "en")
	for path, says := range map[string]string{"/household/new": "New Household form", "/household/" + id + "/edit": "Edit Household form"} {
		if got := c.Get(path); !strings.Contains(got.Body, says) {
			t.Errorf("%s does not say %q: %s", path, says, plain(got.Body))
		}
	}
}

// TestZerosLeftOut: a code without its zeros in front is that code, and nothing else is.
func TestZerosLeftOut(t *testing.T) {
	c := newClerk(t)
	_, values := c.open("/household/new", family)
	check := func(text string) string {
		return c.Shard("/check", with(values, map[string]string{"field": "1.nationality", "1.nationality": text})).Body
	}
	if got := check("1"); strings.Contains(got, "data-bad") {
		t.Errorf("1 is not 01: %s", got)
	}
	if got := check("001"); !strings.Contains(got, "data-bad") {
		t.Errorf("001 is a code: %s", got)
	}
}

// TestRegistrationIsNext: who lost work and is not registered is to be registered next.
func TestRegistrationIsNext(t *testing.T) {
	c := newClerk(t)
	_, person := c.household()
	action, values := c.open("/new/unemployment?of="+person, map[string]string{"0.reason": "20"})
	got := c.save(action, values)
	next := "/new/registration?of=" + person
	if !strings.Contains(got.Body, next) || !strings.Contains(got.Body, "下一步：失业登记") {
		t.Errorf("the next step is not said: %s", plain(got.Body))
	}
	if !strings.Contains(got.Body, "写入本机") {
		t.Errorf("what is only here is not said to be: %s", plain(got.Body))
	}
	action, values = c.open(next, map[string]string{"0.promise": "是"})
	c.save(action, values)
	if again := c.Get(got.Path); strings.Contains(again.Body, "下一步") {
		t.Errorf("who is registered is to be registered: %s", plain(again.Body))
	}
}

func TestCorrection(t *testing.T) {
	c := newClerk(t)
	_, person := c.household()
	action, values := c.open("/new/job_seeking?of="+person, nil)
	id := c.idOf(c.save(action, values))
	action, values = c.open("/edit/job_seeking/"+id, map[string]string{"0.remark": "改过"})
	if got := c.Post(action, values); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "更正应说明原因") {
		t.Errorf("a correction without a reason: %d %s", got.Code, plain(got.Body))
	}
	c.idOf(c.save(action, with(values, map[string]string{"0.correction_reason": "填错了"})))
	if got := c.record("job_seeking", id).Fields; got["remark"] != "改过" || got["correction_reason"] != "填错了" {
		t.Errorf("got %v", got)
	}
}

func TestReferenceIsSearched(t *testing.T) {
	c := newClerk(t)
	_, person := c.household()
	for _, name := range []string{"新华书店", "新华印刷厂"} {
		c.s.Put("vacancy", map[string]any{"employer_name": name})
	}
	action, values := c.open("/new/referral?of="+person, map[string]string{"0.vacancy~": "新华"})
	got := c.Post(action, values)
	if got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "找到几条，请选一条") || !strings.Contains(got.Body, "新华印刷厂") {
		t.Fatalf("several are not offered: %d %s", got.Code, plain(got.Body))
	}
	chosen := regexp.MustCompile(`name="0.vacancy" value="([^"]+)"[^>]*> 新华印刷厂`).FindStringSubmatch(got.Body)
	if chosen == nil {
		t.Fatal("none can be chosen")
	}
	_, values = form(t, got.Body)
	shown := c.record("referral", c.idOf(c.save(action, with(values, map[string]string{"0.vacancy": chosen[1]}))))
	if shown.Fields["vacancy"] != chosen[1] {
		t.Errorf("got %v", shown.Fields)
	}
	action, values = c.open("/new/referral?of="+person, map[string]string{"0.vacancy~": "新华书店"})
	if shown = c.record("referral", c.idOf(c.save(action, values))); shown.Fields["vacancy"] == nil || shown.Fields["vacancy"] == chosen[1] {
		t.Errorf("a single one is not taken: %v", shown.Fields)
	}
	c.s.Put("vacancy", map[string]any{"employer_name": "新华书店二店"})
	action, values = c.open("/new/referral?of="+person, map[string]string{"0.vacancy~": "新华书店"})
	if again := c.record("referral", c.idOf(c.save(action, values))); again.Fields["vacancy"] != shown.Fields["vacancy"] {
		t.Errorf("the one that is called so of several is not taken: %v", again.Fields)
	}
	action, values = c.open("/new/referral?of="+person, map[string]string{"0.vacancy~": "没有的店"})
	if got := c.Post(action, values); !strings.Contains(got.Body, "没有找到，换个说法再找") {
		t.Error("nothing is found, and it is not said")
	}
	if found := c.Shard("/seek/vacancy", url.Values{"q": {"新华"}}); strings.Count(found.Body, "data-id=") != 3 {
		t.Errorf("got %s", found.Body)
	}
}

// TestNobodysEvent: whom an event is about is asked where nobody here is it.
func TestNobodysEvent(t *testing.T) {
	c := newClerk(t)
	_, person := c.household()
	id := string(c.s.Put("unemployment", map[string]any{"person": "P-9", "on": "2026-01-01", "reason": "20"})[0])
	before := c.record("unemployment", id).Fields["person"]
	action, values := c.open("/edit/unemployment/"+id, map[string]string{"0.remark": "x", "0.correction_reason": "填错了"})
	c.idOf(c.save(action, values))
	if got := c.record("unemployment", id).Fields["person"]; got != before {
		t.Errorf("what was left has become %v", got)
	}
	action, values = c.open("/edit/unemployment/"+id, map[string]string{"0.person~": "沈玉兰", "0.correction_reason": "填错了"})
	c.idOf(c.save(action, values))
	if got := c.record("unemployment", id).Fields["person"]; got != person {
		t.Errorf("it is about %v", got)
	}
	if _, values = c.open("/edit/unemployment/"+id, nil); values.Has("0.person~") {
		t.Error("whom it is about is asked again")
	}
}

func TestCheckOneField(t *testing.T) {
	c := newClerk(t)
	_, values := c.open("/household/new", family)
	got := c.Shard("/check", with(values, map[string]string{"field": "1.id_number"}))
	if !strings.Contains(got.Body, `data-for="1.id_number"`) || !strings.Contains(got.Body, `data-fill="1.birth_date" value="1974-03-08"`) || strings.Contains(got.Body, "未填写") {
		t.Errorf("got %s", got.Body)
	}
	if got = c.Shard("/check", with(values, map[string]string{"field": "1.sex", "1.sex": "15"})); !strings.Contains(got.Body, "没有这个代码") || !strings.Contains(got.Body, "data-bad") {
		t.Errorf("got %s", got.Body)
	}
	if got = c.Shard("/check", with(values, map[string]string{"field": "7.sex"})); got.Code != http.StatusUnprocessableEntity {
		t.Errorf("no such member: %d", got.Code)
	}
	if c.count("household")+c.count("person") != 0 {
		t.Error("a check has written something")
	}
}

func TestCodes(t *testing.T) {
	c := newClerk(t)
	if got := c.Get("/codes/relation"); !strings.Contains(got.Body, `data-code="02" data-name="户主" data-py="hz"`) {
		t.Errorf("got %.300s", got.Body)
	}
}

func TestOperatorsVoidWaits(t *testing.T) {
	c := newClerk(t)
	id, _ := c.household()
	if got := c.Post("/void/household/"+id, url.Values{"reason": {" "}}); got.Code != http.StatusUnprocessableEntity {
		t.Errorf("a void without a reason: %d", got.Code)
	}
	if got := c.Post("/void/household/"+id, url.Values{"reason": {"重复登记"}}); !strings.Contains(got.Body, "等站长定") {
		t.Errorf("got %s", plain(got.Body))
	}
	if c.record("household", id).Void {
		t.Fatal("it is void before the head agrees")
	}
	all, err := c.s.Node.Drafts.Proposals()
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	head := c.s.As(people.Head)
	at := "/proposal/" + all[0].ID
	if got := head.Get("/drafts"); !strings.Contains(got.Body, `href="`+at) {
		t.Error("the head is not told")
	}
	if got := head.Get(at); !strings.Contains(got.Body, "重复登记") || !strings.Contains(got.Body, "沈玉兰") {
		t.Errorf("got %s", plain(got.Body))
	}
	if got := head.Get("/decide"); !strings.Contains(got.Body, "等您定的作废") || !strings.Contains(got.Body, `href="`+at) || !strings.Contains(got.Body, "作废：") {
		t.Errorf("the page of what waits does not have it: %s", plain(got.Body))
	}
	if got := c.Get("/decide"); strings.Contains(got.Body, at) {
		t.Error("an operator is asked for the head's word")
	}
	if got := c.Post(at, url.Values{"taken": {"1"}}); got.Code != http.StatusForbidden {
		t.Errorf("an operator settles it: %d", got.Code)
	}
	form := webtest.Hidden(head.Get(at).Body)
	form.Set("taken", "1")
	head.Post(at, form)
	if shown := c.record("household", id); !shown.Void || shown.Fields["void_reason"] != "重复登记" {
		t.Errorf("got %v", shown)
	}
	if d, err := c.s.Node.Drafts.Get(c.Login, all[0].ID); err != nil || d.State != drafts.Taken {
		t.Errorf("the draft is %v, %v", d.State, err)
	}
}

// TestProposalShowsTheRecord: the head sees what is to be void, of whom, and who asks.
func TestProposalShowsTheRecord(t *testing.T) {
	c := newClerk(t)
	_, person := c.household()
	id := string(c.s.Put("unemployment", map[string]any{"person": person, "on": "2026-01-01", "reason": "20", "employer_name": "纺织厂"})[0])
	c.Post("/void/unemployment/"+id, url.Values{"reason": {"登记错了"}})
	all, err := c.s.Node.Drafts.Proposals()
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if all[0].Title != "沈玉兰 1974-03-08 钟楼8号楼3单元202 纺织厂 2026-01-01" {
		t.Errorf("it is called %q", all[0].Title)
	}
	asker, err := c.s.Node.People.Current(c.Login)
	if err != nil || asker.Name == c.Login {
		t.Fatal(asker.Name, err)
	}
	body := c.s.As(people.Head).Get("/proposal/" + all[0].ID).Body
	for _, want := range []string{"纺织厂", `href="/unemployment/` + id, `href="/person/` + person + `">沈玉兰`, asker.Name + "：登记错了"} {
		if !strings.Contains(strings.ReplaceAll(body, "/record/", "/"), want) {
			t.Errorf("no %s: %s", want, body)
		}
	}
}

// TestTodayTellsWhatWasAsked: who asks sees that the head has it, and what the head says.
func TestTodayTellsWhatWasAsked(t *testing.T) {
	c := newClerk(t)
	id, _ := c.household()
	c.Post("/void/household/"+id, url.Values{"reason": {"重复登记"}})
	if body := c.Get("/").Body; !strings.Contains(body, "等站长定") || strings.Contains(body, "接着录") || strings.Contains(body, "没存完的草稿") {
		t.Errorf("what waits for the head: %s", plain(body))
	}
	all, err := c.s.Node.Drafts.Proposals()
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	c.s.As(people.Head).Post("/proposal/"+all[0].ID, url.Values{"taken": {"0"}, "word": {"先核对表号"}})
	if body := c.Get("/").Body; !strings.Contains(body, "站长退回") || !strings.Contains(body, "站长：先核对表号") || strings.Contains(body, "接着录") {
		t.Errorf("what the head has said: %s", plain(body))
	}
}

func TestHeadVoidsAtOnce(t *testing.T) {
	c := newClerk(t)
	id, _ := c.household()
	if got := c.s.As(people.Head).Post("/void/household/"+id, url.Values{"reason": {"重复登记"}}); !strings.Contains(got.Body, "已作废") {
		t.Errorf("got %s", plain(got.Body))
	}
	if !c.record("household", id).Void {
		t.Error("it is not void")
	}
}

// TestSessionOver: what is sent after the session is over by time is kept, and found
// again after signing in.
func TestSessionOver(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		town := kit.MustTown(t)
		n := node.New(town.MustReplica(t, town.MustCity(t), kit.First))
		n.People.SetCost(16, 1)
		site, err := n.Pages([]string{"127.0.0.1:80"})
		if err != nil {
			t.Fatal(err)
		}
		var cookies []*http.Cookie
		ask := func(method, path string, values url.Values) *httptest.ResponseRecorder {
			r := httptest.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:80"+path, strings.NewReader(values.Encode()))
			r.RemoteAddr = "127.0.0.1:999"
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			for _, c := range cookies {
				r.AddCookie(c)
			}
			w := httptest.NewRecorder()
			site.ServeHTTP(w, r)
			if got := w.Result().Cookies(); len(got) > 0 {
				cookies = got[len(got)-1:]
			}
			return w
		}
		const password = "xiangqian-27-zou"
		ask("POST", "/first", url.Values{"login": {"lin"}, "name": {"林"}, "password": {password}, "again": {password}})
		action, values := form(t, ask("GET", "/household/new", nil).Body.String())
		values = with(values, family)
		<-time.After(3 * time.Hour) // of the bubble
		got := ask("POST", action, values)
		back := got.Header().Get("Location")
		if got.Code != http.StatusSeeOther || !strings.HasPrefix(back, "/signin?") {
			t.Fatalf("got %d to %q: %s", got.Code, back, plain(got.Body.String()))
		}
		if page := ask("GET", back, nil).Body.String(); !strings.Contains(page, "登录过了时间，请再输一次口令。您录的都在。") {
			t.Errorf("got %s", plain(page))
		}
		said := ask("POST", "/draft/"+values.Get("draft"), with(values, map[string]string{"0.people": "3", "revision": "1"})).Body.String()
		if !strings.Contains(said, "您录的都在") || !strings.Contains(said, "/signin?kept=1") {
			t.Errorf("what is typed after the end is told as %s", said)
		}
		got = ask("POST", "/signin", url.Values{"login": {"lin"}, "password": {password}, "back": {"/draft/" + values.Get("draft")}})
		if to := got.Header().Get("Location"); to != "/draft/"+values.Get("draft") {
			t.Fatalf("after signing in one is at %q", to)
		}
		_, values = form(t, ask("GET", got.Header().Get("Location"), nil).Body.String())
		if values.Get("1.name") != "沈玉兰" || values.Get("0.people") != "3" {
			t.Errorf("got %v", values)
		}
	})
}

// TestWhomAPageNamesIsLoggedOnce: showing a form, and sending one that comes back, asks
// once what somebody is called; one that is saved shows nobody.
func TestWhomAPageNamesIsLoggedOnce(t *testing.T) {
	c := newClerk(t)
	_, person := c.household()
	named := func() (n int) {
		looked, err := operate.New(c.s.Replica, operate.Beyond{}).Audit(0, "person", change.RecordID(person), "")
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range looked {
			if l.Act == audit.List && l.Purpose == "edit" {
				n++
			}
		}
		return n
	}
	was := named()
	step := func(what string, want int) {
		t.Helper()
		if n := named(); n-was != want {
			t.Errorf("%s: the audit log has %d entries", what, n-was)
		}
		was = named()
	}
	action, values := c.open("/new/job_seeking?of="+person, map[string]string{"0.on": "no day"})
	step("opened", 1)
	got := c.Post(action, values)
	step("came back", 1)
	if got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "沈玉兰") {
		t.Fatalf("got %d %s", got.Code, plain(got.Body))
	}
	draft := values.Get("draft")
	_, values = form(t, got.Body)
	c.Post("/draft/"+draft, values)
	step("kept", 1)
	c.Get("/draft/" + draft)
	step("opened again", 1)
	values.Set("0.on", "2026-01-01")
	got = c.Post(action, values)
	step("asked about", 1)
	_, values = form(t, got.Body)
	c.idOf(c.Post(action, with(values, map[string]string{"act": "accept"})))
	step("saved, with the page that says so", 1)
}

// TestNoRecordIsKept: what names no record is kept in a draft all the same.
func TestNoRecordIsKept(t *testing.T) {
	c := newClerk(t)
	_, person := c.household()
	for _, odd := range []string{"\xff\x00", "../..", strings.Repeat("x", change.MaxName), "a b/c:d"} {
		_, values := c.open("/new/referral?of="+person, map[string]string{"0.vacancy": odd, "0.remark": "录到一半"})
		if got := c.Post("/draft/"+values.Get("draft"), values); got.Code != http.StatusOK || !strings.Contains(got.Body, values.Get("draft")) {
			t.Errorf("%q: %d %s", odd, got.Code, plain(got.Body))
		}
	}
}

// TestSignedOutElsewhere: what a page without script sends after its owner has signed out
// in another window is kept for them alone, and signing in leads to it.
func TestSignedOutElsewhere(t *testing.T) {
	c := newClerk(t)
	action, values := c.open("/household/new", family)
	c.Post("/signout", nil)
	back := "/draft/" + values.Get("draft")
	ask := "/signin?" + url.Values{"kept": {"1"}, "back": {back}}.Encode()
	if got := c.Post(action, values); got.Path != ask {
		t.Fatalf("at %s", got.Path)
	}
	in := url.Values{"login": {webtest.LoginOf(people.Head)}, "password": {webtest.Password}, "back": {back}}
	other := c.Copy()
	if got := other.Post("/signin", in); got.Path != "/" || strings.Contains(other.Get(back).Body, "沈玉兰") {
		t.Errorf("another person is at %s", got.Path)
	}
	if got := other.Post(action, values); got.Code != http.StatusForbidden || c.count("household") != 0 {
		t.Errorf("what one has typed is saved as another's: %d at %s", got.Code, got.Path)
	}
	if got := other.Ask(http.MethodPost, back, values, http.Header{"Accept": {"application/json"}}); !strings.Contains(got.Body, "另一个人") {
		t.Errorf("the page of the one who has gone is told %s", got.Body)
	}
	in.Set("login", c.Login)
	got := c.Post("/signin", in)
	if _, shown := form(t, got.Body); got.Path != back || shown.Get("1.name") != "沈玉兰" {
		t.Errorf("at %s: %v", got.Path, shown)
	}
	stranger := c.s.Stranger()
	if got := stranger.Post(action, values); got.Path != "/signin?back=%2Fhousehold%2Fnew" {
		t.Errorf("who has no session at all is led to %s", got.Path)
	}
}
