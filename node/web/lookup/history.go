package lookup

import (
	"maps"
	"slices"
	"time"

	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// step is one field of one change, as a row of the history.
type step struct {
	At       time.Time // by the clock of the device; zero: unknown
	Ahead    bool      // that clock was ahead
	Field    string
	Old, New string
	Who      string
	Unit     string // "": this one
	Parallel bool
	Refused  string // by which rule
	// How far it has come.
	Own                bool // it was written here: it has its first two words
	Received, Recorded bool
	Begins             bool // the record begins with it
	Marks              bool // it says only that events say the status from now on
}

// history is the history of a record, the newest first.
type history struct {
	Steps  []step
	Left   int // that are not shown
	Parent pages.Text
	Here   string // address of the whole of it; "": this is it
}

// historyOf sets changes, in causal order, as rows: of the first one a single row, of
// each other one a row a field. At most so many are shown.
func historyOf(v *visit.Visit, k *schema.Kind, past []desk.Past, most int) (history, error) {
	name, err := v.Names()
	if err != nil {
		return history{}, err
	}
	h := history{Parent: v.Site.Parent()}
	was := map[string]any{}
	for i, p := range past {
		at, _ := time.Parse(time.RFC3339, p.Entered) // the desk writes it so
		one := step{At: at.In(v.Now().Location()), Ahead: p.Ahead, Who: name(p.Unit, p.Actor), Parallel: p.Parallel, Own: v.Site.Desk.IsHere(p.Unit),
			Received: p.State == desk.Received || p.State == desk.Recorded, Recorded: p.State == desk.Recorded}
		if !one.Own {
			one.Unit = p.Unit
		}
		if p.Refused {
			one.Refused = ruleText(v, k, p.Rule)
		}
		if i == 0 {
			one.Begins, one.New = true, nameOf(v, k, &desk.Shown{Fields: p.Fields})
			h.Steps = append(h.Steps, one)
		} else {
			h.Steps = append(h.Steps, changed(v, k, one, was, p)...)
		}
		if !p.Refused {
			maps.Copy(was, p.Fields)
			for _, field := range p.Emptied {
				delete(was, field)
			}
		}
	}
	slices.Reverse(h.Steps)
	if len(h.Steps) > most {
		h.Left, h.Steps = len(h.Steps)-most, h.Steps[:most]
	}
	return h, nil
}

// changed is a row for each field that a change writes, in the order of the form from
// the last: the rows are turned round together.
func changed(v *visit.Visit, k *schema.Kind, like step, was map[string]any, p desk.Past) (all []step) {
	for _, f := range slices.Backward(k.Fields) {
		if _, writes := p.Fields[f.Name]; !writes && !slices.Contains(p.Emptied, f.Name) || f.Name == "unit" || f.IsComputed() || isMark(v, k, f.Name) {
			continue
		}
		one := like
		one.Field, one.Old, one.New = v.Label(f.Label), text(v, k, was, f.Name), text(v, k, p.Fields, f.Name)
		all = append(all, one)
	}
	if len(all) == 0 {
		like.Field, like.New, like.Marks = unseen(v, k, p)
		all = append(all, like)
	}
	return all
}

// unseen says what a change was that writes no field of the form: the program has marked
// that events say the status from now on, or somebody has saved what was there.
func unseen(v *visit.Visit, k *schema.Kind, p desk.Past) (field, what string, marks bool) {
	for _, by := range v.Site.Replica.Schema.Now().FindersOf(k) {
		if f, has := k.Field(by.Finds); has && p.Fields[by.FromEvents()] != nil {
			return v.Label(f.Label), v.Say("录入了失业、就业等事项，从此按事项算", "an event was entered; from now on events say it"), true
		}
	}
	return v.Say("再次保存", "Saved again"), v.Say("内容没有变", "nothing is different"), false
}

// nameMarks says which event a change that only marks came with: what was entered by the
// same second.
func (h *history) nameMarks(v *visit.Visit, said []desk.Told) {
	for i := range h.Steps {
		one := &h.Steps[i]
		for _, t := range said {
			if one.Marks && t.Kind.GivesStatus() && t.Kind.Finds == "" && t.Entered.Truncate(time.Second).Equal(one.At) {
				one.New = v.Say("录入了", "entered: ") + v.Label(t.Kind.Label) + " " + t.Day
			}
		}
	}
}

func ruleText(v *visit.Visit, k *schema.Kind, rule string) string {
	if rule == "" {
		return v.Say("市退回", "refused")
	}
	return findings(v, k, []string{rule}, nil)[0]
}

// newest is how far the newest change of a record has come, for the three steps.
type newest struct {
	At                 time.Time
	Who                string
	Received, Recorded bool
	Refused            string
	Parent             pages.Text
}

func newestOf(h history) *newest {
	if len(h.Steps) == 0 {
		return nil
	}
	s := h.Steps[0]
	return &newest{At: s.At, Who: s.Who, Received: s.Received, Recorded: s.Recorded, Refused: s.Refused, Parent: h.Parent}
}
