package api

import (
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/schema"
)

// domain is that of the reasons in google.rpc.ErrorInfo.
const domain = "tongbu"

// maxText is how many bytes of a failure's text are told: it has one line.
const maxText = 500

// kindCodes says how a kind of failure is told to programs; another is an internal one.
var kindCodes = map[fault.Kind]codes.Code{
	fault.Invalid: codes.InvalidArgument, fault.NotFound: codes.NotFound, fault.Denied: codes.PermissionDenied,
	fault.Unavailable: codes.Unavailable, fault.Busy: codes.Unavailable, fault.Full: codes.Unavailable,
	fault.Exhausted: codes.ResourceExhausted, fault.Unsupported: codes.Unimplemented, fault.Canceled: codes.Canceled,
}

// statusOf is a failure as programs are told it. Text of what nobody classified is not.
func statusOf(err error) *status.Status {
	kind := fault.Of(err)
	code, known := kindCodes[kind]
	text, hint := line(err.Error()), line(fault.Hint(err))
	if !known {
		kind, code, text, hint = fault.Internal, codes.Internal, "internal failure; the log of the hub has it", ""
	}
	return withDetails(code, kind, text, hint, err)
}

// strange is the answer to whoever has not shown who it is.
func strange(text string) *status.Status {
	return withDetails(codes.Unauthenticated, fault.Denied, text, "the city gives access: tongbu program add", nil)
}

func withDetails(code codes.Code, kind fault.Kind, text, hint string, err error) *status.Status {
	info := &errdetails.ErrorInfo{Reason: reasonOf(kind), Domain: domain}
	if hint != "" {
		info.Metadata = map[string]string{"hint": hint}
	}
	details := []protoadapt.MessageV1{info}
	if kind == fault.Invalid {
		details = append(details, &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Description: text}}})
	}
	if retry := fault.RetryAfter(err); retry > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(retry)})
	}
	st, detailErr := status.New(code, text).WithDetails(details...)
	if detailErr != nil {
		return status.New(code, text)
	}
	return st
}

// reasonOf is the stable name of a kind, in the spelling of google.rpc.ErrorInfo.
func reasonOf(kind fault.Kind) string {
	return strings.ToUpper(strings.ReplaceAll(kind.String(), "-", "_"))
}

// line is a text that is told: of one line, without the numbers of persons, which may be
// part of what cannot be read.
func line(text string) string {
	text = schema.MaskIDNumbers(plain.Line(text))
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "")
}
