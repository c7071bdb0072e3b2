package replica_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/internal/today"
	"tongbu/node/replica"
	"tongbu/syncer"
)

const day = 24 * time.Hour

func peer(unit change.UnitID, n byte) syncer.Peer {
	return syncer.Peer{Unit: unit, Device: change.DeviceOf([]byte{n})}
}

var standsAt = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// standing are clocks beside one that stands.
func standing() *replica.Clocks {
	return replica.NewClocks(func() time.Time { return standsAt }, func() time.Duration { return 0 }, kit.City.ID)
}

// TestWhoseClock: a clock is wrong when more than half of all agree on another
// time, the one here counted. Two that differ cannot tell.
func TestWhoseClock(t *testing.T) {
	hours := func(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }
	for name, c := range map[string]struct {
		parent  *time.Duration
		below   []time.Duration
		verdict replica.Verdict
		offset  time.Duration
		wrong   int
	}{
		"nobody":                            {verdict: replica.ClockAlone},
		"all agree":                         {below: []time.Duration{time.Second, -4 * time.Minute}, verdict: replica.ClockRight},
		"two that differ":                   {below: []time.Duration{-61 * day}, verdict: replica.ClockUndecided, offset: -61 * day, wrong: 1},
		"the city 61 days ahead":            {below: []time.Duration{-61 * day, -61*day + time.Second}, verdict: replica.ClockWrong, offset: -61 * day},
		"the city 2 days ahead, one behind": {below: []time.Duration{-2 * day, -2*day - time.Second, -2 * day, -400 * day}, verdict: replica.ClockWrong, offset: -2 * day, wrong: 1},
		"years behind":                      {below: []time.Duration{9000 * day, 9000 * day}, verdict: replica.ClockWrong, offset: 9000 * day},
		"a child's":                         {below: []time.Duration{0, hours(3)}, verdict: replica.ClockRight, wrong: 1},
		"hours":                             {below: []time.Duration{hours(-8), hours(-8)}, verdict: replica.ClockWrong, offset: hours(-8)},
		"everybody another":                 {below: []time.Duration{hours(1), hours(-2)}, verdict: replica.ClockUndecided, offset: hours(-2), wrong: 2},
		"the parent's":                      {parent: ptr(hours(5)), below: []time.Duration{0}, verdict: replica.ClockRight, wrong: 1},
		"a hub's":                           {parent: ptr(-61 * day), below: []time.Duration{-61 * day}, verdict: replica.ClockWrong, offset: -61 * day},
	} {
		t.Run(name, func(t *testing.T) {
			clocks := standing()
			if c.parent != nil {
				clocks.Met(peer(kit.District.ID, 100), true, *c.parent)
			}
			for i, offset := range c.below {
				clocks.Met(peer(kit.First.ID, byte(i)), false, offset)
			}
			j := clocks.Compare()
			wrong := 0
			for _, o := range j.Others {
				if o.Wrong {
					wrong++
				}
			}
			if j.Verdict != c.verdict || (j.Offset-c.offset).Abs() > time.Second || wrong != c.wrong {
				t.Errorf("got %q, %v, %d wrong in %+v, want %q, %v, %d", j.Verdict, j.Offset, wrong, j.Others, c.verdict, c.offset, c.wrong)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

// TestCityAsWitness: between a node and its parent the time that the city has just
// signed decides, where it agrees with one of them.
func TestCityAsWitness(t *testing.T) {
	for name, c := range map[string]struct {
		parent  time.Duration
		city    time.Duration // signed just now
		verdict replica.Verdict
	}{
		"the node's is behind":          {3 * time.Hour, 3 * time.Hour, replica.ClockWrong},
		"the node's is ahead":           {-61 * day, -61*day + time.Second, replica.ClockWrong},
		"the parent's is behind":        {-3 * time.Hour, 0, replica.ClockRight},
		"an old word says nothing":      {3 * time.Hour, -40 * day, replica.ClockUndecided},
		"a word that is late, likewise": {3 * time.Hour, 0, replica.ClockUndecided},
	} {
		t.Run(name, func(t *testing.T) {
			clocks := standing()
			clocks.Met(peer(kit.Street.ID, 1), true, c.parent)
			clocks.Signed(standsAt.Add(c.city))
			if j := clocks.Compare(); j.Verdict != c.verdict {
				t.Errorf("got %+v, want %q", j, c.verdict)
			}
		})
	}
}

// TestCitySetBack: what the city signed while its clock was ahead bears nobody out
// when it has signed an earlier time since.
func TestCitySetBack(t *testing.T) {
	clocks := standing()
	clocks.Signed(standsAt.Add(61 * day))
	clocks.Met(peer(kit.Street.ID, 1), true, 61*day)
	if j := clocks.Compare(); j.Verdict != replica.ClockWrong || j.Asked != 2 || j.Agree != 2 {
		t.Fatalf("got %+v, want both against this one", j)
	}
	clocks.Signed(standsAt)
	if j := clocks.Compare(); j.Verdict != replica.ClockUndecided {
		t.Errorf("set back: got %+v, want it undecided", j)
	}
	if got := clocks.Past(); !got.Equal(standsAt.Add(61 * day)) {
		t.Errorf("the newest time signed: got %v", got)
	}
}

// TestCityIsNoSecondWitness: where the parent is the city, its signature is made by
// the same clock.
func TestCityIsNoSecondWitness(t *testing.T) {
	clocks := standing()
	clocks.Met(peer(kit.City.ID, 1), true, 3*time.Hour)
	clocks.Signed(standsAt.Add(3 * time.Hour))
	if j := clocks.Compare(); j.Verdict != replica.ClockUndecided {
		t.Errorf("got %+v, want it undecided", j)
	}
}

// TestClockSet: an offset follows when the clock here is set while it runs.
func TestClockSet(t *testing.T) {
	at, ran := standsAt, time.Hour
	c := replica.NewClocks(func() time.Time { return at }, func() time.Duration { return ran }, kit.City.ID)
	c.Met(peer(kit.First.ID, 1), false, -2*day)
	c.Met(peer(kit.First.ID, 2), false, -2*day)
	if j := c.Compare(); j.Verdict != replica.ClockWrong {
		t.Fatalf("got %+v, want it wrong", j)
	}
	at, ran = at.Add(time.Minute-2*day), ran+time.Minute
	if j := c.Compare(); j.Verdict != replica.ClockRight {
		t.Errorf("set right: got %+v", j)
	}
}

// TestTodayIsTheNetworks: the day is of the zone that the city has published, and not
// before what it has signed, also after a restart.
func TestTodayIsTheNetworks(t *testing.T) {
	w := kit.MustTiers(t)
	now := w.Clock.Now()
	ask := func(r *replica.Replica) (day today.Day, zone string) {
		t.Helper()
		err := r.Journal.View(func(tx *journal.Tx) (err error) {
			day, zone, err = r.Today(tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return day, zone
	}
	shanghai, err := today.Zone("")
	if err != nil {
		t.Fatal(err)
	}
	want := today.Day{Date: now.In(shanghai).Format(time.DateOnly)}
	if got, zone := ask(w.Node); got != want || zone != today.Default {
		t.Errorf("got %+v in %s, want %+v in %s", got, zone, want, today.Default)
	}
	w.Node.Clocks.Met(peer(kit.Street.ID, 1), true, 0)
	want.Sure = true
	if got, _ := ask(w.Node); got != want {
		t.Errorf("linked: got %+v, want %+v", got, want)
	}
	zone := system.Network{Formats: system.Before, Zone: "America/New_York"}
	kit.MustWrite(t, w.City, &change.Change{Kind: system.NetworkKind, Record: system.NetworkID, Fields: change.FieldsOf(zone.Fields()), Actor: "city"})
	w.MustCarry(t, w.City, w.Node)
	if _, zone := ask(w.Node); zone != "America/New_York" {
		t.Errorf("got %s, want what was published", zone)
	}
}

// TestPast: the newest time that the city has signed is found again after a start.
func TestPast(t *testing.T) {
	w := kit.MustTiers(t)
	signed := w.Node.Clocks.Past()
	if diff := cmp.Diff(w.Clock.Now().UnixMilli(), signed.UnixMilli()); diff != "" {
		t.Errorf("of the city's batches (-want +got):\n%s", diff)
	}
}
