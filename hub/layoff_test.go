package hub_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"tongbu/hub"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// layoffs are a street with a view, two of its communities and a notice.
type layoffs struct {
	*town
	street        *hub.Hub
	first, second *replica.Replica
}

var workers = map[string]string{"husband": "110101198001010037", "wife": "110101198201010023", "other": "110101197501010039", "nobody": "110101196501010018"}

func newLayoffs(t *testing.T) *layoffs {
	w := newTown(t)
	l := &layoffs{town: w}
	l.street, _ = w.hub(kit.Street, true)
	l.first, l.second = w.MustReplica(t, w.city.Replica, kit.First), w.MustReplica(t, w.city.Replica, kit.Second)
	for _, c := range []struct {
		at     *replica.Replica
		people []string
	}{{l.first, []string{"husband:02:1", "wife:12:2"}}, {l.second, []string{"other:02:1"}}} {
		kit.MustPut(t, c.at, "household", `{"id":"h","head_name":"王明","survey_date":"2026-01-05"}`)
		for _, p := range c.people {
			name, rest, _ := strings.Cut(p, ":")
			relation, sex, _ := strings.Cut(rest, ":")
			kit.MustPut(t, c.at, "person", fmt.Sprintf(`{"id":%q,"household":"h","name":"王明","status":"1","relation":%q,"sex":%q,"id_number":%q}`, name, relation, sex, workers[name]))
		}
	}
	l.sync()
	l.put(`{"id":"n-1","employer_name":"一厂","workers":30,"staff":40,"event_on":"2099-05-01","state":"2","reported_on":"2026-01-10"}`)
	return l
}

func (l *layoffs) put(notice string) { kit.MustPut(l.t, l.street.Replica, "layoff_notice", notice) }

// sync carries what the tiers have said to each other.
func (l *layoffs) sync() {
	l.t.Helper()
	for range 2 {
		for _, at := range []*replica.Replica{l.first, l.second} {
			l.MustExchange(l.t, at, l.street.Replica)
		}
		l.MustExchange(l.t, l.street.Replica, l.city.Replica)
	}
	l.verify(l.street)
	l.verify(l.city)
}

// name names a worker by the notice as it is put, and returns why it is refused.
func (l *layoffs) name(who, more string) error {
	line := fmt.Sprintf(`{"notice":"n-1","姓名":"王明","aac002":"%s"%s}`, workers[who], more)
	return l.street.Desk.Save(l.t.Context(), "layoff_worker", []desk.Item{{Line: 1, JSON: []byte(line)}}, desk.Saving{Actor: "li"}, func(desk.Written) error { return nil })
}

// TestLayoffsByCommunity: each community is told of its own workers and of nobody else's;
// the screening of the tier that has the notice finds the couple.
func TestLayoffsByCommunity(t *testing.T) {
	l := newLayoffs(t)
	for _, who := range []string{"husband", "wife", "other"} {
		if err := l.name(who, ""); err != nil {
			t.Fatal(who, err)
		}
	}
	if err := l.name("nobody", `,"for_unit":"`+kit.Second.Code+`"`); err != nil {
		t.Fatal(err)
	}
	l.sync()
	if first, second := len(kit.MustList(t, l.first, "layoff_worker", "")), len(kit.MustList(t, l.second, "layoff_worker", "")); first != 2 || second != 2 {
		t.Errorf("the communities have %d and %d workers, want 2 and 2", first, second)
	}
	if n := len(kit.MustList(t, l.first, "layoff_worker", `leaving_on = "2099-05-01" AND employer_name = "一厂"`)); n != 2 {
		t.Errorf("%d workers leave on the day of the notice, want 2", n)
	}
	for _, at := range []*hub.Hub{l.street, l.city} {
		s, err := at.Screen(t.Context(), kit.Name(kit.Street, "layoff_notice", "n-1"), desk.Asker{Operator: "li", Purpose: "筛查"})
		if err != nil || len(s.Rows) != 3 || s.Listed != 4 || len(s.Unknown) != 1 || fmt.Sprint(s.Workers) != "30" || s.Coverage.AsOf.IsZero() {
			t.Fatalf("got %+v, %v", s, err)
		}
		couples := 0
		for _, row := range s.Rows {
			if row.Couple {
				couples++
			}
			if strings.Contains(row.IDNumber, workers["husband"][6:14]) {
				t.Errorf("an ID number is not masked")
			}
		}
		if couples != 2 || s.Unknown[0].Unit != kit.Second.Code || s.Unknown[0].Now != "" {
			t.Errorf("%d of a couple, unknown %+v", couples, s.Unknown)
		}
	}
	tasks := 0
	err := desk.New(l.first).List(t.Context(), "task", `task = "layoff_visit" AND due = "2099-04-30"`, kit.Clerk, func(*desk.Shown) error { tasks++; return nil })
	if err != nil || tasks != 2 {
		t.Errorf("%d tasks to visit, %v, want 2", tasks, err)
	}
	if _, err := l.street.Screen(t.Context(), kit.Name(kit.Street, "layoff_notice", "n-1"), desk.Asker{Operator: "li"}); fault.Of(err) != fault.Invalid {
		t.Errorf("without a purpose: %v", err)
	}
}

// TestLayoffsBadInput: what cannot be so gets a sentence, and nothing of it is written.
func TestLayoffsBadInput(t *testing.T) {
	l := newLayoffs(t)
	if err := l.name("husband", ""); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		who, more, want string
	}{
		"twice":               {"husband", "", "names this worker already"},
		"nobody":              {"nobody", "", "nobody below has this ID number"},
		"a street":            {"nobody", `,"for_unit":"` + kit.Street.Code + `"`, "no community below"},
		"an id":               {"wife", `,"id":"w-1"`, "no worker with this id"},
		"of another notice":   {"wife", `,"notice":"n-2"`, ""},
		"before it was told":  {"wife", `,"on":"nonsense"`, ""},
		"without a number":    {"empty", `,"for_unit":"` + kit.First.Code + `"`, ""},
		"a unit of elsewhere": {"nobody", `,"for_unit":"999999999999"`, "no community below"},
	} {
		if err := l.name(c.who, c.more); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, c := range map[string][2]string{
		"more than the staff":       {`{"id":"n-3","employer_name":"一厂","workers":41,"staff":40,"event_on":"2099-05-01"}`, "more workers are to go"},
		"before the report":         {`{"id":"n-3","employer_name":"一厂","workers":4,"staff":40,"event_on":"2026-01-09","reported_on":"2026-01-10"}`, "before that of the report"},
		"closed on another day too": {`{"id":"n-1","state":"6","closed_on":"2026-02-02"}`, "was closed on 2026-02-01"},
	} {
		if what != "closed on another day too" {
			if _, err := kit.Put(t, l.street.Replica, "layoff_notice", c[0]); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), c[1]) {
				t.Errorf("%s: %v", what, err)
			}
			continue
		}
		l.put(`{"id":"n-1","state":"6","closed_on":"2026-02-01"}`)
		l.put(`{"id":"n-1","state":"6","closed_on":"2026-02-01"}`) // the same again is nothing
		if _, err := kit.Put(t, l.street.Replica, "layoff_notice", c[0]); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v", what, err)
		}
		if err := l.name("wife", ""); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "was closed on 2026-02-01") {
			t.Errorf("a worker of a closed notice: %v", err)
		}
	}
	l.sync()
	if n := len(kit.MustList(t, l.first, "layoff_worker", "")); n != 1 {
		t.Errorf("%d workers were told, want 1", n)
	}
}

// TestLayoffsImported: rows that are right go in, the others are rejected each with its
// reason, and the same file again names nobody twice.
func TestLayoffsImported(t *testing.T) {
	l := newLayoffs(t)
	rows := func() func() (*desk.Row, error) {
		all := []string{"husband", "nobody", "other", "husband"}
		return func() (*desk.Row, error) {
			if len(all) == 0 {
				return nil, io.EOF
			}
			who := all[0]
			all = all[1:]
			return &desk.Row{Line: 5 - len(all), Kind: "layoff_worker", Item: []byte(fmt.Sprintf(`{"notice":"n-1","name":"王明","id_number":"%s","last_job":"焊工"}`, workers[who]))}, nil
		}
	}
	for _, want := range []string{"new,rejected,new,rejected", "rejected,rejected,rejected,rejected"} {
		var got []string
		err := l.street.Desk.Import(t.Context(), desk.Importing{Actor: "li", Run: "r"}, rows(), func(one desk.Imported) error {
			if got = append(got, string(one.Result)); one.Result == desk.Rejected && one.Why == "" {
				t.Errorf("line %d is rejected without a reason", one.Line)
			}
			return nil
		})
		if err != nil || strings.Join(got, ",") != want {
			t.Fatalf("got %q, %v, want %s", got, err, want)
		}
	}
	l.sync()
	var ids []change.RecordID
	for _, at := range []*replica.Replica{l.first, l.second} {
		ids = append(ids, kit.MustList(t, at, "layoff_worker", `last_job = "焊工"`)...)
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 2 {
		t.Errorf("%d workers were told, want 2", len(ids))
	}
}

// screened is what the street sees of the notice.
func (l *layoffs) screened() *hub.Screening {
	l.t.Helper()
	s, err := l.street.Screen(l.t.Context(), kit.Name(kit.Street, "layoff_notice", "n-1"), desk.Asker{Operator: "li", Purpose: "筛查"})
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

// wantTold: how many workers the first community lists, and how many tasks follow.
func (l *layoffs) wantTold(workers, tasks int) {
	l.t.Helper()
	l.sync()
	if got := len(kit.MustList(l.t, l.first, "layoff_worker", "")); got != workers {
		l.t.Errorf("the community lists %d workers, want %d", got, workers)
	}
	got := 0
	err := desk.New(l.first).List(l.t.Context(), "task", `task = "layoff_visit" OR task = "layoff_family"`, kit.Clerk, func(*desk.Shown) error { got++; return nil })
	if err != nil || got != tasks {
		l.t.Errorf("%d tasks, %v, want %d", got, err, tasks)
	}
}

// worker is the id of the worker with an ID number, as the answer to the put gave it.
func (l *layoffs) worker(who string) (id string) {
	l.t.Helper()
	line := fmt.Sprintf(`{"notice":"n-1","name":"王明","id_number":"%s"}`, workers[who])
	err := l.street.Desk.Save(l.t.Context(), "layoff_worker", []desk.Item{{Line: 1, JSON: []byte(line)}}, desk.Saving{Actor: "li"}, func(w desk.Written) error {
		id = string(w.ID)
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return id
}

func (l *layoffs) edit(line string, how desk.Saving) error {
	return l.street.Desk.Save(l.t.Context(), "layoff_worker", []desk.Item{{Line: 1, JSON: []byte(line)}}, how, func(desk.Written) error { return nil })
}

// TestLayoffWorkerCorrected: who named a worker corrects the day, or takes the worker back;
// the community is told, and its tasks follow.
func TestLayoffWorkerCorrected(t *testing.T) {
	l := newLayoffs(t)
	id := l.worker("husband")
	l.wantTold(1, 1)
	if err := l.edit(`{"id":"`+id+`","leaving_on":"2099-03-01","correction_reason":"误填"}`, desk.Saving{Actor: "li"}); err != nil {
		t.Fatal(err)
	}
	l.wantTold(1, 1)
	if n := len(kit.MustList(t, l.first, "layoff_worker", `leaving_on = "2099-03-01"`)); n != 1 {
		t.Errorf("%d workers leave on the day that was corrected, want 1", n)
	}
	if err := l.edit(`{"id":"`+id+`","id_number":"`+workers["wife"]+`"}`, desk.Saving{Actor: "li"}); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "another worker") {
		t.Errorf("another ID number: %v", err)
	}
	if err := l.edit(`{"id":"`+id+`"}`, desk.Saving{Actor: "li", Void: true, Reason: "误报"}); err != nil {
		t.Fatal(err)
	}
	l.wantTold(0, 0)
	if s := l.screened(); s.Listed != 0 || len(s.Rows) != 0 {
		t.Errorf("the screening still has %+v", s.Rows)
	}
	l.worker("husband") // named again, rightly
	l.wantTold(1, 1)
}

// TestLayoffNoticeVoid: a notice that is void has no tasks anywhere and is not screened; one
// that is valid again has the workers of before, without who was taken back by itself.
func TestLayoffNoticeVoid(t *testing.T) {
	l := newLayoffs(t)
	id := l.worker("wife")
	l.worker("husband")
	if err := l.edit(`{"id":"`+id+`"}`, desk.Saving{Actor: "li", Void: true, Reason: "误报"}); err != nil {
		t.Fatal(err)
	}
	l.wantTold(1, 1)
	l.put(`{"id":"n-1","valid":"0","void_reason":"单位撤回"}`)
	l.wantTold(0, 0)
	_, err := l.street.Screen(t.Context(), kit.Name(kit.Street, "layoff_notice", "n-1"), desk.Asker{Operator: "li", Purpose: "筛查"})
	if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "the notice is void") {
		t.Errorf("a void notice is screened: %v", err)
	}
	l.put(`{"id":"n-1","valid":"1"}`)
	l.wantTold(1, 1)
}

// TestLayoffRowsThatNameNobody: a row that is rejected for another reason names nobody; what
// does not agree with the register is warned of.
func TestLayoffRowsThatNameNobody(t *testing.T) {
	l := newLayoffs(t)
	rows := []string{`"leaving_on":"2099-13-01"`, `"leaving_on":"2099-03-01"`, `"leaving_on":"2099-03-01"`}
	var got, warned []string
	err := l.street.Desk.Import(t.Context(), desk.Importing{Actor: "li", Run: "r"}, func() (*desk.Row, error) {
		if len(rows) == 0 {
			return nil, io.EOF
		}
		row := &desk.Row{Line: 9 - len(rows), Kind: "layoff_worker", Item: []byte(fmt.Sprintf(`{"notice":"n-1","name":"李平","id_number":"%s","for_unit":"%s",%s}`, workers["husband"], kit.Second.Code, rows[0]))}
		rows = rows[1:]
		return row, nil
	}, func(one desk.Imported) error {
		got, warned = append(got, string(one.Result)), append(warned, one.Warnings...)
		return nil
	})
	if err != nil || strings.Join(got, ",") != "rejected,new,rejected" {
		t.Fatalf("got %v, %v", got, err)
	}
	for _, rule := range []string{"name: name_of_number", "for_unit: lives_elsewhere"} {
		if !slices.ContainsFunc(warned, func(w string) bool { return strings.HasPrefix(w, rule) }) {
			t.Errorf("no warning %q among %q", rule, warned)
		}
	}
	l.wantTold(1, 1)
	if s := l.screened(); len(s.Rows) != 1 || s.Rows[0].OtherName != "李平" || s.Rows[0].Retired {
		t.Errorf("the screening says %+v", s.Rows)
	}
	kit.MustPut(t, l.first, "person", `{"id":"husband","status":"2"}`)
	l.sync()
	if s := l.screened(); !s.Rows[0].Retired {
		t.Error("the screening does not say that the worker is retired")
	}
}
