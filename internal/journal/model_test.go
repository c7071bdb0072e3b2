package journal_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// model is what the store should hold: one own stream, one received stream,
// and a table.
type model struct {
	own, peer    device
	batches      []*change.Batch // of own, those that were cut off too
	cut          int             // how many of them were
	tail         [][]byte
	chain        []*change.Batch // of peer, all that will ever be
	received     int
	peerCut      int
	parked       bool
	arrivals     []journal.Arrival
	lastArrival  uint64
	table        map[string]string
	edits, forks int
}

func (m *model) end() change.Mark {
	if len(m.batches) == 0 {
		return change.Mark{}
	}
	return m.batches[len(m.batches)-1].End()
}

func (m *model) arrive(d device, b *change.Batch) {
	m.lastArrival++
	m.arrivals = append(m.arrivals, journal.Arrival{No: m.lastArrival, Stream: d.stream,
		First: b.First, Last: b.Last(), Author: d.unit, At: start.UnixMilli()})
}

func TestAgainstModel(t *testing.T) {
	base := t.TempDir()
	peer := newDevice(2)
	chain := peer.chain(t, 1, 3, 2, 1, 5, 2, 2, 1)
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(base, "run") //nolint:usetesting // one for each run of the property, below the test's own
		if err != nil {
			rt.Fatal(err)
		}
		path := filepath.Join(dir, "journal.db")
		s, err := journal.Open(path, options())
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		m := &model{own: newDevice(1), peer: peer, chain: chain, table: map[string]string{}}
		rt.Repeat(map[string]func(*rapid.T){
			"add":      func(rt *rapid.T) { m.add(t, rt, s) },
			"seal":     func(rt *rapid.T) { m.seal(rt, s) },
			"receive":  func(rt *rapid.T) { m.receive(rt, s) },
			"fork":     func(rt *rapid.T) { m.fork(t, rt, s) },
			"truncate": func(rt *rapid.T) { m.truncate(rt, s) },
			"cut":      func(rt *rapid.T) { m.cutOwn(rt, s) },
			"cut peer": func(rt *rapid.T) { m.cutPeer(rt, s) },
			"table":    func(rt *rapid.T) { m.putValue(rt, s) },
			"reopen": func(rt *rapid.T) {
				if err := s.Close(); err != nil {
					rt.Fatal(err)
				}
				if s, err = journal.Open(path, options()); err != nil {
					rt.Fatal(err)
				}
			},
			"": func(rt *rapid.T) { m.compare(rt, s) },
		})
		report, err := s.Verify(t.Context(), nil)
		if err != nil || report.Found > 0 {
			rt.Fatalf("verify: %v %+v", err, report)
		}
	})
}

func mustUpdateIn(rt *rapid.T, s *journal.Store, fn func(tx *journal.Tx) error) {
	rt.Helper()
	if err := s.Update(rt.Context(), fn); err != nil {
		rt.Fatal(err)
	}
}

func (m *model) add(t *testing.T, rt *rapid.T, s *journal.Store) {
	m.edits++
	raw := edit(t, fmt.Sprint(m.edits))
	m.tail = append(m.tail, raw)
	mustUpdateIn(rt, s, func(tx *journal.Tx) error {
		seq, err := tx.Add(m.own.stream, m.own.unit, raw)
		if want := m.end().Seq + uint64(len(m.tail)); err == nil && seq != want {
			err = fmt.Errorf("sequence %d, want %d", seq, want)
		}
		return err
	})
}

func (m *model) seal(rt *rapid.T, s *journal.Store) {
	var b *change.Batch
	mustUpdateIn(rt, s, func(tx *journal.Tx) (err error) {
		b, err = tx.Seal(change.BatchRows, m.own.stream, m.own.key, int64(m.edits))
		return err
	})
	if (b == nil) != (len(m.tail) == 0) {
		rt.Fatalf("sealed %v with %d changes waiting", b, len(m.tail))
	}
	if b == nil {
		return
	}
	got, err := b.Raw()
	if diff := cmp.Diff(m.tail, got); diff != "" || err != nil || !b.Follows(m.end()) {
		rt.Fatal(diff, err)
	}
	m.batches, m.tail = append(m.batches, b), nil
	m.arrive(m.own, b)
}

func (m *model) receive(rt *rapid.T, s *journal.Store) {
	at := rapid.IntRange(0, len(m.chain)-1).Draw(rt, "batch")
	want := journal.Known
	switch {
	case at > m.received:
		want = journal.Gap
	case at == m.received:
		want = journal.Stored
		m.received++
		m.arrive(m.peer, m.chain[at])
	}
	mustUpdateIn(rt, s, func(tx *journal.Tx) error {
		got, err := tx.Append(m.peer.unit, m.chain[at])
		if err == nil && got != want {
			err = fmt.Errorf("got %v, want %v", got, want)
		}
		return err
	})
}

func (m *model) fork(t *testing.T, rt *rapid.T, s *journal.Store) {
	if m.received == 0 {
		return
	}
	m.parked = true
	m.forks++
	mustUpdateIn(rt, s, func(tx *journal.Tx) error {
		got, err := tx.Append(m.peer.unit, m.peer.batch(t, change.Mark{}, 1, fmt.Sprint("fork", m.forks)))
		if err == nil && got != journal.Fork {
			err = fmt.Errorf("got %v, want a fork", got)
		}
		return err
	})
}

func (m *model) truncate(rt *rapid.T, s *journal.Store) {
	keep := rapid.IntRange(0, len(m.batches)).Draw(rt, "keep")
	if len(m.batches)+len(m.tail) == 0 {
		return
	}
	var seq uint64
	if keep > 0 {
		seq = m.batches[keep-1].Last()
	}
	want := int(m.end().Seq-seq) + len(m.tail)
	mustUpdateIn(rt, s, func(tx *journal.Tx) error {
		moved, err := tx.Truncate(m.own.stream, seq)
		if err == nil && moved != want {
			err = fmt.Errorf("moved %d, want %d", moved, want)
		}
		return err
	})
	m.arrivals = slices.DeleteFunc(m.arrivals, func(a journal.Arrival) bool { return a.Stream == m.own.stream && a.First > seq })
	m.batches, m.tail = m.batches[:keep:keep], nil
	m.cut = min(m.cut, keep)
}

// drawnCut is a bound for a cut, and the most that a step of it reads.
func drawnCut(rt *rapid.T, last uint64) (below uint64, most int) {
	return rapid.Uint64Range(0, last+1).Draw(rt, "below"), rapid.IntRange(1, 3000).Draw(rt, "most")
}

// cutAll cuts step by step and returns how many batches went.
func cutAll(rt *rapid.T, s *journal.Store, of change.Stream, below uint64, most int) (cut int) {
	for more := true; more; {
		var c journal.Cutting
		mustUpdateIn(rt, s, func(tx *journal.Tx) (err error) {
			c, err = tx.Cut(of, below, most)
			return err
		})
		if cut, more = cut+c.Batches, c.More; c.More && c.Batches == 0 {
			rt.Fatal("a step of a cut that goes on cut nothing")
		}
	}
	return cut
}

// dropArrivals takes the arrivals of what was cut off out of the model.
func (m *model) dropArrivals(of change.Stream, cut []*change.Batch) {
	m.arrivals = slices.DeleteFunc(m.arrivals, func(a journal.Arrival) bool {
		return a.Stream == of && slices.ContainsFunc(cut, func(b *change.Batch) bool { return b.First == a.First })
	})
}

func (m *model) cutOwn(rt *rapid.T, s *journal.Store) {
	if len(m.batches)+len(m.tail) == 0 {
		return
	}
	below, most := drawnCut(rt, m.end().Seq)
	want := m.cut
	for want < len(m.batches)-1 && m.batches[want].Last() <= below {
		want++
	}
	if got := cutAll(rt, s, m.own.stream, below, most); got != want-m.cut {
		rt.Fatalf("cut %d batches, want %d", got, want-m.cut)
	}
	m.dropArrivals(m.own.stream, m.batches[m.cut:want])
	m.cut = want
}

// cutPeer cuts a stream that others write; of one with a fork nothing goes.
func (m *model) cutPeer(rt *rapid.T, s *journal.Store) {
	if m.received == 0 {
		return
	}
	below, most := drawnCut(rt, m.chain[m.received-1].Last())
	want := m.peerCut
	for !m.parked && want < m.received-1 && m.chain[want].Last() <= below {
		want++
	}
	if got := cutAll(rt, s, m.peer.stream, below, most); got != want-m.peerCut {
		rt.Fatalf("cut %d batches, want %d", got, want-m.peerCut)
	}
	m.dropArrivals(m.peer.stream, m.chain[m.peerCut:want])
	m.peerCut = want
}

func (m *model) putValue(rt *rapid.T, s *journal.Store) {
	key := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "key")
	value := rapid.StringN(0, 20, 5000).Draw(rt, "value")
	if value == "" {
		delete(m.table, key)
		mustUpdateIn(rt, s, func(tx *journal.Tx) error { return tx.Table("t").Delete([]byte(key)) })
		return
	}
	m.table[key] = value
	mustUpdateIn(rt, s, func(tx *journal.Tx) error { return tx.Table("t").Put([]byte(key), []byte(value)) })
}

func (m *model) compare(rt *rapid.T, s *journal.Store) {
	err := s.View(func(tx *journal.Tx) error {
		m.compareOwn(rt, tx)
		info, _, err := tx.Stream(m.peer.stream)
		if err != nil {
			return err
		}
		if m.received > 0 && (info.Sealed != m.chain[m.received-1].End() || info.Parked != m.parked) {
			rt.Fatalf("received stream is %+v", info)
		}
		compareStream(rt, tx, m.peer.stream, m.chain[:m.received], m.peerCut)
		arrivals, err := tx.Arrivals(0, 1000)
		if diff := cmp.Diff(m.arrivals, arrivals, cmpopts.EquateEmpty()); diff != "" || err != nil {
			rt.Fatal(diff, err)
		}
		got := map[string]string{}
		err = tx.Table("t").Ascend(nil, nil, func(key, value []byte) error { got[string(key)] = string(value); return nil })
		if diff := cmp.Diff(m.table, got); diff != "" {
			rt.Fatal(diff)
		}
		return err
	})
	if fault.Of(err) != fault.OK {
		rt.Fatal(err)
	}
}

func (m *model) compareOwn(rt *rapid.T, tx *journal.Tx) {
	info, _, err := tx.Stream(m.own.stream)
	if err != nil || info.Sealed != m.end() || info.Head != m.end().Seq+uint64(len(m.tail)) {
		rt.Fatalf("own stream is %+v, %v", info, err)
	}
	compareStream(rt, tx, m.own.stream, m.batches, m.cut)
	for i, want := range m.tail {
		raw, err := tx.Change(m.own.stream, m.end().Seq+uint64(i)+1)
		if err != nil || !bytes.Equal(raw, want) {
			rt.Fatalf("change %d of the tail: %v", i, err)
		}
	}
}

// compareStream wants what was cut off to be gone, and its changes and ends to be there
// like those of the others.
func compareStream(rt *rapid.T, tx *journal.Tx, of change.Stream, all []*change.Batch, cut int) {
	got, err := tx.Batches(of, 0, 1<<20)
	if diff := cmp.Diff(hashes(all[cut:]), hashes(got), cmpopts.EquateEmpty()); diff != "" || err != nil {
		rt.Fatal(diff, err)
	}
	ends, err := tx.Boundaries(of, 0, 1000)
	if len(ends) != len(all) || err != nil {
		rt.Fatalf("%d ends of %d batches: %v", len(ends), len(all), err)
	}
	var kept [][]byte
	for i, b := range all {
		if end := ends[len(ends)-1-i]; end != b.End() {
			rt.Fatalf("batch %d ends at %d, want %d", i, end.Seq, b.Last())
		}
		raws, err := b.Raw()
		if err != nil {
			rt.Fatal(err)
		}
		for j, want := range raws {
			if raw, err := tx.Change(of, b.First+uint64(j)); err != nil || !bytes.Equal(raw, want) {
				rt.Fatalf("change %d: %v", b.First+uint64(j), err)
			}
		}
		if i < cut {
			kept = append(kept, raws...)
		}
	}
	compareKept(rt, tx, of, kept)
}

func compareKept(rt *rapid.T, tx *journal.Tx, of change.Stream, want [][]byte) {
	var got [][]byte
	for {
		k, err := tx.Kept(of, uint64(len(got)))
		if err != nil {
			rt.Fatal(err)
		}
		if k == nil {
			break
		}
		if k.First != uint64(len(got))+1 {
			rt.Fatalf("kept from %d, want %d", k.First, len(got)+1)
		}
		got = append(got, k.Changes...)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		rt.Fatal(diff)
	}
}
