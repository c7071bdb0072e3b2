package targets

import (
	"fmt"
	"math/big"

	"tongbu/internal/calendar"
)

// Time is how many days of a target's term are gone on a day, the day itself counted, and
// how many it has: from 1 January of the year to the day it is due on, or to 31 December.
// On its last day and after it all are gone. A term that ends before it begins is over.
func Time(year int64, due, day string) (gone, days int) {
	first, last := fmt.Sprintf("%04d-01-01", year), fmt.Sprintf("%04d-12-31", year)
	if calendar.Valid(due) {
		last = due
	}
	days = calendar.Number(last) - calendar.Number(first) + 1
	if days < 1 {
		return 1, 1
	}
	return min(max(calendar.Number(day)-calendar.Number(first)+1, 0), days), days
}

// state judges a target that counts.
func (s *Standing) state(day string) State {
	switch {
	case s.Indicator.Name == "":
		return NoFigure
	case s.Gone == 0:
		return Before
	case s.Amount == 0 || !s.Possible():
		return NoAmount
	case s.Figure == nil:
		return NoFigure
	case s.Rate():
		return s.ofRate()
	case s.Figure.Done >= s.Amount:
		return Met
	case compare(s.Figure.Done, int64(s.Days), s.Amount, int64(s.Gone)) >= 0:
		return Ahead
	}
	return Behind
}

// ofRate compares a share with what it is to be, in per cent. Time has no part in it.
func (s *Standing) ofRate() State {
	if s.Figure.Of == 0 {
		return NoValue
	}
	got := compare(100, s.Figure.Done, s.Amount, s.Figure.Of)
	if got == 0 || (got < 0) == s.Indicator.Most {
		return Met
	}
	return Behind
}

// compare compares a·b with c·d, however large they are.
func compare(a, b, c, d int64) int {
	product := func(x, y int64) *big.Int { return new(big.Int).Mul(big.NewInt(x), big.NewInt(y)) }
	return product(a, b).Cmp(product(c, d))
}
