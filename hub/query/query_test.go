package query_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/query"
	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/tree"
)

// A made-up number with a right check character and an old birth year.
const idNumber = "110101190001011009"

// heard is what the hub hears of its communities.
type heard struct {
	communities []query.Community
	err         error
	under       change.UnitID
}

func (r *heard) Communities(_ context.Context, under change.UnitID) ([]query.Community, error) {
	r.under = under
	return r.communities, r.err
}

var _ query.Communities = (*heard)(nil)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC)

// fixture is a service over a view of a few records.
type fixture struct {
	*query.Service
	t     testing.TB
	heard *heard
	view  *view.Merged
	tree  *tree.Tree
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{t: t, heard: &heard{}, tree: viewtest.MustTree(t, viewtest.Units())}
	j := viewtest.NewJournal()
	for i, code := range []string{viewtest.First, viewtest.Second, viewtest.Third, viewtest.First, viewtest.First} {
		j.Person(code, change.RecordID(fmt.Sprintf("p-%d", i+1)), viewtest.Fields{
			"name": change.Text("人" + string(rune('e'-i))), "sex": change.Text([]string{"1", "2"}[i%2]),
			"id_number": change.Text(idNumber), "hardship": change.Set([]string{"010", "050"}),
		})
	}
	j.Person(viewtest.First, "p-5", viewtest.Fields{"valid": change.Text("0")})
	city := change.Text(string(viewtest.UnitID(viewtest.City)))
	j.Add(viewtest.City, viewtest.City, "notice", "n-1", viewtest.Fields{"title": change.Text("to all"), "unit": city})
	j.Add(viewtest.City, viewtest.Third, "notice", "n-2", viewtest.Fields{"title": change.Text("to the third"), "unit": city})
	f.open(j)
	return f
}

// open has what a journal tells in a view, and answers from that.
func (f *fixture) open(j *viewtest.Journal) {
	f.t.Helper()
	var err error
	f.view, err = sqlite.Open(f.t.Context(), filepath.Join(f.t.TempDir(), "view.db"), viewtest.MustSchema(f.t), view.Options{Key: [32]byte{1}, Tree: f.tree})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = f.view.Close() })
	if err := f.view.Apply(f.t.Context(), j.Changes, j.Last()); err != nil {
		f.t.Fatal(err)
	}
	f.Service = f.service(1)
}

func (f *fixture) service(key byte) *query.Service {
	f.t.Helper()
	today := func() (string, error) { return "2026-03-01", nil }
	s, err := query.New(f.view, query.Options{Today: today, Tree: func() *tree.Tree { return f.tree },
		Heard: f.heard, Now: func() time.Time { return noon }, Key: bytes.Repeat([]byte{key}, 32)})
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

func (f *fixture) ask(caller string, q question.Question) *question.Answer {
	f.t.Helper()
	a, err := f.Query(f.t.Context(), by(caller), q)
	if err != nil {
		f.t.Fatal(err)
	}
	f.wantTyped(a)
	return a
}

// wantTyped holds an answer against its JSON, which is read strictly: values
// are of their columns' types, and there are no more of them.
func (f *fixture) wantTyped(a *question.Answer) {
	f.t.Helper()
	read, err := question.ParseAnswer([]byte(f.json(a)))
	if err != nil {
		f.t.Fatal(err)
	}
	want(f.t, f.json(read), f.json(a))
	for _, c := range read.Columns {
		if c.Type != question.Unknown && !slices.Contains(a.Columns, c) {
			f.t.Errorf("a column is %+v, of %+v", c, a.Columns)
		}
	}
}

func (f *fixture) rows(caller string, q question.Question) string {
	f.t.Helper()
	return f.shown(f.ask(caller, q))
}

// shown are the rows of an answer as JSON has them, with ids that leave out the
// unit: no two of the fixture's records have the same.
func (f *fixture) shown(a *question.Answer) string {
	f.t.Helper()
	var form struct{ Rows json.RawMessage }
	if err := json.Unmarshal([]byte(f.json(a)), &form); err != nil {
		f.t.Fatal(err)
	}
	shown := string(form.Rows)
	for _, u := range viewtest.Units() {
		shown = strings.ReplaceAll(shown, `{"id":"`+string(u.ID)+".", `{"id":"`)
	}
	return shown
}

// by is the unit of a code, with no rights beyond.
func by(code string) query.Asker { return query.Asker{Unit: viewtest.UnitID(code)} }

func (f *fixture) json(v any) string {
	f.t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(raw)
}

func want(t testing.TB, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func wantKind(t testing.TB, err error, want fault.Kind) {
	t.Helper()
	if got := fault.Of(err); got != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}

func TestJSON(t *testing.T) {
	f := newFixture(t)
	f.heard.communities = []query.Community{
		{Code: viewtest.First, Enrolled: true, Connected: true, Since: noon, LastHeard: noon, Head: 10, Applied: 7},
		{Code: viewtest.Second, Enrolled: true, Since: noon, LastHeard: noon.Add(-time.Hour), Head: 3, Applied: 4},
		{Code: "110101001003", Enrolled: true, Since: noon.Add(-time.Minute)},
		{Code: viewtest.Third},
	}
	want(t, f.json(f.ask(viewtest.City, question.Question{Kind: "person", PageSize: 1, Select: []string{"id", "aac003", "户口性质", "hardship", "unit"}}).Coverage),
		`{"as_of":"2026-03-01T12:00:00Z","units":3,"silent":[{"unit":"110101001002","since":"2026-03-01T11:00:00Z"},{"unit":"110101001003","since":"2026-03-01T11:59:00Z"}],"pending":3,"absent":1,"conflicts":0,"today":"2026-03-01"}`)
	a := f.ask(viewtest.Third, question.Question{Kind: "person", Select: []string{"id", "aac003", "户口性质", "hardship", "unit"}})
	a.Coverage = question.Coverage{AsOf: noon}
	want(t, f.json(a), `{"rows":[{"id":"`+string(viewtest.Named(viewtest.Third, "p-3"))+`","name":"人c","hukou":null,"hardship":["010","050"],"unit":"110102000001"}],`+
		`"coverage":{"as_of":"2026-03-01T12:00:00Z","units":0,"silent":[],"pending":0,"absent":0}}`)
	want(t, f.heard.under, viewtest.UnitID(viewtest.Third))
	want(t, f.shown(f.ask(viewtest.District2, question.Question{Kind: "household"})), `[]`)
}

func TestRows(t *testing.T) {
	f := newFixture(t)
	want(t, f.rows(viewtest.Third, question.Question{Kind: "person"}),
		`[{"id":"p-3","unit":"110102000001","name":"人c","id_number":"110101**********09","sex":"1","hardship":["010","050"],"valid":"1"}]`)
	full, err := f.Query(t.Context(), query.Asker{Unit: viewtest.UnitID(viewtest.Third), Reveal: true}, question.Question{Kind: "person", Select: []string{"aac002", "id_number"}})
	if err != nil {
		t.Fatal(err)
	}
	want(t, f.shown(full), `[{"id_number":"`+idNumber+`"}]`)
	all := query.Asker{Unit: viewtest.UnitID(viewtest.City), Reveal: true}
	for _, q := range []question.Question{{OrderBy: "id_number"}, {Filter: "id_number = 110101*"}, {GroupBy: "id_number"}} { // who sees it may ask by it
		q.Kind = "person"
		if _, err := f.Query(t.Context(), all, q); err != nil {
			t.Errorf("%+v: %v", q, err)
		}
	}
	want(t, f.rows(viewtest.City, question.Question{Kind: "person", OrderBy: "name desc", Select: []string{"id", "conflicts"}}),
		`[{"id":"p-1","conflicts":0},{"id":"p-2","conflicts":0},{"id":"p-3","conflicts":0},{"id":"p-4","conflicts":0}]`)
}

func TestVoid(t *testing.T) {
	f := newFixture(t)
	want(t, f.rows(viewtest.City, question.Question{Kind: "person", Filter: `valid = "0"`, Select: []string{"id"}}), `[{"id":"p-5"}]`)
	want(t, f.rows(viewtest.First, question.Question{Kind: "person", Filter: `valid != null AND sex = "1"`, Select: []string{"id", "valid"}}),
		`[{"id":"p-1","valid":"1"},{"id":"p-5","valid":"0"}]`)
}

func TestGroups(t *testing.T) {
	f := newFixture(t)
	want(t, f.rows(viewtest.City, question.Question{Kind: "person", GroupBy: "aac004"}), `[{"sex":"1","count":2},{"sex":"2","count":2}]`)
	want(t, f.rows(viewtest.City, question.Question{Kind: "person", GroupBy: "district"}), `[{"district":"110101000000","count":3},{"district":"110102000000","count":1}]`)
	two := question.Question{Kind: "person", GroupBy: "district, 性别"}
	whole := `[{"district":"110101000000","sex":"1","count":1},{"district":"110101000000","sex":"2","count":2},{"district":"110102000000","sex":"1","count":1}]`
	want(t, f.rows(viewtest.City, two), whole)
	want(t, f.ask(viewtest.City, two).Columns, []question.Column{{Name: "district", Type: question.Text}, {Name: "sex", Type: question.Text}, {Name: "count", Type: question.Integer}})
	want(t, f.paged(viewtest.City, two), whole)
	first := f.ask(viewtest.City, question.Question{Kind: "person", GroupBy: "hardship", PageSize: 1})
	want(t, f.shown(first), `[{"hardship":"010","count":4}]`)
	second := f.ask(viewtest.City, question.Question{Kind: "person", GroupBy: "hardship", PageSize: 1, PageToken: first.NextPageToken})
	want(t, f.shown(second), `[{"hardship":"050","count":4}]`)
	want(t, second.NextPageToken, "")
}

// TestSmallCounts: what is asked by a personal field, or counted by one, says
// whom a small count is of; what is asked by others does not.
func TestSmallCounts(t *testing.T) {
	f := newFixture(t)
	for _, test := range []struct {
		question.Question
		records []change.RecordID
		asked   []string
	}{
		{question.Question{GroupBy: "sex"}, nil, nil},
		{question.Question{GroupBy: "sex", Filter: `sex = 1`}, nil, nil},
		{question.Question{GroupBy: "sex", Filter: `id_number = ` + idNumber}, []change.RecordID{"p-1", "p-2", "p-3", "p-4"}, []string{"id_number"}},
		{question.Question{GroupBy: "hardship", Filter: `name = "人e"`, PageSize: 1}, []change.RecordID{"p-1"}, []string{"name"}},
		{question.Question{GroupBy: "district", Filter: `id = "` + string(viewtest.Named(viewtest.Third, "p-3")) + `" OR id = "p-9"`}, []change.RecordID{"p-3"}, []string{"id"}},
		{question.Question{GroupBy: "sex", Filter: `phone = "1*"`}, nil, []string{"phone"}},
		{question.Question{GroupBy: "birth_date"}, []change.RecordID{"p-1", "p-2", "p-3", "p-4"}, []string{"birth_date"}},
		{question.Question{Filter: `sex = 1`, OrderBy: "name"}, []change.RecordID{"p-3", "p-1"}, []string{"name"}},
	} {
		test.Kind = "person"
		a := f.ask(viewtest.City, test.Question)
		if len(a.Rows) > 1 && test.GroupBy != "" {
			slices.Sort(a.Records)
		}
		for i, id := range a.Records {
			a.Records[i] = id.Written()
		}
		slices.Sort(a.Records)
		slices.Sort(test.records)
		want(t, a.Records, test.records)
		want(t, a.AskedBy, test.asked)
	}
}

func TestInvalid(t *testing.T) {
	f := newFixture(t)
	for _, r := range []question.Question{
		{Kind: "persons"}, {Kind: "person", Day: "2026-02-28"}, {Kind: "person", Select: []string{"nothing"}}, {Kind: "person", PageSize: -1}, {Kind: "person", OrderBy: "nothing"},
		{Kind: "person", Filter: "nothing = 1"}, {Kind: "person", GroupBy: "nothing"}, {Kind: "person", GroupBy: "id_number"}, {Kind: "person", GroupBy: "id"},
		{Kind: "person", GroupBy: "sex", OrderBy: "sex"}, {Kind: "person", GroupBy: "sex", Select: []string{"sex"}}, {Kind: "person", GroupBy: "sex,sex"}, {Kind: "person", GroupBy: "sex,"},
		{Kind: "person", GroupBy: "sex,status,district,street"}, {Kind: "person", GroupBy: "district,id_number"}, {Kind: "refusal", GroupBy: "count"},
		{Kind: "person", OrderBy: "name desc, id_number"}, {Kind: "person", Filter: "id_number = 110101*"}, {Kind: "household", Filter: "head_id_number:*", GroupBy: "city"},
		{Kind: "person", GroupBy: "name"}, {Kind: "person", GroupBy: "sex, phone"}, {Kind: "household", GroupBy: "address"}, {Kind: "person", GroupBy: strings.Repeat("sex,", 1000)},
		{Kind: "person", Filter: strings.Repeat(`name:"x" `, 17)}, {Kind: "person", Filter: strings.Repeat(`sex = 1 `, 129)}, {Kind: "person", Select: slices.Repeat([]string{"name"}, 100)},
		{Kind: "person", OrderBy: "name, sex, name desc"}, {Kind: "person", PageToken: "x"}, {Kind: "person", Select: []string{`id" FROM meta --`}},
	} {
		_, err := f.Query(t.Context(), by(viewtest.City), r)
		wantKind(t, err, fault.Invalid)
		if fault.Hint(err) == "" || strings.Contains(err.Error(), "\n") {
			t.Errorf("no one-line error with a hint: %q", err)
		}
	}
	_, err := query.New(f.view, query.Options{Key: []byte("short")})
	wantKind(t, err, fault.Invalid)
	f.heard.err = fault.New(fault.Unavailable, "away")
	_, err = f.Query(t.Context(), by(viewtest.City), question.Question{Kind: "person"})
	wantKind(t, err, fault.Unavailable)
}

func TestScope(t *testing.T) {
	f := newFixture(t)
	for _, test := range []struct{ caller, scope, kind, want string }{
		{viewtest.First, "", "person", `[{"id":"p-1"},{"id":"p-4"}]`},
		{viewtest.Street, "", "person", `[{"id":"p-1"},{"id":"p-4"},{"id":"p-2"}]`},
		{viewtest.City, viewtest.Third, "person", `[{"id":"p-3"}]`},
		{viewtest.First, "", "notice", `[{"id":"n-1"}]`},
		{viewtest.Third, "", "notice", `[{"id":"n-1"},{"id":"n-2"}]`},
		{viewtest.District2, "", "notice", `[{"id":"n-1"},{"id":"n-2"}]`},
		{viewtest.City, "", "notice", `[{"id":"n-1"},{"id":"n-2"}]`},
	} {
		r := question.Question{Kind: test.kind, Select: []string{"id"}}
		if test.scope != "" {
			r.Scope = viewtest.UnitID(test.scope)
		}
		want(t, f.rows(test.caller, r), test.want)
	}
}

// TestDenied asks beyond the own subtree, in the same words for units that
// exist and for those that do not.
func TestDenied(t *testing.T) {
	f := newFixture(t)
	texts := map[string]bool{}
	for _, test := range []struct{ caller, scope change.UnitID }{
		{viewtest.UnitID(viewtest.First), viewtest.UnitID(viewtest.Second)},
		{viewtest.UnitID(viewtest.First), viewtest.UnitID(viewtest.Street)},
		{viewtest.UnitID(viewtest.First), viewtest.UnitID(viewtest.City)},
		{viewtest.UnitID(viewtest.District2), viewtest.UnitID(viewtest.First)},
		{viewtest.UnitID(viewtest.City), "no-such-unit"},
		{"no-such-unit", ""},
	} {
		_, err := f.Query(t.Context(), query.Asker{Unit: test.caller}, question.Question{Kind: "person", Scope: test.scope})
		wantKind(t, err, fault.Denied)
		texts[err.Error()] = true
	}
	want(t, len(texts), 1)
	f.tree = nil
	_, err := f.Query(t.Context(), by(viewtest.City), question.Question{Kind: "person"})
	wantKind(t, err, fault.Denied)
}

func TestPages(t *testing.T) {
	f := newFixture(t)
	r := question.Question{Kind: "person", OrderBy: "sex desc, name", Select: []string{"id"}}
	whole := f.rows(viewtest.City, r)
	for size := 1; size <= 4; size++ {
		r.PageSize = size
		want(t, f.paged(viewtest.City, r), whole)
	}
}

// paged asks page by page; one row each when the request has no size.
func (f *fixture) paged(caller string, q question.Question) string {
	f.t.Helper()
	var rows []string
	q.PageSize = max(q.PageSize, 1)
	for more := true; more; more = q.PageToken != "" {
		a := f.ask(caller, q)
		if page := strings.Trim(f.shown(a), "[]"); page != "" {
			rows = append(rows, page)
		}
		q.PageToken = a.NextPageToken
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// TestToken uses a page token with everything it is not for.
func TestToken(t *testing.T) {
	f := newFixture(t)
	r := question.Question{Kind: "person", OrderBy: "name", PageSize: 1}
	token := f.ask(viewtest.City, r).NextPageToken
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, []byte("人")) || bytes.Contains(raw, []byte("p-")) {
		t.Error("a page token shows what the row holds")
	}
	r.PageToken, r.PageSize = token, 2
	f.ask(viewtest.City, r) // another page size is fine
	raw[len(raw)-1] ^= 1
	city := by(viewtest.City)
	for name, wrong := range map[string]question.Question{
		"tampered": {Kind: "person", OrderBy: "name", PageToken: base64.RawURLEncoding.EncodeToString(raw)},
		"cut":      {Kind: "person", OrderBy: "name", PageToken: token[:8]},
		"order":    {Kind: "person", OrderBy: "name desc", PageToken: token},
		"filter":   {Kind: "person", OrderBy: "name", PageToken: token, Filter: `sex = "1"`},
		"kind":     {Kind: "notice", PageToken: token},
		"scope":    {Kind: "person", OrderBy: "name", PageToken: token, Scope: viewtest.UnitID(viewtest.Street)},
		"select":   {Kind: "person", OrderBy: "name", PageToken: token, Select: []string{"id"}},
		"group":    {Kind: "person", GroupBy: "sex", PageToken: token},
	} {
		if _, err := f.Query(t.Context(), city, wrong); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = f.Query(t.Context(), query.Asker{Unit: city.Unit, Reveal: true}, r)
	wantKind(t, err, fault.Invalid) // another right
	r.Scope = viewtest.UnitID(viewtest.First)
	token = f.ask(viewtest.First, question.Question{Kind: "person", OrderBy: "name", PageSize: 1, Scope: r.Scope}).NextPageToken
	_, err = f.Query(t.Context(), city, question.Question{Kind: "person", OrderBy: "name", PageToken: token, Scope: r.Scope})
	wantKind(t, err, fault.Invalid) // another caller
	_, err = f.service(2).Query(t.Context(), by(viewtest.First), question.Question{Kind: "person", OrderBy: "name", PageToken: token, Scope: r.Scope})
	wantKind(t, err, fault.Invalid) // another key
}
