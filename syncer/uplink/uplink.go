// Package uplink keeps a device linked to a hub above it: the nearest that
// answers, another ancestor while it does not, and the nearest again when it
// is back.
package uplink

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/remote"
)

// Client is a connection to a hub; *remote.Client is one.
type Client interface {
	// Reachable connects; nil: the hub answered and is accepted.
	Reachable(ctx context.Context) error
	// Sync opens a link and returns who is at the other end.
	Sync(ctx context.Context) (link.Conn, identity.Member, error)
	// Query asks the hub.
	Query(ctx context.Context, q question.Question) (*question.Answer, error)
	// QueryAll asks the hub for all rows, in parts.
	QueryAll(ctx context.Context, q question.Question, tell question.Tell) error
	// Close ends the connection and all on it.
	Close() error
}

var _ Client = (*remote.Client)(nil)

// Config of an uplink. Zero durations mean the values beside them.
type Config struct {
	Own     identity.Source
	Parents func() []Parent             // in order of preference: nearest first, of one hub the newest address; read before each round
	Allow   func(identity.Member) error // whether a hub is an ancestor
	Link    func(syncer.Peer) link.Config
	Now     func() time.Time
	Dialer  remote.Dialer                        // opens the connection under TLS; nil: TCP
	Dial    func(address string) (Client, error) // prepares a connection; nil: remote.Dial with the fields above

	// Turned is told of each turn of the line, and while it stays down at growing
	// distances. It is called under the uplink's lock. nil: nobody is told.
	Turned func(Turn)

	First   time.Duration // back-off after the first failed round; 200 ms
	Most    time.Duration // longest back-off; 30 s
	Down    time.Duration // longest back-off while no hub can be reached; 4 s
	Prefer  time.Duration // how often to look for a nearer hub; 30 s
	Connect time.Duration // longest wait for a hub to answer; 10 s
}

// Line is what a person may want to know of the line to the hub above.
type Line struct {
	Parent    Parent
	Connected bool
	LastSync  time.Time // when the hub last sent something
	Err       error     // why there is no link
}

// Uplink is safe for concurrent use; Run is called once.
type Uplink struct {
	cfg  Config
	mu   sync.Mutex // guards all below
	line Line
	hub  Client
	mute bool // the link is open, and the hub has said nothing on it yet: it may refuse it
	// refused is when a hub that answers last refused the link.
	refused map[Parent]time.Time
	told    told
	tries   map[Parent]Try // the last of each
	found   Parent         // the nearer one for which a link was ended: it is tried first
}

// New makes an uplink.
func New(cfg Config) *Uplink {
	setDefault(&cfg.First, 200*time.Millisecond)
	setDefault(&cfg.Most, 30*time.Second)
	setDefault(&cfg.Down, 4*time.Second)
	setDefault(&cfg.Prefer, 30*time.Second)
	setDefault(&cfg.Connect, 10*time.Second)
	if cfg.Dial == nil {
		cfg.Dial = func(address string) (Client, error) {
			return remote.Dial(address, cfg.Own, cfg.Allow, cfg.Dialer)
		}
	}
	return &Uplink{cfg: cfg, refused: map[Parent]time.Time{}, tries: map[Parent]Try{}}
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}

// Line returns how the line is now.
func (u *Uplink) Line() Line {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.line
}

// Heard records that the hub sent something.
func (u *Uplink) Heard() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.line.LastSync = u.cfg.Now()
	if u.mute {
		u.mute = false
		u.tellUpLocked()
	}
}

// Query asks the linked hub; it returns Unavailable when there is no link.
func (u *Uplink) Query(ctx context.Context, q question.Question) (*question.Answer, error) {
	hub, err := u.linked()
	if err != nil {
		return nil, err
	}
	answer, err := hub.Query(ctx, q)
	return answer, lineDown(ctx, err)
}

// QueryAll is Query for all rows, in parts: see remote.Client.
func (u *Uplink) QueryAll(ctx context.Context, q question.Question, tell question.Tell) error {
	hub, err := u.linked()
	if err != nil {
		return err
	}
	return lineDown(ctx, hub.QueryAll(ctx, q, tell))
}

func (u *Uplink) linked() (Client, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.line.Connected {
		return nil, fault.New(fault.Unavailable, "no hub above can be reached").
			WithHint("ask again when tongbu status shows the line connected")
	}
	return u.hub, nil
}

// lineDown is the error of a question under which the link may have ended.
func lineDown(ctx context.Context, err error) error {
	if fault.Of(err) == fault.Canceled && ctx.Err() == nil {
		return fault.As(fault.Unavailable, "the line went down", err)
	}
	return err
}

// ending is how an attempt at one parent ended.
type ending uint8

const (
	unreachable ending = iota // no line to it: try the next
	refusing                  // it refused: try the next
	reopening                 // the link is to be opened again: after a pause, since the reason may persist
	lasted                    // it served for a while: try again at once
)

// longEnough is how long a link lasts after which there is no pause.
const longEnough = time.Second

// Run keeps the device linked until the context ends.
func (u *Uplink) Run(ctx context.Context) error {
	failures := 0
	for ctx.Err() == nil {
		how := u.tryParents(ctx)
		if how == lasted {
			failures = 0
			continue
		}
		if !pause(ctx, max(u.backoff(how, failures), u.retryAfter())) {
			break
		}
		failures++
	}
	return nil
}

// backoff doubles from First to Most, half of it random, so that a whole city
// does not come back at the same instant. While no hub can be reached it stays
// at Down: trying costs nobody anything then, and the line is used within
// seconds when it is back.
func (u *Uplink) backoff(how ending, failures int) time.Duration {
	most := u.cfg.Most
	if how == unreachable {
		most = u.cfg.Down
	}
	d := min(u.cfg.First<<min(failures, 16), most)
	return d/2 + rand.N(d/2+1)
}

// maxRetryAfter bounds the wait that a hub may ask for.
const maxRetryAfter = 5 * time.Minute

// retryAfter is how long the hub asked to wait, and a random part of up to half
// as long: it asked many at once.
func (u *Uplink) retryAfter() time.Duration {
	d := min(fault.RetryAfter(u.Line().Err), maxRetryAfter)
	return d + rand.N(d/2+1)
}

// tryParents tries the parents in turn until one has served, and returns how the
// best attempt ended.
func (u *Uplink) tryParents(ctx context.Context) ending {
	parents := u.parents()
	if len(parents) == 0 {
		u.setFailed(Parent{}, fault.New(fault.Unavailable, "no hub above is known"))
	}
	best, shown := unreachable, Line{}
	for _, p := range u.order(parents) {
		how, err := u.linkTo(ctx, p)
		u.setFailed(p, err)
		if how > refusing || ctx.Err() != nil {
			return how
		}
		if shown.Err == nil || how > best {
			shown = Line{Parent: p, Err: err}
		}
		best = max(best, how)
	}
	if shown.Err != nil { // of all attempts show a refusal before an unreachable hub, then the nearest
		u.setFailed(shown.Parent, shown.Err)
	}
	u.tellDown()
	return best
}

func (u *Uplink) setFailed(p Parent, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if fault.Of(err) == fault.Denied {
		u.refused[p.at()] = u.cfg.Now()
	}
	if err != nil && p.Address != "" {
		u.tries[p.at()] = Try{At: u.cfg.Now(), Err: err}
	}
	u.line = Line{Parent: p, LastSync: u.line.LastSync, Err: err}
	u.hub, u.mute = nil, false
	u.tellLostLocked()
}

// linkTo links to one parent until the link ends.
func (u *Uplink) linkTo(ctx context.Context, p Parent) (ending, error) {
	if _, err := u.cfg.Own.GetX509SVID(); err != nil {
		return refusing, err
	}
	hub, err := u.cfg.Dial(p.Address)
	if err != nil {
		return refusing, err
	}
	defer func() { _ = hub.Close() }()
	if err := u.connect(ctx, hub); fault.Of(err) == fault.Unavailable {
		return unreachable, err
	} else if err != nil {
		return refusing, err
	}
	linked, cancel := context.WithCancel(ctx)
	var looks sync.WaitGroup
	defer looks.Wait()
	defer cancel()
	conn, who, err := hub.Sync(linked)
	if err != nil {
		return refusing, err
	}
	u.setLinked(p, hub)
	u.setTried(p, nil)
	looks.Go(func() { u.lookNearer(linked, cancel) })
	started := u.cfg.Now()
	err = link.Run(linked, conn, u.cfg.Link(syncer.Peer{Unit: who.Unit, Device: who.Device}))
	return u.ended(err, started), err
}

// ended tells a link that served from a hub that answers and then refuses, which
// must not be asked again without a pause.
func (u *Uplink) ended(err error, started time.Time) ending {
	switch kind := fault.Of(err); {
	case kind == fault.Denied:
		return refusing
	case u.since(started) > longEnough:
		return lasted
	case kind == fault.Unavailable: // the hub or the line failed: no refusal
		return unreachable
	case kind == fault.Canceled:
		return reopening
	}
	return refusing
}

func (u *Uplink) connect(ctx context.Context, hub Client) error {
	ctx, cancel := context.WithTimeout(ctx, u.cfg.Connect)
	defer cancel()
	return hub.Reachable(ctx)
}

func (u *Uplink) setLinked(p Parent, hub Client) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.line = Line{Parent: p, Connected: true, LastSync: u.cfg.Now()}
	u.hub, u.mute = hub, true
}

// since is the time since then. A clock that was set back says that it is less than
// none, by as much as it was set: that counts as long ago.
func (u *Uplink) since(at time.Time) time.Duration { return u.cfg.Now().Sub(at).Abs() }

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
