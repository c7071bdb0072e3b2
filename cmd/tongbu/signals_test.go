package main_test

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/sample"
	"tongbu/internal/test/proctest"
)

// TestSignals: SIGTERM and an interrupt end each tier in order, with what is
// on its way finished or refused.
func TestSignals(t *testing.T) {
	n := proctest.Found(t, program(t), proctest.Rows([]int{1}, 1))
	community := n.Level(5)[0]
	people := proctest.Persons(sample.NewMaker(seed), community.Unit.Code, long())
	written, r := putWhile(t, community, people, func() {
		if code := community.Stop(); code != 0 {
			t.Errorf("SIGTERM during a put: got code %d, want 0", code)
		}
	})
	if kind := fault.Kind(r.Code); kind != fault.OK && (!complaint.MatchString(r.Err) || kind != fault.Canceled && kind != fault.Unavailable) {
		t.Errorf("the put that was cut off: got %v, want a line with a hint, code 5 or 12", r)
	}
	t.Logf("%d of %d acknowledged, %v", len(written), len(people), r)
	community.MustVerify()
	for _, hub := range n.Tiers[:3] {
		code, err := hub.TrySignal(t.Context(), syscall.SIGINT)
		if code != 0 || err != nil {
			t.Errorf("%s: interrupt: got code %d %v, want 0", hub.Unit.Name, code, err)
		}
		if log := hub.Log(); strings.Contains(log, "panic") || strings.Contains(log, "level=ERROR") {
			t.Errorf("%s: the log complains: %s", hub.Unit.Name, log)
		}
		hub.MustVerify()
	}
	list := community.MustRun("", "list", "person")
	for _, w := range written {
		if !strings.Contains(list, `"id":"`+string(w.ID)+`"`) {
			t.Errorf("person %s was acknowledged and is gone", w.ID)
		}
	}
}

// long is how many records take a put some time.
func long() int {
	if testing.Short() {
		return 3000
	}
	return 6000
}

// putWhile runs do once the first records of a put are saved.
func putWhile(t *testing.T, at *proctest.Tier, people []sample.Record, do func()) ([]proctest.Written, proctest.Result) {
	t.Helper()
	type ended struct {
		written []proctest.Written
		result  proctest.Result
		err     error
	}
	done := make(chan ended)
	go func() {
		written, r, err := at.Put(t.Context(), "person", proctest.Lines(people))
		done <- ended{written, r, err}
	}()
	proctest.Await(t, time.Minute, "the first are saved", func() string {
		if st, err := at.Status(t.Context()); err != nil || st.Own.Head < 3 { // the first may be what the device says of itself
			return fmt.Sprint("nothing ", err)
		}
		return ""
	})
	do()
	e := <-done
	if e.err != nil {
		t.Fatal(e.err)
	}
	return e.written, e.result
}

// TestSecondSignal: a drain waits for a put whose input does not end; the
// first signal ends that wait after its limit, a second one at once.
func TestSecondSignal(t *testing.T) {
	n := proctest.Found(t, program(t), proctest.Rows([]int{1}, 1))
	community := n.Level(5)[0]
	for _, signals := range []string{"one", "two"} {
		in, typing := io.Pipe()
		done := make(chan proctest.Result)
		go func() {
			r, _ := community.Run(t.Context(), in, "put", "person") // its code tells
			done <- r
		}()
		// More than all buffers on the way hold: the process is reading it.
		if _, err := typing.Write([]byte(strings.Repeat(`{"name":"甲"}`+"\n", 100_000))); err != nil {
			t.Fatal(err)
		}
		code := 0
		if signals == "one" {
			code = community.Stop()
		} else {
			code = stopTwice(t, community.Process())
		}
		if want := map[string]int{"one": 0, "two": -1}[signals]; code != want {
			t.Errorf("%s: got code %d, want %d", signals, code, want)
		}
		_ = typing.Close()
		if r := <-done; fault.Kind(r.Code) != fault.Unavailable || !complaint.MatchString(r.Err) {
			t.Errorf("%s: the put: got %v, want code 5 and a line with a hint", signals, r)
		}
		community.Start()
		if own := community.MustOwn(); own.Head != 0 {
			t.Errorf("%s: got %d changes of a put that was not complete, want 0", signals, own.Head)
		}
	}
}

// TestWatch: a status that is watched ends in order when it is interrupted.
func TestWatch(t *testing.T) {
	n := proctest.Found(t, program(t), proctest.Rows([]int{1}, 1))
	watch := n.Program.Command(t.Context(), "status", "--watch", "--dir", n.City().Dir)
	out, err := watch.StdoutPipe()
	if err == nil {
		err = watch.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if !strings.HasPrefix(line, "unit ") || err != nil {
		t.Errorf("first line: got %q %v", line, err)
	}
	if err := watch.Process.Signal(syscall.SIGINT); err != nil {
		t.Error(err)
	}
	if err := watch.Wait(); err != nil {
		t.Errorf("interrupted: got %v, want exit code 0", err)
	}
}

// stopTwice sends signals until the process has ended: the first begins the
// drain, and once it has begun the next one ends the process.
func stopTwice(t *testing.T, p *proctest.Process) int {
	t.Helper()
	proctest.Await(t, 20*time.Second, "the process ends", func() string {
		if p.Ended() {
			return ""
		}
		if err := p.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		return "running"
	})
	code, err := p.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return code
}
