package replica

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/today"
	"tongbu/syncer"
)

// farAhead is how far a time may be ahead of the clock here without a warning: a
// wrong day is found, a clock that is some minutes fast is shown elsewhere. Times
// decide nothing; a wrong one misleads people.
const farAhead = 24 * time.Hour

// Ahead is a device that dates its changes ahead of the clock here.
type Ahead struct {
	Unit   change.UnitID
	Device change.DeviceID
	By     time.Duration
}

// maxAhead bounds the memory, of each map.
const maxAhead = 1000

// Clocks compares the clocks of others with the one here.
type Clocks struct {
	now  func() time.Time
	ran  func() time.Duration // since the start, by a clock that nobody sets
	log  *slog.Logger
	root change.UnitID // the city's

	signs bool // this is the city

	mu     sync.Mutex // guards all below
	ahead  map[change.DeviceID]Ahead
	met    map[change.DeviceID]seen
	parent change.DeviceID // met last; "": none was
	city   seen            // what the newest signed time says of the city's clock: it may be further on
	past   time.Time       // newest time that the city has signed
	wrong  bool            // the log says so of the clock here
}

// Dated compares the time of a device's change, in Unix milliseconds, with the
// clock here.
func (c *Clocks) Dated(d change.DeviceID, author change.UnitID, at int64) {
	by := time.UnixMilli(at).Sub(c.now())
	c.mu.Lock()
	defer c.mu.Unlock()
	_, known := c.ahead[d]
	if by <= farAhead {
		delete(c.ahead, d)
		return
	}
	if len(c.ahead) >= maxAhead && !known {
		return
	}
	if c.ahead == nil {
		c.ahead = map[change.DeviceID]Ahead{}
	}
	c.ahead[d] = Ahead{Unit: author, Device: d, By: by}
	if !known {
		c.log.Warn("a device dates its changes ahead of the clock here; they win nothing by it", "device", string(d), "unit", string(author))
	}
}

// Aheads lists the devices whose newest changes were dated far ahead, by unit.
func (c *Clocks) Aheads() []Ahead {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]Ahead, 0, len(c.ahead))
	for _, a := range c.ahead {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Ahead) int { return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Device, b.Device)) })
	return all
}

// IsAhead reports whether a time, in Unix milliseconds, is far ahead of the
// clock here.
func (c *Clocks) IsAhead(at int64) bool { return time.UnixMilli(at).Sub(c.now()) > farAhead }

// Met stores what the hello of a link says of the other's clock: its offset, theirs
// less the one here.
func (c *Clocks) Met(peer syncer.Peer, parent bool, offset time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.met[peer.Device]; len(c.met) >= maxAhead && !known && !parent {
		return
	}
	if c.met == nil {
		c.met = map[change.DeviceID]seen{}
	}
	if parent {
		delete(c.met, c.parent)
		c.parent = peer.Device
	}
	c.met[peer.Device] = seen{peer: peer, offset: offset, at: c.instant()}
	c.warnLocked()
}

// Signed stores that the city's signature on a time came just now. One of an earlier
// time than the newest may mean that the city's clock was set back: what it said
// before bears nobody out any more.
func (c *Clocks) Signed(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.instant()
	if offset := at.Sub(now.wall); c.city.at.wall.IsZero() || offset > c.city.since(now) || at.Before(c.past.Add(-apart)) {
		c.city = seen{offset: offset, at: now}
	}
	if at.After(c.past) {
		c.past = at
	}
	c.warnLocked()
}

// Past is the newest time that the city has signed, as far as it has come here;
// zero: nothing has.
func (c *Clocks) Past() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.past
}

// load reads the newest time that is signed in the journal. The city's own batches
// say no more than its receipts.
func (c *Clocks) load(tx *journal.Tx, city change.UnitID, root bool) error {
	err := tx.Receipts(func(r *change.SignedReceipt) error {
		c.loadOne(r.At)
		return nil
	})
	if err != nil || root {
		return err
	}
	return tx.Streams(func(info journal.StreamInfo) error {
		if info.Author != city || info.Sealed.Seq == 0 {
			return nil
		}
		last, err := tx.Batches(info.Stream, info.Sealed.Seq-1, 1)
		for _, b := range last {
			c.loadOne(b.Sealed)
		}
		return err
	})
}

func (c *Clocks) loadOne(milli int64) {
	if at := time.UnixMilli(milli); at.After(c.past) {
		c.past = at
	}
}

// Offset is the parent's clock less the one here; 0 before the first link.
func (c *Clocks) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, known := c.met[c.parent]
	if !known {
		return 0
	}
	return s.since(c.instant())
}

// Measured is when a clock was compared with the one here last; zero: none was since the
// start.
func (c *Clocks) Measured() (last time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.met {
		if s.at.wall.After(last) {
			last = s.at.wall
		}
	}
	return last.UTC()
}

// OwnAhead reports whether the clock here is far ahead of the parent's, as far as
// it is not that one which is wrong; before the first link nobody knows.
func (c *Clocks) OwnAhead() bool {
	return -c.Offset() > farAhead && (c.Compare().Verdict != ClockRight)
}

// today is what is known of the time.
func (c *Clocks) today() today.Clock {
	j := c.Compare()
	behind := j.Offset
	if j.Verdict == ClockUndecided { // the latest of them: nobody is refused by a clock that may be slow
		for _, o := range j.Others {
			behind = max(behind, o.Offset)
		}
	}
	know := today.Clock{Now: c.now(), Compared: len(j.Others) > 0, Behind: behind, Past: c.Past()}
	if now := know.Now.Add(max(behind, 0)); c.signs && know.Past.Before(now) {
		know.Past = now // the city itself signs by this clock
	}
	return know
}

// Day is the date of today, YYYY-MM-DD.
func (r *Replica) Day() (date string, err error) {
	err = r.Journal.View(func(tx *journal.Tx) error {
		day, _, err := r.Today(tx)
		date = day.Date
		return err
	})
	return date, err
}

// DayLeft is Day, and how long it lasts yet unless a clock is set.
func (r *Replica) DayLeft() (date string, left time.Duration, err error) {
	err = r.Journal.View(func(tx *journal.Tx) error {
		zone, err := r.zone(tx)
		if err != nil {
			return err
		}
		now := r.Clocks.today()
		date, left = now.In(zone).Date, now.Left(zone)
		return nil
	})
	return date, left, err
}

// lookEvery is how often it is seen whether another day has begun: a clock may be set.
const lookEvery = time.Minute

// EachDay calls do with the day at once and whenever a day turns, at least as often as
// every says (0: each minute), until it fails or the context ends.
func (r *Replica) EachDay(ctx context.Context, every time.Duration, do func(ctx context.Context, day string) error) error {
	look := time.NewTimer(0)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
		day, left, err := r.DayLeft()
		if err == nil {
			err = do(ctx, day)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		look.Reset(max(cmp.Or(every, lookEvery), min(left, lookEvery)))
	}
}

// Today is the day to judge records by.
func (r *Replica) Today(tx *journal.Tx) (today.Day, string, error) {
	zone, err := r.zone(tx)
	if err != nil {
		return today.Day{}, "", err
	}
	return r.Clocks.today().In(zone), zone.String(), nil
}

// Zone is the time zone of the network's days.
func (r *Replica) Zone() (zone *time.Location, err error) {
	err = r.Journal.View(func(tx *journal.Tx) error {
		zone, err = r.zone(tx)
		return err
	})
	return zone, err
}

func (r *Replica) zone(tx *journal.Tx) (*time.Location, error) {
	n, err := r.Network(tx)
	if err != nil {
		return nil, err
	}
	zone, err := today.Zone(n.Zone)
	if err != nil { // of a later release: this one does not know its name
		zone, err = today.Zone("")
	}
	return zone, err
}
