package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// Transfers are the transfers of households and persons that a community has to do with.
type Transfers struct{ desk *Desk }

// TransfersOf are those of a desk.
func TransfersOf(d *Desk) Transfers { return Transfers{desk: d} }

// Transfer is one transfer as this community knows it: until it is done the taker knows of
// the household what is listed here, and nothing else.
type Transfer struct {
	Transfer string `json:"transfer"` // "": the city has not heard of the offer yet
	Offer    string `json:"offer,omitempty"`
	Side     string `json:"side"` // from: this unit gives; to: it takes
	Kind     string `json:"kind"`
	Record   string `json:"record,omitempty"`
	From     string `json:"from"` // codes
	To       string `json:"to"`
	On       string `json:"on"`
	Due      string `json:"due,omitempty"` // to be answered by
	Decided  string `json:"decided,omitempty"`
	State    string `json:"state"`
	Ordered  bool   `json:"ordered,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Opinion  string `json:"opinion,omitempty"`
	Answer   string `json:"answer,omitempty"` // of this unit, while the city has not decided; withdrawn: it took its offer back

	FormNo  string `json:"form_no,omitempty"`
	Head    string `json:"head,omitempty"`
	Address string `json:"address,omitempty"`
	Persons int64  `json:"persons,omitempty"`
}

// The states of a transfer, by the codes of the list transfer_state.
const (
	TransferWaiting = "waiting" // the city has not heard of it
	TransferOffered = "offered"
	TransferMoved   = "moved"

	TransferWithdrawn = "withdrawn"
)

var transferStates = map[string]string{"1": TransferOffered, "2": TransferMoved, "3": "declined", "4": "returned", "5": TransferWithdrawn, "6": "refused"}

// List are the transfers of this community, those that wait for an answer first, then the
// newest. Whom they tell of is in the audit log. It returns Denied at a hub.
func (t Transfers) List(ctx context.Context, by Asker) ([]Transfer, error) {
	d := t.desk
	if err := t.atCommunity(); err != nil {
		return nil, err
	}
	var all []Transfer
	var ids []change.RecordID
	err := d.at.Journal.View(func(tx *journal.Tx) error {
		all, ids = []Transfer{}, nil
		answers, err := t.answers(tx)
		if err != nil {
			return err
		}
		heard, withdrawn := map[string]bool{}, map[string]bool{}
		err = d.at.Records.Each(tx, schema.TransferOffer, "", func(r *merge.Record) error {
			withdrawn[string(r.ID())] = r.Void()
			return nil
		})
		if err != nil {
			return err
		}
		err = d.at.Records.Each(tx, schema.Transfer, "", func(r *merge.Record) error {
			if one := d.transferOf(r); one.Transfer != "" && !r.Void() {
				if one.State == TransferOffered && one.Side == "to" {
					one.Answer = answers[one.Transfer]
				}
				if one.State == TransferOffered && one.Side == "from" && withdrawn[one.Offer] {
					one.Answer = TransferWithdrawn
				}
				heard[one.Offer] = true
				all, ids = append(all, one), append(ids, r.ID())
			}
			return nil
		})
		if err != nil {
			return err
		}
		return d.at.Records.Each(tx, schema.TransferOffer, "", func(r *merge.Record) error {
			if !heard[string(r.ID())] && !r.Void() {
				all = append(all, d.offerOf(r))
			}
			return nil
		})
	})
	if err != nil {
		return nil, fault.Wrap("list transfers", err)
	}
	slices.SortStableFunc(all, func(a, b Transfer) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(b.On, a.On), cmp.Compare(a.Transfer, b.Transfer), cmp.Compare(a.Offer, b.Offer))
	})
	k, _ := d.at.Schema.Kind(schema.Transfer)
	return all, d.auditLook(ctx, audit.List, k, ids, by, nil)
}

// rank sorts what somebody here has to answer before what others have, and that before what
// is decided.
func (one Transfer) rank() int {
	switch {
	case one.State == TransferOffered && one.Side == "to" && one.Answer == "":
		return 0
	case one.State == TransferOffered, one.State == TransferWaiting:
		return 1
	}
	return 2
}

func (t Transfers) atCommunity() error {
	if t.desk.at.IsHub() {
		return fault.New(fault.Denied, "a community offers and takes").WithHint("the city orders and lists: tongbu transfer order, list at the city")
	}
	return nil
}

// answers are what this unit has answered, by transfer.
func (t Transfers) answers(tx *journal.Tx) (map[string]string, error) {
	said := map[string]string{}
	err := t.desk.at.Records.Each(tx, schema.TransferAnswer, "", func(r *merge.Record) error {
		if !r.Void() {
			said[valueText(r, "transfer")+valueText(r, "word")] = valueText(r, "answer")
		}
		return nil
	})
	return said, err
}

// transferOf reads what the city says of a transfer.
func (d *Desk) transferOf(r *merge.Record) Transfer {
	text := func(field string) string { return valueText(r, field) }
	return Transfer{Transfer: text("transfer"), Offer: text("offer"), Side: text("side"), Kind: text("of_kind"), Record: text("record"),
		From: d.at.Members.Code(change.UnitID(text("from_unit"))), To: d.at.Members.Code(change.UnitID(text("to_unit"))), On: text("on"), Due: text("due_on"), Decided: text("decided_on"),
		State: transferStates[text("state")], Ordered: r.Value("ordered").Bool(), Reason: text("reason"), Opinion: text("opinion"),
		FormNo: text("form_no"), Head: text("head_name"), Address: text("address"), Persons: r.Value("persons").Int()}
}

// offerOf is an offer that the city has not answered.
func (d *Desk) offerOf(r *merge.Record) Transfer {
	text := func(field string) string { return valueText(r, field) }
	return Transfer{Offer: string(r.ID()), Side: "from", Kind: text("of_kind"), Record: text("record"), From: d.at.Members.Unit().Code,
		To: d.at.Members.Code(change.UnitID(text("to_unit"))), On: text("on"), State: TransferWaiting, Reason: text("reason")}
}

func orderedReason(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return "", fault.New(fault.Invalid, "an offer says why").WithHint("give --reason TEXT, for the community that is to take it")
	}
	return reason, nil
}
