package stack

import (
	"bytes"
	"net/http"
	"time"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/records"
	"tongbu/node/operate"
	"tongbu/syncer"
)

// Ending says what a scenario ends with, beside everything being well.
type Ending struct {
	Within  time.Duration   // for all that runs to come to rest; 0: an hour
	Silent  []*Device       // will not be heard any more
	Twice   map[string]bool // names of devices whose writes may be at the city again: a copy of them has run
	Refused map[string]bool // marks that the city is to refuse
	Lost    map[string]bool // marks that only a lost disk had
}

// Outcome is what was found at the end.
type Outcome struct {
	Settled time.Duration // from the call to rest
	Acked   int           // writes a clerk was told are saved
	Doubled int           // changes at the city beyond one each, all of them allowed
}

// MustBeWhole waits until all that runs is at rest and checks the invariants:
// every acknowledged write is at the city, once, or refused by name; every tier
// that holds a record has the state the city has; every directory verifies;
// receipts cover all; coverage says who is silent.
func (w *World) MustBeWhole(e Ending) Outcome {
	w.TB.Helper()
	if e.Within == 0 {
		e.Within = time.Hour
	}
	start := time.Now()
	w.Await(e.Within, "everything is at the city and its receipt is back", func() bool { return w.atRest(e) })
	o := Outcome{Settled: time.Since(start), Acked: len(w.Ledger.Entries)}
	o.Doubled = w.checkRecorded(e)
	w.checkRows(e)
	w.checkDirectories()
	w.checkStates()
	return o
}

// atRest reports whether all that runs has said and heard everything.
func (w *World) atRest(e Ending) bool {
	silent := map[*Device]bool{}
	for _, d := range e.Silent {
		silent[d] = true
	}
	for _, d := range w.Devices {
		if d.Replica == nil || silent[d] {
			continue
		}
		if d != w.City && !d.Linked() {
			return false
		}
		st := d.MustStatus()
		if st.Own.AtCity != st.Own.Head || st.Own.AtParent != st.Own.Head || st.View != nil && st.View.Behind > 0 || d.isBehind() {
			return false
		}
	}
	c := w.MustCoverage()
	if len(e.Silent) > 0 {
		return len(c.Silent) == units(e.Silent)
	}
	return len(c.Silent) == 0 && c.Pending == 0
}

// isBehind reports whether a stream that began here goes on at the city: what went
// past a hub comes from above, later.
func (d *Device) isBehind() bool {
	entries, _ := d.Replica.Streams.Entries()
	for _, e := range entries {
		there, _ := d.World.City.Replica.Streams.Entry(e.Stream)
		if e.Sealed.Seq == 0 || e.Sealed.Seq >= there.Sealed.Seq || !d.keepsUp(e) {
			continue
		}
		if on := must(d.World.City.Replica.Streams.Match(e.Stream, []change.Mark{e.Sealed}))(d.World.TB); on.Found {
			return true
		}
	}
	return false
}

func units(devices []*Device) int {
	seen := map[change.UnitID]bool{}
	for _, d := range devices {
		if !d.IsHub() {
			seen[d.Unit.ID] = true
		}
	}
	return len(seen)
}

// checkRecorded wants each acknowledged write at the city exactly once.
func (w *World) checkRecorded(e Ending) (doubled int) {
	w.TB.Helper()
	got := w.MustRecorded()
	lost, missing := 0, 0
	for _, entry := range w.Ledger.Entries {
		n := got.Marks[entry.Mark]
		switch {
		case n == 0 && e.Lost[entry.Mark]:
			lost++
		case n == 0:
			missing++
			w.TB.Errorf("lost: %s of %s, which was saved", entry.Mark, entry.Device)
		case n > 1 && e.Twice[entry.Device]:
			doubled += n - 1
		case n > 1:
			w.TB.Errorf("doubled: %s of %s is at the city %d times", entry.Mark, entry.Device, n)
		}
		if got.Refused[entry.Mark] != e.Refused[entry.Mark] {
			w.TB.Errorf("%s of %s: refused %v, want %v", entry.Mark, entry.Device, got.Refused[entry.Mark], e.Refused[entry.Mark])
		}
	}
	if want := len(w.Ledger.Entries) - lost - missing + doubled; got.Changes != want {
		w.TB.Errorf("changes at the city: got %d, want %d", got.Changes, want)
	}
	return doubled
}

// checkRows wants the city's answer to show each record once, as it was last
// written; where several wrote it, as one of them did.
func (w *World) checkRows(e Ending) {
	w.TB.Helper()
	wants := map[change.RecordID]map[string]bool{}
	writers := map[change.RecordID]map[string]bool{}
	for _, entry := range w.Ledger.Entries {
		if e.Refused[entry.Mark] || e.Lost[entry.Mark] {
			continue
		}
		if writers[entry.Record] == nil {
			wants[entry.Record], writers[entry.Record] = map[string]bool{}, map[string]bool{}
		}
		if writers[entry.Record][entry.Device] = true; len(writers[entry.Record]) == 1 {
			clear(wants[entry.Record])
		}
		wants[entry.Record][entry.Mark] = true
	}
	rows := w.City.MustAsk(question.Question{Kind: Kind, Select: []string{"id", "remark"}})
	for _, row := range rows {
		id := change.RecordID(row["id"].Text())
		if mark := row["remark"].Text(); !wants[id][mark] {
			w.TB.Errorf("record %s at the city says %q, want one of %v", id, mark, wants[id])
		}
		delete(wants, id)
	}
	for id := range wants {
		w.TB.Errorf("record %s is not in the city's answer", id)
	}
}

// checkDirectories wants every directory to verify: chains, signatures,
// receipts, states, views.
func (w *World) checkDirectories() {
	w.TB.Helper()
	for _, d := range w.Devices {
		if d.Replica == nil {
			continue
		}
		var v operate.Verified
		d.MustCall(http.MethodGet, "/verify", nil, &v)
		for _, p := range v.Problems {
			w.TB.Errorf("verify %s: %s", d.Name, p)
		}
	}
}

// checkStates wants every record to have the same state, to the byte, and
// every stream the same history, wherever it is held.
func (w *World) checkStates() {
	w.TB.Helper()
	city := w.City.mustStates()
	for _, d := range w.Devices {
		if d.Replica == nil || d == w.City {
			continue
		}
		for key, state := range d.mustStates() {
			if !bytes.Equal(city[key], state) {
				w.TB.Errorf("%s: the state of %s %s is not the city's", d.Name, key.Kind, key.ID)
			}
		}
		d.checkStreams()
	}
}

// mustStates are the states that the device's journal alone makes, of the
// records of its own unit and those below: of a unit that was moved elsewhere
// it keeps what it had.
func (d *Device) mustStates() map[records.Key][]byte {
	d.World.TB.Helper()
	made := must(records.Replay(d.World.TB.Context(), records.Source{Journal: d.Replica.Journal, City: d.Replica.Place.RootUnit,
		Of: func(k records.Key) bool { return k.Kind == Kind }}))(d.World.TB)
	states := make(map[records.Key][]byte, len(made))
	for key, r := range made {
		if d.covers(view.BelongingOf(r).Unit) {
			states[key] = r.Encode()
		}
	}
	return states
}

// keepsUp reports whether the device holds all of a stream that the city holds.
func (d *Device) keepsUp(e syncer.Entry) bool {
	return d.covers(e.Author) || e.Author == d.World.City.Unit.ID && d.covers(e.Stream.Audience)
}

func (d *Device) covers(unit change.UnitID) bool {
	return d.World.City.Replica.Members.Tree().Below(d.Unit.ID, unit)
}

// checkStreams wants each stream to end as at the city; of a unit that was
// moved elsewhere, to be the beginning of the city's. A mark's hash stands for
// all before it.
func (d *Device) checkStreams() {
	tb, city := d.World.TB, d.World.City.Replica.Streams
	tb.Helper()
	entries, _ := d.Replica.Streams.Entries()
	for _, e := range entries {
		if e.Sealed == (change.Mark{}) {
			continue
		}
		there, _ := city.Entry(e.Stream)
		if there.Sealed == e.Sealed {
			continue
		}
		on := must(city.Match(e.Stream, []change.Mark{e.Sealed}))(tb)
		if !on.Found || d.keepsUp(e) {
			tb.Errorf("%s: stream %s ends at %d, at the city at %d; on the same history: %v", d.Name, e.Stream, e.Sealed.Seq, there.Sealed.Seq, on.Found)
		}
	}
}
