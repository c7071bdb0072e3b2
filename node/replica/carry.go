package replica

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/node/socket"
	"tongbu/syncer"
	"tongbu/syncer/carry"
	"tongbu/syncer/streams"
)

// carriedTable is side 0 stream -> what the last carried file of that side
// said to have, in JSON. A side is a unit below, or "up".
const carriedTable = "station.carried"

const upSide = "up"

// carryOut answers with a carried file: for the hubs above, or for a unit
// below.
func (s *Replica) carryOut(w http.ResponseWriter, r *http.Request) {
	file, end, err := s.spool()
	if err != nil {
		socket.Fail(w, err)
		return
	}
	defer end()
	q := r.URL.Query()
	err = s.writeCarried(r.Context(), file, q.Get("for"), q.Has("all"))
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		socket.Fail(w, err)
		return
	}
	socket.SendFile(w, file)
}

func (s *Replica) writeCarried(ctx context.Context, file *os.File, to string, all bool) error {
	o := carry.Outward{Key: s.Keys.Key(), Tree: s.Members, Child: s.Place.Unit, Source: s.Streams,
		Header: carry.Header{Format: carry.Format, Network: string(s.Place.Network), Unit: s.Place.Unit, Device: s.Keys.Device(),
			Certificate: s.Keys.Certificate().Raw, Written: s.Now().UnixMilli()}}
	side := upSide
	switch {
	case to != "":
		unit, err := s.UnitOf(to)
		if err != nil {
			return err
		}
		if unit == s.Place.Unit || !s.Members.Below(s.Place.Unit, unit) {
			return fault.New(fault.Denied, "that unit is not below this one").WithHint("leave out --for to write for the hubs above")
		}
		o.Child, o.Down, o.Header.For, side = unit, true, unit, string(unit)
	case s.IsRoot():
		return fault.New(fault.Invalid, "nobody is above the city").WithHint("say for which unit: --for CODE")
	}
	if err := s.sealOwn(ctx); err != nil {
		return err
	}
	if !all {
		var err error
		if o.Known, err = s.knownBy(side); err != nil {
			return err
		}
	}
	return carry.Out(file, o)
}

// sealOwn closes what was written here, as a link does before it sends.
func (s *Replica) sealOwn(ctx context.Context) error {
	entries, _ := s.Streams.Entries()
	for _, e := range entries {
		for e.Stream.Device == s.Keys.Device() && e.Sealed.Seq < e.Head {
			if err := s.Streams.Seal(ctx, e.Stream); err != nil {
				return err
			}
			e, _ = s.Streams.Entry(e.Stream)
		}
	}
	return nil
}

// knownBy is what the other side is known to have: its last file said so, or,
// above, the city's receipt covers it.
func (s *Replica) knownBy(side string) (map[change.Stream]syncer.Have, error) {
	known := map[change.Stream]syncer.Have{}
	return known, s.Journal.View(func(tx *journal.Tx) error {
		err := tx.Table(carriedTable).Ascend(nil, sideKey(side, ""), func(_, raw []byte) error {
			var h syncer.Have
			err := json.Unmarshal(raw, &h)
			known[h.Stream] = h
			return fault.Wrap("read what was carried", err)
		})
		if err != nil || side != upSide {
			return err
		}
		return tx.Streams(func(info journal.StreamInfo) error { return s.recorded(tx, info, known) })
	})
}

// recorded notes what the city has.
func (s *Replica) recorded(tx *journal.Tx, info journal.StreamInfo, known map[change.Stream]syncer.Have) error {
	reached, err := s.Streams.Reached(tx, info.Stream)
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

// maxCarried bounds a file that is taken in, in bytes.
const maxCarried = 16 << 30

// carryIn takes a carried file from the request's body: it is kept beside the
// journal and checked to its end before anything of it is applied.
func (s *Replica) carryIn(r *http.Request) (any, error) {
	file, end, err := s.spool()
	if err != nil {
		return nil, err
	}
	defer end()
	if n, err := io.Copy(file, io.LimitReader(r.Body, maxCarried+1)); err != nil || n > maxCarried {
		return nil, fault.Wrap("take the carried file", errors.Join(err, tooLong(n)))
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fault.Wrap("take the carried file", err)
	}
	from, sum, have, err := carry.In(r.Context(), file, carry.Inward{Network: string(s.Place.Network), Self: s.self(), Tree: s.Members,
		Verifier: s.Keys.Verifier().Author, Banned: s.Members.Banned, Target: s.Streams})
	if err != nil {
		return nil, err
	}
	sum.Unit = s.code(from.Unit)
	s.Log.Info("took a carried file", "device", string(from.Device), "unit", string(from.Unit), "batches", sum.Batches, "known", sum.Known, "refused", sum.Refused)
	if err := s.noteCarried(r.Context(), from, have); err != nil || s.Taken == nil {
		return sum, err
	}
	return sum, s.Taken(r.Context())
}

func tooLong(n int64) error {
	if n <= maxCarried {
		return nil
	}
	return fault.New(fault.Invalid, "the file has more than %d bytes", int64(maxCarried))
}

// noteCarried keeps what the writer of a file said to have, in place of what
// it said before.
func (s *Replica) noteCarried(ctx context.Context, from streams.Sender, have []syncer.Have) error {
	side := upSide
	if !from.Parent {
		side = string(from.Unit)
	}
	return s.Journal.Update(ctx, func(tx *journal.Tx) error {
		table := tx.Table(carriedTable)
		err := table.Ascend(nil, sideKey(side, ""), func(key, _ []byte) error { return table.Delete(key) })
		for i := 0; err == nil && i < len(have); i++ {
			var raw []byte
			if raw, err = json.Marshal(have[i]); err == nil {
				err = table.Put(sideKey(side, have[i].Stream.String()), raw)
			}
		}
		return fault.Wrap("note what was carried", err)
	})
}
