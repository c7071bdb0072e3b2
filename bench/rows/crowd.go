package rows

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"sync"
	"time"

	"tongbu/bench/light"
	"tongbu/bench/town"
	"tongbu/internal/change"
	"tongbu/internal/members"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/tree"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// crowd is a city with thousands of communities, each with a device that has
// joined; the city's directory is closed.
type crowd struct {
	*town.Town
	sources []*light.Source
	known   map[change.UnitID][]syncer.Entry // what a device of a unit has of the city's streams
	tree    *tree.Tree
}

// newCrowd founds the city and admits a device of each community.
func newCrowd(ctx context.Context, e *Env, name string, n int) (*crowd, error) {
	t, err := town.Found(ctx, e.path(name), town.Shape{Districts: 10, Streets: 10, Communities: n / 100})
	if err != nil {
		return nil, err
	}
	c := &crowd{Town: t, known: map[change.UnitID][]syncer.Entry{}, tree: t.City.Replica.Members.Tree()}
	for _, u := range town.Level(t.Units, tree.Community) {
		s, err := light.NewSource(t.Authority, t.City.Replica.Keys.Verifier(), u)
		if err != nil {
			return nil, err
		}
		c.sources = append(c.sources, s)
	}
	if err := admit(ctx, t, c.sources); err != nil {
		return nil, err
	}
	entries, _ := t.City.Replica.Streams.Entries()
	for _, entry := range entries {
		c.known[entry.Stream.Audience] = append(c.known[entry.Stream.Audience], entry)
	}
	return c, t.City.Close()
}

// admit writes the devices' records at the city, as joining does, but many at
// a time.
func admit(ctx context.Context, t *town.Town, sources []*light.Source) error {
	return t.City.Replica.Streams.Write(ctx, func(w *streams.Writer) error {
		for _, s := range sources {
			own, err := w.Own(s.Unit.ID)
			if err != nil {
				return err
			}
			fields := map[string]change.Value{"unit": change.Text(string(s.Unit.ID)), "role": change.Int(int64(s.Unit.Level)),
				"key":     change.Text(base64.StdEncoding.EncodeToString(s.Key.Public().(ed25519.PublicKey))),
				"address": change.Text(""), "web": change.Text(""), "name": change.Text("pc"), "state": change.Text(system.Active),
				"enrolled": change.Int(time.Now().UnixMilli())}
			edit := records.Edit{Kind: system.DeviceKind, ID: change.RecordID(s.Device()), Fields: fields, Actor: "city", At: time.Now().UnixMilli()}
			if _, err := t.City.Replica.Records.Put(w.Tx, own, t.City.Unit.ID, edit); err != nil {
				return err
			}
		}
		return members.Touch(w.Tx, system.DeviceKind)
	})
}

// node is the device of a source, with batches to deliver.
func (c *crowd) node(s *light.Source, batches []*change.Batch) *light.Node {
	known := append([]syncer.Entry(nil), c.known[c.City.Unit.ID]...)
	return light.NewNode(s, batches, append(known, c.known[s.Unit.ID]...))
}

// run keeps the nodes linked to the city until the context ends, each trying
// again after a pause, as a node's uplink does; the function that it returns
// waits for their end.
func (c *crowd) run(ctx context.Context, nodes []*light.Node, apart time.Duration) (wait func()) {
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() {
			wait := time.Duration(i) * apart
			for town.Pause(ctx, wait) == nil {
				_ = n.Run(ctx, c.City.Address(), c.tree) // tried again: the caller waits for what must come of it
				wait = 500 * time.Millisecond
			}
		})
	}
	return all.Wait
}

// awaitEach waits for a sign of every node.
func awaitEach(ctx context.Context, nodes []*light.Node, most time.Duration, sign func(*light.Node) <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for i, n := range nodes {
		select {
		case <-sign(n):
		case <-ctx.Done():
			return fmt.Errorf("node %d of %d gave no sign in %v", i, len(nodes), most)
		}
	}
	return nil
}
