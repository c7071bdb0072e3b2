// Package targets judges what a year's targets have come to: how much is done, beside how
// much of the time is gone, whether the parts add up to the whole, which units have none,
// and who answers for it. It is given records and figures, and reads neither a clock nor a
// store, so every tier says the same of the same.
package targets

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/tree"
)

// Kind is the kind of the records.
const Kind = "target"

// Other is the line that is told apart by its name alone.
const Other = "99"

// Target is a valid record of a target.
type Target struct {
	ID                    change.RecordID
	Year                  int64
	Line, LineName        string
	Unit                  change.UnitID // that it is for
	Amount                int64
	Measure               string // "": that of its line
	DueOn                 string // "": the last day of the year
	PartOf                change.RecordID
	Stretched             bool // its parts may be more than it
	Responsible, Operator string
}

// maxAmount is the most that a target can be, as its field says: a year's parts of that
// can be added up.
const maxAmount = 1_000_000_000_000

// Possible reports whether a target can have the amount. What is typed is asked for that;
// an earlier program took anything.
func (s *Standing) Possible() bool {
	return s.Amount >= 0 && s.Amount <= maxAmount && (!s.Rate() || s.Amount <= 100)
}

// measure is the measure as it counts.
func (t *Target) measure() string { return cmp.Or(t.Measure, facts.MeasureOf(t.Line)) }

// line is what two targets of a unit and year are the same by. Persons and events of one
// line are two targets.
func (t *Target) line() string {
	name := ""
	if t.Line == Other {
		name = t.LineName
	}
	return t.Line + "\x00" + name + "\x00" + t.measure()
}

// State is how a target stands.
type State string

// The states.
const (
	Met      State = "met"       // the amount is reached
	Ahead    State = "ahead"     // as much of it is done as of the time is gone, or more
	Behind   State = "behind"    // less
	NoFigure State = "no_figure" // nothing counts the line in that measure
	NoValue  State = "no_value"  // a rate of nobody
	NoAmount State = "no_amount" // the amount is 0, or none that a target can have
	Before   State = "before"    // its time has not begun
	Replaced State = "replaced"  // a later target of the unit, line and year counts
)

// Note is what else is to be said of a target.
type Note string

// The notes.
const (
	Twice         Note = "twice"          // another target of the unit, line and year does not count
	NobodyAnswers Note = "nobody_answers" // no responsible person
	PartsShort    Note = "parts_short"    // the parts are less than the whole
	PartsOver     Note = "parts_over"     // they are more, and it is not stretched
	NotSplit      Note = "not_split"      // no unit of the next tier has a part
	Misfit        Note = "misfit"         // its whole is of another line or measure, or of a unit that is not above
	WholeMissing  Note = "whole_missing"  // the year has no target that it says to be part of
	WholeReplaced Note = "whole_replaced" // the whole does not count
	AfterDue      Note = "after_due"      // its last day is over, and the figure is of a later day
	UnitUnknown   Note = "unit_unknown"   // the tree does not have the unit
	Impossible    Note = "impossible"     // no target can have its amount, which is in no sum
)

// Figure is what is done on a line.
type Figure struct {
	Done, Of int64 // Of: of a rate
}

// Split is what the parts of a target come to.
type Split struct {
	Parts      int
	Sum        int64           // of counts; rates are not summed
	Difference int64           // Sum less the amount
	Without    []change.UnitID // units of the next tier that have no part, where some have

	units     []change.UnitID
	stretched bool
}

// Standing is how a target stands on a day.
type Standing struct {
	Target
	Indicator  facts.Indicator // with no name: there is none
	Figure     *Figure         // nil: no figure
	Gone, Days int             // of its time
	State      State
	Split      Split
	Notes      []Note
}

// Rate reports whether the target is a share, which is judged as it is on the day.
func (s *Standing) Rate() bool { return s.Indicator.IsRate() }

// Book is what targets of one year are judged by.
type Book struct {
	Tree *tree.Tree
	Year int64
	Day  string // by which time is gone
	// Figure tells an indicator of a unit; false: nobody counts it there.
	Figure func(unit change.UnitID, i facts.Indicator) (Figure, bool)
}

// Judge judges targets of the year, in the order of the tree, then of lines. All targets
// have to be there that are parts of one of them, else their sum is short.
func (b Book) Judge(all []Target) []Standing {
	all = slices.DeleteFunc(slices.Clone(all), func(t Target) bool { return t.Year != b.Year })
	b.order(all)
	counts := counting(all)
	byID := map[change.RecordID]int{}
	standings := make([]Standing, len(all))
	for i := range all {
		byID[all[i].ID] = i
		standings[i] = b.judge(all[i], counts)
	}
	for i := range standings {
		b.fit(standings, byID, i)
	}
	for i := range standings {
		b.split(&standings[i])
	}
	return standings
}

// order sorts targets; those of units that the tree does not have come last.
func (b Book) order(all []Target) {
	place := map[change.UnitID]int{}
	for i, u := range b.Tree.Units(b.Tree.Root().ID) {
		place[u.ID] = i - b.Tree.Len()
	}
	slices.SortFunc(all, func(x, y Target) int {
		return cmp.Or(place[x.Unit]-place[y.Unit], strings.Compare(string(x.Unit), string(y.Unit)), strings.Compare(x.line(), y.line()), strings.Compare(string(x.ID), string(y.ID)))
	})
}

// counting is the target of each unit and line that counts: that with the later id, as of
// other records of which one counts.
func counting(all []Target) map[string]sameLine {
	same := map[string]sameLine{}
	for i := range all {
		key := string(all[i].Unit) + "\x00" + all[i].line()
		same[key] = sameLine{max(same[key].last, all[i].ID), same[key].all + 1}
	}
	return same
}

// sameLine are the targets of one unit and line.
type sameLine struct {
	last change.RecordID
	all  int
}

func (b Book) judge(t Target, counts map[string]sameLine) Standing {
	s := Standing{Target: t}
	s.Indicator, _ = facts.ForTarget(t.Line, t.measure())
	s.Gone, s.Days = Time(b.Year, t.DueOn, b.Day)
	if strings.TrimSpace(t.Responsible) == "" {
		s.Notes = append(s.Notes, NobodyAnswers)
	}
	if _, known := b.Tree.Unit(t.Unit); !known {
		s.Notes = append(s.Notes, UnitUnknown)
	}
	if s.Indicator.Name != "" {
		if f, ok := b.Figure(t.Unit, s.Indicator); ok {
			s.Figure = &f
		}
	}
	if !s.Possible() {
		s.Notes = append(s.Notes, Impossible)
	}
	same := counts[string(t.Unit)+"\x00"+t.line()]
	if same.last != t.ID {
		s.State = Replaced
		return s
	}
	if same.all > 1 {
		s.Notes = append(s.Notes, Twice)
	}
	s.State = s.state(b.Day)
	if calendar.Valid(t.DueOn) && b.Day > t.DueOn && s.Figure != nil {
		s.Notes = append(s.Notes, AfterDue)
	}
	return s
}
