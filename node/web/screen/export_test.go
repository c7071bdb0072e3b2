package screen

// For tests of the turn.

// Sizes are sections of so many cards each.
func Sizes(cards ...int) []*section {
	all := sections()
	for i, n := range cards {
		all[i].cards = make([]Card, n)
	}
	return all
}

var (
	Order  = order
	Find   = find
	Beside = beside
)
