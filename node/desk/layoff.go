package desk

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// The kinds of layoffs.
const (
	layoffNotice = "layoff_notice"
	layoffWorker = "layoff_worker"
	layoffClosed = "6" // layoff_state
)

// Workers finds workers of a notice by their ID numbers, among all that a hub's view has.
type Workers func(ctx context.Context, numbers []string) (Found, error)

// Found are the persons below a hub that ID numbers lead to, and the workers whom notices
// name already, both by the number.
type Found struct {
	Persons map[string][]change.RecordID
	Named   map[string][]NamedWorker
}

// NamedWorker is a worker whom a notice names already.
type NamedWorker struct{ Notice, Person change.RecordID }

// placing puts the workers of one input where they belong: each to the one community that
// holds the person, since what a hub says to more units than that is read by all of them.
type placing struct {
	*Desk
	kind  *schema.Kind
	today string
	found Found
}

// place adds to workers whom they are and when they leave. The answers are the items, and
// for each why it cannot be so; nil for all that is no worker written at a hub.
func (d *Desk) place(ctx context.Context, kind string, items []json.RawMessage) (placed []json.RawMessage, refused []error, err error) {
	if kind != layoffWorker || !d.at.IsHub() {
		return items, make([]error, len(items)), nil
	}
	p := placing{Desk: d}
	p.kind, _ = d.at.Schema.Kind(kind)
	if p.today, err = d.at.Day(); err != nil {
		return nil, nil, err
	}
	objects, refused := make([]map[string]any, len(items)), make([]error, len(items))
	var numbers []string
	for i, raw := range items {
		if objects[i], refused[i] = p.read(raw); objects[i] != nil {
			numbers = append(numbers, numberOf(objects[i]))
		}
	}
	switch {
	case len(numbers) == 0:
		return items, refused, nil
	case d.Workers == nil:
		return nil, nil, fault.New(fault.Unsupported, "this hub keeps no view in which to find the workers").WithHint("record them at a hub with view: true, or at the city")
	}
	if p.found, err = d.Workers(ctx, numbers); err != nil {
		return nil, nil, err
	}
	placed = make([]json.RawMessage, len(items))
	err = d.at.Journal.View(func(tx *journal.Tx) error {
		for i, object := range objects {
			placed[i] = items[i]
			if object == nil {
				continue
			}
			if refused[i] = p.fill(tx, object); refused[i] != nil && !refuses(refused[i]) {
				return refused[i]
			}
			if placed[i], err = json.Marshal(object); err != nil {
				return fault.As(fault.Internal, "write a worker", err)
			}
		}
		return nil
	})
	return placed, refused, err
}

// placeItems is place for an input that is written as a whole or not at all.
// Each worker is a new record: the line of a run may be another worker's later.
func (d *Desk) placeItems(ctx context.Context, kind string, items []Item, how *Saving) ([]Item, error) {
	if kind != layoffWorker || !d.at.IsHub() || how.Void {
		return items, nil
	}
	raws := make([]json.RawMessage, len(items))
	for i := range items {
		raws[i] = items[i].JSON
	}
	placed, refused, err := d.place(ctx, kind, raws)
	if err != nil {
		return nil, err
	}
	all := make([]Item, len(items))
	for i := range items {
		if refused[i] != nil {
			return nil, fault.Wrap(fmt.Sprintf("line %d", items[i].Line), refused[i])
		}
		if all[i] = (Item{Line: items[i].Line, JSON: placed[i]}); !bytes.Equal(placed[i], items[i].JSON) {
			how.Run = ""
		}
	}
	return all, nil
}

// placeRows is place for rows of an import, of which each is right or wrong by itself.
func (in *intake) placeRows(ctx context.Context, rows []Row) (all []Row, refused []error, err error) {
	all, refused = slices.Clone(rows), make([]error, len(rows))
	var raws []json.RawMessage
	var at []int
	for i, row := range rows {
		if row.Kind == layoffWorker {
			raws, at = append(raws, row.Item), append(at, i)
		}
	}
	if len(at) == 0 {
		return all, refused, nil
	}
	placed, wrong, err := in.place(ctx, layoffWorker, raws)
	if err != nil {
		return nil, nil, err
	}
	for i, n := range at {
		all[n].Item, refused[n] = placed[i], wrong[i]
		if wrong[i] == nil && !bytes.Equal(placed[i], raws[i]) {
			all[n].Item, err = in.named(placed[i])
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return all, refused, nil
}

// named gives a new record its name, so that it has none of the line in the run.
func (in *intake) named(raw json.RawMessage) (json.RawMessage, error) {
	object := map[string]any{}
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, fault.As(fault.Internal, "name a worker", err)
	}
	object["id"] = string(change.NewRecordID(in.at.Members.Unit().ID, uuid.Must(uuid.NewV7())))
	raw, err := json.Marshal(object)
	if err != nil {
		return nil, fault.As(fault.Internal, "name a worker", err)
	}
	return raw, nil
}

// read reads an item with the fields under their own names; nil for one that says
// itself whom it is about, as other events at a hub do.
func (p *placing) read(raw json.RawMessage) (map[string]any, error) {
	item := Item{JSON: raw}
	t, err := item.decode()
	if err != nil {
		return nil, err
	}
	object := map[string]any{}
	for name, value := range t.object {
		if f, known := p.kind.Field(name); known {
			name = f.Name
		}
		object[name] = value
	}
	if person, _ := object["person"].(string); person != "" {
		return nil, nil //nolint:nilnil // there is nothing to place
	}
	if t.id != "" {
		return nil, fault.New(fault.Invalid, "a worker who was told to a community is not changed").WithHint("leave the id out; name the worker again where something was wrong")
	}
	return object, nil
}

func numberOf(object map[string]any) string {
	text, _ := object["id_number"].(string)
	return schema.NormalizeID(text)
}

// fill says of a worker who it is, the day, and what the notice says.
func (p *placing) fill(tx *journal.Tx, object map[string]any) error {
	notice, err := p.notice(tx, object)
	if err != nil {
		return err
	}
	number := numberOf(object)
	person, err := p.personOf(object, number)
	if err != nil {
		return err
	}
	for _, w := range p.found.Named[number] {
		if w.Notice == notice.ID() && (w.Person == person || !p.isKnown(number)) {
			return errNamedTwice
		}
	}
	if number != "" {
		if p.found.Named == nil {
			p.found.Named = map[string][]NamedWorker{}
		}
		p.found.Named[number] = append(p.found.Named[number], NamedWorker{Notice: notice.ID(), Person: person})
	}
	unit, _ := person.Maker()
	maps.Copy(object, map[string]any{"person": string(person), "notice": string(notice.ID()), "for_unit": string(unit)})
	object["on"] = orElse(object["on"], p.today)
	object["leaving_on"] = orElse(object["leaving_on"], notice.Value("event_on").Text())
	return nil
}

func orElse(given any, usual string) any {
	if text, isText := given.(string); given == nil || isText && text == "" {
		return usual
	}
	return given
}

func (p *placing) isKnown(number string) bool { return len(p.found.Persons[number]) > 0 }

var errNamedTwice = fault.New(fault.Invalid, "the notice names this worker already").WithHint("each worker of a notice is told to the community once")

// notice is the notice that a worker is of: one of this hub, which is open.
func (p *placing) notice(tx *journal.Tx, object map[string]any) (*merge.Record, error) {
	text, _ := object["notice"].(string)
	if text == "" {
		return nil, fault.New(fault.Invalid, "the worker is of no notice").WithHint("name the notice by its id or its own number")
	}
	id, err := p.nameOf(tx, layoffNotice, change.RecordID(text))
	if err != nil {
		return nil, err
	}
	rec, err := p.at.Records.Get(tx, layoffNotice, id)
	switch {
	case err != nil:
		return nil, err
	case rec == nil || rec.Void():
		return nil, fault.New(fault.Invalid, "no such layoff notice here").WithHint("record the notice first: tongbu put layoff_notice")
	case rec.Value("state").Text() == layoffClosed:
		return nil, fault.New(fault.Invalid, "the notice was closed on %s", cmp.Or(rec.Value("closed_on").Text(), "a day before")).WithHint("set its state back first")
	}
	return rec, nil
}

// personOf is the person of a number. Nobody knows one: then it is somebody of the
// community that is named, who has yet to be entered there.
func (p *placing) personOf(object map[string]any, number string) (change.RecordID, error) {
	found := p.found.Persons[number]
	unit, err := p.unitOf(object)
	if err != nil {
		return "", err
	}
	for _, id := range found {
		if maker, _ := id.Maker(); len(found) == 1 || maker == unit {
			return id, nil
		}
	}
	switch {
	case len(found) > 1:
		return "", fault.New(fault.Invalid, "several communities have this ID number").WithHint("name the one where the worker lives (for_unit)")
	case unit == "":
		return "", fault.New(fault.Invalid, "nobody below has this ID number").WithHint("name the community of the worker's address (for_unit); the city finds people of all districts")
	}
	return change.NewRecordID(unit, uuid.Must(uuid.NewV7())), nil
}

// unitOf is the community that a worker is said to live in; "" for none.
func (p *placing) unitOf(object map[string]any) (change.UnitID, error) {
	text, _ := object["for_unit"].(string)
	if text == "" {
		return "", nil
	}
	t := p.at.Members.Tree()
	if t == nil {
		return "", fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
	}
	u, known := t.ByCode(text)
	if !known {
		u, known = t.Unit(change.UnitID(text))
	}
	if !known || u.Level != tree.Community || !t.Below(p.at.Members.Unit().ID, u.ID) {
		return "", fault.New(fault.Invalid, "for_unit is no community below this unit").WithHint("a street or district would tell it to all its communities: name the community, by its code of twelve digits")
	}
	return u.ID, nil
}

// judgeClosed refuses to close a notice a second time.
func (drawn *draft) judgeClosed(k *schema.Kind) error {
	if k.Name != layoffNotice || drawn.known == nil || drawn.known.Value("state").Text() != layoffClosed {
		return nil
	}
	was, day := drawn.known.Value("closed_on"), drawn.values["closed_on"]
	state, given := drawn.values["state"]
	if !was.IsNull() && !day.IsNull() && day != was && (!given || state.Text() == layoffClosed) {
		return fault.New(fault.Invalid, "the notice was closed on %s already", was.Text()).WithHint("to open it again set another state, and empty closed_on")
	}
	return nil
}
