package people_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/people"
	"tongbu/node/replica"
)

// fail tries with a wrong password, and wants the words.
func fail(t *testing.T, p *people.People, login, from, want string) {
	t.Helper()
	_, err := p.SignIn(t.Context(), login, "not this one", from)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s from %s: got %v, want %q", login, from, err, want)
	}
}

// TestLocks: after five tries waits begin that grow up to an hour, for a login that
// nobody has in the same words; the right password does not help before, and ends them
// after.
func TestLocks(t *testing.T) {
	w, p := mustPeople(t)
	for _, login := range []string{clerk, "nobody", "a password typed here", ""} {
		for i, want := range []string{"4 tries left", "3 tries left", "2 tries left", "1 try left", "in 1m0s"} {
			fail(t, p, login, fmt.Sprintf("127.0.0.%d:1", i+1), want)
		}
		fail(t, p, login, here, "in 1m0s")
	}
	_, err := p.SignIn(t.Context(), clerk, word, here)
	kit.WantKind(t, err, fault.Exhausted)
	if got := fault.RetryAfter(err); got != time.Minute {
		t.Errorf("to be tried again in %v", got)
	}
	if who, err := p.Current(clerk); err != nil || who.LockedFor != time.Minute {
		t.Errorf("who is signed in is thrown out: %+v, %v", who, err)
	}
	wait := time.Minute
	for _, next := range []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, time.Hour} {
		w.Clock.Advance(wait - time.Second)
		fail(t, p, clerk, here, "in 1s")
		w.Clock.Advance(time.Second)
		fail(t, p, clerk, here, "in "+next.String())
		wait = next
	}
	w.Clock.Advance(wait)
	mustSignIn(t, p, clerk, word)
	fail(t, p, clerk, here, "4 tries left")
}

// TestAddressLock: many logins from one place lock the place, of IPv6 its network, and
// nobody else.
func TestAddressLock(t *testing.T) {
	w, p := mustPeople(t)
	for i := range 19 {
		fail(t, p, fmt.Sprintf("n%d", i), fmt.Sprintf("[2001:db8::%x]:99", i), "left")
	}
	fail(t, p, "n19", "2001:db8::ffff", "in 1m0s")
	fail(t, p, clerk, "[2001:db8::1]:7", "in 1m0s")
	_, err := p.SignIn(t.Context(), head, headWord, "2001:db8::1")
	kit.WantKind(t, err, fault.Exhausted)
	mustSignIn(t, p, head, headWord)
	w.Clock.Advance(time.Minute)
	if _, err := p.SignIn(t.Context(), head, headWord, "2001:db8::1"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	fail(t, p, clerk, "[2001:db8::2]:7", "4 tries left")
}

// TestLockedFromElsewhere: whoever guesses at another computer locks nobody out at this
// one, and the other way round; a head unlocks both.
func TestLockedFromElsewhere(t *testing.T) {
	_, p := mustPeople(t)
	for i := range 5 {
		fail(t, p, head, fmt.Sprintf("10.0.0.%d:1", i), "")
	}
	fail(t, p, head, "10.0.0.9:1", "in 1m0s")
	mustSignIn(t, p, head, headWord)
	fail(t, p, head, "10.0.0.9:1", "in 1m0s")
	if who, err := p.Current(head); err != nil || who.LockedFor == 0 {
		t.Errorf("the lock is not shown: %+v, %v", who, err)
	}
	for i := range 5 {
		fail(t, p, clerk, fmt.Sprintf("127.0.0.%d:1", i+1), "")
	}
	if _, err := p.SignIn(t.Context(), clerk, word, "10.0.0.9:1"); err != nil {
		t.Errorf("elsewhere: %v", err)
	}
	if err := p.Change(t.Context(), head, head, people.Change{Unlock: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SignIn(t.Context(), head, headWord, "10.0.0.9:1"); err != nil {
		t.Errorf("unlocked: %v", err)
	}
}

// TestKeysOfTriesStay: locks that are on a disk are found by a later version of the program.
func TestKeysOfTriesStay(t *testing.T) {
	want := []string{"2f48b881ea7073f1c6f083b296a360bd", "10c8d04db4999ff7d20d0c8b47cc73b6"}
	if got := people.KeysOf("lin"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestLocksOutliveARestart: of accounts, those of addresses do not; a head unlocks.
func TestLocksOutliveARestart(t *testing.T) {
	w := kit.MustTiers(t)
	at := reopen(t, w, nil)
	p := newPeople(at)
	if _, err := p.First(t.Context(), people.Person{Login: head}, headWord); err != nil {
		t.Fatal(err)
	}
	mustAdd(t, p, people.Person{Login: clerk, Role: people.Operator})
	for i := range 3 {
		fail(t, p, clerk, here, fmt.Sprintf("%d tries left", 4-i))
	}
	p = newPeople(reopen(t, w, &at))
	fail(t, p, clerk, here, "1 try left")
	fail(t, p, clerk, here, "in 1m0s")
	p = newPeople(reopen(t, w, &at))
	_, err := p.SignIn(t.Context(), clerk, word, here)
	kit.WantKind(t, err, fault.Exhausted)
	if err := p.Change(t.Context(), head, clerk, people.Change{Unlock: true}); err != nil {
		t.Fatal(err)
	}
	mustSignIn(t, p, clerk, word)
}

// reopen closes a directory of the second community, if it was open, and opens it.
func reopen(t *testing.T, w *kit.Tiers, at **replica.Replica) *replica.Replica {
	t.Helper()
	dir := ""
	if at == nil {
		dir = w.MustJoin(t, kit.Second)
	} else {
		dir = (*at).Dir()
		if err := (*at).Close(); err != nil {
			t.Fatal(err)
		}
	}
	opened, err := replica.Open(w.Config(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	if at != nil {
		*at = opened
	}
	return opened
}

// TestClockSetBack: a lock lasts no longer than its wait, whatever becomes of the clock,
// and begins again once.
func TestClockSetBack(t *testing.T) {
	w, p := mustPeople(t)
	for range 5 {
		fail(t, p, clerk, "", "")
	}
	w.Clock.Advance(-365 * 24 * time.Hour)
	_, err := p.SignIn(t.Context(), clerk, word, "")
	if got := fault.RetryAfter(err); got != time.Minute {
		t.Fatalf("a year back: wait %v (%v)", got, err)
	}
	w.Clock.Advance(time.Minute)
	mustSignIn(t, p, clerk, word)
}

// TestForgotten: tries of the day before yesterday do not count.
func TestForgotten(t *testing.T) {
	w, p := mustPeople(t)
	for range 4 {
		fail(t, p, clerk, here, "left")
	}
	w.Clock.Advance(25 * time.Hour)
	fail(t, p, clerk, here, "4 tries left")
}

// TestAFloodIsBounded: in memory, on the disk and in the log.
func TestAFloodIsBounded(t *testing.T) {
	w, p := mustPeople(t)
	before := len(entries(t, w.Node))
	for i := range people.MaxStrangers + 20 {
		fail(t, p, fmt.Sprintf("n%d", i), fmt.Sprintf("10.0.%d.%d", i/200, i%200), "left")
	}
	for range 50 {
		fail(t, p, clerk, "10.1.0.1", "")
	}
	if logins, addresses := p.Remembered(); logins > people.MaxStrangers+1 || addresses > people.MaxAddresses {
		t.Errorf("%d logins and %d addresses are remembered", logins, addresses)
	}
	if got := entries(t, w.Node)[before:]; len(got) != 1 || got[0].Account != clerk || got[0].Did != "locked: 5 tries failed, 5 from 10.1.0.1/32" {
		t.Errorf("the log has %+v, want one lock", got)
	}
}

func entries(t *testing.T, at *replica.Replica) []audit.Entry {
	t.Helper()
	all, err := at.Lookups.Entries(1, "", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestLogged: each act with who did it and to whom, and never a password or what was
// typed as a login.
func TestLogged(t *testing.T) {
	w, p := mustPeople(t)
	mustSignIn(t, p, clerk, word)
	const mine = "green door, third floor"
	if err := errors.Join(p.SetOwn(t.Context(), clerk, word, mine),
		p.Change(t.Context(), people.CommandLine, clerk, people.Change{Role: ptr(people.Viewer), Until: ptr("2099-12-31"), Unlock: true}),
		p.Change(t.Context(), head, clerk, people.Change{Password: ptr(word), Name: ptr("小红")}),
		p.End(t.Context(), head, clerk)); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		fail(t, p, headWord, here, "")
	}
	want := []string{
		head + " made: head, no last day " + head + " ok", head + " made: operator, no last day " + clerk + " ok", clerk + " signed in " + clerk + " ok",
		clerk + " changed: own password " + clerk + " ok", people.CommandLine + " changed: role viewer, until 2099-12-31, unlocked " + clerk + " ok",
		head + " changed: name, password " + clerk + " ok", head + " ended " + clerk + " ok",
		" locked: 5 tries failed, 5 from 127.0.0.1/32 ? denied",
	}
	var got []string
	for _, e := range entries(t, w.Node) {
		got = append(got, e.Operator+" "+e.Did+" "+e.Account+" "+e.Outcome)
		if e.Act != audit.Account || e.Device != w.Node.Keys.Device() || e.Unit != w.Node.Place.Unit {
			t.Errorf("entry %+v", e)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestTurns: one password is checked at a time, few wait, and whoever waits may go.
func TestTurns(t *testing.T) {
	at := kit.MustTiers(t).Node
	synctest.Test(t, func(t *testing.T) {
		p := people.New(at)
		end, err := p.TakeTurn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, hangUp := context.WithCancel(t.Context())
		defer hangUp()
		got := make(chan error, people.MaxWaiting)
		for range people.MaxWaiting {
			go func() {
				end, err := p.TakeTurn(ctx)
				if err == nil {
					end()
				}
				got <- err
			}()
		}
		synctest.Wait()
		_, err = p.TakeTurn(t.Context())
		if fault.Of(err) != fault.Exhausted || fault.RetryAfter(err) == 0 {
			t.Errorf("one too many: got %v", err)
		}
		hangUp()
		for range people.MaxWaiting {
			if err := <-got; fault.Of(err) != fault.Canceled {
				t.Errorf("who hung up: got %v", err)
			}
		}
		end()
		if end, err = p.TakeTurn(t.Context()); err != nil {
			t.Fatal(err)
		}
		end()
	})
}

// TestAtOnce: of many at once no more are tried than there are tries, whether they hang
// up or not.
func TestAtOnce(t *testing.T) {
	_, p := mustPeople(t)
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	for range 3 { // each is counted before its caller is told
		_, _ = p.SignIn(ctx, clerk, "not this one", here)
	}
	fail(t, p, clerk, here, "1 try left")
	var all sync.WaitGroup
	var mu sync.Mutex
	wrong := 0
	for range 20 {
		all.Go(func() {
			_, err := p.SignIn(t.Context(), clerk, "not this one", here)
			mu.Lock()
			defer mu.Unlock()
			if fault.Of(err) == fault.Denied {
				wrong++
			}
		})
	}
	all.Wait()
	if wrong > 0 {
		t.Errorf("%d were told that a try is left", wrong)
	}
	if who, err := p.Current(clerk); err != nil || who.LockedFor > time.Minute {
		t.Errorf("%+v, %v: more than one try was made at once", who, err)
	}
}
