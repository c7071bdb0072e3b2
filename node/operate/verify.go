package operate

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/node/account"
	"tongbu/node/nightly"
	"tongbu/syncer/streams"
)

// Verified is the report of a full check of a directory.
type Verified struct {
	OK       bool     `json:"ok"`
	Streams  int      `json:"streams"`
	Batches  int      `json:"batches"`
	Changes  int      `json:"changes"`
	Kept     int      `json:"kept,omitempty"` // changes of them whose batches were cut off, with their signatures
	Receipts int      `json:"receipts"`
	Records  int      `json:"records"`         // states rebuilt from the journal and compared
	View     int      `json:"view,omitempty"`  // rows of the view compared
	Audit    uint64   `json:"audit,omitempty"` // entries of the audit log
	Problems []string `json:"problems"`        // the first of them

	Digests []account.Compared `json:"digests"` // what devices have said of units, beside what is here

	ProblemsTotal int `json:"problems_total"`
}

// Checked says which digests of units a check compares. The zero value: all, each for
// the day that was said last.
type Checked struct {
	On   string // day
	Unit string // division code
}

// asked returns Invalid for a day that the calendar does not have and for a unit that
// is not in the tree.
func (o *Operate) asked(of Checked) (a account.Asked, err error) {
	if of.On != "" && !calendar.Valid(of.On) {
		return a, fault.New(fault.Invalid, "the day is no date of the calendar").WithHint("give it as YYYY-MM-DD")
	}
	a.On = of.On
	if of.Unit == "" {
		return a, nil
	}
	t := o.at.Members.Tree()
	if t == nil {
		return a, fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
	}
	u, ok := t.Had(of.Unit)
	if !ok {
		return a, fault.New(fault.Invalid, "there is no unit of this code in the tree").WithHint("tongbu list unit shows the codes")
	}
	a.Unit = u.ID
	return a, nil
}

// maxProblems bounds the list; more of them say nothing new.
const maxProblems = 100

// addProblem adds to the list.
func (v *Verified) addProblem(format string, args ...any) {
	v.OK = false
	v.ProblemsTotal++
	if len(v.Problems) < maxProblems {
		v.Problems = append(v.Problems, fmt.Sprintf(format, args...))
	}
}

// Verify checks chains, hashes, signatures and rights of all batches, the
// receipts, that every record's state is what the journal makes of it, that the
// indexes list the records as they are, and at a hub that the view is what the
// journal makes of it. Wrong indexes are made again. What other devices have said of
// units is held against what is here, as asked.
//
// How it went is kept for the status.
func (o *Operate) Verify(ctx context.Context, of Checked) (*Verified, error) {
	began := o.at.Now()
	v, err := o.verify(ctx, of)
	if kind := fault.Of(err); kind == fault.Canceled || kind == fault.Invalid { // nothing was found, nor was nothing
		return v, err
	}
	o.keepByHand(nightly.Verify, nightly.ByHand(verifiedRun(v), began, o.at.Now(), cmp.Or(err, v.failure())))
	return v, err
}

func (o *Operate) verify(ctx context.Context, of Checked) (*Verified, error) {
	asked, err := o.asked(of)
	if err != nil {
		return nil, err
	}
	free, err := o.alone(ctx)
	if err != nil {
		return nil, err
	}
	defer free()
	v := &Verified{OK: true, Problems: []string{}}
	report, err := o.at.Journal.Verify(ctx, o.checkBatch)
	if err != nil {
		return nil, err
	}
	v.Streams, v.Batches, v.Changes, v.Receipts, v.Kept = report.Streams, report.Batches, report.Changes, report.Receipts, report.Kept
	for _, p := range report.Problems {
		v.addProblem("%s: %v", p.Where, p.Err)
	}
	copied, err := o.at.Streams.Copied()
	if err != nil {
		return nil, err
	}
	if copied != "" {
		v.addProblem("%s", copied)
	}
	if err := o.checkReceipts(v); err != nil {
		return nil, err
	}
	if err := o.checkAudit(ctx, v); err != nil {
		return nil, err
	}
	if err := o.checkRecords(ctx, v); err != nil {
		return v, err
	}
	if o.beyond.Compare != nil {
		if err := o.beyond.Compare(ctx, v); err != nil {
			return v, err
		}
	}
	return v, o.checkDigests(ctx, v, asked)
}

func (o *Operate) checkDigests(ctx context.Context, v *Verified, asked account.Asked) (err error) {
	if v.Digests, err = account.Compare(ctx, o.at, o.beyond.Books, asked); err != nil {
		return err
	}
	for _, d := range v.Digests {
		if d.Result == digest.Wrong {
			v.addProblem("device %s holds other %s of %s %s for %s, of the same changes", d.Against, d.By, d.Unit, d.Name, d.On)
		}
	}
	return nil
}

func (o *Operate) checkAudit(ctx context.Context, v *Verified) error {
	said, err := o.at.Lookups.SaidHeads()
	if err != nil {
		return err
	}
	entries, problems, err := o.at.Lookups.Log().Verify(ctx, said)
	v.Audit = entries
	for _, p := range problems {
		v.addProblem("%v", p.Err)
	}
	return err
}

func (o *Operate) checkBatch(author change.UnitID, b *change.Batch) error {
	member, key, err := o.readCertificate(b.Stream.Device)
	if err != nil {
		return err
	}
	if member.Unit != author {
		return access.Unsaid(b.Stream)
	}
	if err := access.Say(o.at.Members, author, b.Stream); err != nil {
		return err
	}
	return b.Verify(key)
}

func (o *Operate) readCertificate(d change.DeviceID) (member identity.Member, key []byte, err error) {
	var certificate []byte
	err = o.at.Journal.View(func(tx *journal.Tx) (err error) {
		certificate, err = tx.Author(d)
		return err
	})
	if err != nil {
		return member, nil, err
	}
	if certificate == nil {
		return member, nil, fault.New(fault.Damaged, "certificate of device %s is missing", d)
	}
	return o.at.Keys.Verifier().Author(certificate)
}

func (o *Operate) checkReceipts(v *Verified) error {
	receipts, err := o.readReceipts()
	for _, r := range receipts {
		if err := o.checkReceipt(r); err != nil {
			v.addProblem("receipt of stream %s: %v", r.Stream, err)
		}
	}
	return err
}

// readReceipts are read first and checked after: a check reads the journal too,
// and a transaction within another one can wait for itself.
func (o *Operate) readReceipts() (receipts []*change.SignedReceipt, err error) {
	err = o.at.Journal.View(func(tx *journal.Tx) error {
		return tx.Receipts(func(r *change.SignedReceipt) error {
			receipts = append(receipts, r)
			return nil
		})
	})
	if fault.Of(err) == fault.Damaged {
		err = nil // reported with the values of the journal
	}
	return receipts, err
}

// checkReceipt wants the city's signature and, where the stream is held that far, a
// batch that ends as the receipt says. One of an earlier epoch covers what the city
// has lost.
func (o *Operate) checkReceipt(r *change.SignedReceipt) error {
	member, key, err := o.readCertificate(r.City)
	switch {
	case err != nil:
		return err
	case !access.Receipt(member.Unit, o.at.Place.RootUnit):
		return fault.New(fault.Denied, "it is not the city's")
	}
	if err := r.Verify(key); err != nil {
		return err
	}
	return o.at.Journal.View(func(tx *journal.Tx) error {
		void, err := streams.Void(tx, r)
		if err != nil || void {
			return err
		}
		info, ok, err := tx.Stream(r.Stream)
		if err != nil || !ok || r.Seq > info.Sealed.Seq || r.Mark() == info.Base {
			return err
		}
		ends, err := tx.Boundaries(r.Stream, r.Seq+1, 1)
		if err == nil && (len(ends) == 0 || ends[0] != r.Mark()) {
			err = fault.New(fault.Forked, "it is for another history than the one held here")
		}
		return err
	})
}

// namesAtOnce is how many records one transaction lists.
const namesAtOnce = 1000

// checkRecords compares every state with what the journal makes of it, and the
// indexes with the states.
func (o *Operate) checkRecords(ctx context.Context, v *Verified) error {
	c := records.Comparison{Source: o.at.Source(), Changes: v.Changes, Read: o.storedState, Names: o.eachState}
	compared, wrong, err := c.Run(ctx)
	v.Records = compared
	if err := v.Differ(wrong, "is not what the journal makes of it", err); err != nil {
		return err
	}
	return o.checkIndexes(ctx, v, wrong)
}

// checkIndexes leaves out records whose states are wrong: the indexes may be
// right about those.
func (o *Operate) checkIndexes(ctx context.Context, v *Verified, but []records.Key) error {
	misled, err := o.at.Records.Misled(ctx, o.at.Journal)
	misled = slices.DeleteFunc(misled, func(k records.Key) bool { return slices.Contains(but, k) })
	switch {
	case fault.Of(err) == fault.Damaged:
		v.addProblem("an index cannot be read, and lists were wrong; the indexes are made again: %v", err)
	case err != nil || len(misled) == 0:
		return err
	default:
		v.addProblem("lists were wrong about %d records, %s record %s the first; the indexes are made again", len(misled), misled[0].Kind, misled[0].ID)
	}
	return o.at.RemakeIndexes(ctx)
}

// Differ adds records that are not as they should be. Damage of the journal is not
// a failure of the check but what it found.
func (v *Verified) Differ(wrong []records.Key, how string, err error) error {
	for _, k := range wrong {
		v.addProblem("%s record %s %s", k.Kind, k.ID, how)
	}
	if fault.Of(err) == fault.Damaged {
		v.addProblem("records cannot be compared: %v", err)
		return nil
	}
	return err
}

// damagedState stands for a state that cannot be read: it equals none.
var damagedState = []byte("damaged")

func (o *Operate) storedState(_ context.Context, k records.Key) (raw []byte, err error) {
	err = o.at.Journal.View(func(tx *journal.Tx) error {
		return o.at.Records.EachState(tx, k.Kind, k.ID, func(id change.RecordID, state []byte) error {
			if id == k.ID {
				raw = state
			}
			return journal.ErrStop
		})
	})
	if fault.Of(err) == fault.Damaged {
		return damagedState, nil
	}
	return raw, err
}

func (o *Operate) eachState(fn func(records.Key) error) error {
	for after, more := (records.Key{}), true; more; {
		var keys []records.Key
		err := o.at.Journal.View(func(tx *journal.Tx) (err error) {
			keys, err = o.at.Records.Keys(tx, after, namesAtOnce)
			return err
		})
		if fault.Of(err) == fault.Damaged {
			return nil // reported with the values of the journal
		}
		if err != nil {
			return err
		}
		for _, k := range keys {
			if err := fn(k); err != nil {
				return err
			}
		}
		if more = len(keys) > 0; more {
			after = keys[len(keys)-1]
		}
	}
	return nil
}
