package main_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongbu/internal/failpoint"
	"tongbu/internal/test/proctest"
	reports "tongbu/internal/test/report"
)

// TestFailPointsAreGone: the released program has no trace of a fail point,
// not even its name, and the one built for this suite has them all.
func TestFailPointsAreGone(t *testing.T) {
	released, err := os.ReadFile(program(t).Path)
	if err != nil {
		t.Fatal(err)
	}
	tested, err := os.ReadFile(faultyProgram(t).Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(failpoint.Points(), failpoint.Point{Name: failpoint.Env}) {
		if bytes.Contains(released, []byte(p.Name)) {
			t.Errorf("%s: the released program holds the name", p.Name)
		}
		if !bytes.Contains(tested, []byte(p.Name)) {
			t.Errorf("%s: the program built with the tag does not hold the name", p.Name)
		}
	}
}

func faultyProgram(tb testing.TB, vars ...string) *proctest.Program {
	tb.Helper()
	p, err := faulty()
	if err != nil {
		tb.Fatal(err)
	}
	return p.With(vars...)
}

// TestEveryPointHasAScene: no point is left out of TestFailPoints.
func TestEveryPointHasAScene(t *testing.T) {
	named := map[string]bool{}
	for _, s := range scenes {
		named[s.point] = true
	}
	for _, p := range failpoint.Points() {
		if !named[p.Name] {
			t.Errorf("%s: no scene has a process die at it", p.Name)
		}
		delete(named, p.Name)
	}
	for name := range named {
		t.Errorf("%s: a scene for a point that there is not", name)
	}
}

// TestFailPoints has a process die at each point between two steps, and wants
// that nothing acknowledged is lost, nothing is there twice, all directories
// verify and all is recorded, when it has been started again. The short form
// does a share of the points, another one each day.
func TestFailPoints(t *testing.T) {
	line := reports.Begin(t, "fail-points")
	troupes := 1
	if reports.Soak() {
		troupes = 2
	}
	todo := share(scenes, reports.Scale(shortScenes, len(scenes)))
	var mu sync.Mutex // guards all below and the line
	met := map[string]bool{}
	var ready []time.Duration
	for i := range troupes {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			s := newRig(t)
			for j := i; j < len(todo); j += troupes {
				for _, at := range todo[j].hits(reports.Scale(1, 3)) {
					s.play(todo[j], at)
					mu.Lock()
					met[todo[j].point], line.Runs = true, line.Runs+1
					mu.Unlock()
				}
			}
			mu.Lock()
			defer mu.Unlock()
			line.Violations += s.violations
			ready = append(ready, s.ready...)
		})
	}
	t.Cleanup(func() {
		line.Figure("points", fmt.Sprintf("%d/%d", len(met), len(failpoint.Points())))
		line.Figure("restart_to_ready_ms", quantiles(ready))
		if len(todo) < len(scenes) {
			line.Figure("scenes", names(todo))
		}
	})
}

// shortScenes is how many scenes the short form has time for.
const shortScenes = 16

// share takes a number of scenes, from a place that moves on each day, or that
// the seed in the environment says.
func share(all []scene, n int) []scene {
	day := uint64(time.Now().Unix() / (24 * 60 * 60))
	if os.Getenv(reports.EnvSeed) != "" {
		day = reports.Seed()
	}
	at := int(day * uint64(n) % uint64(len(all)))
	return slices.Concat(all[at:], all[:at])[:n]
}

func names(scenes []scene) string {
	var list []string
	for _, s := range scenes {
		list = append(list, s.String())
	}
	return strings.Join(list, " ")
}

// quantiles tells of many times, in milliseconds.
func quantiles(times []time.Duration) map[string]float64 {
	if len(times) == 0 {
		return nil
	}
	slices.Sort(times)
	at := func(share float64) float64 { return milliseconds(times[int(share*float64(len(times)-1))]) }
	return map[string]float64{"p50": at(0.5), "p95": at(0.95), "max": at(1)}
}

// rig is a network of four tiers on which scenes are played.
type rig struct {
	t          *testing.T
	n          *proctest.Network
	clerk      *clerk
	place      string // of a small disk on which the community is; empty: there is none
	image      string // file that it is made of
	draw       *rand.Rand
	violations int
	ready      []time.Duration // from the start of a process to its ready line, after a death
}

func newRig(t *testing.T) *rig {
	n := proctest.Found(t, faultyProgram(t, quick), proctest.Rows([]int{1}, 1))
	return &rig{t: t, n: n, clerk: clerksAt(n)[0], draw: rand.New(rand.NewPCG(reports.Seed(), 0))}
}

// play plays a scene in which the process dies when it reaches the point for
// the at-th time, and audits what is left.
func (s *rig) play(sc scene, at int) {
	start := time.Now()
	s.must(s.clerk.put(s.t.Context()))
	sc.how(s, sc, at)
	s.must(s.clerk.put(s.t.Context()))
	a, err := audit(s.t.Context(), s.n, []*clerk{s.clerk})
	if err != nil || a != (account{}) {
		s.violations++
		s.t.Errorf("%v@%d: got %+v, %v, want nothing lost, nothing twice and all clean", sc, at, a, err)
	}
	s.t.Logf("%v@%d: %v", sc, at, time.Since(start).Round(time.Millisecond))
}

func (s *rig) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// armed is the program that dies at a point.
func (s *rig) armed(sc scene, at int) *proctest.Program {
	return s.n.Program.With(fmt.Sprintf("%s=%s=%s@%d", failpoint.Env, sc.point, sc.action(), at))
}

// under has a tier served by another program until the returned function is
// called.
func under(tier *proctest.Tier, p *proctest.Program) func() {
	usual := tier.Program
	tier.Program = p
	return func() { tier.Program = usual }
}

// dead waits for the end of a tier's process, with something to do for it
// meanwhile, and wants it to have died at the point.
func (s *rig) dead(tier *proctest.Tier, sc scene, from int, work func(context.Context) string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	said := fmt.Sprintf("failpoint %s: %s", sc.point, sc.action())
	err := proctest.Until(ctx, time.Minute, func() string {
		if strings.Contains(tier.Log()[from:], said) && (sc.lives || tier.Process() == nil || tier.Process().Ended()) {
			return ""
		}
		return "alive: " + work(ctx)
	})
	if err != nil {
		s.t.Fatalf("%v: the process has not died there: %v", sc, err)
	}
	if sc.lives {
		tier.Stop()
	}
}

// again starts the tier as it usually is, and takes the time.
func (s *rig) again(tier *proctest.Tier) {
	s.t.Helper()
	start := time.Now()
	if err := startAgain(s.t.Context(), tier); err != nil {
		s.t.Fatalf("%s: start again: %v", tier.Unit.Name, err)
	}
	s.ready = append(s.ready, time.Since(start))
}
