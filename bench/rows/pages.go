package rows

import (
	"context"
	"fmt"
	"time"

	"tongbu/bench/program"
	"tongbu/bench/table"
)

// Bars of the clerk's pages.
const (
	firstByteBar = 50  // ms, of any page
	searchBar    = 100 // ms, until the whole answer is there
	saveBar      = 150 // ms, from sending a household of four to the page that says it is saved
	weightBar    = 120 // KB, of a first visit and of any page
	memoryBar    = 64  // MB, the most that the program has taken
)

// Pages measures the pages of a workstation with 10,000 persons, as a browser asks for
// them: the program itself in a process of its own, its line down.
func Pages(ctx context.Context, e *Env) ([]table.Entry, error) {
	s, err := newStation(ctx, e, e.size(300, 3775, 3775))
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Remove() }()
	if err := s.enrol(ctx); err != nil {
		return nil, err
	}
	cold, err := s.cold(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Stop() }()
	entries, err := s.atWork(ctx, p)
	return append(cold, entries...), err
}

// atWork measures everything that one run of the program can tell.
func (s *station) atWork(ctx context.Context, p *program.Process) ([]table.Entry, error) {
	start, err := p.Peak()
	if err != nil {
		return nil, err
	}
	rested, err := p.Settled(ctx, s.e.size(8, 60, 60)) // half a minute: what pages stand on is made by then
	if err != nil {
		return nil, err
	}
	if err := p.ForgetPeak(); err != nil {
		return nil, err
	}
	entries, err := s.visits(ctx, p)
	if err != nil {
		return nil, err
	}
	saved, err := s.saves(ctx, p)
	if err != nil {
		return nil, err
	}
	busy, err := s.tabs(ctx, p)
	if err != nil {
		return nil, err
	}
	peak, err := p.Peak()
	if err != nil {
		return nil, err
	}
	after, err := p.Settled(ctx, 8)
	if err != nil {
		return nil, err
	}
	return append(append(entries, saved...),
		table.Told("the most memory until it serves", start/1e6, "MB").With("pages of the journal and of the program that a start reads"),
		table.Told("memory of a node with pages, least in the half minute after its start", rested/1e6, "MB").With("%d persons", len(s.people)),
		table.Told("memory with a browser at work", busy.whole/1e6, "MB").AtMost(memoryBar).With("the most of many looks while %d tabs ask for pages and more people sign in", tabsAtOnce),
		table.Told("of it, the program's own, at most", busy.anonymous/1e6, "MB"),
		table.Told("of it, pages of the journal and of the program, at most", busy.files/1e6, "MB"),
		table.Told("the most memory from then on, all visits and sign-ins together", peak/1e6, "MB").AtMost(memoryBar),
		table.Told("memory afterwards, at rest", after/1e6, "MB")), nil
}

// firsts are asked for as the first page after a start.
var firsts = []struct{ name, path string }{
	{"today", "/"}, {"a search", "/search?q="}, {"households", "/households"}, {"ledger 1", "/ledger/1"}, {"persons", "/list/person"}, {"what is to be checked", "/decide/check"},
}

// cold asks for one page each time the program has started, as soon as somebody has
// signed in.
func (s *station) cold(ctx context.Context) (entries []table.Entry, err error) {
	for _, f := range firsts {
		var times []time.Duration
		for range s.e.tries() {
			took, err := s.first(ctx, f.path)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.path, err)
			}
			times = append(times, took)
		}
		entries = append(entries, table.Told("asked for at once after a start: "+f.name, table.Percentile(times, 0.5), "ms"))
	}
	return entries, nil
}

func (s *station) first(ctx context.Context, path string) (time.Duration, error) {
	p, err := s.open(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = p.Stop() }()
	if err := s.signIn(ctx); err != nil {
		return 0, err
	}
	got, err := s.ask(ctx, visit{path: path})
	return got.first, err
}
