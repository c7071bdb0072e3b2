package inproc_test

import (
	"testing"
	"testing/synctest"

	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/inproc"
)

func TestMessagesArriveInOrder(t *testing.T) {
	a, b := inproc.Pair()
	for n := range int64(3) {
		if err := a.Send(syncer.Reach{Now: n}); err != nil {
			t.Fatal(err)
		}
	}
	for n := range int64(3) {
		m, err := b.Recv()
		if err != nil || m.(syncer.Reach).Now != n {
			t.Fatalf("got %v, %v, want %d", m, err, n)
		}
	}
}

func TestClose(t *testing.T) {
	a, b := inproc.Pair()
	if err := a.Send(syncer.Reach{}); err != nil {
		t.Fatal(err)
	}
	a.Close(fault.New(fault.Denied, "no"))
	b.Close(fault.New(fault.Full, "too late"))
	for name, test := range map[string]struct {
		conn *inproc.Conn
		want fault.Kind
	}{"own side": {a, fault.Canceled}, "peer": {b, fault.Denied}} {
		if _, err := test.conn.Recv(); fault.Of(err) != test.want {
			t.Errorf("%s: Recv got %v, want %v", name, err, test.want)
		}
		if err := test.conn.Send(syncer.Reach{}); fault.Of(err) != test.want {
			t.Errorf("%s: Send got %v, want %v", name, err, test.want)
		}
	}
}

func TestSlowPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := inproc.Pair()
		sent := 0
		done := make(chan error)
		go func() {
			for {
				if err := a.Send(syncer.Reach{}); err != nil {
					done <- err
					return
				}
				sent++
			}
		}()
		synctest.Wait()
		if sent == 0 || sent > 10 {
			t.Errorf("%d messages under way to a peer that does not read", sent)
		}
		b.Close(nil)
		if err := <-done; fault.Of(err) != fault.Canceled {
			t.Errorf("got %v, want canceled", err)
		}
	})
}
