package attack_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tongbu/hub"
	"tongbu/hub/network"
	"tongbu/internal/change"
	"tongbu/internal/config"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// mustNode joins a community and serves it.
func (w *world) mustNode(t testing.TB) *site {
	t.Helper()
	cfg := config.Config{Keys: program.Keys(), Heartbeat: 200 * time.Millisecond}
	return w.mustServe(t, w.mustJoin(t, kit.First, cfg), cfg, hub.Listeners{})
}

// mustWrong has a node write so many persons that break a rule, past its own checks.
func (s *site) mustWrong(t testing.TB, from, n int) {
	t.Helper()
	r := s.Replica
	err := r.Streams.Write(t.Context(), func(out *streams.Writer) error {
		own, err := out.Own(r.Place.Unit)
		for i := range n {
			if err != nil {
				return err
			}
			_, err = r.Records.Put(out.Tx, own, r.Place.Unit, records.Edit{Kind: "person", ID: change.RecordID(fmt.Sprintf("w-%d", from+i)),
				Fields: map[string]change.Value{"phone": change.Text("1")}, Actor: "x", At: 1})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) mustStatus(t testing.TB) (st operate.Status) {
	t.Helper()
	if err := s.ask(http.MethodGet, "/status", nil, &st); err != nil {
		t.Fatal(err)
	}
	return st
}

// kept is how much a site keeps, in bytes.
type kept struct{ files, log int64 }

func (s *site) kept(t testing.TB) (k kept) {
	t.Helper()
	await(t, "the view has what the journal has", func() bool { return s.mustStatus(t).View.Behind == 0 })
	// The view's log is not counted: it holds the same pages again and again until they
	// are written back, as often as the machine has time to. It has a bound of its own.
	if info, err := os.Stat(filepath.Join(s.dir, hub.ViewFile+"-wal")); err != nil || info.Size() > mostLog {
		t.Fatalf("the view's log is larger than %d bytes, or not there: %v", mostLog, err)
	}
	for _, name := range []string{replica.JournalFile, hub.ViewFile} {
		info, err := os.Stat(filepath.Join(s.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		k.files += info.Size()
	}
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	k.log = int64(s.log.text.Len())
	return k
}

// TestSmallWrongChanges: one joined device writes 20,000 changes of a few bytes that
// break a rule. The city keeps a small multiple of what was sent, says little of it,
// and slows the device down, which is told; its counts add up.
func TestSmallWrongChanges(t *testing.T) {
	w := mustWorld(t)
	node := w.mustNode(t)
	order := network.Order{Formats: map[string]uint64{"receipts": 2, "words": 2}, Force: true}
	if err := w.city.ask(http.MethodPost, "/network", order, new(any)); err != nil {
		t.Fatal(err)
	}
	await(t, "the node is linked", func() bool { st := node.mustStatus(t); return st.Own.Waiting == 0 })
	covered := func() bool { return node.mustStatus(t).Own.Waiting == 0 }
	await(t, "what the node says of itself is covered", covered)
	begin := w.city.kept(t)
	for i := range told / 100 {
		node.mustWrong(t, i*100, 100)
		await(t, "they are covered", covered)
	}
	slow, sent := w.city.kept(t), w.sentBy(t, node)
	node.mustWrong(t, told, 20_000-told)
	var own operate.Own
	await(t, "all but the last are covered", func() bool {
		own = node.mustStatus(t).Own
		return own.Waiting < 1000 && own.Sent > 20_000
	})
	if own.Covered != own.Recorded+own.Refused+own.Held || own.Sent != own.Covered+own.Waiting || own.Refused < 19_000 || own.Recorded > 2 {
		t.Errorf("the counts do not add up: %+v", own)
	}
	if !own.Slow || own.Words < system.SlowWords || own.Words > 2*system.SlowWords {
		t.Errorf("got %+v, want the device told that it is judged slowly", own)
	}
	end, all := w.city.kept(t), w.sentBy(t, node)
	t.Logf("the first %d: sent %d bytes, kept %d, log %d; the others: sent %d, kept %d, log %d",
		told, sent, slow.files-begin.files, slow.log-begin.log, all-sent, end.files-slow.files, end.log-slow.log)
	if got := slow.files - begin.files; got > told*perWord {
		t.Errorf("the first %d: %d bytes more, want at most %d a word", told, got, perWord)
	}
	if got := end.files - slow.files; got > multiple*(all-sent)+pages {
		t.Errorf("the others: %d bytes more, want at most %d times the %d that were sent", got, multiple, all-sent)
	}
	if got := end.log - begin.log; got > 8<<10 {
		t.Errorf("the log has %d bytes more", got)
	}
	if v, err := w.city.Operate.Verify(t.Context(), operate.Checked{}); err != nil || !v.OK {
		t.Errorf("verify: %+v, %v", v, err)
	}
}

// Bounds of what the city keeps of wrong changes.
const (
	told     = 1000     // changes that a word each may refuse, until the device is slow
	perWord  = 6 << 10  // bytes of such a word in journal and view, with the words' indexes
	multiple = 16       // of the bytes that come later, which few words refuse
	mostLog  = 36 << 20 // 4,096 pages of 8 KiB, after which it is written back, and a transaction
	pages    = 1 << 20  // files grow by many pages at once
)

// sentBy is how much the city has of what a device sent, as it was sent.
func (w *world) sentBy(t testing.TB, s *site) (n int64) {
	t.Helper()
	entries, _ := w.city.Replica.Streams.Entries()
	for _, e := range entries {
		if e.Stream.Device != s.Replica.Keys.Device() {
			continue
		}
		for at := (change.Mark{}); at.Seq < e.Sealed.Seq; {
			batches, _, err := w.city.Replica.Streams.Load(e.Stream, at, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range batches {
				n, at = n+int64(len(b.Bytes())), b.End()
			}
		}
	}
	return n
}
