package hub

import (
	"context"
	"slices"
	"strings"

	"tongbu/hub/query"
	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/matching"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// Kinds of layoffs that a screening reads.
const (
	layoffNotice = "layoff_notice"
	layoffWorker = "layoff_worker"
)

// findWorkers finds persons below by their ID numbers, and whom notices name already. It
// waits until the view has what the hub itself has written. Whom it finds is in the audit
// log before anybody is told of them.
func (h *Hub) findWorkers(ctx context.Context, numbers []string) (found desk.Found, err error) {
	numbers = slices.DeleteFunc(slices.Clone(numbers), func(n string) bool { return n == "" })
	if err := h.follower.AwaitApplied(ctx); err != nil {
		return found, err
	}
	self := query.Asker{Unit: h.Replica.Place.Unit}
	persons, err := h.queries.Named(ctx, self, "person", "id_number", numbers, "id_number", "name", "status")
	if err != nil {
		return found, err
	}
	named, err := h.queries.Named(ctx, self, layoffWorker, "id_number", numbers, "id_number", "notice", "person")
	if err != nil {
		return found, err
	}
	found = desk.Found{Persons: map[string][]desk.FoundPerson{}, Named: map[string][]desk.NamedWorker{}}
	for _, p := range persons {
		number := p.Values[0].Text()
		found.Persons[number] = append(found.Persons[number], desk.FoundPerson{ID: p.ID, Name: p.Values[1].Text(), Status: p.Values[2].Text()})
	}
	for _, w := range named {
		number := w.Values[0].Text()
		found.Named[number] = append(found.Named[number], desk.NamedWorker{Notice: change.RecordID(w.Values[1].Text()), Person: change.RecordID(w.Values[2].Text())})
	}
	return found, h.auditPersons(ctx, desk.Asker{Purpose: layoffNotice}, idsOf(persons), nil)
}

func idsOf(rows []matching.Row) (ids []change.RecordID) {
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}

// auditPersons writes into the audit log whom a look-up by ID numbers tells of.
func (h *Hub) auditPersons(ctx context.Context, by desk.Asker, persons []change.RecordID, outcome error) error {
	up := replica.LookUp{Entry: audit.Entry{Device: h.Replica.Keys.Device(), Unit: h.Replica.Place.Unit, Operator: by.Operator, Purpose: by.Purpose,
		Act: audit.Search, Kind: "person", Count: len(persons), Outcome: fault.Of(outcome).String()}, Records: persons}
	if err := h.Replica.Lookups.Append(ctx, up); err != nil {
		return err
	}
	return outcome
}

// Screening is what a notice means for the homes of its workers, as far as this hub sees.
type Screening struct {
	Notice   change.RecordID   `json:"notice"`
	Workers  any               `json:"workers"` // that the notice says
	Listed   int               `json:"listed"`  // that were told to communities
	Rows     []Screened        `json:"rows"`
	Unknown  []UnknownWorker   `json:"unknown"` // whom nobody has entered
	Coverage question.Coverage `json:"coverage"`
}

// Screened is a worker who is known, and the home.
type Screened struct {
	ID         change.RecordID `json:"id"` // of the row of register_layoff
	Unit       string          `json:"unit"`
	Name       string          `json:"name"`
	IDNumber   string          `json:"id_number"` // masked
	Leaving    string          `json:"leaving_on,omitempty"`
	Couple     bool            `json:"couple"`
	SoleEarner bool            `json:"sole_earner"`
	AllEarners bool            `json:"all_earners"`
	Course     string          `json:"course"`
	Told       string          `json:"told_on,omitempty"`
	Visited    string          `json:"visited_on,omitempty"`
	OtherName  string          `json:"other_name,omitempty"` // by which the notice calls whom the ID number is of
	Retired    bool            `json:"retired,omitempty"`

	person string
}

// UnknownWorker is one whom the community that was told has not entered.
type UnknownWorker struct {
	Unit  string          `json:"unit"` // that was told
	Name  string          `json:"name"`
	Now   change.RecordID `json:"person,omitempty"` // who has the ID number meanwhile
	NowAt string          `json:"now_at,omitempty"`
}

// Screen answers for a notice whom it names below this hub, with what that means for their
// homes. Whom it tells of, and what for, is in the audit log. It returns Invalid without a
// purpose and for a notice that is void, NotFound, and Unsupported at a pure relay.
func (h *Hub) Screen(ctx context.Context, notice change.RecordID, by desk.Asker) (*Screening, error) {
	switch {
	case strings.TrimSpace(by.Purpose) == "":
		return nil, fault.New(fault.Invalid, "a screening at a hub looks at people of others: say what for").WithHint("give --purpose TEXT, which stands in the audit log")
	case h.queries == nil:
		return nil, fault.New(fault.Unsupported, "this hub keeps no view to screen in").WithHint("ask at the city, or at a hub with view: true")
	}
	shown, err := h.Get(ctx, layoffNotice, notice, by)
	switch {
	case err != nil:
		return nil, err
	case shown.Void:
		return nil, fault.New(fault.Invalid, "the notice is void: nobody is told by it").WithHint("tongbu get --dir DIR layoff_notice %s shows why", string(shown.ID))
	}
	s, persons, err := h.screen(ctx, shown)
	if err := h.auditPersons(ctx, by, persons, err); err != nil {
		return nil, err
	}
	return s, nil
}

func (h *Hub) screen(ctx context.Context, shown *desk.Shown) (s *Screening, persons []change.RecordID, err error) {
	if err := h.follower.AwaitApplied(ctx); err != nil {
		return nil, nil, err
	}
	self := query.Asker{Unit: h.Replica.Place.Unit}
	s = &Screening{Notice: shown.ID, Rows: []Screened{}, Unknown: []UnknownWorker{}}
	s.Workers = shown.Fields["workers"]
	if s.Coverage, err = h.queries.Coverage(ctx, self.Unit); err != nil { // first: what comes meanwhile is in the answer, and not promised
		return nil, nil, err
	}
	rows, err := h.queries.Named(ctx, self, facts.LayoffRegister, "notice", []string{string(shown.ID)}, "person", "id_number", "name", "leaving_on", "couple", "sole_earner", "all_earners", "course", "told_on", "visited_on")
	if err != nil {
		return nil, nil, err
	}
	known := map[string]bool{}
	retired, err := h.retired(ctx, self, rows)
	if err != nil {
		return nil, nil, err
	}
	for _, row := range rows {
		v := row.Values
		known[v[1].Text()] = true
		persons = append(persons, change.RecordID(v[0].Text()))
		s.Rows = append(s.Rows, Screened{ID: row.ID, Unit: row.Unit, Name: v[2].Text(), IDNumber: schema.Masked(v[1].Text()), Leaving: v[3].Text(), Couple: v[4].Bool(), SoleEarner: v[5].Bool(), AllEarners: v[6].Bool(),
			Course: v[7].Text(), Told: v[8].Text(), Visited: v[9].Text(), Retired: retired[v[0].Text()], person: v[0].Text()})
	}
	return s, persons, h.addUnknown(ctx, self, s, known)
}

// retired tells which persons of rows are retired by what the register says of them.
func (h *Hub) retired(ctx context.Context, self query.Asker, rows []matching.Row) (map[string]bool, error) {
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.Values[0].Text())
	}
	persons, err := h.queries.Named(ctx, self, "person", "id", ids, "status")
	all := map[string]bool{}
	for _, p := range persons {
		all[string(p.ID)] = p.Values[0].Text() == desk.RetiredStatus
	}
	return all, err
}

// tellName says of a worker how the notice calls whom the register has by another name.
func (s *Screening) tellName(person, name string) {
	i := slices.IndexFunc(s.Rows, func(row Screened) bool { return row.person == person })
	if i >= 0 && desk.OtherName(s.Rows[i].Name, name) {
		s.Rows[i].OtherName = name
	}
}

// addUnknown adds the workers whom nobody has entered under the id that they were told by,
// and says who has the number meanwhile.
func (h *Hub) addUnknown(ctx context.Context, self query.Asker, s *Screening, known map[string]bool) error {
	named, err := h.queries.Named(ctx, self, layoffWorker, "notice", []string{string(s.Notice)}, "id_number", "name", "person")
	if err != nil {
		return err
	}
	var numbers []string
	listed, left := map[string]bool{}, map[string]matching.Row{}
	for _, row := range named {
		s.tellName(row.Values[2].Text(), row.Values[1].Text())
		number := row.Values[0].Text()
		if listed[number] = true; !known[number] && left[number].ID == "" {
			left[number], numbers = row, append(numbers, number)
		}
	}
	s.Listed = len(listed)
	persons, err := h.queries.Named(ctx, self, "person", "id_number", numbers, "id_number")
	if err != nil {
		return err
	}
	for _, number := range numbers {
		told, _ := change.RecordID(left[number].Values[2].Text()).Maker()
		u := UnknownWorker{Unit: h.Replica.Members.Code(told), Name: left[number].Values[1].Text()}
		if i := slices.IndexFunc(persons, func(p matching.Row) bool { return p.Values[0].Text() == number }); i >= 0 {
			u.Now, u.NowAt = persons[i].ID, persons[i].Unit
		}
		s.Unknown = append(s.Unknown, u)
	}
	return nil
}
