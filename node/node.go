// Package node is the community: where households are recorded, on or off the
// line. It is a directory that only dials out, with people at it.
package node

import (
	"context"
	"net/http"

	"tongbu/internal/question"
	"tongbu/internal/task"
	"tongbu/node/account"
	"tongbu/node/answers"
	"tongbu/node/desk"
	"tongbu/node/drafts"
	"tongbu/node/operate"
	"tongbu/node/people"
	"tongbu/node/replica"
	"tongbu/node/socket"
	"tongbu/node/web"
)

// Node is one workstation's directory.
type Node struct {
	Replica *replica.Replica
	Desk    *desk.Desk
	Operate *operate.Operate
	People  *people.People
	Drafts  *drafts.Drafts
}

// New makes a node of an open directory.
func New(r *replica.Replica) *Node {
	return &Node{Replica: r, Desk: desk.New(r), Operate: operate.New(r, operate.Beyond{}), People: people.New(r), Drafts: drafts.New(r)}
}

// Pages makes the pages for people in a browser, which is reached under the hosts, names
// with ports.
func (n *Node) Pages(hosts []string) (http.Handler, error) { return n.PagesOver(hosts, web.LAN{}) }

// PagesOver is Pages that other computers reach too.
func (n *Node) PagesOver(hosts []string, lan web.LAN) (http.Handler, error) {
	return web.New(web.Config{Replica: n.Replica, Desk: n.Desk, Operate: n.Operate, People: n.People, Drafts: n.Drafts, Ask: n.Ask, Hosts: hosts, LAN: lan})
}

// Handler answers the command line.
func (n *Node) Handler() http.Handler {
	return socket.Service{Desk: n.Desk, Operate: n.Operate, People: n.People, Ask: n.Ask, AskAll: n.AskAll}.Routes()
}

// Ask passes a question of somebody here up: a node answers its own lists from
// its file, and a merged answer with its coverage is a hub's to give.
func (n *Node) Ask(ctx context.Context, q question.Question) (*question.Answer, error) {
	q, err := n.Desk.Address(q)
	if err != nil {
		return nil, err
	}
	return n.kept().Ask(ctx, q, n.Replica.Uplink.Query)
}

// kept are the last answers, for the time when the line is down.
func (n *Node) kept() answers.Kept {
	return answers.Kept{Journal: n.Replica.Journal, Kind: n.Replica.Schema.Kind}
}

// AskAll is Ask for all rows, in parts.
func (n *Node) AskAll(ctx context.Context, q question.Question, tell question.Tell) error {
	q, err := n.Desk.Address(q)
	if err != nil {
		return err
	}
	return n.Replica.Uplink.QueryAll(ctx, q, tell)
}

// Run works until the context ends or a part fails.
func (n *Node) Run(ctx context.Context) error {
	says := account.Saying(n.Replica, account.Own(n.Replica))
	return task.Run(ctx, append(n.Replica.Tasks(), n.Desk.ForgetSearches, says.Run)...)
}
