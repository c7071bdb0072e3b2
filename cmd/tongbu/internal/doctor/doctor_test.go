package doctor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongbu/cmd/tongbu/internal/doctor"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/internal/words"
	"tongbu/node/nightly"
	"tongbu/node/operate"
	"tongbu/node/operate/service"
)

var now = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

// ran is how a job went so long ago.
func ran(d time.Duration, kind fault.Kind) nightly.Run {
	r := nightly.Run{Began: ago(d), OK: kind == fault.OK, Kind: kind.String(), Bytes: 5e6}
	if !r.OK {
		r.Message, r.Hint, r.Problems = "it failed", "mend it", 3
	}
	return r
}

func backedUp(last, good nightly.Run) nightly.Results {
	return nightly.Results{Backup: nightly.Entry{Last: last, Good: good}}
}

func checked(last nightly.Run) nightly.Results {
	return nightly.Results{Verify: nightly.Entry{Last: last}}
}

const hour, day = time.Hour, 24 * time.Hour

// TestChecks: what each check makes of what it finds, and that it says what to do where
// something is to be done.
func TestChecks(t *testing.T) {
	here := filepath.Join(t.TempDir(), "a.backup")
	if err := os.WriteFile(here, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := ran(hour, fault.OK)
	fresh.File = here
	lost := ran(hour, fault.OK)
	lost.File = filepath.Join(t.TempDir(), "gone.backup")
	clocks := func(c operate.Clock, above time.Duration) *operate.Status {
		c.Compared, c.Measured = 2, ago(hour)
		return &operate.Status{Clock: c, ClockOffset: above.Milliseconds()}
	}
	hubOf := func(program string) *operate.Status {
		return &operate.Status{Program: "v1.2.0", Parent: &operate.Parent{Program: program}}
	}
	root := doctor.Facts{Root: true, Hub: true}
	night := config.Config{NightlyVerify: "02:30"}
	with := func(f doctor.Facts, change func(*doctor.Facts)) doctor.Facts { change(&f); return f }
	status := func(st *operate.Status) doctor.Facts { return doctor.Facts{Hub: true, Served: true, Status: st} }
	tests := []struct {
		what, check string
		of          doctor.Facts
		want        doctor.State
		kind        fault.Kind
		says        string
	}{
		{"served by nobody", "process", doctor.Facts{}, doctor.Warn, 0, "no process serves the directory"},
		{"a service being started", "process", doctor.Facts{Service: doctor.Service{Name: "tongbu-a", State: "activating"}}, doctor.Warn, 0, "no process serves the directory"},
		{"a service that failed", "process", doctor.Facts{Service: doctor.Service{Name: "tongbu-a", State: service.Failed, Where: "see journalctl -u tongbu-a"}}, doctor.Bad, fault.Unavailable, "the service tongbu-a has failed"},
		{"a service that was stopped", "process", doctor.Facts{Service: doctor.Service{Name: "tongbu-a", State: service.Inactive}}, doctor.Bad, fault.Unavailable, "the service tongbu-a is stopped"},
		{"the journal at its limit", "disk", status(&operate.Status{Disk: operate.Disk{Refuses: "the journal has come to its limit"}}), doctor.Bad, fault.Full, "the journal has come to its limit"},

		{"nobody to compare with", "clock", status(&operate.Status{}), doctor.OK, 0, "compared with nobody's"},
		{"right", "clock", status(clocks(operate.Clock{Verdict: "right", Agree: 2}, time.Second)), doctor.OK, 0, "measured 60 minutes ago"},
		{"a minute slow", "clock", status(clocks(operate.Clock{Verdict: "right", Agree: 2}, time.Minute)), doctor.Warn, 0, "60 seconds behind, by the hub above"},
		{"an hour fast", "clock", status(clocks(operate.Clock{Verdict: "wrong", Offset: -hour.Milliseconds(), Agree: 2}, 0)), doctor.Warn, 0, "60 minutes ahead, by 2 of the 2 clocks"},
		{"days fast", "clock", status(clocks(operate.Clock{Verdict: "wrong", Offset: -(61 * day).Milliseconds(), Agree: 2}, 0)), doctor.Bad, fault.Invalid, "61 days ahead"},
		{"one of two", "clock", status(clocks(operate.Clock{Verdict: "undecided", Offset: (3 * day).Milliseconds()}, 0)), doctor.Bad, fault.Invalid, "3 days behind by another's clock"},
		{"one of two, a little", "clock", status(clocks(operate.Clock{Verdict: "undecided", Offset: hour.Milliseconds()}, 0)), doctor.Warn, 0, "60 minutes behind"},
		{"behind what is signed", "clock", status(clocks(operate.Clock{Verdict: "", Behind: hour.Milliseconds()}, 0)), doctor.Warn, 0, "before a time that the city has signed"},

		{"the same", "version", status(hubOf("v1.2.0")), doctor.OK, 0, "as at the hub above"},
		{"older", "version", status(hubOf("v1.10.0")), doctor.Warn, 0, "older than the v1.10.0"},
		{"newer", "version", status(hubOf("v1.1.9")), doctor.Warn, 0, "newer than the v1.1.9"},
		{"no release", "version", status(hubOf("development")), doctor.OK, 0, "the hub above runs development"},
		{"not said", "version", status(hubOf("")), doctor.OK, 0, "has not said"},

		{"none at the city", "backup", root, doctor.Bad, fault.NotFound, "no backup was ever made"},
		{"none at a street", "backup", doctor.Facts{Hub: true}, doctor.OK, 0, "none is needed here"},
		{"a fresh one", "backup", with(root, func(f *doctor.Facts) { f.Nights = backedUp(fresh, fresh) }), doctor.OK, 0, "60 minutes ago, 5.0 MB"},
		{"not where it was put", "backup", with(root, func(f *doctor.Facts) { f.Nights = backedUp(lost, lost) }), doctor.Warn, 0, "not where it was put"},
		{"two days old", "backup", with(root, func(f *doctor.Facts) { f.Nights = backedUp(ran(2*day, 0), ran(2*day, 0)) }), doctor.Warn, 0, "2 days old"},
		{"a week old", "backup", with(root, func(f *doctor.Facts) { f.Nights = backedUp(ran(7*day, 0), ran(7*day, 0)) }), doctor.Bad, fault.NotFound, "7 days old"},
		{"one failed", "backup", with(root, func(f *doctor.Facts) { f.Nights = backedUp(ran(hour, fault.Full), ran(25*hour, 0)) }), doctor.Warn, 0, "it failed; there is one of 25 hours ago"},
		{"all fail", "backup", with(root, func(f *doctor.Facts) { f.Nights = backedUp(ran(hour, fault.Full), ran(3*day, 0)) }), doctor.Bad, fault.Full, "it failed"},

		{"never", "verify", root, doctor.Warn, 0, "never verified"},
		{"clean", "verify", doctor.Facts{Nights: checked(ran(3*day, 0))}, doctor.OK, 0, "clean, 3 days ago"},
		{"long ago", "verify", doctor.Facts{Nights: checked(ran(60*day, 0))}, doctor.Warn, 0, "clean, 60 days ago"},
		{"a night missed", "verify", doctor.Facts{Config: night, Nights: checked(ran(3*day, 0))}, doctor.Warn, 0, "clean, 3 days ago"},
		{"problems", "verify", doctor.Facts{Nights: checked(ran(hour, fault.Damaged))}, doctor.Bad, fault.Damaged, "3 problems found"},
		{"it failed", "verify", doctor.Facts{Nights: checked(ran(hour, fault.Full))}, doctor.Warn, 0, "the last check failed"},

		{"follows", "view", status(&operate.Status{View: &operate.View{Applied: 9, Settled: true}}), doctor.OK, 0, "9 applied, 0 behind"},
		{"far behind", "view", status(&operate.Status{View: &operate.View{Applied: 9, Behind: 5000, Settled: true}}), doctor.Warn, 0, "5000 behind"},
		{"no indexes yet", "view", status(&operate.Status{View: &operate.View{}}), doctor.Warn, 0, "0 behind"},
		{"none", "view", status(&operate.Status{}), doctor.OK, 0, "keeps none"},
		{"of some time ago", "view", doctor.Facts{Hub: true, Status: &operate.Status{View: &operate.View{Settled: true}}, AsOf: now}, doctor.OK, 0, "as of 2026-11-29"},

		{"nothing waits", "records", status(&operate.Status{RefusalsTotal: 4}), doctor.OK, 0, "no conflicts"},
		{"conflicts", "records", status(&operate.Status{Conflicts: 2}), doctor.Warn, 0, "2 records are in conflict"},
		{"refusals", "records", status(&operate.Status{RefusalsOpen: 3}), doctor.Warn, 0, "3 changes are refused"},
		{"held", "records", status(&operate.Status{Own: operate.Own{Held: 1}}), doctor.Warn, 0, "1 changes are held"},

		{"a node", "ports", doctor.Facts{}, doctor.OK, 0, "only dials out"},
		{"no ports", "ports", doctor.Facts{Hub: true}, doctor.Bad, fault.Invalid, "needs listen and web"},
		{"no hub known", "uplink", doctor.Facts{}, doctor.Bad, fault.NotFound, "no hub above is known"},
		{"the city", "uplink", root, doctor.OK, 0, "nobody above"},
	}
	for _, test := range tests {
		t.Run(test.check+"/"+test.what, func(t *testing.T) {
			test.of.Now, test.of.Dir = now, t.TempDir()
			got := doctor.Check(t.Context(), test.check, test.of)
			if len(got) != 1 || got[0].State != test.want || got[0].Kind != test.kind || !strings.Contains(got[0].What.In(words.English), test.says) {
				t.Fatalf("got %s, want %s %s with %q", told(got), test.want, test.kind, test.says)
			}
			if do := got[0].Do.In(words.English); (do == "") != (test.want == doctor.OK) {
				t.Errorf("what to do: %q", do)
			}
			if zh := got[0].What.In(words.Chinese); zh == got[0].What.In(words.English) && test.what != "it failed" {
				t.Errorf("no Chinese of %q", zh)
			}
		})
	}
}

func told(found []doctor.Finding) string {
	raw, err := json.Marshal(found)
	return fmt.Sprint(string(raw), err)
}

// TestFirewallHints: each way in which there is no connection is told apart.
func TestFirewallHints(t *testing.T) {
	wrapped := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)}
	}
	tests := map[string]struct {
		err      error
		what, do string
	}{
		"refused":     {wrapped(syscall.ECONNREFUSED), "refused; the computer is there", "rejects the port"},
		"no route":    {wrapped(syscall.EHOSTUNREACH), "no route", "cable"},
		"no network":  {wrapped(syscall.ENETUNREACH), "no route", "cable"},
		"timed out":   {wrapped(syscall.ETIMEDOUT), "a firewall may drop", "both firewalls"},
		"no answer":   {context.DeadlineExceeded, "a firewall may drop", "both firewalls"},
		"no name":     {&net.DNSError{Err: "no such host", Name: "hub.example", IsNotFound: true}, "name is not found", "name server"},
		"a slow name": {&net.DNSError{Err: "timeout", Name: "hub.example", IsTimeout: true}, "name is not found", "name server"},
		"else":        {errors.New("strange"), "strange", "network"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := doctor.Unreached("hub.example:7440", test.err)
			if got.State != doctor.Bad || got.Kind != fault.Unavailable || !strings.Contains(got.What.In(words.English), test.what) || !strings.Contains(got.Do.In(words.English), test.do) {
				t.Errorf("got %s", told([]doctor.Finding{got}))
			}
		})
	}
}

// TestGravest: the exit code is that of the gravest finding, 0 while nothing is bad.
func TestGravest(t *testing.T) {
	if err := doctor.ReportOf().Err(); err != nil {
		t.Errorf("nothing is bad: %v", err)
	}
	tests := []struct {
		kinds []fault.Kind
		want  fault.Kind
	}{{[]fault.Kind{fault.NotFound, fault.Unavailable, fault.Damaged}, fault.Damaged}, {[]fault.Kind{fault.Unavailable, fault.Denied}, fault.Denied},
		{[]fault.Kind{fault.Internal, fault.Invalid}, fault.Invalid}, {[]fault.Kind{fault.Internal}, fault.Internal}}
	for _, test := range tests {
		if got := fault.Of(doctor.ReportOf(test.kinds...).Err()); got != test.want {
			t.Errorf("%v: got %v, want %v", test.kinds, got, test.want)
		}
	}
}

// TestNeverHangs: a check that does not return is told, and the others are there.
func TestNeverHangs(t *testing.T) {
	town := kit.MustTown(t)
	stuck := make(chan struct{})
	defer close(stuck)
	defer doctor.WithCheck("stuck", func(context.Context) { <-stuck })()
	limit := 200 * time.Millisecond
	begun := time.Now()
	report, err := doctor.Look(t.Context(), doctor.Options{Dir: town.MustJoin(t, kit.First), Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	last := report.Findings[len(report.Findings)-1]
	if last.Check != "stuck" || last.State != doctor.Bad || last.Kind != fault.Unavailable || len(report.Findings) < 12 {
		t.Errorf("got %s", told(report.Findings))
	}
}

// TestNoDirectory: what has not joined is no directory to look over.
func TestNoDirectory(t *testing.T) {
	_, err := doctor.Look(t.Context(), doctor.Options{Dir: t.TempDir()})
	if fault.Of(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
}
