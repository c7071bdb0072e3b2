package operate

import (
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/system"
)

// Waiting is what people must decide at this directory.
type Waiting struct {
	Refused   []Refusal // by the city, and not put right yet: the first of them
	Held      []Refusal // by the city until it knows what they say; nobody need do anything
	More      bool      // there are others of those two
	Conflicts int       // records with values side by side
}

// Waiting reads it: by indexes alone, so that a page may ask for it.
func (o *Operate) Waiting() (w Waiting, err error) {
	var st Status
	err = o.at.Journal.View(func(tx *journal.Tx) (err error) {
		st = Status{}
		w.Conflicts = 0
		err = o.at.Records.EachConflict(tx, func(kind string, _ change.RecordID) error {
			if k, known := o.at.Schema.Kind(kind); known && !k.System {
				w.Conflicts++
			}
			return nil
		})
		if err != nil {
			return err
		}
		return o.listRefusals(tx, &st)
	})
	w.More = len(st.Refusals) == maxListed
	for _, r := range st.Refusals {
		switch {
		case system.IsHeld(r.Rule):
			w.Held = append(w.Held, r)
		case r.Open:
			w.Refused = append(w.Refused, r)
		}
	}
	return w, err
}
