// Package node is the community: where households are recorded, on or off the
// line. It is a directory that only dials out, with people at it.
package node

import (
	"context"
	"net/http"

	"tongbu/internal/fault"
	"tongbu/internal/matching"
	"tongbu/internal/question"
	"tongbu/internal/task"
	"tongbu/node/account"
	"tongbu/node/answers"
	"tongbu/node/desk"
	"tongbu/node/drafts"
	"tongbu/node/operate"
	"tongbu/node/people"
	"tongbu/node/replica"
	"tongbu/node/reports"
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
	Reports *reports.Reports
	Own     Own // nil: every question is passed up
}

// Own answers questions about the unit of a node from the node's file.
type Own interface {
	// Knows reports whether the answer to a question is in the file. Its scope is a
	// unit's id, or empty.
	Knows(q question.Question) bool
	// Query returns Invalid for what this program does not understand, before anything
	// is told.
	Query(ctx context.Context, q question.Question) (*question.Answer, error)
	// QueryAll is Query for all rows, in parts.
	QueryAll(ctx context.Context, q question.Question, tell question.Tell) error
}

// New makes a node of an open directory.
func New(r *replica.Replica) *Node {
	return &Node{Replica: r, Desk: desk.New(r), Operate: operate.New(r, operate.Beyond{}), People: people.New(r), Drafts: drafts.New(r), Reports: reports.New(r, reports.Config{})}
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
	return socket.Service{Desk: n.Desk, Operate: n.Operate, People: n.People, Reports: n.Reports, Ask: n.Ask, AskAll: n.AskAll, Match: n.Match}.Routes()
}

// Ask answers a question of somebody here: about this unit from its own file, where that
// has the answer, else it is passed up, as a merged answer with its coverage is a hub's
// to give.
func (n *Node) Ask(ctx context.Context, q question.Question) (a *question.Answer, err error) {
	q, err = n.Desk.Address(q)
	if err != nil {
		return nil, err
	}
	err = n.nearest(q, func() error {
		a, err = n.Own.Query(ctx, q)
		return err
	}, func() error {
		a, err = n.kept().Ask(ctx, q, n.Replica.Uplink.Query)
		return err
	})
	return a, err
}

// nearest asks here what is known here, and else above. What this program does not
// understand a newer one above may.
func (n *Node) nearest(q question.Question, here, above func() error) error {
	if n.Own == nil || !n.Own.Knows(q) {
		return above()
	}
	err := here()
	if fault.Of(err) != fault.Invalid {
		return err
	}
	if upErr := above(); fault.Of(upErr) != fault.Unavailable {
		return upErr
	}
	return err
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
	return n.nearest(q, func() error { return n.Own.QueryAll(ctx, q, tell) }, func() error {
		return n.kept().AskAll(ctx, q, tell, n.Replica.Uplink.QueryAll)
	})
}

// Match is what desk.Suitable answers, with how complete that is.
func (n *Node) Match(ctx context.Context, ask matching.Ask, by desk.Asker) (*matching.Answer, error) {
	c, err := n.coverage(ask.Kind == matching.PersonKind)
	if err != nil {
		return nil, err
	}
	a, err := desk.Suitable(ctx, n.Desk, ask, by)
	if err != nil {
		return nil, err
	}
	a.Coverage = c
	return a, nil
}

// coverage says how complete an answer of this file is: of what this device writes as of
// now; of what others say, vacancies above all, as of when the line was last heard.
func (n *Node) coverage(ofOthers bool) (c question.Coverage, err error) {
	unit, today, err := n.Desk.Place()
	if err != nil {
		return c, err
	}
	sent, _, _, err := n.Operate.Progress()
	c = question.Coverage{AsOf: n.Replica.Now().UTC(), Units: 1, Silent: []question.Silent{}, Today: today}
	if sent.Sent > sent.Covered {
		c.Pending = sent.Sent - sent.Covered
	}
	if line := n.Replica.Uplink.Line(); ofOthers && !line.Connected {
		if !line.LastSync.IsZero() {
			c.AsOf = line.LastSync.UTC()
		}
		c.Silent = append(c.Silent, question.Silent{Unit: unit.Code, Since: line.LastSync.UTC()})
	}
	return c, err
}

// Run works until the context ends or a part fails.
func (n *Node) Run(ctx context.Context) error {
	says := account.Saying(n.Replica, account.Own(n.Replica))
	return task.Run(ctx, append(n.Replica.Tasks(), n.Desk.ForgetSearches, says.Run)...)
}
