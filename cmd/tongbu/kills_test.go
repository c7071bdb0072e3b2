package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	"tongbu/internal/question"
	"tongbu/internal/test/proctest"
	reports "tongbu/internal/test/report"
)

// TestKills kills processes of all tiers at random moments, one or two at a
// time, some of them while they start, as records are put at every community
// and questions are asked. After every so many kills all that was
// acknowledged must be at the city once, and every directory clean.
func TestKills(t *testing.T) {
	line := reports.Begin(t, "kills")
	line.Seeds = fmt.Sprint(reports.Seed())
	streets := []int{1}
	if reports.Soak() {
		streets = []int{1, 1}
	}
	n := proctest.Found(t, program(t, quick), proctest.Rows(streets, 2))
	k := &killer{n: n, draw: rand.New(rand.NewPCG(reports.Seed(), 0)), kills: map[int]int{}}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var all sync.WaitGroup
	for _, c := range clerksAt(n) {
		d := &desk{clerk: c, todo: make(chan struct{}, 100)}
		k.desks = append(k.desks, d)
		all.Go(func() { d.work(ctx, cancel) })
	}
	all.Go(func() { k.ask(ctx, cancel) })
	total, each := reports.Scale(18, 1000), reports.Scale(18, 200)
	for k.all < total && context.Cause(ctx) == nil {
		if err := k.until(ctx, min(k.all+each, total)); err != nil {
			cancel(err)
			break
		}
		t.Logf("%d kills, %d records", k.all, k.records())
	}
	if err := context.Cause(ctx); err != nil {
		t.Error(err)
	}
	cancel(nil)
	all.Wait()
	k.tell(line)
	if a := k.account; a != (account{}) {
		line.Violations = a.lost + a.doubled
		t.Errorf("got %+v, want nothing lost and nothing twice", a)
	}
}

// desk is a clerk that puts a household whenever told to.
type desk struct {
	*clerk
	todo chan struct{}
	busy sync.WaitGroup // households told and not acknowledged
}

func (d *desk) tell(households int) {
	for range households {
		d.busy.Add(1)
		d.todo <- struct{}{}
	}
}

func (d *desk) work(ctx context.Context, failed context.CancelCauseFunc) {
	for {
		select {
		case <-ctx.Done():
			for len(d.todo) > 0 {
				<-d.todo
				d.busy.Done()
			}
			return
		case <-d.todo:
		}
		if err := d.put(ctx); err != nil {
			failed(fmt.Errorf("%s: %w", d.at.Unit.Name, err))
		}
		d.busy.Done()
	}
}

// killer kills, starts again and looks.
type killer struct {
	n     *proctest.Network
	desks []*desk
	draw  *rand.Rand
	account
	all      int         // kills
	kills    map[int]int // by level
	starting int         // of them while the process started
	answers  int         // to questions meanwhile; of the one who asks
	mu       sync.Mutex  // guards ready
	ready    []time.Duration
}

// until kills up to a number, then audits.
func (k *killer) until(ctx context.Context, kills int) error {
	for k.all < kills {
		for _, d := range k.desks {
			d.tell(1 + k.draw.IntN(4))
		}
		if err := pause(ctx, time.Duration(k.draw.IntN(400))*time.Millisecond); err != nil {
			return err
		}
		if err := k.kill(ctx); err != nil {
			return err
		}
	}
	for _, d := range k.desks {
		d.busy.Wait()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var clerks []*clerk
	for _, d := range k.desks {
		clerks = append(clerks, d.clerk)
	}
	a, err := audit(ctx, k.n, clerks)
	k.lost, k.doubled = k.lost+a.lost, k.doubled+a.doubled
	return err
}

// kill kills one process, or two at the same time, and starts them again. One
// in eight dies once more while it starts.
func (k *killer) kill(ctx context.Context) error {
	chosen := k.draw.Perm(len(k.n.Tiers))[:1+k.draw.IntN(4)/3]
	errs := make(chan error, len(chosen))
	for _, at := range chosen {
		tier := k.n.Tiers[at]
		again := time.Duration(-1)
		if k.draw.IntN(8) == 0 {
			again = time.Duration(k.draw.IntN(150)) * time.Millisecond
			k.all, k.starting, k.kills[tier.Unit.Level] = k.all+1, k.starting+1, k.kills[tier.Unit.Level]+1
		}
		k.all, k.kills[tier.Unit.Level] = k.all+1, k.kills[tier.Unit.Level]+1
		go func() { errs <- k.killOne(ctx, tier, again) }()
	}
	var failed error
	for range chosen {
		if err := <-errs; err != nil {
			failed = err
		}
	}
	return failed
}

func (k *killer) killOne(ctx context.Context, tier *proctest.Tier, again time.Duration) error {
	if _, err := tier.TrySignal(ctx, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill %s: %w", tier.Unit.Name, err)
	}
	if again >= 0 {
		if err := dieStarted(ctx, tier, again); err != nil {
			return err
		}
	}
	start := time.Now()
	if err := startAgain(ctx, tier); err != nil {
		return fmt.Errorf("start %s: %w", tier.Unit.Name, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ready = append(k.ready, time.Since(start))
	return nil
}

// dieStarted starts a process that is killed a moment later, ready or not.
func dieStarted(ctx context.Context, tier *proctest.Tier, moment time.Duration) error {
	short, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	if err := tier.TryStart(short); err != nil {
		return nil // it was not to get ready
	}
	<-short.Done()
	_, err := tier.Process().Wait(ctx)
	return err
}

// ask asks the city again and again, and wants no record twice in an answer.
func (k *killer) ask(ctx context.Context, failed context.CancelCauseFunc) {
	city := k.n.City()
	q := question.Question{Kind: "person", Select: []string{"id"}, PageSize: 500}
	for pause(ctx, 50*time.Millisecond) == nil {
		a, err := city.Ask(ctx, q)
		if err != nil {
			continue // it may be dead
		}
		k.answers++
		seen := map[any]bool{}
		for _, row := range a.Rows {
			if seen[row["id"]] {
				failed(fmt.Errorf("an answer shows person %v twice", row["id"]))
			}
			seen[row["id"]] = true
		}
	}
}

// pause waits a moment that the test has drawn.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (k *killer) records() (n int) {
	for _, d := range k.desks {
		n += len(d.people)
	}
	return n
}

func (k *killer) tell(line *reports.Line) {
	cut := 0
	for _, d := range k.desks {
		cut += d.cut
	}
	line.Runs = k.all
	line.Figure("kills_by_level", k.kills)
	line.Figure("killed_while_starting", k.starting)
	line.Figure("records", k.records())
	line.Figure("puts_cut_off", cut)
	line.Figure("questions_answered", k.answers)
	line.Figure("lost", k.lost)
	line.Figure("doubled", k.doubled)
	line.Figure("restart_to_ready_ms", quantiles(k.ready))
}
