package facts

import (
	"slices"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
)

// Codes of the list vacancy_state.
const (
	vacancyOpen, vacancyPartly, vacancyFilled, vacancyExpired, vacancyWithdrawn = "1", "2", "3", "4", "5"
)

// vacancyRow is a vacancy's row of L2 (社区用工信息台帐). How it stands follows from its
// term, from who was placed in it, and from what its record says of that: whichever is more,
// as its community sees the placements of its own people alone.
func (b *Book) vacancyRow(f *family, e *Entry) {
	row := b.copied(VacancyLedger, e)
	begun, ended := e.date("from"), e.date("to")
	over := ended != "" && f.reached(calendar.AddDays(ended, 1))
	row["open"] = change.Bool((begun == "" || f.reached(begun)) && !over)
	referred, placed := f.filled()
	row.most("referred", referred).most("placed", placed)
	state := stateOf(e, row["placed"].Int(), over)
	row.with("state", change.TextOrNull(state))
	f.add(VacancyLedger, e.ID, row)
	if ended == "" || slices.Contains([]string{vacancyFilled, vacancyExpired, vacancyWithdrawn}, state) {
		return // past its term it has expired by itself, and nothing is left to be asked
	}
	if since := calendar.AddDays(ended, -f.rules.Clocks.VacancyDays); f.reached(since) {
		f.task(nil, todo{task: "vacancy_ending", level: f.level, since: since, due: ended, by: e.ID})
	}
}

// most sets a number that is more than what stands there.
func (c cells) most(field string, n int) cells {
	if n > 0 && int64(n) > c[field].Int() {
		c[field] = change.Int(int64(n))
	}
	return c
}

// filled is how many were referred to a vacancy, and how many of these were placed by that.
func (f *family) filled() (referred, placed int) {
	for i := range f.events {
		e := &f.events[i]
		if e.Kind != referralKind {
			continue
		}
		referred++
		if last(f.events, func(o event) bool { return o.Kind == placementKind && o.ref(referralKind) == string(e.ID) }) != nil {
			placed++
		}
	}
	return referred, placed
}

// stateOf is how a vacancy stands: filled also when its record says so.
func stateOf(e *Entry, placed int64, over bool) string {
	wanted := e.value("posts").Int()
	switch {
	case e.is("state", vacancyWithdrawn):
		return vacancyWithdrawn
	case e.is("state", vacancyFilled), wanted > 0 && placed >= wanted:
		return vacancyFilled
	case over || e.is("state", vacancyExpired):
		return vacancyExpired
	case placed > 0 || e.is("state", vacancyPartly):
		return vacancyPartly
	}
	return vacancyOpen
}
