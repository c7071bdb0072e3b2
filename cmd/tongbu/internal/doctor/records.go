package doctor

import (
	"context"
)

// muchBehind is how many arrivals a view lags before that is told: it follows within
// seconds.
const muchBehind = 1000

// view says whether a hub's view follows its journal.
func view(_ context.Context, f *facts) []Finding {
	switch {
	case !f.isHub || f.status != nil && f.status.View == nil:
		return one(ok(say("this directory keeps none")))
	case f.status == nil:
		return one(ok(say("nothing is known of it, as no process has served the directory yet")))
	}
	v := f.status.View
	state := f.then(say("%d applied, %d behind", v.Applied, v.Behind))
	switch {
	case v.Behind > muchBehind:
		return one(warn(state, say("wait; if it does not shrink, look at the log and the disk: answers are that far behind")))
	case !v.Settled:
		return one(warn(state, say("its indexes are being made: until then questions may take long")))
	}
	return one(ok(state))
}

// waiting says what of the records wants a person.
func waiting(_ context.Context, f *facts) []Finding {
	if f.status == nil {
		return one(ok(say("nothing is known of them, as no process has served the directory yet")))
	}
	var found []Finding
	st := f.status
	if st.Conflicts > 0 {
		found = append(found, warn(f.then(say("%d records are in conflict", st.Conflicts)), say("tongbu conflicts --dir DIR lists them, tongbu resolve settles each")))
	}
	if n := st.RefusalsOpen; n > 0 {
		found = append(found, warn(f.then(say("%d changes are refused and not put right", n)), say("tongbu status --dir DIR names them, and how to put them right")))
	}
	if st.Own.Held > 0 {
		found = append(found, warn(f.then(say("%d changes are held by the city", st.Own.Held)), say("the city knows what they say after its upgrade, or decides on them")))
	}
	for _, s := range st.SecondHubs {
		found = append(found, warn(say("two hubs of %s %s are in use", s.Unit, s.Name), say("tongbu status --dir DIR says which to end")))
	}
	if len(found) == 0 {
		return one(ok(f.then(say("no conflicts, no refusals that wait"))))
	}
	return found
}
