package transfer

import (
	"context"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/tree"
	"tongbu/syncer/streams"
)

// Done is what a transfer has given away.
type Done struct {
	Transfer change.RecordID `json:"transfer"`
	Kind     string          `json:"kind"`
	Record   change.RecordID `json:"record"`
	From     string          `json:"from"` // codes
	To       string          `json:"to"`
	On       string          `json:"on"`
	Records  int             `json:"records"` // that have gone along, itself too
	Changes  int             `json:"changes"` // that were said again
}

// writing is the transaction of one transfer.
type writing struct {
	*Keeper
	*streams.Writer
	name     change.RecordID
	from, to tree.Unit
	day      string
	judged   uint64 // arrival up to which the city has judged
	epoch    uint64
	now      int64
	sight    map[string]change.Value
	done     Done
}

// give gives a record and what goes along with it to a community: from the community that
// holds it when the transaction begins.
func (k *Keeper) give(ctx context.Context, m Move, name func(h custody.Holding) change.RecordID, also func(*writing) error) (done Done, err error) {
	to, err := k.target(m)
	if err != nil {
		return done, err
	}
	day, err := k.cfg.Today()
	if err != nil {
		return done, err
	}
	for {
		g, err := k.gather(ctx, m)
		if err != nil {
			return done, err
		}
		overtaken := false
		err = k.cfg.Streams.Write(ctx, func(w *streams.Writer) error {
			t := &writing{Keeper: k, Writer: w, to: to, day: day, now: k.cfg.Now().UnixMilli()}
			if err := t.begin(m, g, name); err != nil {
				return err
			}
			if overtaken, err = t.wroteAfter(g.upTo); err != nil || overtaken {
				return err
			}
			if err := t.all(g); err != nil {
				return err
			}
			done = t.done
			return also(t)
		})
		if err != nil || !overtaken {
			return done, fault.Wrap("transfer", err)
		}
	}
}

// begin finds out who gives the record away, and refuses what cannot be given.
func (t *writing) begin(m Move, g gathered, name func(custody.Holding) change.RecordID) (err error) {
	network, err := t.cfg.Records.Get(t.Tx, system.NetworkKind, system.NetworkID)
	if err != nil {
		return err
	}
	if system.NetworkFrom(network).Batch < forwards {
		return fault.New(fault.Unavailable, "not every device in use reads transfers yet").WithHint("tongbu network shows which; update their program")
	}
	h, err := custody.Of(t.Tx, m.Kind, m.Record)
	if err != nil {
		return err
	}
	if t.epoch, err = streams.Epoch(t.Tx); err != nil {
		return err
	}
	tr := t.cfg.Members.Tree()
	t.from, _ = tr.Unit(tr.Heir(h.Unit))
	switch err := checkLead(m, g); {
	case err != nil:
		return err
	case m.from != "" && tr.Heir(m.from) != t.from.ID:
		return fault.New(fault.Denied, "another unit holds the record")
	case t.from.ID == t.to.ID:
		return fault.New(fault.Invalid, "unit %s has the record already", t.to.Code)
	case t.from.Level != tree.Community:
		return fault.New(fault.Invalid, "only a community's records are transferred")
	}
	t.name, t.sight = name(h), sightOf(g)
	t.done = Done{Transfer: t.name, Kind: m.Kind, Record: m.Record, From: t.from.Code, To: t.to.Code, On: t.day}
	return nil
}

// forwards is the version of batches that can say changes again.
const forwards = 3

// wroteAfter reports whether something came after an arrival that belongs to what was
// gathered and is judged already: what is judged later follows the words by itself.
func (t *writing) wroteAfter(arrival uint64) (bool, error) {
	var err error
	if t.judged, err = t.cfg.Judged(t.Tx); err != nil {
		return false, err
	}
	tr := t.cfg.Members.Tree()
	for {
		arrivals, err := t.Arrivals(arrival, arrivalsAtOnce)
		if err != nil || len(arrivals) == 0 {
			return false, err
		}
		for _, a := range arrivals {
			own := a.Stream.Device == t.cfg.Device
			if own || a.No <= t.judged && tr.Below(a.Author, t.from.ID) {
				return true, nil
			}
			arrival = a.No
		}
	}
}

const arrivalsAtOnce = 256

// all writes the words of all records that go along, and says what the taker needs.
func (t *writing) all(g gathered) error {
	for _, p := range g.pieces {
		if err := t.piece(p); err != nil {
			return err
		}
	}
	return nil
}

// piece gives one record away, where it goes along.
func (t *writing) piece(p piece) error {
	h, err := custody.Of(t.Tx, p.kind, p.id)
	if err != nil {
		return err
	}
	holder, goes := t.holderAfter(h)
	if !goes {
		return nil
	}
	own, err := t.Own(t.standsAt(h))
	if err != nil {
		return err
	}
	words, err := custody.Words(t.Tx, p.kind, p.id)
	if err != nil {
		return err
	}
	word := system.Custody{Kind: p.kind, Record: p.id, Number: h.Number + 1, From: h.Unit, To: holder, At: t.to.ID, Transfer: t.name, Day: t.day, Epoch: t.epoch}
	if _, err := records.SayWord(t.cfg.Records, t.Tx, own, word, t.now); err != nil {
		return err
	}
	t.done.Records++
	for _, w := range append(words, word) {
		places, err := t.cfg.Records.Places(t.Tx, system.CustodyKind, w.ID())
		if err != nil {
			return err
		}
		for _, at := range places {
			if err := t.again(records.Place{Location: at, Author: t.cfg.City}); err != nil {
				return err
			}
		}
	}
	return t.changes(p, holder)
}

// standsAt is the unit on whose line a record stands so far.
func (t *writing) standsAt(h custody.Holding) change.UnitID {
	if h.Moved() {
		return h.At
	}
	return t.from.ID
}

// holderAfter is who holds a record of the household after the transfer: the taker what the
// giver held, and the unit of its own level above the taker what one above the giver held.
func (t *writing) holderAfter(h custody.Holding) (holder change.UnitID, goes bool) {
	tr := t.cfg.Members.Tree()
	is, known := tr.Unit(tr.Heir(h.Unit))
	switch {
	case !known || h.Moved() && tr.Heir(h.At) != t.from.ID:
		return "", false
	case is.ID == t.from.ID:
		return t.to.ID, true
	case !tr.Below(is.ID, t.from.ID):
		return "", false
	}
	for level := is.Level; level >= tree.City; level-- {
		if u, there := tr.At(t.to.ID, level); there {
			return u.ID, true
		}
	}
	return "", false
}

// changes says the changes of a record again that count and do not reach the taker by
// themselves.
func (t *writing) changes(p piece, holder change.UnitID) error {
	for _, at := range p.spots {
		author, _, err := custody.Author(t.Tx, at.Stream, at.Seq)
		if err != nil {
			return err
		}
		if at.Stream.Audience == t.to.ID && (author == holder || author == t.cfg.City) {
			continue
		}
		stands, err := t.stands(at)
		if err != nil {
			return err
		}
		if !stands {
			continue
		}
		if err := t.again(records.Place{Location: records.Location{Stream: at.Stream, Seq: at.Seq}, Author: author}); err != nil {
			return err
		}
		t.done.Changes++
	}
	return nil
}

// stands reports whether a change is judged and not refused: what is judged later follows the
// words by itself.
func (t *writing) stands(at view.Spot) (bool, error) {
	if at.Stream.Device != t.cfg.Device {
		arrived, err := t.ArrivalAt(at.Stream, at.Seq)
		if err != nil || arrived > t.judged {
			return false, err
		}
	}
	refused, err := t.cfg.Records.IsRefused(t.Tx, at.Stream, at.Seq)
	return !refused, err
}

func (t *writing) again(at records.Place) error {
	if at.Stream.Audience == t.to.ID && at.Author == t.cfg.City {
		return nil
	}
	own, err := t.Own(t.to.ID)
	if err != nil {
		return err
	}
	_, err = t.cfg.Records.SayAgain(t.Tx, own, at, t.now)
	return err
}
