package relay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/tally"
	"tongbu/syncer"
)

// lines are what the log says of the links from below: each turn once, and what lasts
// at growing distances. It is safe for concurrent use.
type lines struct {
	log    *slog.Logger
	now    func() time.Time
	banned func(change.DeviceID) bool
	*known
}

type known struct {
	mu    sync.Mutex                   // guards all below
	hosts map[change.DeviceID]string   // where a device called from last
	away  map[change.DeviceID]*absence // who had a link since the start, and has none
	out   map[change.DeviceID]*refusal // who was refused last
}

// absence is a device without a link.
type absence struct {
	syncer.Peer
	tally.Lasting
}

// refusal is a device that is not let in.
type refusal struct {
	why string
	tally.Lasting
}

// maxKnown bounds the memory, of each map. Devices that come later are said as they
// come, and counted by the log.
const maxKnown = 10_000

func newLines(cfg Config) lines {
	return lines{log: cfg.Log, now: cfg.Now, banned: cfg.Banned, known: &known{
		hosts: map[change.DeviceID]string{}, away: map[change.DeviceID]*absence{}, out: map[change.DeviceID]*refusal{}}}
}

func of(p syncer.Peer) []any { return []any{"device", string(p.Device), "unit", string(p.Unit)} }

// linked says that a device has a link, and where it calls from when that has changed.
func (l lines) linked(p syncer.Peer, host string, offset time.Duration) {
	l.mu.Lock()
	before := l.hosts[p.Device]
	if host != "" && (before != "" || len(l.hosts) < maxKnown) {
		l.hosts[p.Device] = host
	}
	gone := l.away[p.Device]
	delete(l.away, p.Device)
	delete(l.out, p.Device)
	l.mu.Unlock()
	at := append(of(p), "host", host, "clock_offset", offset)
	if before != "" && host != "" && before != host {
		at = append(at, "host_before", before)
	}
	if gone != nil {
		at = append(at, "was_away", l.now().Sub(gone.Since()).Round(time.Second))
	}
	l.log.Info("linked", at...)
}

// ended says that a link has ended, and why.
func (l lines) ended(p syncer.Peer, err error, ignored int) {
	at := append(of(p), "kind", fault.Of(err).String(), "reports_ignored", ignored)
	if err != nil {
		at = append(at, "reason", identity.OneLine(err.Error()))
	}
	l.log.Info("link ended", at...)
}

// left counts from now on that a device has no link.
func (l lines) left(p syncer.Peer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.away) < maxKnown {
		l.away[p.Device] = &absence{p, tally.Begin(l.now())}
	}
}

// refused says that a device is not let in: once for each reason, and while it goes on
// trying at growing distances.
func (l lines) refused(who identity.Member, err error) {
	at := []any{"device", string(who.Device), "unit", string(who.Unit), "reason", err.Error()}
	l.mu.Lock()
	last, is := l.out[who.Device], false
	switch {
	case last == nil || last.why != err.Error():
		if is = true; last != nil || len(l.out) < maxKnown {
			l.out[who.Device] = &refusal{err.Error(), tally.Begin(l.now())}
		}
	case last.Again(l.now()):
		is, at = true, append(at, "since", last.Since().UTC(), "tries", last.Count())
	}
	l.mu.Unlock()
	if is {
		l.log.Warn("refused", at...)
	}
}

// Run says of those below who have no link any more that they still have none, until
// the context ends. Who comes back, or is revoked, is forgotten.
func (r *Relay) Run(ctx context.Context) error {
	look := time.NewTicker(time.Minute)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
			r.said.stillAway()
		}
	}
}

func (l lines) stillAway() {
	for _, a := range l.dueAway() {
		if l.banned(a.Device) {
			l.forget(a.Device)
			continue
		}
		l.log.Warn("a device below is still away", append(of(a.Peer), "since", a.Since().UTC())...)
	}
}

// dueAway lists who is away and is to be said again.
func (l lines) dueAway() (due []absence) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.away {
		if a.Again(l.now()) {
			due = append(due, *a)
		}
	}
	return due
}

func (l lines) forget(d change.DeviceID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.away, d)
}
