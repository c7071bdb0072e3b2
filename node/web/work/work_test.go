package work_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongbu/internal/test/kit"
	"tongbu/internal/test/webtest"
	"tongbu/node/operate"
	"tongbu/node/people"
)

// station has a family in the middle of its case.
func station(t *testing.T) (*webtest.Station, *kit.Tiers, webtest.Family, string) {
	t.Helper()
	w := kit.MustTiers(t)
	s := webtest.Open(t, w.Town, w.City, w.Node)
	f := household(t, s)
	return s, w, f, "/case/" + string(s.Begin(w, f))
}

// household records one with several members.
func household(t *testing.T, s *webtest.Station) webtest.Family {
	t.Helper()
	for n := range 40 {
		if f := s.Household(n); len(f.Members) > 1 {
			return f
		}
	}
	t.Fatal("no made-up household has two members")
	return webtest.Family{}
}

// TestCase: where a case stands, its terms, the step that crossed it, and the form of the
// next step with what it answers.
func TestCase(t *testing.T) {
	s, _, f, path := station(t)
	got := s.As(people.Operator).Get(path)
	webtest.Want(t, got, []string{f.Members[0].Name, "零就业", "街道已认定", "街道 唐学军", "区已备案", "20天内帮扶一人就业", "每月走访援助家庭", "入户核实家庭申报", "按期",
		"没有计入的步骤", "别处已另作决定", "登记一人就业", "aria-current=\"step\""}, f.Members[0].Number, "街道认定</a>", "<style")
	form := link(t, got.Body, "/new/family_step?", "step=ONE_EMPLOYED")
	q, err := url.ParseQuery(form[strings.Index(form, "?")+1:])
	if err != nil || q.Get("of") != string(f.ID) || q.Get("family_kind") != "02" || q.Get("answers") == "" {
		t.Errorf("the form of the next step: %v, %v", q, err)
	}
	opened := s.As(people.Operator).Get(form).Body
	if !strings.Contains(opened, `value="`+q.Get("answers")+`" selected`) {
		t.Error("the form does not name the step that it answers")
	}
	for _, at := range []string{"/person/" + string(f.Members[0].ID), "/household/" + string(f.ID)} {
		webtest.Want(t, s.As(people.Operator).Get(at), []string{"办理情况", path})
	}
	webtest.Want(t, s.As(people.Viewer).Get(path), []string{"街道已认定"}, "/new/family_step", "/new/visit")
}

// link is the first address of a page that begins so and holds a text.
func link(t *testing.T, body, begins, holds string) string {
	t.Helper()
	for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		to := strings.ReplaceAll(m[1], "&amp;", "&")
		if strings.HasPrefix(to, begins) && strings.Contains(to, holds) {
			return to
		}
	}
	t.Fatalf("no link to %s with %s", begins, holds)
	return ""
}

// TestByTheCitysDay: a step that the city has not recorded when its term is over is on time
// by its own day, and is told apart.
func TestByTheCitysDay(t *testing.T) {
	s, w, _, path := station(t)
	b := s.As(people.Operator)
	webtest.Want(t, b.Get(path), []string{"市还没登记，期限已过"})
	w.MustCarry(t, w.Node, w.Street)
	kit.Acknowledge(w.Node)
	w.MustCarry(t, w.Street, w.City)
	w.MustRecord(t, w.Node)
	w.MustCarry(t, w.City, w.Street)
	w.MustCarry(t, w.Street, w.Node)
	webtest.Want(t, b.Get(path), []string{"市已登记，收到日期以市里为准"}, "市还没登记，期限已过")
}

// TestTasks: the list says what is due and who acts, and is chosen by what its address has;
// a task leads to the form that does it.
func TestTasks(t *testing.T) {
	s, _, f, _ := station(t)
	s.Events(f, 1)
	b := s.As(people.Operator)
	address, _ := f.Fields["address"].(string)
	got := b.Get("/tasks")
	webtest.Want(t, got, []string{"每月走访援助家庭", "20天内帮扶一人就业", "区备案零就业家庭", "等区", f.Members[0].Name, address, "/list/task/print"}, f.Members[0].Number)
	webtest.Want(t, b.Get("/tasks?task=family_visit"), []string{"每月走访援助家庭", "1 件"}, "20天内帮扶一人就业</td>")
	webtest.Want(t, b.Get("/tasks?level=above"), []string{"等区"}, `/tasks/`)
	webtest.Want(t, b.Get("/tasks?due=none&task=family_visit"), []string{"没有这样的待办"})
	for _, path := range []string{"/tasks?task=nothing", "/tasks?who=" + url.QueryEscape(f.Members[0].Name), "/tasks?due=x"} {
		if got := b.Get(path); got.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", path, got.Code)
		}
	}
	for task, begins := range map[string]string{"family_visit": "/new/visit?", "family_one": "/new/family_step?", "first_contact": "/new/contact?", "family_file": ""} {
		body := b.Get("/tasks?task=" + task).Body
		if begins == "" {
			if strings.Contains(body, `href="/tasks/`) {
				t.Errorf("%s of a unit above has a form", task)
			}
			continue
		}
		if got := b.Get(link(t, body, "/tasks/", "")); got.Code != http.StatusOK || !strings.HasPrefix(got.Path, begins) {
			t.Errorf("%s leads to %s, status %d", task, got.Path, got.Code)
		}
	}
	webtest.Want(t, b.Get("/tasks/none"), []string{"这件事已经办了"})
	webtest.Want(t, b.Get("/"), []string{"今天要办", "/tasks", address})
	webtest.Want(t, s.As(people.Viewer).Get("/tasks"), []string{"每月走访援助家庭"}, `href="/tasks/`)
	webtest.Want(t, b.Get("/list/task/print?month=1"), []string{"社区月度工作清单", "20天内帮扶一人就业"}, f.Members[0].Number)
}

// TestCaseTells: a family's case has its members, those without work marked, and what
// reached nobody; a registration's the contacts that did not.
func TestCaseTells(t *testing.T) {
	s, _, f, path := station(t)
	idle := s.Put("person", map[string]any{"household": string(f.ID), "name": "顾待业", "sex": "1", "birth_date": "1985-05-01", "relation": "31", "status": "9", "labour_ability": "1", "job_wish": "1"})[0]
	at := s.Put("person", map[string]any{"household": string(f.ID), "name": "顾在岗", "sex": "2", "birth_date": "1986-05-01", "relation": "31", "status": "1", "labour_ability": "1", "job_wish": "1"})[0]
	missed := s.Put("visit", map[string]any{"household": string(f.ID), "on": "2027-01-05", "kind": "3", "result": "2"})[0]
	b := s.As(people.Operator)
	got := b.Get(path)
	webtest.Want(t, got, []string{"顾待业", "顾在岗", "没有联系上的", "/record/visit/" + string(missed)})
	row := func(who string) string {
		_, row, _ := strings.Cut(got.Body, `<td><a href="/person/`+who+`">`)
		row, _, _ = strings.Cut(row, "</tr>")
		return row
	}
	if !strings.Contains(row(string(idle)), "还没就业") || strings.Contains(row(string(at)), "还没就业") {
		t.Errorf("the members are %s and %s", row(string(idle)), row(string(at)))
	}
	began := s.Put("registration", map[string]any{"person": string(idle), "on": "2027-01-04"})[0]
	tried := s.Put("contact", map[string]any{"person": string(idle), "on": "2027-01-06", "reached": false})[0]
	met := s.Put("contact", map[string]any{"person": string(idle), "on": "2027-01-07", "reached": true})[0]
	got = b.Get("/case/" + string(began))
	_, tries, found := strings.Cut(got.Body, "没有联系上的")
	tries, _, _ = strings.Cut(tries, "</section>")
	if !found || !strings.Contains(tries, "/record/contact/"+string(tried)) || strings.Contains(tries, string(met)) {
		t.Errorf("the attempts are %s", tries)
	}
}

// TestNoTerm: a task without a term says so, and one of another year its year.
func TestNoTerm(t *testing.T) {
	s := webtest.New(t)
	home := s.Put("household", map[string]any{"head_name": "无期户"})[0]
	s.Put("person", map[string]any{"household": string(home), "name": "无期户", "sex": "1", "birth_date": "1980-05-01", "relation": "02", "status": "9", "lost_on": "2025-11-02", "labour_ability": "1", "job_wish": "1"})
	webtest.Want(t, s.As(people.Operator).Get("/tasks?task=whole_year"), []string{"没有期限</span>", "2026年11月2日"})
}

// TestFamilies: cases with the days since, and families that have none yet.
func TestFamilies(t *testing.T) {
	s, _, f, path := station(t)
	idle := s.Put("household", map[string]any{"head_name": "无岗户", "address": "湖滨路9号"})[0]
	s.Put("person", map[string]any{"household": string(idle), "name": "无岗户", "sex": "1", "birth_date": "1980-05-01", "relation": "02", "status": "9", "labour_ability": "1", "job_wish": "1", "hukou": "10"})
	b := s.As(people.Operator)
	got := b.Get("/families")
	webtest.Want(t, got, []string{path, f.Members[0].Name, "街道已认定", " 天</span>", "没有人就业、还没立案的家庭", "/household/" + string(idle), "湖滨路9号", "立案</a>"}, f.Members[0].Number)
	webtest.Want(t, b.Get("/families?ended=1"), []string{"没有办结的家庭个案"}, path)
	if got := b.Get("/case/none"); got.Code != http.StatusNotFound {
		t.Errorf("a case that is none: status %d", got.Code)
	}
}

// TestLooksAreLogged: whom the pages show is in the audit log, under who asked.
func TestLooksAreLogged(t *testing.T) {
	s, _, f, path := station(t)
	b := s.As(people.Operator)
	for _, at := range []string{"/", "/tasks", path, "/families"} {
		b.Get(at)
	}
	purposes := map[string]bool{}
	for _, kind := range []string{"task", "case"} {
		looked, err := operate.New(s.Replica, operate.Beyond{}).Audit(0, kind, f.Members[0].ID, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range looked {
			if l.Operator == b.Login {
				purposes[l.Purpose] = true
			}
		}
	}
	for _, purpose := range []string{"tasks of the day", "tasks", "case", "family cases"} {
		if !purposes[purpose] {
			t.Errorf("no entry of %q: %v", purpose, purposes)
		}
	}
}

// TestHostileNames: a name is text, whatever is in it.
func TestHostileNames(t *testing.T) {
	s, w, _, _ := station(t)
	const evil = `<x-evil onerror=alert(1)>"'`
	id := s.Put("household", map[string]any{"head_name": evil, "address": evil})[0]
	who := s.Put("person", map[string]any{"household": string(id), "name": evil, "relation": "02", "sex": "1", "birth_date": "1980-05-01", "status": "9"})[0]
	s.Put("registration", map[string]any{"person": string(who), "on": "2026-12-22"})
	path := "/case/" + string(s.Begin(w, webtest.Family{ID: id}))
	b := s.As(people.Operator)
	for _, at := range []string{"/", "/tasks", path, "/families", "/person/" + string(who)} {
		got := b.Get(at)
		webtest.Want(t, got, []string{"x-evil"}, "<x-evil")
	}
}
