package desk

import (
	"slices"
	"sync"

	"tongbu/internal/filter"
)

// maxOrders is how many orders of whole tables are kept: who turns pages asks for one
// again and again.
const maxOrders = 4

// orders keeps the orders of tables that were asked for last. A table that has changed is
// another slice, because kept rows are never changed in place.
type orders struct {
	mutex sync.Mutex // guards last
	last  []ordered  // the one asked for last stands last
}

type ordered struct {
	of           *shape
	by           filter.Order
	rows, sorted []packed
}

// inOrder are rows in an order; where they are a whole table, as it was made before.
func (o *orders) inOrder(of *shape, rows []packed, by filter.Order, whole bool) []packed {
	if !whole || len(rows) == 0 {
		return inOrder(of, rows, by)
	}
	one, known := o.take(func(d ordered) bool {
		return d.of == of && d.by == by && len(d.rows) == len(rows) && &d.rows[0] == &rows[0]
	})
	if !known {
		o.take(func(d ordered) bool { return d.of == of && d.by == by }) // of rows that are others by now
		one = ordered{of, by, rows, inOrder(of, rows, by)}
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.last = append(o.last, one); len(o.last) > maxOrders {
		o.last = slices.Delete(o.last, 0, 1)
	}
	return one.sorted
}

// take takes one out.
func (o *orders) take(is func(ordered) bool) (one ordered, known bool) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	i := slices.IndexFunc(o.last, is)
	if i < 0 {
		return one, false
	}
	one = o.last[i]
	o.last = slices.Delete(o.last, i, i+1)
	return one, true
}

func (o *orders) forget() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.last = nil
}
