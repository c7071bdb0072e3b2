package records

import (
	"bytes"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/index"
	"tongbu/internal/journal"
)

// Cursor says where a list goes on. It is bytes, not a text, and may hold a
// value of a record: it is not for logs.
type Cursor string

// listPosition is where a list stands: in the order of an index the key as well.
type listPosition struct{ key, id []byte }

func (p listPosition) cursor() Cursor {
	return Cursor(append(append([]byte{byte(len(p.key))}, p.key...), p.id...))
}

// next is the least id above the place's.
func (p listPosition) next() change.RecordID {
	if len(p.id) == 0 {
		return ""
	}
	return change.RecordID(p.id) + "\x00"
}

func (c Cursor) position(ordered bool) (p listPosition, err error) {
	if c == "" {
		return p, nil
	}
	size := 1 + int(c[0])
	if ordered != (size > 1) || len(c) <= size || len(c) > size+change.MaxName {
		return p, fault.New(fault.Invalid, "this is no place in the list").WithHint("begin the list again")
	}
	return listPosition{key: []byte(c[1:size]), id: []byte(c[size:])}, nil
}

// up walks the index of the order.
func (p *pager) up() error {
	begun := p.after
	for _, s := range p.lead.spans {
		from := change.RecordID("")
		if begun.key != nil {
			switch {
			case bytes.Compare(s.High, begun.key) < 0:
				continue
			case s.Has(begun.key):
				s.Low, from = begun.key, begun.next()
			}
		}
		if err := p.stretch(s, from); err != nil || p.page.Next != "" {
			return err
		}
	}
	return nil
}

// down walks the index of the order backwards, the ids of each key forwards.
func (p *pager) down() error {
	begun := p.after
	for _, s := range slices.Backward(p.lead.spans) {
		if begun.key != nil && bytes.Compare(begun.key, s.Low) < 0 {
			continue
		}
		limit := append(slices.Clone(s.High), 0) // the least key above it
		if begun.key != nil && s.Has(begun.key) {
			limit = begun.key
			if err := p.stretch(index.Span{Low: limit, High: limit}, begun.next()); err != nil || p.page.Next != "" {
				return err
			}
		}
		if err := p.downFrom(limit, s.Low); err != nil || p.page.Next != "" {
			return err
		}
	}
	return nil
}

// downFrom walks the keys below limit, as far as low.
func (p *pager) downFrom(limit, low []byte) error {
	for {
		key, err := p.lead.order.Before(limit)
		if err != nil || key == nil || bytes.Compare(key, low) < 0 {
			return err
		}
		if err := p.stretch(index.Span{Low: key, High: key}, ""); err != nil || p.page.Next != "" {
			return err
		}
		limit = key
	}
}

// stretch looks at what the index of the order has in a span.
func (p *pager) stretch(s index.Span, from change.RecordID) error {
	return p.lead.order.Ascend(s, from, func(key, id []byte) error {
		if p.full() {
			return journal.ErrStop
		}
		p.walked++
		p.after = listPosition{key: key, id: id}
		if p.lead.among != nil && !p.lead.among[change.RecordID(id)] {
			return nil
		}
		return p.look(change.RecordID(id), key)
	})
}

// byIndex reads the records of spans in order of their ids.
func (p *pager) byIndex() error {
	n := nearest{most: maxDecoded + 1} // one more, to know that there is a next part
	for _, s := range p.lead.spans {
		from, count := change.RecordID(""), 0
		if s.One() {
			from = p.after.next()
		}
		err := p.lead.by.Ascend(s, from, func(_, id []byte) error {
			if count++; s.One() && count > n.most {
				return journal.ErrStop
			}
			if bytes.Compare(id, p.after.id) > 0 {
				n.add(id)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return p.each(n.sorted())
}

// nearest keeps the least of many ids.
type nearest struct {
	most int
	ids  [][]byte
	top  []byte // none above it counts any more; nil: all do
}

func (n *nearest) add(id []byte) {
	if n.top != nil && bytes.Compare(id, n.top) >= 0 {
		return
	}
	if n.ids = append(n.ids, id); len(n.ids) >= 4*n.most {
		n.cut()
	}
}

func (n *nearest) cut() {
	slices.SortFunc(n.ids, bytes.Compare)
	n.ids = slices.CompactFunc(n.ids, bytes.Equal) // a set may be listed under several keys
	if len(n.ids) > n.most {
		n.ids = n.ids[:n.most]
		n.top = n.ids[n.most-1]
	}
}

func (n *nearest) sorted() []change.RecordID {
	n.cut()
	ids := make([]change.RecordID, len(n.ids))
	for i, id := range n.ids {
		ids[i] = change.RecordID(id)
	}
	return ids
}
