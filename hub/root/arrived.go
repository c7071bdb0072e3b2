package root

import (
	"context"
	"encoding/binary"
	"time"

	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/node/account"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// SayingArrived says each night to each unit how far the city has recorded its streams
// by the end of the day that is over: the day of receipt of every change, which no clock
// below decides. It sees the turn to the second, so that little of the next day is in it.
func (r *Root) SayingArrived() account.Nightly {
	return account.Nightly{At: r.at, Every: time.Second, Do: func(ctx context.Context, over, _ string) error { return r.sayArrived(ctx, over) }}
}

// arrivedTable has how far was said, by stream.
const arrivedTable = "city.arrived"

func (r *Root) sayArrived(ctx context.Context, over string) error {
	entries, _ := r.at.Streams.Entries()
	for _, e := range entries {
		if e.Author == r.at.Place.RootUnit || e.Receipt.Seq == 0 {
			continue
		}
		if err := r.sayArrivedOf(ctx, e, over); err != nil {
			return err
		}
	}
	return nil
}

// sayArrivedOf says it of one stream, where it has come further than was said.
func (r *Root) sayArrivedOf(ctx context.Context, e syncer.Entry, over string) error {
	return r.at.Streams.Write(ctx, func(w *streams.Writer) error {
		said := w.Tx.Table(arrivedTable)
		before, err := said.Get([]byte(e.Stream.String()))
		if err != nil || len(before) == 8 && binary.BigEndian.Uint64(before) >= e.Receipt.Seq {
			return err
		}
		in, err := w.Own(e.Author)
		if err != nil {
			return err
		}
		word := system.Arrived{Stream: e.Stream, Seq: e.Receipt.Seq, On: over}
		edit := records.Edit{Kind: system.ArrivedKind, ID: word.ID(r.at.Place.RootUnit), Fields: word.Fields(), Actor: "program", At: r.at.Now().UnixMilli()}
		if _, err := r.at.Records.Put(w.Tx, in, r.at.Place.RootUnit, edit); err != nil {
			return err
		}
		return said.Put([]byte(e.Stream.String()), binary.BigEndian.AppendUint64(nil, e.Receipt.Seq))
	})
}
