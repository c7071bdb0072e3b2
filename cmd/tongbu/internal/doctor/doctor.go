// Package doctor looks over a directory for its operator: what is in order, what is not,
// and what to do about it. It asks the process that serves the directory; where none does,
// it reads files only, and opens nothing that a process about to start would want. It
// prints no keys, tokens or persons, and every look has an end.
package doctor

import (
	"context"
	"slices"
	"time"

	"tongbu/internal/config"
	"tongbu/internal/fault"
)

// Options of a look.
type Options struct {
	Dir     string
	Environ []string         // of the process: part of the configuration
	Program string           // version of this program
	Now     func() time.Time // nil: the system's
	Limit   time.Duration    // longest time of one check; 0: 10 s
	Service func() Service   // that is installed for the directory; nil: none is
}

// Service is one of the system's, as its manager says.
type Service struct {
	Name  string
	State string // as service.State has it; "" where no service is installed
	Where string // what to look at when it has failed
}

// usualLimit bounds a check: a disk of the network that is away lets nobody go.
const usualLimit = 10 * time.Second

// State is how grave a finding is.
type State string

// The states.
const (
	OK   State = "ok"
	Warn State = "warn" // it goes on; somebody should see to it
	Bad  State = "bad"  // it does not work, or something is about to be lost
)

// Finding is a line of the report.
type Finding struct {
	Check string
	State State
	Kind  fault.Kind // of what is bad
	What  Text
	Do    Text // zero: nothing
}

// Report is what was found, in the order of the checks.
type Report struct {
	Dir      string
	Served   bool      // a process serves the directory
	AsOf     time.Time // when what only a process knows was so; zero: nobody knows it
	Findings []Finding
}

// check is one of the things that are looked at.
type check struct {
	name string
	look func(context.Context, *facts) []Finding
}

var checks = []check{
	{"process", process}, {"key", key}, {"disk", disk}, {"journal", journal}, {"clock", clock}, {"certificate", certificate},
	{"ports", ports}, {"uplink", uplink}, {"version", version}, {"backup", backups}, {"verify", verified}, {"view", view}, {"records", waiting},
}

// Look looks at everything, at once. It returns NotFound for what is no directory that
// has joined, Unavailable when its disk does not answer.
func Look(ctx context.Context, o Options) (*Report, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Limit == 0 {
		o.Limit = usualLimit
	}
	f, err := known(ctx, o)
	if err != nil {
		return nil, err
	}
	r := &Report{Dir: o.Dir, Served: f.served, AsOf: f.asOf}
	if f.configErr != nil {
		r.Findings = append(r.Findings, failed("config", f.configErr))
	}
	late, end := context.WithTimeout(ctx, o.Limit+time.Second)
	defer end()
	results := make([]chan []Finding, len(checks))
	for i, c := range checks {
		results[i] = begin(func() []Finding {
			within, end := context.WithTimeout(late, o.Limit)
			defer end()
			return c.look(within, f)
		})
	}
	for i, c := range checks {
		found, ended := await(late, results[i])
		if !ended {
			found = one(bad("", fault.Unavailable, say("it came to no end within %s", o.Limit.String()), say("look whether a disk, or a directory of the network, does not answer")))
		}
		for _, f := range found {
			f.Check = c.name
			r.Findings = append(r.Findings, f)
		}
	}
	return r, fault.Wrap("look over the directory", ctx.Err())
}

// known gathers what the checks go by.
func known(ctx context.Context, o Options) (*facts, error) {
	type gathered struct {
		*facts
		err error
	}
	late, end := context.WithTimeout(ctx, o.Limit)
	defer end()
	f, ended := await(late, begin(func() gathered {
		f, err := gather(late, o)
		return gathered{f, err}
	}))
	if !ended {
		return nil, fault.New(fault.Unavailable, "the directory cannot be read within %s", o.Limit.String()).WithHint("look whether its disk answers")
	}
	return f.facts, f.err
}

// begin calls a function beside the caller. A call of the system that does not return,
// as on a disk of the network that is away, keeps its goroutine: it ends with the
// process, which ends after the report.
func begin[T any](fn func() T) chan T {
	result := make(chan T, 1)
	go func() { result <- fn() }()
	return result
}

// await returns the result, or false once the context has ended without one.
func await[T any](ctx context.Context, result chan T) (got T, ended bool) {
	select {
	case got = <-result:
		return got, true
	case <-ctx.Done():
	}
	select {
	case got = <-result: // both were ready
		return got, true
	default:
		return got, false
	}
}

// gravest is the order in which of several kinds one is the exit code.
var gravest = []fault.Kind{fault.Damaged, fault.Forked, fault.Denied, fault.Full, fault.Busy, fault.Unavailable, fault.NotFound, fault.Invalid}

// Err is what is bad, of the gravest kind; nil: nothing is.
func (r *Report) Err() error {
	var first *Finding
	n := 0
	rank := func(k fault.Kind) int {
		if i := slices.Index(gravest, k); i >= 0 {
			return i
		}
		return len(gravest)
	}
	for i, f := range r.Findings {
		if f.State != Bad {
			continue
		}
		if n++; first == nil || rank(f.Kind) < rank(first.Kind) {
			first = &r.Findings[i]
		}
	}
	if first == nil {
		return nil
	}
	return fault.New(first.Kind, "%d bad, the gravest: %s", n, first.Check).WithHint("do what is said beside each")
}

func ok(what Text) Finding       { return Finding{State: OK, What: what} }
func warn(what, do Text) Finding { return Finding{State: Warn, What: what, Do: do} }

func bad(check string, kind fault.Kind, what, do Text) Finding {
	if kind == fault.OK {
		kind = fault.Internal
	}
	return Finding{Check: check, State: Bad, Kind: kind, What: what, Do: do}
}

// failed is a finding of an error, with its hint.
func failed(check string, err error) Finding {
	return bad(check, fault.Of(err), line(oneLine(err.Error())), line(oneLine(fault.Hint(err))))
}

// one is a list of one finding.
func one(f Finding) []Finding { return []Finding{f} }

// settings is the configuration, or the defaults where it cannot be read.
func settings(o Options) (config.Config, error) {
	c, err := config.Load(o.Dir, o.Environ)
	if err != nil {
		return config.Config{}, err
	}
	return c, nil
}
