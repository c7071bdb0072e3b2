package question_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC)

// whole is an answer with every type of value, in every state.
func whole() *question.Answer {
	return &question.Answer{
		Columns: []question.Column{{Name: "id", Type: question.Text}, {Name: "name", Type: question.Text}, {Name: "n", Type: question.Integer},
			{Name: "ok", Type: question.Boolean}, {Name: "kinds", Type: question.Set}, {Name: "nobody_has", Type: question.Text}},
		Rows: []question.Row{
			{change.Text("p-1"), change.Text("张三 <a&b> \"\\\n\u2028"), change.Int(-9007199254740993), change.Bool(true), change.Set([]string{"b", "a"}), question.Absent},
			{change.Text("p-2"), change.Null, question.Absent, change.Bool(false), change.Set(nil), question.Absent},
		},
		Records:       []change.RecordID{"p-1", "p-2"},
		NextPageToken: "a-_",
		Coverage: question.Coverage{AsOf: noon, Units: 3, Pending: 1 << 63, Absent: 1, Silent: []question.Silent{
			{Unit: "110101001002", Since: noon.In(time.FixedZone("", 8*3600))}, {Unit: "<x>"}}},
	}
}

const (
	wholeJSON = `{"rows":[` +
		`{"id":"p-1","name":"张三 \u003ca\u0026b\u003e \"\\\n\u2028","n":-9007199254740993,"ok":true,"kinds":["a","b"]},` +
		`{"id":"p-2","name":null,"ok":false,"kinds":[]}],"next_page_token":"a-_","coverage":{"as_of":"2026-03-01T12:00:00Z","units":3,` +
		`"silent":[{"unit":"110101001002","since":"2026-03-01T12:00:00Z"},{"unit":"\u003cx\u003e","since":"0001-01-01T00:00:00Z"}],` +
		`"pending":9223372036854775808,"absent":1}}`
	emptyJSON = `{"rows":[],"coverage":{"as_of":"0001-01-01T00:00:00Z","units":0,"silent":[],"pending":0,"absent":0}}`
)

// TestForm holds the bytes of the contract: scripts and older hubs read them.
func TestForm(t *testing.T) {
	for want, a := range map[string]*question.Answer{wholeJSON: whole(), emptyJSON: {}} {
		if got := mustJSON(t, a); got != want {
			t.Errorf("got\n%s, want\n%s", got, want)
		}
		direct, err := a.MarshalJSON() // what a link carries has not been through encoding/json again
		if err != nil || string(direct) != want {
			t.Errorf("got\n%s (%v), want\n%s", direct, err, want)
		}
	}
}

func TestParse(t *testing.T) {
	want := whole()
	want.Columns, want.Records = want.Columns[:5], nil // no row says them
	for i := range want.Rows {
		want.Rows[i] = want.Rows[i][:5]
	}
	want.Coverage.AsOf = noon.Truncate(time.Second)
	want.Coverage.Silent[0].Since = noon.Truncate(time.Second)
	got, err := question.ParseAnswer([]byte(wholeJSON))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	got, err = question.ParseAnswer([]byte(`{}`))
	if diff := cmp.Diff(&question.Answer{Rows: []question.Row{}, Coverage: question.Coverage{Silent: []question.Silent{}}}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestParseLater reads what a later version may add.
func TestParseLater(t *testing.T) {
	got, err := question.ParseAnswer([]byte(` {"later":{"rows":[1.5,{"a":[[]]}]},"rows":[{"id":"p-1"}],"coverage":{"units":2,"handed_over":[7],"silent":[{"unit":"x","why":{}}]}} `))
	want := &question.Answer{Columns: []question.Column{{Name: "id", Type: question.Text}}, Rows: []question.Row{{change.Text("p-1")}},
		Coverage: question.Coverage{Units: 2, Silent: []question.Silent{{Unit: "x"}}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestKeepsItsForm: an answer that came over a line goes on as it came.
func TestKeepsItsForm(t *testing.T) {
	const later = `{"rows":[{"id":"p-1"}],"coverage":{"units":2,"handed_over":7}}`
	got, err := question.ParseAnswer([]byte(later))
	if err != nil {
		t.Fatal(err)
	}
	got.AsReceived = []byte(later)
	if again := mustJSON(t, got); again != later {
		t.Errorf("got %s, want %s", again, later)
	}
}

func TestGet(t *testing.T) {
	a := whole()
	for name, want := range map[string]change.Value{"id": change.Text("p-2"), "name": change.Null, "n": change.Null, "none": change.Null} {
		if got := a.Get(a.Rows[1], name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := a.Get(nil, "id"); got != change.Null {
		t.Errorf("a row without values: got %q", got)
	}
}

// TestNotAnAnswer: what is no answer is not written, rather than written wrong.
func TestNotAnAnswer(t *testing.T) {
	for name, a := range map[string]*question.Answer{
		"a value too few": {Columns: []question.Column{{Name: "id"}}, Rows: []question.Row{{}}},
		"no value":        {Columns: []question.Column{{Name: "id"}}, Rows: []question.Row{{"\xff"}}},
		"no such year":    {Coverage: question.Coverage{AsOf: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}},
		"nor this":        {Coverage: question.Coverage{Silent: []question.Silent{{Since: time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)}}}},
	} {
		if raw, err := json.Marshal(a); fault.Of(err) != fault.Internal || raw != nil {
			t.Errorf("%s: got %s, %v, want internal", name, raw, err)
		}
	}
}

// TestQuestionHasNoRights: a question that comes as JSON cannot say what its
// asker may see; whoever adds a field here decides about that.
func TestQuestionHasNoRights(t *testing.T) {
	raw := `{"Kind":"k","Filter":"f","OrderBy":"o","Select":["s"],"GroupBy":"g","PageSize":1,"PageToken":"t","Total":false,"Labels":false,"Scope":"u","Device":"d","Operator":"p","Purpose":"w"}`
	want := question.Question{Kind: "k", Filter: "f", OrderBy: "o", Select: []string{"s"}, GroupBy: "g", PageSize: 1, PageToken: "t", Scope: "u", Device: "d", Operator: "p", Purpose: "w"}
	var got question.Question
	if err := json.Unmarshal([]byte(`{"Reveal":true,"reveal":true,`+raw[1:]), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if again := mustJSON(t, got); again != raw {
		t.Errorf("got %s, want %s", again, raw)
	}
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
