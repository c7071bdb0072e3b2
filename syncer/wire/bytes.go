package wire

import (
	"google.golang.org/protobuf/proto"

	"tongbu/internal/fault"
	pb "tongbu/proto/tongbu/v1"
	"tongbu/syncer"
)

// Marshal returns the bytes of a message, as they stand in a carried file.
func Marshal(m syncer.Message) ([]byte, error) {
	raw, err := proto.Marshal(ToFrame(m))
	if err != nil {
		return nil, fault.As(fault.Internal, "write a message", err)
	}
	return raw, nil
}

// Unmarshal reads the bytes of a message. It returns Damaged for bytes that
// are none, and what FromFrame returns.
func Unmarshal(raw []byte) (syncer.Message, error) {
	var f pb.Frame
	if err := decode(raw, &f); err != nil {
		return nil, fault.As(fault.Damaged, "read a message", err)
	}
	return FromFrame(&f)
}
