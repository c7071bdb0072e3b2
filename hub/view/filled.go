package view

import (
	"context"
	"errors"
)

// Most kinds of events have no rows in most places, and derived rows are made of all of
// them: so it is known which kinds have any, and nobody looks among those that have none.

// errAny ends a look at the first row.
var errAny = errors.New("there is a row")

// learnFilled learns which kinds have rows, when it is not known: after the start, and
// in other tables. The caller holds the lock for writing.
func (m *Merged) learnFilled(ctx context.Context) error {
	if m.filled != nil {
		return nil
	}
	filled := map[string]bool{}
	for name, l := range m.layouts {
		err := m.tables.Each(ctx, l.kind, "", func(Held) error { return errAny })
		if filled[name] = errors.Is(err, errAny); err != nil && !filled[name] {
			return err
		}
	}
	m.filled = filled
	return nil
}
