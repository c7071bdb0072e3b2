package wire

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	pbproto "google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tongbu/internal/fault"
)

// maxParts is the most parts (messages within, items of lists) of one message:
// a list of marks at its limit has two a mark.
const maxParts = 2*maxMarks + 2*maxHeads + 100

// Codec is gRPC's own for protobuf, but counts the parts of a message before it
// decodes it: a mebibyte of empty parts would take a hundred in memory.
type Codec struct{}

var _ encoding.CodecV2 = Codec{}

// Name implements encoding.CodecV2.
func (Codec) Name() string { return proto.Name }

// Marshal implements encoding.CodecV2.
func (Codec) Marshal(v any) (mem.BufferSlice, error) {
	return encoding.GetCodecV2(proto.Name).Marshal(v)
}

// Unmarshal implements encoding.CodecV2. It returns Invalid for a message
// that is malformed or has too many parts.
func (Codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(pbproto.Message)
	if !ok {
		return fault.New(fault.Internal, "not a message of the wire")
	}
	raw := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer raw.Free()
	return decodeOnOwnStack(func() error { return decode(raw.ReadOnlyData(), m) })
}

// decodeOnOwnStack runs the decoder, which needs a deep stack, in a goroutine of
// its own. The calling goroutine waits for messages as long as its link is open:
// its stack, once grown, would not shrink again, and a hub has thousands.
func decodeOnOwnStack(deep func() error) error {
	done := make(chan error, 1)
	go func() { done <- deep() }()
	return <-done
}

func decode(raw []byte, m pbproto.Message) error {
	parts := 0
	if err := countParts(raw, m.ProtoReflect().Descriptor(), &parts); err != nil {
		return err
	}
	return fault.Wrap("decode a message", pbproto.Unmarshal(raw, m))
}

// countParts adds the number of parts that the decoder would allocate.
func countParts(raw []byte, of protoreflect.MessageDescriptor, parts *int) error {
	for len(raw) > 0 {
		number, form, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return malformed()
		}
		raw = raw[n:]
		size := protowire.ConsumeFieldValue(number, form, raw)
		if size < 0 {
			return malformed()
		}
		value := raw[:size]
		raw = raw[size:]
		field := of.Fields().ByNumber(number)
		if field == nil || form != protowire.BytesType || field.Kind() != protoreflect.MessageKind && !field.IsList() {
			continue
		}
		if *parts++; *parts > maxParts {
			return fault.New(fault.Invalid, "a message has more than %d parts", maxParts)
		}
		if inner := field.Message(); inner != nil {
			content, n := protowire.ConsumeBytes(value)
			if n < 0 {
				return malformed()
			}
			if err := countParts(content, inner, parts); err != nil {
				return err
			}
		}
	}
	return nil
}

func malformed() error { return fault.New(fault.Invalid, "a message is malformed") }
