package stack_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"tongbu/internal/test/report"
	"tongbu/internal/test/stack"
)

// A real city: the design size, in devices and days.
const (
	cityDistricts   = 6
	cityStreets     = 21
	cityCommunities = 182
	cityDays        = 30
)

// TestCity plays a month of the whole city: workstations run in office hours,
// sites fall off the net one by one and come back in another order, computers
// lose their power, and at the end everything is at the city exactly once.
// The long form only.
func TestCity(t *testing.T) {
	if !report.Soak() {
		t.Skip("the long form: set " + report.EnvSoak)
	}
	line := report.Begin(t, "stack-city")
	seeds := 2
	line.Seeds = fmt.Sprintf("%d-%d", report.Seed(), report.Seed()+uint64(seeds)-1)
	var mu sync.Mutex // guards line
	t.Run("month", func(t *testing.T) {
		for i := range seeds {
			seed := report.Seed() + uint64(i)
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				start, found := time.Now(), figures{}
				options := small()
				options.Units = stack.Huangshi(cityDistricts, cityStreets, cityCommunities)
				options.Beat, options.Prefer, options.Down = time.Hour, 20*time.Minute, 15*time.Minute
				stack.Play(t, options, func(w *stack.World) { found = cityMonth(w, rand.New(rand.NewPCG(seed, 2))) })
				mu.Lock()
				defer mu.Unlock()
				line.Runs++
				for figure, value := range found {
					line.Figure(fmt.Sprintf("%d.%s", seed, figure), value)
				}
				t.Logf("seed %d: %v in %v", seed, found, time.Since(start).Round(time.Second))
			})
		}
	})
}

// TestCityStorm has all 182 communities come back in one instant with the
// backlog of a month. The long form only.
func TestCityStorm(t *testing.T) {
	if !report.Soak() {
		t.Skip("the long form: set " + report.EnvSoak)
	}
	line := report.Begin(t, "stack-storm")
	options := small()
	options.Units = stack.Huangshi(cityDistricts, cityStreets, cityCommunities)
	options.Beat = time.Minute
	stack.Play(t, options, func(w *stack.World) {
		for figure, value := range morningStorm(w) {
			line.Figure(figure, value)
		}
	})
	line.Runs++
}

// month counts what happened in one.
type month struct {
	*stack.World
	random             *rand.Rand
	crashes, cuts, off int
}

func cityMonth(w *stack.World, random *rand.Rand) figures {
	m := &month{World: w, random: random}
	m.closeOffices()
	for day := range cityDays {
		if day%7 < 5 {
			m.work()
		}
		m.Pass(16 * time.Hour)
	}
	for _, d := range w.Devices {
		w.Net.SetSite(d.Site, stack.Whole)
		if d.Replica == nil {
			d.MustStart()
		}
	}
	o := w.MustBeWhole(stack.Ending{Within: 6 * time.Hour})
	return figures{"devices": len(w.Devices), "days": cityDays, "acked": o.Acked, "cuts": m.cuts, "crashes": m.crashes, "off_for_a_day": m.off, "healed_s": seconds(o.Settled)}
}

// work is the eight hours of an office day. A community in ten stays off.
func (m *month) work() {
	nodes := communities(m.World)
	for _, n := range nodes {
		if m.random.IntN(10) > 0 {
			n.MustStart()
		} else {
			m.off++
		}
	}
	var away []string
	for range 8 {
		away = m.cut(away)
		for _, n := range nodes {
			if n.Replica != nil && m.random.IntN(4) == 0 {
				n.MustFill(1 + m.random.IntN(5))
			}
		}
		m.Pass(time.Duration(m.random.Int64N(int64(30*time.Minute))) + time.Second)
		m.crash()
		away = m.mend(away)
		m.Pass(30 * time.Minute)
	}
	m.closeOffices()
}

func (m *month) closeOffices() {
	for _, n := range communities(m.World) {
		n.MustStop()
	}
}

// cut takes some sites off the net, dark or cut, hubs among them.
func (m *month) cut(away []string) []string {
	for range 10 {
		d := m.Devices[m.random.IntN(len(m.Devices))]
		if m.random.IntN(4) == 0 {
			d = m.Devices[m.random.IntN(1+cityDistricts+cityStreets)]
		}
		m.Net.SetSite(d.Site, stack.Condition(1+m.random.IntN(2)))
		away = append(away, d.Site)
		m.cuts++
	}
	return away
}

// mend brings half of them back in another order.
func (m *month) mend(away []string) []string {
	m.random.Shuffle(len(away), func(i, j int) { away[i], away[j] = away[j], away[i] })
	for len(away) > 10 {
		m.Net.SetSite(away[0], stack.Whole)
		away = away[1:]
	}
	return away
}

// crash cuts the power of one computer that runs, and gives it back.
func (m *month) crash() {
	d := m.Devices[m.random.IntN(len(m.Devices))]
	if d.Replica == nil {
		return
	}
	d.MustCrash()
	d.MustStart()
	m.crashes++
}
