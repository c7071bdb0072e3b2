package system

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/merge"
)

// CustodyKind is the kind of the city's words on whose a record is.
const CustodyKind = "custody"

// Names of a word's fields, beside those of a refusal.
const (
	fieldNumber   = "number"
	fieldUnitTo   = "to_unit"
	fieldUnitFrom = "from_unit"
	fieldAt       = "at_unit"
	fieldTransfer = "transfer"
	fieldDay      = "on"
	fieldEpoch    = "epoch"
)

// Custody is a word of the city that gives one record to a unit. A record without
// any is its maker's.
type Custody struct {
	Kind     string
	Record   change.RecordID
	Number   uint64        // of the record's words, from 1
	From     change.UnitID // whose it is by the number before
	To       change.UnitID // whose it is from here on
	At       change.UnitID // unit on whose line it stands from here on: To, or a unit below
	Transfer change.RecordID
	Day      string // YYYY-MM-DD
	Epoch    uint64 // of the city, in which it was said
}

// ID names the word by what it says: the same one said twice is one word.
func (w *Custody) ID() change.RecordID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%s\n%s\n%s\n%d", w.Kind, w.Record, w.Number, w.From, w.To, w.At, w.Epoch))
	return change.RecordID(hex.EncodeToString(sum[:20]))
}

// Fields are those of the change that says it.
func (w *Custody) Fields() map[string]change.Value {
	fields := map[string]change.Value{
		fieldKind: change.Text(w.Kind), fieldRecord: change.Text(string(w.Record)), fieldNumber: change.Int(int64(w.Number)),
		fieldUnitFrom: change.Text(string(w.From)), fieldUnitTo: change.Text(string(w.To)), fieldAt: change.Text(string(w.At)),
		fieldEpoch: change.Int(int64(w.Epoch)), fieldUnit: change.Text(string(w.At)),
	}
	if w.Transfer != "" {
		fields[fieldTransfer] = change.Text(string(w.Transfer))
	}
	if w.Day != "" {
		fields[fieldDay] = change.Text(w.Day)
	}
	return fields
}

// CustodyIn reads a word from the change that says it; false for any other change.
func CustodyIn(c *change.Change) (Custody, bool) {
	if c.Kind != CustodyKind {
		return Custody{}, false
	}
	r := merge.New(c.Kind, c.Record)
	r.Apply(change.Stream{}, c)
	return CustodyFrom(r)
}

// CustodyFrom reads a word from its merged record. It is false for a void one, and
// for one that does not name itself: they have no effect.
func CustodyFrom(r *merge.Record) (Custody, bool) {
	if r.Kind() != CustodyKind || r.Void() {
		return Custody{}, false
	}
	return CustodyNamed(r)
}

// CustodyNamed is CustodyFrom for a word that may be void.
func CustodyNamed(r *merge.Record) (Custody, bool) {
	w := Custody{Kind: r.Value(fieldKind).Text(), Record: change.RecordID(r.Value(fieldRecord).Text()), Number: number(r.Value(fieldNumber)),
		From: change.UnitID(r.Value(fieldUnitFrom).Text()), To: change.UnitID(r.Value(fieldUnitTo).Text()), At: change.UnitID(r.Value(fieldAt).Text()),
		Transfer: change.RecordID(r.Value(fieldTransfer).Text()), Day: r.Value(fieldDay).Text(), Epoch: number(r.Value(fieldEpoch))}
	return w, r.Kind() == CustodyKind && w.Number > 0 && w.Record.ValidateName() == nil && r.ID() == w.ID()
}
