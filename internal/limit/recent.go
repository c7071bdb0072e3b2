package limit

import "container/list"

// recent is a table of bounded size: of those that are not kept, the one that
// was not asked for the longest makes room. It is guarded by its owner.
type recent[K comparable, V any] struct {
	most  int
	kept  func(V) bool // whether a value must stay; nil: none
	order list.List    // of pair, the most recent first
	at    map[K]*list.Element
}

type pair[K comparable, V any] struct {
	key   K
	value V
}

func newRecent[K comparable, V any](most int, kept func(V) bool) *recent[K, V] {
	return &recent[K, V]{most: most, kept: kept, at: map[K]*list.Element{}}
}

// get finds a value, or makes it.
func (r *recent[K, V]) get(key K, fresh func() V) V {
	if e := r.at[key]; e != nil {
		r.order.MoveToFront(e)
		return e.Value.(pair[K, V]).value
	}
	r.shrink()
	v := fresh()
	r.at[key] = r.order.PushFront(pair[K, V]{key, v})
	return v
}

func (r *recent[K, V]) has(key K) bool { return r.at[key] != nil }

// shrink makes room for one more. It looks at a few only: those that must stay
// are few too, and recent.
func (r *recent[K, V]) shrink() {
	const tries = 8
	for e, n := r.order.Back(), 0; e != nil && len(r.at) >= r.most && n < tries; n++ {
		older, p := e.Prev(), e.Value.(pair[K, V])
		if r.kept == nil || !r.kept(p.value) {
			r.order.Remove(e)
			delete(r.at, p.key)
		} else {
			r.order.MoveToFront(e)
		}
		e = older
	}
}
