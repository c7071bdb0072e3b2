package operate

import (
	"time"

	"tongbu/internal/journal"
	"tongbu/internal/today"
	"tongbu/internal/tree"
)

// Line is how the line upward is and how far this device's own changes have come: what
// a page shows all the time, without the rest of Status.
type Line struct {
	Up        bool
	LastSync  time.Time     // when all was level with the hub above; zero: never since the start
	Next      tree.Level    // of the hub above; 0 while none is known
	Own       Own           // counts of changes
	Confirmed time.Time     // the newest time that the city has signed, by its clock; zero: nothing has come
	Verdict   string        // on the clock here, as in Clock
	Offset    time.Duration // as in Clock
	Full      bool          // no new records are accepted
	Day       string        // the network's, YYYY-MM-DD
	Now       time.Time     // by the clock here, in the network's zone
}

// Line reads it. Its errors are those of the journal.
func (o *Operate) Line() (Line, error) {
	state, clock := o.at.Uplink.Line(), o.clockState()
	l := Line{Up: state.Connected, LastSync: state.LastSync, Confirmed: o.at.Clocks.Past(),
		Verdict: clock.Verdict, Offset: time.Duration(clock.Offset) * time.Millisecond, Full: o.at.Space.Short() != nil}
	if units := o.at.Members.Tree(); units != nil {
		above, _ := units.Unit(state.Parent.Unit)
		l.Next = above.Level
	}
	var st Status
	err := o.at.Journal.View(func(tx *journal.Tx) error {
		day, name, err := o.at.Today(tx)
		if err != nil {
			return err
		}
		zone, err := today.Zone(name)
		if err != nil {
			return err
		}
		l.Day, l.Now = day.Date, o.at.Now().In(zone)
		l.Confirmed = l.Confirmed.In(zone)
		return o.countStreams(tx, &st)
	})
	l.Own = st.Own
	return l, err
}
