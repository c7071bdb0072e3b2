package main

import (
	"cmp"
	"strings"
	"time"

	"tongbu/internal/words"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// statusText says in a language what a status tells people.
type statusText struct{ words.Language }

// clockLines say whose clock is wrong, and what to do.
func (t statusText) clockLines(st *operate.Status) (lines []string) {
	c := st.Clock
	switch {
	case c.Verdict == string(replica.ClockWrong):
		lines = append(lines, t.Say("this computer's clock is %s, by %d of the %d clocks compared: set it", t.apart(-c.Offset), c.Agree, c.Compared))
	case c.Behind > 0 && c.Verdict != string(replica.ClockRight):
		lines = append(lines, t.Say("this computer's clock is %s before a time that the city has signed: set it, unless the city's was ahead", t.span(c.Behind)))
	}
	for i, other := range c.Off {
		if i == maxClocks {
			return append(lines, t.Say("%d others are off as well", len(c.Off)-i))
		}
		who := t.Say("%s device %s", other.Unit, other.Device)
		if other.Parent {
			who = t.Say("the hub above, %s", who)
		}
		if c.Verdict == string(replica.ClockUndecided) {
			lines = append(lines, t.Say("this computer's clock is %s, by that of %s: one of the two is wrong; compare both with a watch", t.apart(-other.Offset), who))
		} else if c.Verdict == string(replica.ClockWrong) {
			lines = append(lines, t.Say("that of %s is wrong too", who))
		} else {
			lines = append(lines, t.Say("that of %s is %s, the others agree with this one: set it there", who, t.apart(other.Offset)))
		}
	}
	return lines
}

// maxClocks bounds the lines on clocks of others.
const maxClocks = 10

// apart is an offset in milliseconds for people.
func (t statusText) apart(ms int64) string {
	if ms < 0 {
		return t.Say("%s behind", t.span(ms))
	}
	return t.Say("%s ahead", t.span(ms))
}

// span is a time in milliseconds, either way, for people.
func (t statusText) span(ms int64) string {
	d := (time.Duration(ms) * time.Millisecond).Abs().Round(time.Second)
	if days := d.Hours() / 24; days >= 2 {
		return t.Say("%.0f days", days)
	}
	return d.String()
}

func (t statusText) liveWord(o operate.Other) string {
	if o.Live {
		return t.Say(" (live)")
	}
	return ""
}

func (t statusText) childState(c operate.Child, served bool) string {
	switch {
	case c.Revoked:
		return t.Say("revoked")
	case !served:
		return t.Say("last heard %s", t.Line(shortTime(c.Heard)))
	case c.Connected:
		return t.Say("heard")
	case c.Heard.IsZero():
		return t.Say("never heard")
	}
	return t.Say("silent since %s", t.Line(shortTime(c.Heard)))
}

// progress is how far the changes of a device below have come, in numbers that add
// up.
func (t statusText) progress(p operate.Progress) string {
	text := t.Say("%d changes: %d recorded", p.Sent, p.Recorded)
	for _, part := range []struct {
		n    uint64
		what string
	}{{p.Refused, "refused"}, {p.Held, "held"}, {p.Waiting, "here, waiting for the city"}, {p.Coming, "on their way here"}} {
		if part.n > 0 {
			text += t.Say(", %d "+part.what, part.n)
		}
	}
	return text
}

// without says which changes have no effect.
func (t statusText) without(o operate.Own) string {
	text := ""
	for _, part := range []struct {
		n    uint64
		what string
	}{{o.Refused, "refused"}, {o.Held, "held"}} {
		if part.n > 0 {
			text += t.Say(", %d "+part.what, part.n)
		}
	}
	return text
}

func (t statusText) lineUp(p *operate.Parent) string {
	switch {
	case p.Connected && p.Program != "" && p.Program != version:
		return t.Say("connected to %s at %s, which runs version %s", p.Unit, p.Address, p.Program)
	case p.Connected:
		return t.Say("connected to %s at %s", p.Unit, p.Address)
	case p.Error != "":
		return t.Say("down, last heard %s: %s", t.Line(shortTime(p.LastSync)), t.Line(p.Error))
	}
	return t.Say("down, last heard %s", t.Line(shortTime(p.LastSync)))
}

// maxUnheard bounds the lines on who has not heard.
const maxUnheard = 10

// movedLines say where a hub is now and who below has not heard.
func (t statusText) movedLines(m *operate.Moved) (lines []string) {
	if m == nil {
		return nil
	}
	unheard := len(m.Unheard) + m.More
	if unheard == 0 {
		return []string{t.Say("at %s since %s; all below have heard", m.Address, t.Line(shortTime(m.Since)))}
	}
	lines = append(lines, t.Say("at %s since %s; %d below are not known to have heard", m.Address, t.Line(shortTime(m.Since)), unheard))
	for i, d := range m.Unheard {
		if i == maxUnheard {
			return append(lines, t.Say("and %d more; see status --json", unheard-i))
		}
		lines = append(lines, t.Say("not heard: %s device %s, itself last heard %s", d.Unit, d.Device, t.Line(shortTime(d.Heard))))
	}
	return lines
}

// unconfirmedLines name the accounts below that nobody above has confirmed.
func (t statusText) unconfirmedLines(st *operate.Status) (lines []string) {
	if st.UnconfirmedTotal == 0 {
		return nil
	}
	lines = append(lines, t.Say("%d accounts below that nobody above has confirmed", st.UnconfirmedTotal))
	for i, u := range st.Unconfirmed {
		if i == shownOf {
			return append(lines, t.Say("and %d more; see status --json", len(st.Unconfirmed)-i))
		}
		var heads []string
		for _, h := range u.Heads {
			if !h.Confirmed {
				heads = append(heads, h.Login+" "+h.Name)
			}
		}
		lines = append(lines, t.Say("%s %s: %d of %d, heads %s", u.Unit, u.Name, u.Unconfirmed, u.Accounts, cmp.Or(strings.Join(heads, ", "), "-")))
	}
	return lines
}

// nightLine is how a job of the night went, and when it is done next; "" of one that
// was never done and is not to be. cut: it is that of the journal.
func (t statusText) nightLine(j operate.NightJob, underWay, cut bool) string {
	text := ""
	switch last := j.Last; {
	case underWay:
		return t.Say("under way")
	case last.Kind == "" && j.At == "":
		return ""
	case last.Kind == "":
		text = t.Say("never done")
	case last.OK && last.File != "":
		text = t.Say("done %s, %.1f MB: %s", t.Line(shortTime(last.Began)), float64(last.Bytes)/1e6, last.File)
	case last.OK && cut:
		text = t.Say("done %s, %d changes", t.Line(shortTime(last.Began)), last.Changes)
	case last.OK:
		text = t.Say("clean %s", t.Line(shortTime(last.Began)))
	default:
		text = t.Say("failed %s: %s", t.Line(shortTime(last.Began)), t.Say("%s (%s)", t.Line(last.Message), t.Line(last.Hint)))
		if !j.Good.Began.IsZero() {
			text = t.Say("%s; the last that went well: %s", text, t.Line(shortTime(j.Good.Began)))
		}
	}
	if !j.Next.IsZero() {
		text = t.Say("%s; next %s", text, t.Line(shortTime(j.Next)))
	}
	return text
}

// certificateSoon is how long before its end a certificate is shown: devices renew
// theirs weeks before.
const certificateSoon = 14 * 24 * time.Hour

// certificateLine says of a right to links that it has ended, or soon will; "" while
// it is as it should be.
func (t statusText) certificateLine(c operate.Certificate, now time.Time) string {
	left := c.Until.Sub(now)
	switch {
	case c.Revoked:
		return t.Say("the city has revoked this device")
	case c.Until.IsZero() || left >= certificateSoon: // of an older process nothing is known
		return ""
	case left <= 0:
		return t.Say("it has expired on %s", shortTime(c.Until))
	}
	return t.Say("it ends on %s and was not renewed in time", shortTime(c.Until))
}
