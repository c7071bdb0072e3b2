package view

import (
	"tongbu/internal/change"
)

// beside is what stands beside the rows of some records: nearly always
// nothing.
type beside struct {
	strays  map[change.RecordID][]ShortSpot
	refused map[change.RecordID][]change.Dot
}

func (a *application) lookBeside(w *work, records []pending) (b beside, err error) {
	if !a.strays && !a.refusals {
		return b, nil
	}
	ids := make([]change.RecordID, len(records))
	for i := range records {
		ids[i] = records[i].id
	}
	if a.strays {
		if b.strays, err = a.tx.Strays(w.kind.Name, ids); err != nil {
			return b, err
		}
	}
	if a.refusals {
		b.refused, err = a.tx.Refused(w.kind.Name, ids)
	}
	return b, err
}
