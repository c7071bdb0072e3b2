package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// Card is all that this unit knows of a household, or of a person with the household:
// what a page about them shows, read at one moment. Masked fields are masked in it.
type Card struct {
	Kind      string // of the subject: household or person
	Subject   *Shown // with its version and findings
	Household *Shown // the subject or where it lives; nil: none is here
	Members   []*Shown
	Said      []Told // records and events about the subject and, of a household, its members; the newest first
	Facts     []Told // rows of derived kinds of the whole household, by kind and id
	Past      []Past // of the subject

	book  *facts.Book // made the facts; nil: there are none
	given facts.Family
	today string
}

// Told is a record of some kind that is about one of a household.
type Told struct {
	Kind    *schema.Kind
	Day     string          // on which it happened, YYYY-MM-DD; "": not said
	About   change.RecordID // whom
	Entered time.Time       // by the device's clock; zero for a derived row
	Actor   string
	By      string // division code of the actor's unit
	*Shown
}

// Card shows a household or a person of this unit. It returns NotFound for one that is
// not here or that another unit holds, and what the audit log returns: whom it shows is
// in it before.
func (d *Desk) Card(ctx context.Context, kind string, id change.RecordID, by Asker) (*Card, error) {
	k, err := d.readableKind(kind)
	if err == nil && kind != personKind && kind != householdKind {
		err = fault.New(fault.Invalid, "no card is kept of a %s", k.Name)
	}
	if err != nil {
		return nil, err
	}
	c := &Card{Kind: kind}
	err = d.at.Journal.View(func(tx *journal.Tx) error { return d.readCard(tx, k, id, c) })
	if err := d.auditCard(ctx, k, c, by, err); err != nil {
		return nil, err
	}
	return c, nil
}

// auditCard writes an entry for each kind of whom the card shows.
func (d *Desk) auditCard(ctx context.Context, k *schema.Kind, c *Card, by Asker, outcome error) error {
	if outcome != nil {
		return d.auditLook(ctx, audit.Get, k, nil, by, outcome)
	}
	shown := map[string][]change.RecordID{householdKind: idsOf(c.Household), personKind: idsOf(c.Members...)}
	shown[c.Kind] = slices.Compact(append(idsOf(c.Subject), slices.DeleteFunc(shown[c.Kind], func(id change.RecordID) bool { return id == c.Subject.ID })...))
	return d.auditLooks(ctx, audit.Get, shown, by)
}

// cardReader reads one card in one transaction.
type cardReader struct {
	*Desk
	tx    *journal.Tx
	card  *Card
	today string
	given facts.Family
}

func (d *Desk) readCard(tx *journal.Tx, k *schema.Kind, id change.RecordID, c *Card) error {
	day, _, err := d.at.Today(tx)
	if err != nil {
		return err
	}
	r := &cardReader{Desk: d, tx: tx, card: c, today: day.Date}
	rec, err := r.held(k, id)
	if err != nil {
		return err
	}
	if c.Subject, err = r.show(k, rec, true); err != nil {
		return err
	}
	home := rec.ID()
	if k.Name == personKind {
		home = change.RecordID(rec.Value(householdKind).Text()).Of(householdKind, d.at.Members.Unit().ID)
	}
	if err := r.readHome(home); err != nil {
		return err
	}
	if k.Name == personKind && !slices.ContainsFunc(c.Members, func(m *Shown) bool { return m.ID == c.Subject.ID }) {
		if err := r.readMember(rec); err != nil { // of no household, or void
			return err
		}
	}
	c.Past, err = d.showHistory(tx, k, rec.ID())
	for i := range c.Past {
		maskFields(k, c.Past[i].Fields)
	}
	if err != nil {
		return err
	}
	slices.SortStableFunc(c.Said, func(a, b Told) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(b.Kind.Rank, a.Kind.Rank), b.Entered.Compare(a.Entered))
	})
	return r.addFacts()
}

// held is a record that this unit holds.
func (r *cardReader) held(k *schema.Kind, id change.RecordID) (*merge.Record, error) {
	name, err := r.nameOf(r.tx, k.Name, id)
	if fault.Of(err) == fault.Invalid {
		return nil, fault.New(fault.NotFound, "no such %s here", k.Name)
	}
	if err != nil {
		return nil, err
	}
	rec, err := r.at.Records.Get(r.tx, k.Name, name)
	if err == nil && (rec == nil || !r.isHeld(rec)) {
		err = r.notHere(r.tx, k, name)
	}
	return rec, err
}

func (d *Desk) isHeld(rec *merge.Record) bool {
	return ownerOf(rec) == d.at.Members.Unit().ID
}

// ownerOf is the unit that holds a record.
func ownerOf(rec *merge.Record) change.UnitID {
	return change.UnitID(records.ValueOf(rec, "unit").Text())
}

// readHome reads a household and who lives there.
func (r *cardReader) readHome(id change.RecordID) error {
	if id == "" {
		return nil
	}
	k, _ := r.at.Schema.Kind(householdKind)
	rec, err := r.at.Records.Get(r.tx, k.Name, id)
	if err != nil || rec == nil || !r.isHeld(rec) {
		return err
	}
	if r.card.Household, err = r.show(k, rec, r.card.Kind == householdKind); err != nil {
		return err
	}
	if r.card.Kind == householdKind {
		r.card.Household = r.card.Subject
	}
	told, err := r.readSaid(householdKind, id)
	if err != nil {
		return err
	}
	r.given.Events = told
	if !rec.Void() {
		e := facts.EntryOf(k, id, facts.Values(rec.Values()))
		r.given.Household = &e
	}
	members, err := r.having(r.tx, personKind, householdKind, change.Text(string(id)), r.isHeld)
	slices.SortStableFunc(members, compareMembers)
	for _, m := range members {
		if err = cmp.Or(err, r.readMember(m)); err != nil {
			return err
		}
	}
	return err
}

// compareMembers puts the head first, then the older before the younger.
func compareMembers(a, b *merge.Record) int {
	const head = "02"
	first := func(m *merge.Record) int {
		if m.Value("relation").Text() == head {
			return 0
		}
		return 1
	}
	return cmp.Or(first(a)-first(b), cmp.Compare(a.Value("birth_date").Text(), b.Value("birth_date").Text()), cmp.Compare(a.ID(), b.ID()))
}

func (r *cardReader) readMember(rec *merge.Record) error {
	k, _ := r.at.Schema.Kind(personKind)
	shown, err := r.show(k, rec, false)
	if err != nil {
		return err
	}
	if r.card.Kind == personKind && rec.ID() == r.card.Subject.ID {
		shown = r.card.Subject
	}
	r.card.Members = append(r.card.Members, shown)
	told, err := r.readSaid(personKind, rec.ID())
	if !rec.Void() {
		r.given.Members = append(r.given.Members, facts.Person{Entry: facts.EntryOf(k, rec.ID(), facts.Values(rec.Values())), Events: told})
	}
	return err
}

// readSaid reads what is recorded about somebody or a household; the events of it are
// those that facts follow from. What others of the family did is not for a person's card.
func (r *cardReader) readSaid(subject string, id change.RecordID) ([]facts.Entry, error) {
	return r.readAbout(subject, id, id, r.card.Kind == householdKind || subject == householdKind || id == r.card.Subject.ID)
}

// readAbout reads what is recorded about a record of a subject, or about the subject itself.
func (r *cardReader) readAbout(kind string, id, subject change.RecordID, tells bool) (events []facts.Entry, err error) {
	for _, k := range r.at.Schema.Kinds() {
		f, has := k.Field(k.Subject)
		if !has || f.Ref != kind || k.System || k.Sort == schema.Derived {
			continue
		}
		found, err := r.having(r.tx, k.Name, k.Subject, change.Text(string(id)), func(rec *merge.Record) bool {
			return r.at.OnLine(ownerOf(rec))
		})
		if err != nil {
			return nil, err
		}
		for _, rec := range found {
			if facts.Tells(k) {
				e := facts.EntryOf(k, rec.ID(), facts.Values(rec.Values()))
				e.Level = r.at.Level(ownerOf(rec))
				events = append(events, e)
			}
			if facts.Carries(k.Name) {
				more, err := r.readAbout(k.Name, rec.ID(), subject, tells)
				if err != nil {
					return nil, err
				}
				events = append(events, more...)
			}
			if !tells {
				continue
			}
			told, err := r.tell(k, rec, subject)
			if err != nil {
				return nil, err
			}
			r.card.Said = append(r.card.Said, told)
		}
	}
	return events, nil
}

func (r *cardReader) tell(k *schema.Kind, rec *merge.Record, about change.RecordID) (Told, error) {
	shown, err := r.show(k, rec, false)
	told := Told{Kind: k, About: about, Shown: shown, Day: rec.Value(cmp.Or(k.Day, "recorded_on")).Text()}
	if err != nil {
		return told, err
	}
	var last change.Dot
	for _, w := range rec.Writes() {
		if at := time.UnixMilli(w.At).UTC(); at.After(told.Entered) {
			told.Entered, told.Actor, last = at, w.Actor, w.Dot
		}
	}
	info, _, err := r.tx.Stream(last.Stream)
	told.By = r.at.Members.Code(info.Author)
	return told, err
}

// show shows a record masked; judged with its version and what the rules find in it.
func (r *cardReader) show(k *schema.Kind, rec *merge.Record, judged bool) (*Shown, error) {
	shown, err := r.showRecord(r.tx, k, rec)
	if err != nil {
		return nil, err
	}
	maskShown(k, shown)
	if judged {
		shown.Version = versionOf(rec)
		err = r.addFindings(r.tx, k, rec, shown)
	}
	return shown, err
}

// addFacts adds what follows from all that was read, as it is today.
func (r *cardReader) addFacts() error {
	if r.given.Household == nil && len(r.given.Members) == 0 {
		return nil
	}
	book, err := r.at.Book(r.tx)
	if err != nil {
		return err
	}
	r.card.book, r.card.given, r.card.today = book, r.given, r.today
	rows := book.OfFamily(r.given, r.today).All
	facts.SortRows(rows)
	for _, row := range rows {
		k, known := r.at.Schema.Kind(row.Kind)
		if !known {
			continue
		}
		shown := r.showRow(k, row.ID, row.Values)
		maskShown(k, shown)
		r.card.Facts = append(r.card.Facts, Told{Kind: k, About: change.RecordID(row.Values[k.Subject].Text()), Shown: shown})
	}
	return nil
}

// Fact is the row of a derived kind that is of somebody of the card; nil: there is none.
func (c *Card) Fact(kind string, about change.RecordID) *Shown {
	for _, t := range c.Facts {
		if t.Kind.Name == kind && t.About == about {
			return t.Shown
		}
	}
	return nil
}
