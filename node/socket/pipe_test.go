package socket_test

import (
	"strings"
	"testing"

	"tongbu/node/socket"
)

func TestPipeName(t *testing.T) {
	name := socket.PipeName(`C:\Data\东街社区`)
	if !strings.HasPrefix(name, `\\.\pipe\tongbu-`) || len(name) > 256 || strings.Contains(name, "东") {
		t.Errorf("got %q, want a short name in plain letters", name)
	}
	for _, same := range []string{`c:\data\东街社区`, `C:/Data/东街社区`, `C:\DATA\东街社区\`} {
		if got := socket.PipeName(same); got != name {
			t.Errorf("%s: got %s, want %s: it is one directory", same, got, name)
		}
	}
	seen := map[string]string{name: "the first"}
	for _, other := range []string{`D:\Data\东街社区`, `C:\Data\东街`, `C:\Data`, `C:\`, `D:\`, `\\server\share\Data`} {
		got := socket.PipeName(other)
		if with, taken := seen[got]; taken {
			t.Errorf("%s has the pipe of %s", other, with)
		}
		seen[got] = other
	}
}

// TestPipeGuard: the owner and the administrators, nobody else, and nothing is
// inherited (P).
func TestPipeGuard(t *testing.T) {
	const user = "S-1-5-21-1-2-3-1001"
	if got, want := socket.PipeGuard(user), "O:"+user+"D:P(A;;FA;;;"+user+")(A;;FA;;;BA)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
