package pairs

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/schema"
)

// Shown is a case as people see it.
type Shown struct {
	Case    string   `json:"case"`
	State   string   `json:"state"`
	Score   float64  `json:"score"` // 0 to 1
	Reasons []string `json:"reasons"`
	On      string   `json:"on"`
	Due     string   `json:"due,omitempty"`
	Decided string   `json:"decided,omitempty"`
	To      string   `json:"to,omitempty"` // code
	Reason  string   `json:"reason,omitempty"`

	Other     string `json:"other_unit,omitempty"` // code; of a case as a community was told it
	OtherName string `json:"other_unit_name,omitempty"`

	Persons []ShownPerson `json:"persons"`
}

// ShownPerson is one of the two records; of who it is only where somebody was asked to be
// shown.
type ShownPerson struct {
	ID       change.RecordID `json:"id"`
	Unit     string          `json:"unit"` // code; the id of a unit that the tree does not have
	UnitName string          `json:"unit_name,omitempty"`
	Counts   bool            `json:"counts"` // not of a record that is void
	Void     bool            `json:"void,omitempty"`
	Correct  bool            `json:"to_correct,omitempty"`
	Answer   string          `json:"answer,omitempty"` // of its community, the last one
	Answered string          `json:"answered,omitempty"`
	Note     string          `json:"note,omitempty"`

	Name     string `json:"name,omitempty"`
	IDNumber string `json:"id_number,omitempty"` // masked
	Birth    string `json:"birth_date,omitempty"`
}

// Show makes a case as people see it, with what the communities have answered.
func (k *Keeper) Show(ctx context.Context, c *Case) (Shown, error) {
	all, err := k.show(ctx, book{c.Name: c})
	if err != nil {
		return Shown{}, err
	}
	return all[0], nil
}

// sort puts the persons in the order of the codes of their communities.
func (s *Shown) sort() {
	slices.SortFunc(s.Persons, func(a, b ShownPerson) int { return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.ID, b.ID)) })
}

// shown has the persons as they stand in the case.
func (k *Keeper) shown(c *Case) Shown {
	state := ""
	for name, code := range stateNames {
		if code == c.State {
			state = name
		}
	}
	s := Shown{Case: c.Name, State: state, Score: float64(c.Score) / 100, Reasons: c.Reasons, On: c.On, Due: c.Due, Decided: c.Decided, To: k.codeOf(c.To), Reason: c.Reason}
	for _, side := range c.Sides {
		p := ShownPerson{ID: side.Person, Unit: k.codeOf(side.Unit), Counts: side.Counts, Correct: side.Correct}
		if t := k.cfg.Members.Tree(); t != nil {
			u, _ := t.Unit(side.Unit)
			p.UnitName = u.Name
		}
		s.Persons = append(s.Persons, p)
	}
	return s
}

// stateNames are the states as commands call them.
var stateNames = func() map[string]string {
	all := maps.Clone(Outcomes)
	all["open"], all["ended"] = facts.DuplicateOpen, facts.DuplicateEnded
	return all
}()

func (k *Keeper) codeOf(unit change.UnitID) string {
	if t := k.cfg.Members.Tree(); t != nil {
		if u, known := t.Unit(unit); known {
			return u.Code
		}
	}
	return string(unit)
}

// List are the cases of a state, "" for all, in the order in which they were opened, with
// what the communities answer. It returns Invalid for a state that there is not.
func (k *Keeper) List(ctx context.Context, state string) ([]Shown, error) {
	code, known := stateNames[state]
	if state != "" && !known {
		return nil, fault.New(fault.Invalid, "no such state: %q", state).WithHint("states: open, same, moved, different, wrong_number, ended")
	}
	b, err := k.read()
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(b, func(_ string, c *Case) bool { return state != "" && c.State != code })
	return k.show(ctx, b)
}

// Get is one case with what the communities answer, and who the two are: whoever asks writes
// it into the audit log. It returns NotFound.
func (k *Keeper) Get(ctx context.Context, name string) (Shown, error) {
	b, err := k.read()
	if err != nil {
		return Shown{}, err
	}
	c := b[name]
	if c == nil {
		return Shown{}, errNoCase
	}
	s, err := k.Show(ctx, c)
	if err != nil {
		return Shown{}, err
	}
	l := look{Keeper: k, met: map[change.RecordID]*person{}}
	for i := range s.Persons {
		shown := &s.Persons[i]
		p, err := l.person(ctx, shown.ID)
		if err != nil {
			return Shown{}, err
		}
		if p.valid {
			shown.Name, shown.IDNumber, shown.Birth = p.Name, schema.Masked(p.Number), p.Birth
		}
	}
	return s, nil
}

func (k *Keeper) show(ctx context.Context, b book) ([]Shown, error) {
	answers, err := k.answers(ctx, b)
	if err != nil {
		return nil, err
	}
	valid, err := k.valid(ctx, b)
	if err != nil {
		return nil, err
	}
	all := []Shown{}
	for _, c := range b {
		s := k.shown(c)
		for i := range s.Persons {
			if p := &s.Persons[i]; !valid[p.ID] {
				p.Void, p.Counts = true, false
			}
			if a, answered := answers[k.idOf(c, i)]; answered {
				s.Persons[i].Answer, s.Persons[i].Answered, s.Persons[i].Note = a.answer, a.on, a.note
			}
		}
		s.sort()
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Shown) int { return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Case, b.Case)) })
	return all, nil
}

// idOf is the id of the city's word about a side.
func (k *Keeper) idOf(c *Case, i int) change.RecordID {
	return change.NumberedRecordID(k.cfg.City, facts.DuplicateCase, c.Name+" "+string(c.Sides[i].Person))
}

// valid are the persons of cases whose records are there and not void.
func (k *Keeper) valid(ctx context.Context, b book) (map[change.RecordID]bool, error) {
	var ids []change.Value
	for _, c := range b {
		for _, s := range c.Sides {
			ids = append(ids, change.Text(string(s.Person)))
		}
	}
	valid := map[change.RecordID]bool{}
	for some := range slices.Chunk(ids, answersAtOnce) {
		q, err := k.personQuery(filter.Among{Field: view.ColID, In: some})
		if err != nil {
			return nil, err
		}
		err = k.cfg.View.EachRow(ctx, q, func(_ context.Context, row view.Row) error {
			valid[change.RecordID(row.Values[0].Text())] = true
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return valid, nil
}

// answer is what a community has answered last.
type answer struct{ on, answer, note string }

// answersAtOnce is how many words one look into the view is for.
const answersAtOnce = 256

// answers are those about the words of cases, from the communities that were asked: each has
// one answer to a word, which it may have written again. Any other is nobody's.
func (k *Keeper) answers(ctx context.Context, b book) (map[change.RecordID]answer, error) {
	asked := map[change.RecordID]change.RecordID{} // the persons of words
	var words []change.Value
	for _, c := range b {
		for i, s := range c.Sides {
			asked[k.idOf(c, i)] = s.Person
			words = append(words, change.Text(string(k.idOf(c, i))))
		}
	}
	kind, known := k.cfg.View.Schema().Kind(facts.DuplicateAnswer)
	said := map[change.RecordID]answer{}
	if !known {
		return said, nil
	}
	for some := range slices.Chunk(words, answersAtOnce) {
		where, err := filter.AllAmong(kind, filter.Among{Field: "case", In: some})
		if err != nil {
			return nil, err
		}
		q := view.Query{Kind: kind, Columns: []string{view.ColID, "case", "person", "on", "answer", "note"}, Where: where, Scope: view.Scope{All: true}}
		err = k.cfg.View.EachRow(ctx, q, func(_ context.Context, row view.Row) error {
			text := func(i int) string { return row.Values[i].Text() }
			word, person := change.RecordID(text(1)), asked[change.RecordID(text(1))]
			unit, _ := person.Maker()
			if change.RecordID(text(0)) == facts.DuplicateAnswerID(unit, word) && change.RecordID(text(2)) == person {
				said[word] = answer{on: text(3), answer: text(4), note: text(5)}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return said, nil
}
