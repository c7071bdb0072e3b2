package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tongbu/internal/plain"
)

// How often a long import says how far it is: in lines, and on a terminal, where one
// line is drawn again and again.
const (
	tellEvery = 2 * time.Second
	drawEvery = 100 * time.Millisecond
	lookEvery = 100 // rows
)

// barWidth is how many characters the bar itself has.
const barWidth = 20

// bar shows how far an import is.
type bar struct {
	app      *app
	terminal io.Writer // nil: lines
	now      func() time.Time
	before   time.Time
	drawn    bool
}

// newBar draws where a person watches and wants to.
func (a *app) newBar(draws bool) *bar {
	b := &bar{app: a, now: time.Now, before: time.Now()}
	if draws && isTerminal(a.bare) {
		b.terminal = a.bare
	}
	return b
}

// show says how many rows of about all are done. The first time it waits too: a short
// import shows nothing.
func (b *bar) show(done, all, rejected int) {
	if done%lookEvery != 0 {
		return
	}
	every := tellEvery
	if b.terminal != nil {
		every = drawEvery
	}
	if b.now().Sub(b.before) < every {
		return
	}
	b.before = b.now()
	all = max(all, done)
	text := b.app.lang.Say("%d of about %d rows: %d good, %d rejected", done, all, done-rejected, rejected)
	if b.terminal == nil {
		_, _ = fmt.Fprintln(b.app.err, text) // nobody to tell a failure to
		return
	}
	full := barWidth * done / max(all, 1)
	b.draw("\r[" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "] " + plain.Line(text) + eraseRest)
	b.drawn = true
}

// eraseRest erases what stands behind the cursor in its line.
const eraseRest = "\x1b[K"

// clear takes the bar away, so that what is told then has the line.
func (b *bar) clear() {
	if b.drawn {
		b.draw("\r" + eraseRest)
		b.drawn = false
	}
}

func (b *bar) draw(text string) { _, _ = fmt.Fprint(b.terminal, text) } // nobody to tell a failure to
