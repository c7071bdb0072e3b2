package watch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"tongbu/hub/watch"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
)

// TestRevokedWatch: a watch ends with the access, whether it waits or tells.
func TestRevokedWatch(t *testing.T) {
	t.Parallel()
	kit.MustBubble(t, func(t *testing.T) {
		w := newWorld(t)
		told := make(chan watch.Changed, 10)
		ended := make(chan error, 1)
		go func() {
			ended <- w.watcher.Run(t.Context(), w.ask(), persons, "", false, func(_ context.Context, p watch.Changed) error {
				told <- p
				return nil
			})
		}()
		for p := range told {
			if p.Coverage != nil {
				break
			}
		}
		w.revoked = fault.New(fault.Denied, "revoked")
		if err := <-ended; fault.Of(err) != fault.Denied {
			t.Errorf("got %v, want denied", err)
		}
	})
}

// TestWaits: who waits hears what comes, and that there is nothing new.
func TestWaits(t *testing.T) {
	t.Parallel()
	kit.MustBubble(t, func(t *testing.T) {
		w := newWorld(t)
		clerk := w.MustForger(t, kit.First)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		told := make(chan watch.Changed, 10)
		ended := make(chan error, 1)
		go func() {
			ended <- w.watcher.Run(ctx, w.ask(), persons, "", false, func(_ context.Context, p watch.Changed) error {
				told <- p
				return nil
			})
		}()
		covered := func() (rows int) {
			for p := range told {
				rows += len(p.Rows)
				if p.Coverage != nil {
					return rows
				}
			}
			return rows
		}
		if got := covered(); got != 0 {
			t.Errorf("%d rows, want none", got)
		}
		clerk.MustSay(t, w.city, kit.First, person(kit.First, "a", named("甲")))
		w.sync()
		if got := covered(); got != 1 {
			t.Errorf("%d rows, want the one that came", got)
		}
		if got := covered(); got != 0 { // half a minute later
			t.Errorf("%d rows, want none", got)
		}
		cancel()
		if err := <-ended; fault.Of(err) != fault.Canceled {
			t.Errorf("got %v, want canceled", err)
		}
	})
}

// TestColumnsChange: when the columns are others than were told, they are told again:
// rows that follow have those.
func TestColumnsChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	ask, more := w.ask(), false
	page := ask.Page
	ask.Page = func(ctx context.Context, q question.Question) (*question.Answer, error) {
		if more {
			q.Select = append(slices.Clone(q.Select), "hukou") // as when the city has published a field
		}
		return page(ctx, q)
	}
	c := newCopy(persons, "")
	position, columns := "", 0
	for n := range 4 {
		more = n >= 2
		clerk.MustSay(t, w.city, kit.First, person(kit.First, fmt.Sprint(n), named("甲")))
		w.sync()
		must(t, w.watcher.Run(t.Context(), ask, persons, position, true, func(_ context.Context, p watch.Changed) error {
			if p.Columns != nil {
				columns++
			}
			return c.take(p)
		}))
		position = c.position
	}
	if len(c.columns) != len(persons.Select)+1 || columns != 4 {
		t.Errorf("%d columns, told %d times, want them with each call", len(c.columns), columns)
	}
	told := 0
	more = false
	must(t, w.watcher.Run(t.Context(), ask, persons, watch.Position{Life: position[:16], Arrival: 1}.Text(), true, func(_ context.Context, p watch.Changed) error {
		if p.Columns != nil {
			told++
		}
		more = true
		return c.take(p)
	}))
	if told != 1 {
		t.Errorf("columns are told %d times in one portion, want once", told)
	}
}

// TestBounds: what is no question to watch by.
func TestBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, q := range map[string]question.Question{
		"no kind":              {Kind: "nothing"},
		"a long filter":        {Kind: "person", Filter: `name = "` + string(make([]byte, 3000)) + `"`},
		"no filter":            {Kind: "person", Filter: `name =`},
		"a filter with a tail": {Kind: "person", Filter: `sex = "1") OR (sex = "2"`},
		"no field":             {Kind: "person", Select: []string{"nothing"}},
	} {
		c := newCopy(q, "")
		if err := w.catchUp(c); fault.Of(err) != fault.Invalid || len(c.rows) != 0 {
			t.Errorf("%s: got %v and %d rows, want invalid", name, err, len(c.rows))
		}
		c.position = w.position()
		w.MustForger(t, kit.First).MustSay(t, w.city, kit.First, person(kit.First, "a", fields{"name": change.Text("甲"), "sex": change.Text("2")}))
		w.sync()
		if err := w.catchUp(c); fault.Of(err) != fault.Invalid || len(c.rows) != 0 {
			t.Errorf("%s, from a position: got %v and %d rows, want invalid", name, err, len(c.rows))
		}
	}
}

// position is where somebody stands who has heard everything.
func (w *world) position() string {
	w.t.Helper()
	c := newCopy(persons, "")
	w.mustCatchUp(c)
	return c.position
}

// TestAtRest: what came while it was told is behind who waits, and wakes nobody again.
func TestAtRest(t *testing.T) {
	t.Parallel()
	kit.MustBubble(t, func(t *testing.T) {
		w := newWorld(t)
		clerk := w.MustForger(t, kit.First)
		clerk.MustSay(t, w.city, kit.First, person(kit.First, "1", fields{"name": change.Text("王明")}))
		must(t, w.watcher.Begin(t.Context()))
		now, asked, looks, covers := w.watcher.Now, 0, 0, 0
		w.watcher.Now = func(tx *journal.Tx) (watch.Now, error) {
			if asked++; asked == 2 { // in the first round, before it looks how far the view is
				w.sync()
			}
			return now(tx)
		}
		ask := w.ask()
		ask.Live = func() error {
			if looks++; looks > 100 {
				return fault.New(fault.Internal, "it does not wait")
			}
			return nil
		}
		enough := errors.New("enough")
		err := w.watcher.Run(t.Context(), ask, persons, "", false, func(_ context.Context, p watch.Changed) error {
			if p.Coverage != nil {
				covers++
			}
			if covers > 2 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || looks > 40 {
			t.Errorf("%v after %d looks in a minute", err, looks)
		}
	})
}
