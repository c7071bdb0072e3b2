package records

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/index"
)

// How wide a stretch of an index may be, in blocks of some 60 entries.
const (
	maxGathered = maxEntries / 60 // whose ids are put in order for one page
	maxAmong    = 35              // whose ids are held while another index is walked
	maxMerged   = 32              // single keys, of any width, whose ids are in order
)

// candidate is a way to the records: by what one field is tested for.
type candidate struct {
	field  string
	spans  []index.Span
	one    bool // the field has one value
	tree   *index.Tree
	blocks int
}

// plan decides where the records come from: the narrowest index, the one of
// the order, or both.
func (p *pager) plan() (err error) {
	order := p.q.Order.Field
	ordered := order != "" && order != "id"
	m, ready, err := p.indexMark(p.tx)
	if err != nil {
		return err
	}
	if order == "id" && p.q.Order.Desc || ordered && (m.of == nil || !slices.Contains(m.of.fields[p.q.Kind], order)) {
		return fault.New(fault.Invalid, "no index has this order").WithHint("order by an indexed field, or by the id")
	}
	if p.after, err = p.q.After.position(ordered); err != nil {
		return err
	}
	ready = ready && m.done
	if !ready && ordered {
		return fault.New(fault.Unavailable, "the indexes are not made yet").WithHint("there may be no room on the disk; they are made at the next start")
	}
	p.lead.ids, p.lead.named = named(p.q.Where)
	if !ready {
		return nil
	}
	ways, err := p.candidates(m)
	if err != nil {
		return err
	}
	if ordered {
		return p.planOrder(m, ways)
	}
	return p.planIDs(ways)
}

// named lists the ids when the filter asks for some by name.
func named(terms []filter.Term) (ids []change.RecordID, ok bool) {
	for _, t := range terms {
		if t.Field != "id" || slices.ContainsFunc(t.Ranges, func(r filter.Range) bool { return !r.Equal() }) {
			continue
		}
		for _, r := range t.Ranges {
			if id, isText := r.Low.(string); isText && len(id) <= change.MaxName {
				ids = append(ids, change.RecordID(id))
			}
		}
		slices.Sort(ids)
		return slices.Compact(ids), true
	}
	return nil, false
}

// candidates are the ways the tests lead to. Two tests of one value are one.
func (p *pager) candidates(m indexMark) (ways []candidate, err error) {
	for _, t := range p.q.Where {
		if !slices.Contains(m.of.fields[p.q.Kind], t.Field) {
			continue
		}
		c := candidate{field: t.Field, spans: spansOf(t), one: t.One}
		i := slices.IndexFunc(ways, func(o candidate) bool { return o.field == c.field && (o.one || c.one) })
		if i >= 0 {
			ways[i].spans, ways[i].one = index.Intersect(ways[i].spans, c.spans), true
			continue
		}
		if c.tree, err = p.current(p.tx, m, p.q.Kind, t.Field, c.spans...); err != nil {
			return nil, err
		}
		ways = append(ways, c)
	}
	return ways, nil
}

func spansOf(t filter.Term) []index.Span {
	var spans []index.Span
	for _, r := range t.Ranges {
		if r.Empty {
			spans = append(spans, index.Empty())
		} else {
			spans = append(spans, index.Between(r.Low, r.High))
		}
	}
	return index.Union(spans)
}

// planIDs leads by the narrowest way whose ids can be put in order.
func (p *pager) planIDs(ways []candidate) error {
	if p.lead.named || len(ways) == 0 {
		return nil
	}
	best, err := narrowest(ways)
	if err != nil {
		return err
	}
	if best.blocks > maxGathered && !best.merged() {
		i := slices.IndexFunc(ways, candidate.merged)
		if i < 0 {
			return nil
		}
		best = ways[i]
	}
	p.lead.by, p.lead.spans = best.tree, best.spans
	return nil
}

// merged reports whether the ids of the way are in order, but for a few keys
// that are merged: a page of them costs the same however many there are.
func (c candidate) merged() bool {
	return len(c.spans) <= maxMerged && !slices.ContainsFunc(c.spans, func(s index.Span) bool { return !s.One() })
}

func narrowest(ways []candidate) (candidate, error) {
	if len(ways) == 1 && ways[0].merged() {
		return ways[0], nil
	}
	for i := range ways {
		if err := ways[i].measure(); err != nil {
			return candidate{}, err
		}
	}
	return slices.MinFunc(ways, func(a, b candidate) int { return a.blocks - b.blocks }), nil
}

func (c *candidate) measure() error {
	c.blocks = 0
	for _, s := range c.spans {
		n, err := c.tree.Blocks(s)
		if err != nil {
			return err
		}
		c.blocks += n
	}
	return nil
}

// planOrder walks the index of the order, where the tests allow it. When
// another way is much narrower, its ids say which records are worth a look.
func (p *pager) planOrder(m indexMark, ways []candidate) (err error) {
	own := candidate{spans: []index.Span{index.All()}}
	if i := slices.IndexFunc(ways, func(c candidate) bool { return c.field == p.q.Order.Field }); i >= 0 {
		own = ways[i]
		ways = slices.Delete(ways, i, i+1)
	} else if own.tree, err = p.current(p.tx, m, p.q.Kind, p.q.Order.Field, index.All()); err != nil {
		return err
	}
	p.lead.order, p.lead.spans = own.tree, own.spans
	if p.lead.named {
		p.lead.among = map[change.RecordID]bool{}
		for _, id := range p.lead.ids {
			p.lead.among[id] = true
		}
		return nil
	}
	if len(ways) == 0 {
		return nil
	}
	if err = own.measure(); err != nil {
		return err
	}
	for i := range ways { // all are measured: the narrowest has a width then
		if err := ways[i].measure(); err != nil {
			return err
		}
	}
	best := slices.MinFunc(ways, func(a, b candidate) int { return a.blocks - b.blocks })
	if best.blocks > maxAmong || 4*best.blocks > own.blocks {
		return nil
	}
	return p.hold(best)
}

// hold reads the ids of a way.
func (p *pager) hold(c candidate) error {
	p.lead.among = map[change.RecordID]bool{}
	for _, s := range c.spans {
		err := c.tree.Ascend(s, "", func(_, id []byte) error {
			p.lead.among[change.RecordID(id)] = true
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
