package facts

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/flow"
)

// CampaignKind is the kind of records that a tier plans a census round by.
const CampaignKind = "campaign"

// CensusForm lists the homes of a census round, each with how far its form has come.
const CensusForm = "census_form"

// Codes of the lists campaign_kind and campaign_state.
const censusRound = "01"

var (
	unsentStates = []string{"1", "6"} // planned, cancelled
	closedStates = []string{"4", "5"} // closed, compared
)

// triesEnough is how many visits in vain are enough.
const triesEnough = 3

// censusMonths is for how long after its end a round keeps its rows.
const censusMonths = 12

// lastWeek is how many days before the end of a round who was not visited is a task.
const lastWeek = 7

// round is a census round that a tier has sent down.
type round struct {
	id       change.RecordID
	by       change.UnitID // whose homes below are asked
	from, to string
	state    string
}

// roundsOf are the census rounds among records, those that are not sent yet too, by id.
func roundsOf(all []Entry) (rounds []round) {
	for i := range all {
		e := &all[i]
		if e.Kind != CampaignKind || !e.is("kind", censusRound) || e.date("from") == "" {
			continue
		}
		by, _ := e.ID.Maker()
		rounds = append(rounds, round{id: e.ID, by: by, from: e.date("from"), to: e.date("to"), state: e.text("state")})
	}
	slices.SortFunc(rounds, func(a, b round) int { return compareIDs(a.id, b.id) })
	return rounds
}

// closed reports whether the round is over by the word of who holds it.
func (r *round) closed() bool { return slices.Contains(closedStates, r.state) }

// isOf reports whether a record is a census round.
func (p *Published) isOf(id change.RecordID) bool {
	return slices.ContainsFunc(p.rounds, func(r round) bool { return r.id == id })
}

// Turns reports whether a change of a campaign may be one of a census round: derived rows
// may be others then. Of other campaigns there are many, whose figures change each day.
func (p *Published) Turns(id change.RecordID, fields change.Fields) bool {
	kind := fields.Get("kind")
	return p.isOf(id) || kind.Text() == censusRound || kind.IsNull() && !fields.Get("valid").IsNull()
}

// DigestOf is Digest for a unit: with the census rounds of units that are above it.
func (p *Published) DigestOf(above func(change.UnitID) bool) change.Hash {
	var all bytes.Buffer
	write := json.NewEncoder(&all)
	for _, r := range p.rounds {
		if above(r.by) {
			_ = write.Encode([]string{string(r.id), r.from, r.to, r.state}) // texts into memory
		}
	}
	if all.Len() == 0 {
		return p.digest
	}
	return sha256.Sum256(append(p.digest[:], all.Bytes()...))
}

// roundsOn are the rounds in whose area a family is, as far as they are sent down and not
// long over.
func (f *family) roundsOn(above func(change.UnitID) bool) (rounds []round) {
	if f.household == nil {
		return nil
	}
	for _, r := range f.book.published.rounds {
		if above != nil && !above(r.by) { // first: it is asked nothing about days
			continue
		}
		sent := r.state == "" && f.reached(r.from) || r.state != "" && !slices.Contains(unsentStates, r.state)
		if !sent || r.to != "" && f.reached(calendar.AddDays(calendar.AddMonths(r.to, censusMonths), 1)) {
			continue
		}
		rounds = append(rounds, r)
	}
	return rounds
}

// asked is how far the form of a home has come in a round.
type asked struct {
	visits, tries   int    // tries: days on which nobody was met
	last            string // day of the last visit
	met, filled     string // days
	answer, checked string
	entered         string
	state, outcome  string
}

// censusRows are the home's forms in the rounds that ask it, and what is to be done.
func (b *Book) censusRows(f *family) {
	if f.household == nil {
		return
	}
	for i := range f.rounds {
		r := &f.rounds[i]
		a := f.askedIn(r)
		name := string(r.id) + " " + string(f.household.ID)
		row := cells{"household": change.Text(string(f.household.ID)), "campaign": change.Text(string(r.id))}
		f.add(CensusForm, change.NumberedRecordID(f.unit, CensusForm, name), row.from(f.household, "form_no", "head_name", "estate", "address", "phone").
			with("state", change.TextOrNull(a.state)).with("outcome", change.TextOrNull(a.outcome)).with("tries", change.Int(int64(a.tries))).with("in_vain", change.Bool(a.inVain())).
			day("visited_on", a.last).day("filled_on", a.filled).day("entered_on", a.entered).day("due", r.to).with("closed", change.Bool(r.closed())))
		f.censusTask(r, a, name)
	}
}

// askedIn reads the visits that name the round, from its first day on, and the survey's day
// of the form: one within the round says that the form was entered. A visit that met nobody
// fills no form.
func (f *family) askedIn(r *round) (a asked) {
	for i := range f.events {
		v := &f.events[i]
		if v.Kind != "visit" || v.ref("campaign") != string(r.id) || v.on < r.from {
			continue
		}
		again := v.on == a.last
		a.visits, a.last = a.visits+1, v.on
		switch {
		case v.is("result", metSomebody):
			a.met = cmp.Or(a.met, v.on)
		case a.met == "" && !again:
			a.tries++
		}
		if v.is("result", metSomebody) && v.is("answer", "1", "2", "3") {
			a.filled, a.answer, a.checked = v.on, v.text("answer"), v.text("checked_by")
		}
	}
	if day := f.household.date("survey_date"); day >= r.from && f.reached(day) {
		a.entered = day
	}
	a.state, a.outcome = a.stateIn(r), a.answer
	switch recorded := f.household.date("recorded_on"); {
	case a.outcome != "":
	case a.entered != "" && recorded >= r.from:
		a.outcome = "3" // it was not recorded before the round
	case a.met == "" && a.entered == "":
		a.outcome = "4"
	}
	return a
}

// stateIn is a code of the list census_state.
func (a *asked) stateIn(r *round) string {
	switch {
	case a.entered != "" && r.closed():
		return "archived"
	case a.entered != "":
		return "entered"
	case strings.TrimSpace(a.checked) != "":
		return "checked"
	case a.filled != "":
		return "filled"
	case a.visits > 0:
		return "visited"
	}
	return "issued"
}

// inVain reports whether nobody was met on as many days as are enough.
func (a *asked) inVain() bool { return a.met == "" && a.entered == "" && a.tries >= triesEnough }

// censusTask: a home that nobody has met is visited, from the last week of the round on;
// of one that was visited three times in vain somebody decides at once.
func (f *family) censusTask(r *round, a asked, name string) {
	m := f.head()
	if r.closed() || a.met != "" || a.entered != "" {
		return
	}
	switch {
	case a.inVain():
		f.task(m, todo{task: "census_vain", level: flow.Community, since: a.last, due: r.to, by: r.id, key: name})
	case r.to != "" && f.reached(calendar.AddDays(r.to, -lastWeek)):
		f.task(m, todo{task: "census_visit", level: flow.Community, since: r.from, due: r.to, by: r.id, key: name})
	}
}
