package lies_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/test/report"
)

// TestLiesChangeNothing: what devices say that they may not moves, hides, reveals
// and alters nothing of what others hold, at any tier, after any step of a story,
// before and after the city has judged it; nor does the city judge what is true
// otherwise.
func TestLiesChangeNothing(t *testing.T) {
	fewChecks(t)
	s := newSetting(t)
	rapid.Check(t, func(rt *rapid.T) {
		story := s.story(rt)
		honest, _ := s.play(story, false)
		told, wrong := s.play(story, true)
		for i := range honest {
			for at, want := range honest[i] {
				if diff := differences(want, told[i][at]); diff != "" {
					rt.Fatalf("%s answers otherwise after step %d:\n%s\n%s", tiers[at].name, i, diff, story)
				}
			}
		}
		if len(wrong) > 0 {
			rt.Fatalf("%s\n%s", strings.Join(slices.Compact(wrong), "\n"), story)
		}
	})
}

// checks is how many stories are told, unless -rapid.checks says: each takes a tenth
// of a second.
const checks = 25

func fewChecks(t *testing.T) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	_ = f.Value.Set(strconv.Itoa(report.Scale(checks, 2000)))
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
}

// play plays a story, with its lies or without, and returns what the tiers answer
// that a step has reached, at the end all of them; and what is shown under another
// unit than it may.
func (s *setting) play(of story, lies bool) (all []map[int]picture, wrong []string) {
	s.Helper()
	n := s.live(of.ranged)
	defer n.end()
	p := &painter{network: n, claims: of.claims, last: map[int]picture{}}
	for _, x := range of.steps {
		n.do(x, lies)
		got := map[int]picture{}
		if at, some := x.reaches(); some {
			got[at] = p.paint(at)
		}
		all = append(all, got)
	}
	p.ended = true
	got := map[int]picture{}
	for at := range tiers {
		got[at] = p.paint(at)
	}
	return append(all, got), p.wrong
}

// reaches is the tier that a step changes.
func (x step) reaches() (at int, some bool) {
	switch x.what {
	case "hand":
		return x.by.told, true
	case "carry":
		return x.to, true
	case "order", "revoke":
		return atCity, true
	}
	return 0, false
}

func (n *network) do(x step, lies bool) {
	n.Helper()
	switch x.what {
	case "say":
		if lies || !x.saying.lie {
			n.say(x.saying)
		}
	case "order":
		n.order(x.saying)
	case "hand":
		n.hand(x.by)
	case "carry":
		n.carry(x.from, x.to)
	case "revoke":
		n.revoke(x.by)
	}
}

// differences lists the answers that differ.
func differences(want, got picture) string {
	var out strings.Builder
	names := maps.Clone(want)
	maps.Copy(names, got)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if want[name] != got[name] {
			fmt.Fprintf(&out, "%s\nwithout the lies: %s\nwith them: %s\n", name, want[name], got[name])
		}
	}
	return out.String()
}

// String is the story, a step a line.
func (s story) String() string {
	var out strings.Builder
	for i, x := range s.steps {
		fmt.Fprintf(&out, "%d %s\n", i, x)
	}
	return out.String()
}
