package ledger_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// filled is a station with some households, one member of each without work.
func filled(t *testing.T, households int) (*webtest.Station, []webtest.Family) {
	t.Helper()
	s := webtest.New(t)
	var all []webtest.Family
	for n := range households {
		f := s.Household(n)
		s.Events(f, 0)
		all = append(all, f)
	}
	return s, all
}

func want(t *testing.T, got webtest.Answer, code int, parts ...string) {
	t.Helper()
	if got.Code != code {
		t.Errorf("%s: status %d, want %d", got.Path, got.Code, code)
	}
	for _, part := range parts {
		if !strings.Contains(got.Body, part) {
			t.Errorf("%s: no %q on it", got.Path, part)
		}
	}
}

// TestLedgers: each ledger is a page with its columns in the order of the printed list,
// persons covered, and rows that lead to the person.
func TestLedgers(t *testing.T) {
	s, all := filled(t, 3)
	b := s.As(people.Viewer)
	for n := 1; n <= 5; n++ {
		want(t, b.Get(fmt.Sprintf("/ledger/%d", n)), http.StatusOK, "<h1>", "L"+fmt.Sprint(n))
	}
	got := b.Get("/ledger/1")
	k, _ := s.Replica.Schema.Kind("ledger_unemployed")
	at := map[bool]int{} // in the upper row of the head, and in the lower one
	for _, f := range k.Printed() {
		if f.Print == 0 || f.Name == "name" { // that one stays at the left
			continue
		}
		in := f.Head.Zh != ""
		next := strings.Index(got.Body[at[in]:], ">"+f.Label.Zh+"<")
		if next < 0 {
			t.Errorf("column %s does not stand where it should", f.Label.Zh)
		}
		at[in] += max(next, 0)
	}
	for _, f := range all {
		m := f.Members[0]
		want(t, got, http.StatusOK, m.Name, schema.Masked(m.Number), "/person/")
		if strings.Contains(got.Body, m.Number) || m.Phone != "" && strings.Contains(got.Body, m.Phone) {
			t.Errorf("a number or phone of %s is on the page", m.Name)
		}
	}
	if len(got.Body) > 40<<10 {
		t.Errorf("the page has %d bytes", len(got.Body))
	}
}

// TestHostile: what no page offers is answered in words, and asks for nothing.
func TestHostile(t *testing.T) {
	s, _ := filled(t, 1)
	b := s.As(people.Operator)
	for path, code := range map[string]int{
		"/ledger/0": 404, "/ledger/6": 404, "/ledger/01": 404, "/ledger/+1": 404, "/ledger/x": 404, "/ledger/1.pdf": 404, "/ledger/ledger_unemployed": 404,
		"/list/none": 404, "/list/device": 404, "/list/refusal": 404, "/list/person/nobody": 404, "/list/ledger_unemployed/x": 404, "/list/person/%2e%2e%2fx": 404,
		"/ledger/1?on=2026-02-30": 422, "/ledger/1?on='": 422, "/list/person?on=2026-01-01": 422, "/ledger/1?reason=%22%20OR%20name%20%3D%20%22x": 422, "/ledger/1?lasts=2": 422, "/ledger/1?year=20x6": 422, "/ledger/1?year=2026%20OR": 422,
		"/ledger/1?by=id_number": 200, "/ledger/1?by=%3Cscript%3E": 200, "/ledger/1?page=-7": 200, "/ledger/1?page=1048576": 200, "/ledger/1?older=x": 200, "/ledger/1?full=1": 200, "/ledger/1?where=name%3D1": 200,
	} {
		got := b.Get(path)
		want(t, got, code)
		if strings.Contains(got.Body, "<script>") || strings.Contains(got.Body, "OR name") {
			t.Errorf("%s: what was asked stands on the page", path)
		}
	}
	want(t, b.Post("/ledger/1", url.Values{"full": {"1"}}), 404)
	if got := s.Stranger().Get("/ledger/1.xlsx"); !strings.HasPrefix(got.Path, "/signin") {
		t.Errorf("a stranger was given %s", got.Path)
	}
}

// TestChoices: filters are kept in the address of orders, and the day in that of the print.
func TestChoices(t *testing.T) {
	s, all := filled(t, 2)
	b := s.As(people.Operator)
	got := b.Get("/ledger/1?lasts=1&year=2026&by=name")
	want(t, got, 200, all[0].Members[0].Name, "by=name&amp;down=1&amp;lasts=1&amp;year=2026", `aria-sort="ascending"`, `<input type="hidden" name="by" value="name">`)
	want(t, b.Get("/ledger/1?lasts=0"), 200, "这里还没有：没有一行符合所选的条件")
	if empty := b.Get("/list/award"); !strings.Contains(empty.Body, "还没有记录") || strings.Contains(empty.Body, "所选的条件") {
		t.Error("a list without rows says that nothing fits what is chosen")
	}
	want(t, b.Get("/ledger/1?on=2026-01-01"), 200, "/ledger/1/print?on=2026-01-01", "这里还没有")
}

// TestFullNumbers: numbers are printed and exported in full by POST alone, and the audit
// log has who did and of whom.
func TestFullNumbers(t *testing.T) {
	s, all := filled(t, 2)
	b := s.As(people.Operator)
	number := all[0].Members[0].Number
	for _, path := range []string{"/ledger/1/print", "/ledger/1.csv", "/list/person.csv", "/list/person/print"} {
		covered := b.Get(path + "?full=1")
		want(t, covered, 200, schema.Masked(number))
		if strings.Contains(covered.Body, number) {
			t.Errorf("%s: the full number by GET", path)
		}
		full := b.Post(path, url.Values{"full": {"1"}})
		want(t, full, 200, number)
	}
	if got := b.Get("/ledger/1.xlsx"); got.Code != 200 || !strings.HasPrefix(got.Body, "PK") || !strings.Contains(got.Header.Get("Content-Disposition"), "ledger_unemployed-") {
		t.Errorf("the workbook: %d %q", got.Code, got.Header)
	}
	want(t, b.Get("/ledger/1.csv"), 200, "下岗失业人员台帐，单位："+kit.First.Name, "截至：")
}

// TestFilesAreInTheOrderOfTheTable: a row has the same number in a file as on the page.
func TestFilesAreInTheOrderOfTheTable(t *testing.T) {
	s := webtest.New(t)
	days := map[string]string{"甲": "2026-03-01", "乙": "2026-05-01", "丙": "2026-01-01", "丁": "2026-04-01"}
	for name, day := range days {
		s.Put("person", map[string]any{"id": "p-" + name, "name": name, "sex": "1", "birth_date": "1970-01-01"})
		s.Put("unemployment", map[string]any{"person": "p-" + name, "on": day})
	}
	b := s.As(people.Operator)
	for asked, order := range map[string]string{"": "乙丁甲丙", "?by=loss_on": "丙甲丁乙", "?by=loss_on&down=1": "乙丁甲丙"} {
		page, file := b.Get("/ledger/1"+asked).Body, b.Get("/ledger/1.csv"+asked).Body
		at := 0
		for i, name := range strings.Split(order, "") {
			next := strings.Index(page[at:], ">"+name+"<")
			if next < 0 {
				t.Errorf("%q: %s is not where it should be on the page", asked, name)
			}
			at += max(next, 0)
			if !strings.Contains(file, fmt.Sprintf("\n%d,%s,", i+1, name)) {
				t.Errorf("%q: %s is not row %d of the file: %s", asked, name, i+1, file)
			}
		}
	}
}

// TestPrintInParts: of many rows each stands on one part, with its number, and the parts
// lead to each other.
func TestPrintInParts(t *testing.T) {
	s := webtest.New(t)
	var persons []map[string]any
	for n := range 1030 {
		persons = append(persons, map[string]any{"id": fmt.Sprintf("p-%04d", n), "name": "王明"})
	}
	s.Put("person", persons...)
	b := s.As(people.Viewer)
	numbers := regexp.MustCompile(`class="no"[^>]*>(\d+)<`)
	first, second := b.Get("/list/person/print?by=name"), b.Get("/list/person/print?by=name&part=2")
	want(t, first, 200, "/list/person/print?by=name&amp;part=2", "一次最多 600 行", "1–600", "共 1,030 行")
	want(t, second, 200, `href="/list/person/print?by=name"`, "601–1,030")
	if strings.Contains(second.Body, "part=3") {
		t.Error("the last part leads to one more")
	}
	next := 1
	for _, part := range []string{first.Body, second.Body} {
		for _, m := range numbers.FindAllStringSubmatch(part, -1) {
			if m[1] != fmt.Sprint(next) {
				t.Fatalf("row %s, want %d", m[1], next)
			}
			next++
		}
	}
	if next != 1031 {
		t.Errorf("%d rows, want 1030", next-1)
	}
	want(t, b.Get("/list/person/print?part=3"), 404)
	want(t, b.Get("/list/person/print?part=-9999999999999999999"), 200, "1–600")
}

// TestPrint: head and foot on each sheet, the signatures on the last.
func TestPrint(t *testing.T) {
	s, _ := filled(t, 19)
	b := s.As(people.Head)
	got := b.Get("/ledger/1/print")
	rows := strings.Count(got.Body, `class="no"`)
	sheets := strings.Count(got.Body, `class="a4"`)
	if sheets < (rows+16)/17 || rows < 19 {
		t.Errorf("%d rows on %d sheets", rows, sheets)
	}
	for _, twice := range []string{"安置 安置", "反馈 反馈", "失业登记注销 注销"} {
		for _, ledger := range []string{"/ledger/1/print", "/ledger/2/print", "/ledger/3/print", "/ledger/4/print", "/ledger/5/print", "/ledger/1.csv", "/ledger/2.csv", "/ledger/3.csv"} {
			if head := b.Get(ledger).Body; strings.Contains(head, twice) || strings.Contains(head, strings.ReplaceAll(twice, " ", "")) {
				t.Errorf("%s has the head %q", ledger, twice)
			}
		}
	}
	want(t, got, 200, fmt.Sprintf("第 1 页，共 %d 页", sheets), fmt.Sprintf("第 %d 页，共 %d 页", sheets, sheets), "填报单位："+kit.First.Name, "站长甲")
	want(t, b.Get("/ledger/1"), 200, fmt.Sprintf("共 %d 行", rows))
	if n := strings.Count(got.Body, "填表人"); n != 1 || strings.Count(got.Body, "填报单位") != sheets {
		t.Errorf("%d places to sign, want 1; heads on %d of %d sheets", n, strings.Count(got.Body, "填报单位"), sheets)
	}
}

var listRow = regexp.MustCompile(`href="(/list/[a-z_]+|/ledger/[1-5])"`)

// TestLists: every list that the index names is a page.
func TestLists(t *testing.T) {
	s, all := filled(t, 2)
	b := s.As(people.Viewer)
	index := b.Get("/lists")
	want(t, index, 200, "/list/person", "/list/vacancy", "/list/register_hardship", "/ledger/5")
	found := listRow.FindAllStringSubmatch(index.Body, -1)
	if len(found) < 50 {
		t.Fatalf("%d lists", len(found))
	}
	for _, m := range found {
		want(t, b.Get(m[1]), 200, "<h1>")
		want(t, b.Get(m[1]+"/print"), 200, "class=\"a4\"")
	}
	person := b.Get("/list/visit")
	want(t, person, 200, all[0].Members[0].Name)
}

// TestRecordSaysWhom: the page of a record says whom it is about.
func TestRecordSaysWhom(t *testing.T) {
	s, all := filled(t, 2)
	m := all[0].Members[0]
	id := s.Put("unemployment", map[string]any{"person": string(m.ID), "on": "2026-05-01"})[0]
	want(t, s.As(people.Viewer).Get("/list/unemployment/"+string(id)), 200, `<a href="/person/`+string(m.ID)+`">`+m.Name+`</a>`)
}

// TestEveryRowOpensItsRecord: a record that says nothing in its first column is opened from
// its list all the same, where it is corrected and made void; and whom it names is a link.
func TestEveryRowOpensItsRecord(t *testing.T) {
	s, all := filled(t, 2)
	who := string(all[0].Members[0].ID)
	for kind, says := range map[string]string{"placement": "2027-01-06</a>", "referral": "2027-01-06</a>", "visit": "</a>"} {
		o := map[string]any{"person": who, "on": "2027-01-06"}
		if kind == "visit" {
			o = map[string]any{"household": string(all[0].ID), "on": "2027-01-06"}
		}
		id := s.Put(kind, o)[0]
		got := s.As(people.Operator).Get("/list/" + kind)
		row := regexp.MustCompile(`<a href="/record/` + kind + `/` + regexp.QuoteMeta(string(id)) + `">[^<]+</a>`).FindString(got.Body)
		if !strings.HasSuffix(row, says) {
			t.Errorf("%s: the link to the record is %q", kind, row)
		}
		want(t, s.As(people.Operator).Get("/record/"+kind+"/"+string(id)), 200, "/edit/"+kind+"/"+string(id), "/void/"+kind+"/"+string(id))
		if kind != "visit" {
			want(t, got, 200, `href="/person/`+who+`"`)
		}
	}
}

// TestNumbersAreSaid: that ID numbers are covered is said where there are some.
func TestNumbersAreSaid(t *testing.T) {
	s, _ := filled(t, 2)
	for path, says := range map[string]bool{"/ledger/1": true, "/list/person": true, "/list/visit": false, "/list/task": false} {
		if got := s.As(people.Viewer).Get(path); strings.Contains(got.Body, "身份号码打印时") != says {
			t.Errorf("%s: it is said %t, want %t", path, !says, says)
		}
	}
}

// TestAfterSave: a page that is read after a save shows what was saved.
func TestAfterSave(t *testing.T) {
	s, all := filled(t, 2)
	b := s.As(people.Operator)
	want(t, b.Get("/ledger/1"), 200, all[0].Members[0].Name)
	s.Put("person", map[string]any{"id": string(all[0].Members[0].ID), "name": "欧阳新名"})
	want(t, b.Get("/ledger/1"), 200, "欧阳新名")
	want(t, b.Get("/list/person"), 200, "欧阳新名")
}
