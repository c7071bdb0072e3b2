package query

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/matching"
)

// valuesAtOnce is how many values one look into the view is for.
const valuesAtOnce = 256

// Named are the records of a kind, of the asker's units, that have one of some texts in
// an indexed field. Whoever asks writes into the audit log whom they tell of. It returns
// Denied as Query does.
func (s *Service) Named(ctx context.Context, who Asker, kind, field string, values []string, fields ...string) (all []matching.Row, err error) {
	if _, ok := s.rows.Schema().Kind(kind); !ok {
		return nil, fault.New(fault.Invalid, "no such kind of record: %q", kind)
	}
	t := s.opts.Tree()
	if err := allowed(t, who.Unit, who.Unit); err != nil {
		return nil, err
	}
	today, err := s.opts.Today()
	if err != nil {
		return nil, err
	}
	in := finder{rows: s.rows, tree: t, today: today, scope: who.Unit, own: who.Unit}
	for len(values) > 0 {
		n := min(len(values), valuesAtOnce)
		asked := make([]change.Value, n)
		for i, v := range values[:n] {
			asked[i] = change.Text(v)
		}
		found, _, err := in.Find(ctx, matching.Query{Kind: kind, Where: []matching.Test{{Field: field, In: asked}}, Fields: fields})
		if err != nil {
			return nil, err
		}
		all, values = append(all, found...), values[n:]
	}
	return all, nil
}
