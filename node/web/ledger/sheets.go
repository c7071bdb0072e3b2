package ledger

import (
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/words"
	"tongbu/node/desk"
)

// Paper is how ledgers are printed in Chinese where nothing is chosen but the day.
type Paper struct{ Schema *schema.Live }

// Table is the table that is printed of a ledger on a day.
func (p Paper) Table(kind, day string) (desk.Table, error) {
	a, err := p.ask(kind)
	if err != nil {
		return desk.Table{}, err
	}
	a.on, a.where = day, begunBy(a.kind, day)
	return a.table(), nil
}

// Sheets says on how many sheets rows stand that are printed together.
func (p Paper) Sheets(kind string, rows []*desk.Shown) (int, error) {
	a, err := p.ask(kind)
	if err != nil {
		return 0, err
	}
	return len(a.layOut(words.Chinese, rows, 0).Sheets), nil
}

func (p Paper) ask(kind string) (*ask, error) {
	k, known := p.Schema.Kind(kind)
	if !known {
		return nil, fault.New(fault.Internal, "no ledger %s", kind)
	}
	return &ask{kind: k, plan: planOf(k), columns: columnsOf(k, words.Chinese)}, nil
}
