// Package logs writes the program's log: lines of text or JSON, with the priorities
// that systemd's journal reads, or to a file that is kept from growing.
package logs

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
)

// The forms of a line.
const (
	Text = "text"
	JSON = "json"
)

// Options are how lines are written.
type Options struct {
	Level   string // debug, info, warn or error; empty or another: info
	Form    string // Text or JSON; empty: Text
	Journal bool   // the lines go to systemd's journal; see InJournal
}

// New makes a logger that writes to w.
func New(w io.Writer, o Options) *slog.Logger {
	var level slog.Level
	if o.Level == "" || level.UnmarshalText([]byte(o.Level)) != nil {
		level = slog.LevelInfo
	}
	if !o.Journal {
		return slog.New(handler(w, o.Form, &slog.HandlerOptions{Level: level}))
	}
	lines := &lines{to: w}
	return slog.New(prioritised{Handler: handler(&lines.buf, o.Form, &slog.HandlerOptions{Level: level}), lines: lines})
}

func handler(w io.Writer, form string, o *slog.HandlerOptions) slog.Handler {
	if form == JSON {
		return slog.NewJSONHandler(w, o)
	}
	return slog.NewTextHandler(w, o)
}

// prioritised puts a line's priority before it, as the journal takes it from standard
// error: `journalctl -p warning` finds it then.
type prioritised struct {
	slog.Handler // writes to lines.buf
	lines        *lines
}

type lines struct {
	mu  sync.Mutex // guards both
	buf bytes.Buffer
	to  io.Writer
}

// Handle implements slog.Handler.
func (p prioritised) Handle(ctx context.Context, r slog.Record) error {
	p.lines.mu.Lock()
	defer p.lines.mu.Unlock()
	p.lines.buf.Reset()
	p.lines.buf.WriteString(priority(r.Level))
	if err := p.Handler.Handle(ctx, r); err != nil {
		return err
	}
	_, err := p.lines.to.Write(p.lines.buf.Bytes())
	return err
}

// WithAttrs implements slog.Handler.
func (p prioritised) WithAttrs(attrs []slog.Attr) slog.Handler {
	return prioritised{p.Handler.WithAttrs(attrs), p.lines}
}

// WithGroup implements slog.Handler.
func (p prioritised) WithGroup(name string) slog.Handler {
	return prioritised{p.Handler.WithGroup(name), p.lines}
}

// ErrorPriority stands before a line that tells a failure, where it goes to the journal.
const ErrorPriority = "<3>"

// priority is a level as sd-daemon(3) writes it.
func priority(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return ErrorPriority
	case level >= slog.LevelWarn:
		return "<4>"
	case level >= slog.LevelInfo:
		return "<6>"
	}
	return "<7>"
}
