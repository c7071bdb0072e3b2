package doctor

import (
	"context"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/node/replica"
)

// Clocks that differ by more than slow are told; by more than far, days are wrong.
const (
	slow = 30 * time.Second
	far  = 24 * time.Hour
)

// clock says whether the clock here is right, as far as others were asked.
func clock(_ context.Context, f *facts) []Finding {
	if f.status == nil || f.status.Clock.Compared == 0 {
		return one(ok(say("it was compared with nobody's so far")))
	}
	c := f.status.Clock
	off := time.Duration(c.Offset) * time.Millisecond
	ago := span(0)
	if !c.Measured.IsZero() {
		ago = span(max(f.Now().Sub(c.Measured), 0))
	}
	set := say("set the clock of this computer and let the system keep it (NTP)")
	switch what := say("%s, by %d of the %d clocks compared; measured %s ago", ahead(-off), c.Agree, c.Compared, ago); {
	case c.Verdict == string(replica.ClockWrong) && off.Abs() > far:
		return one(bad("", fault.Invalid, what, set))
	case c.Verdict == string(replica.ClockWrong):
		return one(warn(what, set))
	case c.Verdict == string(replica.ClockUndecided):
		return f.undecided(off, ago)
	case c.Behind > 0:
		return one(warn(say("%s before a time that the city has signed", span(time.Duration(c.Behind)*time.Millisecond)), set))
	}
	if above := time.Duration(f.status.ClockOffset) * time.Millisecond; above.Abs() > slow {
		return one(warn(say("%s, by the hub above; measured %s ago", ahead(-above), ago), set))
	}
	right := ok(say("right, by %d of the %d clocks compared; measured %s ago", c.Agree, c.Compared, ago))
	return append(one(right), f.others()...)
}

// maxOthers bounds the lines on clocks of others.
const maxOthers = 5

// others are the clocks of those linked to this one that are wrong.
func (f *facts) others() (found []Finding) {
	for _, o := range f.status.Clock.Off[:min(len(f.status.Clock.Off), maxOthers)] {
		found = append(found, warn(say("the clock of %s, device %s, is %s", o.Unit, string(o.Device), ahead(time.Duration(o.Offset)*time.Millisecond)), say("set it there")))
	}
	return found
}

// undecided are two clocks of which one is wrong.
func (f *facts) undecided(off time.Duration, ago Text) []Finding {
	what := say("%s by another's clock, and one of the two is wrong; measured %s ago", ahead(-off), ago)
	do := say("compare both computers with a watch, and set the one that is wrong")
	if off.Abs() > far {
		return one(bad("", fault.Invalid, what, do))
	}
	return one(warn(what, do))
}

// ahead is an offset for people.
func ahead(d time.Duration) Text {
	if d < 0 {
		return say("%s behind", span(d))
	}
	return say("%s ahead", span(d))
}

// certificateSoon is how long before its end a certificate that was not renewed is told:
// devices renew theirs weeks before.
const certificateSoon = 14 * 24 * time.Hour

// certificate says how long the device's right to links lasts.
func certificate(_ context.Context, f *facts) []Finding {
	cert, err := identity.CertificateOf(f.Dir)
	if err != nil {
		return one(failed("", err))
	}
	if f.status != nil && f.status.Certificate.Revoked {
		return one(bad("", fault.Denied, say("the city has revoked this device"), say("ask the city; to go on, join from a new directory with a new token")))
	}
	left := cert.NotAfter.Sub(f.Now())
	until := clockTime(cert.NotAfter)
	renews := say("see that the door port of a hub above is reached (the uplink below), and serve the directory: it is renewed by itself")
	if f.isRoot {
		renews = say("serve the directory: it is renewed by itself")
	}
	switch {
	case f.Now().Before(cert.NotBefore):
		return one(warn(say("it begins on %s only, by the clock of this computer", clockTime(cert.NotBefore)), say("set the clock of this computer")))
	case left <= 0:
		return one(bad("", fault.Denied, say("it has expired on %s", until), renews))
	case left < certificateSoon:
		return one(warn(say("%s left, until %s: it was not renewed in time", span(left), until), renews))
	}
	return one(ok(say("%s left, until %s", span(left), until)))
}
