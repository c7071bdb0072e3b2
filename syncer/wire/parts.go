package wire

import (
	"errors"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	pb "tongbu/proto/tongbu/v1"
	"tongbu/syncer"
)

func toStream(s change.Stream) *pb.Stream {
	return &pb.Stream{Device: string(s.Device), Incarnation: s.Incarnation, Audience: string(s.Audience)}
}

func fromStream(p *pb.Stream) (change.Stream, error) {
	s := change.Stream{Device: change.DeviceID(p.GetDevice()), Incarnation: p.GetIncarnation(), Audience: change.UnitID(p.GetAudience())}
	return s, s.Validate()
}

func toHash(h change.Hash) []byte {
	if h == (change.Hash{}) {
		return nil
	}
	return h[:]
}

func fromMark(seq uint64, hash []byte) (change.Mark, error) {
	m := change.Mark{Seq: seq}
	if len(hash) != 0 && len(hash) != len(m.Hash) || (seq == 0) != (len(hash) == 0) {
		return m, fault.New(fault.Invalid, "a mark's hash does not fit its sequence")
	}
	if seq > syncer.MaxSeq {
		return m, fault.New(fault.Invalid, "a mark at %d, beyond %d", seq, uint64(syncer.MaxSeq))
	}
	copy(m.Hash[:], hash)
	return m, nil
}

func toHave(h syncer.Have) *pb.Mark {
	return &pb.Mark{Stream: toStream(h.Stream), Seq: h.Mark.Seq, Hash: toHash(h.Mark.Hash),
		ReceiptEpoch: h.Receipt.Epoch, ReceiptSeq: h.Receipt.Seq}
}

func fromHave(p *pb.Mark) (syncer.Have, error) {
	s, err := fromStream(p.GetStream())
	if err != nil {
		return syncer.Have{}, err
	}
	m, err := fromMark(p.GetSeq(), p.GetHash())
	return syncer.Have{Stream: s, Mark: m, Receipt: syncer.ReceiptAt{Epoch: p.GetReceiptEpoch(), Seq: p.GetReceiptSeq()}}, err
}

func toHaves(have []syncer.Have) []*pb.Mark { return mapAll(have, toHave) }

func fromHaves(list []*pb.Mark) ([]syncer.Have, error) {
	return parseAll("a list of marks", list, maxMarks, fromHave)
}

func toHello(h syncer.Hello) *pb.Hello {
	return &pb.Hello{Version: h.Version, Network: h.Network, Unit: string(h.Peer.Unit), Device: string(h.Peer.Device), NowMs: h.Now, Batch: uint32(h.Batch)}
}

func fromHello(p *pb.Hello) (syncer.Hello, error) {
	h := syncer.Hello{Version: p.GetVersion(), Network: p.GetNetwork(), Now: p.GetNowMs(), Batch: uint8(min(p.GetBatch(), 255))}
	if err := errors.Join(atMost("the name of a network", len(h.Network), maxNetwork), checkTime(h.Now)); err != nil {
		return h, fault.As(fault.Invalid, "hello", err)
	}
	var err error
	h.Peer, err = fromPeer(p.GetUnit(), p.GetDevice())
	return h, err
}

func checkTime(ms int64) error {
	if !syncer.IsTime(ms) {
		return fault.New(fault.Invalid, "a clock shows %d ms, which is no time", ms)
	}
	return nil
}

func fromPeer(unit, device string) (syncer.Peer, error) {
	p := syncer.Peer{Unit: change.UnitID(unit), Device: change.DeviceID(device)}
	if err := p.Unit.Validate(); err != nil {
		return p, err
	}
	return p, p.Device.Validate()
}

func fromAuthor(p *pb.Author) (syncer.Message, error) {
	der := p.GetCertificate()
	return syncer.Author{Certificate: der}, atMost("a certificate", len(der), maxCertificate)
}

func fromRefuse(p *pb.Refuse) (syncer.Message, error) {
	s, err := fromStream(p.GetStream())
	if err != nil {
		return nil, err
	}
	if p.GetKind() == uint32(fault.OK) {
		return nil, fault.New(fault.Invalid, "a refusal without a kind")
	}
	err = atMost("a reason", len(p.GetReason()), maxReason)
	return syncer.Refuse{Stream: s, Kind: fault.Kind(min(p.GetKind(), 255)), Reason: p.GetReason()}, err
}

func toTraced(t syncer.Traced) *pb.Traced {
	return &pb.Traced{Stream: toStream(t.Stream), Marks: mapAll(t.Ends, func(m change.Mark) *pb.Mark {
		return &pb.Mark{Seq: m.Seq, Hash: toHash(m.Hash)}
	})}
}

func fromTraced(p *pb.Traced) (syncer.Message, error) {
	s, err := fromStream(p.GetStream())
	if err != nil {
		return nil, err
	}
	ends, err := parseAll("a list of ends", p.GetMarks(), maxEnds, func(m *pb.Mark) (change.Mark, error) {
		return fromMark(m.GetSeq(), m.GetHash())
	})
	return syncer.Traced{Stream: s, Ends: ends}, err
}

func toReach(r syncer.Reach) *pb.Reach {
	return &pb.Reach{NowMs: r.Now, Devices: mapAll(r.Devices, func(d syncer.DeviceReach) *pb.DeviceReach {
		return &pb.DeviceReach{Unit: string(d.Peer.Unit), Device: string(d.Peer.Device), Connected: d.Connected, HeardMs: d.Heard,
			Heads: mapAll(d.Heads, func(h syncer.Head) *pb.Head { return &pb.Head{Stream: toStream(h.Stream), Seq: h.Seq} })}
	})}
}

// fromReach leaves the times and heads of devices as they are: a peer passes on
// what others have said, and must not be cut off with them. contact judges each.
func fromReach(p *pb.Reach) (syncer.Message, error) {
	if err := checkTime(p.GetNowMs()); err != nil {
		return nil, err
	}
	devices, err := parseAll("a list of devices", p.GetDevices(), maxDevices, fromDevice)
	return syncer.Reach{Devices: devices, Now: p.GetNowMs()}, err
}

func fromDevice(p *pb.DeviceReach) (syncer.DeviceReach, error) {
	d := syncer.DeviceReach{Connected: p.GetConnected(), Heard: p.GetHeardMs()}
	var err error
	if d.Peer, err = fromPeer(p.GetUnit(), p.GetDevice()); err != nil {
		return d, err
	}
	d.Heads, err = parseAll("a list of heads", p.GetHeads(), maxHeads, func(h *pb.Head) (syncer.Head, error) {
		s, err := fromStream(h.GetStream())
		return syncer.Head{Stream: s, Seq: h.GetSeq()}, err
	})
	return d, err
}

func mapAll[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, a := range list {
		out[i] = f(a)
	}
	return out
}

func parseAll[A, B any](what string, list []A, limit int, f func(A) (B, error)) ([]B, error) {
	if err := atMost(what, len(list), limit); err != nil || len(list) == 0 {
		return nil, err
	}
	out := make([]B, len(list))
	for i, a := range list {
		var err error
		if out[i], err = f(a); err != nil {
			return nil, err
		}
	}
	return out, nil
}
