package syncer_test

import (
	"math"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// inventedStream is one that does not exist, to an audience.
func inventedStream(n int, audience change.UnitID) change.Stream {
	return change.Stream{Device: change.DeviceOf([]byte{byte(n), byte(n >> 8), byte(n >> 16)}), Incarnation: 1, Audience: audience}
}

// fill are messages that name so many streams that do not exist, by each way in
// which a peer can name one.
var fill = map[string]func(of change.Stream) syncer.Event{
	"marks": func(of change.Stream) syncer.Event {
		return syncer.Received{Message: syncer.Marks{Have: []syncer.Have{{Stream: of, Mark: change.Mark{Seq: 1, Hash: change.Hash{1}}}}}}
	},
	"acknowledgements": func(of change.Stream) syncer.Event {
		return syncer.Received{Message: syncer.Ack{Have: []syncer.Have{{Stream: of, Mark: change.Mark{Seq: 1, Hash: change.Hash{1}}}}}}
	},
	"requests to begin again": func(of change.Stream) syncer.Event {
		return syncer.Received{Message: syncer.Ack{Have: []syncer.Have{{Stream: of}}, Behind: true}}
	},
	"refusals": func(of change.Stream) syncer.Event {
		return syncer.Received{Message: syncer.Refuse{Stream: of, Kind: fault.Denied}}
	},
	"forks": func(of change.Stream) syncer.Event {
		return syncer.Received{Message: syncer.Fork{Have: syncer.Have{Stream: of}}}
	},
	"searches": func(of change.Stream) syncer.Event { return syncer.Received{Message: syncer.Trace{Stream: of}} },
	"answers": func(of change.Stream) syncer.Event {
		return syncer.Received{Message: syncer.Traced{Stream: of, Ends: []change.Mark{{Seq: 1}}}}
	},
	"batches after a gap": func(of change.Stream) syncer.Event {
		return syncer.Stored{Results: []syncer.Result{{Stream: of, Outcome: syncer.Behind, End: change.Mark{Seq: 9}}}}
	},
	"refused batches": func(of change.Stream) syncer.Event {
		return syncer.Stored{Results: []syncer.Result{{Stream: of, Outcome: syncer.Refused, Fault: fault.Denied}}}
	},
	"receipts": func(of change.Stream) syncer.Event {
		r, err := change.Receipt{City: root.Peer.Device, Stream: of, Seq: 1, Hash: change.Hash{1}, Epoch: 1}.Sign(root.Key)
		if err != nil {
			panic(err)
		}
		return syncer.Received{Message: syncer.Receipt{Signed: r.Bytes()}}
	},
}

var root = newDevice(1, city)

// TestRemembered: however a peer names streams that do not exist, a session
// remembers no more of them than it may, and none that cannot cross the link.
func TestRemembered(t *testing.T) {
	const most = 50
	for name, say := range fill {
		for _, parent := range []bool{true, false} {
			for audience, want := range map[change.UnitID]int{first: most, second: 0} {
				cfg := syncer.Config{Network: "n", Self: clerk.Peer, Other: relay.Peer, Parent: parent, Tree: town.Tree, Named: most}
				if parent {
					cfg.Self, cfg.Other = relay.Peer, clerk.Peer
				}
				s := syncer.NewSession(cfg)
				s.Step(syncer.Opened{})
				hear(s, hello(parent))
				for n := range 4 * most {
					for _, effect := range s.Step(say(inventedStream(n, audience))) {
						if fail, ok := effect.(syncer.Fail); ok {
							t.Fatalf("%s: %v", name, fail.Err)
						}
					}
				}
				if err := syncer.CheckInvariants(s); err != nil {
					t.Error(err)
				}
				if got := syncer.Remembered(s); got > want {
					t.Errorf("%s, parent %v: %d streams are remembered, want %d at most", name, parent, got, want)
				}
			}
		}
	}
}

// TestMarksEnd: a list of marks that goes on ends the link; one of an honest city
// of 2,000 devices does not by far, and of the streams that only the peer has all
// are remembered.
func TestMarksEnd(t *testing.T) {
	s := fresh(t, true)
	s.Step(syncer.Opened{})
	hear(s, hello(true))
	part := make([]syncer.Have, 2000)
	for i := range part {
		part[i] = syncer.Have{Stream: inventedStream(i, first)}
	}
	for n := len(part); n <= syncer.MaxMarks; n += len(part) {
		if got := hear(s, syncer.Marks{Have: part}); len(got) > 0 {
			t.Fatalf("%d marks: got %v, want them taken", n, got)
		}
	}
	wantFail(t, hear(s, syncer.Marks{Have: part}), fault.Exhausted)
}

// TestAnHonestCityFits: 2,000 communities with a device each, under 100 streets and
// ten districts, each device in its fourth incarnation, and each hub speaking to all
// below it: the bounds leave a wide margin.
func TestAnHonestCityFits(t *testing.T) {
	const incarnations, margin = 4, 4
	for name, hub := range map[string]struct{ communities, streets, districts int }{
		"a community": {1, 0, 0}, "a street": {20, 1, 0}, "a district": {200, 10, 1}, "the city": {2000, 100, 10},
	} {
		units := hub.communities + hub.streets + hub.districts
		own := hub.communities + 21*hub.streets + 211*hub.districts // streams of the devices below, each incarnation
		down := 3 * units                                           // what the hubs above say to the units here
		if need := incarnations * (own + down); need*margin > syncer.MaxNamed(units) {
			t.Errorf("%s has %d streams, and %d are remembered", name, need, syncer.MaxNamed(units))
		} else if need > syncer.MaxMarks {
			t.Errorf("%s has %d streams, and %d marks are taken", name, need, syncer.MaxMarks)
		}
		if need := incarnations * units; need*margin > syncer.MaxStreams(units) {
			t.Errorf("a device of %s writes %d streams, and %d are taken", name, need, syncer.MaxStreams(units))
		}
	}
}

// TestTops: a mark beyond the tops is not remembered, and sums over a whole city do
// not overflow.
func TestTops(t *testing.T) {
	s := opened(t, true, nil)
	before := syncer.Remembered(s)
	for _, h := range []syncer.Have{
		{Stream: change.Stream{Device: clerk.Peer.Device, Incarnation: syncer.MaxIncarnation + 1, Audience: first}},
		{Stream: change.Stream{Device: clerk.Peer.Device, Incarnation: math.MaxUint32, Audience: first}},
		{Stream: clerk.Stream(first), Mark: change.Mark{Seq: syncer.MaxSeq + 1, Hash: change.Hash{1}}},
	} {
		fresh := fresh(t, true)
		fresh.Step(syncer.Opened{})
		hear(fresh, hello(true))
		hear(fresh, syncer.Marks{Have: []syncer.Have{h}})
		if got := syncer.Remembered(fresh); got != before {
			t.Errorf("%+v is remembered", h)
		}
	}
	if sum := uint64(syncer.MaxSeq) * uint64(syncer.MaxMarks); sum/syncer.MaxMarks != syncer.MaxSeq {
		t.Error("the sum of all sequences overflows")
	}
	if next := uint32(syncer.MaxIncarnation) + 1000; next < syncer.MaxIncarnation || int32(syncer.MaxIncarnation) < 0 {
		t.Error("an incarnation overflows")
	}
}
