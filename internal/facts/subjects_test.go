package facts_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/flow"
	"tongbu/internal/schema"
)

// subject is one of its own with its events, "kind level {...}" a line; the first is its
// record, or "unit level {}".
func (w *world) subject(level int, lines ...string) facts.Subject {
	w.Helper()
	s := facts.Subject{Unit: unit, Level: level}
	for i, line := range lines {
		var kind string
		var by int
		if _, err := fmt.Sscan(line, &kind, &by); err != nil {
			w.Fatal(err)
		}
		if kind == schema.UnitSubject {
			s.Entry = facts.Entry{Kind: kind, ID: change.RecordID(unit)}
			continue
		}
		object, name := strings.NewReplacer(`"@`, `"`+string(unit)+".").Replace(line[strings.Index(line, "{"):]), ""
		if _, rest, named := strings.Cut(object, `"id":"`); named {
			name, _, _ = strings.Cut(rest, `"`)
			object = strings.Replace(object, `"id":"`+name+`",`, "", 1)
		}
		e := w.entry(kind, name, object)
		e.Level = by
		if i == 0 {
			s.Entry = e
			continue
		}
		s.Events = append(s.Events, e)
	}
	return s
}

// toDo are the tasks of a subject: "task level due".
func toDo(rows facts.Rows) string {
	var all []string
	for _, row := range rows.All {
		if row.Kind == facts.TaskKind {
			all = append(all, fmt.Sprintf("%s %s %s", row.Values["task"].Text(), row.Values["level"].Text(), row.Values["due"].Text()))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// subjectCase is a day in the life of a subject, and what is to be seen of it.
type subjectCase struct {
	name, day   string
	level       int
	lines       []string
	state, want string
}

func wantSubjects(t *testing.T, flowName string, all []subjectCase) {
	t.Helper()
	for _, c := range all {
		w := newWorld(t)
		s := w.subject(c.level, c.lines...)
		rows := w.book.OfRecord(s, c.day)
		if got := toDo(rows); got != c.want {
			t.Errorf("%s: to do %q, want %q", c.name, got, c.want)
		}
		if flowName != "" {
			if got := stateOf(t, rows, flowName); got != c.state {
				t.Errorf("%s: it is %q, want %q", c.name, got, c.state)
			}
		}
		for _, other := range []string{rows.From, rows.Until} {
			if again := w.book.OfRecord(s, other); other != "" && !reflect.DeepEqual(again, rows) {
				t.Errorf("%s: the rows of %s are not those of %s", c.name, c.day, other)
			}
		}
		for _, outside := range []string{rows.From, rows.Until} {
			if outside == "" {
				continue
			}
			day := calendar.AddDays(outside, map[bool]int{true: -1, false: 1}[outside == rows.From])
			if again := w.book.OfRecord(s, day); again.From == rows.From && again.Until == rows.Until {
				t.Errorf("%s: %s has the span of %s", c.name, day, c.day)
			}
		}
	}
}

// TestComplaints: a complaint is to be closed within sixty days; wages owed are on a list
// from 1 December to the Spring Festival.
func TestComplaints(t *testing.T) {
	received := []string{`complaint 4 {"id":"@c","kind":"2","received_on":"2026-11-30","group":"09","green_lane":true}`}
	accepted := append(slices.Clone(received), `complaint_step 4 {"id":"@s1","complaint":"@c","on":"2026-12-02","step":"accepted"}`)
	closed := append(slices.Clone(accepted), `complaint_step 4 {"id":"@s2","complaint":"@c","on":"2026-12-20","step":"closed","answers":"@s1","result":"已补发"}`)
	wantSubjects(t, flow.Complaint, []subjectCase{
		{"not yet", "2026-11-29", 4, received, "", ""},
		{"received", "2026-11-30", 4, received, "rights_received", "complaint 4 2027-01-29"},
		{"on the list", "2026-12-01", 4, received, "rights_received", "arrears_open 4 2027-02-05; complaint 4 2027-01-29"},
		{"on the day of the festival", "2027-02-06", 4, received, "rights_received", "arrears_open 4 2027-02-05; complaint 4 2027-01-29"},
		{"the day after", "2027-02-07", 4, received, "rights_received", "complaint 4 2027-01-29"},
		{"accepted", "2026-12-02", 4, accepted, "rights_accepted", "arrears_open 4 2027-02-05; complaint 4 2027-01-29"},
		{"handed on", "2026-12-03", 4, append(slices.Clone(accepted), `complaint_step 4 {"complaint":"@c","on":"2026-12-03","step":"handed_on","answers":"@s1","handed_to":"区"}`), "rights_handed_on", "arrears_open 3 2027-02-05; complaint 3 2027-01-29"},
		{"taken by a district", "2026-12-02", 3, accepted, "rights_accepted", "arrears_open 3 2027-02-05; complaint 3 2027-01-29"},
		{"closed", "2026-12-20", 4, closed, "rights_closed", ""},
		{"closed by its record", "2026-12-20", 4, []string{strings.Replace(received[0], `"group"`, `"closed_on":"2026-12-19","group"`, 1)}, "rights_closed", ""},
		{"closed twice", "2026-12-22", 4, append(slices.Clone(closed), `complaint_step 4 {"complaint":"@c","on":"2026-12-21","step":"closed","answers":"@s1","result":"又结"}`), "rights_closed", "crossed 4 "},
		{"by a community, which may not", "2026-12-03", 4, append(slices.Clone(received), `complaint_step 5 {"complaint":"@c","on":"2026-12-03","step":"closed","result":"已结"}`), "rights_received", "arrears_open 4 2027-02-05; complaint 4 2027-01-29; crossed 4 "},
		{"no arrears", "2026-12-01", 4, []string{strings.Replace(received[0], `"kind":"2"`, `"kind":"3"`, 1)}, "rights_received", "complaint 4 2027-01-29"},
	})
	w := newWorld(t)
	rows := w.book.OfRecord(w.subject(4, accepted...), "2026-12-02")
	if got, want := show(t, one(t, rows, facts.CaseKind), "complaint_kind", "group", "green_lane"), `{"complaint_kind":"2","green_lane":true,"group":"09"}`; got != want {
		t.Errorf("the case says %s, want %s", got, want)
	}
}

// TestInspections: who drew an inspection carries it out; who was inspected answers until the
// day that was named.
func TestInspections(t *testing.T) {
	drawn := []string{`inspection 4 {"id":"@i","kind":"1","drawn_on":"2026-03-02","for_unit":"` + string(unit) + `"}`}
	ordered := append(slices.Clone(drawn), `inspection_step 4 {"id":"@s1","inspection":"@i","on":"2026-03-05","step":"found","content":"台帐不全"}`,
		`inspection_step 4 {"id":"@s2","inspection":"@i","on":"2026-03-06","step":"ordered","answers":"@s1","content":"补齐","due_on":"2026-03-31"}`)
	answered := append(slices.Clone(ordered), `inspection_step 5 {"id":"@s3","inspection":"@i","on":"2026-03-30","step":"answered","answers":"@s2","content":"已补"}`)
	wantSubjects(t, flow.Inspection, []subjectCase{
		{"not yet", "2026-03-01", 5, drawn, "", ""},
		{"drawn", "2026-03-02", 5, drawn, "check_drawn", "inspect_find 4 2026-03-17"},
		{"drawn by a district", "2026-03-02", 5, []string{strings.Replace(drawn[0], "inspection 4", "inspection 3", 1)}, "check_drawn", "inspect_find 3 2026-03-17"},
		{"found", "2026-03-05", 5, ordered, "check_found", "inspect_order 4 2026-03-20"},
		{"ordered", "2026-03-06", 5, ordered, "check_ordered", "inspect_answer 5 2026-03-31"},
		{"ordered by its record", "2026-03-06", 5, []string{strings.Replace(drawn[0], `"for_unit"`, `"ordered_on":"2026-03-06","for_unit"`, 1)}, "check_ordered", "inspect_answer 5 2026-03-21"},
		{"answered", "2026-03-30", 5, answered, "check_answered", "inspect_close 4 2026-04-14"},
		{"ordered again", "2026-04-01", 5, append(slices.Clone(answered), `inspection_step 4 {"inspection":"@i","on":"2026-04-01","step":"ordered","answers":"@s3","content":"还缺"}`), "check_ordered", "inspect_answer 5 2026-04-16"},
		{"closed by the unit, which may not", "2026-03-30", 5, append(slices.Clone(ordered), `inspection_step 5 {"inspection":"@i","on":"2026-03-30","step":"closed","answers":"@s2"}`), "check_ordered", "crossed 5 ; inspect_answer 5 2026-03-31"},
		{"closed", "2026-04-02", 5, append(slices.Clone(answered), `inspection_step 4 {"inspection":"@i","on":"2026-04-02","step":"closed","answers":"@s3"}`), "check_closed", ""},
		{"an answer in the future", "2026-03-29", 5, answered, "check_ordered", "inspect_answer 5 2026-03-31"},
	})
}

// TestCorrections: whoever holds the record answers within fifteen days; then whoever asked is
// told, until there is an answer.
func TestCorrections(t *testing.T) {
	asked := []string{`correction_request 3 {"id":"@c","of_kind":"person","record":"@p","for_unit":"` + string(unit) + `","name":"王明","wanted":"{\"phone\":\"2\"}","reason":"空号","asked_on":"2026-03-02"}`}
	answered := func(step, on string) []string {
		return append(slices.Clone(asked), `correction_answer 5 {"id":"@a","request":"@c","on":"`+on+`","step":"`+step+`"}`)
	}
	wantSubjects(t, flow.Correction, []subjectCase{
		{"not yet", "2026-03-01", 5, asked, "", ""},
		{"asked", "2026-03-02", 5, asked, "fix_asked", "correction 5 2026-03-17"},
		{"of a street", "2026-03-02", 4, asked, "fix_asked", "correction 4 2026-03-17"},
		{"on the last day", "2026-03-17", 5, asked, "fix_asked", "correction 5 2026-03-17"},
		{"late", "2026-03-18", 5, asked, "fix_asked", "correction 5 2026-03-17; correction_late 3 2026-03-17"},
		{"done", "2026-03-05", 5, answered("done", "2026-03-05"), "fix_done", ""},
		{"done late", "2026-03-30", 5, answered("done", "2026-03-30"), "fix_done", ""},
		{"declined", "2026-03-05", 5, answered("declined", "2026-03-05"), "fix_declined", ""},
		{"overtaken", "2026-03-05", 5, answered("overtaken", "2026-03-05"), "fix_overtaken", ""},
		{"an answer in the future", "2026-03-04", 5, answered("done", "2026-03-05"), "fix_asked", "correction 5 2026-03-17"},
	})
	w := newWorld(t)
	rows := w.book.OfRecord(w.subject(5, asked...), "2026-03-02")
	if got := one(t, rows, facts.TaskKind).Values["name"].Text(); got != "王明" {
		t.Errorf("the task is about %q", got)
	}
	_ = one(t, rows, facts.MatterRegister)
}

// TestFullCommunities: a community of full employment is recognised in turn, spot-checked
// each year, and has thirty days to rectify.
func TestFullCommunities(t *testing.T) {
	begun := []string{`unit 5 {}`, `community_step 5 {"id":"@s1","for_unit":"` + string(unit) + `","on":"2026-03-02","step":"applied","year":2026}`}
	step := func(id, on, step, answers string, level int) string {
		return fmt.Sprintf(`community_step %d {"id":"@%s","for_unit":"%s","on":"%s","step":"%s","answers":"@%s"}`, level, id, unit, on, step, answers)
	}
	recognised := append(slices.Clone(begun), step("s2", "2026-03-04", "street", "s1", 4), step("s3", "2026-03-06", "assessed", "s2", 3), step("s4", "2026-03-31", "recognised", "s3", 3))
	wantSubjects(t, flow.FullCommunity, []subjectCase{
		{"applied", "2026-03-02", 5, begun, "full_applied", "full_street 4 2026-03-23"},
		{"checked", "2026-03-04", 5, recognised, "full_street", "full_assess 3 2026-03-25"},
		{"assessed", "2026-03-06", 5, recognised, "full_assessed", "full_recognise 3 2026-03-27"},
		{"recognised", "2026-03-31", 5, recognised, "full_recognised", "full_yearly 3 2027-03-31"},
		{"spot-checked", "2027-02-28", 5, append(slices.Clone(recognised), step("s5", "2027-02-28", "spot", "s4", 4)), "full_spot", "full_yearly 3 2028-02-28"},
		{"to rectify", "2027-03-01", 5, append(slices.Clone(recognised), step("s5", "2027-03-01", "rectifying", "s4", 3)), "full_rectifying", "full_rectify 5 2027-03-31"},
		{"rectified", "2027-03-31", 5, append(slices.Clone(recognised), step("s5", "2027-03-01", "rectifying", "s4", 3), step("s6", "2027-03-31", "rectified", "s5", 5)), "full_rectified", "full_recheck 3 2027-04-21"},
		{"revoked", "2027-04-01", 5, append(slices.Clone(recognised), step("s5", "2027-04-01", "revoked", "s4", 3)), "full_revoked", ""},
		{"recognised by a street, which may not", "2026-03-31", 5, append(slices.Clone(recognised[:4]), step("s4", "2026-03-31", "recognised", "s3", 4)), "full_assessed", "crossed 3 ; full_recognise 3 2026-03-27"},
	})
}

// TestVacancies: how a vacancy stands follows from its term and from who was placed; one that
// ends with posts open is looked at seven days before.
func TestVacancies(t *testing.T) {
	const offered = `vacancy 5 {"id":"@v","employer_name":"一厂","posts":2,"from":"2026-03-01","to":"2026-03-31","state":"1"}`
	placed := func(n int) (lines []string) {
		lines = append(lines, offered)
		for i := range n {
			lines = append(lines, fmt.Sprintf(`referral 5 {"id":"@r%d","person":"@p%d","on":"2026-03-10","vacancy":"@v"}`, i, i), fmt.Sprintf(`placement 5 {"person":"@p%d","on":"2026-03-12","referral":"@r%d"}`, i, i))
		}
		return lines
	}
	for _, c := range []struct {
		name, day   string
		lines       []string
		state, want string
	}{
		{"open", "2026-03-23", placed(0), "1", ""},
		{"seven days before it ends", "2026-03-24", placed(0), "1", "vacancy_ending 5 2026-03-31"},
		{"partly filled", "2026-03-24", placed(1), "2", "vacancy_ending 5 2026-03-31"},
		{"before the placement", "2026-03-11", placed(1), "1", ""},
		{"filled", "2026-03-24", placed(2), "3", ""},
		{"over", "2026-04-01", placed(1), "4", ""},
		{"its last day", "2026-03-31", placed(1), "2", "vacancy_ending 5 2026-03-31"},
		{"expired by its record", "2026-03-24", []string{strings.Replace(offered, `"state":"1"`, `"state":"4"`, 1)}, "4", ""},
		{"its record counts more", "2026-03-24", []string{strings.Replace(offered, `"posts":2`, `"posts":2,"placed":2`, 1)}, "3", ""},
		{"withdrawn", "2026-04-01", []string{strings.Replace(offered, `"state":"1"`, `"state":"5"`, 1)}, "5", ""},
		{"without an end", "2026-04-01", []string{strings.Replace(offered, `"to":"2026-03-31",`, "", 1)}, "1", ""},
	} {
		w := newWorld(t)
		s := w.subject(5, c.lines...)
		rows := w.book.OfRecord(s, c.day)
		if got := one(t, rows, facts.VacancyLedger).Values["state"].Text(); got != c.state || toDo(rows) != c.want {
			t.Errorf("%s: %s and %q, want %s and %q", c.name, got, toDo(rows), c.state, c.want)
		}
		for _, other := range []string{rows.From, rows.Until} {
			if again := w.book.OfRecord(s, other); other != "" && !reflect.DeepEqual(again, rows) {
				t.Errorf("%s: the rows of %s are not those of %s", c.name, c.day, other)
			}
		}
	}
}

// TestComplaintSums: what steps recovered is added up; where none says it, the record's sum
// stands.
func TestComplaintSums(t *testing.T) {
	record := `complaint 4 {"id":"@c","kind":"2","received_on":"2026-03-01","claimed":900000,"recovered":100000,"responsible":"李"}`
	steps := []string{record, `complaint_step 4 {"id":"@s1","complaint":"@c","on":"2026-03-02","step":"mediated","recovered":300000}`,
		`complaint_step 4 {"id":"@s2","complaint":"@c","on":"2026-03-03","step":"closed","result":"结","recovered":600000}`,
		`complaint_step 4 {"id":"@s3","complaint":"@c","on":"2026-03-04","step":"closed","result":"又结","recovered":600000}`}
	w := newWorld(t)
	for n, want := range map[int]int64{1: 100000, 2: 300000, 3: 900000, 4: 900000} {
		if got := one(t, w.book.OfRecord(w.subject(4, steps[:n]...), "2026-03-10"), facts.MatterRegister).Values["recovered"].Int(); got != want {
			t.Errorf("%d entries: %d fen, want %d", n, got, want)
		}
	}
	task := one(t, w.book.OfRecord(w.subject(4, record), "2026-03-10"), facts.TaskKind)
	if got := task.Values["who"].Text(); got != "李" {
		t.Errorf("the task is with %q, want whom the complaint names", got)
	}
}

// TestStepsNobodyHears: a step of before a complaint was received is a task while it is open,
// and one that crossed the end is one for a month.
func TestStepsNobodyHears(t *testing.T) {
	record := `complaint 4 {"id":"@c","kind":"1","received_on":"2026-03-05"}`
	early := `complaint_step 4 {"id":"@s1","complaint":"@c","on":"2026-03-02","step":"accepted"}`
	closed := `complaint_step 4 {"id":"@s2","complaint":"@c","on":"2026-03-06","step":"closed","result":"结"}`
	again := `complaint_step 4 {"id":"@s3","complaint":"@c","on":"2026-03-06","step":"closed","result":"又结"}`
	w := newWorld(t)
	for _, c := range []struct {
		name, day string
		lines     []string
		want      string
	}{
		{"early", "2026-03-05", []string{record, early}, "complaint 4 2026-05-04; crossed 4 "},
		{"early, and closed", "2026-03-06", []string{record, early, closed}, ""},
		{"closed twice", "2026-04-06", []string{record, closed, again}, "crossed 4 "},
		{"a month later", "2026-04-07", []string{record, closed, again}, ""},
	} {
		if got := toDo(w.book.OfRecord(w.subject(4, c.lines...), c.day)); got != c.want {
			t.Errorf("%s: to do %q, want %q", c.name, got, c.want)
		}
	}
}
