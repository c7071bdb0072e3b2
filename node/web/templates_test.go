package web_test

import (
	"testing"

	"tongbu/internal/test/kit"
	"tongbu/node"
	"tongbu/node/web"
)

// TestTemplates: pages are parsed when they are asked for, so one that cannot be would be
// found by a clerk.
func TestTemplates(t *testing.T) {
	town := kit.MustTown(t)
	n := node.New(town.MustReplica(t, town.MustCity(t), kit.First))
	site, err := web.Site(web.Config{Replica: n.Replica, Desk: n.Desk, Operate: n.Operate, People: n.People, Drafts: n.Drafts, Ask: n.Ask})
	if err != nil {
		t.Fatal(err)
	}
	if err := site.Shell.Check(); err != nil {
		t.Error(err)
	}
}
