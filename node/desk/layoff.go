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
	"tongbu/internal/names"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/syncer/streams"
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
	Persons map[string][]FoundPerson
	Named   map[string][]NamedWorker
}

// FoundPerson is somebody whom an ID number leads to, as the register has it.
type FoundPerson struct {
	ID           change.RecordID
	Name, Status string
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
	alone bool // each item is right or wrong by itself: one that is wrong names nobody
}

// placed are items as they are to be written, why each cannot be so, and what else is to be
// looked at.
type placed struct {
	raws    []json.RawMessage
	refused []error
	warned  [][]string
	found   Found
}

func unplaced(items []json.RawMessage) *placed {
	return &placed{raws: slices.Clone(items), refused: make([]error, len(items)), warned: make([][]string, len(items))}
}

// places reports whether a hub says more of records of a kind than who enters them.
func places(kind string) bool { return kind == layoffWorker || kind == inspectionStep }

// place adds to workers whom they are and when they leave, and to steps of inspections which
// unit was inspected, where they are written at a hub. alone says that each item is right or
// wrong by itself.
func (d *Desk) place(ctx context.Context, kind string, items []json.RawMessage, alone bool) (*placed, error) {
	all := unplaced(items)
	switch {
	case !d.at.IsHub() || !places(kind):
		return all, nil
	case kind == inspectionStep:
		return all, d.placeSteps(ctx, all)
	}
	p := placing{Desk: d, alone: alone}
	p.kind, _ = d.at.Schema.Kind(kind)
	objects, numbers, err := p.readAll(all)
	switch {
	case err != nil:
		return nil, err
	case len(numbers) == 0:
		return all, nil
	case d.Workers == nil:
		return nil, errNoView
	}
	if p.found, err = d.Workers(ctx, numbers); err != nil {
		return nil, err
	}
	all.found = p.found
	return all, d.at.Journal.View(func(tx *journal.Tx) error { return p.fillAll(tx, objects, all) })
}

// errNoView is of a hub that cannot find whom a notice names. The notice goes with them: a
// worker is of a notice of the hub that tells the community.
var errNoView = fault.New(fault.Unsupported, "this hub keeps no view in which to find the workers").WithHint("record the notice and its workers at the city, or at a hub with view: true; each hub names workers of its own notices")

// readAll reads the items that are to be placed, nil for others, and the ID numbers of these.
func (p *placing) readAll(all *placed) (objects []map[string]any, numbers []string, err error) {
	if p.today, err = p.at.Day(); err != nil {
		return nil, nil, err
	}
	objects = make([]map[string]any, len(all.raws))
	err = p.at.Journal.View(func(tx *journal.Tx) error {
		for i, raw := range all.raws {
			if objects[i], all.refused[i] = p.read(tx, raw); all.refused[i] != nil && !refuses(all.refused[i]) {
				return all.refused[i]
			}
			if objects[i] != nil {
				numbers = append(numbers, numberOf(objects[i]))
			}
		}
		return nil
	})
	return objects, numbers, err
}

func (p *placing) fillAll(tx *journal.Tx, objects []map[string]any, all *placed) (err error) {
	for i, object := range objects {
		if object == nil {
			continue
		}
		all.warned[i], all.refused[i] = p.fill(tx, object)
		if all.refused[i] != nil && !refuses(all.refused[i]) {
			return all.refused[i]
		}
		if all.raws[i], err = json.Marshal(object); err != nil {
			return fault.As(fault.Internal, "write a worker", err)
		}
	}
	return nil
}

// placeItems is place for an input that is written as a whole or not at all.
// Each worker is a new record: the line of a run may be another worker's later.
func (d *Desk) placeItems(ctx context.Context, kind string, items []Item, how *Saving) ([]Item, [][]string, error) {
	if !places(kind) || !d.at.IsHub() || how.Void {
		return items, make([][]string, len(items)), nil
	}
	raws := make([]json.RawMessage, len(items))
	for i := range items {
		raws[i] = items[i].JSON
	}
	of, err := d.place(ctx, kind, raws, false)
	if err != nil {
		return nil, nil, err
	}
	all := make([]Item, len(items))
	for i := range items {
		if of.refused[i] != nil {
			return nil, nil, fault.Wrap(fmt.Sprintf("line %d", items[i].Line), of.refused[i])
		}
		if all[i] = (Item{Line: items[i].Line, JSON: of.raws[i]}); kind == layoffWorker && !bytes.Equal(of.raws[i], items[i].JSON) {
			how.Run = ""
		}
	}
	return all, of.warned, nil
}

// placedRows are rows of an import with why each cannot be so, and what is to be looked at.
type placedRows struct {
	rows    []Row
	refused []error
	warned  [][]string
}

// placeRows is place for rows of an import, of which each is right or wrong by itself.
func (in *intake) placeRows(ctx context.Context, rows []Row) (*placedRows, error) {
	all := &placedRows{rows: slices.Clone(rows), refused: make([]error, len(rows)), warned: make([][]string, len(rows))}
	for _, kind := range []string{layoffWorker, inspectionStep} {
		if err := in.placeKind(ctx, kind, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// placeKind is placeRows for the rows of one kind.
func (in *intake) placeKind(ctx context.Context, kind string, all *placedRows) error {
	var raws []json.RawMessage
	var at []int
	for i, row := range all.rows {
		if row.Kind == kind {
			raws, at = append(raws, row.Item), append(at, i)
		}
	}
	if len(at) == 0 {
		return nil
	}
	of, err := in.place(ctx, kind, raws, true)
	if err != nil {
		return err
	}
	for i, n := range at {
		row := &all.rows[n]
		row.Item, all.refused[n], all.warned[n] = of.raws[i], of.refused[i], of.warned[i]
		if kind == layoffWorker && of.refused[i] == nil && !bytes.Equal(of.raws[i], raws[i]) {
			row.Item, err = in.named(of.raws[i])
		}
		if err != nil {
			return err
		}
	}
	if kind == layoffWorker {
		in.known = of.found.Persons
	}
	return nil
}

// nameWorker refuses a second row that names a worker of a notice. One that was rejected has
// named nobody.
func (in *intake) nameWorker(whole map[string]change.Value, line int) error {
	number := schema.NormalizeID(whole["id_number"].Text())
	key := whole["notice"].Text() + " " + number
	if len(in.known[number]) > 0 {
		key += " " + whole[personKind].Text()
	}
	if in.workers[key] > 0 {
		return errNamedTwice
	}
	in.workers[key] = line
	return nil
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
func (p *placing) read(tx *journal.Tx, raw json.RawMessage) (map[string]any, error) {
	item := Item{JSON: raw}
	t, err := item.decode()
	if err != nil {
		return nil, err
	}
	object := ownNames(p.kind, t.object)
	if textOf(object, "person") != "" {
		return nil, nil //nolint:nilnil // there is nothing to place
	}
	if t.id != "" {
		return nil, p.judgeEdit(tx, t.id, object)
	}
	return object, nil
}

// judgeEdit refuses what makes another worker of one who was told to a community: that
// community would keep the one who was never meant.
func (p *placing) judgeEdit(tx *journal.Tx, id change.RecordID, object map[string]any) error {
	id, err := p.nameOf(tx, layoffWorker, id)
	if err != nil {
		return err
	}
	rec, err := p.at.Records.Get(tx, layoffWorker, id)
	switch number := numberOf(object); {
	case err != nil:
		return err
	case rec == nil:
		return fault.New(fault.Invalid, "no worker with this id was told to a community from here").WithHint("leave the id out to name a worker; one who was told is corrected by the id that stood in the answer")
	case number != "" && number != schema.NormalizeID(rec.Value("id_number").Text()):
		return errOtherWorker
	}
	return nil
}

var errOtherWorker = fault.New(fault.Invalid, "another ID number is another worker, perhaps of another community").WithHint("void this one (tongbu void --dir DIR layoff_worker ID --reason TEXT) and name the right one without an id")

func numberOf(object map[string]any) string {
	text, _ := object["id_number"].(string)
	return schema.NormalizeID(text)
}

// fill says of a worker who it is, the day, and what the notice says. It warns of what does
// not agree with the register.
func (p *placing) fill(tx *journal.Tx, object map[string]any) (warned []string, err error) {
	notice, err := p.notice(tx, object)
	if err != nil {
		return nil, err
	}
	number := numberOf(object)
	person, err := p.personOf(object, number)
	if err != nil {
		return nil, err
	}
	for _, w := range p.found.Named[number] {
		if w.Notice == notice.ID() && (w.Person == person || !p.isKnown(number)) {
			return nil, errNamedTwice
		}
	}
	if number != "" && !p.alone {
		if p.found.Named == nil {
			p.found.Named = map[string][]NamedWorker{}
		}
		p.found.Named[number] = append(p.found.Named[number], NamedWorker{Notice: notice.ID(), Person: person})
	}
	unit, _ := person.Maker()
	if warned, err = p.warnOf(object, number, person); err != nil {
		return nil, err
	}
	maps.Copy(object, map[string]any{"person": string(person), "notice": string(notice.ID()), "for_unit": string(unit)})
	object["on"] = orElse(object["on"], p.today)
	object["leaving_on"] = orElse(object["leaving_on"], notice.Value("event_on").Text())
	return warned, nil
}

// Rules by which a worker is warned of who does not agree with the register.
const (
	ruleOtherName = "name_of_number: 登记的姓名与此号码不符 / the register has another name with the ID number"
	ruleRetired   = "retired: 登记为已退休 / retired by the register"
	ruleLives     = "lives_elsewhere: 登记在另一社区，按登记下达 / the register has the person in another community, which was told"
)

// RetiredStatus is a code of person_status.
const RetiredStatus = "2"

// warnOf says what of a worker does not agree with the register.
func (p *placing) warnOf(object map[string]any, number string, person change.RecordID) (warned []string, err error) {
	i := slices.IndexFunc(p.found.Persons[number], func(o FoundPerson) bool { return o.ID == person })
	if i < 0 {
		return nil, nil
	}
	known := p.found.Persons[number][i]
	if OtherName(textOf(object, "name"), known.Name) {
		warned = append(warned, "name: "+ruleOtherName)
	}
	if known.Status == RetiredStatus {
		warned = append(warned, personKind+": "+ruleRetired)
	}
	unit, err := p.unitOf(object)
	if maker, _ := person.Maker(); unit != "" && unit != maker {
		warned = append(warned, "for_unit: "+ruleLives)
	}
	return warned, err
}

// OtherName reports whether two names, both given, are not ways to write one.
func OtherName(a, b string) bool { return a != "" && b != "" && names.Key(a) != names.Key(b) }

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
		return nil, fault.New(fault.Invalid, "no such layoff notice of this unit").WithHint("each hub names workers of its own notices: record the notice here first (tongbu put layoff_notice), also where a hub below without a view has one of the same layoff")
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
	for _, known := range found {
		if maker, _ := known.ID.Maker(); len(found) == 1 || maker == unit {
			return known.ID, nil
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

// followNotice makes the workers of a notice void with it, and valid again with it: of a
// notice that is void nobody is told, and nobody has anything to do.
func (s *saver) followNotice(w *streams.Writer, id change.RecordID, drawn *draft) error {
	if s.kind.Name != layoffNotice || !s.at.IsHub() || drawn.known == nil {
		return nil
	}
	rec, err := s.at.Records.Get(w.Tx, layoffNotice, id)
	if err != nil || rec == nil || rec.Void() == drawn.known.Void() {
		return err
	}
	if rec.Void() {
		return s.turnWorkers(w, id, false, map[string]change.Value{merge.VoidField: change.Text("0"), schema.VoidReason: rec.Value(schema.VoidReason)})
	}
	return s.turnWorkers(w, id, true, map[string]change.Value{merge.VoidField: change.Text("1"), schema.VoidReason: change.Null}, drawn.known.Value(schema.VoidReason))
}

// turnWorkers writes fields of the workers of a notice that are void or not, and void for a
// reason, if one is given. Each goes to the community that was told.
func (s *saver) turnWorkers(w *streams.Writer, notice change.RecordID, void bool, fields map[string]change.Value, reason ...change.Value) error {
	k, _ := s.at.Schema.Kind(layoffWorker)
	self := s.at.Members.Unit().ID
	var all []*merge.Record
	of := change.Text(string(notice))
	err := s.at.Records.Each(w.Tx, layoffWorker, "", func(rec *merge.Record) error {
		if rec.Value("notice") == of && rec.Void() == void && (len(reason) == 0 || rec.Value(schema.VoidReason) == reason[0]) {
			all = append(all, rec)
		}
		return nil
	})
	for _, rec := range all {
		to, addressed := s.audienceOf(k, rec.Values())
		if err = cmp.Or(err, addressed); err != nil {
			return err
		}
		own, err := w.Own(to)
		if err != nil {
			return err
		}
		if _, _, err = s.at.Records.Write(w.Tx, own, self, records.Edit{Kind: layoffWorker, ID: rec.ID(), Fields: fields, Actor: s.how.Actor, At: s.at.Now().UnixMilli()}); err != nil {
			return err
		}
	}
	return err
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
