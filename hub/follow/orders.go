package follow

import (
	"sync"

	"tongbu/internal/tree"
)

// orders are what the view is asked to do before its next step. An order stands
// until it is done.
type orders struct {
	wake chan struct{} // one token: there is an order

	mu    sync.Mutex // guards all below
	tree  *tree.Tree // to be given to the view; nil: nothing new
	reset bool       // the view is to be rebuilt
}

func newOrders() *orders { return &orders{wake: make(chan struct{}, 1)} }

func (o *orders) retree(t *tree.Tree) {
	o.mu.Lock()
	o.tree = t
	o.mu.Unlock()
	o.rouse()
}

func (o *orders) rebuild() {
	o.mu.Lock()
	o.reset = true
	o.mu.Unlock()
	o.rouse()
}

func (o *orders) rouse() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *orders) get() (t *tree.Tree, rebuild bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tree, o.reset
}

// done forgets what was ordered, but not what was ordered since.
func (o *orders) done(t *tree.Tree, rebuild bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.tree == t {
		o.tree = nil
	}
	if rebuild {
		o.reset = false
	}
}
