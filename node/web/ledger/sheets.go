package ledger

import (
	"context"

	"tongbu/internal/fault"
	"tongbu/internal/words"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// Sheets says on how many sheets a ledger stands as it is printed in Chinese on a day: so
// many of its rows, from a number on, from 0.
func Sheets(ctx context.Context, s *visit.Site, kind, day string, from, rows int, by desk.Asker) (int, error) {
	k, known := s.Replica.Schema.Kind(kind)
	if !known {
		return 0, fault.New(fault.Internal, "no ledger %s", kind)
	}
	a := &ask{kind: k, plan: planOf(k), on: day, columns: columnsOf(k, words.Chinese), where: begunBy(k, day)}
	e, err := s.Desk.Part(ctx, a.table(), from, rows, nil, by)
	if err != nil {
		return 0, err
	}
	return len(a.layOut(words.Chinese, e.Part, from).Sheets), nil
}
