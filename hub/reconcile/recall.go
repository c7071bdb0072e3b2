package reconcile

import (
	"encoding/binary"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/syncer/custody"
)

// A city that was put back judges again what arrives again, in another order:
// a change that it had refused may come first and take the record of the unit
// that held it. But those below still have what the city had said, and give
// it back. So it heeds its own earlier words: what they refuse is refused, and
// a record that such a change has taken meanwhile goes to who contested it.
const (
	recalledTable  = "reconcile.recalled"  // refusal's id -> one byte
	contestedTable = "reconcile.contested" // kind 0 id 0 arrival 8 refusal's id -> unit that was refused as not the custodian
)

// recall heeds a batch of the city's own words of an earlier incarnation. One
// that cannot be read says nothing.
func (r *Reconciler) recall(w *custody.Writer, a journal.Arrival) error {
	batches, err := w.Batches(a.Stream, a.First-1, 1)
	if err != nil || len(batches) == 0 {
		return err
	}
	changes, err := batches[0].Changes()
	if err != nil {
		return nil //nolint:nilerr // as said
	}
	for _, c := range changes {
		if c.Kind != records.RefusalKind {
			continue
		}
		if err := r.recallOne(w, c); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reconciler) recallOne(w *custody.Writer, c *change.Change) error {
	table, id := w.Table(recalledTable), []byte(c.Record)
	if c.Fields["valid"].Text() == "0" {
		return table.Delete(id)
	}
	if err := table.Put(id, []byte{1}); err != nil || c.Fields["rule"].Text() != ruleCustodian {
		return err
	}
	of := &change.Change{Kind: c.Fields["kind"].Text(), Record: change.RecordID(c.Fields["record"].Text())}
	return r.yield(w, of, change.UnitID(c.Fields["unit"].Text()))
}

// recalled reports whether the city had refused the change at a place.
func recalled(w *custody.Writer, in change.Stream, seq uint64) (bool, error) {
	raw, err := w.Table(recalledTable).Get([]byte(RefusalID(in, seq)))
	return raw != nil, err
}

// contest notes that a unit was refused as not the custodian, in the order of
// arrival.
func contest(w *custody.Writer, arrival uint64, v verdict, refusal change.RecordID, unit change.UnitID) error {
	key := append(ownerKey(&change.Change{Kind: v.kind, Record: v.record}), 0)
	key = append(binary.BigEndian.AppendUint64(key, arrival), refusal...)
	return w.Table(contestedTable).Put(key, []byte(unit))
}

// yield takes a record from a unit that had been refused it, and gives it to
// one that was refused in its favour; the refusals of that one are taken back.
func (r *Reconciler) yield(w *custody.Writer, of *change.Change, from change.UnitID) error {
	owner, err := w.Table(ownerTable).Get(ownerKey(of))
	if err != nil || change.UnitID(owner) != from {
		return err
	}
	heir, theirs, err := contested(w, of, from)
	if err != nil {
		return err
	}
	if heir == "" {
		return w.Table(ownerTable).Delete(ownerKey(of))
	}
	for _, c := range theirs {
		if err := r.takeBack(w, heir, c); err != nil {
			return err
		}
	}
	return w.Table(ownerTable).Put(ownerKey(of), []byte(heir))
}

// contender is an entry of contestedTable.
type contender struct {
	key     []byte
	refusal change.RecordID
}

// contested finds the unit, other than one, that was refused a record first,
// and its refusals.
func contested(w *custody.Writer, of *change.Change, but change.UnitID) (heir change.UnitID, theirs []contender, err error) {
	prefix := append(ownerKey(of), 0)
	err = w.Table(contestedTable).Ascend(nil, prefix, func(key, unit []byte) error {
		if u := change.UnitID(unit); u != but && (heir == "" || heir == u) {
			heir = u
			theirs = append(theirs, contender{key: key, refusal: change.RecordID(key[len(prefix)+8:])})
		}
		return nil
	})
	return heir, theirs, err
}

func (r *Reconciler) takeBack(w *custody.Writer, unit change.UnitID, c contender) error {
	own, err := w.Own(unit)
	if err != nil {
		return err
	}
	edit := records.Edit{Kind: records.RefusalKind, ID: c.refusal, Fields: map[string]change.Value{"valid": change.Text("0")},
		Actor: "city", At: r.cfg.Now().UnixMilli()}
	if _, err := r.cfg.Records.Put(w.Tx, own, r.cfg.Registry.Unit().ID, edit); err != nil {
		return fault.Wrap("take back a refusal", err)
	}
	return w.Table(contestedTable).Delete(c.key)
}
