package wire_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"tongbu/internal/change"
	pb "tongbu/proto/tongbu/v1"
	"tongbu/syncer"
	"tongbu/syncer/wire"
)

// BenchmarkFrame is a message to the wire and back: a batch of 40 KiB, and
// the acknowledgement of it.
func BenchmarkFrame(b *testing.B) {
	of := change.Stream{Device: "aaaaaaaaaaaaaaaa", Incarnation: 1, Audience: "aaaaaaaaaaaaaaaa"}
	for _, bench := range []struct {
		name    string
		message syncer.Message
	}{
		{"batch", syncer.Batch{Sealed: make([]byte, 40<<10)}},
		{"ack", syncer.Ack{Have: []syncer.Have{{Stream: of, Mark: change.Mark{Seq: 1000, Hash: change.Hash{1}}}}}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				raw, err := proto.Marshal(wire.ToFrame(bench.message))
				if err != nil {
					b.Fatal(err)
				}
				var frame pb.Frame
				if err := proto.Unmarshal(raw, &frame); err != nil {
					b.Fatal(err)
				}
				if _, err := wire.FromFrame(&frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
