package view

import (
	"context"
	"errors"

	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/facts"
)

// Account implements Reader. The rows are made for the day; those in the tables are of
// the day of the last review.
func (m *Merged) Account(ctx context.Context, unit change.UnitID, day string) (digest.Account, error) {
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.learn(ctx); err != nil {
		return digest.Account{}, err
	}
	u := unitReview{Merged: m, unit: unit, day: day, held: map[string][]Read{}, streams: map[int64]change.Stream{}}
	var sum digest.Maker
	for _, k := range m.schema.Kinds() {
		if !digest.Counts(k) || !m.filled[k.Name] {
			continue
		}
		records, err := u.readKind(ctx, k, unit)
		if err != nil {
			return digest.Account{}, err
		}
		for _, r := range records {
			if err := sum.AddRecord(mergedOf(r)); err != nil {
				return digest.Account{}, err
			}
		}
		if u.layouts[k.Name].judged {
			u.held[k.Name] = records
		}
	}
	all, err := u.saidAbove(ctx)
	if err != nil {
		return digest.Account{}, err
	}
	m.addSaid(&sum, unit, all)
	err = m.holdingOf(unit, all).Each(day, func(made facts.Rows) error {
		return errors.Join(sum.AddRows(made), ctx.Err())
	})
	if err != nil {
		return digest.Account{}, err
	}
	return sum.Account(day, m.schema.Version(), m.book.Published().DigestOf(func(by change.UnitID) bool { return m.level(by, unit) > 0 }))
}

// addSaid takes in what units above have said of the unit's people.
func (m *Merged) addSaid(sum *digest.Maker, unit change.UnitID, all map[string][]Read) {
	for kind, records := range all {
		k := m.layouts[kind].kind
		for _, read := range records {
			if m.home(read).Unit == unit {
				continue
			}
			if r := mergedOf(read); digest.SaidOf(k, r, unit, m.Holder) {
				sum.AddSaid(r)
			}
		}
	}
}
