package own

import (
	"sync"

	"tongbu/internal/schema"
	"tongbu/node/replica"
)

// changes numbers what was written of each kind, so that who pages is told of it.
type changes struct {
	mu   sync.Mutex
	seen map[string]seen // by kind
}

type seen struct {
	number uint64 // of the transaction that last wrote of the kind, or a later one
	upTo   int    // looked at
}

// number is that of the last transaction which wrote of the kind, or of a later one.
func (c *changes) number(at *replica.Replica, k *schema.Kind, now int) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.seen[k.Name]
	if now <= last.upTo {
		return last.number
	}
	keys, known := at.Records.TouchedSince(last.upTo)
	touched := !known
	for _, key := range keys {
		touched = touched || key.Kind == k.Name || k.Sort == schema.Derived
	}
	if touched {
		last.number = uint64(now)
	}
	last.upTo = now
	if c.seen == nil {
		c.seen = map[string]seen{}
	}
	c.seen[k.Name] = last
	return last.number
}
