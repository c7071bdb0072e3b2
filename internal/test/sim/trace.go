package sim

import (
	"fmt"
	"strings"
	"time"

	"tongbu/syncer"
)

// tailLines is how much of the trace a failing check prints.
const tailLines = 40

// trace is what happened, for people. Lines are made when somebody reads
// them: the tail of a run that goes well costs nothing.
type trace struct {
	w     *World
	ring  [tailLines]func() string
	next  int
	sums  map[string]int // messages by kind
	bytes int            // of batches sent
}

func (t *trace) init(w *World) { t.w, t.sums = w, map[string]int{} }

func (t *trace) add(line func() string) {
	t.ring[t.next%tailLines] = line
	t.next++
}

// Tail is the end of the trace.
func (w *World) Tail() string {
	var out strings.Builder
	for i := max(0, w.trace.next-tailLines); i < w.trace.next; i++ {
		out.WriteString("  " + w.trace.ring[i%tailLines]() + "\n")
	}
	return out.String()
}

// note tells what happened at a device.
func (w *World) note(format string, args ...any) {
	at := w.now
	w.trace.add(func() string { return stamp(at) + " " + fmt.Sprintf(format, args...) })
	if w.cfg.Trace != nil {
		w.cfg.Trace(stamp(at) + " " + fmt.Sprintf(format, args...))
	}
}

// stamp is a virtual time: days and the clock.
func stamp(at time.Duration) string {
	day := at / (24 * time.Hour)
	return fmt.Sprintf("day %d %s", day, began.Add(at).Format("15:04:05.000"))
}

// message notes what an end says.
func (w *World) message(e *end, m syncer.Message) {
	from, to, at := e.node.Name, e.peer.node.Name, w.now
	w.trace.sums[kindOf(m)]++
	if b, ok := m.(syncer.Batch); ok {
		w.trace.bytes += len(b.Sealed)
	}
	line := func() string { return fmt.Sprintf("%s %s > %s: %s", stamp(at), from, to, w.words(m)) }
	w.trace.add(line)
	if w.cfg.All && w.cfg.Trace != nil {
		w.cfg.Trace(line())
	}
}

// kindOf is a message's name.
func kindOf(m syncer.Message) string {
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", m), "syncer."))
}

// words is a message for a person to read.
func (w *World) words(m syncer.Message) string {
	switch x := m.(type) {
	case syncer.Marks:
		return fmt.Sprintf("marks%s last=%v", w.haves(x.Have), x.Last)
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
		return fmt.Sprintf("ack%s behind=%v", w.haves(x.Have), x.Behind)
	case syncer.Receipt:
		r, err := w.signed.parse(x.Signed)
		if err != nil {
			return "receipt without form"
		}
		return fmt.Sprintf("receipt %s %d", w.streamName(r.Stream), r.Seq)
	case syncer.Fork:
		return "fork" + w.haves([]syncer.Have{x.Have})
	case syncer.Trace:
		return fmt.Sprintf("trace %s before %d", w.streamName(x.Stream), x.Before)
	case syncer.Traced:
		return fmt.Sprintf("traced %s %d ends", w.streamName(x.Stream), len(x.Ends))
	case syncer.Refuse:
		return fmt.Sprintf("refuse %s", w.streamName(x.Stream))
	}
	return kindOf(m)
}

func (w *World) haves(list []syncer.Have) string {
	var text strings.Builder
	for _, h := range list {
		fmt.Fprintf(&text, " %s@%d", w.streamName(h.Stream), h.Mark.Seq)
		if h.Receipt.Seq > 0 {
			fmt.Fprintf(&text, "(receipt %d)", h.Receipt.Seq)
		}
	}
	return text.String()
}
