package ranking_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/ranking"
	"tongbu/internal/rulepack"
)

// plain are the rules of the program, changed.
func plain(change func(*rulepack.Best)) *rulepack.Best {
	best := rulepack.Plain().Best
	if change != nil {
		change(&best)
	}
	return &best
}

// alike is a community like all others, changed.
func alike(code string, change func(*ranking.Community)) ranking.Community {
	c := ranking.Community{Code: code, Jobs: 10, Labour: 100, Network: ranking.Network{NextDay: 5, Events: 10, GoodDays: 100, Days: 200, Rejected: 1, Received: 10},
		Placed: 1, Referred: 2, Clear: 1, Asked: 2, Kept: 1, Ended: 2, Employed: 90}
	if change != nil {
		change(&c)
	}
	return c
}

// form is a ranking in short: rank, code, points, and the scores of the four criteria.
func form(all []ranking.Ranked) string {
	var b strings.Builder
	for _, r := range all {
		if r.Rank == 0 {
			fmt.Fprintf(&b, "- %s %v\n", r.Code, r.Overdue)
			continue
		}
		fmt.Fprintf(&b, "%d %s %s", r.Rank, r.Code, r.Total.FloatString(2))
		for _, s := range r.Scores {
			if s == nil {
				fmt.Fprint(&b, " -")
				continue
			}
			fmt.Fprint(&b, " ", s.FloatString(0))
		}
		if r.Wins {
			fmt.Fprint(&b, " wins")
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

func TestRank(t *testing.T) {
	jobs := func(n int64) func(*ranking.Community) { return func(c *ranking.Community) { c.Jobs = n } }
	for name, c := range map[string]struct {
		best *rulepack.Best
		all  []ranking.Community
		want string
	}{
		"one alone":           {plain(nil), []ranking.Community{alike("1", nil)}, "1 1 100.00 100 100 100 100 wins\n"},
		"all alike, by codes": {plain(nil), []ranking.Community{alike("2", nil), alike("1", nil)}, "1 1 100.00 100 100 100 100 wins\n1 2 100.00 100 100 100 100 wins\n"},
		"by jobs": {plain(nil), []ranking.Community{alike("1", jobs(1)), alike("2", jobs(3)), alike("3", jobs(2))},
			"1 2 100.00 100 100 100 100 wins\n2 3 87.50 50 100 100 100 wins\n3 1 75.00 0 100 100 100 wins\n"},
		"equal values, equal ranks": {plain(nil), []ranking.Community{alike("1", jobs(1)), alike("2", jobs(3)), alike("3", jobs(3))},
			"1 2 100.00 100 100 100 100 wins\n1 3 100.00 100 100 100 100 wins\n3 1 75.00 0 100 100 100 wins\n"},
		"a tie by the last criterion": {plain(nil), []ranking.Community{alike("1", func(c *ranking.Community) { c.Jobs = 20 }), alike("2", func(c *ranking.Community) { c.Employed = 95 })},
			"1 2 75.00 0 100 100 100 wins\n1 1 75.00 100 100 100 0 wins\n"},
		"weights": {plain(func(b *rulepack.Best) { b.Jobs, b.Network, b.Service, b.Employment = 3, 0, 0, 1 }), []ranking.Community{alike("1", func(c *ranking.Community) { c.Jobs = 20 }), alike("2", func(c *ranking.Community) { c.Employed = 95 })},
			"1 1 75.00 100 100 100 0 wins\n2 2 25.00 0 100 100 100 wins\n"},
		"excluded": {plain(nil), []ranking.Community{alike("1", func(c *ranking.Community) { c.Overdue = []string{"dynamic_zero/all"} }), alike("2", jobs(1)), alike("3", jobs(2))},
			"1 3 100.00 100 100 100 100 wins\n2 2 75.00 0 100 100 100 wins\n- 1 [dynamic_zero/all]\n"},
		"nothing excludes": {plain(func(b *rulepack.Best) { b.OverdueExcludes = false }), []ranking.Community{alike("1", func(c *ranking.Community) { c.Overdue = []string{"x"} }), alike("2", jobs(1))},
			"1 1 100.00 100 100 100 100 wins\n2 2 75.00 0 100 100 100 wins\n"},
		"no value comes last": {plain(nil), []ranking.Community{alike("1", func(c *ranking.Community) { c.Labour = 0 }), alike("2", func(c *ranking.Community) { c.Labour = 0 }), alike("3", jobs(0))},
			"1 3 100.00 100 100 100 100 wins\n2 1 50.00 - 100 100 - wins\n2 2 50.00 - 100 100 - wins\n"},
		"the worst of those with a value too": {plain(nil), []ranking.Community{alike("1", func(c *ranking.Community) { c.Labour = 0 }), alike("2", jobs(0)), alike("3", jobs(1))},
			"1 3 100.00 100 100 100 100 wins\n2 2 87.50 50 100 100 100 wins\n3 1 50.00 - 100 100 - wins\n"},
		"one wins, and who ties with it": {plain(func(b *rulepack.Best) { b.Winners = 1 }), []ranking.Community{alike("1", nil), alike("2", nil), alike("3", jobs(0))},
			"1 1 100.00 100 100 100 100 wins\n1 2 100.00 100 100 100 100 wins\n3 3 75.00 0 100 100 100\n"},
	} {
		if got := form(ranking.Rank(c.best, c.all)); got != c.want {
			t.Errorf("%s:\n%s", name, cmp.Diff(c.want, got))
		}
	}
}

// TestValues: what the two criteria of shares come to; a share of nothing is left out.
func TestValues(t *testing.T) {
	for name, c := range map[string]struct {
		change           func(*ranking.Community)
		network, service string
	}{
		"all shares":    {nil, "0.6200", "0.5000"}, // 0.4 of a half, 0.3 of a half, 0.3 of 9 of 10
		"no events":     {func(c *ranking.Community) { c.Network.NextDay, c.Network.Events = 0, 0 }, "0.7000", "0.5000"},
		"no referrals":  {func(c *ranking.Community) { c.Placed, c.Referred, c.Clear = 0, 0, 2 }, "0.6200", "0.8000"},
		"nothing asked": {func(c *ranking.Community) { c.Referred, c.Asked, c.Ended, c.Network = 0, 0, 0, ranking.Network{} }, "none", "none"},
	} {
		r := ranking.Rank(plain(nil), []ranking.Community{alike("1", c.change)})[0]
		text := func(i int) string {
			if r.Values[i] == nil {
				return "none"
			}
			return r.Values[i].FloatString(4)
		}
		if text(ranking.InStep) != c.network || text(ranking.Service) != c.service || text(ranking.Jobs) != "100.0000" || text(ranking.Employment) != "0.9000" {
			t.Errorf("%s: got %s, %s, %s, %s", name, text(ranking.Jobs), text(ranking.InStep), text(ranking.Service), text(ranking.Employment))
		}
	}
}

// TestNetwork: by which day events came, and on which days nothing was outstanding.
func TestNetwork(t *testing.T) {
	event := func(seq uint64, day string) ranking.Change {
		return ranking.Change{Seq: seq, Day: day, Event: true, Counted: true}
	}
	days := []string{"2026-01-05", "2026-01-06", "2026-01-07"}
	for name, c := range map[string]struct {
		streams []ranking.Stream
		want    ranking.Network
	}{
		"never joined":            {nil, ranking.Network{}},
		"joined later":            {[]ranking.Stream{{[]ranking.Change{event(1, "2026-01-06")}, []ranking.Word{{1, "2026-01-06"}}}}, ranking.Network{NextDay: 1, Events: 1, GoodDays: 2, Days: 2, Received: 1}},
		"on the day":              {[]ranking.Stream{{[]ranking.Change{event(1, "2026-01-05")}, []ranking.Word{{1, "2026-01-05"}}}}, ranking.Network{NextDay: 1, Events: 1, GoodDays: 3, Days: 3, Received: 1}},
		"by the day after":        {[]ranking.Stream{{[]ranking.Change{event(1, "2026-01-05")}, []ranking.Word{{1, "2026-01-06"}}}}, ranking.Network{NextDay: 1, Events: 1, GoodDays: 2, Days: 3, Received: 1}},
		"two days later":          {[]ranking.Stream{{[]ranking.Change{event(1, "2026-01-05")}, []ranking.Word{{1, "2026-01-07"}}}}, ranking.Network{Events: 1, GoodDays: 1, Days: 3, Received: 1}},
		"not yet":                 {[]ranking.Stream{{[]ranking.Change{event(1, "2026-01-05")}, nil}}, ranking.Network{Events: 1, Days: 3}},
		"not judged yet":          {[]ranking.Stream{{[]ranking.Change{event(1, "2026-01-07")}, nil}}, ranking.Network{Days: 1}},
		"some of it came":         {[]ranking.Stream{{[]ranking.Change{event(1, "2026-01-05"), event(2, "2026-01-05")}, []ranking.Word{{1, "2026-01-05"}, {2, "2026-01-07"}}}}, ranking.Network{NextDay: 1, Events: 2, GoodDays: 2, Days: 3, Received: 2}},
		"of two devices":          {[]ranking.Stream{{[]ranking.Change{event(1, "2026-01-05")}, []ranking.Word{{1, "2026-01-05"}}}, {[]ranking.Change{event(1, "2026-01-06")}, []ranking.Word{{1, "2026-01-07"}}}}, ranking.Network{NextDay: 2, Events: 2, GoodDays: 2, Days: 3, Received: 2}},
		"of the year before":      {[]ranking.Stream{{[]ranking.Change{event(1, "2025-12-31")}, []ranking.Word{{1, "2026-01-05"}}}}, ranking.Network{GoodDays: 3, Days: 3, Received: 1}},
		"no event":                {[]ranking.Stream{{[]ranking.Change{{Seq: 1, Day: "2026-01-05", Counted: true, Rejected: true}}, []ranking.Word{{1, "2026-01-05"}}}}, ranking.Network{GoodDays: 3, Days: 3, Rejected: 1, Received: 1}},
		"what the program writes": {[]ranking.Stream{{[]ranking.Change{{Seq: 1, Day: "2026-01-05"}}, []ranking.Word{{1, "2026-01-06"}}}}, ranking.Network{GoodDays: 2, Days: 3}},
		"a clock that is fast":    {[]ranking.Stream{{[]ranking.Change{event(1, "2026-06-05")}, []ranking.Word{{1, "2026-01-05"}}}}, ranking.Network{NextDay: 1, Events: 1, GoodDays: 3, Days: 3, Received: 1}},
	} {
		if got := ranking.NetworkOf("2026", c.streams, days, "2026-01-08"); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

// TestOrderChangesNothing: communities, changes, words and streams in any order rank the
// same; a code decides nothing but the place of those who tie.
func TestOrderChangesNothing(t *testing.T) {
	seed := rand.Uint64()
	draw := rand.New(rand.NewPCG(seed, 2))
	for range 300 {
		var all []ranking.Community
		for i := range 2 + draw.IntN(8) {
			small := func() int64 { return int64(draw.IntN(4)) }
			all = append(all, alike(fmt.Sprint("c", i), func(c *ranking.Community) {
				c.Jobs, c.Labour, c.Referred, c.Placed, c.Network.Events, c.Network.NextDay = small(), small(), 3, small(), 3, small()
				c.Employed = min(small(), c.Labour)
				if draw.IntN(5) == 0 {
					c.Overdue = []string{"overdue/dual"}
				}
			}))
		}
		best := plain(func(b *rulepack.Best) { b.Jobs, b.Winners = draw.IntN(50), 1+draw.IntN(3) })
		want := form(ranking.Rank(best, all))
		draw.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if got := form(ranking.Rank(best, all)); got != want {
			t.Fatalf("seed %d:\n%s", seed, cmp.Diff(want, got))
		}
		var streams []ranking.Stream
		days := []string{"2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"}
		for range 1 + draw.IntN(3) {
			var s ranking.Stream
			for seq := range uint64(draw.IntN(6)) {
				s.Changes = append(s.Changes, ranking.Change{Seq: seq + 1, Day: days[draw.IntN(4)], Event: draw.IntN(2) == 0, Counted: true, Rejected: draw.IntN(3) == 0})
			}
			for _, day := range days {
				if draw.IntN(2) == 0 {
					s.Words = append(s.Words, ranking.Word{Seq: uint64(draw.IntN(6)), On: day})
				}
			}
			streams = append(streams, s)
		}
		before := ranking.NetworkOf("2026", streams, days, "2026-01-05")
		for _, s := range streams {
			draw.Shuffle(len(s.Changes), func(i, j int) { s.Changes[i], s.Changes[j] = s.Changes[j], s.Changes[i] })
			draw.Shuffle(len(s.Words), func(i, j int) { s.Words[i], s.Words[j] = s.Words[j], s.Words[i] })
		}
		draw.Shuffle(len(streams), func(i, j int) { streams[i], streams[j] = streams[j], streams[i] })
		if after := ranking.NetworkOf("2026", streams, days, "2026-01-05"); after != before {
			t.Fatalf("seed %d: %+v, then %+v", seed, before, after)
		}
	}
}
