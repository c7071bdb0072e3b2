package node_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/node"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/socket"
)

func newNode(t *testing.T) (*node.Node, *socket.Client) {
	t.Helper()
	town := kit.MustTown(t)
	n := node.New(town.MustReplica(t, town.MustCity(t), kit.First))
	n.People.SetCost(16, 1)
	return n, socket.Direct(n.Handler(), func() {})
}

// TestDesk: a node saves, shows, counts and checks without a line.
func TestDesk(t *testing.T) {
	_, clerk := newNode(t)
	saved := 0
	err := clerk.Lines(t.Context(), http.MethodPost, "/put/person", strings.NewReader(`{"id":"p-1","name":"甲"}`), func([]byte) error {
		saved++
		return nil
	})
	if err != nil || saved != 1 {
		t.Fatalf("%d saved, %v", saved, err)
	}
	var st operate.Status
	var v operate.Verified
	var shown desk.Shown
	for path, answer := range map[string]any{"/status": &st, "/verify": &v, "/get/person/p-1": &shown} {
		if err := clerk.JSON(t.Context(), http.MethodGet, path, nil, answer); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	if st.Own.Head != 1 || st.View != nil || !v.OK || shown.State != desk.Saved {
		t.Errorf("got %+v, %+v, %+v", st.Own, v, shown)
	}
}

// TestQuestionsGoUp: a merged answer is a hub's to give, and there is none.
func TestQuestionsGoUp(t *testing.T) {
	_, clerk := newNode(t)
	err := clerk.JSON(t.Context(), http.MethodPost, "/query", question.Question{Kind: "person"}, new(any))
	if got := fault.Of(err); got != fault.Unavailable {
		t.Errorf("got %v (%v), want unavailable", got, err)
	}
	err = clerk.JSON(t.Context(), http.MethodPost, "/query", question.Question{Kind: "person", Scope: change.UnitID(kit.NotOfTown.Code)}, new(any))
	if got := fault.Of(err); got != fault.Denied {
		t.Errorf("a code that is not in the tree: got %v (%v), want denied", got, err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	n, _ := newNode(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("got %v, want no failure", err)
	}
}
