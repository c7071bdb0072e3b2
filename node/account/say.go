package account

import (
	"context"

	"tongbu/internal/records"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// Saying says each night, in the device's own streams, what the directory holds.
func Saying(at *replica.Replica, books Books) Nightly {
	s := saying{at, books}
	return Nightly{At: at, Do: func(ctx context.Context, _, today string) error { return s.all(ctx, today) }}
}

type saying struct {
	at    *replica.Replica
	books Books
}

func (s saying) all(ctx context.Context, day string) error {
	for _, unit := range s.books.Units() {
		a, err := s.books.Account(ctx, unit, day)
		if err == nil && a.Records > 0 {
			err = s.one(ctx, word{s.at.Keys.Device(), unit, a})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// one says it to the unit that it is about: what a hub says to itself would be told to
// all below. Of a unit that was merged the heir says it to itself.
func (s saying) one(ctx context.Context, w word) error {
	by, audience := s.at.Place.Unit, w.of
	if s.at.Holds(w.of) && !s.at.IsHub() {
		audience = by
	}
	return s.at.Streams.Write(ctx, func(to *streams.Writer) error {
		in, err := to.Own(audience)
		if err != nil {
			return err
		}
		_, err = s.at.Records.Put(to.Tx, in, by, records.Edit{Kind: Kind, ID: idOf(by, w.device, w.of), Fields: w.fields(), Actor: "program", At: s.at.Now().UnixMilli()})
		return err
	})
}
