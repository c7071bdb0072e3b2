// Package tally keeps what others cause out of the log's way: warnings of one
// cause, and whatever a device causes, are counted, and the log gets the first,
// then one line for every power of ten and for every minute in which there were
// more.
package tally

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	interval = time.Minute // a cause has at least one line in each
	// maxCauses bounds the memory: a peer chooses what some causes are named by.
	// Those that come later are counted together, by their message.
	maxCauses = 512
	forgotten = time.Hour // a cause that was quiet for as long begins again
	// moreKey is the attribute that says how many records a line stands for
	// beside itself.
	moreKey = "more"
)

// named are the attributes that tell causes apart. Addresses and texts are not
// among them: a stranger chooses those, and would have a line for each.
var named = []string{"device", "unit", "from", "stream", "kind", "path"}

// byDevice is the attribute of records that a device can cause as often as it
// likes: they are counted whatever their level is.
const byDevice = "device"

// Handler counts the records from the level of warnings up, and those of a
// device, and passes all others on. It is safe for concurrent use.
type Handler struct {
	next  slog.Handler
	with  string // what WithAttrs and WithGroup added to the cause
	group bool
	*ledger
}

var _ slog.Handler = (*Handler)(nil)

// ledger is shared by a handler and those derived from it.
type ledger struct {
	now func() time.Time

	mu     sync.Mutex // guards the two below
	causes map[string]*cause
	swept  time.Time // when causes were last looked through
}

// cause is what came since its last line.
type cause struct {
	said   time.Time // its last line
	last   time.Time // its last record
	all    int       // records since it began
	unsaid int
	next   slog.Handler
	record slog.Record // the newest one not said
}

// Wrap returns the logger with its warnings counted; one that counts already
// is returned as it is. now is the clock by which minutes are told.
func Wrap(log *slog.Logger, now func() time.Time) *slog.Logger {
	if _, counts := log.Handler().(*Handler); counts {
		return log
	}
	return slog.New(&Handler{next: log.Handler(), ledger: &ledger{now: now, causes: map[string]*cause{}}})
}

// Run writes what is still unsaid every minute and when the context ends, for a
// logger of Wrap; on another it waits.
func Run(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			Flush(log)
		case <-ctx.Done():
			Flush(log)
			return nil
		}
	}
}

// Flush writes a line for each cause that has records not said yet.
func Flush(log *slog.Logger) {
	h, counts := log.Handler().(*Handler)
	if !counts {
		return
	}
	for _, line := range h.collect() {
		_ = line.next.Handle(context.Background(), line.record) // a log that fails has nobody to tell
	}
}

// Enabled implements slog.Handler.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	name, device := h.causeOf(r)
	if r.Level < slog.LevelWarn && !device {
		return h.next.Handle(ctx, r)
	}
	line, due := h.count(name, r, h.next)
	if !due {
		return nil
	}
	return h.next.Handle(ctx, line)
}

// WithAttrs implements slog.Handler.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	derived := *h
	derived.next = h.next.WithAttrs(attrs)
	for _, a := range attrs {
		derived.with += h.nameOf(a)
	}
	return &derived
}

// WithGroup implements slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	derived := *h
	derived.next, derived.group = h.next.WithGroup(name), h.group || name != ""
	return &derived
}

// causeOf is the message and the attributes that tell causes apart. It reports
// whether a device is one of them.
func (h *Handler) causeOf(r slog.Record) (name string, device bool) {
	var b strings.Builder
	b.WriteString(r.Message)
	b.WriteString(h.with)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(h.nameOf(a))
		device = device || a.Key == byDevice
		return true
	})
	return b.String(), device
}

// nameOf is empty for an attribute that names no cause. Within a group the same
// names mean something else.
func (h *Handler) nameOf(a slog.Attr) string {
	if h.group || !slices.Contains(named, a.Key) {
		return ""
	}
	return "\x00" + a.Key + "=" + a.Value.String()
}

// count counts a record and returns its line, if one is due.
func (l *ledger) count(name string, r slog.Record, next slog.Handler) (slog.Record, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	c := l.causeLocked(name, r.Message)
	c.all++
	c.last = now
	if isPowerOfTen(c.all) || now.Sub(c.said) >= interval || now.Before(c.said) {
		line := withMore(r, c.unsaid)
		c.said, c.unsaid, c.record, c.next = now, 0, slog.Record{}, nil
		return line, true
	}
	c.unsaid++
	c.record, c.next = r.Clone(), next
	return slog.Record{}, false
}

// causeLocked finds a cause, or makes it. With as many as the ledger holds,
// the message alone is the cause.
func (l *ledger) causeLocked(name, message string) *cause {
	if c := l.causes[name]; c != nil {
		return c
	}
	if len(l.causes) >= maxCauses && l.now().Sub(l.swept).Abs() >= interval {
		l.forgetLocked()
	}
	if len(l.causes) >= maxCauses {
		if name = "others\x00" + message; l.causes[name] != nil {
			return l.causes[name]
		}
	}
	c := &cause{}
	l.causes[name] = c
	return c
}

// forgetLocked drops causes that were quiet for long and have all said.
func (l *ledger) forgetLocked() {
	l.swept = l.now()
	for name, c := range l.causes {
		if c.unsaid == 0 && l.now().Sub(c.last) >= forgotten {
			delete(l.causes, name)
		}
	}
}

type line struct {
	next   slog.Handler
	record slog.Record
}

// collect takes the lines that are due at the end of a minute.
func (l *ledger) collect() (lines []line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgetLocked()
	for _, c := range l.causes {
		if c.unsaid == 0 {
			continue
		}
		lines = append(lines, line{next: c.next, record: withMore(c.record, c.unsaid-1)})
		c.said, c.unsaid, c.record, c.next = l.now(), 0, slog.Record{}, nil
	}
	slices.SortFunc(lines, func(a, b line) int { return a.record.Time.Compare(b.record.Time) })
	return lines
}

func withMore(r slog.Record, more int) slog.Record {
	if more == 0 {
		return r
	}
	line := r.Clone()
	line.AddAttrs(slog.Int(moreKey, more))
	return line
}

func isPowerOfTen(n int) bool {
	for n%10 == 0 {
		n /= 10
	}
	return n == 1
}
