package desk

import (
	"context"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// Count counts the records of a kind that List would list. Nobody is shown, so the audit
// log has nothing of it, and a filter must not name a field that tells one person from
// others: that would be a look-up. Its errors are those of List, and Denied for such a
// filter.
func (d *Desk) Count(ctx context.Context, kind, where string) (n int, err error) {
	k, err := d.readableKind(kind)
	if err != nil {
		return 0, err
	}
	expr, _, err := d.parseFilter(k, where)
	if err != nil {
		return 0, err
	}
	for _, f := range k.Fields {
		if k.Personal && f.IsPersonal() && expr.Names(f.Name) {
			return 0, fault.New(fault.Denied, "to count by %s is to look somebody up", f.Name).WithHint("list them: that is written into the audit log")
		}
	}
	if k.Sort == schema.Derived {
		c, err := d.chosenOf(ctx, k, "", wish{where: where}, expr)
		if err != nil {
			return 0, err
		}
		return len(c.rows), nil
	}
	judge, err := d.judgeOf(k, expr)
	if err != nil {
		return 0, err
	}
	return d.countRecords(ctx, wanted{kind: k, expr: expr, judge: judge})
}

// countRecords counts page by page, so that no transaction is long.
func (d *Desk) countRecords(ctx context.Context, w wanted) (n int, err error) {
	if asksForLost(w.expr) {
		return d.countLost(w)
	}
	after := records.Cursor("")
	for more := true; more && err == nil; more = after != "" {
		if ctx.Err() != nil {
			return 0, fault.Wrap("count", ctx.Err())
		}
		err = d.at.Journal.View(func(tx *journal.Tx) error {
			var unread error
			page, err := d.at.Records.Page(tx, records.PageQuery{Kind: w.kind.Name, Where: d.storedTerms(w.expr.Terms()), After: after, Match: func(rec *merge.Record) bool {
				lost := false
				if w.expr.Names(refusedField.Name) && unread == nil {
					var past []records.Past
					past, unread = d.at.Records.Lost(tx, w.kind.Name, rec.ID())
					lost = len(past) > 0
				}
				return d.matches(w, rec, lost)
			}})
			n, after = n+len(page.Records), page.Next
			if err == nil {
				err = unread
			}
			return err
		})
	}
	return n, err
}

func (d *Desk) countLost(w wanted) (n int, err error) {
	ids, err := d.namesOfLost(w.kind.Name)
	if err != nil {
		return 0, err
	}
	next := d.pagerOfLost(w, ids)
	for more := true; more && err == nil; {
		var page []*Shown
		page, more, err = next()
		n += len(page)
	}
	return n, err
}
