// Package today says which day it is, for whoever judges records by it: the desk
// before it saves, the city when it judges what arrives. It is a day of the
// network's time zone, never of the machine's, whose clock may be years off: a rule
// that needs the day is hard only where somebody else bears the clock out.
package today

import (
	"sync"
	"time"
	_ "time/tzdata" // Windows has no zones of its own

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Default is the zone of a network for which none was published.
const Default = "Asia/Shanghai"

// Zone is the time zone of the name; "" is Default. It returns Invalid for a name
// that the program does not know, and for Local: the machine's decides nothing.
func Zone(name string) (*time.Location, error) {
	if name == "" {
		name = Default
	}
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || zone == time.Local {
		return nil, fault.New(fault.Invalid, "no time zone %q", name).WithHint("a name of the time zone database: Asia/Shanghai, Asia/Urumqi")
	}
	zones.Store(name, zone)
	return zone, nil
}

// zones are those that were read, by name: there are some hundred names.
var zones sync.Map

// Clock is what is known of the time.
type Clock struct {
	Now time.Time
	// Compared: others' clocks were compared with this one since it was last started;
	// Behind is by how much theirs are ahead of it, 0 when they are not.
	Compared bool
	Behind   time.Duration
	// Past is the newest time that the city has signed, as far as it has come here;
	// zero: nothing has.
	Past time.Time
}

// fresh is how far the clock may be from the newest time signed for that to bear it
// out: a few days without anything new are usual.
const fresh = 7 * 24 * time.Hour

// In is the day in a zone. It is not before that of the newest time signed. It is
// sure when others were asked and that time is near.
func (c Clock) In(zone *time.Location) Day {
	sure := c.Compared && c.ahead().Sub(c.Past).Abs() <= fresh
	return Day{Date: c.latest().In(zone).Format(time.DateOnly), Sure: sure}
}

// Left is how long the day lasts yet in a zone, unless a clock is set or a newer time
// signed.
func (c Clock) Left(zone *time.Location) time.Duration {
	now := c.latest().In(zone)
	year, month, day := now.Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, zone).Sub(now)
}

func (c Clock) ahead() time.Time { return c.Now.Add(max(c.Behind, 0)) }

func (c Clock) latest() time.Time {
	if now := c.ahead(); !c.Past.After(now) {
		return now
	}
	return c.Past
}

// Day is a day to judge by.
type Day struct {
	Date string // YYYY-MM-DD
	Sure bool   // what lies after it is in the future; else only the clock here says so
}

// Check is the kind's CheckOn for the day, as Weigh has it.
func (d Day) Check(k *schema.Kind, values map[string]change.Value) []schema.Problem {
	return d.Weigh(k.CheckOn(values, d.Date))
}

// Weigh makes the problems that only the day makes soft, unless the day is sure.
func (d Day) Weigh(problems []schema.Problem) []schema.Problem {
	for i := range problems {
		problems[i].Hard = problems[i].Hard && (d.Sure || !problems[i].Dated)
	}
	return problems
}

// Refused are the hard problems that only the day makes; none unless it is sure.
func (d Day) Refused(k *schema.Kind, values change.Fields) []schema.Problem {
	if !d.Sure {
		return nil
	}
	return k.CheckDated(values, d.Date)
}
