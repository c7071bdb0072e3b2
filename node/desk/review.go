package desk

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// Reviewed are the records of a kind that fail a rule.
type Reviewed struct {
	Kind      string
	Rule      string
	Explained bool // they say why, and are right
	IDs       []change.RecordID
}

// Review judges all records of a kind by the soft rules, in order of the rules. It
// reads every record of the unit: what it returns is to be kept for a while. Nobody is
// shown, so the audit log has nothing of it. It returns Invalid for a kind that is not
// kept here.
func (d *Desk) Review(ctx context.Context, kind string) (all []*Reviewed, err error) {
	k, err := d.readableKind(kind)
	if err != nil {
		return nil, err
	}
	expr, _, err := d.parseFilter(k, schema.FindingsField+":* OR "+schema.ExplainedField+":*")
	if err != nil {
		return nil, err
	}
	j, err := d.judgeOf(k, expr)
	if err != nil {
		return nil, err
	}
	found := map[ruleKey]*Reviewed{}
	note := func(rules []string, explained bool, id change.RecordID) {
		for _, rule := range rules {
			key := ruleKey{rule, explained}
			if found[key] == nil {
				found[key] = &Reviewed{Kind: k.Name, Rule: rule, Explained: explained}
				all = append(all, found[key])
			}
			found[key].IDs = append(found[key].IDs, id)
		}
	}
	after := records.Cursor("")
	for more := true; more && err == nil; more = after != "" {
		if ctx.Err() != nil {
			return nil, fault.Wrap("review the records", ctx.Err())
		}
		err = d.at.Journal.View(func(tx *journal.Tx) error {
			page, err := d.at.Records.Page(tx, records.PageQuery{Kind: k.Name, After: after, Match: func(rec *merge.Record) bool {
				values := map[string]change.Value{}
				j.addFindings(rec, values)
				note(itemsOf(values[schema.FindingsField]), false, rec.ID())
				note(itemsOf(values[schema.ExplainedField]), true, rec.ID())
				return false
			}})
			after = page.Next
			return err
		})
	}
	return all, fault.Wrap("review the records", err)
}

// ruleKey is a rule, and whether those who fail it say why.
type ruleKey struct {
	rule      string
	explained bool
}
