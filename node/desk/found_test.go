package desk_test

import (
	"encoding/json"
	"fmt"
	"slices"
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

// counts tells how many rows of a derived kind match.
func (d *clerk) counts(kind, filter string) int {
	d.t.Helper()
	return len(kit.MustList(d.t, d.at, kind, filter))
}

// TestStatusChangesByEvents: who types another status for a person writes when it was
// found, and nothing of what was before is lost.
func TestStatusChangesByEvents(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", `{"id":"h-1","head_name":"王明","survey_date":"2026-01-10"}`)
	d.mustPut("person", `{"id":"p-1","name":"王明","household":"h-1","sex":"1","birth_date":"1980-01-01","labour_ability":"1","job_wish":"1","status":"6"}`)
	if got := d.found(); len(got) != 0 {
		t.Fatalf("the first survey is the record's: %v", got)
	}
	typed := func(status, more string) string {
		w := d.mustPut("person", fmt.Sprintf(`{"id":"p-1","status":"%s"%s}`, status, more))[0]
		return fmt.Sprint(w.Result, " ", warns(w, "status status_found"))
	}
	d.mustPut("household", `{"id":"h-1","survey_date":"2026-03-10"}`)
	if got := typed("1", `,"phone":"0714-1234567"`); got != "changed true" {
		t.Error(got)
	}
	if got := d.found(); !slices.Equal(got, []string{"2026-03-10 1"}) {
		t.Errorf("of the survey: %v", got)
	}
	r := d.record("person", "p-1")
	if r.Value("status").Text() != "6" || r.Value("phone").Text() == "" {
		t.Errorf("the record says %v %v", r.Value("status"), r.Value("phone"))
	}
	if d.counts("ledger_unemployed", "") != 1 || d.counts("person_facts", `status = "1" AND status_since = "2026-03-10"`) != 1 {
		t.Error("the time without work is not in the ledger, or its end is not known")
	}
	if got := typed("1", ""); got != "unchanged false" || len(d.found()) != 1 {
		t.Errorf("said again: %s, %v", got, d.found())
	}
	typed("4", "") // after the survey: today
	typed("1", "") // no, he works: the event of today is corrected
	if got := typed("6", ""); got != "changed true" || d.counts("person_facts", `status = "6"`) != 1 {
		t.Errorf("as the record says, again: %s", got)
	}
	typed("1", "")
	got := d.found()
	if len(got) != 2 || got[0] != "2026-03-10 1" || got[1][11:] != "1" || got[1][:10] <= "2026-03-10" {
		t.Errorf("got %v", got)
	}
}

// TestStatusFirstFound: a record without a status takes one, and a void record is not
// judged.
func TestStatusFirstFound(t *testing.T) {
	d := newDesk(t)
	d.mustPut("person", `{"id":"p-1","name":"王明"}`)
	d.mustPut("person", `{"id":"p-1","status":"6"}`)
	if r := d.record("person", "p-1"); r.Value("status").Text() != "6" || len(d.found()) != 0 {
		t.Errorf("the record says %v, events %v", r.Value("status"), d.found())
	}
	d.mustPut("person", `{"id":"p-1","status":"5","valid":"0","void_reason":"twice"}`)
	if len(d.found()) != 0 {
		t.Errorf("of a void record: %v", d.found())
	}
}

// TestStatusOfATable: a table that is imported once more takes nothing back, and one that
// says another status says it as an event.
func TestStatusOfATable(t *testing.T) {
	d := newDesk(t)
	row := func(status string) desk.Row {
		return desk.Row{Line: 2, Kind: "person", Item: json.RawMessage(`{"own_no":"p-1","name":"王明","status":"` + status + `"}`)}
	}
	d.mustImport(row("6"))
	d.mustPut("placement", `{"person":"p-1","on":"2026-03-01"}`)
	d.mustImport(row("6"))
	if got := d.found(); len(got) != 0 || d.counts("person_facts", `status = "1"`) != 1 {
		t.Errorf("the same table: %v", got)
	}
	if got := became(d.mustImport(row("5"))); !slices.Equal(got, []string{"changed"}) {
		t.Error(got)
	}
	if got := d.found(); len(got) != 1 || d.counts("person_facts", `status = "5"`) != 1 {
		t.Errorf("another status: %v", got)
	}
}
