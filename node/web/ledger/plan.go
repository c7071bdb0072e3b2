package ledger

import (
	"fmt"
	"time"

	"tongbu/internal/facts"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
)

// plan is how the table of a kind is filtered, put in order and added up.
type plan struct {
	pick  []*schema.Field // chosen by code
	day   *schema.Field   // by whose year; nil: none
	flags []flag
	order string   // where none is asked for; "": by id
	sums  []string // of all rows
}

// flag is a question that is asked often.
type flag struct {
	name  string
	word  pages.Text
	where func(day string) string
}

// special says what is other than the schema would have it.
var special = map[string]struct {
	pick, sums []string
	day, order string
	flags      []flag
}{
	facts.UnemployedLedger: {pick: []string{"lasts", "reason"}, day: "loss_on", order: "loss_on desc", flags: []flag{
		{"older", pages.Text{Zh: "只看 4050", En: "only 40 and 50"}, func(string) string { return "older = true" }},
		{"unclear", pages.Text{Zh: "六清不足", En: "not six clear"}, func(string) string { return "six_clear < 6" }},
		{"silent", pages.Text{Zh: "三个月未联系", En: "no contact for three months"}, func(day string) string {
			return fmt.Sprintf("lasts = true AND (contact_on = null OR contact_on < %s)", threeMonthsBefore(day))
		}},
	}},
	facts.VacancyLedger:  {pick: []string{"open", "source"}, day: "registered_on", order: "registered_on desc", sums: []string{"posts", "referred", "placed"}},
	facts.SeekingLedger:  {pick: []string{"result", "stable"}, day: "seek_on", order: "seek_on desc"},
	facts.TrainingLedger: {pick: []string{"passed", "placed"}, day: "wish_on", order: "wish_on desc", sums: []string{"subsidy", "travel_subsidy"}},
	facts.TaskKind: {pick: []string{"task", "level"}, order: "due", flags: []flag{
		{"over", pages.Text{Zh: "已逾期", En: "overdue"}, func(day string) string { return "due < " + day }},
		{"month", pages.Text{Zh: "到本月底要办的", En: "due by the end of the month"}, func(day string) string { return "(due = null OR due <= " + monthEnd(day) + ")" }},
	}},
	facts.InsuranceLedger: {pick: []string{"insurance", "state"}, order: "name", sums: []string{"subsidy"}},
}

// What a picker offers at most, and how many there are.
const (
	maxChoices = 60
	maxPickers = 3
)

func planOf(k *schema.Kind) plan {
	var p plan
	own, known := special[k.Name]
	if !known {
		own.day, own.order = k.Day, orderOf(k)
		for _, f := range k.Fields {
			if canPick(f) && len(own.pick) < maxPickers {
				own.pick = append(own.pick, f.Name)
			}
			if f.Type == schema.Money && f.Print > 0 {
				own.sums = append(own.sums, f.Name)
			}
		}
	}
	p.flags, p.order, p.sums = own.flags, own.order, own.sums
	for _, name := range own.pick {
		if f, has := k.Field(name); has && (f.Type == schema.Boolean || f.List() != nil) {
			p.pick = append(p.pick, f)
		}
	}
	if f, has := k.Field(own.day); has && f.Type == schema.Date && own.day != "" {
		p.day = f
	}
	return p
}

func canPick(f *schema.Field) bool {
	if f.Name == "valid" || f.IsPersonal() || f.IsComputed() || !f.Index || f.Withdrawn {
		return false
	}
	return f.Type == schema.Boolean || f.Type == schema.Code && len(f.List().Items) <= maxChoices
}

// orderOf is the day of events, the newest first, else what records are called.
func orderOf(k *schema.Kind) string {
	if k.Day != "" {
		return k.Day + " desc"
	}
	for _, name := range []string{"name", "title", "employer_name"} {
		if f, has := k.Field(name); has && f.Type == schema.Text && !f.Mask {
			return name
		}
	}
	return ""
}

func threeMonthsBefore(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, -3, 0).Format(time.DateOnly)
}

// monthEnd is the last day of the month of a day.
func monthEnd(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 1, -t.Day()).Format(time.DateOnly)
}
