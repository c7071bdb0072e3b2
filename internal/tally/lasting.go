package tally

import "time"

// Lasting tells when to say again that something lasts: after a minute, ten minutes, an
// hour, six hours, a day, and then once a day. It is not safe for concurrent use; the zero
// value has begun long ago.
type Lasting struct {
	since, said time.Time
	step, n     int
}

// gaps are the times between the lines.
var gaps = []time.Duration{time.Minute, 9 * time.Minute, 50 * time.Minute, 5 * time.Hour, 18 * time.Hour, 24 * time.Hour}

// Begin is called when it begins, which is said by the caller.
func Begin(now time.Time) Lasting { return Lasting{since: now, said: now} }

// Again counts that it was seen again, and reports whether to say so. A clock that was
// set, forwards or back, may have it said early.
func (l *Lasting) Again(now time.Time) bool {
	l.n++
	if now.Sub(l.said).Abs() < gaps[l.step] {
		return false
	}
	l.said, l.step = now, min(l.step+1, len(gaps)-1)
	return true
}

// Since is when it began.
func (l *Lasting) Since() time.Time { return l.since }

// Count is how often it was seen again.
func (l *Lasting) Count() int { return l.n }
