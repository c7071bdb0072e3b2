package doctor

import (
	"context"
	"time"

	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/node/nightly"
	"tongbu/node/operate"
)

// Facts are what the checks of a test go by.
type Facts struct {
	Dir     string
	Now     time.Time
	Hub     bool
	Root    bool
	Served  bool
	Own     string // version of the program
	Config  config.Config
	Status  *operate.Status
	AsOf    time.Time
	Nights  nightly.Results
	Service Service
}

// Check makes the findings of one check.
func Check(ctx context.Context, name string, of Facts) []Finding {
	f := &facts{Options: Options{Dir: of.Dir, Program: of.Own, Now: func() time.Time { return of.Now }, Limit: usualLimit, Service: func() Service { return of.Service }},
		isHub: of.Hub, isRoot: of.Root, served: of.Served, config: of.Config, status: of.Status, asOf: of.AsOf, nights: of.Nights}
	for _, c := range checks {
		if c.name == name {
			return c.look(ctx, f)
		}
	}
	return nil
}

// Unreached says why there is no connection.
func Unreached(place string, err error) Finding { return unreached(place, err) }

// WithCheck adds a check while a test runs.
func WithCheck(name string, look func(context.Context)) (restore func()) {
	before := checks
	checks = append(append([]check{}, before...), check{name, func(ctx context.Context, _ *facts) []Finding { look(ctx); return nil }})
	return func() { checks = before }
}

// ReportOf is a report of findings of these kinds, all bad.
func ReportOf(kinds ...fault.Kind) *Report {
	r := &Report{}
	for _, k := range kinds {
		r.Findings = append(r.Findings, bad(k.String(), k, say("x"), Text{}))
	}
	return r
}
