package transfer

import (
	"cmp"
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// States of a transfer, of the list transfer_state.
const (
	offered   = "1"
	moved     = "2"
	declined  = "3"
	returned  = "4"
	withdrawn = "5"
	refused   = "6"
)

// Transfer is what the city has said of one transfer, to both communities.
type Transfer struct {
	Name    change.RecordID
	Kind    string
	Record  change.RecordID
	Offer   change.RecordID // of the giver; "": the city has ordered it
	From    change.UnitID
	To      change.UnitID
	On      string
	Due     string
	Decided string
	State   string
	Reason  string
	Opinion string // why it was decided so

	shown map[string]change.Value // what the taker sees of the household
	said  map[change.UnitID]*merge.Record
}

// shownFields are what the taker sees of a household before it is his.
var shownFields = []string{"form_no", "head_name", "address", "persons"}

// sides are who is told of a transfer.
const (
	giver = "from"
	taker = "to"
)

// readIn reads all transfers, by name.
func (k *Keeper) readIn(tx *journal.Tx) (map[change.RecordID]*Transfer, error) {
	all := map[change.RecordID]*Transfer{}
	err := k.cfg.Records.Each(tx, schema.Transfer, "", func(r *merge.Record) error {
		if change.UnitID(records.ValueOf(r, "unit").Text()) == k.cfg.City {
			add(all, r)
		}
		return nil
	})
	return all, err
}

// add takes in one word; that to the giver names the record.
func add(all map[change.RecordID]*Transfer, r *merge.Record) {
	text := func(field string) string { return r.Value(field).Text() }
	name := change.RecordID(text("transfer"))
	t := all[name]
	if t == nil {
		t = &Transfer{Name: name, Kind: text("of_kind"), From: change.UnitID(text("from_unit")), To: change.UnitID(text("to_unit")), On: text("on"), Due: text("due_on"),
			Decided: text("decided_on"), State: text("state"), Reason: text("reason"), Opinion: text("opinion"), shown: map[string]change.Value{}, said: map[change.UnitID]*merge.Record{}}
		all[name] = t
	}
	if text("side") == giver { // of both sides' words, should a restored city have heard of one later
		t.State, t.Decided, t.Opinion, t.Due = text("state"), text("decided_on"), text("opinion"), text("due_on")
	}
	t.Record, t.Offer = cmp.Or(t.Record, change.RecordID(text("record"))), cmp.Or(t.Offer, change.RecordID(text("offer")))
	for _, field := range shownFields {
		if v := r.Value(field); !v.IsNull() {
			t.shown[field] = v
		}
	}
	t.said[change.UnitID(text("for_unit"))] = r
}

// openOf is the transfer of a record that is not decided; nil: there is none.
func openOf(all map[change.RecordID]*Transfer, kind string, id change.RecordID) *Transfer {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if t := all[name]; t.State == offered && t.Kind == kind && t.Record == id {
			return t
		}
	}
	return nil
}

// say says to both communities how a transfer stands, as far as that is not said yet.
func (k *Keeper) say(w *streams.Writer, t *Transfer, actor string) error {
	for _, side := range []string{giver, taker} {
		if side == taker && t.State == refused && t.said[t.To] == nil {
			continue // it was never told of the offer
		}
		if err := k.saySide(w, t, side, actor); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) saySide(w *streams.Writer, t *Transfer, side, actor string) error {
	to, fields := t.From, t.fields(side)
	if side == taker {
		to = t.To
	}
	said := t.said[to]
	records.Unsaid(said, fields)
	if len(fields) == 0 {
		return nil
	}
	own, err := w.Own(to)
	if err != nil {
		return err
	}
	_, err = k.cfg.Records.Put(w.Tx, own, k.cfg.City, records.Edit{Kind: schema.Transfer, ID: k.idOf(t.Name, side), Fields: fields, Actor: actor, At: k.cfg.Now().UnixMilli()})
	return fault.Wrap("say it to the community", err)
}

// idOf is the record in which a side is told of a transfer.
func (k *Keeper) idOf(name change.RecordID, side string) change.RecordID {
	return change.NumberedRecordID(k.cfg.City, schema.Transfer, string(name)+" "+side)
}

// fields are what is said to one side.
func (t *Transfer) fields(side string) map[string]change.Value {
	to := t.From
	if side == taker {
		to = t.To
	}
	fields := map[string]change.Value{
		"transfer": change.Text(string(t.Name)), "side": change.Text(side), "for_unit": change.Text(string(to)), "of_kind": change.Text(t.Kind),
		"from_unit": change.Text(string(t.From)), "to_unit": change.Text(string(t.To)), "on": change.Text(t.On), "state": change.Text(t.State),
		"due_on": change.TextOrNull(t.Due), "decided_on": change.TextOrNull(t.Decided), "reason": change.TextOrNull(t.Reason), "opinion": change.TextOrNull(t.Opinion),
	}
	if t.Offer == "" {
		fields["ordered"] = change.Bool(true)
	}
	if side == giver || t.State == moved {
		fields["record"] = change.TextOrNull(string(t.Record))
	}
	if side == giver {
		fields["offer"] = change.TextOrNull(string(t.Offer))
	}
	maps.Copy(fields, t.shown)
	return fields
}
