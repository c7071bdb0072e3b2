package account

import (
	"context"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/node/replica"
)

// Nightly does something at the turn of each day of the network, and after a start on a
// later day than the last.
type Nightly struct {
	At    *replica.Replica
	Every time.Duration // how late the turn of a day may be seen, unless a clock is set; 0: a minute
	// Do is given the day that is over and today. Without room it is left to the next
	// day; it may be run again for the same days.
	Do func(ctx context.Context, over, today string) error
}

// Run works until the context ends. Nothing is done on the day of a directory's first
// start: there is nothing that is over.
func (n Nightly) Run(ctx context.Context) error { return n.At.EachDay(ctx, n.Every, n.once) }

// Once does it if the day is a later one than that of the last time.
func (n Nightly) Once(ctx context.Context) error {
	today, err := n.At.Day()
	if err != nil {
		return err
	}
	return n.once(ctx, today)
}

func (n Nightly) once(ctx context.Context, today string) error {
	last, err := n.lastDay()
	if err != nil || last >= today {
		return err
	}
	if last != "" {
		err = n.Do(ctx, last, today)
	}
	if err == nil {
		err = n.At.Journal.Update(ctx, func(tx *journal.Tx) error { return tx.Table(nightTable).Put(nightKey, []byte(today)) })
	}
	if fault.Of(err) == fault.Full {
		n.At.Log.Warn("no room to say what is held here", "reason", err.Error())
		return nil
	}
	return fault.Wrap("say what is held here", err)
}

// nightTable has the day on which it was done last; at first, that of the first start.
const nightTable = "station.nightly"

var nightKey = []byte("day")

func (n Nightly) lastDay() (day string, err error) {
	err = n.At.Journal.View(func(tx *journal.Tx) error {
		raw, err := tx.Table(nightTable).Get(nightKey)
		day = string(raw)
		return err
	})
	return day, err
}
