package pairs

import (
	"cmp"
	"maps"
	"slices"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/duplicates"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/syncer/streams"
)

// answerWithin is how long communities have to answer, in days.
const answerWithin = 15

// Case is two records that may be of one person. What the city has said of each stands in a
// record of its own, in its stream to the community that has the record.
type Case struct {
	Name    string
	On      string // the day it was opened first
	Due     string // the day by which the communities answer
	Decided string // the day it was decided; "" while it is open
	State   string // of the list duplicate_state
	Score   int
	Reasons []string
	To      change.UnitID // that is to have the record
	Reason  string        // why it was decided so, or is open again
	Sides   []Side        // two, by the ids of the persons; one where a restored city has not heard of the other yet
}

// Side is one of the two records.
type Side struct {
	Person  change.RecordID
	Unit    change.UnitID
	Counts  bool
	Chosen  bool // by a decision
	Correct bool // its number is to be corrected
	Arrival uint64
	Basis   string

	said *merge.Record // the city's word as it stands; nil: there is none yet
}

// book is what the city has said of all cases, by their names.
type book map[string]*Case

// read reads all cases.
func (k *Keeper) read() (b book, err error) {
	err = k.cfg.Streams.View(func(tx *journal.Tx) error {
		b, err = k.readIn(tx)
		return err
	})
	return b, err
}

func (k *Keeper) readIn(tx *journal.Tx) (book, error) {
	b := book{}
	err := k.cfg.Records.Each(tx, facts.DuplicateCase, "", func(r *merge.Record) error {
		if !r.Void() && change.UnitID(records.ValueOf(r, "unit").Text()) == k.cfg.City {
			b.add(r)
		}
		return nil
	})
	return b, err
}

// add takes in one word.
func (b book) add(r *merge.Record) {
	text := func(field string) string { return r.Value(field).Text() }
	name := text("case")
	c := b[name]
	if c == nil {
		c = &Case{Name: name, On: text("on"), Due: text("due_on"), Decided: text("decided_on"), State: text("state"), Score: int(r.Value("score").Int()), To: change.UnitID(text("to_unit")), Reason: text("reason")}
		r.Value("reasons").EachText(func(code string) { c.Reasons = append(c.Reasons, code) })
		b[name] = c
	}
	s := Side{Person: change.RecordID(text("person")), Unit: change.UnitID(text("for_unit")), Counts: r.Value("counts").Bool(), Chosen: r.Value("chosen").Bool(),
		Correct: r.Value("to_correct").Bool(), Arrival: uint64(r.Value("arrival").Int()), Basis: text("basis"), said: r}
	c.Sides = append(c.Sides, s)
	slices.SortFunc(c.Sides, func(a, b Side) int { return cmp.Compare(a.Person, b.Person) })
}

// judge does what a verdict on a pair asks for, on a day.
func (b book) judge(v verdict, day string, found *Found) {
	name := duplicates.CaseOf(v.a.ID, v.b.ID)
	c := b[name]
	switch {
	case c == nil && !v.IsCase():
		return
	case c == nil:
		c = &Case{Name: name, On: day}
		b[name] = c
	}
	isNew := c.State == ""
	changed := c.complete(v)
	switch {
	case !v.a.valid || !v.b.valid:
		if facts.Ties(c.State) || c.State == facts.DuplicateWrongNumber {
			c.end(found)
		}
	case !v.IsCase():
		if c.State == facts.DuplicateOpen || c.State == facts.DuplicateWrongNumber {
			c.end(found)
		}
	case isNew, c.State == facts.DuplicateEnded, changed && !facts.Ties(c.State):
		c.open(v, day)
		found.Opened++
	case c.State == facts.DuplicateOpen:
		c.base(v)
	}
}

// complete has both sides be there, and reports whether the entries by which the persons are
// told are others than when the case was opened last.
func (c *Case) complete(v verdict) (changed bool) {
	for _, p := range []*person{v.a, v.b} {
		at := slices.IndexFunc(c.Sides, func(s Side) bool { return s.Person == p.ID })
		if at < 0 {
			c.Sides = append(c.Sides, Side{Person: p.ID, Unit: p.unit, Counts: true, Arrival: p.arrival, Basis: p.basis})
			continue
		}
		changed = changed || p.valid && c.Sides[at].Basis != p.basis
		c.Sides[at].Unit = p.unit // it may have moved
	}
	slices.SortFunc(c.Sides, func(a, b Side) int { return cmp.Compare(a.Person, b.Person) })
	return changed
}

// open opens the case, also one that was decided or has ended.
func (c *Case) open(v verdict, day string) {
	c.reopen(day)
	c.Reason = ""
	c.base(v)
}

// base says why the two are alike, and by which entries.
func (c *Case) base(v verdict) {
	c.Score, c.Reasons = v.Score, v.Reasons
	for i := range c.Sides {
		p := v.a
		if c.Sides[i].Person == v.b.ID {
			p = v.b
		}
		c.Sides[i].Basis = p.basis
	}
}

// reopen takes back what was decided.
func (c *Case) reopen(day string) {
	c.become(facts.DuplicateOpen)
	c.Due, c.Decided, c.To = calendar.AddDays(day, answerWithin), "", ""
	for i := range c.Sides {
		c.Sides[i].Chosen, c.Sides[i].Correct = false, false
	}
}

func (c *Case) end(found *Found) {
	if c.become(facts.DuplicateEnded) {
		found.Ended++
	}
}

// fields are what is said of a side.
func (c *Case) fields(i int) map[string]change.Value {
	s := &c.Sides[i]
	fields := map[string]change.Value{
		"case": change.Text(c.Name), "person": change.Text(string(s.Person)), "for_unit": change.Text(string(s.Unit)), "on": change.Text(c.On),
		"score": change.Int(int64(c.Score)), "reasons": change.Set(c.Reasons), "state": change.Text(c.State), "counts": change.Bool(s.Counts),
		"due_on": change.TextOrNull(c.Due), "decided_on": change.TextOrNull(c.Decided), "to_unit": change.TextOrNull(string(c.To)), "reason": change.TextOrNull(c.Reason), "basis": change.TextOrNull(s.Basis),
		"chosen": yes(s.Chosen), "to_correct": yes(s.Correct), "side": change.Int(int64(i + 1)), "arrival": change.Int(int64(s.Arrival)),
	}
	if len(c.Sides) == 2 {
		fields["other_unit"] = change.Text(string(c.Sides[1-i].Unit))
	}
	return fields
}

func yes(is bool) change.Value {
	if !is {
		return change.Null
	}
	return change.Bool(true)
}

// write says what is not said yet, to each community of its own record.
func (k *Keeper) write(w *streams.Writer, b book, actor string) error {
	for _, name := range slices.Sorted(maps.Keys(b)) {
		for i := range b[name].Sides {
			if err := k.writeSide(w, b[name], i, actor); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k *Keeper) writeSide(w *streams.Writer, c *Case, i int, actor string) error {
	s := &c.Sides[i]
	if err := k.place(w.Tx, s); err != nil {
		return err
	}
	fields := c.fields(i)
	records.Unsaid(s.said, fields)
	if len(fields) == 0 {
		return nil
	}
	own, err := w.Own(s.Unit)
	if err != nil {
		return err
	}
	_, err = k.cfg.Records.Put(w.Tx, own, k.cfg.City, records.Edit{Kind: facts.DuplicateCase, ID: k.idOf(c, i), Fields: fields, Actor: actor, At: k.cfg.Now().UnixMilli()})
	return fault.Wrap("say it to the community", err)
}

// place says where a record stands when the transaction writes: it may have moved since it was
// looked at.
func (k *Keeper) place(tx *journal.Tx, s *Side) error {
	h, err := custody.Of(tx, personKind, s.Person)
	if h.Moved() {
		s.Unit = h.At
	}
	return err
}
