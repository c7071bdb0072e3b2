package demo

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/node/operate"
)

// digests are of the records of each community.
type digests map[change.UnitID]change.Hash

// playDigests compares the records that each community keeps with those that
// the journals of all hubs above it make.
func playDigests(ctx context.Context, c *City) (string, error) {
	var hubs []*site
	for _, s := range c.sites {
		if s.isHub() {
			hubs = append(hubs, s)
		}
	}
	made := make(map[*site]digests, len(hubs))
	b := c.voice.bar(len(hubs), "hubs replayed their journals")
	for _, s := range hubs {
		d, err := replayed(ctx, s)
		if err != nil {
			return "", fault.Wrap(s.String(), err)
		}
		made[s] = d
		b.add(1)
	}
	compared := 0
	for _, d := range c.desks {
		want, err := d.digest()
		if err != nil {
			return "", fault.Wrap(d.String(), err)
		}
		for s := d.up; s != nil; s = s.up {
			if got := made[s][d.unit.ID]; got != want {
				return "", fault.New(fault.Damaged, "digest of %s at %s: want %.12s, got %.12s", d, s, want, got)
			}
			compared++
		}
	}
	return fmt.Sprintf("the records of all %d communities have the same digest there, at the street, the district and the city: %d compared, the new hub's among them",
		len(c.desks), compared), nil
}

// digest is of the records that the desk keeps.
func (d *desk) digest() (change.Hash, error) {
	sum := merge.NewDigest()
	err := d.tier.Replica.Journal.View(func(tx *journal.Tx) error {
		for _, kind := range kinds {
			err := d.tier.Replica.Records.EachState(tx, kind, "", func(id change.RecordID, raw []byte) error {
				return sum.Add(kind, id, raw)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return sum.Sum(), err
}

// replayed makes the digests from a hub's journal alone.
func replayed(ctx context.Context, s *site) (digests, error) {
	states, err := records.Replay(ctx, records.Source{Journal: s.tier.Replica.Journal, City: s.tier.Replica.Place.RootUnit})
	if err != nil {
		return nil, err
	}
	sums := map[change.UnitID]*merge.Digest{}
	for _, r := range inOrder(states) {
		unit := change.UnitID(records.ValueOf(r, "unit").Text())
		if sums[unit] == nil {
			sums[unit] = merge.NewDigest()
		}
		if err := sums[unit].Add(r.Kind(), r.ID(), r.Encode()); err != nil {
			return nil, err
		}
	}
	made := digests{}
	for unit, sum := range sums {
		made[unit] = sum.Sum()
	}
	return made, nil
}

// inOrder lists the records of the demo's kinds as a digest takes them.
func inOrder(states map[records.Key]*merge.Record) []*merge.Record {
	var list []*merge.Record
	for _, r := range states {
		if slices.Contains(kinds[:], r.Kind()) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b *merge.Record) int {
		return cmp.Or(cmp.Compare(a.Kind(), b.Kind()), bytes.Compare([]byte(a.ID()), []byte(b.ID())))
	})
	return list
}

// playVerify checks every directory as tongbu verify does.
func playVerify(ctx context.Context, c *City) (string, error) {
	b := c.voice.bar(len(c.sites), "directories checked")
	found := make([]operate.Verified, len(c.sites))
	err := each(ctx, numbered(len(c.sites)), func(i int) error {
		s := c.sites[i]
		if err := call(ctx, s, http.MethodGet, "/verify", nil, &found[i]); err != nil {
			return fault.Wrap(s.String(), err)
		}
		b.add(1)
		if v := found[i]; !v.OK {
			return fault.New(fault.Damaged, "%s: want no problems, got %d; the first: %s", s, len(v.Problems), v.Problems[0])
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	batches, changes, rows := 0, 0, 0
	for _, v := range found {
		batches, changes, rows = batches+v.Batches, changes+v.Changes, rows+v.View
	}
	return fmt.Sprintf("%d directories are clean: %d signed batches of %d changes, and the city's view of %d rows is what its journal makes",
		len(c.sites), batches, changes, rows), nil
}

func numbered(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}
