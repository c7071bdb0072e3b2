package desk

import (
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Shown is a record for people and programs: its fields, and one of three words
// for how far it has come.
type Shown struct {
	ID        change.RecordID     `json:"id"`
	Unit      string              `json:"unit,omitempty"`  // division code
	State     string              `json:"state,omitempty"` // saved, received or recorded; a derived row has none
	Void      bool                `json:"void,omitempty"`
	Conflicts []string            `json:"conflicts,omitempty"` // fields with values side by side
	Version   string              `json:"version,omitempty"`   // what is shown, to be given back with an edit; not in lists
	Fields    map[string]any      `json:"fields"`
	Called    map[string]string   `json:"called,omitempty"`    // in an export: what the records are called that the fields name
	Findings  []string            `json:"findings,omitempty"`  // rules that it fails; in a list only when the filter asks
	FoundIn   map[string][]string `json:"-"`                   // of the rules that all fields have: the fields that fail them
	Explained []string            `json:"explained,omitempty"` // those for which it gives a reason
	Refused   []Lost              `json:"refused,omitempty"`   // changes without effect, until they are put right
}

// The three words, and the one for a change that has no effect.
const (
	Saved    = "saved"    // on this device's disk
	Received = "received" // on the disk of the next hub
	Recorded = "recorded" // covered by the city's receipt, and nothing that the city had said by then refuses it
	Refused  = "refused"  // by the city, in words that are here
)

func (d *Desk) showRecord(tx *journal.Tx, k *schema.Kind, rec *merge.Record) (*Shown, error) {
	shown := &Shown{ID: rec.ID(), Void: rec.Void(), Fields: d.showFields(k, schema.Standing(rec.Values(), rec.Void()))}
	delete(shown.Fields, "unit")
	shown.Unit = d.at.Members.HolderCode(change.UnitID(records.ValueOf(rec, "unit").Text()))
	for _, c := range rec.Conflicts() {
		shown.Conflicts = append(shown.Conflicts, c.Field)
	}
	var err error
	if shown.State, err = d.recordState(tx, rec); err != nil {
		return nil, err
	}
	shown.Refused, err = d.showLost(tx, k, rec.ID())
	return shown, err
}

// showFields shows units by their division codes, as people know them.
func (d *Desk) showFields(k *schema.Kind, values map[string]change.Value) map[string]any {
	object := k.Object(values)
	for name, item := range object {
		f, ok := k.Field(name)
		if ok && f.IsComputed() {
			delete(object, name) // whatever a change says
		}
		if ok && f.Type == schema.Unit {
			if id, isText := item.(string); isText {
				object[name] = d.at.Members.Code(change.UnitID(id))
			}
		}
	}
	return object
}

// addTiers adds what a filter may name beside the fields: the codes of the unit
// and of the tiers above it.
func (d *Desk) addTiers(values map[string]change.Value, unit change.UnitID) {
	values["unit"] = change.Text(d.at.Members.HolderCode(unit))
	t := d.at.Members.Tree()
	if t == nil {
		return
	}
	for level := tree.City; level <= tree.Community; level++ {
		u, _ := t.At(unit, level)
		values[level.String()] = change.Text(u.Code)
	}
}

// recordState is how far the record's newest own change has come, of those that
// stand.
func (d *Desk) recordState(tx *journal.Tx, rec *merge.Record) (string, error) {
	word := Recorded
	past, err := d.at.Records.Standing(tx, rec.Kind(), rec.ID())
	for _, p := range past {
		reached, err := d.changeState(tx, p.Stream, p.Seq)
		switch {
		case err != nil || reached == Saved:
			return reached, err
		case reached == Received:
			word = Received
		}
	}
	return word, err
}

// changeState is how far the change at a place has come. What others wrote came
// from above, and what the city wrote is there.
func (d *Desk) changeState(tx *journal.Tx, in change.Stream, seq uint64) (string, error) {
	if !d.at.IsOwn(in) || d.at.IsRoot() {
		return Recorded, nil
	}
	r, err := d.at.Streams.Reached(tx, in)
	switch {
	case err != nil:
		return "", err
	case seq > r.Parent:
		return Saved, nil
	case seq > r.City:
		return Received, nil
	}
	return Recorded, nil
}
