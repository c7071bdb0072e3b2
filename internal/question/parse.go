package question

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Limits of an answer that came from elsewhere. A link allows fewer bytes; the
// socket of one's own process may bring a page of a thousand long records.
const (
	maxBytes   = 64 << 20
	maxRows    = MaxPageSize
	maxColumns = 2 * change.MaxFields
	maxSilent  = 1 << 16
	maxMembers = 64 // of an object that is no row
)

// ParseAnswer reads the form the package describes, columns in the order the
// rows have them. It counts before it keeps, and takes nothing on trust: it
// returns Invalid for what is no answer, is over a limit, names a column twice
// in a row or in two orders, or holds two types in a column.
func ParseAnswer(raw []byte) (*Answer, error) {
	if len(raw) > maxBytes {
		return nil, malformed("it has more than %d bytes", maxBytes)
	}
	p := newParser(raw)
	a := &Answer{Rows: []Row{}, Coverage: Coverage{Silent: []Silent{}}}
	var table table
	err := p.members(func(name string) error {
		switch name {
		case "rows":
			return p.array(maxRows, "rows", func() error { return p.row(&table) })
		case "next_page_token":
			return p.text(&a.NextPageToken)
		case "coverage":
			return p.coverage(&a.Coverage)
		case "total":
			a.Total = new(int64)
			return p.decode(a.Total, "a count")
		case "moved":
			return p.decode(&a.Moved, "a yes or no")
		case "kept":
			return p.decode(&a.Kept, "a yes or no")
		}
		return p.skip()
	})
	if err == nil {
		err = p.end()
	}
	if err == nil {
		err = table.layOut(a)
	}
	if err != nil {
		return nil, fault.Wrap("read an answer", err)
	}
	return a, nil
}

// UnmarshalJSON is ParseAnswer for who decodes JSON.
func (a *Answer) UnmarshalJSON(raw []byte) error {
	parsed, err := ParseAnswer(raw)
	if err == nil {
		*a = *parsed
	}
	return err
}

// UnmarshalJSON reads a coverage alone, as ParseAnswer does within an answer.
func (c *Coverage) UnmarshalJSON(raw []byte) error {
	p := newParser(raw)
	var parsed Coverage
	err := p.coverage(&parsed)
	if err == nil {
		err = p.end()
	}
	if err == nil {
		*c = parsed
	}
	return fault.Wrap("read the coverage of an answer", err)
}

func (p *parser) row(t *table) error {
	t.begin()
	return p.object(func(name string) error {
		column, err := t.column(name)
		if err != nil {
			return err
		}
		value, kind, err := p.value()
		if err != nil {
			return err
		}
		return t.put(column, kind, value)
	})
}

func (p *parser) coverage(c *Coverage) error {
	c.Silent = []Silent{}
	return p.members(func(name string) error {
		switch name {
		case "as_of":
			return p.time(&c.AsOf)
		case "units":
			return p.count(&c.Units)
		case "silent":
			return p.array(maxSilent, "silent units", func() error {
				s, err := p.silent()
				c.Silent = append(c.Silent, s)
				return err
			})
		case "pending":
			return p.decode(&c.Pending, "a count")
		case "absent":
			return p.count(&c.Absent)
		case "conflicts":
			c.Conflicts = new(int64)
			return p.decode(c.Conflicts, "a count")
		case "today":
			return p.text(&c.Today)
		}
		return p.skip()
	})
}

func (p *parser) silent() (s Silent, err error) {
	err = p.members(func(name string) error {
		switch name {
		case "unit":
			return p.text(&s.Unit)
		case "since":
			return p.time(&s.Since)
		}
		return p.skip()
	})
	return s, err
}
