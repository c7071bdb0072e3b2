// Package hub is the street, the district and the city: a station that serves
// those below it. It relays, and where it has a view it answers questions;
// at the root it also admits devices and reconciles what arrives.
package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"sync/atomic"

	"tongbu/hub/enroll"
	"tongbu/hub/query"
	"tongbu/hub/relay"
	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/tree"
	"tongbu/internal/vault"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/link"
	"tongbu/syncer/serve"
)

// ViewFile is the view's name in a hub's directory. It may be deleted: it is
// made again from the journal.
const ViewFile = "view.db"

// Hub is one hub's directory.
type Hub struct {
	*replica.Replica
	relay     *relay.Relay
	follower  *follower      // nil: a pure relay
	queries   *query.Service // nil: a pure relay
	view      view.View
	registrar identity.Registrar
	root      *identity.Root      // nil: not the root
	authority *identity.Authority // nil: not the root
	following atomic.Bool         // Run keeps the view up to date
}

// Open makes a hub of an open station. withView has it keep a view and answer
// questions itself; the root always does.
func Open(ctx context.Context, s *replica.Replica, dir string, withView bool) (*Hub, error) {
	h := &Hub{Replica: s, registrar: s.Registrar()}
	h.relay = relay.New(relay.Config{Self: s.Place.Unit, Below: s.Members.Below, Banned: s.Members.Banned, Reach: s.Reach,
		Placed: func() bool { return s.Members.Tree() != nil },
		Link:   func(child syncer.Peer, w link.Watch) link.Config { return s.LinkConfig(child, true, w) }, Now: s.Now, Log: s.Log})
	if s.IsRoot() {
		if err := h.openRoot(dir); err != nil {
			return nil, err
		}
	}
	if withView || s.IsRoot() {
		if err := h.openView(ctx, dir); err != nil {
			return nil, err
		}
	}
	s.Notify(h.heed)
	return h, nil
}

func (h *Hub) openRoot(dir string) error {
	opts := identity.Options{Key: h.Vault().Key(vault.Identity), Now: h.Now}
	authority, err := identity.OpenAuthority(dir, opts)
	if err != nil {
		return err
	}
	h.authority = authority
	h.root = identity.NewRoot(authority, Admission{h.Replica}, opts)
	h.registrar = h.root
	h.Taken = h.judged
	return nil
}

func (h *Hub) openView(ctx context.Context, dir string) error {
	v, err := sqlite.Open(ctx, filepath.Join(dir, ViewFile), h.Schema, view.Options{Key: h.Vault().Key(vault.View),
		Tree: h.Members.Tree(), City: h.Place.RootUnit, Source: fmt.Sprintf("%s/%d", h.Keys.Device(), h.History()),
		Fetch: func(s change.Stream, seq uint64) (raw []byte, err error) {
			err = h.Journal.View(func(tx *journal.Tx) error {
				raw, err = tx.Change(s, seq)
				return err
			})
			return raw, err
		},
	})
	if err != nil {
		return err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return errors.Join(fault.As(fault.Internal, "make a key", err), v.Close())
	}
	h.view, h.follower = v, newFollower(h.Streams, v, h.Scarce, h.Log)
	h.queries, err = query.New(v, query.Options{Schema: h.Schema, Tree: h.Members.Tree, Heard: &coverage{Hub: h}, Now: h.Now, Key: key})
	if err != nil {
		return errors.Join(err, v.Close())
	}
	return nil
}

// heed follows what the city says of units and devices.
func (h *Hub) heed(news replica.News) {
	h.relay.Recheck()
	if h.follower == nil {
		return
	}
	if news.Tree {
		h.follower.retree(h.Members.Tree())
	}
	if news.History {
		h.follower.restart()
	}
}

// Listeners are a hub's ports.
type Listeners struct {
	Links net.Listener // gRPC, from the tiers below
	Web   net.Listener // HTTPS: joining
	Door  net.Listener // HTTPS: renewing, also with a certificate that has expired
}

// Run serves until the context ends or a part fails.
func (h *Hub) Run(ctx context.Context, l Listeners) error {
	links := serve.New(h, identity.ServerTLS(h.Keys, h.relay.Greet), serve.Options{Weight: h.weight, Now: h.Now, Log: h.Log})
	tasks := append(h.Tasks(),
		func(ctx context.Context) error { return links.Serve(ctx, l.Links) },
		func(ctx context.Context) error {
			return h.serveHTTPS(ctx, l.Web, enroll.Handler(h.registrar, h.enrolling()))
		},
		func(ctx context.Context) error {
			return h.serveHTTPS(ctx, l.Door, enroll.Door(h.registrar, h.enrolling()))
		})
	if h.root != nil {
		renewer := &identity.Renewer{Keystore: h.Keys, Registrar: h.root, Log: h.Log} // the city's own, too
		tasks = append(tasks, renewer.Run, h.reconciler().Run)
	}
	if h.follower != nil {
		h.following.Store(true)
		defer h.following.Store(false)
		tasks = append(tasks, h.follower.Run)
	}
	return replica.Together(ctx, tasks...)
}

// weight lets a hub below ask for those it stands for.
func (h *Hub) weight(who identity.Member) int {
	if t := h.Members.Tree(); t != nil {
		if u, ok := t.Unit(who.Unit); ok && u.Level < tree.Community {
			return hubWeight
		}
	}
	return 1
}

// hubWeight is how many nodes a hub stands for when it calls.
const hubWeight = 4

func (h *Hub) enrolling() enroll.Options {
	return enroll.Options{Bundle: h.Keys.Bundle, Now: h.Now, Log: h.Log}
}

func (h *Hub) serveHTTPS(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := enroll.Server(handler, identity.WebTLS(h.Keys))
	served := make(chan error, 1)
	go func() { served <- server.ServeTLS(listener, "", "") }()
	select {
	case err := <-served:
		return fault.Wrap("serve joining and renewing", err)
	case <-ctx.Done():
	}
	err := server.Close()
	if got := <-served; !errors.Is(got, http.ErrServerClosed) {
		err = errors.Join(err, got)
	}
	return err
}

// Close closes the files; Run must be over.
func (h *Hub) Close() error {
	var err error
	if h.view != nil {
		err = h.view.Close()
	}
	return errors.Join(err, h.Replica.Close())
}

// Sync implements serve.Hub.
func (h *Hub) Sync(ctx context.Context, who identity.Peer, conn link.Conn) error {
	return h.relay.Sync(ctx, who, conn)
}
