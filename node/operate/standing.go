package operate

import (
	"context"
	"encoding/json"
	"path/filepath"
	"time"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
	"tongbu/node/replica"
)

// StandingFile has how a directory stood when it was last served, for whoever looks
// while nothing serves it: to open the directory would take it from a process that
// starts. It is no part of a backup.
const StandingFile = replica.StandingFile

// maxStanding bounds the file, in bytes.
const maxStanding = 1 << 20

// Standing is a status of some time ago. It lists no records, nor the devices below.
type Standing struct {
	At     time.Time `json:"at"`
	Status Status    `json:"status"`
}

// How often it is written while the directory is served, and how long the last time
// may take, at the end.
const (
	standingEvery = 5 * time.Minute
	standingLimit = 2 * time.Second
)

// KeepStanding writes how the directory stands until the context ends, and then once
// more. What cannot be written is written later, or is an older one.
func (o *Operate) KeepStanding(ctx context.Context) error {
	tick := time.NewTicker(standingEvery)
	defer tick.Stop()
	for {
		o.writeStanding(ctx)
		select {
		case <-ctx.Done():
			last, end := context.WithTimeout(context.WithoutCancel(ctx), standingLimit)
			defer end()
			o.writeStanding(last)
			return nil
		case <-tick.C:
		}
	}
}

func (o *Operate) writeStanding(ctx context.Context) {
	err := o.saveStanding(ctx)
	if err != nil && ctx.Err() == nil {
		o.at.Log.Warn("how the directory stands cannot be kept", "kind", fault.Of(err).String(), "reason", err.Error())
	}
}

func (o *Operate) saveStanding(ctx context.Context) error {
	st, err := o.Status(ctx, false)
	if err != nil {
		return err
	}
	st.Refusals, st.InConflict, st.Children, st.SecondHubs, st.Moved, st.Ahead = []Refusal{}, nil, []Child{}, nil, nil, nil
	raw, err := json.Marshal(Standing{At: o.at.Now().UTC(), Status: *st})
	if err != nil {
		return fault.As(fault.Internal, "keep how the directory stands", err)
	}
	return durable.WriteFile(filepath.Join(o.at.Dir(), StandingFile), append(raw, '\n'))
}

// ReadStanding reads it of a directory that another may serve. It returns NotFound for
// one that was never served, by a program that writes it, and Damaged for what cannot be
// read.
func ReadStanding(dir string) (s Standing, err error) {
	raw, err := durable.ReadFile(filepath.Join(dir, StandingFile), maxStanding)
	if err == nil && json.Unmarshal(raw, &s) != nil {
		err = fault.New(fault.Damaged, "%s cannot be read", StandingFile)
	}
	return s, err
}
