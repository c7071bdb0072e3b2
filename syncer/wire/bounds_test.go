package wire_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	pb "tongbu/proto/tongbu/v1"
	"tongbu/syncer"
	"tongbu/syncer/wire"
)

// bound is a field of a frame with the most it may have: bytes of a text or of
// bytes, items of a list.
type bound struct {
	most int
	make func(n int) *pb.Frame
}

func text(n int) string { return strings.Repeat("a", n) }

func validStream() *pb.Stream {
	return &pb.Stream{Device: text(16), Incarnation: 1, Audience: text(16)}
}

func validMark() *pb.Mark { return &pb.Mark{Stream: validStream(), Seq: 1, Hash: make([]byte, 32)} }

func fork(m *pb.Mark) *pb.Frame { return &pb.Frame{Body: &pb.Frame_Fork{Fork: &pb.Fork{Mark: m}}} }

func helloOf(h *pb.Hello) *pb.Frame { return &pb.Frame{Body: &pb.Frame_Hello{Hello: h}} }

func reachOf(devices ...*pb.DeviceReach) *pb.Frame {
	return &pb.Frame{Body: &pb.Frame_Reach{Reach: &pb.Reach{Devices: devices}}}
}

// bounds has a row for each field of variable size that a frame can have; DESIGN.md
// has them as a table.
var bounds = map[protoreflect.FullName]bound{
	"tongbu.v1.Hello.network": {128, func(n int) *pb.Frame {
		return helloOf(&pb.Hello{Network: text(n), Unit: text(16), Device: text(16)})
	}},
	"tongbu.v1.Hello.unit":   {16, func(n int) *pb.Frame { return helloOf(&pb.Hello{Unit: text(n), Device: text(16)}) }},
	"tongbu.v1.Hello.device": {16, func(n int) *pb.Frame { return helloOf(&pb.Hello{Unit: text(16), Device: text(n)}) }},
	"tongbu.v1.Stream.device": {16, func(n int) *pb.Frame {
		m := validMark()
		m.Stream.Device = text(n)
		return fork(m)
	}},
	"tongbu.v1.Stream.audience": {16, func(n int) *pb.Frame {
		m := validMark()
		m.Stream.Audience = text(n)
		return fork(m)
	}},
	"tongbu.v1.Mark.hash": {32, func(n int) *pb.Frame {
		m := validMark()
		m.Hash = make([]byte, n)
		return fork(m)
	}},
	"tongbu.v1.Marks.marks": {5000, func(n int) *pb.Frame {
		return &pb.Frame{Body: &pb.Frame_Marks{Marks: &pb.Marks{Marks: slices.Repeat([]*pb.Mark{validMark()}, n)}}}
	}},
	"tongbu.v1.Ack.marks": {5000, func(n int) *pb.Frame {
		return &pb.Frame{Body: &pb.Frame_Ack{Ack: &pb.Ack{Marks: slices.Repeat([]*pb.Mark{validMark()}, n)}}}
	}},
	"tongbu.v1.Author.certificate": {8 << 10, func(n int) *pb.Frame {
		return &pb.Frame{Body: &pb.Frame_Author{Author: &pb.Author{Certificate: make([]byte, n)}}}
	}},
	"tongbu.v1.Batch.sealed": {change.MaxBatch, func(n int) *pb.Frame {
		return &pb.Frame{Body: &pb.Frame_Batch{Batch: &pb.Batch{Sealed: make([]byte, n)}}}
	}},
	"tongbu.v1.Receipt.signed": {1 << 10, func(n int) *pb.Frame {
		return &pb.Frame{Body: &pb.Frame_Receipt{Receipt: &pb.Receipt{Signed: make([]byte, n)}}}
	}},
	"tongbu.v1.Refuse.reason": {512, func(n int) *pb.Frame {
		return &pb.Frame{Body: &pb.Frame_Refuse{Refuse: &pb.Refuse{Stream: validStream(), Kind: 4, Reason: text(n)}}}
	}},
	"tongbu.v1.Traced.marks": {1000, func(n int) *pb.Frame {
		return &pb.Frame{Body: &pb.Frame_Traced{Traced: &pb.Traced{Stream: validStream(), Marks: slices.Repeat([]*pb.Mark{validMark()}, n)}}}
	}},
	"tongbu.v1.Reach.devices": {5000, func(n int) *pb.Frame {
		return reachOf(slices.Repeat([]*pb.DeviceReach{{Unit: text(16), Device: text(16)}}, n)...)
	}},
	"tongbu.v1.DeviceReach.unit":   {16, func(n int) *pb.Frame { return reachOf(&pb.DeviceReach{Unit: text(n), Device: text(16)}) }},
	"tongbu.v1.DeviceReach.device": {16, func(n int) *pb.Frame { return reachOf(&pb.DeviceReach{Unit: text(16), Device: text(n)}) }},
	"tongbu.v1.DeviceReach.heads": {5000, func(n int) *pb.Frame {
		return reachOf(&pb.DeviceReach{Unit: text(16), Device: text(16), Heads: slices.Repeat([]*pb.Head{{Stream: validStream()}}, n)})
	}},
}

// TestBounds: each field of variable size is taken at its bound and refused above
// it, and none is without a bound.
func TestBounds(t *testing.T) {
	for _, name := range variable((&pb.Frame{}).ProtoReflect().Descriptor(), map[protoreflect.FullName]bool{}) {
		b, ok := bounds[name]
		if !ok {
			t.Errorf("%s has no bound", name)
			continue
		}
		if _, err := wire.FromFrame(b.make(b.most)); err != nil {
			t.Errorf("%s of %d: got %v, want it taken", name, b.most, err)
		}
		if _, err := wire.FromFrame(b.make(b.most + 1)); fault.Of(err) != fault.Invalid {
			t.Errorf("%s of %d: got %v, want invalid", name, b.most+1, err)
		}
	}
}

// variable lists the texts, bytes and lists of a message and of those in it.
func variable(of protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) (names []protoreflect.FullName) {
	if seen[of.FullName()] {
		return nil
	}
	seen[of.FullName()] = true
	fields := of.Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.IsList() || f.Kind() == protoreflect.StringKind || f.Kind() == protoreflect.BytesKind {
			names = append(names, f.FullName())
		}
		if f.Message() != nil {
			names = append(names, variable(f.Message(), seen)...)
		}
	}
	return names
}

// TestTops: a number beyond what can be is refused where a peer answers for it
// itself, and passed to the judge where it repeats what others said.
func TestTops(t *testing.T) {
	mark := func(seq uint64) *pb.Mark {
		m := validMark()
		m.Seq = seq
		return m
	}
	tests := map[string]struct {
		frame *pb.Frame
		want  fault.Kind
	}{
		"the highest sequence":           {fork(mark(syncer.MaxSeq)), fault.OK},
		"one above":                      {fork(mark(syncer.MaxSeq + 1)), fault.Invalid},
		"the last of all":                {fork(mark(math.MaxUint64)), fault.Invalid},
		"a clock that is none":           {helloOf(&pb.Hello{Unit: text(16), Device: text(16), NowMs: math.MaxInt64}), fault.Invalid},
		"one before all time":            {helloOf(&pb.Hello{Unit: text(16), Device: text(16), NowMs: math.MinInt64}), fault.Invalid},
		"a computer whose clock is lost": {helloOf(&pb.Hello{Unit: text(16), Device: text(16), NowMs: -1}), fault.OK},
		"a heartbeat that is none":       {&pb.Frame{Body: &pb.Frame_Reach{Reach: &pb.Reach{NowMs: math.MaxInt64}}}, fault.Invalid},
		"what others said": {reachOf(&pb.DeviceReach{Unit: text(16), Device: text(16), HeardMs: math.MinInt64,
			Heads: []*pb.Head{{Stream: validStream(), Seq: math.MaxUint64}}}), fault.OK},
	}
	for name, test := range tests {
		if _, err := wire.FromFrame(test.frame); fault.Of(err) != test.want {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}
