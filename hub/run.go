package hub

import (
	"context"
	"net"
	"net/http"

	"tongbu/hub/api"
	"tongbu/hub/enroll"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/limit"
	"tongbu/internal/task"
	"tongbu/internal/tree"
	"tongbu/syncer/link"
	"tongbu/syncer/serve"
)

// Listeners are a hub's ports.
type Listeners struct {
	Links net.Listener // gRPC, from the tiers below
	Web   net.Listener // HTTPS: joining
	Door  net.Listener // HTTPS: renewing, also with a certificate that has expired
	API   net.Listener // gRPC and HTTPS, for programs; nil: none may ask
}

// Run serves until the context ends or a part fails.
func (h *Hub) Run(ctx context.Context, l Listeners) error {
	near := limit.NewNeighbours()
	links := serve.New(h, identity.ServerTLS(h.Replica.Keys, h.relay.Greet),
		serve.Options{Weight: h.callWeight, Now: h.Replica.Now, Log: h.Replica.Log, Neighbours: near})
	https := func(port net.Listener, handler http.Handler) task.Task {
		return func(ctx context.Context) error {
			return enroll.Serve(ctx, port, handler, identity.WebTLS(h.Replica.Keys), near, h.enrollOptions())
		}
	}
	tasks := append(h.Replica.Tasks(), h.saySeconds, h.relay.Run,
		func(ctx context.Context) error { return links.Serve(ctx, l.Links) },
		https(l.Web, enroll.Handler(h.registrar, h.enrollOptions())),
		https(l.Door, enroll.Door(h.registrar, h.enrollOptions())))
	if h.Root != nil {
		tasks = append(tasks, h.Root.Run, h.Root.Divisions, h.Network.Run, h.Pairs.Run, h.Transfers.Run, h.judge.Run)
	}
	if h.follower != nil {
		tasks = append(tasks, h.follower.Run, h.nightly().Run)
	}
	if l.API != nil {
		serve, err := h.serveAPI()
		if err != nil {
			return err
		}
		tasks = append(tasks, func(ctx context.Context) error { return serve(ctx, l.API) })
	}
	return task.Run(ctx, tasks...)
}

// serveAPI makes what answers programs.
func (h *Hub) serveAPI() (func(context.Context, net.Listener) error, error) {
	if h.view == nil {
		return nil, fault.New(fault.Invalid, "programs ask a hub that keeps a view").WithHint("set view: true beside api")
	}
	config, err := h.apiTLS()
	if err != nil {
		return nil, err
	}
	if err := h.watcher().Begin(context.Background()); err != nil {
		return nil, err
	}
	return api.New(programs{h}, api.Options{TLS: config, Now: h.Replica.Now, Log: h.Replica.Log}).Serve, nil
}

// Sync implements serve.Handler.
func (h *Hub) Sync(ctx context.Context, who identity.Peer, conn link.Conn) error {
	return h.relay.Sync(ctx, who, conn)
}

// callWeight is how many callers a device counts as: a hub below asks for all its
// children.
func (h *Hub) callWeight(who identity.Member) int {
	if t := h.Replica.Members.Tree(); t != nil {
		if u, ok := t.Unit(who.Unit); ok && u.Level < tree.Community {
			return hubWeight
		}
	}
	return 1
}

// hubWeight is how many nodes a hub stands for when it calls.
const hubWeight = 4

func (h *Hub) enrollOptions() enroll.Options {
	return enroll.Options{Bundle: h.Replica.Keys.Bundle, Now: h.Replica.Now, Log: h.Replica.Log, Member: h.memberOn, Vouch: vouch{h}}
}
