package desk

import (
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// stand says how a request stands beside its record, nil for one that is not here. It is
// the same wherever these three are the same.
func (c *Correction) stand(rec *merge.Record) {
	c.Gone = rec == nil
	same := rec != nil && c.kind != nil
	if rec != nil {
		c.Void, c.Version = rec.Void(), versionOf(rec)
	}
	taken := strings.Split(valueText(c.answer, "taken"), ",")
	for _, name := range c.names() {
		f := CorrectedField{Field: name, Cleared: c.wanted[name].IsNull(), Taken: slices.Contains(taken, name)}
		if rec != nil {
			was, asked := c.was[name]
			f.Same, f.Edited = rec.Value(name) == c.wanted[name], !asked || rec.Value(name) != was
		}
		same = same && f.Same
		c.Fields = append(c.Fields, f)
	}
	switch {
	case c.answer != nil: // also of one that was withdrawn while the answer was on its way: the record was edited
		c.State = valueText(c.answer, "step")
	case c.request.Void():
		c.State = CorrectionWithdrawn
	case c.Void || same:
		c.State = CorrectionOvertaken
	default:
		c.State = CorrectionAsked
	}
}

// names are the fields that are asked for, in the order of the kind.
func (c *Correction) names() (names []string) {
	if c.kind == nil {
		return nil
	}
	for _, f := range c.kind.Fields {
		if _, asked := c.wanted[f.Name]; asked {
			names = append(names, f.Name)
		}
	}
	return names
}

// tell adds what the fields said, say and are to say, numbers of persons masked or not.
func (d *Desk) tell(c *Correction, rec *merge.Record, masked bool) {
	shown := func(values map[string]change.Value) map[string]any {
		if c.kind == nil {
			return nil
		}
		fields := d.showFields(c.kind, values)
		if masked {
			maskFields(c.kind, fields)
		}
		return fields
	}
	if masked {
		c.mask()
	}
	was, wanted, now := shown(c.was), shown(c.wanted), map[string]any{}
	if rec != nil {
		now = shown(schema.Standing(rec.Values(), rec.Void()))
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		f.Was, f.Now, f.Wanted = was[f.Field], now[f.Field], wanted[f.Field]
	}
}

func valueText(r *merge.Record, field string) string { return valueOf(r, field).Text() }

// mask masks the ID numbers in its texts.
func (c *Correction) mask() {
	for _, text := range []*string{&c.Name, &c.Reason, &c.Opinion} {
		*text = schema.MaskIDNumbers(*text)
	}
}
