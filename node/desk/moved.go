package desk

import (
	"errors"

	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// Moved is why a record is not here: this unit gave it to another one. Its kind is NotFound.
type Moved struct {
	Kind string
	To   string // what the unit is called that has it now
	On   string // the day of the city's word

	err error
}

func (m *Moved) Error() string { return m.err.Error() }

func (m *Moved) Unwrap() error { return m.err }

// notHere is the error of a record that is not here: NotFound, with where it went if this
// unit gave it away.
func (d *Desk) notHere(tx *journal.Tx, k *schema.Kind, id change.RecordID) error {
	own := d.at.Members.Unit().ID
	h, err := custody.Of(tx, k.Name, id)
	switch {
	case err != nil:
		return err
	case !h.Moved() || h.Unit == own || !h.Held(own):
		return fault.New(fault.NotFound, "no such %s here", k.Name)
	}
	to := d.unitName(h.Unit)
	if to == "" {
		to = d.at.Members.Code(h.Unit)
	}
	return &Moved{Kind: k.Name, To: to, On: h.Day, err: fault.New(fault.NotFound, "the %s was transferred to %s on %s", k.Name, to, h.Day).
		WithHint("everything that was written of it is there; ask that unit")}
}

func isMoved(err error) bool {
	var moved *Moved
	return errors.As(err, &moved)
}

// Waiting is how much waits for an answer of this community: offers, and changes that are
// held for it. It returns nothing at a hub.
func (t Transfers) Waiting() (offers, held int, err error) {
	d := t.desk
	if d.at.IsHub() {
		return 0, 0, nil
	}
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		offers, held = 0, 0
		answers, err := t.answers(tx)
		if err != nil {
			return err
		}
		err = d.at.Records.Each(tx, schema.Transfer, "", func(r *merge.Record) error {
			if one := d.transferOf(r); one.Side == "to" && one.State == TransferOffered && !r.Void() && answers[one.Transfer] == "" {
				offers++
			}
			return nil
		})
		if err != nil {
			return err
		}
		return t.eachHeld(tx, func(one HeldChange) error {
			if answers[one.Word] == "" {
				held++
			}
			return nil
		})
	})
	return offers, held, fault.Wrap("count what waits for an answer", err)
}

// Offered is the open offer of a record of this community, as its transfer is named on the
// list; "" where there is none.
func (t Transfers) Offered(kind string, id change.RecordID) (name string, err error) {
	d := t.desk
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		offer, err := t.openOffer(tx, kind, id)
		if err != nil || offer == nil {
			return err
		}
		name = string(offer.ID())
		return d.at.Records.Each(tx, schema.Transfer, "", func(r *merge.Record) error {
			if valueText(r, "offer") == string(offer.ID()) && valueText(r, "side") == "from" {
				name = valueText(r, "transfer")
				return journal.ErrStop
			}
			return nil
		})
	})
	return name, err
}
