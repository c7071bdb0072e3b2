// Package node is the community: where households are recorded, on or off the
// line. It is a station that only dials out, and the socket on which the
// clerk's commands are answered.
package node

import (
	"context"
	"net/http"

	"tongbu/node/replica"
	"tongbu/node/socket"
)

// Node is one workstation's directory.
type Node struct {
	*replica.Replica
}

// New makes a node of an open station.
func New(s *replica.Replica) *Node { return &Node{Replica: s} }

// Handler answers the command line.
func (n *Node) Handler() http.Handler {
	mux := http.NewServeMux()
	n.Routes(mux)
	mux.HandleFunc("GET /status", socket.Handle(func(r *http.Request) (any, error) {
		return n.Status(r.URL.Query().Has("measure"))
	}))
	mux.HandleFunc("GET /verify", socket.Handle(func(r *http.Request) (any, error) { return n.Verify(r.Context()) }))
	mux.HandleFunc("POST /query", socket.Handle(n.query))
	return mux
}

// query passes a question up: a node answers its own lists from its file
// (list), and a merged answer with its coverage is a hub's to give.
func (n *Node) query(r *http.Request) (any, error) {
	q, err := n.ReadQuestion(r)
	if err != nil {
		return nil, err
	}
	return n.Uplink.Query(r.Context(), q)
}

// Run works until the context ends or a part fails.
func (n *Node) Run(ctx context.Context) error { return replica.Together(ctx, n.Tasks()...) }
