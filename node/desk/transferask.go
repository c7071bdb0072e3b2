package desk

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/syncer/streams"
)

// TransferAsk is what a community offers to another one.
type TransferAsk struct {
	Kind   string          `json:"kind"` // household or person
	Record change.RecordID `json:"record"`
	To     string          `json:"to"` // code of the community
	Reason string          `json:"reason"`
}

// Offer offers a household or a person of this community to another one, which has 15 days to
// answer. It is written here, on or off the line; the city opens the transfer. It returns
// Denied at a hub, NotFound for a record that is not here, and Invalid for what cannot be
// offered.
func (t Transfers) Offer(ctx context.Context, ask TransferAsk, by Asker) (written Written, err error) {
	d := t.desk
	if err := t.ready(); err != nil {
		return written, err
	}
	to, err := t.target(ask)
	if err != nil {
		return written, err
	}
	reason, err := orderedReason(ask.Reason)
	if err != nil {
		return written, err
	}
	k, err := d.writableKind(schema.TransferOffer)
	if err != nil {
		return written, err
	}
	err = d.at.Streams.Write(ctx, func(w *streams.Writer) error {
		id, err := t.offerable(w.Tx, ask)
		if err != nil {
			return err
		}
		day, _, err := d.at.Today(w.Tx)
		if err != nil {
			return err
		}
		name, err := uuid.NewV7()
		if err != nil {
			return fault.As(fault.Internal, "name an offer", err)
		}
		object := map[string]any{"of_kind": ask.Kind, "record": string(id), "to_unit": string(to.ID), "on": day.Date, "reason": reason}
		written, err = d.writeNamed(w, k, change.NewRecordID(d.at.Members.Unit().ID, name), object, Saving{Actor: by.Operator})
		return err
	})
	return written, fault.Wrap("offer a transfer", err)
}

func (t Transfers) ready() error {
	if err := t.atCommunity(); err != nil {
		return err
	}
	return t.desk.Room()
}

// target is the community that an offer names.
func (t Transfers) target(ask TransferAsk) (to tree.Unit, err error) {
	tr := t.desk.at.Members.Tree()
	if tr == nil {
		return to, fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
	}
	to, err = access.Give(tr, ask.Kind, ask.To)
	if err == nil && to.ID == t.desk.at.Members.Unit().ID {
		err = fault.New(fault.Invalid, "unit %s has the record already", to.Code)
	}
	return to, err
}

// offerable is the record of an offer: one of this community that is not offered yet.
func (t Transfers) offerable(tx *journal.Tx, ask TransferAsk) (id change.RecordID, err error) {
	d := t.desk
	if id, err = d.nameOf(tx, ask.Kind, ask.Record); err != nil {
		return "", err
	}
	rec, err := d.at.Records.Get(tx, ask.Kind, id)
	switch {
	case err != nil:
		return "", err
	case rec == nil:
		k, _ := d.at.Schema.Kind(ask.Kind)
		return "", d.notHere(tx, k, id)
	case !d.isHeld(rec):
		return "", fault.New(fault.Denied, "another unit holds this record")
	case rec.Void():
		return "", fault.New(fault.Invalid, "the %s is void: nothing is transferred", ask.Kind)
	}
	return id, t.notOffered(tx, ask.Kind, id)
}

// notOffered refuses a second offer while one is open.
func (t Transfers) notOffered(tx *journal.Tx, kind string, id change.RecordID) error {
	offer, err := t.openOffer(tx, kind, id)
	if err != nil || offer == nil {
		return err
	}
	return fault.New(fault.Invalid, "it is offered to %s already", t.desk.at.Members.Code(change.UnitID(valueText(offer, "to_unit")))).WithHint("take that back first: tongbu transfer withdraw %s", offer.ID())
}

// openOffer is the offer of a record that is not decided; nil: there is none.
func (t Transfers) openOffer(tx *journal.Tx, kind string, id change.RecordID) (offer *merge.Record, err error) {
	decided := map[string]bool{}
	err = t.desk.at.Records.Each(tx, schema.Transfer, "", func(r *merge.Record) error {
		if valueText(r, "state") != "1" {
			decided[valueText(r, "offer")] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = t.desk.at.Records.Each(tx, schema.TransferOffer, "", func(r *merge.Record) error {
		if !r.Void() && !decided[string(r.ID())] && valueText(r, "of_kind") == kind && valueText(r, "record") == string(id) {
			offer = r
			return journal.ErrStop
		}
		return nil
	})
	return offer, err
}

// Withdraw takes an offer back that the city has not decided. It returns NotFound for one
// that was not made here, and Invalid for one that is decided or withdrawn.
func (t Transfers) Withdraw(ctx context.Context, name string, by Asker) (written Written, err error) {
	d := t.desk
	if err := t.ready(); err != nil {
		return written, err
	}
	all, err := t.List(ctx, by)
	if err != nil {
		return written, err
	}
	at := slices.IndexFunc(all, func(one Transfer) bool {
		return one.Side == "from" && one.Offer != "" && (one.Offer == name || one.Transfer == name)
	})
	switch {
	case at < 0:
		return written, errNoTransfer
	case all[at].rank() == 2:
		return written, fault.New(fault.Invalid, "the transfer is decided already: %s", all[at].State)
	}
	k, err := d.writableKind(schema.TransferOffer)
	if err != nil {
		return written, err
	}
	err = d.at.Streams.Write(ctx, func(w *streams.Writer) error {
		written, err = d.writeNamed(w, k, change.RecordID(all[at].Offer), map[string]any{"valid": "0", "void_reason": "withdrawn"}, Saving{Actor: by.Operator, Update: true})
		return err
	})
	return written, fault.Wrap("withdraw an offer", err)
}

var errNoTransfer = fault.New(fault.NotFound, "no such transfer here").WithHint("tongbu transfer list shows those of this community")
