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

// ForgetAll is one step of ForgetSearches.
func (d *Desk) ForgetAll(ctx context.Context) error { return d.forgetUnused(ctx) }

// IsReady reports whether what pages stand on is kept, and who is there known.
func (d *Desk) IsReady(ctx context.Context) bool {
	if d.finder.lock(ctx) != nil || d.roll.lock(ctx) != nil || d.kept.lock(ctx) != nil {
		return false
	}
	defer d.finder.unlock()
	defer d.roll.unlock()
	defer d.kept.unlock()
	return d.finder.shelf != nil && d.roll.homes != nil && d.kept.made != nil && d.kept.tables["person"] != nil && d.kept.counted != nil
}

// LookAfter is one step of KeepReady.
func (d *Desk) LookAfter(ctx context.Context) { d.lookAfter(ctx) }

// OrderKey is by what a name is put in order.
var OrderKey = orderKey
