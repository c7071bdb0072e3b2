package operate

import (
	"context"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/node/nightly"
	"tongbu/syncer/streams"
)

// usualDays is how long batches are kept that the city has recorded, where nothing else
// is set: longer than twice the time between two backups of a city.
const usualDays = 30

// Kept says of which streams batches were cut off here. Every change of them is still
// here; their batches are at the hubs and at the city.
type Kept struct {
	Streams int    `json:"streams"`
	Changes uint64 `json:"changes"`
	// Lacking are those of this device of which the city has recorded less, in its present
	// epoch, than was cut off: it was restored from a backup, and the hubs are to give it
	// the rest.
	Lacking int `json:"lacking,omitempty"`
}

// alone waits until nobody else checks or cuts the journal as a whole: a check that met
// a cut would call holes what is none.
func (o *Operate) alone(ctx context.Context) (free func(), err error) {
	select {
	case o.whole <- struct{}{}:
		return func() { <-o.whole }, nil
	case <-ctx.Done():
		return nil, fault.Wrap("wait for a check or a cut of the journal", ctx.Err())
	}
}

func (o *Operate) keepDays() int {
	if o.nights.Days > 0 {
		return o.nights.Days
	}
	return usualDays
}

// Cut cuts off the batches that the city has recorded and that were kept here for the
// retention since; dry says what that would be. It returns Invalid at a hub.
func (o *Operate) Cut(ctx context.Context, dry bool) (streams.Cut, error) {
	began := o.at.Now()
	cut, err := o.cut(ctx, dry)
	if kind := fault.Of(err); !dry && kind != fault.Canceled && kind != fault.Invalid {
		o.keepByHand(nightly.Cut, nightly.ByHand(nightly.Run{Changes: cut.Changes, Bytes: cut.Bytes}, began, o.at.Now(), err))
	}
	return cut, err
}

func (o *Operate) cut(ctx context.Context, dry bool) (cut streams.Cut, err error) {
	if !dry {
		free, err := o.alone(ctx)
		if err != nil {
			return cut, err
		}
		defer free()
	}
	return o.at.Streams.Cut(ctx, time.Duration(o.keepDays())*24*time.Hour, dry)
}

func (o *Operate) nightCut(ctx context.Context) (nightly.Run, error) {
	cut, err := o.cut(ctx, false)
	return nightly.Run{Changes: cut.Changes, Bytes: cut.Bytes}, err
}

// countKept counts what is kept of batches that were cut off.
func (o *Operate) countKept(tx *journal.Tx, info journal.StreamInfo, st *Status) error {
	if info.Base.Seq == 0 {
		return nil
	}
	if st.Kept == nil {
		st.Kept = &Kept{}
	}
	st.Kept.Streams++
	st.Kept.Changes += info.Base.Seq
	if !o.at.IsOwn(info.Stream) {
		return nil
	}
	r, err := o.at.Streams.Reached(tx, info.Stream)
	if err == nil && r.City < info.Base.Seq {
		st.Kept.Lacking++
	}
	return err
}
