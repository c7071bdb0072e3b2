package desk

import "context"

// ReadAtMost is ReadLines with another limit of objects.
var ReadAtMost = readLines

// Searched is how many records a desk keeps in memory to search them.
func (d *Desk) Searched() int {
	if d.finder.shelf == nil {
		return 0
	}
	return d.finder.shelf.size()
}

// SearchAtMost sets how many it keeps.
func (d *Desk) SearchAtMost(n int) { d.finder.limit = n }

// ForgetUnused is one step of ForgetSearches.
func (d *Desk) ForgetUnused(ctx context.Context) error { return d.finder.forgetUnused(ctx) }

// ReadQuickly and ReadCarefully read one object in both ways.
var (
	ReadQuickly   = readQuickly
	ReadCarefully = readCarefully
)
