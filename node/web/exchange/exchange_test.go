package exchange_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/backup"
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

func newStation(t *testing.T) *station {
	t.Helper()
	return stationOf(t, kit.MustTiers(t).Node)
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
	if status, body := s.post("/first", url.Values{"login": {"lin"}, "name": {"林秀云"}, "password": {"湖滨路上的猫头鹰7"}, "again": {"湖滨路上的猫头鹰7"}}); status != http.StatusOK {
		t.Fatalf("the first account: %d %s", status, body)
	}
	return s
}

func (s *station) do(r *http.Request, err error) (status int, body string, at string) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
	answer, err := s.http.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		s.Fatal(err)
	}
	return answer.StatusCode, string(raw), answer.Request.URL.Path
}

func (s *station) get(path string) (status int, body string) {
	s.Helper()
	status, body, _ = s.do(http.NewRequest(http.MethodGet, s.base+path, nil))
	return status, body
}

func (s *station) post(path string, form url.Values) (status int, body string) {
	s.Helper()
	r, err := http.NewRequest(http.MethodPost, s.base+path, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	status, body, _ = s.do(r, err)
	return status, body
}

// upload sends a file, and returns the page it leads to.
func (s *station) upload(to, name, kind string, content []byte) (status int, body, at string) {
	s.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if kind != "" {
		_ = w.WriteField("kind", kind)
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		s.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = w.Close()
	r, err := http.NewRequest(http.MethodPost, s.base+to, &b)
	if err == nil {
		r.Header.Set("Content-Type", w.FormDataContentType())
	}
	return s.do(r, err)
}

// mustUpload sends a table that can be read, and returns the path of its page.
func (s *station) mustUpload(name, kind, content string) string {
	s.Helper()
	status, body, at := s.upload("/import", name, kind, []byte(content))
	if status != http.StatusOK || !strings.HasPrefix(at, "/import/") {
		s.Fatalf("%s: got %d at %s: %s", name, status, at, note(body))
	}
	return at
}

// take imports a file that was looked through.
func (s *station) take(at string) (body string) {
	s.Helper()
	status, body := s.post(at+"/go", nil)
	if status != http.StatusOK {
		s.Fatalf("got %d: %s", status, note(body))
	}
	return body
}

var notes = regexp.MustCompile(`(?s)<div class="note.*?</div>`)

func note(body string) string { return notes.FindString(body) }

var figure = regexp.MustCompile(`<b>([0-9,]+)<small>`)

// counts are the figures of a file's page: rows, new, changed, unchanged, rejected, soft.
func counts(body string) (all []string) {
	for _, m := range figure.FindAllStringSubmatch(body, -1) {
		all = append(all, m[1])
	}
	return all
}

func (s *station) wantCounts(body string, want ...string) {
	s.Helper()
	if diff := cmp.Diff(want, counts(body)); diff != "" {
		s.Error(diff)
	}
}

// homes are the households that are here, without what differs between stations.
func (s *station) homes() (all []string) {
	s.Helper()
	err := s.desk.List(s.Context(), "household", "", kit.Clerk, func(shown *desk.Shown) error {
		raw, err := json.Marshal(shown.Fields)
		all = append(all, fmt.Sprint(shown.Fields["form_no"], " ", string(raw)))
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return all
}

const header = "form_no,head_name,address,people,housing\n"

func form(n int) string { return fmt.Sprintf("9901010010012026%06d", n) }

// TestImport: a file is looked through, imported once however often it is pressed, and
// what is wrong is mended on the page.
func TestImport(t *testing.T) {
	s := newStation(t)
	table := header + form(1) + ",王明,湖滨路1号,3,1\n" + form(2) + ",孙七,湖滨路2号,很多,1\n" + form(3) + ",李兰,湖滨路3号,2,老屋\n" + form(1) + ",赵六,湖滨路4号,1,1\n"
	at := s.mustUpload(`..\..\C:\户<script>alert(1)</script>.csv`, "", table)
	_, body := s.get(at)
	if strings.Contains(body, "<script>alert") || strings.Contains(body, "..") {
		t.Error("the name of the file is on the page as it came")
	}
	if len(s.homes()) != 0 {
		t.Error("looking through has recorded something")
	}
	first := s.take(at)
	s.wantCounts(first, "4", "1", "0", "0", "3", "1")
	again := s.take(at)
	if len(s.homes()) != 1 {
		t.Fatalf("got %v", s.homes())
	}
	s.wantCounts(again, counts(first)...)
	if !strings.Contains(first, `name="m.3.people"`) || !strings.Contains(first, "老屋") {
		t.Errorf("the page does not let the rows be mended: %s", first)
	}
	for range 2 {
		if status, body := s.post(at+"/mend", url.Values{"m.3.people": {"2"}, "m.4.housing": {"1"}}); status != http.StatusOK {
			t.Fatalf("got %d: %s", status, note(body))
		}
	}
	if len(s.homes()) != 3 {
		t.Errorf("got %v", s.homes())
	}
	if _, body := s.post(at+"/mend", url.Values{"m.5.head_name": {"赵六六"}}); !strings.Contains(body, "m.5.") && len(s.homes()) != 3 {
		t.Errorf("a row of the same record: got %s", body)
	}
	if strings.Contains(strings.Join(s.homes(), ""), "赵六六") {
		t.Error("a row that is of another row's record has overwritten it")
	}
	s.wantCounts(s.take(s.mustUpload("b.csv", "household", table)), "4", "0", "0", "1", "3", "1")
	if status, _ := s.post(at+"/drop", nil); status != http.StatusOK {
		t.Errorf("drop: got %d", status)
	}
	if status, _ := s.get(at); status != http.StatusNotFound {
		t.Errorf("a file that was removed: got %d", status)
	}
}

// TestMendedEqualsRight: rows that are rejected and then mended make what the right file
// makes.
func TestMendedEqualsRight(t *testing.T) {
	right, wrong := newStation(t), newStation(t)
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 1))
		good, bad, typed := strings.Builder{}, strings.Builder{}, url.Values{}
		good.WriteString(header)
		bad.WriteString(header)
		for i := range 1 + r.IntN(8) {
			cells := []string{form(int(seed)*100 + i), "王" + string(rune('一'+r.IntN(200))), fmt.Sprintf("湖滨路%d号", r.IntN(99)), fmt.Sprint(1 + r.IntN(5)), "1"}
			good.WriteString(strings.Join(cells, ",") + "\n")
			for at, name := range map[int]string{3: "people", 4: "housing"} {
				if r.IntN(3) == 0 {
					typed.Set(fmt.Sprintf("m.%d.%s", i+2, name), cells[at])
					cells[at] = map[int]string{3: "很多", 4: "没有的"}[at]
				}
			}
			bad.WriteString(strings.Join(cells, ",") + "\n")
		}
		right.take(right.mustUpload("a.csv", "household", good.String()))
		at := wrong.mustUpload("a.csv", "household", bad.String())
		body := wrong.take(at)
		for name := range typed {
			if !strings.Contains(body, `name="`+name+`"`) {
				t.Errorf("seed %d: %s cannot be typed", seed, name)
			}
		}
		if status, body := wrong.post(at+"/mend", typed); status != http.StatusOK {
			t.Fatalf("seed %d: got %d: %s", seed, status, note(body))
		}
	}
	a, b := right.homes(), wrong.homes()
	slices.Sort(a)
	slices.Sort(b)
	if diff := cmp.Diff(a, b); diff != "" || len(a) < 10 {
		t.Errorf("%d households: %s", len(a), diff)
	}
}

// TestHostile: what cannot be read is said plainly, and nothing is written or kept.
func TestHostile(t *testing.T) {
	s := newStation(t)
	large := bytes.Repeat([]byte("form_no,x\n"), (20<<20)/10+10)
	bomb := func() []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range []string{"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"} {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.CopyN(w, zeros{}, 8<<20)
		}
		_ = z.Close()
		return b.Bytes()
	}()
	for name, c := range map[string]struct {
		file, kind string
		content    []byte
		status     int
		says       string
	}{
		"too large":    {"a.csv", "household", large, http.StatusRequestEntityTooLarge, "一次最多 20 MB。什么都没有写入。"},
		"empty":        {"a.csv", "household", nil, http.StatusUnprocessableEntity, ""},
		"no kind":      {"a.csv", "", []byte("甲,乙\n1,2\n"), http.StatusUnprocessableEntity, ""},
		"wrong kind":   {"a.csv", "refusal", []byte(header), http.StatusUnprocessableEntity, ""},
		"no such kind": {"a.csv", "../../etc", []byte(header), http.StatusUnprocessableEntity, ""},
		"no workbook":  {"a.xlsx", "household", []byte("PK\x03\x04 and then nothing"), http.StatusUnprocessableEntity, ""},
		"a bomb":       {"a.xlsx", "household", bomb, http.StatusUnprocessableEntity, ""},
		"old Excel":    {"a.xls", "household", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on"), http.StatusUnprocessableEntity, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, body, _ := s.upload("/import", c.file, c.kind, c.content)
			if status != c.status || !strings.Contains(body, c.says) || !strings.Contains(body, `role="alert"`) {
				t.Errorf("got %d: %s", status, note(body))
			}
			if strings.Contains(note(body), "tongbu ") || strings.Contains(note(body), "--") {
				t.Errorf("a command on a page: %s", note(body))
			}
		})
	}
	if _, body := s.get("/import"); strings.Contains(body, "/import/") && strings.Contains(body, `<td><a href="/import/`) {
		t.Errorf("something is kept: %s", body)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestCut: a file that breaks off is not kept and not read.
func TestCut(t *testing.T) {
	s := newStation(t)
	body := "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nhousehold\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n" + header + form(1) + ",王明,湖滨路1号,3,1\n"
	r, err := http.NewRequest(http.MethodPost, s.base+"/import", strings.NewReader(body))
	if err == nil {
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	}
	if status, page, _ := s.do(r, err); status != http.StatusUnprocessableEntity || !strings.Contains(page, `role="alert"`) {
		t.Errorf("got %d: %s", status, note(page))
	}
	if _, page := s.get("/import"); strings.Contains(page, `<td><a href="/import/`) {
		t.Error("half a file is kept")
	}
}

// TestWholeRow: any field of a rejected row may be typed again; a number that is left
// empty stays.
func TestWholeRow(t *testing.T) {
	s := newStation(t)
	at := s.mustUpload("a.csv", "household", "form_no,head_name,phone,housing\n"+form(1)+",王明,13912345678,老屋\n")
	s.take(at)
	status, body := s.get(at + "/row/2")
	if status != http.StatusOK || strings.Contains(body, "13912345678") || !strings.Contains(body, "139****5678") {
		t.Fatalf("got %d: %s", status, body)
	}
	if status, body := s.post(at+"/row/2", url.Values{"f.form_no": {form(1)}, "f.head_name": {"王小明"}, "f.phone": {""}, "f.housing": {"1"}}); status != http.StatusOK {
		t.Fatalf("got %d: %s", status, note(body))
	}
	if homes := s.homes(); len(homes) != 1 || !strings.Contains(homes[0], "王小明") || !strings.Contains(homes[0], "13912345678") {
		t.Errorf("got %v", homes)
	}
	if status, _ := s.get(at + "/row/2"); status != http.StatusNotFound {
		t.Errorf("a row that is in: got %d", status)
	}
}

// TestNobodysRow: a name in place of whom an event is about is rejected with its reason,
// and mended on the page, in the list and in the row.
func TestNobodysRow(t *testing.T) {
	s := newStation(t)
	kit.MustPut(t, s.at, "person", `{"id":"P-1","name":"石可欣"}`)
	at := s.mustUpload("失业.csv", "unemployment", "person,on,reason\n石可欣,2025-01-01,20\n无此人,2025-02-01,20\n")
	body := s.take(at)
	s.wantCounts(body, "2", "0", "0", "0", "2", "0")
	if !strings.Contains(body, "这里不认姓名，同名的分不清，写公民身份号码或自编号") || !strings.Contains(body, "<b>石可欣</b>") || !strings.Contains(body, `name="m.2.person"`) || !strings.Contains(body, "无此人") {
		t.Fatalf("got %s", body)
	}
	if _, body := s.get(at + "/row/3"); !strings.Contains(body, `name="f.person" value="无此人"`) {
		t.Errorf("the row does not show the field: %s", body)
	}
	_, body = s.post(at+"/mend", url.Values{"m.2.person": {"石可欣"}})
	if s.wantCounts(body, "2", "0", "0", "0", "2", "0"); strings.Contains(body, "又收了 0 行") || !strings.Contains(body, "改过的还有 1 行没收，为什么写在行里") {
		t.Errorf("a row that is still wrong: %s", note(body))
	}
	if _, body = s.post(at+"/mend", url.Values{}); !strings.Contains(body, "没有填要改成什么") {
		t.Errorf("nothing is typed: %s", note(body))
	}
	_, body = s.post(at+"/mend", url.Values{"m.2.person": {"P-1"}})
	s.wantCounts(body, "2", "1", "0", "0", "1", "1")
	_, body = s.post(at+"/row/3", url.Values{"f.person": {"P-1"}, "f.on": {"2025-02-01"}, "f.reason": {"20"}})
	s.wantCounts(body, "2", "2", "0", "0", "0", "2")
}

// TestStickSaysWhatIsInTheFile: of what is written as much is this computer's as the page
// said before, and the rest is told apart.
func TestStickSaysWhatIsInTheFile(t *testing.T) {
	s := newStation(t)
	s.take(s.mustUpload("a.csv", "household", header+form(1)+",王明,湖滨路1号,3,1\n"))
	number := func(of string) int {
		t.Helper()
		_, body := s.get("/stick")
		m := regexp.MustCompile(of).FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("no %s: %s", of, note(body))
		}
		n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	open, pending := number(`市还没登记 ([\d,]+) 条`), number(`还没收到 ([\d,]+) 条`)
	if status, body := s.post("/stick/out", nil); status != http.StatusOK {
		t.Fatalf("got %d: %s", status, note(body))
	}
	written, own, others := number(`写入 ([\d,]+) 条`), number(`本机录的 ([\d,]+) 条`), number(`另外 ([\d,]+) 条是上级发下来的`)
	if open == 0 || pending != open || own != open || others == 0 || written != own+others {
		t.Errorf("%d not recorded, %d not received; written %d: %d of here and %d others", open, pending, written, own, others)
	}
}

// TestDownloads: the rejected rows, empty forms, the stick and a backup.
func TestDownloads(t *testing.T) {
	s := newStation(t)
	at := s.mustUpload("a.csv", "household", header+form(2)+",孙七,湖滨路2号,很多,1\n")
	s.take(at)
	if status, body := s.post(at+"/rejects", nil); status != http.StatusOK || !strings.Contains(body, "湖滨路2号") || !strings.Contains(body, "退回原因") {
		t.Errorf("rejects: got %d %q", status, body)
	}
	if status, body := s.get("/export/template/household"); status != http.StatusOK || !strings.HasPrefix(body, "PK") {
		t.Errorf("template: got %d", status)
	}
	if status, _ := s.get("/export/template/refusal"); status != http.StatusNotFound {
		t.Errorf("template of what nobody writes: got %d", status)
	}
	if status, body := s.post("/stick/backup", nil); status != http.StatusOK {
		t.Errorf("backup: got %d: %s", status, note(body))
	} else if m, err := backup.Check(strings.NewReader(body)); err != nil {
		t.Errorf("backup: %v, %+v", err, m)
	}
	if status, body := s.post("/stick/out", nil); status == http.StatusOK && strings.Contains(body, "湖滨路") {
		t.Error("the carried file can be read")
	}
	for _, content := range []string{"", "no carried file", strings.Repeat("x", 1<<20)} {
		if status, body, _ := s.upload("/stick/in", "x", "", []byte(content)); status != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) {
			t.Errorf("a wrong carried file: got %d: %s", status, note(body))
		}
	}
	for _, path := range []string{"/import", "/export", "/stick"} {
		if status, body := s.get(path); status != http.StatusOK || len(body) > 40<<10 {
			t.Errorf("%s: got %d, %d bytes", path, status, len(body))
		}
	}
}
