package tier

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/task"
	"tongbu/internal/vault"
	"tongbu/node/operate"
	"tongbu/node/web"
	"tongbu/node/web/visit"
)

// Pages are the ports of a node that people open in a browser: one for this computer,
// and one over TLS for others of the station.
type Pages struct {
	port, lan net.Listener // nil: none
	names     []string     // of this computer, for others
}

// ListenPages opens them as they are configured; nil: they are not, or the tier is a hub.
// It returns Invalid for an address of other computers, to which pages are not served
// without TLS.
func (t *Tier) ListenPages() (*Pages, error) { return t.ListenPagesAt(t.config.Web) }

// ListenPagesAt is ListenPages at an address of this computer, HOST:PORT.
func (t *Tier) ListenPagesAt(address string) (p *Pages, err error) {
	if t.node == nil || address == "" && t.config.WebLAN == "" {
		return nil, nil
	}
	p = &Pages{}
	if address != "" {
		host, _, err := net.SplitHostPort(address)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, fault.New(fault.Invalid, "web: the pages of a node are for this computer alone").WithHint("take 127.0.0.1:PORT; web_lan is for other computers")
		}
		if p.port, err = listenAt("web", address); err != nil {
			return nil, err
		}
	}
	if t.config.WebLAN != "" {
		if p.lan, err = listenAt("web_lan", t.config.WebLAN); err != nil {
			return nil, errors.Join(err, p.Close())
		}
		p.names = namesOf(t.config.WebLAN)
	}
	t.Operate.ShowsPages(operate.Pages{Address: p.Address(), LAN: p.LAN()}) // who connects from now on is answered as soon as they are made
	return p, nil
}

// namesOf are by what names others reach this computer: as the configuration has it,
// unless that is any address, and by its own name.
func namesOf(address string) []string {
	names := hostsOf(address)
	if name, err := os.Hostname(); err == nil && name != "" {
		names = append(names, strings.ToLower(name))
	}
	return names
}

// Close closes the ports; who has served them has closed them already.
func (p *Pages) Close() error {
	if p == nil {
		return nil
	}
	var failed error
	for _, port := range []net.Listener{p.port, p.lan} {
		if port == nil {
			continue
		}
		if err := port.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			failed = errors.Join(failed, fault.Wrap("close the port of the pages", err))
		}
	}
	return failed
}

// Address is where the pages are on this computer; "": nowhere.
func (p *Pages) Address() string {
	if p == nil || p.port == nil {
		return ""
	}
	return "http://" + p.port.Addr().String()
}

// LAN is where they are for others; nil: nowhere.
func (p *Pages) LAN() (addresses []string) {
	if p == nil || p.lan == nil {
		return nil
	}
	_, port, _ := net.SplitHostPort(p.lan.Addr().String()) // of a listener
	for _, name := range p.names {
		addresses = append(addresses, "https://"+net.JoinHostPort(name, port))
	}
	return addresses
}

// Paged serves the pages of an open tier until the context ends.
func (t *Tier) Paged(p *Pages) task.Task {
	return func(ctx context.Context) error {
		if p == nil {
			<-ctx.Done()
			return nil
		}
		err := t.servePages(ctx, p)
		return errors.Join(err, p.Close())
	}
}

func (t *Tier) servePages(ctx context.Context, p *Pages) error {
	var lan web.LAN
	var secure *tls.Config
	if p.lan != nil {
		c, err := identity.OwnServer(t.dir, p.names, identity.Options{Key: t.Replica.Vault().Key(vault.Identity), Now: t.Replica.Now})
		if err != nil {
			return err
		}
		secure = &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12}
		lan = web.LAN{Hosts: web.NamesAt(p.lan, p.names), Others: othersBy(c, p)}
	}
	var hosts []string
	if p.port != nil {
		hosts = web.HostsOf(p.port)
	}
	site, err := t.node.PagesOver(hosts, lan)
	if err != nil {
		return err
	}
	defer t.Operate.ShowsPages(operate.Pages{})
	served := []task.Task{t.node.Desk.KeepReady}
	if p.port != nil {
		served = append(served, func(ctx context.Context) error { return web.Serve(ctx, p.port, site, nil) })
	}
	if p.lan != nil {
		served = append(served, func(ctx context.Context) error { return web.Serve(ctx, p.lan, site, secure) })
	}
	return task.Run(ctx, served...)
}

// othersBy says how others reach the pages, and by what they know this computer.
func othersBy(c tls.Certificate, p *Pages) *visit.Others {
	sum := sha256.Sum256(c.Leaf.Raw)
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	var pairs []string
	for i := 0; i < len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return &visit.Others{Addresses: p.LAN(), Fingerprint: strings.Join(pairs, ":"), Until: c.Leaf.NotAfter,
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Leaf.Raw})}
}
