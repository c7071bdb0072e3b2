package wire_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/v1"
	"tongbu/syncer"
	"tongbu/syncer/wire"
)

func drawID(t *rapid.T, what string) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune("abcdefghijklmnopqrstuvwxyz234567")), 16, 16, -1).Draw(t, what)
}

func drawStream(t *rapid.T) change.Stream {
	return change.Stream{Device: change.DeviceID(drawID(t, "device")), Audience: change.UnitID(drawID(t, "audience")),
		Incarnation: rapid.Uint32Min(1).Draw(t, "incarnation")}
}

func drawMark(t *rapid.T) change.Mark {
	m := change.Mark{Seq: rapid.Uint64Max(syncer.MaxSeq).Draw(t, "seq")}
	if m.Seq > 0 {
		m.Hash[0] = byte(rapid.IntRange(1, 255).Draw(t, "hash"))
	}
	return m
}

func drawHave(t *rapid.T) syncer.Have {
	return syncer.Have{Stream: drawStream(t), Mark: drawMark(t),
		Receipt: syncer.ReceiptAt{Epoch: rapid.Uint64().Draw(t, "epoch"), Seq: rapid.Uint64().Draw(t, "receipt")}}
}

// drawTime is any that a clock can show, up to the year 9999.
func drawTime(t *rapid.T) int64 {
	return rapid.Int64Range(-253402300799999, 253402300799999).Draw(t, "now")
}

func drawPeer(t *rapid.T) syncer.Peer {
	return syncer.Peer{Unit: change.UnitID(drawID(t, "unit")), Device: change.DeviceID(drawID(t, "device"))}
}

func some[T any](draw func(*rapid.T) T) *rapid.Generator[[]T] {
	return rapid.SliceOfN(rapid.Custom(draw), 0, 4)
}

func drawDevice(t *rapid.T) syncer.DeviceReach {
	return syncer.DeviceReach{Peer: drawPeer(t), Connected: rapid.Bool().Draw(t, "connected"), Heard: rapid.Int64().Draw(t, "heard"),
		Heads: some(func(t *rapid.T) syncer.Head {
			return syncer.Head{Stream: drawStream(t), Seq: rapid.Uint64().Draw(t, "seq")}
		}).Draw(t, "heads")}
}

func drawMessage(t *rapid.T) syncer.Message {
	raw := rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "bytes")
	switch rapid.IntRange(0, 10).Draw(t, "message") {
	case 0:
		return syncer.Hello{Version: rapid.Uint32().Draw(t, "version"), Network: rapid.StringN(0, -1, 128).Draw(t, "network"), Peer: drawPeer(t), Now: drawTime(t), Batch: rapid.Byte().Draw(t, "batch")}
	case 1:
		return syncer.Marks{Have: some(drawHave).Draw(t, "have"), Last: rapid.Bool().Draw(t, "last")}
	case 2:
		return syncer.Author{Certificate: raw}
	case 3:
		return syncer.Batch{Sealed: raw}
	case 4:
		return syncer.Ack{Have: some(drawHave).Draw(t, "have"), Behind: rapid.Bool().Draw(t, "behind")}
	case 5:
		return syncer.Receipt{Signed: raw}
	case 6:
		return syncer.Fork{Have: drawHave(t)}
	case 7:
		return syncer.Trace{Stream: drawStream(t), Before: rapid.Uint64().Draw(t, "before")}
	case 8:
		return syncer.Traced{Stream: drawStream(t), Ends: some(drawMark).Draw(t, "ends")}
	case 9:
		return syncer.Refuse{Stream: drawStream(t), Kind: fault.Kind(rapid.IntRange(1, 12).Draw(t, "kind")), Reason: rapid.StringN(0, 100, 400).Draw(t, "reason")}
	}
	return syncer.Reach{Devices: some(drawDevice).Draw(t, "devices"), Now: drawTime(t)}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := drawMessage(rt)
		raw, err := proto.Marshal(wire.ToFrame(want))
		if err != nil {
			rt.Fatal(err)
		}
		var frame pb.Frame
		if err := proto.Unmarshal(raw, &frame); err != nil {
			rt.Fatal(err)
		}
		got, err := wire.FromFrame(&frame)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestQuestionRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringN(0, 50, 200)
		want := question.Question{Kind: text.Draw(rt, "kind"), Filter: text.Draw(rt, "filter"), OrderBy: text.Draw(rt, "order"),
			Select: rapid.SliceOfN(text, 0, 5).Draw(rt, "select"), GroupBy: text.Draw(rt, "group"),
			PageSize: rapid.IntRange(0, 1<<20).Draw(rt, "size"), PageToken: text.Draw(rt, "token"), Day: text.Draw(rt, "day"), Scope: change.UnitID(drawID(rt, "scope"))}
		got, err := wire.FromQuestion(wire.ToQuestion(want))
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// TestNoAnswer: what a hub answers is read with care.
func TestNoAnswer(t *testing.T) {
	for _, raw := range []string{"", "null", "answer", `{"rows":[1]}`, `{"rows":[],"rows":[]}`} {
		if a, err := wire.FromAnswer(&pb.QueryResponse{Answer: []byte(raw)}); fault.Of(err) != fault.Invalid || a != nil {
			t.Errorf("%q: got %v, %v, want invalid", raw, a, err)
		}
	}
	if a, err := wire.FromAnswer(nil); fault.Of(err) != fault.Invalid || a != nil {
		t.Errorf("nothing: got %v, %v, want invalid", a, err)
	}
	if _, err := wire.ToAnswer(&question.Answer{Rows: []question.Row{{change.Null}}}); fault.Of(err) != fault.Internal {
		t.Errorf("a value without a column: got %v, want internal", err)
	}
}

func TestRefusedFrames(t *testing.T) {
	stream := &pb.Stream{Device: strings.Repeat("a", 16), Incarnation: 1, Audience: strings.Repeat("b", 16)}
	mark := func(seq uint64, hash int) *pb.Frame {
		return &pb.Frame{Body: &pb.Frame_Fork{Fork: &pb.Fork{Mark: &pb.Mark{Stream: stream, Seq: seq, Hash: make([]byte, hash)}}}}
	}
	marks := make([]*pb.Mark, 5001)
	devices := make([]*pb.DeviceReach, 5001)
	tests := map[string]struct {
		frame *pb.Frame
		want  fault.Kind
	}{
		"nothing":                   {nil, fault.Unsupported},
		"a message of a later time": {&pb.Frame{}, fault.Unsupported},
		"half a hash":               {mark(1, 16), fault.Invalid},
		"a sequence without a hash": {mark(1, 0), fault.Invalid},
		"a hash without a sequence": {mark(0, 32), fault.Invalid},
		"an empty hello":            {&pb.Frame{Body: &pb.Frame_Hello{}}, fault.Invalid},
		"too many marks":            {&pb.Frame{Body: &pb.Frame_Marks{Marks: &pb.Marks{Marks: marks}}}, fault.Invalid},
		"too many devices":          {&pb.Frame{Body: &pb.Frame_Reach{Reach: &pb.Reach{Devices: devices}}}, fault.Invalid},
		"a mark of no stream":       {&pb.Frame{Body: &pb.Frame_Ack{Ack: &pb.Ack{Marks: marks[:1]}}}, fault.Invalid},
		"a batch too large":         {&pb.Frame{Body: &pb.Frame_Batch{Batch: &pb.Batch{Sealed: make([]byte, change.MaxBatch+1)}}}, fault.Invalid},
		"a receipt too large":       {&pb.Frame{Body: &pb.Frame_Receipt{Receipt: &pb.Receipt{Signed: make([]byte, 2000)}}}, fault.Invalid},
		"a certificate too large":   {&pb.Frame{Body: &pb.Frame_Author{Author: &pb.Author{Certificate: make([]byte, 9000)}}}, fault.Invalid},
		"a reason too long":         {&pb.Frame{Body: &pb.Frame_Refuse{Refuse: &pb.Refuse{Stream: stream, Reason: strings.Repeat("x", 600)}}}, fault.Invalid},
		"no failure at all":         {&pb.Frame{Body: &pb.Frame_Refuse{Refuse: &pb.Refuse{Stream: stream}}}, fault.Invalid},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := wire.FromFrame(test.frame); fault.Of(err) != test.want {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestRefusedQuestions(t *testing.T) {
	for name, q := range map[string]*pb.QueryRequest{
		"a long filter":   {Filter: strings.Repeat("x", 9000)},
		"many fields":     {Select: make([]string, 300)},
		"long fields":     {Select: []string{strings.Repeat("x", 9000)}},
		"no unit's scope": {Scope: "everything"},
	} {
		if _, err := wire.FromQuestion(q); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
}

// TestLongReason: what is told to a peer always fits its limits.
func TestLongReason(t *testing.T) {
	of := change.Stream{Device: change.DeviceID(strings.Repeat("a", 16)), Incarnation: 1, Audience: change.UnitID(strings.Repeat("b", 16))}
	for _, reason := range []string{strings.Repeat("长", 400), "bad \xff bytes"} {
		raw, err := proto.Marshal(wire.ToFrame(syncer.Refuse{Stream: of, Kind: fault.Denied, Reason: reason}))
		if err != nil {
			t.Fatal(err)
		}
		var frame pb.Frame
		if err := proto.Unmarshal(raw, &frame); err != nil {
			t.Fatal(err)
		}
		if _, err := wire.FromFrame(&frame); err != nil {
			t.Errorf("reason of %d bytes: %v", len(reason), err)
		}
	}
}

// TestSaidOnce: what each peer on the way says of a failure is said once.
func TestSaidOnce(t *testing.T) {
	err := error(fault.New(fault.Invalid, "there is no such field"))
	for range 3 {
		err = wire.FromStatus("ask the hub", wire.ToStatus(err))
	}
	if got, want := err.Error(), "ask the hub: there is no such field"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKindsSurvive(t *testing.T) {
	for kind := fault.Internal; kind.Known(); kind++ {
		err := wire.FromStatus("ask", wire.ToStatus(fault.New(kind, "why").WithHint("do this")))
		if got := fault.Of(err); got != kind {
			t.Errorf("%v arrives as %v", kind, got)
		}
		if kind != fault.Internal && fault.Hint(err) != "do this" {
			t.Errorf("%v arrives with the hint %q", kind, fault.Hint(err))
		}
	}
	if err := wire.FromStatus("ask", wire.ToStatus(errors.New("secret path"))); strings.Contains(err.Error(), "secret") || fault.Of(err) != fault.Internal {
		t.Errorf("an unclassified failure tells %v", err)
	}
	if err := wire.FromStatus("ask", wire.ToStatus(nil)); err != nil {
		t.Errorf("no failure arrives as %v", err)
	}
	if err := wire.FromStatus("ask", wire.ToStatus(fault.New(fault.Denied, "%s", strings.Repeat("x", 100_000)))); len(err.Error()) > 2000 {
		t.Errorf("a text of %d bytes does not fit into a header", len(err.Error()))
	}
}

func TestForeignStatus(t *testing.T) {
	lying := func(kind uint32) error {
		st, err := status.New(codes.Unavailable, "x").WithDetails(&pb.Fault{Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		return st.Err()
	}
	tests := map[string]struct {
		err  error
		want fault.Kind
	}{
		"the line is away":       {status.Error(codes.Unavailable, "x"), fault.Unavailable},
		"too slow":               {status.Error(codes.DeadlineExceeded, "x"), fault.Unavailable},
		"the transport's own":    {status.Error(codes.Internal, "x"), fault.Unavailable},
		"a limit":                {status.Error(codes.ResourceExhausted, "x"), fault.Exhausted},
		"no such call":           {status.Error(codes.Unimplemented, "x"), fault.Unsupported},
		"no certificate":         {status.Error(codes.Unauthenticated, "x"), fault.Denied},
		"stopped here":           {context.Canceled, fault.Canceled},
		"closed there":           {io.EOF, fault.Canceled},
		"a failure of no kind":   {lying(0), fault.Internal},
		"a kind of a later time": {lying(99), fault.Kind(99)},
	}
	for name, test := range tests {
		if got := wire.FromStatus("x", test.err); fault.Of(got) != test.want {
			t.Errorf("%s: got %v, want %v", name, fault.Of(got), test.want)
		}
	}
}

func FuzzFromFrame(f *testing.F) {
	f.Add([]byte{})
	for _, m := range []syncer.Message{syncer.Hello{Version: 1}, syncer.Marks{Last: true}, syncer.Batch{Sealed: []byte("x")}, syncer.Reach{Now: 3}, syncer.Traced{Ends: []change.Mark{{Seq: 1}}}} {
		raw, err := proto.Marshal(wire.ToFrame(m))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var frame pb.Frame
		if proto.Unmarshal(raw, &frame) != nil {
			return
		}
		m, err := wire.FromFrame(&frame)
		if err != nil {
			return
		}
		again, err := wire.FromFrame(wire.ToFrame(m))
		if err != nil {
			t.Fatalf("what was accepted is refused: %v", err)
		}
		if diff := cmp.Diff(m, again, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzFromQuestion(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var req pb.QueryRequest
		if proto.Unmarshal(raw, &req) != nil {
			return
		}
		q, err := wire.FromQuestion(&req)
		if err != nil {
			return
		}
		if total := len(q.Kind) + len(q.Filter) + len(strings.Join(q.Select, "")); total > 8<<10 || len(q.Select) > 256 {
			t.Errorf("a question of %d bytes and %d fields passed", total, len(q.Select))
		}
	})
}
