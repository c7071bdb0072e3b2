package streams

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/tree"
	"tongbu/syncer"
)

// unitID and treeOf make a tree from who stands below whom: parents[i] is the place
// of the parent of unit i+1, unit 0 is the city.
func unitID(n int) change.UnitID { return change.NewUnitID([10]byte{byte(n), byte(n >> 8)}) }

func treeOf(parents []int) *tree.Tree {
	units := []tree.Unit{{ID: unitID(0), Code: "990100000000", Name: "x", Level: tree.City}}
	for i, p := range parents {
		units = append(units, tree.Unit{ID: unitID(i + 1), Code: fmt.Sprintf("%012d", i+1), Name: "x", Level: units[p].Level + 1, Parent: unitID(p)})
	}
	return treeFrom(units)
}

func treeFrom(units []tree.Unit) *tree.Tree {
	t, err := tree.New(units)
	if err != nil {
		panic(err)
	}
	return t
}

// town is a random tree with links, streams and a tree that changes.
type town struct {
	index index
	tree  *tree.Tree
	units int
	held  map[change.Stream]syncer.Entry
	moved map[change.Stream]bool // their author changed: they may have crossed before
	links []*hearer
}

// hearer is one link and what it was told.
type hearer struct {
	*Subscription
	over  <-chan struct{}
	known map[change.Stream]syncer.Entry
}

func (w *town) drawTree(t *rapid.T) {
	var parents []int
	level := []tree.Level{tree.City}
	for i := 1; i < w.units; i++ {
		var can []int
		for p, l := range level {
			if l < tree.Community {
				can = append(can, p)
			}
		}
		p := rapid.SampledFrom(can).Draw(t, "parent")
		parents, level = append(parents, p), append(level, level[p]+1)
	}
	w.tree = treeOf(parents)
	units := w.tree.Units(unitID(0))
	for range rapid.IntRange(0, 2).Draw(t, "merges") {
		u, heir := rapid.SampledFrom(units).Draw(t, "merged"), rapid.SampledFrom(units).Draw(t, "heir")
		if u.Stands() && w.tree.Size(u.ID) == 1 && heir.Stands() && heir.Level == u.Level && heir.ID != u.ID {
			i := slices.Index(units, u)
			units[i].Heir, units[i].Until = heir.ID, "2026-01-01"
			w.tree = treeFrom(units)
		}
	}
}

func (w *town) open(child change.UnitID) *hearer {
	h := &hearer{over: w.index.ended(), known: map[change.Stream]syncer.Entry{}}
	h.Subscription = w.index.subscribe(child)
	h.learn(h.Entries())
	return h
}

func (h *hearer) learn(entries []syncer.Entry) {
	for _, e := range entries {
		h.known[e.Stream] = e
	}
}

// crosses is what the session asks of each stream.
func (w *town) crosses(child change.UnitID, e syncer.Entry) bool {
	return access.Bring(w.tree, access.Up, child, e.Author, e.Stream.Audience) || access.Bring(w.tree, access.Down, child, e.Author, e.Stream.Audience)
}

// change adds to some streams, or brings receipts of streams that are not here.
func (w *town) change(t *rapid.T) {
	n := 1
	if rapid.IntRange(0, 30).Draw(t, "burst") == 0 {
		n = maxPending + 50
	}
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)) // a draw of rapid's is slow
	for range n {
		device := rng.IntN(2*w.units + 1)
		of := change.Stream{Device: change.DeviceID(fmt.Sprint(device)), Incarnation: 1, Audience: unitID(rng.IntN(w.units + 1))}
		e := w.held[of]
		e.Stream = of
		if e.Head++; rng.IntN(4) > 0 {
			by := unitID(device % (w.units + 1)) // one device in so many is of a unit that is in no tree
			if rng.IntN(20) == 0 {
				by = unitID(rng.IntN(w.units + 1))
			}
			w.moved[of] = w.moved[of] || e.Author != "" && e.Author != by
			e.Author = by
		}
		w.held[of] = e
		if err := w.index.refresh([]change.Stream{of}, func(change.Stream) (syncer.Entry, bool, error) { return e, true, nil }); err != nil {
			t.Fatal(err)
		}
	}
}

// ask has a link look, as it does when it is woken, and checks that it is woken when
// there is something.
func (w *town) ask(t *rapid.T, h *hearer) {
	missing := false
	for of, e := range w.held {
		missing = missing || w.crosses(h.child, e) && h.known[of] != e
	}
	select {
	case <-h.Changed():
	default:
		if missing {
			t.Fatalf("the link of %s is not woken", h.child)
		}
		return
	}
	whole := h.missed
	news := h.Next()
	for _, e := range news {
		if !whole && !w.moved[e.Stream] && !w.crosses(h.child, e) {
			t.Errorf("the link of %s is told of %v by %q, which does not cross it", h.child, e.Stream, e.Author)
		}
	}
	h.learn(news)
	w.check(t, h)
}

func (w *town) check(t *rapid.T, h *hearer) {
	for of, e := range w.held {
		if w.crosses(h.child, e) && h.known[of] != e {
			t.Fatalf("the link of %s knows %+v, want %+v by %q", h.child, h.known[of], e, e.Author)
		}
	}
}

// TestSubscription: of random streams in random trees that change, a link hears all
// that access.Bring lets cross it, at its opening and afterwards, and nothing else;
// and it is woken for that alone.
func TestSubscription(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &town{units: rapid.IntRange(1, 12).Draw(t, "units"), held: map[change.Stream]syncer.Entry{}, moved: map[change.Stream]bool{}}
		w.index.init("self", func() syncer.Tree { return w.tree })
		w.drawTree(t)
		t.Repeat(map[string]func(*rapid.T){
			"change": w.change,
			"open": func(t *rapid.T) {
				h := w.open(unitID(rapid.IntRange(0, w.units-1).Draw(t, "child")))
				w.links = append(w.links, h)
				var want []syncer.Entry
				for _, of := range slices.SortedFunc(maps.Keys(w.held), change.Stream.Compare) {
					if e := w.held[of]; w.crosses(h.child, e) {
						want = append(want, e)
					}
				}
				if d := cmp.Diff(want, h.Entries()); d != "" {
					t.Fatalf("the link of %s opens with others:\n%s", h.child, d)
				}
			},
			"ask": func(t *rapid.T) {
				if len(w.links) > 0 {
					w.ask(t, rapid.SampledFrom(w.links).Draw(t, "link"))
				}
			},
			"close": func(t *rapid.T) {
				if len(w.links) > 0 {
					i := rapid.IntRange(0, len(w.links)-1).Draw(t, "link")
					w.links[i].Close()
					w.links = slices.Delete(w.links, i, i+1)
				}
			},
			"tree": func(t *rapid.T) {
				if rapid.Bool().Draw(t, "kept") {
					t.Skip("trees seldom change")
				}
				w.drawTree(t)
				w.change(t) // between the tree and the end of the links
				w.index.endLinks()
				for i, h := range w.links {
					<-h.over
					h.Close()
					w.links[i] = w.open(h.child)
					w.check(t, w.links[i])
				}
			},
		})
		for _, h := range w.links {
			w.ask(t, h)
			h.Close()
		}
		if len(w.index.links.at)+len(w.index.links.below) > 0 {
			t.Errorf("links that ended are still listed: %v", w.index.links)
		}
	})
}

// TestWakes counts whom a change wakes in a city of a hundred communities.
func TestWakes(t *testing.T) {
	var parents []int
	for range 10 {
		parents = append(parents, 0) // units 1 to 10
	}
	for i := range 100 {
		parents = append(parents, 1+i%10)
	}
	var w town
	w.tree = treeOf(parents)
	w.index.init("self", func() syncer.Tree { return w.tree })
	for i := range 1 + len(parents) {
		w.links = append(w.links, &hearer{Subscription: w.index.subscribe(unitID(i))})
	}
	for name, test := range map[string]struct{ author, audience, want int }{
		"a community to itself":         {11, 11, 3},
		"a community, of its receipt":   {-1, 11, 3},
		"a street to itself":            {1, 1, 12},
		"a street to a community":       {1, 11, 3},
		"the city to a community":       {0, 11, 3},
		"the city to all":               {0, 0, 111},
		"a community to another":        {11, 12, 5}, // it may not; those who carry it would be told
		"a unit nobody knows to itself": {900, 900, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := syncer.Entry{Stream: change.Stream{Device: "d", Incarnation: 1, Audience: unitID(test.audience)}, Author: unitID(test.author)}
			if test.author < 0 {
				e.Author = ""
			}
			if err := w.index.refresh([]change.Stream{e.Stream}, func(change.Stream) (syncer.Entry, bool, error) { return e, true, nil }); err != nil {
				t.Fatal(err)
			}
			woken := 0
			for _, h := range w.links {
				select {
				case <-h.Changed():
					woken++
				default:
				}
				if news := h.Next(); len(news) > 1 {
					t.Errorf("the link of %s is told of %d streams", h.child, len(news))
				}
			}
			if woken != test.want {
				t.Errorf("%d links are woken, want %d", woken, test.want)
			}
		})
	}
}

// TestIdleLink: a link that stands still takes no more memory the more changes.
func TestIdleLink(t *testing.T) {
	w := town{tree: treeOf(nil)}
	w.index.init("self", func() syncer.Tree { return w.tree })
	s := w.index.subscribe(unitID(0))
	of := change.Stream{Device: "d", Audience: unitID(0)}
	for n := range uint32(3 * maxLog) {
		of.Incarnation = n + 1
		if err := w.index.refresh([]change.Stream{of}, indexed); err != nil {
			t.Fatal(err)
		}
		if len(s.pending) > maxPending {
			t.Fatalf("%d changes are listed", len(s.pending))
		}
	}
	if got := len(s.Next()); got != 3*maxLog {
		t.Errorf("it hears of %d streams, want all %d", got, 3*maxLog)
	}
	if more := s.Next(); len(more) > 0 {
		t.Errorf("and again of %d", len(more))
	}
}
