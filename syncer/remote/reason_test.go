package remote_test

import (
	"testing"

	"tongbu/syncer/remote"
)

// TestReason: people read the cause, not the transport's frame around it.
func TestReason(t *testing.T) {
	for said, want := range map[string]string{
		`connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.1:1: connect: connection refused"`: "Error while dialing: dial tcp 10.0.0.1:1: connect: connection refused",
		`connection error: desc = "error reading server preface: remote error: tls: bad certificate"`:                 "error reading server preface: remote error: tls: bad certificate",
		`connection error: desc = unquoted`: "connection error: desc = unquoted",
		"another failure":                   "another failure",
	} {
		if got := remote.Reason(said); got != want {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
}
