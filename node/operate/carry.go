package operate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
	"tongbu/syncer/carry"
)

// carriedTable is side 0 stream -> what the last carried file of that side said it
// had, in JSON. A side is a unit below, or "up".
const carriedTable = "station.carried"

const upSide = "up"

// CarryOut writes a carried file, to the hubs above when to is empty, or to a unit
// below, named by code or id; all: also what the other side is known to have. It is
// encrypted to the devices that may read it, and counted. Nothing is written to w
// before the file is whole. It returns Denied for a unit that is not below, Invalid
// where nobody is above, NotFound where no device is known that could read it, and
// Busy while another copy is under way.
func (o *Operate) CarryOut(ctx context.Context, w io.Writer, to string, all bool) (*carry.Summary, error) {
	file, end, err := o.at.Spool.Create()
	if err != nil {
		return nil, err
	}
	defer end()
	sum, err := o.writeCarried(ctx, file, to, all)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fault.Wrap("read the carried file", err)
	}
	_, err = io.Copy(w, file)
	return sum, fault.Wrap("hand out the carried file", err)
}

// maxCarried bounds a file that is read in, in bytes.
const maxCarried = 16 << 30

// CarryIn applies a carried file. Its head is checked before anything of it is
// stored; then it is kept beside the journal and checked to its end before anything
// of it is applied. It returns what carry.In does, and Busy while another copy is
// under way.
func (o *Operate) CarryIn(ctx context.Context, from io.Reader) (*carry.Summary, error) {
	file, end, err := o.at.Spool.Create()
	if err != nil {
		return nil, err
	}
	defer end()
	in := carry.Inward{Network: string(o.at.Place.Network), Self: o.at.Self(), Key: o.at.Keys.Key(), Tree: o.at.Members,
		Verifier: o.at.Keys.Verifier().Author, Banned: o.at.Members.Banned, Target: o.at.Streams}
	head, err := io.ReadAll(io.LimitReader(from, carry.HeadSize))
	if err != nil {
		return nil, fault.Wrap("read the carried file", err)
	}
	if err := carry.Inspect(bytes.NewReader(head), in); err != nil {
		return nil, err
	}
	if n, err := io.Copy(file, io.LimitReader(io.MultiReader(bytes.NewReader(head), from), maxCarried+1)); err != nil || n > maxCarried {
		return nil, fault.Wrap("store the carried file", errors.Join(err, tooLong(n)))
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fault.Wrap("read the carried file", err)
	}
	taken, err := carry.In(ctx, file, in)
	if err != nil {
		return nil, err
	}
	sum, sender := taken.Summary, taken.From
	sum.Unit = o.at.Members.Code(sender.Unit)
	o.at.Log.Info("a carried file is applied", "device", string(sender.Device), "unit", string(sender.Unit), "batches", sum.Batches, "known", sum.Known, "refused", sum.Refused, "clear", sum.Clear)
	if err := o.saveCarried(ctx, taken); err != nil || o.beyond.Carried == nil {
		return sum, err
	}
	return sum, o.beyond.Carried(ctx)
}

func (o *Operate) writeCarried(ctx context.Context, file io.Writer, to string, all bool) (*carry.Summary, error) {
	out := carry.Outward{Key: o.at.Keys.Key(), Tree: o.at.Members, Child: o.at.Place.Unit, Source: o.at.Streams,
		Header: carry.Header{Format: carry.Format, Network: string(o.at.Place.Network), Unit: o.at.Place.Unit, Device: o.at.Keys.Device(),
			Certificate: o.at.Keys.Certificate().Raw, Written: o.at.Now().UnixMilli()}}
	side := upSide
	switch {
	case to != "":
		unit, err := o.at.Members.UnitOf(to)
		if err != nil {
			return nil, err
		}
		if err := access.CarryTo(o.at.Members, o.at.Place.Unit, unit); err != nil {
			return nil, err
		}
		out.Child, out.Down, out.Header.For, side = unit, true, unit, string(unit)
	case o.at.IsRoot():
		return nil, fault.New(fault.Invalid, "nobody is above the city").WithHint("say for which unit: --for CODE")
	}
	if err := o.sealOwn(ctx); err != nil {
		return nil, err
	}
	if !all {
		var err error
		if out.Known, err = o.knownBy(side); err != nil {
			return nil, err
		}
	}
	err := o.at.Journal.Update(ctx, func(tx *journal.Tx) error { return o.numberFile(tx, &out.Header) })
	if err != nil {
		return nil, err
	}
	readers, left := o.carriedReaders(out.Header.For)
	out.Readers = readers
	sum, err := carry.Out(file, out)
	if err == nil {
		sum.LeftOut += left
	}
	return sum, err
}

// sealOwn closes what was written here, as a link does before it sends.
func (o *Operate) sealOwn(ctx context.Context) error {
	entries, _ := o.at.Streams.Entries()
	for _, e := range entries {
		for o.at.IsOwn(e.Stream) && e.Sealed.Seq < e.Head {
			if err := o.at.Streams.Seal(ctx, e.Stream); err != nil {
				return err
			}
			e, _ = o.at.Streams.Entry(e.Stream)
		}
	}
	return nil
}

// knownBy is what the other side is known to have: its last file said so, or,
// above, the city's receipt covers it.
func (o *Operate) knownBy(side string) (map[change.Stream]syncer.Have, error) {
	known := map[change.Stream]syncer.Have{}
	return known, o.at.Journal.View(func(tx *journal.Tx) error {
		err := tx.Table(carriedTable).Ascend(nil, sideKey(side, ""), func(_, raw []byte) error {
			var h syncer.Have
			err := json.Unmarshal(raw, &h)
			known[h.Stream] = h
			return fault.Wrap("read what was carried", err)
		})
		if err != nil || side != upSide {
			return err
		}
		return tx.Streams(func(info journal.StreamInfo) error { return o.addRecorded(tx, info, known) })
	})
}

// addRecorded adds what the city's receipt covers.
func (o *Operate) addRecorded(tx *journal.Tx, info journal.StreamInfo, known map[change.Stream]syncer.Have) error {
	reached, err := o.at.Streams.Reached(tx, info.Stream)
	if err != nil || reached.City <= known[info.Stream].Mark.Seq {
		return err
	}
	r, err := tx.Receipt(info.Stream)
	if err != nil || r == nil {
		return err
	}
	h := known[info.Stream]
	h.Stream, h.Mark = info.Stream, r.Mark()
	known[info.Stream] = h
	return nil
}

func sideKey(side, stream string) []byte { return append(append([]byte(side), 0), stream...) }

func tooLong(n int64) error {
	if n <= maxCarried {
		return nil
	}
	return fault.New(fault.Invalid, "the file has more than %d bytes", int64(maxCarried))
}

// saveCarried saves what the writer of a file said to have, in place of what it
// said before; of a file that is older than its last one, nothing.
func (o *Operate) saveCarried(ctx context.Context, taken *carry.Taken) error {
	side, have := upSide, taken.Have
	if !taken.From.Parent {
		side = string(taken.From.Unit)
	}
	return o.at.Journal.Update(ctx, func(tx *journal.Tx) error {
		if latest, err := isLatest(tx, taken.Header); err != nil || !latest {
			return err
		}
		table := tx.Table(carriedTable)
		err := table.Ascend(nil, sideKey(side, ""), func(key, _ []byte) error { return table.Delete(key) })
		for i := 0; err == nil && i < len(have); i++ {
			var raw []byte
			if raw, err = json.Marshal(have[i]); err == nil {
				err = table.Put(sideKey(side, have[i].Stream.String()), raw)
			}
		}
		return fault.Wrap("save what was carried", err)
	})
}
