package monitor

import (
	"maps"
	"slices"
	"time"

	"tongbu/hub/coverage"
	"tongbu/hub/relay"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/members"
	"tongbu/internal/system"
	"tongbu/internal/tree"
	"tongbu/node/operate"
	"tongbu/syncer/link"
)

// other is the child under which counts what stands below no unit that is one.
const other = "other"

// child is what is known of a unit directly below, and of what links past it.
type child struct {
	unit    change.UnitID // "": of other
	own     bool          // it has an active device of its own: the rest of the line is told by that
	up      bool
	links   int
	heard   int64 // Unix milliseconds
	traffic link.Traffic
	refused map[string]uint64
	made    operate.Progress
	coming  queue // known to be made below, and not here
	lacking queue // here, and not known to be there
	said    bool  // it has said what it has
}

// children gathers, one after the other, what is told of each child.
type children struct {
	of    *collector
	units *tree.Tree
	all   map[string]*child
}

// children tells of the units directly below. A unit is told of once it has a device,
// or one that stands below it.
func (c *collector) children(o out, below []operate.Child) error {
	t := c.Replica.Members.Tree()
	if t == nil {
		return nil
	}
	all := &children{of: c, units: t, all: map[string]*child{}}
	all.enrolled()
	all.made(below)
	all.refused()
	if err := all.linked(c.Hub.Linked()); err != nil {
		return err
	}
	all.tell(o)
	o.counter(callsRefused, float64(c.Hub.TurnedAway()))
	c.silence(o)
	return nil
}

// above finds the child at or above a unit, nil when the unit is not below this one.
func (a *children) above(unit change.UnitID) *child {
	here := a.of.Replica.Place.Unit
	if unit == here {
		return nil
	}
	code, id := other, change.UnitID("")
	for _, up := range append([]change.UnitID{unit}, a.units.Ancestors(unit)...) {
		if u, known := a.units.Unit(up); known && u.Parent == here && !u.Merged() {
			code, id = u.Code, u.ID
		}
	}
	if a.all[code] == nil {
		a.all[code] = &child{unit: id, refused: noneRefused()}
	}
	return a.all[code]
}

// noneRefused has a count for the reasons that batches are usually refused for: of a
// figure that begins above 0 Prometheus sees no increase.
func noneRefused() map[string]uint64 {
	counts := map[string]uint64{}
	for _, kind := range []fault.Kind{fault.Denied, fault.Invalid, fault.Exhausted, fault.Unsupported} {
		counts[kind.String()] = 0
	}
	return counts
}

// devices lists the active devices below.
func (a *children) devices() (all []members.Device) {
	m := a.of.Replica.Members
	for _, d := range m.Devices() {
		if d.State == system.Active && d.Unit != a.of.Replica.Place.Unit && m.Below(a.of.Replica.Place.Unit, d.Unit) {
			all = append(all, d)
		}
	}
	return all
}

// enrolled finds the children that have devices, and since when nothing may have been
// heard of them.
func (a *children) enrolled() {
	active := a.devices()
	for _, d := range active {
		c := a.above(d.Unit)
		c.own = c.own || d.Unit == c.unit
	}
	for _, d := range active {
		if c := a.above(d.Unit); c.tells(d.Unit) {
			c.heard = max(c.heard, d.Enrolled)
		}
	}
}

// tells reports whether a device of the unit stands for the line to the child: where
// the child itself has none, those below do.
func (c *child) tells(unit change.UnitID) bool { return unit == c.unit || !c.own }

// made adds what the devices below have made, and when they were heard.
func (a *children) made(below []operate.Child) {
	for _, d := range below {
		known, has := a.of.Replica.Members.Device(d.Device)
		if !has || d.Revoked {
			continue
		}
		c := a.above(known.Unit)
		if c == nil {
			continue
		}
		heard := d.Heard.UnixMilli()
		if c.tells(known.Unit) {
			c.heard = max(c.heard, heard)
		}
		c.made.Recorded, c.made.Refused, c.made.Held = c.made.Recorded+d.Changes.Recorded, c.made.Refused+d.Changes.Refused, c.made.Held+d.Changes.Held
		c.made.Waiting += d.Changes.Waiting
		if d.Changes.Coming > 0 {
			c.coming.changes += d.Changes.Coming
			c.coming.since(heard) // it had made them by then
		}
	}
}

// refused adds the batches that were not stored.
func (a *children) refused() {
	for of, n := range a.of.Replica.Refused.Counts() {
		if !a.of.Replica.Members.Below(a.of.Replica.Place.Unit, of.From) {
			continue // a hub above, told with the line to it
		}
		if c := a.above(of.From); c != nil {
			c.refused[of.Kind.String()] += n
		}
	}
}

// linked adds the links, and what waits for whom. Of a child with several devices the
// one that lacks most counts; of those that are revoked none.
func (a *children) linked(all []relay.Linked) error {
	for _, l := range all {
		c := a.above(l.Unit)
		if c == nil {
			continue
		}
		c.traffic.Add(l.Meter.Traffic())
		if l.Live {
			c.links++
			c.up = c.up || c.tells(l.Unit)
		}
		has, said := l.Meter.Has()
		gone := !l.Live && !c.tells(l.Unit) // it hears through the child again
		if !said || gone || a.of.Replica.Members.Banned(l.Device) {
			continue
		}
		if q := a.lacks(l.Unit, has); !c.said || q.changes > c.lacking.changes {
			c.lacking = q
		}
		c.said = true
	}
	return a.of.Replica.Journal.View(func(tx *journal.Tx) error {
		for _, c := range a.all {
			if err := c.lacking.date(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// lacks counts what a device of the unit does not have of what goes down to it. What
// comes from there is not counted: its maker has it.
func (a *children) lacks(unit change.UnitID, has map[change.Stream]uint64) (q queue) {
	for _, e := range a.of.Replica.Streams.Crossing(unit) {
		down := a.units.Below(unit, e.Stream.Audience) || a.units.Below(e.Stream.Audience, unit)
		if down && !a.units.Below(unit, e.Author) {
			q.lack(e.Stream, has[e.Stream], e.Sealed.Seq)
		}
	}
	return q
}

func (a *children) tell(o out) {
	now := a.of.Replica.Now().UnixMilli()
	for _, code := range slices.Sorted(maps.Keys(a.all)) {
		c := a.all[code]
		o.truth(childUp, c.up, code)
		o.gauge(childLinks, float64(c.links), code)
		o.gauge(childSilence, c.silence(now), code)
		o.counter(childReceived, float64(c.traffic.ReceivedBatches), code)
		o.counter(childSent, float64(c.traffic.SentBatches), code)
		o.counter(childBytesIn, float64(c.traffic.ReceivedBytes), code)
		o.counter(childBytesOut, float64(c.traffic.SentBytes), code)
		for reason, n := range c.refused {
			o.counter(childRefused, float64(n), code, reason)
		}
		o.gauge(childQueue, float64(c.coming.changes), code, "up")
		o.gauge(childAge, c.coming.age(now), code, "up")
		if c.said {
			o.gauge(childQueue, float64(c.lacking.changes), code, "down")
			o.gauge(childAge, c.lacking.age(now), code, "down")
		}
		o.gauge(childChanges, float64(c.made.Recorded), code, "recorded")
		o.gauge(childChanges, float64(c.made.Refused), code, "refused")
		o.gauge(childChanges, float64(c.made.Held), code, "held")
		o.gauge(childChanges, float64(c.made.Waiting), code, "waiting")
	}
}

// silence is in seconds, by the clock here.
func (c *child) silence(now int64) float64 {
	if c.up {
		return 0
	}
	return max(float64(now-c.heard)/1000, 0)
}

// silentDay is how long a unit may be silent before it is told of by itself.
const silentDay = 24 * time.Hour

// silence counts the units that are silent, at and below this one.
func (c *collector) silence(o out) {
	m, here := c.Replica.Members, c.Replica.Place.Unit
	enrolled, silent, day := 0, 0, 0
	for unit, s := range coverage.Silences(c.Replica.Contact, m) {
		if !m.Below(here, unit) {
			continue
		}
		enrolled++
		if s.Silent {
			silent++
			if c.Replica.Now().Sub(s.Since) > silentDay {
				day++
			}
		}
	}
	o.gauge(unitsEnrolled, float64(enrolled))
	o.gauge(unitsSilent, float64(silent))
	o.gauge(unitsSilentDay, float64(day))
}
