package identity_test

import (
	"testing"

	"tongbu/internal/identity"
)

func TestTold(t *testing.T) {
	for _, none := range []string{"", "0.0.0.0:7440", "[::]:7440", ":7440", "[::0.0.0.0]:1", "[::ffff:0.0.0.0]:1", "nowhere"} {
		if got := identity.Told(none); got != "" {
			t.Errorf("%q: got %q, want nothing told", none, got)
		}
	}
	for _, some := range []string{"127.0.0.1:7440", "hub.example:7440", "[fd00::1]:7440", "10.0.0.1:1"} {
		if got := identity.Told(some); got != some {
			t.Errorf("got %q, want %q", got, some)
		}
	}
}
