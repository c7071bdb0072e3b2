package hub_test

import (
	"context"
	"net"
	"testing"
	"time"

	"tongbu/internal/members"
	"tongbu/internal/system"
	"tongbu/internal/task"
	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// freePort is an address of this machine that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = port.Close() }()
	return port.Addr().String()
}

// reaches is a node that runs: it has found the city at the address.
func (f *far) reaches(node *replica.Replica, address string) {
	f.t.Helper()
	kit.MustAwait(f.t, "the node is linked to "+address, func() bool {
		line := node.Uplink.Line()
		return line.Connected && line.Parent.Address == address
	})
}

// TestMovedWhileAway: the city's links moved while a node was off for 100 days. Its
// certificate has expired. It renews at the door, which has not moved, and the
// answer says where the city is; then the city itself does, and knows who has
// heard.
func TestMovedWhileAway(t *testing.T) {
	f := mustFar(t)
	h, stop := f.city()
	dir := f.join(h)
	stop()

	f.clock.Advance(100 * 24 * time.Hour)
	before := f.addresses.Address
	f.addresses.Address = freePort(t)
	h, stop = f.city()
	defer stop()
	kit.MustAwait(t, "the city says where it is", func() bool {
		st, err := h.Operate.Status(t.Context(), false)
		return err == nil && st.Moved != nil && st.Moved.Address == f.addresses.Address && len(st.Moved.Unheard) == 1
	})
	node := f.openNode(dir)
	away := f.while(func(ctx context.Context) error { return task.Run(ctx, node.Tasks()...) }, node.Close)
	defer away()
	f.reaches(node, f.addresses.Address)
	kit.MustAwait(t, "the city knows that the node has heard", func() bool {
		st, err := h.Operate.Status(t.Context(), false)
		return err == nil && len(st.Moved.Unheard) == 0
	})
	var known []string
	for _, a := range operate.New(node, operate.Beyond{}).Addresses() {
		known = append(known, a.Address+" "+a.By)
	}
	if len(known) < 2 || known[0] != f.addresses.Address+" "+members.ByHub || known[1] != before+" "+members.ByGrant && known[1] != before+" "+members.ByCity {
		t.Errorf("known: %q", known)
	}
}

// TestMovedByHand: all ports of the city moved, and no other hub is above. The
// node is told by hand.
func TestMovedByHand(t *testing.T) {
	f := mustFar(t)
	h, stop := f.city()
	dir := f.join(h)
	stop()
	f.clock.Advance(100 * 24 * time.Hour)
	f.addresses.Address, f.addresses.Web, f.addresses.Door = freePort(t), freePort(t), freePort(t)
	_, stop = f.city()
	defer stop()
	node := f.openNode(dir)
	err := node.SetAddress(t.Context(), kit.City.ID, system.HubAddress{Address: f.addresses.Address, Door: f.addresses.Door})
	if err != nil {
		t.Fatal(err)
	}
	away := f.while(func(ctx context.Context) error { return task.Run(ctx, node.Tasks()...) }, node.Close)
	defer away()
	f.reaches(node, f.addresses.Address)
}
