package lines_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	enrol "tongbu/internal/identity/remote"
	"tongbu/internal/journal"
	"tongbu/internal/sample"
	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/proctest"
	"tongbu/internal/vault"
	"tongbu/node"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// community is a workstation that runs in the test's own process: with 182 more
// processes the test would measure the machine rather than the hubs.
type community struct {
	unit    sample.Row
	replica *replica.Replica
	own     change.Stream
	stop    context.CancelFunc // nil: it does not run
	ended   chan error

	households int            // made up so far
	saved      map[string]int // records by kind
	from       change.Mark    // where the present backlog begins
}

// mustEnrol joins a new directory through the hub above and opens it.
func mustEnrol(t *testing.T, n *proctest.Network, kinds *schema.Schema, unit sample.Row, g *gate) *community {
	t.Helper()
	c := &community{unit: unit, saved: map[string]int{}}
	token, err := identity.ParseToken(n.Token(unit.Code))
	if err != nil {
		t.Fatal(err)
	}
	hub, err := enrol.New([]string{"https://" + n.Parent(unit).Web}, token.Trust(time.Now), enrol.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "community")
	keys, err := identity.Create(dir, identity.Options{Key: kit.Vault().Key(vault.Identity)})
	if err != nil {
		t.Fatal(err)
	}
	if err := identity.Join(t.Context(), keys, token, hub, identity.Listen{Name: unit.Code}); err != nil {
		t.Fatalf("%s: join: %v", unit.Name, err)
	}
	c.replica, err = replica.Open(replica.Config{Dir: dir, Vault: kit.Vault(), Schema: kinds, Dialer: g.dial})
	if err != nil {
		t.Fatalf("%s: open: %v", unit.Name, err)
	}
	c.own = change.Stream{Device: keys.Device(), Incarnation: 1, Audience: c.replica.Place.Unit}
	t.Cleanup(func() {
		if err := c.halt(); err != nil {
			t.Errorf("%s: %v", unit.Name, err)
		}
		if err := c.replica.Close(); err != nil {
			t.Errorf("%s: close: %v", unit.Name, err)
		}
	})
	return c
}

// start has the community work and look for a line, until halt.
func (c *community) start() {
	var ctx context.Context
	ctx, c.stop = context.WithCancel(context.Background())
	c.ended = make(chan error, 1)
	go func() { c.ended <- node.New(c.replica).Run(ctx) }()
}

// halt ends what start began; it may be repeated.
func (c *community) halt() error {
	if c.stop == nil {
		return nil
	}
	c.stop()
	c.stop = nil
	return <-c.ended
}

// fill saves a backlog: so many changes a day, as a clerk does who visits
// household after household. Nothing is sealed before there is a line.
func (c *community) fill(ctx context.Context, maker *sample.Maker, days, each int) error {
	entry, _ := c.replica.Streams.Entry(c.own)
	c.from = entry.Sealed
	for range days {
		var homes, people []sample.Record
		for len(homes)+len(people) < each {
			h := maker.Household(c.unit.Code, c.households)
			c.households++
			homes = append(homes, h.Record)
			people = append(people, h.Persons...)
		}
		if err := c.save(ctx, "household", homes); err != nil {
			return err
		}
		if err := c.save(ctx, "person", people[:each-len(homes)]); err != nil {
			return err
		}
	}
	return nil
}

func (c *community) save(ctx context.Context, kind string, records []sample.Record) error {
	items, err := desk.ReadLines(strings.NewReader(proctest.Lines(records)))
	if err != nil {
		return err
	}
	c.saved[kind] += len(records)
	return desk.New(c.replica).Put(ctx, kind, items, "clerk", func(desk.Written) error { return nil })
}

// recorded waits until the city has recorded all that was saved here.
func (c *community) recorded(ctx context.Context) error {
	for {
		changed := c.replica.Streams.Changed()
		done, err := c.allRecorded()
		if done || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *community) allRecorded() (done bool, err error) {
	err = c.replica.Streams.View(func(tx *journal.Tx) error {
		r, err := c.replica.Streams.Reached(tx, c.own)
		done = r.Head > 0 && r.City == r.Head
		return err
	})
	return done, err
}

// backlog is the size of what was saved since the last fill, in bytes of
// sealed batches.
func (c *community) backlog() (bytes int64, err error) {
	for after := c.from; ; {
		batches, _, err := c.replica.Streams.Load(c.own, after, 1<<20)
		if err != nil || len(batches) == 0 {
			return bytes, err
		}
		for _, b := range batches {
			bytes += int64(len(b.Bytes()))
		}
		after = batches[len(batches)-1].End()
	}
}

// linked looks whether the community has a line and knows the units.
func (c *community) linked() string {
	if c.replica.Uplink.Line().Connected && c.replica.Members.Tree() != nil {
		return ""
	}
	return fmt.Sprintf("%s has no line: %v", c.unit.Name, c.replica.Uplink.Line().Err)
}

// checkStatus looks for what must not be in the community's own status.
func (c *community) checkStatus() error {
	st, err := operate.New(c.replica, operate.Beyond{}).Status(context.Background(), false)
	if err == nil && (st.Own.AtCity != st.Own.Head || len(st.Refusals) > 0 || st.Forks > 0 || st.Incarnation != 1) {
		raw, _ := json.Marshal(st)
		err = fmt.Errorf("status %s", raw)
	}
	return err
}
