package rows

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"tongbu/bench/program"
	"tongbu/bench/table"
	"tongbu/bench/town"
)

const password = "Xq7-lamp-42"

// enrol makes the head's account in a first run of the program.
func (s *station) enrol(ctx context.Context) error {
	p, err := s.open(ctx)
	if err != nil {
		return err
	}
	form := url.Values{"login": {"head"}, "name": {"沈站长"}, "password": {password}, "again": {password}}
	if _, err := s.ask(ctx, visit{path: "/first", form: form, status: http.StatusSeeOther}); err != nil {
		return err
	}
	return p.Stop()
}

func (b *browser) signIn(ctx context.Context) error {
	form := url.Values{"login": {"head"}, "password": {password}, "back": {"/"}}
	_, err := b.ask(ctx, visit{path: "/signin", form: form, status: http.StatusSeeOther})
	return err
}

// group are pages of one kind: the worst of them stands for it.
type group struct {
	name  string
	bar   float64
	whole bool // until the last byte; else until the first
	pages []visit
}

func search(path, text string) visit {
	return visit{name: "POST " + path, path: path, form: url.Values{"q": {text}}}
}

// groups are all kinds of pages, those of records of somebody else each time.
func (s *station) groups(r *rand.Rand) []group {
	some := func(of []string) string { return of[r.IntN(len(of))] }
	person, home := some(s.people), some(s.homes)
	get := func(paths ...string) (all []visit) {
		for _, path := range paths {
			all = append(all, visit{name: path, path: path})
		}
		return all
	}
	named := func(name, path string) visit { return visit{name: name, path: path} }
	var plain, ordered, filtered, printed []visit
	for n := 1; n <= 5; n++ {
		base := fmt.Sprintf("/ledger/%d", n)
		plain = append(plain, get(base, base+"?page=2")...)
		printed = append(printed, get(base+"/print")...)
	}
	for n, by := range []string{"name", "employer_name", "name", "name", "state_on"} {
		ordered = append(ordered, get(fmt.Sprintf("/ledger/%d?by=%s", n+1, by), fmt.Sprintf("/ledger/%d?by=%s&down=1&page=3", n+1, by))...)
	}
	filtered = get("/ledger/1?lasts=1", "/ledger/1?older=1&lasts=1", "/ledger/1?silent=1", "/ledger/1?year=2025", "/ledger/2?source=01", "/ledger/3?stable=1", "/ledger/4?year=2025", "/ledger/5?insurance=11&state=1")
	initials := []string{"wm", "zhang", "lx", "chen", "lm"}
	return []group{
		{"today", firstByteBar, false, get("/", "/recent")},
		{"the page of a search", firstByteBar, false, get("/search", "/counter")},
		{"a search by name", searchBar, true, []visit{search("/search", some(s.names)), search("/counter", some(s.names))}},
		{"a search by initials", searchBar, true, []visit{search("/search", some(initials)), search("/counter", some(initials))}},
		{"a search by ID number", searchBar, true, []visit{search("/search", some(s.numbers)), search("/counter", some(s.numbers))}},
		{"a card", firstByteBar, false, []visit{named("/person", "/person/"+person), named("/household", "/household/"+home), named("/counter/person", "/counter/"+person), named("/record/person", "/record/person/"+person)}},
		{"a form", firstByteBar, false, []visit{named("/household/new", "/household/new"), named("/household/edit", "/household/"+home+"/edit"), named("/person/edit", "/person/"+person+"/edit"), named("/new/unemployment", "/new/unemployment?of="+person), named("/new/placement", "/new/placement?of="+person), named("/new/vacancy", "/new/vacancy")}},
		{"households", firstByteBar, false, get("/households", "/households?order=name&page=3", "/households?order=address")},
		{"a ledger", firstByteBar, false, plain},
		{"a ledger in another order", firstByteBar, false, ordered},
		{"a ledger with a filter", firstByteBar, false, filtered},
		{"a printed ledger", firstByteBar, false, printed},
		{"a list", firstByteBar, false, get("/lists", "/list/person", "/list/person?by=birth_date&down=1", "/list/person?status=9", "/list/household", "/list/unemployment", "/list/vacancy", "/list/person_facts", "/list/household_facts")},
		{"what waits for people", firstByteBar, false, get("/decide", "/decide/check", s.failing, "/drafts")},
		{"import and export", firstByteBar, false, get("/import", "/export", "/stick")},
		{"the station", firstByteBar, false, get("/notices", "/archive", "/settings", "/head", "/password")},
		{"the residents' screen", firstByteBar, false, get("/screen")},
		{"the line bar", firstByteBar, false, get("/line")},
	}
}

var failingPath = regexp.MustCompile(`href="(/decide/check/[^"]+)"`)

// look finds the list of a rule, and has all that is made once made.
func (s *station) look(ctx context.Context) error {
	a, err := s.ask(ctx, visit{path: "/decide/check?refresh=1"})
	if err != nil {
		return err
	}
	s.failing = "/decide/check"
	if m := failingPath.FindStringSubmatch(a.body); m != nil {
		s.failing = m[1]
	}
	return nil
}

// asked is what the visits of one page took.
type asked struct {
	name   string
	times  []time.Duration
	worked time.Duration // of the processor, all together
	html   int           // bytes of the largest, compressed
	raw    int           // and uncompressed
	weight int           // of a first visit, at most
}

// visits asks for every page many times, one after another.
func (s *station) visits(ctx context.Context, p *program.Process) (entries []table.Entry, err error) {
	if err := s.signIn(ctx); err != nil {
		return nil, err
	}
	if err := s.look(ctx); err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(1, 2))
	n := s.e.size(5, 60, 100)
	var heaviest, largest asked
	for at, g := range s.groups(r) {
		var worst asked
		for i := range g.pages {
			one, err := s.visited(ctx, p, func() (visit, bool) { g := s.groups(r)[at]; return g.pages[i], g.whole }, n)
			if err != nil {
				return nil, err
			}
			s.e.Say("pages: %-45s p50 %6.1f ms  p99 %6.1f ms  processor %6.1f ms  HTML %5.1f KB, %6.1f KB unpacked", one.name, table.Percentile(one.times, 0.5), table.Percentile(one.times, 0.99),
				float64(one.worked.Microseconds())/1e3/float64(n), float64(one.html)/1e3, float64(one.raw)/1e3)
			if worst.times == nil || table.Percentile(one.times, 0.99) > table.Percentile(worst.times, 0.99) {
				worst = one
			}
			if one.weight > heaviest.weight {
				heaviest = one
			}
			if one.html > largest.html {
				largest = one
			}
		}
		until := "first byte"
		if g.whole {
			until = "whole answer"
		}
		entries = append(entries, table.Told(g.name+": "+until+", p99 of the slowest", table.Percentile(worst.times, 0.99), "ms").AtMost(g.bar).
			With("%s of %d; median %s ms, processor %s ms", worst.name, len(g.pages), table.Number(table.Percentile(worst.times, 0.5)), table.Number(float64(worst.worked.Microseconds())/1e3/float64(n))))
	}
	return append(entries,
		table.Told("a first visit with all files, the heaviest page", float64(heaviest.weight)/1e3, "KB").AtMost(weightBar).With("%s", heaviest.name),
		table.Told("a page alone, the heaviest", float64(largest.html)/1e3, "KB").AtMost(weightBar).With("%s; %s KB unpacked", largest.name, table.Number(float64(largest.raw)/1e3))), nil
}

// visited asks for one page n times.
func (s *station) visited(ctx context.Context, p *program.Process, next func() (visit, bool), n int) (one asked, err error) {
	before, err := p.Worked()
	if err != nil {
		return one, err
	}
	var last reply
	for range n {
		v, whole := next()
		a, err := s.ask(ctx, v)
		if err != nil {
			return one, err
		}
		took := a.first
		if whole {
			took = a.whole
		}
		one.name, one.times = v.name, append(one.times, took)
		one.html, one.raw, last = max(one.html, a.bytes), max(one.raw, len(a.body)), a
	}
	after, err := p.Worked()
	if err != nil {
		return one, err
	}
	one.worked = after - before
	one.weight, err = s.firstVisit(ctx, last)
	return one, err
}

// saves sends households of four as a clerk types them: the form is opened, sent, and what
// is asked about accepted. What counts is the sending that saves, until the page that says
// so is there.
func (s *station) saves(ctx context.Context, p *program.Process) (entries []table.Entry, err error) {
	var times, accepted []time.Duration
	before, err := p.Worked()
	if err != nil {
		return nil, err
	}
	for _, f := range s.fresh {
		form, err := typed(s.Schema, f)
		if err != nil {
			return nil, err
		}
		took, again, err := s.save(ctx, form)
		if err != nil {
			return nil, err
		}
		times = append(times, took)
		if again > 0 {
			accepted = append(accepted, again)
		}
		if err := town.Pause(ctx, 20*time.Millisecond); err != nil {
			return nil, err
		}
	}
	after, err := p.Worked()
	if err != nil {
		return nil, err
	}
	row := table.Told("a household of four saved, from sending it to the page that says so, p99", table.Percentile(times, 0.99), "ms").AtMost(saveBar).
		With("median %s ms, processor %s ms with the opening of the form", table.Number(table.Percentile(times, 0.5)), table.Number(float64((after-before).Microseconds())/1e3/float64(len(times))))
	if len(accepted) > 0 {
		s.e.Say("pages: %d forms were asked about first: p99 %.1f ms", len(accepted), table.Percentile(accepted, 0.99))
	}
	return []table.Entry{row}, nil
}

func (s *station) save(ctx context.Context, form url.Values) (took, asked time.Duration, err error) {
	if _, err := s.ask(ctx, visit{path: "/household/new"}); err != nil {
		return 0, 0, err
	}
	v := visit{path: "/household/new", form: form, status: http.StatusSeeOther}
	start := time.Now()
	a, err := s.ask(ctx, v)
	if a.status == http.StatusUnprocessableEntity {
		asked = time.Since(start)
		for _, m := range hiddenFields.FindAllStringSubmatch(a.body, -1) {
			form.Add(m[1], m[2])
		}
		form.Set("act", "accept")
		start = time.Now()
		a, err = s.ask(ctx, v)
	}
	if err != nil {
		return 0, 0, err
	}
	_, err = s.ask(ctx, visit{path: a.to})
	return time.Since(start), asked, err
}

// hiddenFields are what a form that asks says of itself.
var hiddenFields = regexp.MustCompile(`<input type="hidden" name="(seen|draft|tab|revision)" value="([^"]*)">`)
