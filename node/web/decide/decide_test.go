package decide_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/drafts"
	"tongbu/node/operate"
	"tongbu/node/people"
	"tongbu/node/replica"
	"tongbu/node/web"
)

// station is a community's pages with somebody who has signed in as its head.
type station struct {
	*testing.T
	at   *replica.Replica
	desk *desk.Desk
	http *http.Client
	base string
}

func stationOf(t *testing.T, at *replica.Replica) *station {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	d, accounts := desk.New(at), people.New(at)
	accounts.SetCost(16, 1)
	h, err := web.New(web.Config{Replica: at, Desk: d, Operate: operate.New(at, operate.Beyond{}), People: accounts, Drafts: drafts.New(at), Hosts: []string{server.Listener.Addr().String()}})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = h
	server.Start()
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &station{T: t, at: at, desk: d, base: server.URL, http: server.Client()}
	s.http.Jar = jar
	if status, _ := s.post("/first", url.Values{"login": {kit.Clerk.Operator}, "name": {"林秀云"}, "password": {"湖滨路上的猫头鹰7"}, "again": {"湖滨路上的猫头鹰7"}}); status != http.StatusOK {
		t.Fatalf("the first account: %d", status)
	}
	return s
}

func (s *station) do(method, path string, form url.Values) (status int, body string) {
	s.Helper()
	r, err := http.NewRequest(method, s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := s.http.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		s.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

func (s *station) get(path string) (status int, body string) {
	s.Helper()
	return s.do(http.MethodGet, path, nil)
}

func (s *station) post(path string, form url.Values) (status int, body string) {
	s.Helper()
	return s.do(http.MethodPost, path, form)
}

func (s *station) mustHave(body string, texts ...string) {
	s.Helper()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			s.Errorf("%q is not there: %s", text, body)
		}
	}
}

func (s *station) household(id string) *desk.Shown {
	s.Helper()
	shown, err := s.desk.Get(s.Context(), "household", change.RecordID(id), kit.Clerk)
	if err != nil {
		s.Fatal(err)
	}
	return shown
}

// apart is a community of which two devices have changed one household unseen by each
// other.
func apart(t *testing.T) *station {
	t.Helper()
	w := kit.MustTiers(t)
	other := w.MustReplica(t, w.City, kit.First)
	kit.MustPut(t, w.Node, "household", `{"id":"H-7","form_no":"9901010010012026000007","head_name":"柳德明","phone":"13800006021","people":1}`)
	w.MustCarry(t, w.Node, w.City)
	w.MustCarry(t, w.City, other)
	kit.MustPut(t, w.Node, "household", `{"id":"H-7","phone":"13900004410","people":2}`)
	kit.MustPut(t, other, "household", `{"id":"H-7","phone":"13800007752","people":3,"address":"湖滨路8号"}`)
	w.MustCarry(t, other, w.City)
	w.MustCarry(t, w.City, w.Node)
	return stationOf(t, w.Node)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// formOf is what a page's form sends before anybody chooses.
func formOf(body string) url.Values {
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(body, -1) {
		if m[1] == "version" || m[1] == "field" || strings.HasPrefix(m[1], "w.") {
			form.Add(m[1], m[2])
		}
	}
	return form
}

// TestConflict: both values are shown covered, with what stood before and who; one click
// a field decides; a choice is needed for each.
func TestConflict(t *testing.T) {
	s := apart(t)
	_, list := s.get("/decide")
	s.mustHave(list, "柳德明", "联系电话", "/decide/conflict/household/", `待定 <b>1</b>`)
	path := "/decide/conflict/household/" + string(s.household("H-7").ID)
	_, body := s.get(path)
	if strings.Contains(body, kit.Clerk.Operator+"，") {
		t.Error("a writer is called by the login")
	}
	s.mustHave(body, "本机</b><br>林秀云，", "139****4410", "138****7752", "原来 138****6021", "本机", "另一台电脑", "湖滨路8号")
	if strings.Contains(body, "13900004410") {
		t.Error("a phone is shown in full")
	}
	form := formOf(body)
	form.Set("f.phone", "1")
	if status, body := s.post(path, form); status != http.StatusUnprocessableEntity || !strings.Contains(body, "什么都没有写入") {
		t.Errorf("one field without a choice: got %d", status)
	}
	want := s.household("H-7").Fields["phone"]
	form.Set("f.people", "2")
	status, body := s.post(path, form)
	if status != http.StatusOK {
		t.Fatalf("got %d: %s", status, body)
	}
	s.mustHave(body, "已定好，已保存")
	now := s.household("H-7")
	if len(now.Conflicts) > 0 || now.Fields["phone"] != want {
		t.Errorf("got %+v", now)
	}
	if _, body = s.get("/decide"); strings.Contains(body, `待定 <b>`) {
		t.Error("the menu still counts it")
	}
	if _, body = s.get(path); !strings.Contains(body, "已经定好了") {
		t.Errorf("a conflict that is decided: got %s", body)
	}
}

// TestConflictStale: what has come meanwhile is said, the choice is shown again as it was
// where it can be, and nothing is written.
func TestConflictStale(t *testing.T) {
	s := apart(t)
	path := "/decide/conflict/household/" + string(s.household("H-7").ID)
	_, body := s.get(path)
	form := formOf(body)
	form.Set("f.phone", "2")
	form.Set("f.people", "1")
	kit.MustPut(t, s.at, "household", `{"id":"H-7","people":5}`) // over both values: the number of people is settled
	status, body := s.post(path, form)
	if status != http.StatusConflict {
		t.Fatalf("got %d: %s", status, body)
	}
	s.mustHave(body, "什么都没有写入", "已经定好：")
	if !regexp.MustCompile(`name="f.phone" value="2" checked`).MatchString(body) || strings.Contains(body, `name="f.people"`) {
		t.Errorf("the choice is not as it was: %s", body)
	}
	if now := s.household("H-7"); now.Fields["people"] != int64(5) || len(now.Conflicts) != 1 {
		t.Errorf("got %+v", now)
	}
	form = formOf(body)
	form.Set("f.phone", "2")
	if status, _ = s.post(path, form); status != http.StatusOK || len(s.household("H-7").Conflicts) > 0 {
		t.Errorf("the new choice: got %d, %+v", status, s.household("H-7"))
	}
}

// TestRefused: what the city has refused is listed with its rule, and a record that is
// void goes off the lists.
func TestRefused(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "household", `{"id":"H-7","form_no":"9901010010012026000007","head_name":"柳德明","phone":"13800006021"}`)
	w.MustCarry(t, w.Node, w.City)
	id := kit.Name(kit.First, "household", "H-7")
	w.MustRefuse(t, w.Node, "household", id)
	w.MustCarry(t, w.City, w.Node)
	s := stationOf(t, w.Node)
	_, body := s.get("/decide")
	s.mustHave(body, "柳德明", "made_up", "/household/"+string(id)+"/edit", `待定 <b>1</b>`)
	if strings.Contains(body, "13800006021") {
		t.Error("a phone is shown in full")
	}
	kit.MustPut(t, w.Node, "household", `{"id":"H-8","form_no":"9901010010012026000008","head_name":"王五"}`)
	path := "/void/household/" + string(s.household("H-8").ID)
	if status, _ := s.post(path, url.Values{"reason": {" "}}); status != http.StatusUnprocessableEntity || s.household("H-8").Void {
		t.Errorf("a void without a reason: got %d", status)
	}
	if status, _ := s.post(path, url.Values{"reason": {"登记两次"}}); status != http.StatusOK || !s.household("H-8").Void {
		t.Errorf("got %d, %+v", status, s.household("H-8"))
	}
}

// TestCheck: findings are counted by rule and listed 50 a page, and are up to date after
// a save.
func TestCheck(t *testing.T) {
	w := kit.MustTiers(t)
	lines := strings.Builder{}
	for i := range 60 {
		fmt.Fprintf(&lines, `{"id":"p-%02d","name":"王%02d","sex":"1","birth_date":"1850-01-01"}`+"\n", i, i)
	}
	kit.MustPut(t, w.Node, "person", lines.String())
	s := stationOf(t, w.Node)
	_, body := s.get("/decide/check")
	s.mustHave(body, "正在逐条看", "/decide/check?refresh=1")
	if strings.Contains(body, "没有要核对的") {
		t.Error("it says that nothing is to be checked before anybody has looked")
	}
	_, body = s.get("/decide/check?refresh=1")
	s.mustHave(body, "一条可能几处不对，下面各算一次")
	href := regexp.MustCompile(`/decide/check/person/[a-z_]+`)
	links := href.FindAllString(body, -1)
	if len(links) == 0 {
		t.Fatalf("no rule is listed: %s", body)
	}
	var first string
	for _, link := range links {
		if _, page := s.get(link); strings.Count(page, `/edit?check=1"`) == 50 {
			first = link
		}
	}
	if first == "" {
		t.Fatalf("no list of 50 behind %v", links)
	}
	if _, page := s.get("/decide/check/person/missing"); !strings.Contains(page, "哪一栏") || !strings.Contains(page, "民族、") {
		t.Errorf("it is not said what is missing: %s", page)
	}
	_, next := s.get(first + "?page=2")
	if strings.Count(next, `/edit?check=1"`) != 10 {
		t.Errorf("%q: the second page: %s", first, next)
	}
	for _, path := range []string{"/decide/check/person/nosuch", "/decide/check/nosuch/age", "/decide/conflict/nosuch/x", "/decide/conflict/household/x"} {
		if status, _ := s.get(path); status != http.StatusNotFound {
			t.Errorf("%s: got %d", path, status)
		}
	}
	if status, page := s.get(first + "?page=-9999999999999999999999"); status != http.StatusOK || strings.Count(page, `/edit?check=1"`) != 50 {
		t.Errorf("a page that is none: got %d", status)
	}
	void := "/void/person/" + regexp.MustCompile(`href="/person/([^"]+)/edit\?check=1"`).FindStringSubmatch(next)[1]
	if status, page := s.post(void, url.Values{"reason": {"登记两次"}}); status != http.StatusOK {
		t.Fatalf("%s: %d %s", void, status, page)
	}
	_, next = s.get(first + "?page=2")
	s.mustHave(next, " 看的，正在重看", "refresh=1")
	if _, next = s.get(first + "?page=2&refresh=1"); strings.Count(next, `/edit?check=1"`) != 9 || strings.Contains(next, "正在重看") {
		t.Errorf("looked through again after a save: %s", next)
	}
}
