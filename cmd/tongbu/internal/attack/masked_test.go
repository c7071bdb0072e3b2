package attack_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/syncer/remote"
)

// A made-up number: the example that the standard prints.
const number = "11010519491231002X"

// registered are persons and a household with numbers, known to street and city.
type registered struct {
	*world
	person, household change.RecordID
	upper             *remote.Client // the street's line to the city
}

func (w *world) mustRegistered(t testing.TB) registered {
	t.Helper()
	d := w.mustDevice(t, kit.First)
	street := &device{Keystore: w.street.Replica.Keys}
	unitID := change.RecordID(kit.First.ID)
	r := registered{w, unitID + ".p-" + change.RecordID(d.Device()), unitID + ".h-" + change.RecordID(d.Device()), street.mustDial(t, w.city)}
	unit := change.Text(string(kit.First.ID))
	end := d.mustSay(t, w.street, change.Mark{}, "person", r.person, map[string]change.Value{"unit": unit, "name": change.Text("王某"), "birth_date": change.Text("1949-12-31"),
		"id_number": change.Text(number), "disability_cert": change.Text(number + "61"), "phone": change.Text("0714-1"), "sex": change.Text("2")})
	end = d.mustSay(t, w.street, end, "household", r.household, map[string]change.Value{"unit": unit, "head_id_number": change.Text(number), "address": change.Text("湖滨路"), "people": change.Int(3)})
	for i := range 6 {
		end = d.mustSay(t, w.street, end, "person", change.RecordID(fmt.Sprintf("%s-%d", r.person, i)), map[string]change.Value{"unit": unit, "name": change.Text("李某"), "sex": change.Text("2")})
	}
	await(t, "all are in both views", func() bool {
		for _, at := range r.places(t) {
			if a, err := at.ask(question.Question{Kind: "person", Filter: `id = "` + string(r.person) + `-5"`}); err != nil || len(a.Rows) != 1 {
				return false
			}
		}
		return true
	})
	return r
}

// mustSay pushes one record.
func (d *device) mustSay(t testing.TB, s *site, after change.Mark, kind string, id change.RecordID, fields map[string]change.Value) change.Mark {
	t.Helper()
	c := &change.Change{Kind: kind, Record: id, Actor: "clerk", At: time.Now().UnixMilli(), Fields: change.FieldsOf(fields)}
	raw, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	b, err := change.Seal(change.BatchRows, d.Key(), d.own(), after, [][]byte{raw}, c.At)
	if err != nil {
		t.Fatal(err)
	}
	wantTaken(t, d.mustPush(t, s, b), b)
	return b.End()
}

// asking is a way to ask. A line has a limit of questions a second: there a few
// of each sort are tried, the first ones.
type asking struct {
	ask func(question.Question) (*question.Answer, error)
	few bool
}

func firstOf[T any](way asking, all []T) []T {
	if way.few {
		return all[:min(len(all), 4)]
	}
	return all
}

// places are where a question of the street may be asked: above, over the link,
// and at its own view, as the command line does.
func (r registered) places(t testing.TB) map[string]asking {
	own := func(s *site) asking {
		return asking{ask: func(q question.Question) (*question.Answer, error) {
			a := new(question.Answer)
			return a, s.ask(http.MethodPost, "/query", q, a)
		}}
	}
	return map[string]asking{
		"a child asks the city":  {ask: r.above(t), few: true},
		"the street asks itself": own(r.street), "the city asks itself": own(r.city),
	}
}

// above asks the city over the street's line.
func (r registered) above(t testing.TB) func(question.Question) (*question.Answer, error) {
	return func(q question.Question) (*question.Answer, error) { return r.upper.Query(t.Context(), q) }
}

// bits are filters that tell one bit of a number N.
var bits = []string{
	`N = 110105*`, `N = "*2X"`, `N:1949`, `N != "110105*"`, `N:*`, `N = *`, `N = null`, `N != null`, `N < "2"`, `N >= "110105194"`, `N > 1 AND N < 2`,
	`N != "` + number + `"`, `NOT N = "` + number + `"`, `-N = "` + number + `"`, `N:"` + number + `"`, `N = "` + number + `" OR valid = 1`, `valid = 1 AND NOT (valid = 0 OR N = "` + number + `")`,
	`N = "110105"`, `N = "110105194912310020"`, `N = head_id_number`, `N = "11010519491231002_"`, `lower(N) = "x"`,
}

var theField = regexp.MustCompile(`\bN\b`)

func (w *world) masked() map[string]func(*testing.T) {
	r := w.mustRegistered(w.t)
	everywhere := func(try func(*testing.T, asking)) func(*testing.T) {
		return func(t *testing.T) {
			for name, way := range r.places(t) {
				t.Run(name, func(t *testing.T) { try(t, way) })
			}
		}
	}
	return map[string]func(*testing.T){
		"bit by bit":            everywhere(r.bitByBit),
		"by order and by count": everywhere(r.byOrder),
		"selected":              everywhere(r.selected),
		"a count names whom it is of": func(t *testing.T) {
			for _, q := range []question.Question{
				{Filter: `id_number = "` + number + `"`, GroupBy: "sex"}, {Filter: `name = "王某"`, GroupBy: "community"}, {Filter: `birth_date = 1949-12-31 AND phone = "0714*"`, GroupBy: "status"},
				{Filter: `id = "` + string(r.person) + `"`, GroupBy: "marital"}, {GroupBy: "birth_date"}, {Filter: `name = "王某"`}, {Filter: `id_number = "` + number + `"`, Select: []string{"sex"}},
			} {
				q.Kind = "person"
				before := r.named(t)
				if _, err := r.upper.Query(t.Context(), q); err != nil {
					t.Fatal(err)
				}
				if r.named(t) != before+1 {
					t.Errorf("%s by %q: the audit log does not name the person", q.Filter, q.GroupBy)
				}
			}
			before := r.named(t) // five and more are not told of one by one
			if _, err := r.upper.Query(t.Context(), question.Question{Kind: "person", Filter: `name = "王某" OR name = "李某"`, GroupBy: "sex"}); err != nil || r.named(t) != before {
				t.Errorf("a large count names persons, or %v", err)
			}
		},
	}
}

// named is how many entries of the city's log are about the person.
func (r registered) named(t *testing.T) int {
	t.Helper()
	var entries []struct{ Act string }
	if err := r.city.ask(http.MethodGet, "/audit?kind=person&record="+string(r.person), nil, &entries); err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func (r registered) bitByBit(t *testing.T, way asking) {
	for kind, names := range map[string][]string{"person": {"id_number", "aac002", "公民身份号码"}, "household": {"head_id_number", "户主公民身份号码"}} {
		for _, name := range names {
			for _, bit := range firstOf(way, bits) {
				q := question.Question{Kind: kind, Filter: theField.ReplaceAllString(bit, name)}
				for _, q.GroupBy = range firstOf(way, []string{"", "community"}) {
					if _, err := way.ask(q); fault.Of(err) != fault.Invalid {
						t.Errorf("%s %s: got %v, want invalid", kind, q.Filter, err)
					}
				}
			}
		}
	}
	_, err := way.ask(question.Question{Kind: "person", Filter: `disability_cert = "110105*"`})
	wantKind(t, err, fault.Invalid)
	for kind, filter := range map[string]string{"person": `id_number = "` + number + `" AND sex = 2`, "household": `head_id_number = ` + number} {
		if a, err := way.ask(question.Question{Kind: kind, Filter: filter, Select: []string{"id"}}); err != nil || len(a.Rows) != 1 {
			t.Errorf("a whole number finds %v, %v", a, err)
		}
	}
}

func (r registered) byOrder(t *testing.T, way asking) {
	for _, q := range firstOf(way, []question.Question{
		{Kind: "person", GroupBy: "name"}, {Kind: "person", OrderBy: "id_number"}, {Kind: "person", OrderBy: "sex, aac002 desc", PageSize: 1}, {Kind: "household", OrderBy: "head_id_number"}, {Kind: "person", OrderBy: "disability_cert"},
		{Kind: "person", GroupBy: "id_number"}, {Kind: "household", GroupBy: "sex,head_id_number"}, {Kind: "person", GroupBy: "disability_cert"},
		{Kind: "person", GroupBy: "community, 姓名"}, {Kind: "person", GroupBy: "phone"}, {Kind: "person", GroupBy: "hukou_address"}, {Kind: "household", GroupBy: "address"},
		{Kind: "household", GroupBy: "head_name"}, {Kind: "household", GroupBy: "booklet_no"}, {Kind: "person", GroupBy: "remark"}, {Kind: "person", GroupBy: "id"},
	}) {
		_, err := way.ask(q)
		wantKind(t, err, fault.Invalid)
		if err != nil && fault.Hint(err) == "" {
			t.Errorf("no hint: %v", err)
		}
	}
}

func (r registered) selected(t *testing.T, way asking) {
	for kind, columns := range map[string][]string{"person": {"id_number", "AAC002", "公民身份号码", "disability_cert"}, "household": {"head_id_number"}} {
		for _, names := range [][]string{nil, columns} {
			a, err := way.ask(question.Question{Kind: kind, Select: names, PageSize: 1000})
			if err != nil {
				t.Fatal(err)
			}
			if text := rowText(a); strings.Contains(text, number) || strings.Contains(text, number[6:14]) || !strings.Contains(text, "**********") {
				t.Errorf("%s %v: the number is shown", kind, names)
			}
		}
	}
}
