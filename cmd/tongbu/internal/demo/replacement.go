package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// revisited is what the clerks write while their hub is gone.
const revisited = "visited while the hub was gone"

// playReplacement ends a street's hub and deletes its directory. Its
// communities go on capturing, through the hubs above; a new device takes the
// hub's place and they find it by themselves.
func playReplacement(ctx context.Context, c *City) (string, error) {
	held, device := marks(c.lost), c.lost.tier.Replica.Keys.Device()
	if err := c.lost.stop(); err != nil {
		return "", err
	}
	if err := c.lost.wipe(); err != nil {
		return "", err
	}
	c.voice.printLine("lost: the hub of %s, device %s; its directory is deleted", c.lost, device)
	orphans := c.below(c.lost)
	changes, err := c.carryOn(ctx, orphans)
	if err != nil {
		return "", err
	}
	start := time.Now()
	if err := c.replace(ctx, device); err != nil {
		return "", err
	}
	if err := c.returned(ctx, orphans); err != nil {
		return "", err
	}
	back := time.Since(start)
	if err := c.nothingLost(ctx, held); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d records captured without the hub of %s reached the city past it; %s after an empty one was started its %s had found it, and it holds all %d streams again; the city has all %d households with %d persons, each once",
		changes, c.lost, seconds(back), count(len(orphans), "community", "communities"), len(held), sum(c.desks, "household"), sum(c.desks, "person")), nil
}

// carryOn captures what was spared, and a second visit to a household, and
// waits for the receipts: the communities reach a hub further up.
func (c *City) carryOn(ctx context.Context, orphans []*desk) (changes uint64, err error) {
	households := 0
	for _, d := range orphans {
		changes -= d.changes
		households += d.share - d.next
	}
	b := c.voice.bar(households, "households saved without the hub")
	err = each(ctx, orphans, func(d *desk) error {
		if err := d.visit(ctx, revisited); err != nil {
			return err
		}
		return d.capture(ctx, c.maker, d.share, b.add)
	})
	if err != nil {
		return 0, err
	}
	if err := c.allRecorded(ctx, orphans); err != nil {
		return 0, err
	}
	for _, d := range orphans {
		changes += d.changes
	}
	if p := orphans[0].tier.Replica.Uplink.Line().Parent; p.Unit != "" {
		c.voice.printLine("they were heard through %s", c.byID[p.Unit])
	}
	return changes, nil
}

// replace joins a new device of the lost hub's unit with a new token, in an
// empty directory and on other ports, and revokes the old one.
func (c *City) replace(ctx context.Context, old change.DeviceID) error {
	if err := c.join(ctx, c.lost); err != nil {
		return fault.Wrap("join the new hub", err)
	}
	c.voice.printLine("joined: an empty hub for %s, device %s at %s", c.lost, c.lost.tier.Replica.Keys.Device(), c.lost.cfg.Listen)
	var revoked struct{ State string }
	return call(ctx, c.root, http.MethodPost, "/revoke/"+url.PathEscape(string(old))+"?reason="+url.QueryEscape("disk lost"), nil, &revoked)
}

// returned waits until the communities are linked to the new hub.
func (c *City) returned(ctx context.Context, orphans []*desk) error {
	b := c.voice.bar(len(orphans), "communities found the new hub")
	return each(ctx, orphans, func(d *desk) error {
		err := c.until(ctx, func(context.Context) (string, error) {
			up := d.tier.Replica.Uplink.Line()
			if up.Connected && up.Parent.Address == c.lost.cfg.Listen {
				return "", nil
			}
			return fmt.Sprintf("%s: want a link to %s, got %s", d, c.lost.cfg.Listen, up.Parent.Address), nil
		})
		if err == nil {
			b.add(1)
		}
		return err
	})
}

// nothingLost wants the new hub to hold every stream that the old one held,
// its communities' to the last change, and the city to have everything once.
func (c *City) nothingLost(ctx context.Context, held map[change.Stream]change.Mark) error {
	err := c.until(ctx, func(context.Context) (string, error) {
		now, city := marks(c.lost), marks(c.root)
		for s, old := range held {
			if now[s].Seq < old.Seq || now[s] != city[s] {
				return fmt.Sprintf("stream %s at the new hub: want %d changes, as at the city, got %d", s, city[s].Seq, now[s].Seq), nil
			}
		}
		return "", nil
	})
	if err != nil {
		return err
	}
	if err := c.complete(ctx); err != nil {
		return err
	}
	if err := c.counted(ctx); err != nil {
		return err
	}
	for _, d := range c.desks {
		if err := c.settled(ctx, d); err != nil {
			return err
		}
	}
	got, _, err := listIDs(ctx, c.root, "household", fmt.Sprintf("remark = %q", revisited))
	if err == nil && got.sum() != len(c.below(c.lost)) {
		err = fault.New(fault.Damaged, "second visits at the city: want %d, got %d", len(c.below(c.lost)), got.sum())
	}
	return err
}

// marks is how far each stream is held at a site. The mark's hash stands for
// all changes up to it.
func marks(s *site) map[change.Stream]change.Mark {
	entries, _ := s.tier.Replica.Streams.Entries()
	held := map[change.Stream]change.Mark{}
	for _, e := range entries {
		held[e.Stream] = e.Sealed
	}
	return held
}
