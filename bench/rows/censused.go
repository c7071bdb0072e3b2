package rows

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"

	"tongbu/bench/census"
	"tongbu/bench/town"
	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// censusDay is the day of the figures: the year in which the census and what happened to
// its families lie.
const censusDay = "2025-12-31"

// censused is the view of a city after its census: families of today, with what happened
// to them since.
type censused struct {
	filling
	root       change.UnitID
	tree       *tree.Tree
	kinds      *schema.Schema
	households int
	persons    int
	events     int
}

func newCensused(ctx context.Context, e *Env) (c *censused, err error) {
	c = &censused{}
	if c.kinds, err = schema.Load(); err != nil {
		return nil, err
	}
	units := town.Shape{Districts: 6, Streets: 4, Communities: 8}.Units()
	c.root = units[0].ID
	if c.tree, err = tree.New(units); err != nil {
		return nil, err
	}
	if c.view, err = sqlite.Open(ctx, filepath.Join(e.Dir, "census.db"), c.kinds, view.Options{Key: [32]byte{1}, Tree: c.tree}); err != nil {
		return nil, err
	}
	communities := town.Level(units, tree.Community)
	each := e.size(4000, 200_000, 200_000) / len(communities)
	for _, u := range communities {
		if err := c.community(ctx, u, each); err != nil {
			return nil, err
		}
	}
	e.Say("figures: %d households, %d persons and %d events are in the view", c.households, c.persons, c.events)
	if err := c.finish(ctx, censusDay); err != nil {
		return nil, err
	}
	e.Say("figures: the rows that follow are made")
	return c, nil
}

// community has a census of so many families.
func (c *censused) community(ctx context.Context, u tree.Unit, families int) error {
	r := &registering{city: c, unit: u.ID, ids: map[string]change.RecordID{}}
	history := census.NewHistory(u.Code)
	for n := range families {
		f := census.New(u.Code, n)
		if err := r.family(f); err != nil {
			return err
		}
		history.Live(f)
	}
	for _, kind := range census.Happened {
		for i, event := range history.Events[kind] {
			if err := r.add(kind, strconv.Itoa(i), event); err != nil {
				return err
			}
			c.events++
		}
	}
	return c.apply(ctx, 5_000)
}

// registering is a community that records its census.
type registering struct {
	city *censused
	unit change.UnitID
	seq  uint64
	ids  map[string]change.RecordID // by the numbers that people have
}

func (r *registering) family(f census.Family) error {
	if err := r.add("household", fmt.Sprint(f.Home["form_no"]), f.Home); err != nil {
		return err
	}
	r.city.households++
	for _, p := range f.Members {
		p["household"] = f.Home["form_no"]
		if err := r.add("person", fmt.Sprint(p["id_number"]), p); err != nil {
			return err
		}
		r.city.persons++
	}
	return nil
}

// add records an object; what it says of others by their numbers becomes their ids.
func (r *registering) add(kind, own string, object map[string]any) error {
	k, known := r.city.kinds.Kind(kind)
	if !known {
		return fmt.Errorf("no kind %s", kind)
	}
	delete(object, "id")
	values, err := k.Parse(object)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	for _, name := range []string{"person", "household"} {
		if f, of := k.Field(name); of && f.Ref == name {
			values[name] = change.Text(string(r.ids[values[name].Text()]))
		}
	}
	id := change.NumberedRecordID(r.unit, kind, own)
	if kind == "person" || kind == "household" {
		r.ids[own] = id
	}
	r.seq++
	s := change.Stream{Device: change.DeviceID(r.unit), Incarnation: 1, Audience: r.unit}
	c := &change.Change{Kind: kind, Record: id, Fields: change.FieldsOf(values), Actor: "clerk", At: int64(r.seq)}
	raw, err := c.Encode()
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	r.city.pending = append(r.city.pending, view.Change{Arrival: r.city.arrival + 1, Stream: s, Seq: r.seq, Author: r.unit, Change: c, Raw: raw})
	return nil
}
