package wire

import (
	"errors"
	"io"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"tongbu/internal/fault"
	pb "tongbu/proto/tongbu/v1"
)

var kindCodes = map[fault.Kind]codes.Code{
	fault.Invalid: codes.InvalidArgument, fault.NotFound: codes.NotFound, fault.Denied: codes.PermissionDenied,
	fault.Unavailable: codes.Unavailable, fault.Busy: codes.AlreadyExists, fault.Full: codes.ResourceExhausted,
	fault.Damaged: codes.DataLoss, fault.Forked: codes.Aborted, fault.Exhausted: codes.ResourceExhausted,
	fault.Unsupported: codes.Unimplemented, fault.Canceled: codes.Canceled,
}

// ToStatus converts an error for the transport: kind and hint are a detail of the
// status. The text of an unclassified error is not sent.
func ToStatus(err error) error {
	if err == nil {
		return nil
	}
	kind := fault.Of(err)
	code, ok := kindCodes[kind]
	text, hint := clip(err.Error()), clip(fault.Hint(err))
	if !ok {
		code, text, hint = codes.Internal, "internal failure; see the hub's log", ""
	}
	details := []protoadapt.MessageV1{&pb.Fault{Kind: uint32(kind), Hint: hint}}
	if retry := fault.RetryAfter(err); retry > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(retry)})
	}
	st, detailErr := status.New(code, text).WithDetails(details...)
	if detailErr != nil {
		return status.Error(code, text)
	}
	return st.Err()
}

// clip makes a text fit a frame and a header: both are limited, and take
// valid UTF-8 only.
func clip(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxReason)], "")
}

// FromStatus converts an error of the transport back to one with a kind.
func FromStatus(op string, err error) error {
	if errors.Is(err, io.EOF) {
		return fault.New(fault.Canceled, "%s: the peer closed the connection", op)
	}
	st, ok := status.FromError(err)
	if err == nil || !ok {
		return fault.Wrap(op, err)
	}
	said := st.Message()
	for strings.HasPrefix(said, op+": ") { // what each peer on the way has said, too
		said = strings.TrimPrefix(said, op+": ")
	}
	e := fault.As(kindOfCode(st.Code()), op, errors.New(said))
	for _, d := range st.Details() {
		switch said := d.(type) {
		case *pb.Fault:
			e = e.WithHint("%s", said.GetHint())
			e.Kind = kindOfFault(said)
		case *errdetails.RetryInfo:
			e = e.WithRetry(min(max(said.GetRetryDelay().AsDuration(), 0), maxRetry))
		}
	}
	return e
}

// maxRetry bounds the wait that a peer can ask for.
const maxRetry = time.Minute

// kindOfFault is the kind a peer names; OK is not accepted as one.
func kindOfFault(f *pb.Fault) fault.Kind {
	if f.GetKind() == uint32(fault.OK) {
		return fault.Internal
	}
	return fault.Kind(min(f.GetKind(), 255))
}

func kindOfCode(code codes.Code) fault.Kind {
	switch code {
	case codes.Canceled:
		return fault.Canceled
	case codes.ResourceExhausted:
		return fault.Exhausted
	case codes.PermissionDenied, codes.Unauthenticated:
		return fault.Denied
	case codes.InvalidArgument:
		return fault.Invalid
	case codes.Unimplemented:
		return fault.Unsupported
	}
	return fault.Unavailable
}
