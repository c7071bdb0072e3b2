// Package uplink keeps a device linked to a hub above it: the nearest that
// answers, another ancestor while it does not, and the nearest again when it
// is back.
package uplink

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/remote"
)

// Parent is a hub that may serve this device.
type Parent struct {
	Unit    change.UnitID
	Address string // host:port
}

// Config of an uplink. Zero durations mean the values beside them.
type Config struct {
	Own     identity.Source
	Parents func() []Parent             // nearest first; read before each round
	Allow   func(identity.Member) error // whether a hub is an ancestor
	Link    func(syncer.Peer) link.Config
	Now     func() time.Time
	Dialer  remote.Dialer // opens the line itself; nil: TCP

	First   time.Duration // back-off after the first failed round; 200 ms
	Most    time.Duration // longest back-off; 30 s
	Prefer  time.Duration // between looks for a nearer hub; 30 s
	Connect time.Duration // longest wait for a hub to answer; 10 s
}

// State is what a person may want to know of the uplink.
type State struct {
	Parent    Parent
	Connected bool
	LastSync  time.Time // when the hub was last heard
	Err       error     // why there is no link
}

// Uplink is safe for concurrent use; Run is called once.
type Uplink struct {
	cfg   Config
	mu    sync.Mutex // guards state and hub
	state State
	hub   *remote.Hub
}

// New makes an uplink.
func New(cfg Config) *Uplink {
	fill(&cfg.First, 200*time.Millisecond)
	fill(&cfg.Most, 30*time.Second)
	fill(&cfg.Prefer, 30*time.Second)
	fill(&cfg.Connect, 10*time.Second)
	return &Uplink{cfg: cfg}
}

func fill(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}

// State returns the present state.
func (u *Uplink) State() State {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.state
}

// Heard notes that the hub said something.
func (u *Uplink) Heard() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.state.LastSync = u.cfg.Now()
}

// Query passes a question to the hub; Unavailable when there is no link.
func (u *Uplink) Query(ctx context.Context, q syncer.Question) ([]byte, error) {
	u.mu.Lock()
	hub, up := u.hub, u.state.Connected
	u.mu.Unlock()
	if !up {
		return nil, fault.New(fault.Unavailable, "no hub above can be reached").
			WithHint("ask again when tongbu status shows the line connected")
	}
	return hub.Query(ctx, q)
}

// Run links until the context ends; a lost link is not its end.
func (u *Uplink) Run(ctx context.Context) error {
	failures := 0
	for ctx.Err() == nil {
		if u.round(ctx) {
			failures = 0
			continue
		}
		if !pause(ctx, u.backoff(failures)) {
			break
		}
		failures++
	}
	return nil
}

// backoff doubles from First to Most, with up to half of it by chance, so
// that a whole city does not come back at the same instant.
func (u *Uplink) backoff(failures int) time.Duration {
	d := min(u.cfg.First<<min(failures, 16), u.cfg.Most)
	return d/2 + rand.N(d/2+1)
}

// round tries the parents in turn and reports whether one of them served.
func (u *Uplink) round(ctx context.Context) bool {
	parents := u.cfg.Parents()
	if len(parents) == 0 {
		u.failed(Parent{}, fault.New(fault.Unavailable, "no hub above is known"))
	}
	for i, p := range parents {
		served, err := u.serve(ctx, p, parents[:i])
		if ctx.Err() != nil {
			return true
		}
		u.failed(p, err)
		if served {
			return true
		}
	}
	return false
}

func (u *Uplink) failed(p Parent, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.state = State{Parent: p, LastSync: u.state.LastSync, Err: err}
	u.hub = nil
}

// serve links to one parent until the link ends; served: the parent answered.
func (u *Uplink) serve(ctx context.Context, p Parent, nearer []Parent) (served bool, err error) {
	if _, err := u.cfg.Own.GetX509SVID(); err != nil {
		return false, err
	}
	hub, err := remote.Dial(p.Address, u.cfg.Own, u.cfg.Allow, u.cfg.Dialer)
	if err != nil {
		return false, err
	}
	defer func() { _ = hub.Close() }()
	if err := u.reach(ctx, hub); err != nil {
		return false, err
	}
	linked, cancel := context.WithCancel(ctx)
	var looks sync.WaitGroup
	defer looks.Wait()
	defer cancel()
	conn, who, err := hub.Sync(linked)
	if err != nil {
		return false, err
	}
	u.linked(p, hub)
	if len(nearer) > 0 {
		looks.Go(func() { u.lookNearer(linked, cancel) })
	}
	started := u.cfg.Now()
	err = link.Run(linked, conn, u.cfg.Link(syncer.Peer{Unit: who.Unit, Device: who.Device}))
	return u.worked(err, started), err
}

// worked tells a link that served and ended from a hub that answers and then
// refuses: the latter must not be asked again without a pause.
func (u *Uplink) worked(err error, started time.Time) bool {
	if fault.Of(err) == fault.Denied {
		return false
	}
	return u.cfg.Now().Sub(started) > time.Second || fault.Of(err) == fault.Canceled
}

func (u *Uplink) reach(ctx context.Context, hub *remote.Hub) error {
	ctx, cancel := context.WithTimeout(ctx, u.cfg.Connect)
	defer cancel()
	return hub.Reachable(ctx)
}

func (u *Uplink) linked(p Parent, hub *remote.Hub) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.state = State{Parent: p, Connected: true, LastSync: u.cfg.Now()}
	u.hub = hub
}

// lookNearer ends the link when a hub nearer than the present one answers.
// The list is read anew: a hub that was replaced may have another address.
func (u *Uplink) lookNearer(ctx context.Context, end context.CancelFunc) {
	for pause(ctx, u.cfg.Prefer) {
		for _, p := range u.cfg.Parents() {
			if p == u.State().Parent {
				break
			}
			if u.answers(ctx, p) {
				end()
				return
			}
		}
	}
}

func (u *Uplink) answers(ctx context.Context, p Parent) bool {
	hub, err := remote.Dial(p.Address, u.cfg.Own, u.cfg.Allow, u.cfg.Dialer)
	if err != nil {
		return false
	}
	defer func() { _ = hub.Close() }()
	return u.reach(ctx, hub) == nil
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
