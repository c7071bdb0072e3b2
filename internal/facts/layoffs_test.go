package facts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/facts"
)

// atWork is a home of some members, all at work or not by their status.
func (w *world) atWork(members ...string) facts.Family {
	home := w.entry("household", string(id("h")), `{"head_name":"甲","survey_date":"2026-01-10"}`)
	f := facts.Family{Household: &home}
	for i, m := range members {
		name := string(id(fmt.Sprintf("p%d", i+1)))
		e := w.entry("person", name, `{"household":"`+string(id("h"))+`","name":"甲","labour_ability":"1","job_wish":"1","hukou":"10",`+m+`}`)
		f.Members = append(f.Members, facts.Person{Entry: e})
	}
	return f
}

const (
	husband  = `"relation":"02","sex":"1","birth_date":"1980-05-20","status":"1"`
	wife     = `"relation":"12","sex":"2","birth_date":"1982-05-20","status":"1"`
	homewife = `"relation":"12","sex":"2","birth_date":"1982-05-20","status":"9"`
	child    = `"relation":"20","sex":"1","birth_date":"2015-05-20","status":"10"`
	son      = `"relation":"22","sex":"1","birth_date":"2000-05-20","status":"1"`
	sonsWife = `"relation":"38","sex":"2","birth_date":"2001-05-20","status":"1"`
	retired  = `"relation":"51","sex":"1","birth_date":"1950-05-20","status":"2"`
)

// goes is the event by which a worker is named.
func goes(id, person, notice, leaving string) string {
	return fmt.Sprintf(`layoff_worker 4 {"id":"@%s","person":"@%s","on":"2026-03-01","notice":"@%s","name":"甲","id_number":"110101198001010037","leaving_on":"%s"}`, id, person, notice, leaving)
}

// TestLayoffScreening: couples both hit, also by two notices of one year, sole earners, and
// homes all of whose earners are to go.
func TestLayoffScreening(t *testing.T) {
	for _, c := range []struct {
		name    string
		members []string
		named   []string
		want    string // of p1: couple, sole earner, all earners
	}{
		{"one of a couple", []string{husband, wife, child}, []string{goes("w1", "p1", "n1", "2026-05-01")}, "false false false"},
		{"both by one notice", []string{husband, wife, child}, []string{goes("w1", "p1", "n1", "2026-05-01"), goes("w2", "p2", "n1", "2026-05-01")}, "true false true"},
		{"both by two notices", []string{husband, wife}, []string{goes("w1", "p1", "n1", "2026-05-01"), goes("w2", "p2", "n2", "2026-12-31")}, "true false true"},
		{"in another year", []string{husband, wife}, []string{goes("w1", "p1", "n1", "2026-05-01"), goes("w2", "p2", "n2", "2027-01-01")}, "false false true"},
		{"the only earner", []string{husband, homewife, child}, []string{goes("w1", "p1", "n1", "2026-05-01")}, "false true true"},
		{"alone", []string{husband}, []string{goes("w1", "p1", "n1", "2026-05-01")}, "false false true"},
		{"with a retired father", []string{husband, retired}, []string{goes("w1", "p1", "n1", "2026-05-01")}, "false false true"},
		{"a son and his wife", []string{son, sonsWife, husband}, []string{goes("w1", "p1", "n1", "2026-05-01"), goes("w2", "p2", "n1", "2026-05-01")}, "true false false"},
		{"two sons, one wife", []string{son, sonsWife, son}, []string{goes("w1", "p1", "n1", "2026-05-01"), goes("w2", "p2", "n1", "2026-05-01")}, "false false false"},
		{"the only earner, who has left", []string{husband, homewife, child}, []string{goes("w1", "p1", "n1", "2026-05-01"), `unemployment 5 {"person":"@p1","on":"2026-03-04","reason":"20"}`}, "false true true"},
		{"one of a couple has left", []string{husband, wife, child}, []string{goes("w1", "p1", "n1", "2026-05-01"), goes("w2", "p2", "n1", "2026-05-01"), `unemployment 5 {"person":"@p2","on":"2026-03-04","reason":"20"}`}, "true false true"},
		{"the other has found a post", []string{husband, wife, child}, []string{goes("w1", "p1", "n1", "2026-05-01"), goes("w2", "p2", "n1", "2026-05-01"), `placement 5 {"person":"@p2","on":"2026-03-04","line":"02"}`}, "true false false"},
		{"brothers", []string{son, husband}, []string{goes("w1", "p1", "n1", "2026-05-01"), goes("w2", "p2", "n1", "2026-05-01")}, "false false true"},
	} {
		w := newWorld(t)
		f := w.atWork(c.members...)
		w.told(&f, c.named...)
		row, there := rowsOf(w.book.OfFamily(f, "2026-03-05"), facts.LayoffRegister)[id("w1")]
		v := row.Values
		if got := fmt.Sprint(v["couple"].Bool(), v["sole_earner"].Bool(), v["all_earners"].Bool()); !there || got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestLayoffTasks: the home is told before the day, by a visit or a contact that met
// somebody; where all earners are to go the home is checked by a visit.
func TestLayoffTasks(t *testing.T) {
	visit := `visit 5 {"household":"@h","on":"2026-03-0%d","result":"%s"}`
	for _, c := range []struct {
		name   string
		lines  []string
		want   string
		course string
	}{
		{"nobody has come", nil, "layoff_family p1 04-30; layoff_visit p1 04-30", "1"},
		{"before it was told", []string{`visit 5 {"household":"@h","on":"2026-02-27","result":"1"}`}, "layoff_family p1 04-30; layoff_visit p1 04-30", "1"},
		{"nobody at home", []string{fmt.Sprintf(visit, 4, "2")}, "layoff_family p1 04-30; layoff_visit p1 04-30", "1"},
		{"visited", []string{fmt.Sprintf(visit, 4, "1")}, "", "3"},
		{"called", []string{`contact 5 {"person":"@p1","on":"2026-03-02","reached":true}`}, "layoff_family p1 04-30", "2"},
		{"called in vain", []string{`contact 5 {"person":"@p1","on":"2026-03-02","reached":false}`}, "layoff_family p1 04-30; layoff_visit p1 04-30", "1"},
		{"without work", []string{`unemployment 5 {"person":"@p1","on":"2026-05-01","reason":"20"}`}, "family_open p1; layoff_family p1 04-30", "4"},
		{"without work, and visited", []string{`unemployment 5 {"person":"@p1","on":"2026-05-01","reason":"20"}`, `visit 5 {"household":"@h","on":"2026-05-02","result":"1"}`}, "family_open p1", "4"},
		{"at work elsewhere", []string{`placement 5 {"person":"@p1","on":"2026-04-01","line":"02"}`}, "", "5"},
		{"a case is open", []string{`family_step 5 {"household":"@h","on":"2026-03-02","family_kind":"02","step":"FOUND"}`, fmt.Sprintf(visit, 1, "2")}, "family_verify p1; layoff_visit p1 04-30", "1"},
	} {
		w := newWorld(t)
		f := w.atWork(husband, child)
		w.told(&f, goes("w1", "p1", "n1", "2026-05-01"))
		w.told(&f, c.lines...)
		rows := w.book.OfFamily(f, "2026-05-02")
		all := slices.DeleteFunc(tasks(t, rows), func(task string) bool {
			return !strings.HasPrefix(task, "layoff") && !strings.HasPrefix(task, "family")
		})
		for i, task := range all {
			if strings.HasPrefix(task, "family_verify") {
				all[i] = "family_verify p1" // its day is of another test
			}
		}
		got := strings.Join(all, "; ")
		if course := one(t, rows, facts.LayoffRegister).Values["course"].Text(); got != c.want || course != c.course {
			t.Errorf("%s: %q and %s, want %q and %s", c.name, got, course, c.want, c.course)
		}
	}
}

// TestLayoffNotYet: a worker who is named on a later day is in no row.
func TestLayoffNotYet(t *testing.T) {
	w := newWorld(t)
	f := w.atWork(husband, child)
	w.told(&f, goes("w1", "p1", "n1", "2026-05-01"))
	if rows := w.book.OfFamily(f, "2026-02-28"); len(rowsOf(rows, facts.LayoffRegister)) != 0 || rows.Until != "2026-02-28" {
		t.Errorf("before the day there are rows, or they are the same until %q", rows.Until)
	}
}
