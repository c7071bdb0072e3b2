package sim

import (
	"fmt"
	"strings"
	"time"

	"tongbu/syncer"
)

// tailLines is how much of the trace a failing check prints.
const tailLines = 40

// tracer records what happened. A line is formatted only when somebody reads it:
// the tail of a run that goes well costs nothing.
type tracer struct {
	w     *World
	ring  [tailLines]func() string
	next  int
	sums  map[string]int // messages by kind
	bytes int            // of batches sent
}

func (t *tracer) start(w *World) { t.w, t.sums = w, map[string]int{} }

func (t *tracer) addLine(line func() string) {
	t.ring[t.next%tailLines] = line
	t.next++
}

// Tail is the end of the trace.
func (w *World) Tail() string {
	var out strings.Builder
	for i := max(0, w.tracer.next-tailLines); i < w.tracer.next; i++ {
		out.WriteString("  " + w.tracer.ring[i%tailLines]() + "\n")
	}
	return out.String()
}

// trace records what happened at a device.
func (w *World) trace(format string, args ...any) {
	at := w.now
	w.tracer.addLine(func() string { return formatTime(at) + " " + fmt.Sprintf(format, args...) })
	if w.cfg.Trace != nil {
		w.cfg.Trace(formatTime(at) + " " + fmt.Sprintf(format, args...))
	}
}

// formatTime is a virtual time: days and the clock.
func formatTime(at time.Duration) string {
	day := at / (24 * time.Hour)
	return fmt.Sprintf("day %d %s", day, began.Add(at).Format("15:04:05.000"))
}

// traceMessage records what an end sends.
func (w *World) traceMessage(e *end, m syncer.Message) {
	from, to, at := e.node.Name, e.peer.node.Name, w.now
	w.tracer.sums[kindOf(m)]++
	if b, ok := m.(syncer.Batch); ok {
		w.tracer.bytes += len(b.Sealed)
	}
	line := func() string { return fmt.Sprintf("%s %s > %s: %s", formatTime(at), from, to, w.describe(m)) }
	w.tracer.addLine(line)
	if w.cfg.All && w.cfg.Trace != nil {
		w.cfg.Trace(line())
	}
}

// kindOf is a message's name.
func kindOf(m syncer.Message) string {
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", m), "syncer."))
}

// describe writes a message for a person to read.
func (w *World) describe(m syncer.Message) string {
	switch x := m.(type) {
	case syncer.Marks:
		return fmt.Sprintf("marks%s last=%v", w.describeHaves(x.Have), x.Last)
	case syncer.Author:
		who, _ := ReadCertificate(x.Certificate)
		return "author " + w.town.Name(who.Unit)
	case syncer.Batch:
		b, err := w.read.parse(x.Sealed)
		if err != nil {
			return "batch without form"
		}
		return fmt.Sprintf("batch %s %d-%d", w.streamName(b.Stream), b.First, b.Last())
	case syncer.Ack:
		return fmt.Sprintf("ack%s behind=%v", w.describeHaves(x.Have), x.Behind)
	case syncer.Receipt:
		r, err := w.signed.parse(x.Signed)
		if err != nil {
			return "receipt without form"
		}
		return fmt.Sprintf("receipt %s %d", w.streamName(r.Stream), r.Seq)
	case syncer.Fork:
		return "fork" + w.describeHaves([]syncer.Have{x.Have})
	case syncer.Trace:
		return fmt.Sprintf("trace %s before %d", w.streamName(x.Stream), x.Before)
	case syncer.Traced:
		return fmt.Sprintf("traced %s %d ends", w.streamName(x.Stream), len(x.Ends))
	case syncer.Refuse:
		return fmt.Sprintf("refuse %s", w.streamName(x.Stream))
	}
	return kindOf(m)
}

func (w *World) describeHaves(list []syncer.Have) string {
	var text strings.Builder
	for _, h := range list {
		fmt.Fprintf(&text, " %s@%d", w.streamName(h.Stream), h.Mark.Seq)
		if h.Receipt.Seq > 0 {
			fmt.Fprintf(&text, "(receipt %d)", h.Receipt.Seq)
		}
	}
	return text.String()
}
