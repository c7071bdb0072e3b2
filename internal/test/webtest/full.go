package webtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/test/kit"
	"tongbu/node/people"
	"tongbu/node/replica"
	"tongbu/node/web"
	"tongbu/node/web/visit"
)

// Full is a station that has been worked at: households of which some have changed in two
// ways, people in all ledgers, vacancies, a notice from above, a file with wrong rows, a
// draft, and an account of each role.
type Full struct {
	*Station
	Families []Family
	Numbers  []string // ID numbers of everybody there
	Phones   []string
	Vacancy  change.RecordID
	Employer change.RecordID
	Notice   change.RecordID
	Import   string                 // path of the page of the file
	Draft    string                 // id of a draft of the head's
	Proposal string                 // id of a draft that waits for the head
	Accounts map[people.Role]string // paths of the pages of accounts
	Volume   string                 // path of the page of a volume of the archive
	Section  string                 // path of a page of the residents' screen
	Case     change.RecordID        // of a family, in the middle of its way
	Round    change.RecordID        // a census round that the street has sent down
	Asked    change.RecordID        // a request of the street for a correction
}

// MustFull makes one with so many households, 8 at least.
func MustFull(tb testing.TB, households int) *Full {
	tb.Helper()
	w := kit.MustTiers(tb)
	f := &Full{Station: Open(tb, w.Town, w.City, w.Node)}
	for n := range households {
		f.live(f.Household(n))
	}
	for n := range 4 {
		f.Events(f.Families[n], 0)
	}
	f.Employer = f.Put("employer", map[string]any{"name": "湖滨服装有限公司", "org_code": "990101MA01"})[0]
	for _, work := range []string{"缝纫工", "保洁员", "保安员", "厨师", "收银员", "仓库管理员", "家政服务员", "电工"} {
		f.Vacancy = f.Put("vacancy", map[string]any{"registered_on": "2026-12-20", "employer": string(f.Employer), "employer_name": "湖滨服装有限公司", "occupation_name": work,
			"posts": json.Number("3"), "wage": json.Number("320000"), "area": "1", "from": "2026-12-20", "to": "2027-03-31", "state": "1"})[0]
	}
	f.Case = f.Begin(w, f.Families[2])
	f.part(w, w.MustReplica(tb, w.City, kit.First))
	f.Notice = kit.MustPut(tb, w.Street, "notice", `{"title":"春风行动招聘会","body":"正月初八，文化宫。","issued":"2026-12-28","kind":"1","screen":true,"must_read":true}`+"\n")[0].ID
	f.Round = kit.MustPut(tb, w.Street, "campaign", `{"name":"2026年入户普查","kind":"01","holders":"街道办","from":"2026-11-01","to":"2027-01-31","state":"3"}`+"\n")[0].ID
	f.Asked = f.AskCorrection(w, f.Families[1].Members[0].ID)
	w.MustCarry(tb, w.Street, w.Node)
	MustDuplicate(tb, w, f.Families[1].Members[0].ID, kit.Second.ID)
	MustOffered(tb, w, "t-1", nil)
	MustOffered(tb, w, "t-2", map[string]change.Value{"state": change.Text("2"), "decided_on": change.Text("2027-01-10"), "record": change.Text(string(f.Families[3].ID)), "ordered": change.Bool(true)})
	MustHold(tb, w, "person", f.Families[1].Members[0].ID, map[string]change.Value{"phone": change.Text("13700007752"), "education": change.Text("20")})
	f.leaveWork()
	return f
}

func (f *Full) live(family Family) {
	f.Families = append(f.Families, family)
	for _, m := range family.Members {
		f.Numbers = append(f.Numbers, m.Number)
		if m.Phone != "" {
			f.Phones = append(f.Phones, m.Phone)
		}
	}
}

// AskCorrection has the street ask that a person's phone and education be corrected.
func (f *Full) AskCorrection(w *kit.Tiers, person change.RecordID) change.RecordID {
	f.tb.Helper()
	return MustAsk(f.tb, w, person, "某人", `{"education":"20","phone":"0714-6255001"}`, `{"education":null,"phone":"0714-1"}`, "电话是空号，学历与毕业证不符")
}

// part has another computer of the community change the first household while this one
// changes it too.
func (f *Full) part(w *kit.Tiers, other *replica.Replica) {
	w.MustCarry(f.tb, w.Node, w.City)
	w.MustCarry(f.tb, w.City, other)
	id := f.Families[0].ID
	for at, phone := range map[*replica.Replica]string{w.Node: "13900004410", other: "13800007752"} {
		kit.MustPut(f.tb, at, "household", fmt.Sprintf(`{"id":%q,"phone":%q}`, id, phone)+"\n")
		f.Phones = append(f.Phones, phone)
	}
	w.MustCarry(f.tb, other, w.City)
	w.MustCarry(f.tb, w.City, w.Node)
}

// leaveWork leaves what is half done: a file, a draft, and a void that the head decides.
func (f *Full) leaveWork() {
	head, clerk := f.As(people.Head), f.As(people.Operator)
	f.As(people.Viewer)
	got := head.Upload("/import", "2026年入户调查.csv", WrongRows, url.Values{"kind": {"person"}})
	if f.Import = got.Path; got.Code != http.StatusOK || !strings.HasPrefix(f.Import, "/import/") {
		f.tb.Fatalf("upload: status %d at %s: %s", got.Code, got.Path, got.Body)
	}
	f.Draft = f.draftOf(head, "/household/new", url.Values{"0.address": {"湖滨路8号"}})
	if got := head.Post(f.Import+"/go", nil); got.Code != http.StatusOK {
		f.tb.Fatalf("import: status %d: %s", got.Code, got.Body)
	}
	f.draftOf(clerk, "/void/person/"+string(f.Families[1].Members[0].ID), url.Values{"reason": {"重复录入"}})
	waiting, err := f.Node.Drafts.List(clerk.Login)
	if err != nil || len(waiting) != 1 {
		f.tb.Fatalf("%d drafts wait for the head: %v", len(waiting), err)
	}
	f.Proposal = waiting[0].ID
	head.Post("/archive/close", url.Values{"year": {"2026"}, "kept_at": {"二号柜"}, "years": {"10"}})
	f.Accounts = map[people.Role]string{}
	for _, role := range []people.Role{people.Head, people.Operator, people.Viewer} {
		sum := sha256.Sum256([]byte(LoginOf(role)))
		f.Accounts[role] = "/head/account/" + hex.EncodeToString(sum[:8])
	}
	f.Volume = f.link(head, "/archive", "/archive/volume/")
	f.Section = f.link(head, "/screen", "/screen/")
}

// link is the first link of a page that begins so.
func (f *Full) link(b *Browser, page, begins string) string {
	f.tb.Helper()
	body := b.Get(page).Body
	found := regexp.MustCompile(`href="(` + begins + `[^"]+)"`).FindStringSubmatch(body)
	if found == nil {
		f.tb.Fatalf("%s has no link to %s: %s", page, begins, body)
	}
	return html.UnescapeString(found[1])
}

// WrongRows is a table of persons in which rows are wrong.
const WrongRows = "姓名,性别,出生日期,身份号码\n沈玉兰,2,1899-03-04,110101189903040022\n顾晓,9,1901-13-01,\n,1,1902-01-01,\n"

// draftOf sends a form with its draft's number, and returns that.
func (f *Full) draftOf(b *Browser, path string, values url.Values) string {
	f.tb.Helper()
	form := Hidden(b.Get(path).Body)
	if form.Get("draft") == "" {
		f.tb.Fatalf("%s has no draft", path)
	}
	for name, some := range values {
		form[name] = some
	}
	to := path
	if strings.HasSuffix(path, "/new") {
		to = "/draft/" + form.Get("draft")
	}
	if got := b.Post(to, form); got.Code != http.StatusOK {
		f.tb.Fatalf("%s: status %d: %s", to, got.Code, got.Body)
	}
	return form.Get("draft")
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// Hidden is what the forms of a page send that nobody sees.
func Hidden(body string) url.Values {
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(body, -1) {
		form.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return form
}

// Upload sends a file as a page's form does, with the form's other fields.
func (b *Browser) Upload(path, name, content string, fields url.Values) Answer {
	tb := b.station.tb
	tb.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for field := range fields {
		_ = w.WriteField(field, fields.Get(field)) // into memory
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		tb.Fatal(err)
	}
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, b.station.Address+path, &body)
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.Do(r)
}

// Written is how many changes people have made at the station: the heads of the audit log,
// which the device says after some look-ups, are none of them.
func (s *Station) Written() uint64 {
	s.tb.Helper()
	line, err := s.Node.Operate.Line()
	if err != nil {
		s.tb.Fatal(err)
	}
	heads, err := s.Replica.Lookups.SaidHeads()
	if err != nil {
		s.tb.Fatal(err)
	}
	return line.Own.Head - uint64(len(heads))
}

// Routes are all ways into the station's site.
func (s *Station) Routes() []visit.Route {
	s.tb.Helper()
	n := s.Node
	site, err := web.Site(web.Config{Replica: n.Replica, Desk: n.Desk, Operate: n.Operate, People: n.People, Drafts: n.Drafts, Ask: n.Ask})
	if err != nil {
		s.tb.Fatal(err)
	}
	return site.Routes()
}
