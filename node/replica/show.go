package replica

import (
	"net/http"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Shown is a record for people and programs: its fields, and the three words
// that tell how far it has come.
type Shown struct {
	ID        change.RecordID `json:"id"`
	Unit      string          `json:"unit,omitempty"` // division code
	State     string          `json:"state"`          // saved, received or recorded
	Void      bool            `json:"void,omitempty"`
	Conflicts []string        `json:"conflicts,omitempty"` // fields with values side by side
	Fields    map[string]any  `json:"fields"`
}

// The three words.
const (
	Saved    = "saved"    // on this device's disk
	Received = "received" // on the disk of the next hub
	Recorded = "recorded" // covered by the city's receipt
)

func (s *Replica) show(tx *journal.Tx, k *schema.Kind, rec *merge.Record) (*Shown, error) {
	shown := &Shown{ID: rec.ID(), Void: rec.Void(), Fields: s.fields(k, rec.Values())}
	delete(shown.Fields, "unit")
	shown.Unit = s.code(change.UnitID(rec.Value("unit").Text()))
	for _, c := range rec.Conflicts() {
		shown.Conflicts = append(shown.Conflicts, c.Field)
	}
	var err error
	shown.State, err = s.word(tx, rec)
	return shown, err
}

// fields shows units by their division codes, as people know them.
func (s *Replica) fields(k *schema.Kind, values map[string]change.Value) map[string]any {
	object := k.Object(values)
	for name, item := range object {
		if f, ok := k.Field(name); ok && f.Type == schema.Unit {
			if id, isText := item.(string); isText {
				object[name] = s.code(change.UnitID(id))
			}
		}
	}
	return object
}

// place adds what a filter may name beside the fields: the codes of the unit
// and of the tiers it stands in.
func (s *Replica) place(values map[string]change.Value, unit change.UnitID) {
	values["unit"] = change.Text(s.code(unit))
	t := s.Members.Tree()
	if t == nil {
		return
	}
	for level := tree.City; level <= tree.Community; level++ {
		u, _ := t.At(unit, level)
		values[level.String()] = change.Text(u.Code)
	}
}

func (s *Replica) code(unit change.UnitID) string {
	if t := s.Members.Tree(); t != nil {
		if u, ok := t.Unit(unit); ok {
			return u.Code
		}
	}
	return string(unit)
}

// word is how far the record's newest own change has come.
func (s *Replica) word(tx *journal.Tx, rec *merge.Record) (string, error) {
	word := Recorded
	past, err := s.Records.Places(tx, rec.Kind(), rec.ID())
	for _, p := range past {
		if p.Stream.Device != s.Keys.Device() || s.IsRoot() {
			continue
		}
		r, err := s.Streams.Reached(tx, p.Stream)
		if err != nil {
			return "", err
		}
		switch {
		case p.Seq > r.Parent:
			return Saved, nil
		case p.Seq > r.City:
			word = Received
		}
	}
	return word, err
}

// Past is one change in a record's history, for people.
type Past struct {
	Device   change.DeviceID `json:"device"`
	Unit     string          `json:"unit"`
	Seq      uint64          `json:"seq"`
	Count    uint64          `json:"count"` // place in the record's history
	Actor    string          `json:"actor,omitempty"`
	Entered  string          `json:"entered"`         // by the device's clock
	Ahead    bool            `json:"ahead,omitempty"` // Entered is more than a day ahead of the clock here; it decides nothing
	State    string          `json:"state"`
	Parallel bool            `json:"parallel,omitempty"` // made without knowing of another one
	Refused  bool            `json:"refused,omitempty"`
	Fields   map[string]any  `json:"fields"`
}

func (s *Replica) history(r *http.Request) (any, error) {
	k, err := s.kindOf(r)
	if err != nil {
		return nil, err
	}
	var past []Past
	err = s.Journal.View(func(tx *journal.Tx) error {
		found, err := s.Records.History(tx, k.Name, change.RecordID(r.PathValue("id")))
		if err != nil {
			return err
		}
		for _, p := range found {
			shown, err := s.showPast(tx, k, p)
			if err != nil {
				return err
			}
			past = append(past, shown)
		}
		return nil
	})
	if err == nil && past == nil {
		err = fault.New(fault.NotFound, "no such %s here", k.Name)
	}
	if err := s.seen(r, audit.History, k, []change.RecordID{change.RecordID(r.PathValue("id"))}, err); err != nil {
		return nil, err
	}
	return past, nil
}

func (s *Replica) showPast(tx *journal.Tx, k *schema.Kind, p records.Past) (Past, error) {
	info, _, err := tx.Stream(p.Stream)
	if err != nil {
		return Past{}, err
	}
	shown := Past{Device: p.Stream.Device, Unit: s.code(info.Author), Seq: p.Seq, Count: p.Change.Count(), Actor: p.Change.Actor,
		Entered: time.UnixMilli(p.Change.At).UTC().Format(time.RFC3339), Ahead: s.isAhead(p.Change.At), State: Recorded, Parallel: p.Parallel, Refused: p.Refused, Fields: s.fields(k, p.Change.Fields)}
	if p.Stream.Device != s.Keys.Device() || s.IsRoot() {
		return shown, nil
	}
	reached, err := s.Streams.Reached(tx, p.Stream)
	switch {
	case p.Seq > reached.Parent:
		shown.State = Saved
	case p.Seq > reached.City:
		shown.State = Received
	}
	return shown, err
}
