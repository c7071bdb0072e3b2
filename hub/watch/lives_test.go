package watch_test

import (
	"context"
	"fmt"
	"testing"

	"tongbu/hub/watch"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
)

// say has the first community name a person.
func (w *world) say(clerk *kit.Forger, number string) {
	w.t.Helper()
	clerk.MustSay(w.t, w.city, kit.First, person(kit.First, number, named(number)))
	w.sync()
}

// arrivals is how far the view is.
func (w *world) arrivals() uint64 { return w.follower.Applied() }

// TestRestore: a position of a life before a restore goes on from where the two part,
// through several of them; each record that came after that comes again.
func TestRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	w.say(clerk, "before")
	early := newCopy(persons, "")
	w.mustCatchUp(early)
	parted := w.arrivals()
	w.say(clerk, "after")
	late := newCopy(persons, "")
	w.mustCatchUp(late)
	w.now = watch.Now{Incarnation: 2, Renewed: 2, Kept: parted}
	w.say(clerk, "later")
	late.seen = map[string]bool{}
	w.mustCatchUp(late)
	w.wantCopy(late)
	for _, number := range []string{"after", "later"} {
		if !late.seen[string(kit.Name(kit.First, "person", number))] {
			t.Errorf("%s did not come: it arrived after the two lives parted", number)
		}
	}
	w.now = watch.Now{Incarnation: 3, Renewed: 3, Kept: w.arrivals()}
	w.say(clerk, "latest")
	early.seen = map[string]bool{}
	w.mustCatchUp(early)
	w.wantCopy(early)
	if early.seen[string(kit.Name(kit.First, "person", "before"))] {
		t.Error("what was told before any life ended came again")
	}
}

// TestLowestParting: a restore to before an earlier parting goes on from the lower.
func TestLowestParting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	w.say(clerk, "a")
	low := w.arrivals()
	w.say(clerk, "b")
	w.say(clerk, "c")
	c := newCopy(persons, "")
	w.mustCatchUp(c)
	for n, kept := range []uint64{w.arrivals() - 1, low, w.arrivals()} {
		w.now = watch.Now{Incarnation: uint32(n + 2), Renewed: uint32(n + 2), Kept: kept}
		must(t, w.watcher.Begin(t.Context()))
	}
	c.seen = map[string]bool{}
	w.mustCatchUp(c)
	w.wantCopy(c)
	for number, want := range map[string]bool{"a": false, "b": true, "c": true} {
		if got := c.seen[string(kit.Name(kit.First, "person", number))]; got != want {
			t.Errorf("%s: came is %v, want %v", number, got, want)
		}
	}
}

// TestBeginAgain: a position that leads nowhere is told to begin again, in the same words
// whyever that is.
func TestBeginAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	w.say(clerk, "a")
	c := newCopy(persons, "")
	w.mustCatchUp(c)
	own, err := watch.Parse(c.position)
	must(t, err)
	texts := map[string]bool{}
	want := func(what, position string) {
		t.Helper()
		lost := newCopy(persons, "")
		lost.position = position
		err := w.catchUp(lost)
		if fault.Of(err) != fault.NotFound || len(lost.rows) != 0 {
			t.Errorf("%s: got %v and %d rows, want to begin again", what, err, len(lost.rows))
			return
		}
		texts[err.Error()+fault.Hint(err)] = true
	}
	want("a life nobody knows", "0123456789abcdef.1.")
	want("ahead of the journal", watch.Position{Life: own.Life, Arrival: own.Arrival + 1}.Text())
	for what, now := range map[string]watch.Now{
		"the history gave way":                       {Incarnation: 1, History: 1},
		"the journal was lost":                       {Incarnation: 7, History: 1},
		"lost after a restore":                       {Incarnation: 9, History: 1, Renewed: 8, Kept: 1},
		"restored, and the history gave way with it": {Incarnation: 10, History: 2, Renewed: 10, Kept: 1 << 40},
	} {
		before := newCopy(persons, "")
		w.mustCatchUp(before)
		w.now = now
		want(what, before.position)
		again := newCopy(persons, "")
		w.mustCatchUp(again)
		w.wantCopy(again)
	}
	if len(texts) != 1 {
		t.Errorf("got %d texts, want one: %v", len(texts), texts)
	}
}

// TestManyLives: what is kept of lives is bounded; who comes from before begins again.
func TestManyLives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.position()
	for n := uint32(2); n < 300; n++ {
		w.now = watch.Now{Incarnation: n, Renewed: n, Kept: w.arrivals()}
		must(t, w.watcher.Begin(t.Context()))
	}
	c := newCopy(persons, "")
	c.position = first
	wantKind(t, w.catchUp(c), fault.NotFound)
	c.position = w.position()
	w.mustCatchUp(c)
}

// TestHistoryGivesWayMeanwhile: who is watching while a history gives way is told to
// begin again too: what it was told of the other one may be gone.
func TestHistoryGivesWayMeanwhile(t *testing.T) {
	t.Parallel()
	kit.MustBubble(t, func(t *testing.T) {
		w := newWorld(t)
		clerk := w.MustForger(t, kit.First)
		w.say(clerk, "a")
		covered := make(chan struct{}, 10)
		ended := make(chan error, 1)
		go func() {
			ended <- w.watcher.Run(t.Context(), w.ask(), persons, "", false, func(_ context.Context, p watch.Changed) error {
				if p.Coverage != nil {
					covered <- struct{}{}
				}
				return nil
			})
		}()
		<-covered
		w.now.History++
		w.say(clerk, "b")
		select {
		case err := <-ended:
			wantKind(t, err, fault.NotFound)
		case <-covered:
			t.Error("it goes on as if nothing were gone")
		}
	})
}

// TestRebuiltMeanwhile: while the view is made again its answers lack most records. That
// is told to nobody.
func TestRebuiltMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	for n := range 3 {
		w.say(clerk, fmt.Sprint(n))
	}
	c := newCopy(persons, "")
	w.mustCatchUp(c)
	for n := range 3 {
		clerk.MustSay(t, w.city, kit.First, person(kit.First, fmt.Sprint(n), named("changed")))
	}
	w.sync()
	w.asked = func() {
		w.asked = nil
		w.follower.Rebuild()
		w.scarce = fault.New(fault.Full, "no room")
		wantKind(t, w.follower.AwaitApplied(t.Context()), fault.Full) // emptied, and no further
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := w.watcher.Run(ctx, w.ask(), c.q, c.position, true, func(_ context.Context, p watch.Changed) error { return c.take(p) })
	if err != nil && fault.Of(err) != fault.Unavailable {
		t.Errorf("got %v", err)
	}
	if len(c.gone) > 0 {
		t.Errorf("%d records are told to be gone, which are there", len(c.gone))
	}
	w.scarce = nil
	w.sync()
	w.mustCatchUp(c)
	w.wantCopy(c)
}

// TestWhileRebuilt: a view that has not come as far again as somebody was told says
// nothing new to them, and sends nobody back to the beginning.
func TestWhileRebuilt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	w.say(clerk, "a")
	c := newCopy(persons, "")
	w.mustCatchUp(c)
	w.follower.Rebuild()
	w.scarce = fault.New(fault.Full, "no room")
	wantKind(t, w.follower.AwaitApplied(t.Context()), fault.Full)
	w.mustCatchUp(c)
	if len(c.rows) != 1 || len(c.gone) != 0 {
		t.Errorf("%d rows, gone %v, want the one", len(c.rows), c.gone)
	}
	w.scarce = nil
	w.sync()
	w.mustCatchUp(c)
	w.wantCopy(c)
}

// TestRebuiltAtFirst: all rows of a view that is emptied before they are read are not all.
func TestRebuiltAtFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	w.say(clerk, "a")
	ask := w.ask()
	all := ask.All
	ask.All = func(ctx context.Context, q question.Question, tell question.Tell) error {
		w.follower.Rebuild()
		w.scarce = fault.New(fault.Full, "no room")
		wantKind(t, w.follower.AwaitApplied(t.Context()), fault.Full)
		return all(ctx, q, tell)
	}
	c := newCopy(persons, "")
	err := w.watcher.Run(t.Context(), ask, c.q, "", true, func(_ context.Context, p watch.Changed) error { return c.take(p) })
	wantKind(t, err, fault.Unavailable)
	if c.position != "" {
		t.Error("a position is told behind rows that were not told")
	}
}
