package transfer

import (
	"context"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
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
	to, err := access.Give(k.cfg.Members.Tree(), m.Kind, m.To)
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
	return journal.AnyArrival(t.Tx, arrival, func(a journal.Arrival) bool {
		return a.Stream.Device == t.cfg.Device || a.No <= t.judged && tr.Below(a.Author, t.from.ID)
	})
}

// all writes the words of all records that go along, and says what the taker needs.
func (t *writing) all(g gathered) error {
	for _, p := range g.pieces {
		if err := t.piece(p); err != nil {
			return err
		}
	}
	return nil
}
