package tier

import (
	"errors"
	"net"
	"sync"
)

// ports are several ports that are served as one: those of a hub that moves, which
// is reached where it was and where it will be.
type ports struct {
	all      []net.Listener
	accepted chan accepted
	closed   chan struct{}
	once     sync.Once
	accept   sync.WaitGroup // one for each port
}

// accepted is what Accept of one of the ports returned.
type accepted struct {
	conn net.Conn
	err  error
}

var _ net.Listener = (*ports)(nil)

func newPorts(all []net.Listener) *ports {
	p := &ports{all: all, accepted: make(chan accepted), closed: make(chan struct{})}
	for _, port := range all {
		p.accept.Go(func() { p.run(port) })
	}
	return p
}

// run hands over what one port accepts, until the ports are closed. After an error
// it goes on: whoever calls Accept decides whether to call it again.
func (p *ports) run(port net.Listener) {
	for {
		conn, err := port.Accept()
		select {
		case p.accepted <- accepted{conn, err}:
		case <-p.closed:
			if conn != nil {
				_ = conn.Close()
			}
			return
		}
	}
}

// Accept implements net.Listener.
func (p *ports) Accept() (net.Conn, error) {
	select {
	case a := <-p.accepted:
		return a.conn, a.err
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Addr implements net.Listener: the first.
func (p *ports) Addr() net.Addr { return p.all[0].Addr() }

// Close implements net.Listener.
func (p *ports) Close() error {
	err := net.ErrClosed
	p.once.Do(func() {
		close(p.closed)
		var errs []error
		for _, port := range p.all {
			errs = append(errs, port.Close())
		}
		p.accept.Wait()
		err = errors.Join(errs...)
	})
	return err
}
