// Package network is what the city asks before it writes anything new: what each
// device in use reads, as it says itself, and what is published for the network.
// A format is published when every active device has said that it reads it and none
// has joined for a while, or by order. survey.go asks, publish.go publishes.
package network

import (
	"context"
	"log/slog"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/members"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/syncer/streams"
)

// View is what has the states of the devices.
type View interface {
	// Record returns the merged record; NotFound when there is none.
	Record(ctx context.Context, kind string, id change.RecordID) (*merge.Record, error)
}

// Config of the city's keeper. All fields are needed, but for Published.
type Config struct {
	Streams *streams.Streams
	Records *records.Records
	Members *members.Members
	View    View
	// Await returns when the view's watermark has reached an arrival, or when the
	// context ends.
	Await  func(ctx context.Context, arrival uint64) error
	Device change.DeviceID // the city's own
	Now    func() time.Time
	Log    *slog.Logger
	// Published is called when something was published; nil: nobody asks.
	Published func()
}

// Keeper is safe for concurrent use.
type Keeper struct {
	cfg  Config
	wake chan struct{} // one token: a device has said something, or is in use or no more
}

// New makes a keeper. It looks at the start of Run.
func New(cfg Config) *Keeper {
	k := &Keeper{cfg: cfg, wake: make(chan struct{}, 1)}
	k.Wake()
	return k
}

// Wake has Run look whether something can be published.
func (k *Keeper) Wake() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// calm is how long no device must have joined before the city publishes by itself.
// Where devices are being joined, programs of an earlier release may be among
// those that come next, and what is published is not taken back.
const calm = 24 * time.Hour

// look is how often Run looks whether that time is over.
const look = 10 * time.Minute

// Run publishes what every active device reads, until the context ends.
func (k *Keeper) Run(ctx context.Context) error {
	late := time.NewTicker(look)
	defer late.Stop()
	settled := false // it has looked in calm: what may be published after it, wakes
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.wake:
		case <-late.C:
			if settled {
				continue
			}
		}
		wasCalm := k.isCalm() // asked before it looks: calm that begins meanwhile is for the next look
		err := k.Look(ctx)
		settled = wasCalm && err == nil
		switch {
		case ctx.Err() != nil:
			return nil
		case fault.Of(err) == fault.Full:
			k.cfg.Log.Warn("no room to publish what the devices read", "reason", err.Error())
		case err != nil:
			return err
		}
	}
}
