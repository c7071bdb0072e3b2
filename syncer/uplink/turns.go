package uplink

import (
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/tally"
)

// Turn is something to tell of the line.
type Turn struct {
	Line
	What   What
	Before Parent    // Moved: where the line went
	Since  time.Time // Lasts: when it went down
	Rounds int       // Lasts: how often all hubs were tried since
}

// What a turn is.
type What uint8

// The turns of a line.
const (
	Up      What = iota // the line is there
	Moved               // it goes to another hub or address than before, and was not down for longer than that takes
	Down                // it is gone, or was not there at the first try
	Refused             // a hub answers and refuses; or, after Down, does so now
	Lasts               // it is still down, or refused
)

// told is what Turned was told last.
type told struct {
	what  What
	begun bool
	at    Parent        // the last one the line was up to
	lasts tally.Lasting // while it is down
}

func (u *Uplink) tell(t Turn) {
	if u.cfg.Turned != nil {
		u.cfg.Turned(t)
	}
}

// tellUpLocked tells that there is a link.
func (u *Uplink) tellUpLocked() {
	before := u.told
	u.told = told{what: Up, begun: true, at: u.line.Parent}
	switch isUp := before.begun && before.what == Up; {
	case !isUp:
		u.tell(Turn{Line: u.line, What: Up})
	case before.at.at() != u.line.Parent.at():
		u.tell(Turn{Line: u.line, What: Moved, Before: before.at})
	}
}

// tellLostLocked tells that a link has ended, as soon as it has: what comes of the tries
// that follow is told when all hubs were tried. One that is given up for a nearer hub is
// not lost.
func (u *Uplink) tellLostLocked() {
	isUp := u.told.begun && u.told.what == Up
	if isUp && u.line.Err != nil && fault.Of(u.line.Err) != fault.Canceled {
		u.tellDownLocked()
	}
}

// tellDown tells, after a round in which no hub has served, what there is to tell of it.
func (u *Uplink) tellDown() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.line.Err == nil || fault.Of(u.line.Err) == fault.Canceled {
		return
	}
	if !u.told.begun || u.told.what != downAs(u.line.Err) {
		u.tellDownLocked()
		return
	}
	if u.told.lasts.Again(u.cfg.Now()) {
		u.tell(Turn{Line: u.line, What: Lasts, Since: u.told.lasts.Since(), Rounds: u.told.lasts.Count()})
	}
}

// tellDownLocked tells that the line is down, or is down for another reason. How long it
// is goes on from when it went.
func (u *Uplink) tellDownLocked() {
	what, lasts := downAs(u.line.Err), u.told.lasts
	if !u.told.begun || u.told.what == Up {
		lasts = tally.Begin(u.cfg.Now())
	}
	u.told = told{what: what, begun: true, at: u.told.at, lasts: lasts}
	u.tell(Turn{Line: u.line, What: what})
}

// downAs is Refused where a hub answers and does not let this device in.
func downAs(err error) What {
	if fault.Of(err) == fault.Denied {
		return Refused
	}
	return Down
}
