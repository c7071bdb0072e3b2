package proctest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// ports below those that systems give to outgoing connections, so that a
// process can take its own again when it is restarted.
const lowPort, highPort = 12000, 30000

// Ports gives each caller another free port. The zero value is ready.
type Ports struct {
	mu    sync.Mutex // guards given
	given map[int]bool
}

// Next returns a HOST:PORT of the loopback that nobody listens on.
func (p *Ports) Next() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.given == nil {
		p.given = map[int]bool{}
	}
	for {
		port := lowPort + rand.IntN(highPort-lowPort)
		address := fmt.Sprintf("127.0.0.1:%d", port)
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		_ = listener.Close()
		if !p.given[port] {
			p.given[port] = true
			return address
		}
	}
}
