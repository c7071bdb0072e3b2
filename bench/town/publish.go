package town

import (
	"context"
	"time"

	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/syncer/streams"
)

// publish has the city publish all formats that this program reads: what it does by
// itself a day after the last device has joined, and what a network is measured with.
func (t *Town) publish(ctx context.Context) error {
	city := t.City.Replica
	return city.Streams.Write(ctx, func(w *streams.Writer) error {
		own, err := w.Own(city.Place.Unit)
		if err != nil {
			return err
		}
		edit := records.Edit{Kind: system.NetworkKind, ID: system.NetworkID, Fields: system.Network{Formats: system.Readable, Publication: 1}.Fields(), Actor: "city", At: time.Now().UnixMilli()}
		_, err = city.Records.Put(w.Tx, own, city.Place.Unit, edit)
		return err
	})
}
