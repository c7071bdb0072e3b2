package station_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongbu/internal/test/kit"
	"tongbu/node/archive"
	"tongbu/node/people"
)

// TestWhoMayWhat: each page and each act by each role.
func TestWhoMayWhat(t *testing.T) {
	o := newOffice(t)
	o.announce(`{"id":"n-1","title":"必读一","must_read":true,"edition":"1"}`)
	n := o.noticePath("n-1")
	const ok, on, no, bad = http.StatusOK, http.StatusSeeOther, http.StatusForbidden, http.StatusUnprocessableEntity
	roles := []*visitor{o.as("viewer"), o.as("operator"), o.as("head")}
	for _, c := range []struct {
		do   string
		want [3]int // viewer, operator, head
	}{
		{"GET /notices", [3]int{ok, ok, ok}},
		{"GET " + n, [3]int{ok, ok, ok}},
		{"GET /notices/no-such", [3]int{404, 404, 404}},
		{"POST " + n + "/read", [3]int{no, on, on}},
		{"GET /settings", [3]int{ok, ok, ok}},
		{"GET /settings/certificate", [3]int{404, 404, 404}},
		{"POST /settings/others", [3]int{on, on, on}},
		{"GET /head", [3]int{no, no, ok}},
		{"POST /head/accounts", [3]int{no, no, bad}},
		{"GET /head/account/none", [3]int{no, no, 404}},
		{"POST /head/account/none/end", [3]int{no, no, 404}},
		{"GET /archive", [3]int{ok, ok, ok}},
		{"GET /archive/close", [3]int{no, no, ok}},
		{"POST /archive/close", [3]int{no, no, bad}},
		{"GET /archive/volume/none", [3]int{404, 404, 404}},
		{"POST /archive/volume/none/lend", [3]int{no, no, 404}},
		{"POST /archive/volume/none/return", [3]int{no, no, 404}},
	} {
		method, path, _ := strings.Cut(c.do, " ")
		for i, v := range roles {
			var status int
			if method == http.MethodGet {
				status, _ = v.get(path)
			} else {
				status, _, _ = v.post(path)
			}
			if status != c.want[i] {
				t.Errorf("%s by %d: %d, want %d", c.do, i, status, c.want[i])
			}
		}
	}
	stranger := &visitor{office: o}
	for _, path := range []string{"/notices", "/settings", "/head", "/archive"} {
		if status, _ := stranger.get(path); status != on {
			t.Errorf("%s without signing in: %d", path, status)
		}
	}
}

func TestNotices(t *testing.T) {
	o := newOffice(t)
	o.announce(`{"id":"n-1","title":"旧闻","issued":"2020-01-01"}`, `{"id":"n-2","title":"必读一","must_read":true,"edition":"1","issued":"2019-01-01","body":"第一段\n第二段","source":"市局"}`,
		`{"id":"n-3","title":"过了期的","must_read":true,"edition":"1","expires":"2019-01-01"}`)
	op := o.as("operator")
	list := op.mustGet("/notices")
	o.want(list, "必读没看 1 条", "旧闻", "市局", "已过期")
	if strings.Index(list, "必读一") > strings.Index(list, "旧闻") {
		t.Error("what must be read does not stand first")
	}
	o.want(op.mustGet("/"), "通知 <b>1</b>", "必读没看", "必读一")
	page := op.mustGet(o.noticePath("n-2"))
	o.want(page, "<p>第一段</p>", "<p>第二段</p>", "已阅", "还没确认：", "协理员乙", "站长甲")
	o.wantNone(page, "查看丙")

	for range 2 { // pressed twice
		op.mustPost(o.noticePath("n-2")+"/read", "edition", "1")
	}
	if n := len(kit.MustList(t, o.at, "read_receipt", `staff = "协理员乙" AND edition = "1"`)); n != 1 {
		t.Errorf("%d receipts, want 1", n)
	}
	page = op.mustGet(o.noticePath("n-2"))
	o.want(page, "您已在", "还没确认：站长甲", "已保存")
	o.wantNone(op.mustGet("/"), "必读没看")
	o.want(o.as("head").mustGet("/notices"), "必读没看 1 条")

	o.announce(`{"id":"n-2","title":"必读一","edition":"2"}`)
	o.want(op.mustGet("/notices"), "必读没看 1 条")
	o.want(op.mustGet(o.noticePath("n-2")), "旧版 1", "已阅")
	op.mustPost(o.noticePath("n-2")+"/read", "edition", "1") // of the page that was open
	o.want(op.mustGet("/notices"), "必读没看 1 条")
}

// TestTwoOfOneName: a receipt of one is none of the other.
func TestTwoOfOneName(t *testing.T) {
	o := newOffice(t)
	if _, err := o.node.People.Add(context.Background(), "head", people.Person{Login: "twin", Name: "协理员乙", Role: people.Operator}, "first-"+password); err != nil {
		t.Fatal(err)
	}
	o.announce(`{"id":"n-1","title":"必读一","must_read":true,"edition":"1"}`)
	if err := o.node.People.SetOwn(context.Background(), "twin", "first-"+password, password); err != nil {
		t.Fatal(err)
	}
	o.as("operator").mustPost(o.noticePath("n-1")+"/read", "edition", "1")
	o.want(o.as("twin").mustGet("/notices"), "必读没看 1 条")
}

// TestHostileNotice: what stands in a notice is text, and numbers of persons are covered.
func TestHostileNotice(t *testing.T) {
	o := newOffice(t)
	o.announce(`{"id":"n-1","title":"<script>alert(1)</script>","body":"<img src=x onerror=y> 11010519491231002X","source":"\" onclick=\"z","contact":"'><b>","must_read":true,"edition":"<i>"}`)
	for _, path := range []string{"/", "/notices", o.noticePath("n-1")} {
		page := o.as("operator").mustGet(path)
		o.wantNone(page, "<script>alert", "<img", `" onclick="`, "'><b>", "<i>", "11010519491231002X")
	}
}

func TestSettings(t *testing.T) {
	o := newOffice(t)
	page := o.as("operator").mustGet("/settings")
	o.want(page, "协理员乙", kit.First.Name, "还有", "天，自己会换新的", "从未", "就是这里", "只有这台电脑打得开")
	o.wantNone(page, "站长办的事")
	o.want(o.as("head").mustGet("/settings"), "站长办的事")
	elsewhere := o.as("operator")
	here := o.as("operator")
	here.mustPost("/settings/others")
	if status, _ := elsewhere.get("/settings"); status != http.StatusSeeOther {
		t.Errorf("still signed in elsewhere: %d", status)
	}
	here.mustGet("/settings")
}

var accountPath = regexp.MustCompile(`/head/account/[0-9a-f]{16}`)

// account is the page of the account with a name.
func (v *visitor) account(name string) string {
	v.t.Helper()
	_, row, found := strings.Cut(v.mustGet("/head"), "<td class=\"nw\">"+name)
	at := accountPath.FindString(row)
	if !found || at == "" {
		v.t.Fatalf("no account %s", name)
	}
	return at
}

func TestAccounts(t *testing.T) {
	o := newOffice(t)
	head := o.as("head")
	add := func(pairs ...string) (int, string) {
		status, body, _ := head.post("/head/accounts", pairs...)
		return status, body
	}
	if status, body := add("login", "new", "name", "新人丁", "role", "operator", "password", "short"); status != http.StatusUnprocessableEntity || !strings.Contains(body, `aria-invalid="true"`) || !strings.Contains(body, `value="新人丁"`) {
		t.Errorf("a short password: %d\n%s", status, body)
	}
	if status, body := add("login", "new", "name", "新人丁", "role", "operator", "password", "first-"+password); status != http.StatusSeeOther {
		t.Fatalf("%d\n%s", status, body)
	}
	at := head.account("新人丁")
	if strings.Contains(at, "new") {
		t.Errorf("the address %s names somebody", at)
	}
	head.mustPost(at, "name", "新人戊", "role", "viewer", "until", "2199-12-31")
	o.want(head.mustGet(at), "新人戊", "2199-12-31")
	if status, body, _ := head.post(at, "name", "x", "role", "king", "until", ""); status != http.StatusUnprocessableEntity || !strings.Contains(body, "ce") {
		t.Errorf("no such role: %d", status)
	}

	op := o.as("operator")
	opAt := head.account("协理员乙")
	head.mustPost(opAt+"/password", "password", "other-"+password)
	if status, _ := op.get("/settings"); status != http.StatusSeeOther {
		t.Errorf("signed in under the password of before: %d", status)
	}
	head.mustPost(opAt + "/unlock")
	head.mustPost(opAt + "/end")
	o.want(head.mustGet("/head"), "已停用", "上级还没确认的账号照常用，这里不用办什么")
	if status, body, _ := head.post(head.account("站长甲") + "/end"); status != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) {
		if status == http.StatusSeeOther {
			t.Error("the last head is gone")
		}
	}
}

// errorAt is the field above the error of a page.
var errorAt = regexp.MustCompile(`(?s)name="([a-z]+)"[^>]*aria-invalid="true"[^>]*>(?:<option.*?</select>)?<p class="err"[^>]*>([^<]+)`)

// TestErrorsStandAtTheirFields: each under its own, and a day is taken as people write it.
func TestErrorsStandAtTheirFields(t *testing.T) {
	o := newOffice(t)
	head := o.as("head")
	good := map[string]string{"login": "new", "name": "新人丁", "role": "operator", "until": "2199年6月30日", "password": "first-" + password}
	add := func(field, text string) (int, string) {
		var pairs []string
		for name, value := range good {
			if name == field {
				value = text
			}
			pairs = append(pairs, name, value)
		}
		status, body, _ := head.post("/head/accounts", pairs...)
		return status, body
	}
	for field, text := range map[string]string{"login": "operator", "name": "11010519491231002X", "role": "king", "until": "2001-01-01", "password": "short"} {
		status, body := add(field, text)
		if got := errorAt.FindAllStringSubmatch(body, -1); status != http.StatusUnprocessableEntity || len(got) != 1 || got[0][1] != field {
			t.Errorf("%s %q: %d, the error stands at %q", field, text, status, got)
		}
	}
	if status, body := add("", ""); status != http.StatusSeeOther {
		t.Fatalf("%d\n%s", status, body)
	}
	at := head.account("新人丁")
	o.want(head.mustGet(at), "2199-06-30")
	head.mustPost(at, "name", "新人丁", "role", "operator", "until", "2199.7.1")
	o.want(head.mustGet(at), "2199-07-01")
	for field, pairs := range map[string][]string{"name": {"name", "11010519491231002X", "role", "viewer"}, "role": {"name", "x", "role", "king"}, "until": {"name", "x", "role", "viewer", "until", "昨天"}} {
		_, body, _ := head.post(at, pairs...)
		if got := errorAt.FindAllStringSubmatch(body, -1); len(got) != 1 || got[0][1] != field {
			t.Errorf("%s: the error stands at %q", field, got)
		}
	}
}

// TestWhatIsDoneIsSaid: of a password, a lock and an account; and who must set a password
// is told why.
func TestWhatIsDoneIsSaid(t *testing.T) {
	o := newOffice(t)
	head := o.as("head")
	at := head.account("协理员乙")
	for path, said := range map[string]string{at + "/unlock": "已解锁，现在就能登录。", at + "/password": "口令已重设"} {
		o.want(head.mustGet(head.mustPost(path, "password", "given-"+password)), said)
	}
	o.wantNone(head.mustGet(at), "已解锁", "口令已重设")
	op := &visitor{office: o}
	op.mustPost("/signin", "login", "operator", "password", "given-"+password)
	o.want(op.mustGet("/password"), "现在的口令是站长给的，先换成自己的")
	to := op.mustPost("/password", "old", "given-"+password, "new", "own-"+password, "again", "own-"+password)
	page := op.mustGet(to)
	o.want(page, "口令已改好")
	o.wantNone(page, "现在的口令是站长给的")
	o.wantNone(op.mustGet("/password"), "口令已改好", "现在的口令是站长给的")
}

func TestProposalsAreListed(t *testing.T) {
	o := newOffice(t)
	ctx := context.Background()
	var own string
	for owner, title := range map[string]string{"operator": "失业 沈玉兰", "head": "自己的"} {
		d, err := o.node.Drafts.Begin(ctx, owner, "void/unemployment", "x-"+owner, title, map[string][]string{"version": {"1"}})
		if err != nil {
			t.Fatal(err)
		}
		if owner == "head" {
			own = d.ID
		}
		if err := o.node.Drafts.Propose(ctx, owner, d.ID, "录错了 <b>"); err != nil {
			t.Fatal(err)
		}
	}
	head := o.as("head")
	page := head.mustGet("/head")
	o.want(page, "失业 沈玉兰", "录错了", "/proposal/", "您自己提的")
	o.wantNone(page, "录错了 <b>")
	day := head.mustGet("/")
	o.want(day, "等站长定", "失业 沈玉兰", "待定 <b>1</b>")
	o.wantNone(day, "/proposal/"+own)
	asker := o.as("operator").mustGet("/") // who asked is told where it is, and decides nothing
	o.want(asker, "等站长定", "失业 沈玉兰")
	o.wantNone(asker, "/proposal/", "待定 <b>", "接着录")
}

// TestPagesAreThoseOfThePrint: a year is closed with as many pages as the print of its
// last day has, also where long texts make more of them, and a ledger without rows with
// one that is empty.
func TestPagesAreThoseOfThePrint(t *testing.T) {
	o := newOffice(t)
	year := o.town.Clock.Now().Year() - 1
	var persons, losses []string
	for n := range 41 {
		persons = append(persons, fmt.Sprintf(`{"id":"p-%d","name":"沈玉兰","skill":%q}`, n, strings.Repeat("缝纫", 1+n%9)))
		losses = append(losses, fmt.Sprintf(`{"person":"p-%d","on":"%d-05-01","employer_name":%q}`, n, year, strings.Repeat("第二棉纺织厂", 1+n%6)))
	}
	kit.MustPut(t, o.at, "person", strings.Join(persons, "\n"))
	kit.MustPut(t, o.at, "unemployment", strings.Join(losses, "\n"))
	kit.MustPut(t, o.at, "vacancy", fmt.Sprintf(`{"employer_name":"来年的","registered_on":"%d-01-05"}`, year+1))
	head := o.as("head")
	asked := html.UnescapeString(head.mustGet("/archive/close"))
	for at, says := range map[int]bool{year: false, year + 1: true} {
		page := html.UnescapeString(head.mustGet(fmt.Sprint("/archive/close?year=", at)))
		if strings.Contains(page, "年还没过完") != says || !strings.Contains(page, fmt.Sprintf("关 %d 年的帐", year)) {
			t.Errorf("to close %d: %s", at, page)
		}
	}
	head.mustPost("/archive/close", "year", fmt.Sprint(year), "kept_at", "二号柜", "years", "10")
	shelf := head.mustGet("/archive")
	for n, name := range []string{"下岗失业人员", "用工"} {
		print := head.mustGet(fmt.Sprintf("/ledger/%d/print?on=%d-12-31", n+1, year))
		sheets := strings.Count(print, `class="a4"`)
		rows := strings.Count(print, `class="no"`)
		if rows != []int{41, 0}[n] || n == 0 && sheets < 4 {
			t.Fatalf("%s: %d rows on %d sheets", name, rows, sheets)
		}
		want := regexp.MustCompile(fmt.Sprintf(`%s[^<]*</td><td class="n">%d</td><td class="n">%d(（空表）)?</td>`, name, rows, sheets))
		if !want.MatchString(asked) {
			t.Errorf("%s has %d sheets, not so on %s", name, sheets, asked)
		}
		if !regexp.MustCompile(fmt.Sprintf(`%s[^<]*</td>(<td[^>]*>[^<]*</td>){3}<td class="n">%d</td>`, name, sheets)).MatchString(shelf) {
			t.Errorf("%s has %d sheets, not so in the archive", name, sheets)
		}
	}
	o.want(asked, "1（空表）")
	o.want(shelf, fmt.Sprintf("%d-12-31", year+10))
	o.wantNone(shelf, fmt.Sprintf("%d-12-31", year+11))
}

// TestVolumesAreThePartsOfThePrint: of a long ledger each volume has the pages of a part of
// its print, in the order of the print: those with long texts have come last, and are
// printed first.
func TestVolumesAreThePartsOfThePrint(t *testing.T) {
	o := newOffice(t)
	year := o.town.Clock.Now().Year() - 1
	var persons, losses []string
	rows := archive.RowsPerVolume + 40
	for n := range rows {
		day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/2)
		long := 1
		if n > rows/2 {
			long = 12
		}
		persons = append(persons, fmt.Sprintf(`{"id":"p-%04d","name":"沈玉兰"}`, n))
		losses = append(losses, fmt.Sprintf(`{"person":"p-%04d","on":%q,"employer_name":%q}`, n, day.Format(time.DateOnly), strings.Repeat("棉纺织厂", long)))
	}
	kit.MustPut(t, o.at, "person", strings.Join(persons, "\n"))
	kit.MustPut(t, o.at, "unemployment", strings.Join(losses, "\n"))
	head := o.as("head")
	head.mustPost("/archive/close", "year", fmt.Sprint(year), "kept_at", "二号柜", "years", "10")
	shelf := head.mustGet("/archive")
	for n, of := range [][2]int{{1, archive.RowsPerVolume}, {archive.RowsPerVolume + 1, rows}} {
		print := head.mustGet(fmt.Sprintf("/ledger/1/print?on=%d-12-31&part=%d", year, n+1))
		if first := regexp.MustCompile(`class="no">(\d+)<`).FindStringSubmatch(print); first == nil || first[1] != fmt.Sprint(of[0]) {
			t.Fatalf("part %d begins with %v", n+1, first)
		}
		sheets, signed := strings.Count(print, `class="a4"`), strings.Count(print, "填表人")
		o.want(shelf, fmt.Sprintf(`<td class="nw">%d / 2</td><td class="nw">%d 至 %d</td><td class="n">%d</td><td class="n">%d</td>`, n+1, of[0], of[1], of[1]-of[0]+1, sheets))
		if signed != 1 {
			t.Errorf("part %d is signed %d times", n+1, signed)
		}
	}
}

// TestMadeByName: who has made an account is called by name.
func TestMadeByName(t *testing.T) {
	head := newOffice(t).as("head")
	for _, at := range regexp.MustCompile(`/head/account/[^"]+`).FindAllString(head.mustGet("/head"), -1) {
		page := head.mustGet(at)
		head.want(page, "由 站长甲 在")
		head.wantNone(page, "由 head 在")
	}
}

func TestCloseAndLend(t *testing.T) {
	o := newOffice(t)
	year := o.town.Clock.Now().Year() - 1
	kit.MustPut(t, o.at, "person", `{"id":"p-1","name":"沈玉兰","id_number":"11010519491231002X"}`)
	kit.MustPut(t, o.at, "unemployment", fmt.Sprintf(`{"person":"p-1","on":"%d-05-01"}`, year))
	head := o.as("head")
	o.want(head.mustGet("/archive/close"), fmt.Sprintf("关 %d 年的帐", year), "下岗失业人员台帐")
	if status, body, _ := head.post("/archive/close", "year", fmt.Sprint(year), "kept_at", "", "years", "10"); status != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) {
		t.Errorf("no place: %d", status)
	}
	head.mustPost("/archive/close", "year", fmt.Sprint(year), "kept_at", `二号柜"><i>`, "years", "10")
	shelf := head.mustGet("/archive")
	o.want(shelf, fmt.Sprintf("%d-L1-1", year), "站长甲", "社保关系台帐")
	o.wantNone(shelf, `"><i>`, fmt.Sprintf("关 %d 年的帐", year))
	at := regexp.MustCompile(`/archive/volume/[^"]+`).FindString(shelf)
	o.want(head.mustGet(at), "没有更正", "1 条，1 页")

	kit.MustPut(t, o.at, "person", `{"id":"p-1","name":"沈玉蓝","id_number":"11010519491231002X"}`)
	changed := head.mustGet(at)
	o.want(changed, "沈玉蓝", "看改了什么")
	o.wantNone(changed, "11010519491231002X")

	if status, _, _ := head.post(at+"/lend", "to", "李四", "reason", ""); status != http.StatusUnprocessableEntity {
		t.Errorf("lent without a reason: %d", status)
	}
	head.mustPost(at+"/lend", "to", "李四", "reason", "审计")
	o.want(o.as("viewer").mustGet(at), "李四", "审计", "没还")
	o.want(head.mustGet("/head"), "借出没还的案卷", "李四")
	head.mustPost(at + "/return")
	o.want(head.mustGet(at), "借出", "审计", "谁借")
}
