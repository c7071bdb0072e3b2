package desk_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// found are the statuses that events say were found, with their days, in order.
func (d *clerk) found() (all []string) {
	d.t.Helper()
	for _, id := range kit.MustList(d.t, d.at, "status_found", "") {
		r := d.record("status_found", string(id))
		all = append(all, r.Value("on").Text()+" "+r.Value("status").Text())
	}
	slices.Sort(all)
	return all
}

// counts tells how many rows of a kind match.
func (d *clerk) counts(kind, filter string) int {
	d.t.Helper()
	return len(kit.MustList(d.t, d.at, kind, filter))
}

// wants checks which statuses were found, and which one the person has now: in the
// record, where lists and forms show it, and in the facts.
func (d *clerk) wants(what, status string, found ...string) {
	d.t.Helper()
	if got := d.found(); !slices.Equal(got, found) {
		d.t.Errorf("%s: found %v, want %v", what, got, found)
	}
	if got := d.record("person", "p-1").Value("status").Text(); got != status || d.counts("person_facts", fmt.Sprintf("status = %q", status)) != 1 {
		d.t.Errorf("%s: the record says %s, want it and the facts to say %s", what, got, status)
	}
}

func surveyed(t *testing.T) *clerk {
	d := newDesk(t)
	d.mustPut("household", `{"id":"h-1","head_name":"王明","survey_date":"2026-01-10"}`)
	d.mustPut("person", `{"id":"p-1","name":"王明","household":"h-1","sex":"1","birth_date":"1980-01-01","labour_ability":"1","job_wish":"1","status":"6"}`)
	return d
}

func (d *clerk) typed(status, more string) string {
	d.t.Helper()
	w := d.mustPut("person", fmt.Sprintf(`{"id":"p-1","status":"%s"%s}`, status, more))[0]
	told := slices.ContainsFunc(w.Warnings, func(text string) bool { return strings.HasPrefix(text, "status: status_found (") })
	return fmt.Sprint(w.Result, " ", told)
}

// TestFoundIsWhole: nobody is asked how a status is known that the program has written as an
// event; what somebody has said of that stays.
func TestFoundIsWhole(t *testing.T) {
	d := surveyed(t)
	d.typed("1", "")
	sources := map[string]string{}
	for _, id := range kit.MustList(t, d.at, "status_found", "") {
		r := d.record("status_found", string(id))
		sources[r.Value("on").Text()] = r.Value("source").Text()
	}
	if want := map[string]string{"2026-01-10": "1", todayOfTests: "9"}; !maps.Equal(sources, want) {
		t.Errorf("the sources are %v, want %v", sources, want)
	}
	all, err := desk.New(d.at).Review(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if one.Kind == "status_found" {
			t.Errorf("%s of status_found is held against the clerk", one.Rule)
		}
	}
	now := kit.MustList(t, d.at, "status_found", `on = "`+todayOfTests+`"`)[0]
	d.mustPut("status_found", `{"id":"`+string(now)+`","source":"2"}`)
	d.typed("6", "")
	if got := d.record("status_found", string(now)); got.Value("source").Text() != "2" || got.Value("status").Text() != "6" {
		t.Errorf("after another edit: source %s, status %s", got.Value("source").Text(), got.Value("status").Text())
	}
}

const todayOfTests = "2027-01-15"

// TestStatusChangesByEvents: who types another status for a person writes when it was
// found, and nothing of what was before is lost.
func TestStatusChangesByEvents(t *testing.T) {
	d := surveyed(t)
	d.wants("the first survey is the record's", "6")
	d.mustPut("household", `{"id":"h-1","survey_date":"2026-03-10"}`)
	d.wants("a new survey moves no day of before", "6", "2026-01-10 6")
	if d.counts("ledger_unemployed", `loss_on = "2026-01-10"`) != 1 {
		t.Error("the time without work began on the day of the first survey")
	}
	if got := d.typed("1", `,"phone":"0714-1234567"`); got != "changed true" {
		t.Error(got)
	}
	d.wants("of the survey", "1", "2026-01-10 6", "2026-03-10 1")
	if d.counts("ledger_unemployed", `ended_on = "2026-03-10"`) != 1 {
		t.Error("the time without work is not in the ledger, or its end is not known")
	}
	if got := d.typed("1", ""); got != "unchanged false" {
		t.Errorf("said again: %s", got)
	}
	d.typed("4", "") // after the survey: today
	d.wants("today", "4", "2026-01-10 6", "2026-03-10 1", todayOfTests+" 4")
	d.typed("6", "") // of today, as it once was
	d.wants("no, as it was", "6", "2026-01-10 6", "2026-03-10 1", todayOfTests+" 6")
}

// TestStatusFollowsEvents: the record repeats what events say, and what they said when
// they are void.
func TestStatusFollowsEvents(t *testing.T) {
	d := surveyed(t)
	d.mustPut("placement", `{"id":"w-1","person":"p-1","on":"2026-05-01"}`)
	d.wants("placed", "1", "2026-01-10 6")
	d.mustPut("placement", `{"id":"w-1","valid":"0","void_reason":"写错"}`)
	d.wants("not placed", "6", "2026-01-10 6")
	d.mustPut("status_found", `{"id":"s-1","person":"p-1","on":"2026-06-01","status":"2","source":"2"}`)
	d.wants("said by an event", "2", "2026-01-10 6", "2026-06-01 2")
	d.mustPut("status_found", `{"id":"s-1","status":"3","correction_reason":"看错"}`)
	d.wants("corrected", "3", "2026-01-10 6", "2026-06-01 3")
}

// TestStatusLost: who lost work on a day that the form says has been without it since.
func TestStatusLost(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", `{"id":"h-1","head_name":"王明","survey_date":"2026-03-10"}`)
	d.mustPut("person", `{"id":"p-1","name":"王明","household":"h-1","status":"9","lost_on":"2024-02-01","loss_reason":"20"}`)
	if d.counts("ledger_unemployed", `loss_on = "2024-02-01" AND reason = "20"`) != 1 {
		t.Error("the ledger does not say what the form says of the loss")
	}
	d.typed("1", "")
	d.typed("9", `,"lost_on":"2026-08-01"`)
	d.wants("lost again", "9", "2024-02-01 9", "2026-03-10 1", "2026-08-01 9")
	d.mustPut("unemployment", `{"person":"p-1","on":"2026-11-10"}`)
	if d.counts("ledger_unemployed", `lasts = false`) != 2 || d.counts("ledger_unemployed", `loss_on = "2026-08-01" AND ended_on = "2026-11-10"`) != 1 {
		t.Error("a later loss took the time before it out of the ledger")
	}
}

// TestStatusCorrected: what was typed by mistake is corrected in its place with a reason.
func TestStatusCorrected(t *testing.T) {
	d := surveyed(t)
	d.typed("1", "")
	first := kit.MustList(t, d.at, "status_found", `on = "2026-01-10"`)[0]
	d.mustPut("status_found", fmt.Sprintf(`{"id":"%s","status":"1","correction_reason":"看错"}`, first))
	d.wants("the first status", "1", "2026-01-10 1", todayOfTests+" 1")
	if n := d.counts("ledger_unemployed", ""); n != 0 {
		t.Errorf("%d times without work that never were", n)
	}
}

// TestStatusFirstFound: a record without a status takes one, and a void record is not
// judged.
func TestStatusFirstFound(t *testing.T) {
	d := newDesk(t)
	d.mustPut("person", `{"id":"p-1","name":"王明"}`)
	d.mustPut("person", `{"id":"p-1","status":"6"}`)
	d.wants("first", "6")
	d.mustPut("person", `{"id":"p-1","status":"5","valid":"0","void_reason":"twice"}`)
	if len(d.found()) != 0 {
		t.Errorf("of a void record: %v", d.found())
	}
}

// TestStatusOfATable: a table that is imported once more takes nothing back, and one that
// says another status says it as an event.
func TestStatusOfATable(t *testing.T) {
	d := newDesk(t)
	imports := func(status string) []string {
		item := json.RawMessage(`{"own_no":"p-1","name":"王明","status":"` + status + `"}`)
		return became(d.mustImport(desk.Row{Line: 2, Kind: "person", Item: item}))
	}
	imports("6")
	d.mustPut("placement", `{"person":"p-1","on":"2026-03-01"}`)
	d.wants("placed", "1", "2026-03-01 6")
	if got := imports("6"); !slices.Equal(got, []string{"unchanged"}) {
		t.Error(got)
	}
	d.wants("the same table", "1", "2026-03-01 6")
	if got := imports("5"); !slices.Equal(got, []string{"changed"}) {
		t.Error(got)
	}
	d.wants("another status", "5", "2026-03-01 6", todayOfTests+" 5")
}

// TestMarkIsThePrograms: who types the mark, or empties what it marks, changes nothing by it.
func TestMarkIsThePrograms(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", `{"id":"h-1","head_name":"王明","survey_date":"2026-01-10"}`)
	d.mustPut("person", `{"id":"p-1","name":"王明","household":"h-1","status":"9","status_from_events":true}`)
	d.wants("typed on a new record", "9")
	d.typed("1", "")
	d.mustPut("person", `{"id":"p-1","status_from_events":false,"status":null}`)
	d.wants("taken off a marked one", "1", "2026-01-10 9", todayOfTests+" 1")
	item := json.RawMessage(`{"own_no":"p-2","name":"李兰","status":"9","status_from_events":true}`)
	d.mustImport(desk.Row{Line: 2, Kind: "person", Item: item})
	if d.counts("person_facts", `status = "9"`) != 1 {
		t.Error("a mark of a table, without any event, took the status away")
	}
}

// TestStatusBesideOthers: what is typed goes before no event of the same day, takes no
// time out of the ledger, and is written of a table where that says a new day.
func TestStatusBesideOthers(t *testing.T) {
	d := surveyed(t)
	d.mustPut("placement", `{"id":"w-1","person":"p-1","on":"`+todayOfTests+`"}`)
	w := d.mustPut("person", `{"id":"p-1","status":"2"}`)[0]
	if !warns(w, "status same_day") {
		t.Errorf("warned of %q", w.Warnings)
	}
	d.wants("a placement of today", "1", "2026-01-10 6")
	d.mustPut("placement", `{"id":"w-1","on":"2026-05-01"}`)
	item := json.RawMessage(`{"own_no":"p-1","status":"6","lost_on":"2026-08-01"}`)
	d.mustImport(desk.Row{Line: 2, Kind: "person", Item: item})
	d.wants("lost again, by a table", "6", "2026-01-10 6", "2026-08-01 6")
}

// TestStatusMoves: who goes to another household was found when the former was surveyed.
func TestStatusMoves(t *testing.T) {
	d := surveyed(t)
	d.mustPut("household", `{"id":"h-2","head_name":"李兰","survey_date":"2026-07-01"}`)
	d.mustPut("person", `{"id":"p-1","household":"h-2"}`)
	d.wants("moved", "6", "2026-01-10 6")
}

// TestStatusOfAnEventAlone: a status that an event gives is nothing that was found: there is
// one spell, and none when the event is void. An event may come before its person.
func TestStatusOfAnEventAlone(t *testing.T) {
	d := newDesk(t)
	d.mustPut("person", `{"id":"p-1","name":"王明"}`)
	d.mustPut("unemployment", `{"id":"u-1","person":"p-1","on":"2026-01-15"}`)
	if n := d.counts("ledger_unemployed", ""); n != 1 {
		t.Errorf("%d rows of the ledger of one loss", n)
	}
	if n := d.counts("person", `status = "9"`); n != 1 {
		t.Errorf("%d persons say so", n)
	}
	d.mustPut("unemployment", `{"id":"u-1","valid":"0","void_reason":"写错"}`)
	if rows, says := d.counts("ledger_unemployed", ""), d.counts("person", `status = "9"`); rows != 0 || says != 0 {
		t.Errorf("the event is void: %d rows, %d persons say so", rows, says)
	}
	d.mustPut("unemployment", `{"id":"u-2","person":"p-2","on":"2026-01-15"}`)
	d.mustPut("person", `{"id":"p-2","name":"李兰"}`)
	if rows, says := d.counts("ledger_unemployed", ""), d.counts("person", `status = "9"`); rows != 1 || says != 1 {
		t.Errorf("the event came before: %d rows, %d persons say so", rows, says)
	}
}
