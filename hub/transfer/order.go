package transfer

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
)

// Order gives a household or a person to another community by a decision of the city. It
// ends an offer that is open. It returns Invalid for what cannot be given, NotFound, and
// Unavailable while devices are in use that do not read transfers.
func (k *Keeper) Order(ctx context.Context, m Move) (Done, error) {
	if err := checkMove(m); err != nil {
		return Done{}, err
	}
	done, err := k.turn.Take(ctx, "wait for another transfer")
	if err != nil {
		return Done{}, err
	}
	defer done()
	name := func(h custody.Holding) change.RecordID {
		return change.RecordID(nameOf("order %s %s %d", m.Kind, m.Record, h.Number+1))
	}
	return k.give(ctx, m, name, func(w *writing) error { return w.order(m) })
}

// order says to both communities that the city has given the record.
func (t *writing) order(m Move) error {
	all, err := t.readIn(t.Tx)
	if err != nil {
		return err
	}
	if open := openOf(all, m.Kind, m.Record); open != nil {
		if err := t.decideIn(t.Writer, open.Name, refused, "the city has decided it otherwise: "+m.Reason, t.day); err != nil {
			return err
		}
	}
	return t.say(t.Writer, &Transfer{Name: t.name, Kind: m.Kind, Record: m.Record, From: t.from.ID, To: t.to.ID, On: t.day, Decided: t.day, State: moved,
		Reason: m.Reason, shown: t.sight, said: map[change.UnitID]*merge.Record{}}, m.Actor)
}

// head is the relation of the head of a household (GB/T 4761-2008: 01, 02).
var head = map[string]bool{"01": true, "02": true}

// checkLead refuses what would tear a household apart.
func checkLead(m Move, g gathered) error {
	if g.lead.Void() {
		return fault.New(fault.Invalid, "the %s is void: nothing is transferred", m.Kind)
	}
	if m.Kind != personKind || !head[g.lead.Value("relation").Text()] || g.others == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "the person is the head of a household whose other members stay").WithHint("name another head first, or transfer the household")
}
