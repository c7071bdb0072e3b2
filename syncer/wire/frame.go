package wire

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
	pb "tongbu/proto/tongbu/v1"
	"tongbu/syncer"
)

// Limits of one frame. What all frames of a link may amount to is for the session,
// the contacts and the streams to say: syncer/bounds.go.
const (
	maxMarks       = 5000
	maxEnds        = 1000
	maxDevices     = 5000
	maxHeads       = 5000 // a hub speaks to each unit below it
	maxCertificate = 8 << 10
	maxReceipt     = 1 << 10
	maxReason      = 512
	maxNetwork     = 128
)

// ToFrame returns the transport form of a message.
func ToFrame(m syncer.Message) *pb.Frame {
	switch x := m.(type) {
	case syncer.Hello:
		return &pb.Frame{Body: &pb.Frame_Hello{Hello: toHello(x)}}
	case syncer.Marks:
		return &pb.Frame{Body: &pb.Frame_Marks{Marks: &pb.Marks{Marks: toHaves(x.Have), Last: x.Last}}}
	case syncer.Author:
		return &pb.Frame{Body: &pb.Frame_Author{Author: &pb.Author{Certificate: x.Certificate}}}
	case syncer.Batch:
		return &pb.Frame{Body: &pb.Frame_Batch{Batch: &pb.Batch{Sealed: x.Sealed}}}
	case syncer.Ack:
		return &pb.Frame{Body: &pb.Frame_Ack{Ack: &pb.Ack{Marks: toHaves(x.Have), Behind: x.Behind}}}
	case syncer.Receipt:
		return &pb.Frame{Body: &pb.Frame_Receipt{Receipt: &pb.Receipt{Signed: x.Signed}}}
	case syncer.Reach:
		return &pb.Frame{Body: &pb.Frame_Reach{Reach: toReach(x)}}
	case syncer.Fork:
		return &pb.Frame{Body: &pb.Frame_Fork{Fork: &pb.Fork{Mark: toHave(x.Have)}}}
	case syncer.Trace:
		return &pb.Frame{Body: &pb.Frame_Trace{Trace: &pb.Trace{Stream: toStream(x.Stream), Before: x.Before}}}
	case syncer.Traced:
		return &pb.Frame{Body: &pb.Frame_Traced{Traced: toTraced(x)}}
	case syncer.Refuse:
		return &pb.Frame{Body: &pb.Frame_Refuse{Refuse: &pb.Refuse{Stream: toStream(x.Stream), Kind: uint32(x.Kind), Reason: clip(x.Reason)}}}
	}
	return &pb.Frame{}
}

// FromFrame reads a frame. It returns Invalid when a part is malformed or
// over its limit, Unsupported for a message this build does not know.
func FromFrame(f *pb.Frame) (syncer.Message, error) {
	switch x := f.GetBody().(type) {
	case *pb.Frame_Hello:
		return fromHello(x.Hello)
	case *pb.Frame_Marks:
		have, err := fromHaves(x.Marks.GetMarks())
		return syncer.Marks{Have: have, Last: x.Marks.GetLast()}, err
	case *pb.Frame_Author:
		return fromAuthor(x.Author)
	case *pb.Frame_Batch:
		return syncer.Batch{Sealed: x.Batch.GetSealed()}, atMost("a batch", len(x.Batch.GetSealed()), change.MaxBatch)
	case *pb.Frame_Ack:
		have, err := fromHaves(x.Ack.GetMarks())
		return syncer.Ack{Have: have, Behind: x.Ack.GetBehind()}, err
	case *pb.Frame_Receipt:
		return syncer.Receipt{Signed: x.Receipt.GetSigned()}, atMost("a receipt", len(x.Receipt.GetSigned()), maxReceipt)
	case *pb.Frame_Reach:
		return fromReach(x.Reach)
	case *pb.Frame_Fork:
		have, err := fromHave(x.Fork.GetMark())
		return syncer.Fork{Have: have}, err
	case *pb.Frame_Trace:
		s, err := fromStream(x.Trace.GetStream())
		return syncer.Trace{Stream: s, Before: x.Trace.GetBefore()}, err
	case *pb.Frame_Traced:
		return fromTraced(x.Traced)
	case *pb.Frame_Refuse:
		return fromRefuse(x.Refuse)
	}
	return nil, fault.New(fault.Unsupported, "a message this build does not know")
}

func atMost(what string, n, limit int) error {
	if n > limit {
		return fault.New(fault.Invalid, "%s has %d parts or bytes, more than %d", what, n, limit)
	}
	return nil
}
