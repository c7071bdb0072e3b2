package follow

import (
	"sync"

	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// orders are what the view is asked to do before its next step. An order stands
// until it is done.
type orders struct {
	wake chan struct{} // one token: there is an order

	mu     sync.Mutex     // guards all below
	tree   *tree.Tree     // to be given to the view; nil: nothing new
	schema *schema.Schema // likewise
	reset  string         // why the view is to be rebuilt; empty: it is not
}

func newOrders() *orders { return &orders{wake: make(chan struct{}, 1)} }

func (o *orders) retree(t *tree.Tree) {
	o.mu.Lock()
	o.tree = t
	o.mu.Unlock()
	o.rouse()
}

func (o *orders) reshape(s *schema.Schema) {
	o.mu.Lock()
	o.schema = s
	o.mu.Unlock()
	o.rouse()
}

// nextSchema is the schema to be given to the view; nil: nothing new.
func (o *orders) nextSchema() *schema.Schema {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.schema
}

// reshaped forgets the order of a schema, but not what was ordered since.
func (o *orders) reshaped(s *schema.Schema) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.schema == s {
		o.schema = nil
	}
}

func (o *orders) rebuild(why string) {
	o.stand(why)
	o.rouse()
}

// stand keeps an order to rebuild that could not be done, and wakes nobody.
func (o *orders) stand(why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.reset = why
}

func (o *orders) rouse() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// stands reports whether something is ordered.
func (o *orders) stands() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tree != nil || o.schema != nil || o.reset != ""
}

func (o *orders) get() (t *tree.Tree, rebuild string) {
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
		o.reset = ""
	}
}
