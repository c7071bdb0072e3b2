package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"tongbu/internal/plain"
)

// voice prints what happens. It is safe for concurrent use.
type voice struct {
	w        io.Writer
	terminal bool

	mu       sync.Mutex // guards all below
	drawn    bool       // a bar stands on the present line
	last     time.Time  // when it was drawn
	quarters int        // printed, where nothing can be drawn
}

func newVoice(w io.Writer, terminal bool) *voice { return &voice{w: w, terminal: terminal} }

const clock = "15:04:05"

// indent is as wide as the clock and the two places after it.
const indent = "          "

// heading begins a step.
func (v *voice) heading(format string, args ...any) {
	v.line("\n" + time.Now().Format(clock) + "  " + plain.Line(fmt.Sprintf(format, args...)))
}

// printLine prints one thing that happened.
func (v *voice) printLine(format string, args ...any) {
	v.line(time.Now().Format(clock) + "    " + plain.Line(fmt.Sprintf(format, args...)))
}

// more adds to what was said last.
func (v *voice) more(format string, args ...any) {
	v.line(indent + "    " + plain.Line(fmt.Sprintf(format, args...)))
}

// verdict ends a step.
func (v *voice) verdict(o Outcome) {
	if o.err != nil {
		v.line(time.Now().Format(clock) + "  FAILED after " + seconds(o.took) + ": " + plain.Line(o.Detail))
		return
	}
	v.line(time.Now().Format(clock) + "  ok, " + seconds(o.took))
}

func (v *voice) line(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.eraseLocked()
	_, _ = io.WriteString(v.w, text+"\n") // talk that nobody hears is no failure
}

func (v *voice) eraseLocked() {
	if v.drawn {
		_, _ = io.WriteString(v.w, "\r\x1b[K")
		v.drawn = false
	}
}

// redraw is the least time between two states of a bar.
const redraw = 80 * time.Millisecond

// bar is how far a piece of work has come.
type bar struct {
	voice *voice
	of    int
	what  string
	mu    sync.Mutex // guards done
	done  int
}

func (v *voice) bar(of int, format string, args ...any) *bar {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.quarters = 0
	return &bar{voice: v, of: of, what: plain.Line(fmt.Sprintf(format, args...))}
}

func (b *bar) add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done += n
	b.voice.progress(b.done, b.of, b.what)
}

func (v *voice) progress(done, of int, what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.terminal {
		v.quarterLocked(done, of, what)
		return
	}
	if done < of && time.Since(v.last) < redraw {
		return
	}
	const long = 20
	full := long * done / max(of, 1)
	_, _ = fmt.Fprintf(v.w, "\r%s    %s%s %d of %d %s\x1b[K", time.Now().Format(clock), strings.Repeat("█", full), strings.Repeat("░", long-full), done, of, what)
	v.drawn, v.last = true, time.Now()
	if done >= of {
		_, _ = io.WriteString(v.w, "\n")
		v.drawn = false
	}
}

// quarterLocked tells each quarter once, for logs.
func (v *voice) quarterLocked(done, of int, what string) {
	if quarter := 4 * done / max(of, 1); quarter > v.quarters {
		v.quarters = quarter
		_, _ = fmt.Fprintf(v.w, "%s    %d of %d %s\n", time.Now().Format(clock), done, of, what)
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
