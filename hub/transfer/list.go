package transfer

import (
	"cmp"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// Shown is a transfer as the city shows it.
type Shown struct {
	Transfer change.RecordID `json:"transfer"`
	Kind     string          `json:"kind"`
	Record   change.RecordID `json:"record"`
	From     string          `json:"from"` // codes
	To       string          `json:"to"`
	On       string          `json:"on"`
	Due      string          `json:"due,omitempty"`
	Decided  string          `json:"decided,omitempty"`
	State    string          `json:"state"`
	Ordered  bool            `json:"ordered,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Opinion  string          `json:"opinion,omitempty"`
}

// States are the states of a transfer as commands call them, by their codes.
var States = map[string]string{offered: "offered", moved: "moved", declined: "declined", returned: "returned", withdrawn: "withdrawn", refused: "refused"}

// List are the transfers of a state, "" for all, the newest first. It returns Invalid for a
// state that there is not.
func (k *Keeper) List(state string) ([]Shown, error) {
	known := state == ""
	for _, name := range States {
		known = known || name == state
	}
	if !known {
		return nil, fault.New(fault.Invalid, "no such state: %q", state).WithHint("states: offered, moved, declined, returned, withdrawn, refused")
	}
	shown := []Shown{}
	err := k.cfg.Streams.View(func(tx *journal.Tx) error {
		all, err := k.readIn(tx)
		for _, t := range all {
			if state == "" || States[t.State] == state {
				shown = append(shown, k.show(t))
			}
		}
		return err
	})
	slices.SortFunc(shown, func(a, b Shown) int { return cmp.Or(cmp.Compare(b.On, a.On), cmp.Compare(a.Transfer, b.Transfer)) })
	return shown, err
}

func (k *Keeper) show(t *Transfer) Shown {
	return Shown{Transfer: t.Name, Kind: t.Kind, Record: t.Record, From: k.cfg.Members.Code(t.From), To: k.cfg.Members.Code(t.To), On: t.On, Due: t.Due, Decided: t.Decided,
		State: States[t.State], Ordered: t.Offer == "", Reason: t.Reason, Opinion: t.Opinion}
}
