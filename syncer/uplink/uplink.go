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
	"tongbu/internal/question"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/remote"
)

// Parent is a hub that may serve this device.
type Parent struct {
	Unit    change.UnitID
	Address string // host:port
}

// Hub is a connection to a hub; *remote.Hub is one.
type Hub interface {
	// Reachable connects; nil: the hub answered and is one to call.
	Reachable(ctx context.Context) error
	// Sync opens a link and tells who is at the other end.
	Sync(ctx context.Context) (link.Conn, identity.Member, error)
	// Query asks.
	Query(ctx context.Context, q question.Question) (*question.Answer, error)
	// Close ends the connection and all on it.
	Close() error
}

var _ Hub = (*remote.Hub)(nil)

// Config of an uplink. Zero durations mean the values beside them.
type Config struct {
	Own     identity.Source
	Parents func() []Parent             // nearest first; read before each round
	Allow   func(identity.Member) error // whether a hub is an ancestor
	Link    func(syncer.Peer) link.Config
	Now     func() time.Time
	Dialer  remote.Dialer                     // opens the line itself; nil: TCP
	Dial    func(address string) (Hub, error) // prepares a connection; nil: remote.Dial with what stands above

	First   time.Duration // back-off after the first failed round; 200 ms
	Most    time.Duration // longest back-off; 30 s
	Down    time.Duration // longest back-off while no hub can be reached; 4 s
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
	mu    sync.Mutex // guards all below
	state State
	hub   Hub
	shun  map[Parent]time.Time // when a hub that answers refused the link
}

// New makes an uplink.
func New(cfg Config) *Uplink {
	fill(&cfg.First, 200*time.Millisecond)
	fill(&cfg.Most, 30*time.Second)
	fill(&cfg.Down, 4*time.Second)
	fill(&cfg.Prefer, 30*time.Second)
	fill(&cfg.Connect, 10*time.Second)
	if cfg.Dial == nil {
		cfg.Dial = func(address string) (Hub, error) {
			return remote.Dial(address, cfg.Own, cfg.Allow, cfg.Dialer)
		}
	}
	return &Uplink{cfg: cfg, shun: map[Parent]time.Time{}}
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
func (u *Uplink) Query(ctx context.Context, q question.Question) (*question.Answer, error) {
	u.mu.Lock()
	hub, up := u.hub, u.state.Connected
	u.mu.Unlock()
	if !up {
		return nil, fault.New(fault.Unavailable, "no hub above can be reached").
			WithHint("ask again when tongbu status shows the line connected")
	}
	answer, err := hub.Query(ctx, q)
	if fault.Of(err) == fault.Canceled && ctx.Err() == nil { // the link ended under the question
		err = fault.As(fault.Unavailable, "the line went down", err)
	}
	return answer, err
}

// ending is how an attempt at one parent ended.
type ending uint8

const (
	down   ending = iota // it cannot be reached: try the next
	away                 // it refused: try the next
	brief                // it served and the link begins anew: after a pause, for what ends links may go on
	lasted               // it served for a while: try again at once
)

// settled is how long a link lasts that need not pause.
const settled = time.Second

// Run links until the context ends; a lost link is not its end.
func (u *Uplink) Run(ctx context.Context) error {
	failures := 0
	for ctx.Err() == nil {
		how := u.round(ctx)
		if how == lasted {
			failures = 0
			continue
		}
		if !pause(ctx, max(u.backoff(how, failures), u.told())) {
			break
		}
		failures++
	}
	return nil
}

// backoff doubles from First to Most, with up to half of it by chance, so
// that a whole city does not come back at the same instant. A line that is
// down costs nobody anything and is looked at more often: it is used within
// seconds when it is whole again.
func (u *Uplink) backoff(how ending, failures int) time.Duration {
	most := u.cfg.Most
	if how == down {
		most = u.cfg.Down
	}
	d := min(u.cfg.First<<min(failures, 16), most)
	return d/2 + rand.N(d/2+1)
}

// longestTold bounds what a hub may ask for: its clock may be wrong.
const longestTold = 5 * time.Minute

// told is how long the hub wants to be left alone, and up to half as long
// again by chance: it said so to many.
func (u *Uplink) told() time.Duration {
	d := min(fault.RetryAfter(u.State().Err), longestTold)
	return d + rand.N(d/2+1)
}

// round tries the parents in turn until one has served.
func (u *Uplink) round(ctx context.Context) ending {
	parents := u.cfg.Parents()
	if len(parents) == 0 {
		u.failed(Parent{}, fault.New(fault.Unavailable, "no hub above is known"))
	}
	worst, told := down, State{}
	for _, p := range parents {
		how, err := u.serve(ctx, p)
		u.failed(p, err)
		if how > away || ctx.Err() != nil {
			return how
		}
		if told.Err == nil || how > worst {
			told = State{Parent: p, Err: err}
		}
		worst = max(worst, how)
	}
	if told.Err != nil { // a refusal says more than a line that is down, and the nearest hub more than those behind it
		u.failed(told.Parent, told.Err)
	}
	return worst
}

func (u *Uplink) failed(p Parent, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if fault.Of(err) == fault.Denied {
		u.shun[p] = u.cfg.Now()
	}
	u.state = State{Parent: p, LastSync: u.state.LastSync, Err: err}
	u.hub = nil
}

// serve links to one parent until the link ends.
func (u *Uplink) serve(ctx context.Context, p Parent) (ending, error) {
	if _, err := u.cfg.Own.GetX509SVID(); err != nil {
		return away, err
	}
	hub, err := u.cfg.Dial(p.Address)
	if err != nil {
		return away, err
	}
	defer func() { _ = hub.Close() }()
	if err := u.reach(ctx, hub); fault.Of(err) == fault.Unavailable {
		return down, err
	} else if err != nil {
		return away, err
	}
	linked, cancel := context.WithCancel(ctx)
	var looks sync.WaitGroup
	defer looks.Wait()
	defer cancel()
	conn, who, err := hub.Sync(linked)
	if err != nil {
		return away, err
	}
	u.linked(p, hub)
	looks.Go(func() { u.lookNearer(linked, cancel) })
	started := u.cfg.Now()
	err = link.Run(linked, conn, u.cfg.Link(syncer.Peer{Unit: who.Unit, Device: who.Device}))
	return u.ended(err, started), err
}

// ended tells a link that served from a hub that answers and then refuses: the
// latter must not be asked again without a pause.
func (u *Uplink) ended(err error, started time.Time) ending {
	switch kind := fault.Of(err); {
	case kind == fault.Denied:
		return away
	case u.cfg.Now().Sub(started) > settled:
		return lasted
	case kind == fault.Unavailable: // it died or its line did: that is no refusal
		return down
	case kind == fault.Canceled:
		return brief
	}
	return away
}

func (u *Uplink) reach(ctx context.Context, hub Hub) error {
	ctx, cancel := context.WithTimeout(ctx, u.cfg.Connect)
	defer cancel()
	return hub.Reachable(ctx)
}

func (u *Uplink) linked(p Parent, hub Hub) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.state = State{Parent: p, Connected: true, LastSync: u.cfg.Now()}
	u.hub = hub
}

// lookNearer ends the link when a hub nearer than the present one answers.
// The list is read anew: a nearer hub may have joined since, and one that was
// replaced may have another address.
func (u *Uplink) lookNearer(ctx context.Context, end context.CancelFunc) {
	for pause(ctx, u.cfg.Prefer) {
		for _, p := range u.cfg.Parents() {
			if p == u.State().Parent {
				break
			}
			if !u.shunned(p) && u.answers(ctx, p) {
				end()
				return
			}
		}
	}
}

// shunned reports whether a hub refused of late: the link to another must not
// be given up for it at each look.
func (u *Uplink) shunned(p Parent) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	at, refused := u.shun[p]
	return refused && u.cfg.Now().Sub(at) < 10*u.cfg.Prefer
}

func (u *Uplink) answers(ctx context.Context, p Parent) bool {
	hub, err := u.cfg.Dial(p.Address)
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
