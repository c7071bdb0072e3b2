package streams

import (
	"context"
	"encoding/binary"
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
)

// beginIncarnation begins a new incarnation: the highest known of the device,
// plus by. A copy of the directory in other hands can write under the highest of
// all; then it is the next after the present one that nobody has used.
func (c *Streams) beginIncarnation(tx *journal.Tx, by uint32) error {
	now, err := incarnation(tx)
	if err != nil {
		return err
	}
	used, err := c.ownIncarnations(tx)
	if err != nil {
		return err
	}
	next, ok := nextIncarnation(now, by, used)
	if !ok {
		return fault.New(fault.Exhausted, "this device has no incarnation left").WithHint(copiedHint)
	}
	return tx.Table(selfTable).Put(incarnationKey, binary.BigEndian.AppendUint32(nil, next))
}

// ownIncarnations are the numbers under which streams of the device are held.
func (c *Streams) ownIncarnations(tx *journal.Tx) (map[uint32]bool, error) {
	used := map[uint32]bool{}
	err := tx.Streams(func(info journal.StreamInfo) error {
		if info.Stream.Device == c.cfg.Self.Device {
			used[info.Stream.Incarnation] = true
		}
		return nil
	})
	return used, err
}

// nextIncarnation chooses a number after now that is not used: above all, or where
// there is no room above all, wherever there is; false: nowhere.
func nextIncarnation(now, by uint32, used map[uint32]bool) (uint32, bool) {
	const limit = uint64(syncer.MaxIncarnation)
	top := uint64(now)
	for n := range used {
		top = max(top, uint64(n))
	}
	if next := top + uint64(by); next <= limit {
		return uint32(next), true
	}
	start := (uint64(now) + uint64(by)) % limit // from here to the end, then from the beginning
	for i := range uint64(len(used)) + 2 {
		if next := uint32((start+i+limit-1)%limit) + 1; next != now && !used[next] {
			return next, true
		}
	}
	return 0, false
}

// checkOvertaken begins a new incarnation when a peer has more of the present
// one, or has a later one that was not known here, than the device itself: its
// directory is an older copy, or was lost and set up again.
func (c *Streams) checkOvertaken(tx *journal.Tx, a *incoming) error {
	in := a.batch.Stream
	n, err := incarnation(tx)
	if err != nil || in.Device != c.cfg.Self.Device {
		return err
	}
	if in.Incarnation != n && (in.Incarnation < n || a.batch.First > 1) {
		return nil
	}
	switch err := c.beginIncarnation(tx, 1); fault.Of(err) {
	case fault.OK:
		a.yielded = true
		return nil
	case fault.Exhausted: // it goes on as it is
		return nil
	default:
		return err
	}
}

// Mend leaves an incarnation that lies beyond the highest, where an older build may
// have been led by a copy of the directory: hubs take nothing from there. What the
// city has not recorded is written again.
func (c *Streams) Mend(ctx context.Context) error {
	n, err := c.Incarnation()
	if err != nil || n <= syncer.MaxIncarnation {
		return err
	}
	return c.Write(ctx, func(w *Writer) error {
		if err := c.beginIncarnation(w.Tx, 1); err != nil {
			return err
		}
		var beyond []journal.StreamInfo
		err := w.Streams(func(info journal.StreamInfo) error {
			if info.Stream.Device == c.cfg.Self.Device && info.Stream.Incarnation == n {
				beyond = append(beyond, info)
			}
			return nil
		})
		for _, info := range beyond {
			if err == nil {
				err = w.reissueAfter(info)
			}
		}
		return err
	})
}

// reissueAfter writes again what the city has not recorded of a stream.
func (w *Writer) reissueAfter(info journal.StreamInfo) error {
	from, err := recorded(w.Tx, info)
	if err != nil {
		return err
	}
	left, err := changesAfter(w.Tx, info.Stream, from)
	if err != nil || len(left) == 0 {
		return err
	}
	own, err := w.Own(info.Stream.Audience)
	for _, l := range left {
		var again *change.Change
		if err == nil {
			again, err = change.Decode(l.raw)
		}
		if err == nil {
			err = w.streams.cfg.Records.Reissue(w.Tx, own, again, again.Dot(info.Stream))
		}
	}
	return err
}

const copiedHint = "a copy of its directory is in other hands: revoke this device at the city and join from a new directory"

// manyIncarnations is when so many say that somebody makes them.
const manyIncarnations = 200

// Copied says what shows that a copy of the directory is in use elsewhere, and what
// to do; empty: nothing does. A copy that was given up in time heals by itself and
// shows as a fork.
func (c *Streams) Copied() (string, error) {
	var now uint32
	var used map[uint32]bool
	err := c.View(func(tx *journal.Tx) (err error) {
		if now, err = incarnation(tx); err != nil {
			return err
		}
		used, err = c.ownIncarnations(tx)
		return err
	})
	var top uint32
	for n := range used {
		top = max(top, n)
	}
	switch {
	case err != nil:
		return "", err
	case top > now:
		return fmt.Sprintf("incarnation %d of this device was written elsewhere; %s", top, copiedHint), nil
	case len(used) >= manyIncarnations:
		return fmt.Sprintf("this device has begun %d incarnations, and hubs take no more than %d; %s", len(used), syncer.MaxStreams(0), copiedHint), nil
	}
	return "", nil
}
