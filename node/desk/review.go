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

// Review judges all records that are kept here by the soft rules. It reads every record
// of the unit, once: what it returns is to be kept for a while. Nobody is shown, so the
// audit log has nothing of it. At a hub there is nothing to review.
func (d *Desk) Review(ctx context.Context) (all []*Reviewed, err error) {
	if d.at.IsHub() {
		return nil, nil
	}
	j, err := d.newJudge()
	if err != nil {
		return nil, err
	}
	for _, k := range d.at.Schema.Kinds() {
		if _, judged := k.Field(schema.FindingsField); !judged || k.System || k.Sort == schema.Derived {
			continue
		}
		of := *j
		of.kind = k
		found, err := d.reviewKind(ctx, &of)
		if err != nil {
			return nil, fault.Wrap("review the records", err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// reviewKind judges the records of one kind, page by page, so that no transaction is long.
func (d *Desk) reviewKind(ctx context.Context, j *judge) (all []*Reviewed, err error) {
	found := map[ruleKey]*Reviewed{}
	note := func(rules []string, explained bool, id change.RecordID) {
		for _, rule := range rules {
			key := ruleKey{rule, explained}
			if found[key] == nil {
				found[key] = &Reviewed{Kind: j.kind.Name, Rule: rule, Explained: explained}
				all = append(all, found[key])
			}
			found[key].IDs = append(found[key].IDs, id)
		}
	}
	after := records.Cursor("")
	for more := true; more && err == nil; more = after != "" {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		err = d.at.Journal.View(func(tx *journal.Tx) error {
			defer tx.Rest()
			page, err := d.at.Records.Page(tx, records.PageQuery{Kind: j.kind.Name, After: after, Match: func(rec *merge.Record) bool {
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
	return all, err
}

// ruleKey is a rule, and whether those who fail it say why.
type ruleKey struct {
	rule      string
	explained bool
}
