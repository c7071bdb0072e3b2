package tier

import (
	"context"
	"errors"
	"net"

	"tongbu/internal/fault"
	"tongbu/internal/task"
	"tongbu/node/web"
)

// Pages is the port of a node that people open in a browser.
type Pages struct{ port net.Listener }

// ListenPages opens it as it is configured; nil: it is not, or the tier is a hub. It
// returns Invalid for an address of other computers, to which pages are not served
// without TLS.
func (t *Tier) ListenPages() (*Pages, error) { return t.ListenPagesAt(t.config.Web) }

// ListenPagesAt is ListenPages at an address, HOST:PORT.
func (t *Tier) ListenPagesAt(address string) (*Pages, error) {
	if t.node == nil || address == "" {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fault.New(fault.Invalid, "web: the pages of a node are for this computer alone").WithHint("take 127.0.0.1:PORT")
	}
	port, err := listenAt("web", address)
	if err != nil {
		return nil, err
	}
	return &Pages{port}, nil
}

// Close closes the port; who has served it has closed it already.
func (p *Pages) Close() error {
	if p == nil {
		return nil
	}
	if err := p.port.Close(); !errors.Is(err, net.ErrClosed) {
		return fault.Wrap("close the port of the pages", err)
	}
	return nil
}

// Address is where the pages are; "": nowhere.
func (p *Pages) Address() string {
	if p == nil {
		return ""
	}
	return "http://" + p.port.Addr().String()
}

// Paged serves the pages of an open tier until the context ends.
func (t *Tier) Paged(p *Pages) task.Task {
	return func(ctx context.Context) error {
		if p == nil {
			<-ctx.Done()
			return nil
		}
		site, err := t.node.Pages(web.HostsOf(p.port))
		if err != nil {
			_ = p.port.Close()
			return err
		}
		return web.Serve(ctx, p.port, site)
	}
}
