package account

import (
	"context"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// Teller says once a day, in the device's own streams, what the directory holds.
type Teller struct {
	At    *replica.Replica
	Books Books
}

// lookEvery is how often it is seen whether another day has begun.
const lookEvery = time.Minute

// Run says it at the turn of each day, and after a start on a later day than the last.
// A device says nothing on the day of its first start: there is little to hold against.
func (t *Teller) Run(ctx context.Context) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		if err := t.Say(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

// Say says it when the day is a later one than that of the last time. Without room it
// is left to the next day.
func (t *Teller) Say(ctx context.Context) error {
	day, err := t.At.Day()
	if err != nil {
		return err
	}
	last, err := t.lastDay()
	if err != nil || last >= day {
		return err
	}
	if last != "" {
		err = t.sayAll(ctx, day)
	}
	if err == nil {
		err = t.At.Journal.Update(ctx, func(tx *journal.Tx) error { return tx.Table(dayTable).Put(dayKey, []byte(day)) })
	}
	if fault.Of(err) == fault.Full {
		t.At.Log.Warn("no room to say what is held here", "reason", err.Error())
		return nil
	}
	return fault.Wrap("say what is held here", err)
}

// dayTable has the day on which it was said last; at first, that of the first start.
const dayTable = "station.digests"

var dayKey = []byte("day")

func (t *Teller) lastDay() (day string, err error) {
	err = t.At.Journal.View(func(tx *journal.Tx) error {
		raw, err := tx.Table(dayTable).Get(dayKey)
		day = string(raw)
		return err
	})
	return day, err
}

func (t *Teller) sayAll(ctx context.Context, day string) error {
	for _, unit := range t.Books.Units() {
		a, err := t.Books.Account(ctx, unit, day)
		if err == nil && a.Records > 0 {
			err = t.sayOf(ctx, word{t.At.Keys.Device(), unit, a})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sayOf says it to the unit that it is about: what a hub says to itself would be told
// to all below.
func (t *Teller) sayOf(ctx context.Context, w word) error {
	by := t.At.Place.Unit
	return t.At.Streams.Write(ctx, func(to *streams.Writer) error {
		in, err := to.Own(w.of)
		if err != nil {
			return err
		}
		_, err = t.At.Records.Put(to.Tx, in, by, records.Edit{Kind: Kind, ID: idOf(by, w.device, w.of), Fields: w.fields(), Actor: "program", At: t.At.Now().UnixMilli()})
		return err
	})
}
