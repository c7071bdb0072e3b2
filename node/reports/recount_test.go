package reports_test

import (
	"crypto/ed25519"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/report"
	"tongbu/internal/test/kit"
	long "tongbu/internal/test/report"
	"tongbu/node/reports"
)

// forged is a report with something else in it, signed by the first node's device.
func (w *world) forged(of *report.Signed, touch func(*report.Report)) *report.Signed {
	w.t.Helper()
	r := read(w.t, of)
	touch(r)
	r.By.Device = w.first.Keys.Device()
	s, err := report.Sign(r, w.first.Keys.Key())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// longest is the number of the stream in which the first node has said most.
func (w *world) longest(r *report.Report) (longest int) {
	for i, p := range r.Streams {
		if p.Stream.Device == w.first.Keys.Device() && p.Seq > 3 {
			return i
		}
	}
	w.t.Fatal("the report counts nothing of the first node")
	return 0
}

// TestResults: each result comes of what it says, and names it.
func TestResults(t *testing.T) {
	w := newWorld(t)
	w.family(w.first, 1)
	kit.MustPut(t, w.first, "placement", `{"id":"e1","person":"p1-0","on":"2026-12-03","line":"02"}`)
	w.sync()
	of := make1(t, w.city.Reports, reports.Order{Period: december})
	at := w.longest(read(t, of))
	stranger := change.Stream{Device: w.first.Keys.Device(), Incarnation: 9, Audience: kit.First.ID}
	for what, c := range map[string]struct {
		touch   func(*report.Report)
		want    report.Result
		figures int
	}{
		"as it is":           {func(*report.Report) {}, report.Equal, 0},
		"another hash":       {func(r *report.Report) { r.Streams[at].Hash = r.Digest }, report.History, 0},
		"no hash":            {func(r *report.Report) { r.Streams[at].Hash = "" }, report.History, 0},
		"another author":     {func(r *report.Report) { r.Streams[at].Author = kit.Second.ID }, report.History, 0},
		"within a batch":     {func(r *report.Report) { r.Streams[at].Seq-- }, report.History, 0},
		"before the first":   {func(r *report.Report) { r.Streams[at].Seq = 0 }, report.History, 0},
		"behind the last":    {func(r *report.Report) { r.Streams[at].Seq += 1000 }, report.Missing, 0},
		"at the largest":     {func(r *report.Report) { r.Streams[at].Seq = math.MaxUint64 }, report.Missing, 0},
		"an unknown stream":  {func(r *report.Report) { r.Streams[at].Name = stranger.String() }, report.Missing, 0},
		"another figure":     {func(r *report.Report) { r.Figures[0].Numerator++ }, report.Different, 1},
		"a figure too many":  {func(r *report.Report) { r.Figures = append(r.Figures, report.Figure{Indicator: "x"}) }, report.Different, 1},
		"a figure less":      {func(r *report.Report) { r.Figures = r.Figures[1:] }, report.Different, 1},
		"another digest":     {func(r *report.Report) { r.Digest = "" }, report.Different, 0},
		"other rules":        {func(r *report.Report) { r.Rules.Facts = 99; r.Figures[0].Numerator++ }, report.OtherRule, 1},
		"rules, same":        {func(r *report.Report) { r.Rules.Facts = 99 }, report.Equal, 0},
		"rules, rows differ": {func(r *report.Report) { r.Rules.Facts = 99; r.Digest = "" }, report.Equal, 0},
	} {
		s := w.forged(of, c.touch)
		out := recounts(t, w.city.Reports, s, c.want)
		if len(out.Figures) != c.figures {
			t.Errorf("%s: %d figures are named, want %d", what, len(out.Figures), c.figures)
		}
		if lost := c.want == report.History || c.want == report.Missing; lost != (len(out.Streams) == 1) || lost && out.Streams[0].Unit == "" {
			t.Errorf("%s: the streams named are %+v", what, out.Streams)
		} else if _, err := w.city.Reports.Diff(t.Context(), s, nil, clerk); lost == (err == nil) {
			t.Errorf("%s: diff gives %v", what, err)
		}
	}
}

// TestByRules: what other rules of the program or of the schema move is one difference of
// its own.
func TestByRules(t *testing.T) {
	w := newWorld(t)
	w.family(w.first, 1)
	w.sync()
	of := make1(t, w.city.Reports, reports.Order{Period: december})
	for what, older := range map[string]func(*report.Report){
		"of the program": func(r *report.Report) { r.Rules.Facts = 1 },
		"of the schema":  func(r *report.Report) { r.Rules.Schema = 7 },
	} {
		s := w.forged(of, func(r *report.Report) { older(r); r.Figures[0].Numerator += 5 })
		out := recounts(t, w.city.Reports, s, report.OtherRule)
		if p := out.Figures[0]; out.Was == out.Now || p.Was.Numerator != p.Now.Numerator+5 {
			t.Errorf("%s: got %+v, want both figures and both versions", what, out)
		}
		found := w.diff(w.city.Reports, s, nil)
		if len(found) != 1 || found[0].Class != report.ByRules || found[0].Figures[0].Numerator != -5 {
			t.Errorf("%s: got %+v, want -5 by the rules", what, found)
		}
	}
}

// TestDenied: a report counts for nothing that no device of the network has signed.
func TestDenied(t *testing.T) {
	w := newWorld(t)
	of := make1(t, w.city.Reports, reports.Order{Period: december})
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	r := read(t, of)
	r.By.Device = change.DeviceOf(key.Public().(ed25519.PublicKey))
	s, err := report.Sign(r, key)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.city.Reports.Recount(t.Context(), s)
	kit.WantKind(t, err, fault.Denied)
	_, err = w.city.Reports.Diff(t.Context(), s, nil, clerk)
	kit.WantKind(t, err, fault.Denied)
	_, err = w.city.Reports.Diff(t.Context(), of, s, clerk)
	kit.WantKind(t, err, fault.Denied)
}

// TestSigned: nothing that a device of the network signs ends the program.
func TestSigned(t *testing.T) {
	w := newWorld(t)
	w.family(w.first, 1)
	w.sync()
	of := make1(t, w.city.Reports, reports.Order{Period: december})
	rapid.Check(t, func(rt *rapid.T) {
		hostile := rapid.OneOf(rapid.Just(""), rapid.String(), rapid.SampledFrom([]string{"\x00\x1b[2J\u202e", kit.First.Code, string(kit.NotOfTown.ID), "9999-99-99", "2026-Q4", "2026-12-1"}))
		s := w.forged(of, func(r *report.Report) {
			for _, field := range []*string{&r.Kind, &r.Period, &r.From, &r.Day, &r.Unit.Code, (*string)(&r.Unit.ID), &r.Unit.Name, &r.By.Unit, &r.Digest, &r.Rules.Published, &r.Figures[0].Unit, &r.Figures[0].Indicator} {
				if rapid.IntRange(0, 9).Draw(rt, "whether") == 0 {
					*field = hostile.Draw(rt, "text")
				}
			}
			for i := range r.Streams {
				switch rapid.IntRange(0, 20).Draw(rt, "stream") {
				case 0:
					r.Streams[i].Seq = rapid.Uint64().Draw(rt, "seq")
				case 1:
					r.Streams[i].Name = hostile.Draw(rt, "name")
				case 2:
					r.Streams[i] = r.Streams[0]
				}
			}
			r.Streams = r.Streams[:rapid.IntRange(0, len(r.Streams)).Draw(rt, "streams")]
			r.Rules.Facts = rapid.Uint64Range(0, 4).Draw(rt, "rules")
		})
		if out, err := w.city.Reports.Recount(t.Context(), s); err == nil && out.Result == "" || err != nil && fault.Of(err) == fault.Internal {
			rt.Errorf("recount: %+v, %v", out, err)
		}
		if _, err := w.city.Reports.Diff(t.Context(), s, of, clerk); err != nil && fault.Of(err) == fault.Internal {
			rt.Errorf("diff: %v", err)
		}
		if _, err := w.city.Reports.Diff(t.Context(), of, s, clerk); err != nil && fault.Of(err) == fault.Internal {
			rt.Errorf("diff: %v", err)
		}
	})
}

// TestManyStreams: a report that names a million streams (here fewer, in the long form so many) which are not here is answered,
// each of them named.
func TestManyStreams(t *testing.T) {
	w := newWorld(t)
	of := make1(t, w.city.Reports, reports.Order{Period: december})
	many := long.Scale(50_000, 1_000_000)
	s := w.forged(of, func(r *report.Report) {
		for i := range many {
			in := change.Stream{Device: w.first.Keys.Device(), Incarnation: uint32(i + 100), Audience: kit.First.ID}
			r.Streams = append(r.Streams, report.Position{Name: in.String(), Author: kit.First.ID, Seq: 1})
			r.Figures = append(r.Figures, report.Figure{Unit: fmt.Sprint(i)})
		}
	})
	if out := recounts(t, w.city.Reports, s, report.Missing); len(out.Streams) != many {
		t.Errorf("%d streams are named, want %d", len(out.Streams), many)
	}
}
