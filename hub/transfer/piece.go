package transfer

import (
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

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

// standsAt is the unit on whose line a record stands so far: of one that was merged into the
// giver that unit itself, whose station may be there still.
func (t *writing) standsAt(h custody.Holding) change.UnitID {
	switch {
	case h.Moved():
		return h.At
	case t.cfg.Members.Heir(h.Unit) == t.from.ID:
		return h.Unit
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
