package syncer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/test/sim"
	"tongbu/syncer"
)

// Machines of the small town that scripts speak of. A second line of the first
// community leads past the street.
var (
	machines    = []string{"city", "district-1", "street-1", "community-1", "community-2", "community-3"}
	hubs        = machines[:3]
	middle      = machines[1:3]
	communities = machines[3:]
)

// harmless are commands of any script; the times let messages go half their way.
var harmless = []func(*rapid.T) string{
	func(t *rapid.T) string {
		return "write " + one(t, communities) + fmt.Sprint(" ", rapid.IntRange(1, 8).Draw(t, "n"))
	},
	func(t *rapid.T) string { return "enter " + one(t, communities) },
	func(t *rapid.T) string { return "say " + one(t, hubs) + " " + one(t, communities) },
	func(t *rapid.T) string { return fmt.Sprint("millis ", rapid.IntRange(1, 400).Draw(t, "ms")) },
	func(t *rapid.T) string { return fmt.Sprint("seconds ", rapid.IntRange(1, 40).Draw(t, "s")) },
	func(t *rapid.T) string {
		return one(t, []string{"cut", "reset", "mend", "mend"}) + " " + one(t, machines[1:])
	},
	func(t *rapid.T) string { return "cut " + one(t, machines[1:]) + " " + one(t, []string{"up", "down"}) },
	func(t *rapid.T) string { return one(t, []string{"stop", "start", "start"}) + " " + one(t, machines) },
}

func one(t *rapid.T, of []string) string { return rapid.SampledFrom(of).Draw(t, "one") }

func harm(word string, of []string) func(*rapid.T) string {
	return func(t *rapid.T) string { return word + " " + one(t, of) }
}

// cloned writes apart from its original for a while.
func cloned(t *rapid.T) string {
	of := one(t, communities)
	return fmt.Sprintf("cut %s\nclone %s\nwrite %s 2\nwrite %s-clone 3", of, of, of, of)
}

// simulate plays drawn scripts; each ends with a network at rest, in which
// every invariant must hold; those of the sessions hold after each step. rapid makes a script that fails smaller.
func simulate(t *testing.T, harms ...func(*rapid.T) string) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		commands := append(append([]func(*rapid.T) string{}, harmless...), harms...)
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom(commands).Draw(t, "command")(t)
		}), 5, 60).Draw(rt, "script")
		script := "second community-1 district-1\n" + unique(lines) + "\nheal\nwrite community-1 1\nheal"
		seed := rapid.Uint64Range(1, 1<<40).Draw(rt, "seed")
		w, _, err := sim.Play(script, sim.Config{Seed: seed, Window: 3000, Stepped: func(s *syncer.Session) {
			if err := syncer.CheckInvariants(s); err != nil {
				rt.Fatalf("seed %d\n%s\n%v", seed, script, err)
			}
		}})
		if err != nil {
			rt.Fatalf("%v in\n%s", err, script)
		}
		for _, v := range w.Violations() {
			rt.Fatalf("seed %d\n%s\n%s", seed, script, v)
		}
	})
}

// unique leaves out what would clone a community twice.
func unique(lines []string) string {
	var kept []string
	seen := map[string]bool{}
	for _, line := range lines {
		if clone := strings.Contains(line, "clone "); !clone || !seen[line] {
			kept = append(kept, line)
			seen[line] = true
		}
	}
	return strings.Join(kept, "\n")
}

func TestCuts(t *testing.T)  { simulate(t) }
func TestWiped(t *testing.T) { simulate(t, harm("wipe", middle), harm("wipe", middle)) }

// TestRestored: a community gets an older disk.
func TestRestored(t *testing.T) { simulate(t, harm("backup", communities), harm("older", communities)) }
func TestCloned(t *testing.T)   { simulate(t, cloned) }

// TestBackups: hubs and the city are restored from backups.
func TestBackups(t *testing.T) { simulate(t, harm("backup", hubs), harm("restore", hubs)) }

// TestTrimmed: communities cut off what the city has recorded for long enough. Hubs are
// wiped, all is restored from backups, and communities are cloned and get older disks.
func TestTrimmed(t *testing.T) {
	trim := harm("trim", communities)
	simulate(t, trim, trim, trim, trim, harm("wipe", middle), harm("wipe", middle), harm("backup", machines), harm("older", communities), harm("restore", hubs), cloned)
}

// TestTrimmedAndWiped: the hubs between a community that has cut and the city lose all,
// while the line of one of them is down.
func TestTrimmedAndWiped(t *testing.T) {
	simulate(t, func(t *rapid.T) string {
		of := one(t, communities)
		lines := []string{"mend " + of, "write " + of + " 3", "seconds 40", "trim " + of, "write " + of + " 2", "cut " + one(t, middle), "wipe street-1", "wipe district-1",
			fmt.Sprint("seconds ", rapid.IntRange(0, 20).Draw(t, "seconds")), "write " + of + " 1", "mend district-1", "mend street-1"}
		return strings.Join(lines, "\n")
	})
}

// foreign has a community write what another one wrote.
func foreign(t *rapid.T) string {
	return "foreign " + one(t, communities) + " " + one(t, communities)
}

// taken has a community write records that another writes too, and is refused,
// before the city and all hubs lose what they had. Then the other comes first,
// and goes on.
func taken(t *rapid.T) string {
	a, b := one(t, communities), one(t, communities)
	lines := []string{"backup city", "write " + a + " 2", "seconds 9", "foreign " + b + " " + a + " 4", "seconds 9", "cut " + a,
		"wipe district-1", "wipe street-1", "restore city", fmt.Sprint("seconds ", rapid.IntRange(0, 20).Draw(t, "seconds")), "foreign " + b + " " + a + " 4", "mend " + a}
	if rapid.Bool().Draw(t, "stops") { // what was said to it comes later
		lines = slices.Insert(lines, 5, "stop "+b, "start "+b)
	}
	return strings.Join(lines, "\n")
}

// TestContested: communities write each other's records, while the city is
// restored from backups and judges again in another order.
func TestContested(t *testing.T) {
	simulate(t, foreign, foreign, taken, taken, taken, harm("poison", communities), harm("restore", machines[:1]))
}

func TestAllHarms(t *testing.T) {
	simulate(t, harm("wipe", middle), harm("backup", machines), harm("older", communities), harm("restore", hubs), cloned)
}
