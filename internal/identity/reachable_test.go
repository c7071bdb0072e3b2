package identity_test

import (
	"strings"
	"testing"

	"tongbu/internal/identity"
)

func TestReachable(t *testing.T) {
	for _, address := range []string{"hub.example:7440", "10.0.0.1:1", "[fd00::1]:65535", "127.0.0.1:7440", "localhost:7440", "hub-1:7440"} {
		if !identity.Reachable(address) {
			t.Errorf("%q leads somewhere", address)
		}
	}
	for _, address := range []string{"", "nowhere", ":7440", "0.0.0.0:7440", "[::]:7440", "[::ffff:0.0.0.0]:1", "[::0.0.0.0]:1", "hub.example:0", "hub.example:65536",
		"hub.example:http", "hub.example:", "a b:1", "hub\n:1", "[fe80::1%eth0]:1", "224.0.0.1:1", "10.0.0:1", "10.0.0.256:1", "..:1", ".a:1", "-x:1", "a..b:1",
		"街道:1", strings.Repeat("a", 300) + ":1", "hub.example:1/x", "u@hub.example:1"} {
		if identity.Reachable(address) {
			t.Errorf("%q leads nowhere", address)
		}
	}
}

func TestLoopback(t *testing.T) {
	for _, address := range []string{"127.0.0.1:1", "127.3.2.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "localhost:1", "LOCALHOST.:1"} {
		if !identity.Loopback(address) {
			t.Errorf("%q is of the own computer", address)
		}
	}
	for _, address := range []string{"10.0.0.1:1", "hub.example:1", "0.0.0.0:1", "nonsense"} {
		if identity.Loopback(address) {
			t.Errorf("%q is of another computer", address)
		}
	}
}
