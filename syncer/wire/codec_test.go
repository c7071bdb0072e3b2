package wire_test

import (
	"bytes"
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"tongbu/internal/fault"
	pb "tongbu/proto/tongbu/v1"
	"tongbu/syncer/wire"
)

func unmarshal(raw []byte, into proto.Message) error {
	return wire.Codec{}.Unmarshal(mem.BufferSlice{mem.SliceBuffer(raw)}, into)
}

// TestPartsAreCounted before they are made, at their limit and over it.
func TestPartsAreCounted(t *testing.T) {
	for name, test := range map[string]struct {
		make func(n int) proto.Message
		fits int
		over int
	}{
		"marks": {func(n int) proto.Message {
			return &pb.SyncRequest{Frame: &pb.Frame{Body: &pb.Frame_Marks{Marks: &pb.Marks{Marks: make([]*pb.Mark, n)}}}}
		}, 5000, 21_000},
		"fields": {func(n int) proto.Message { return &pb.QueryRequest{Select: make([]string, n)} }, 256, 21_000},
	} {
		for n, want := range map[int]fault.Kind{test.fits: fault.OK, test.over: fault.Invalid} {
			m := test.make(n)
			raw, err := proto.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if got := fault.Of(unmarshal(raw, m.ProtoReflect().New().Interface())); got != want {
				t.Errorf("%d %s: got %v, want %v", n, name, got, want)
			}
		}
	}
	if err := unmarshal(bytes.Repeat([]byte{0xff}, 20), &pb.SyncRequest{}); fault.Of(err) != fault.Invalid {
		t.Errorf("no message at all: got %v", err)
	}
}
