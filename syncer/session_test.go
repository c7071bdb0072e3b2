package syncer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

var (
	clerk = newDevice(10, first)
	relay = newDevice(3, street)
)

// opened is a session of the pair clerk and relay after both said hello and
// what they have.
func opened(t *testing.T, parent bool, local []syncer.Entry, theirs ...syncer.Have) *syncer.Session {
	t.Helper()
	s := fresh(t, parent)
	s.Step(syncer.Opened{Local: local})
	hear(s, hello(parent))
	hear(s, syncer.Marks{Have: theirs, Last: true})
	return s
}

func fresh(t *testing.T, parent bool) *syncer.Session {
	cfg := syncer.Config{Network: "n", Self: clerk.Peer, Other: relay.Peer, Parent: parent, Tree: town.Tree, Window: 1000, Chunk: 600}
	if parent {
		cfg.Self, cfg.Other = relay.Peer, clerk.Peer
	}
	return syncer.NewSession(cfg)
}

// hello is what the other end says first.
func hello(parent bool) syncer.Hello {
	h := syncer.Hello{Version: syncer.Version, Network: "n", Peer: relay.Peer}
	if parent {
		h.Peer = clerk.Peer
	}
	return h
}

func hear(s *syncer.Session, m syncer.Message) []syncer.Effect {
	return s.Step(syncer.Received{Message: m})
}

func have(b *change.Batch) syncer.Have { return syncer.Have{Stream: b.Stream, Mark: b.End()} }

func wantEffects(t *testing.T, got []syncer.Effect, want ...syncer.Effect) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("effects (-want +got)\n%s", diff)
	}
}

func wantFail(t *testing.T, effects []syncer.Effect, kind fault.Kind) {
	t.Helper()
	for _, e := range effects {
		if f, ok := e.(syncer.Fail); ok {
			if got := fault.Of(f.Err); got != kind {
				t.Errorf("got %v (%v), want %v", got, f.Err, kind)
			}
			return
		}
	}
	t.Errorf("the session goes on, want %v", kind)
}

func TestOpening(t *testing.T) {
	own, alien := clerk.Stream(first), newDevice(11, second).Stream(second)
	s := fresh(t, false)
	got := s.Step(syncer.Opened{Local: []syncer.Entry{{Stream: own, Author: first}, {Stream: alien, Author: second}}})
	wantEffects(t, got,
		syncer.Send{Message: syncer.Hello{Version: syncer.Version, Network: "n", Peer: clerk.Peer, Batch: change.BatchColumns}},
		syncer.Send{Message: syncer.Marks{Have: []syncer.Have{{Stream: own}}, Last: true}})
}

func TestManyMarks(t *testing.T) {
	var local []syncer.Entry
	for n := range uint32(2500) {
		s := clerk.Stream(first)
		s.Incarnation = n + 1
		local = append(local, syncer.Entry{Stream: s, Author: first})
	}
	var sizes []int
	for _, m := range sent(fresh(t, false).Step(syncer.Opened{Local: local})) {
		if x, ok := m.(syncer.Marks); ok {
			sizes = append(sizes, len(x.Have))
		}
	}
	if diff := cmp.Diff([]int{2000, 500}, sizes); diff != "" {
		t.Error(diff)
	}
}

func TestRefusedPeers(t *testing.T) {
	good := hello(false)
	version, network, device := good, good, good
	version.Version++
	network.Network = "other"
	device.Peer.Device = newDevice(99, street).Device
	tests := []struct {
		name  string
		heard []syncer.Message
		want  fault.Kind
	}{
		{"another version", []syncer.Message{version}, fault.Unsupported},
		{"another network", []syncer.Message{network}, fault.Denied},
		{"another name than the certificate's", []syncer.Message{device}, fault.Denied},
		{"no hello", []syncer.Message{syncer.Marks{Last: true}}, fault.Invalid},
		{"two hellos", []syncer.Message{good, good}, fault.Invalid},
		{"marks after the last", []syncer.Message{good, syncer.Marks{Last: true}, syncer.Marks{}}, fault.Invalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := fresh(t, false)
			s.Step(syncer.Opened{})
			var effects []syncer.Effect
			for _, m := range test.heard {
				effects = hear(s, m)
			}
			wantFail(t, effects, test.want)
		})
	}
}

// TestReceiptFromBelow: a parent keeps what the city signed of the streams of
// the link, does not send it back, and leaves the rest.
func TestReceiptFromBelow(t *testing.T) {
	b := clerk.chain(t, clerk.Stream(first), "one")[0]
	s := opened(t, true, []syncer.Entry{entryOf(first, b)})
	signed := receiptOf(t, clerk.Stream(first), 2)
	wantEffects(t, hear(s, syncer.Receipt{Signed: signed}), syncer.StoreReceipt{Signed: signed})
	stored := entryOf(first, b)
	stored.Receipt = syncer.ReceiptAt{Epoch: 2, Seq: 1}
	for _, e := range s.Step(syncer.Grew{Local: []syncer.Entry{stored}}) {
		if _, ok := e.(syncer.LoadReceipt); ok {
			t.Error("the receipt goes back to where it came from")
		}
	}
	wantEffects(t, hear(s, syncer.Receipt{Signed: receiptOf(t, clerk.Stream(second), 2)}))
	wantFail(t, hear(s, syncer.Receipt{Signed: []byte("r")}), fault.Damaged)
}

// receiptOf is the city's receipt of a stream's first change.
func receiptOf(t *testing.T, of change.Stream, epoch uint64) []byte {
	t.Helper()
	root := newDevice(1, city)
	r, err := change.Receipt{City: root.Device, Stream: of, Seq: 1, Epoch: epoch}.Sign(root.Key)
	if err != nil {
		t.Fatal(err)
	}
	return r.Bytes()
}

func TestPassedOn(t *testing.T) {
	s := opened(t, false, nil)
	reach := syncer.Reach{Now: 5}
	wantEffects(t, hear(s, syncer.Author{Certificate: []byte("c")}), syncer.Learn{Certificate: []byte("c")})
	wantEffects(t, hear(s, syncer.Batch{Sealed: []byte("b")}), syncer.StoreBatch{Sealed: []byte("b")})
	signed := receiptOf(t, clerk.Stream(first), 1)
	wantEffects(t, hear(s, syncer.Receipt{Signed: signed}), syncer.StoreReceipt{Signed: signed})
	wantEffects(t, hear(s, reach), syncer.Heard{Reach: reach})
	wantEffects(t, s.Step(syncer.Ended{Stream: clerk.Stream(first)}), syncer.Send{Message: syncer.Traced{Stream: clerk.Stream(first)}})
}

func TestStoredAnswers(t *testing.T) {
	of, other := clerk.Stream(first), relay.Stream(first)
	one, two, three := change.Mark{Seq: 1, Hash: change.Hash{1}}, change.Mark{Seq: 2, Hash: change.Hash{2}}, change.Mark{Seq: 3, Hash: change.Hash{3}}
	behind := syncer.Send{Message: syncer.Ack{Have: []syncer.Have{{Stream: of, Mark: one}}, Behind: true}}
	kept := func(s change.Stream, m change.Mark) syncer.Result {
		return syncer.Result{Stream: s, Outcome: syncer.Kept, End: m, Mark: m}
	}
	tests := []struct {
		name    string
		parent  bool
		results []syncer.Result
		want    []syncer.Effect
	}{
		{"one word for all", true, []syncer.Result{kept(of, one), kept(other, one), kept(of, two)}, []syncer.Effect{
			syncer.Send{Message: syncer.Ack{Have: []syncer.Have{{Stream: of, Mark: two}, {Stream: other, Mark: one}}}}}},
		{"behind is said once", true, []syncer.Result{
			{Stream: of, Outcome: syncer.Behind, End: two, Mark: one}, {Stream: of, Outcome: syncer.Behind, End: three, Mark: one}},
			[]syncer.Effect{behind}},
		{"behind is said again of what is sent again", true, []syncer.Result{
			{Stream: of, Outcome: syncer.Behind, End: two, Mark: one}, {Stream: of, Outcome: syncer.Behind, End: three, Mark: one},
			{Stream: of, Outcome: syncer.Behind, End: two, Mark: one}, {Stream: of, Outcome: syncer.Behind, End: three, Mark: one}},
			[]syncer.Effect{behind, behind}},
		{"the parent tells of a fork", true, []syncer.Result{{Stream: of, Outcome: syncer.Differs, Mark: one}},
			[]syncer.Effect{syncer.Send{Message: syncer.Fork{Have: syncer.Have{Stream: of}}}}},
		{"the child traces it", false, []syncer.Result{{Stream: of, Outcome: syncer.Differs, Mark: one}},
			[]syncer.Effect{syncer.Send{Message: syncer.Trace{Stream: of}}}},
		{"one bad batch", true, []syncer.Result{{Stream: of, Outcome: syncer.Refused, Fault: fault.Denied, Reason: "no"}, kept(other, one)},
			[]syncer.Effect{syncer.Send{Message: syncer.Refuse{Stream: of, Kind: fault.Denied, Reason: "no"}},
				syncer.Send{Message: syncer.Ack{Have: []syncer.Have{{Stream: other, Mark: one}}}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantEffects(t, opened(t, test.parent, nil).Step(syncer.Stored{Results: test.results}), test.want...)
		})
	}
}

func TestBehindIsSaidAgainAfterProgress(t *testing.T) {
	of := clerk.Stream(first)
	s := opened(t, true, nil)
	behind := syncer.Stored{Results: []syncer.Result{{Stream: of, Outcome: syncer.Behind, End: change.Mark{Seq: 3}}}}
	s.Step(behind)
	s.Step(syncer.Stored{Results: []syncer.Result{{Stream: of, Outcome: syncer.Kept}}})
	if got := s.Step(behind); len(got) != 1 {
		t.Errorf("got %v, want one word", got)
	}
}
