package reports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/report"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/task"
	"tongbu/internal/tree"
)

// counting makes what units hold at one moment, of the journal alone.
type counting struct {
	store   *journal.Store
	city    change.UnitID
	schema  *schema.Schema
	streams moment
	by, to  map[change.UnitID]moment // the streams by who writes them, and by whom others write to

	words *records.Words
	tree  *tree.Tree
	rules []facts.Entry // by which the city had published
	book  *facts.Book
	reads map[string]*schema.Kind // kinds that rows are made of
}

// counting reads what holds for all units: the city's words, the tree, and the rules that
// it had published.
func (r *Reports) counting(ctx context.Context, m moment) (*counting, error) {
	c := &counting{store: r.at.Journal, city: r.at.Place.RootUnit, schema: r.at.Schema.Now(), streams: m}
	c.index()
	said := c.source(c.by[c.city])
	var err error
	if c.words, err = records.ReadWords(ctx, said); err != nil {
		return nil, err
	}
	kinds := append(facts.PublishedKinds(), system.UnitKind)
	said.Of = func(k records.Key) bool { return slices.Contains(kinds, k.Kind) }
	made, err := c.words.Replay(ctx, said)
	if err != nil {
		return nil, err
	}
	if err := c.learn(made); err != nil {
		return nil, err
	}
	c.book, c.reads = facts.NewBook(c.schema, facts.Publish(c.rules)), map[string]*schema.Kind{}
	for _, name := range c.book.Reads() {
		c.reads[name], _ = c.schema.Kind(name)
	}
	return c, nil
}

// learn reads what the city has said for all.
func (c *counting) learn(made map[records.Key]*merge.Record) (err error) {
	var units []tree.Unit
	for k, r := range made {
		kind, known := c.schema.Kind(k.Kind)
		switch {
		case k.Kind == system.UnitKind:
			units = append(units, system.UnitFrom(r))
		case known && !r.Void() && unitOf(r) == c.city:
			c.rules = append(c.rules, entryOf(kind, r))
		}
	}
	slices.SortFunc(units, func(a, b tree.Unit) int { return strings.Compare(a.Code, b.Code) }) // what stands side by side is in this order
	if c.tree, err = tree.New(units); err != nil {
		return fault.New(fault.Unavailable, "the tree of units has not arrived here yet").WithHint("try again when the line to the hub was up")
	}
	return nil
}

func unitOf(r *merge.Record) change.UnitID {
	return change.UnitID(records.ValueOf(r, "unit").Text())
}

func entryOf(k *schema.Kind, r *merge.Record) facts.Entry {
	return facts.Entry{Kind: k.Name, ID: r.ID(), Values: k.Complete(r.Values())}
}

// index finds the streams of each unit.
func (c *counting) index() {
	c.by, c.to = map[change.UnitID]moment{}, map[change.UnitID]moment{}
	for _, info := range c.streams {
		c.by[info.Author] = append(c.by[info.Author], info)
		if to := info.Stream.Audience; to != info.Author {
			c.to[to] = append(c.to[to], info)
		}
	}
}

// source is the journal, of which some streams count.
func (c *counting) source(of ...moment) records.Source {
	streams := moment{} // not nil, which means all
	for _, some := range of {
		streams = append(streams, some...)
	}
	return records.Source{Journal: c.store, City: c.city, Streams: streams}
}

// held makes the records that rows of a unit are made of: those that it holds, and what
// units above have said of its people, which they say in their streams to it.
func (c *counting) held(ctx context.Context, unit change.UnitID) (map[records.Key]*merge.Record, error) {
	var above moment
	for _, info := range c.to[unit] {
		if c.tree.Below(info.Author, unit) {
			above = append(above, info)
		}
	}
	from := c.source(c.by[unit], above)
	from.Of = func(k records.Key) bool { return c.reads[k.Kind] != nil }
	return c.words.Replay(ctx, from)
}

// holding gathers records of a unit into families.
func (c *counting) holding(book *facts.Book, unit change.UnitID, held map[records.Key]*merge.Record) *facts.Holding {
	h := book.NewHolding(unit, func(of change.UnitID) int { return c.level(of, unit) })
	for k, r := range held {
		if r != nil && !r.Void() {
			h.Add(entryOf(c.reads[k.Kind], r), unitOf(r))
		}
	}
	return h
}

// level is that of a unit that is another or stands above it, and 0 for others.
func (c *counting) level(unit, below change.UnitID) int {
	if u, known := c.tree.Unit(unit); known && (unit == below || c.tree.Below(unit, below)) {
		return int(u.Level)
	}
	return 0
}

// days are those that a report counts on: its last, and the one before its period where
// something is counted from there; "" for none.
type days struct{ on, before string }

// sums are what is counted of a unit.
type sums struct{ on, before report.Parts }

// sum counts the rows of a unit; into takes in those of the last day, nil: nobody does.
func (d days) sum(h *facts.Holding, into *digest.Maker) (s sums, err error) {
	s = sums{report.Parts{}, report.Parts{}}
	err = h.Each(d.on, func(made facts.Rows) error {
		s.on.Add(made)
		if into == nil {
			return nil
		}
		return into.AddRows(made)
	})
	if err == nil && d.before != "" {
		err = h.Each(d.before, func(made facts.Rows) error {
			s.before.Add(made)
			return nil
		})
	}
	return s, err
}

// counted is what was counted of each unit, and the digest of what that is made of.
type counted struct {
	sums   sums
	digest change.Hash
}

// all counts the units, a few at a time.
func (c *counting) all(ctx context.Context, units []tree.Unit, d days) ([]counted, error) {
	made := make([]counted, len(units))
	var next atomic.Int64
	work := func(ctx context.Context) error {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(units) {
				return nil
			}
			var err error
			if made[i], err = c.one(ctx, units[i].ID, d); err != nil {
				return err
			}
		}
	}
	workers := make([]task.Task, max(1, runtime.GOMAXPROCS(0)))
	for i := range workers {
		workers[i] = work
	}
	return made, task.Run(ctx, workers...)
}

func (c *counting) one(ctx context.Context, unit change.UnitID, d days) (made counted, err error) {
	held, err := c.held(ctx, unit)
	if err != nil {
		return made, err
	}
	var of digest.Maker
	for _, r := range held {
		if err := of.AddRecord(r); err != nil {
			return made, err
		}
	}
	if made.sums, err = d.sum(c.holding(c.book, unit, held), &of); err != nil {
		return made, err
	}
	a, err := of.Account(d.on, c.schema.Version(), c.book.Published().Digest())
	made.digest = sha256.Sum256(slices.Concat(a.Position[:], a.RecordsHash[:], a.RowsHash[:]))
	return made, err
}

// rulesOf are the versions by which is counted for units.
func (c *counting) rulesOf(units []tree.Unit) report.Rules {
	published, of := c.book.Published().Digest(), treeDigest(units)
	return report.Rules{Facts: facts.Version, Schema: c.schema.Version(), Published: hex.EncodeToString(published[:]), Tree: hex.EncodeToString(of[:])}
}

// treeDigest is over the units in the order of the tree.
func treeDigest(units []tree.Unit) change.Hash {
	of := sha256.New()
	for _, u := range units {
		_, _ = fmt.Fprintf(of, "%s %s %s %q\n", u.ID, u.Code, u.Parent, u.Name) // a hash takes all
	}
	return change.Hash(of.Sum(nil))
}

// digestOf is over what was counted of all units.
func digestOf(units []tree.Unit, made []counted) string {
	of := sha256.New()
	for i, u := range units {
		_, _ = fmt.Fprintf(of, "%s %x\n", u.ID, made[i].digest)
	}
	return hex.EncodeToString(of.Sum(nil))
}
