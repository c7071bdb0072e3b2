package follow_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/follow"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

// scene is the journal of a city with a judge and a view in memory.
type scene struct {
	*testing.T
	city  *replica.Replica
	clerk *kit.Forger
	judge *judge
	view  *keeper
	said  int
}

func newScene(t *testing.T) *scene {
	t.Helper()
	town := kit.MustTown(t)
	s := &scene{T: t, city: town.MustCity(t), clerk: town.MustForger(t, kit.First), judge: newJudge(t)}
	s.view = &keeper{t: t, judge: s.judge}
	return s
}

func (s *scene) follower(change func(*follow.Config)) *follow.Follower {
	cfg := follow.Config{Streams: s.city.Streams, Judge: s.judge, View: s.view, Scarce: func() error { return nil }, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&cfg)
	}
	f := follow.New(cfg)
	f.Narrow()
	return f
}

// run has the follower run until stop, which returns what Run did.
func (s *scene) run(f *follow.Follower) (stop func() error) {
	ctx, cancel := context.WithCancel(s.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	return func() error {
		cancel()
		return <-ended
	}
}

// steady runs the follower, and the view keeps up with the judge.
func (s *scene) steady(change func(*follow.Config)) (f *follow.Follower, stop func() error) {
	s.Helper()
	f = s.follower(change)
	stop = s.run(f)
	s.say(1)
	synctest.Wait()
	s.wantAll()
	return f, stop
}

// say has the clerk seal so many batches of one change.
func (s *scene) say(batches int) {
	s.Helper()
	for range batches {
		s.sayBatch(1)
	}
}

func (s *scene) sayBatch(changes int) {
	s.Helper()
	batch := make([]*change.Change, changes)
	for i := range batch {
		s.said++
		batch[i] = kit.Person(change.RecordID(fmt.Sprintf("p-%d", s.said)), "甲")
	}
	s.clerk.MustSay(s.T, s.city, kit.First, batch...)
}

// journal lists what arrived, and each change that can be read.
func (s *scene) journal() (arrivals []uint64, changes []spot) {
	s.Helper()
	err := s.city.Streams.View(func(tx *journal.Tx) error {
		all, err := tx.Arrivals(0, 1<<20)
		for _, a := range all {
			arrivals = append(arrivals, a.No)
			o, err := follow.Open(tx, a)
			if err != nil {
				return err
			}
			for _, c := range o.Changes {
				changes = append(changes, spot{Arrival: c.Arrival, Stream: c.Stream, Seq: c.Seq})
			}
		}
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return arrivals, changes
}

// wantJudged: every arrival is judged once, in order.
func (s *scene) wantJudged() {
	s.Helper()
	arrivals, _ := s.journal()
	s.judge.mu.Lock()
	defer s.judge.mu.Unlock()
	if diff := cmp.Diff(arrivals, s.judge.judged); diff != "" {
		s.Errorf("judged: %s", diff)
	}
}

// wantAll: every arrival is judged once, and every change is in the view once, in
// order.
func (s *scene) wantAll() {
	s.Helper()
	s.wantJudged()
	arrivals, changes := s.journal()
	s.view.mu.Lock()
	defer s.view.mu.Unlock()
	if diff := cmp.Diff(changes, s.view.held); diff != "" || s.view.at != arrivals[len(arrivals)-1] || !s.view.settled {
		s.Errorf("the view at %d of %d, settled %v: %s", s.view.at, arrivals[len(arrivals)-1], s.view.settled, diff)
	}
}

// wantStopped: the follower ran until it was stopped.
func (s *scene) wantStopped(stop func() error) {
	s.Helper()
	if err := stop(); err != nil {
		s.Errorf("it ended by itself: %v", err)
	}
}

// gate holds one step of the view up until it is opened.
type gate struct {
	step   string
	opened chan struct{}
}

func (s *scene) hold(step string) *gate {
	g := &gate{step: step, opened: make(chan struct{})}
	s.view.before = func(_ context.Context, name string) error {
		if name == g.step {
			<-g.opened
		}
		return nil
	}
	return g
}

func (g *gate) open() { close(g.opened) }
