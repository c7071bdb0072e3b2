package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// Corrections are the requests for corrections that a desk has to do with.
type Corrections struct{ desk *Desk }

// CorrectionsOf are those of a desk.
func CorrectionsOf(d *Desk) Corrections { return Corrections{desk: d} }

// List calls tell for the requests for corrections that this unit has made, and for
// those that it is to answer: of one state, or all, the oldest first.
// Fields are named, and their values are for Show to say. It returns Invalid for a
// state that there is not.
func (a Corrections) List(ctx context.Context, state string, by Asker, tell func(*Correction) error) error {
	d := a.desk
	if state != "" && !slices.Contains(correctionStates, state) {
		return fault.New(fault.Invalid, "no request is ever %q", state).WithHint("states: %s", strings.Join(correctionStates, ", "))
	}
	all, err := d.requests()
	if err != nil {
		return fault.Wrap("read the requests", err)
	}
	var ids []change.RecordID
	kept := all[:0]
	for _, c := range all {
		if _, err := d.compare(ctx, c); err != nil {
			return err
		}
		if state == "" || c.State == state {
			kept, ids = append(kept, c), append(ids, c.ID)
		}
	}
	slices.SortFunc(kept, func(one, other *Correction) int {
		return cmp.Or(strings.Compare(one.Asked, other.Asked), strings.Compare(string(one.ID), string(other.ID)))
	})
	k, _ := d.at.Schema.Kind(schema.CorrectionRequest)
	if err := d.auditLook(ctx, audit.List, k, ids, by, nil); err != nil {
		return err
	}
	for _, c := range kept {
		if d.at.IsHub() && by.Purpose == "" {
			c.mask()
		}
		if err := tell(c); err != nil {
			return err
		}
	}
	return nil
}

// requests are all that are kept here and that this unit may look at.
func (d *Desk) requests() (all []*Correction, err error) {
	for after, more := records.Cursor(""), true; more; more = after != "" {
		err = d.at.Journal.View(func(tx *journal.Tx) error {
			page, err := d.at.Records.Page(tx, records.PageQuery{Kind: schema.CorrectionRequest, After: after, Match: d.mayLook})
			if err != nil {
				return err
			}
			after = page.Next
			for _, request := range page.Records {
				c, err := d.correctionOf(tx, request)
				if err != nil {
					return err
				}
				all = append(all, c)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Show shows one request beside its record: what the fields said when it was asked,
// what they say, and what is wanted. At a hub numbers of persons are masked where nobody
// says what for. Whom it tells of is in the audit log. It returns NotFound for a request
// that is not here.
func (a Corrections) Show(ctx context.Context, id change.RecordID, by Asker) (*Correction, error) {
	d := a.desk
	c, err := d.request(ctx, id)
	if err != nil {
		return nil, err
	}
	rec, err := d.compare(ctx, c)
	if err != nil {
		return nil, err
	}
	d.tell(c, rec, d.at.IsHub() && by.Purpose == "")
	looked := map[string][]change.RecordID{schema.CorrectionRequest: {c.ID}}
	if rec != nil {
		looked[rec.Kind()] = []change.RecordID{rec.ID()}
	}
	if err := d.auditLooks(ctx, audit.Get, looked, by); err != nil {
		return nil, err
	}
	return c, nil
}

// request is one that is kept here, or at a hub one that its view has.
func (d *Desk) request(ctx context.Context, id change.RecordID) (c *Correction, err error) {
	var rec *merge.Record
	if err = d.at.Journal.View(func(tx *journal.Tx) error {
		rec, err = d.at.Records.Get(tx, schema.CorrectionRequest, id)
		return err
	}); err != nil {
		return nil, err
	}
	if k, _ := d.at.Schema.Kind(schema.CorrectionRequest); rec == nil && d.Below != nil {
		if rec, err = d.Below.Record(ctx, k, id); err != nil && fault.Of(err) != fault.NotFound {
			return nil, err
		}
	}
	if rec == nil || !d.mayLook(rec) {
		return nil, errNoRequest
	}
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		c, err = d.correctionOf(tx, rec)
		return err
	})
	return c, err
}

var errNoRequest = fault.New(fault.NotFound, "no such request for a correction here").WithHint("tongbu correct list shows their ids")

// requestAt is one that is kept here, for who writes.
func (d *Desk) requestAt(tx *journal.Tx, id change.RecordID) (*merge.Record, error) {
	rec, err := d.at.Records.Get(tx, schema.CorrectionRequest, id)
	if err == nil && (rec == nil || !d.mayLook(rec)) {
		err = errNoRequest
	}
	return rec, err
}

// Waiting is how many requests wait for the answer of this unit.
func (a Corrections) Waiting() (n int, err error) {
	d := a.desk
	all, err := d.requests()
	for _, c := range all {
		if c.answer == nil && !c.request.Void() && c.Unit == d.at.Members.Unit().Code {
			n++
		}
	}
	return n, err
}
