package facts

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/flow"
	"tongbu/internal/rulepack"
)

// The kinds of records that the city publishes rules by.
const (
	PackKind    = "rule_pack"
	HolidayKind = "holiday_table"
)

// PublishedKinds lists them, with that of census rounds, which tiers below the city plan
// too.
func PublishedKinds() []string { return []string{HolidayKind, PackKind, CampaignKind} }

// Published is what the city has published for rows and figures, as it counts. It never
// changes.
type Published struct {
	rows    []era // rules that rows are made by
	figures []era // all
	digest  change.Hash
	rounds  []round // of all who may plan some
}

// era is a time in which the same rules are in force, up to the next one.
type era struct {
	from  string // first day; "" for the first era
	rules *rulepack.Rules
	terms flow.Terms // theirs
}

// published is a pack that counts.
type published struct {
	id       change.RecordID
	kind     string
	from, to string
	content  string
}

// Publish makes what counts of the valid rule packs and tables of holidays of the city,
// in any order. One that cannot be used says nothing; whoever judges the record says
// why.
func Publish(records []Entry) Published {
	packs, years := packsOf(records), tablesOf(records)
	holidays := map[string]calendar.Year{}
	for year, t := range years {
		holidays[year] = t.Year
	}
	is := calendar.NewHolidays(holidays)
	return Published{rows: eras(packs, is, rowKinds), figures: eras(packs, is, append(slices.Clone(rowKinds), rulepack.CommunityKind, rulepack.BestKind)), digest: digestOf(packs, years), rounds: roundsOf(records)}
}

// rowKinds are the kinds of packs that rows are made by.
var rowKinds = []string{rulepack.ClearKind, rulepack.ZeroKind, rulepack.AgeKind, rulepack.ClocksKind, rulepack.SubsidyKind}

// packsOf are the packs that count: of one kind on one day that with the later first
// day goes before, then that with the later id.
func packsOf(records []Entry) (packs []published) {
	for i := range records {
		e := &records[i]
		p := published{id: e.ID, kind: e.text("kind"), from: e.date("effective_from"), to: e.date("effective_to"), content: e.text("content")}
		rules := rulepack.Plain()
		usable := p.from != "" && p.content != "" && (!e.has("effective_to") || p.to >= p.from)
		if e.Kind == PackKind && usable && p.kind != "" && rules.Apply(p.kind, p.content) == nil {
			packs = append(packs, p)
		}
	}
	slices.SortFunc(packs, func(a, b published) int { return cmp.Or(strings.Compare(a.from, b.from), compareIDs(a.id, b.id)) })
	return packs
}

// table is a year's table of holidays that counts.
type table struct {
	ID change.RecordID
	calendar.Year
}

// tablesOf are the tables that count: of a year that with the later id.
func tablesOf(records []Entry) map[string]table {
	tables := map[string]table{}
	for i := range records {
		e := &records[i]
		year := e.value("year")
		if e.Kind != HolidayKind || !year.IsInt() || !e.has("off") {
			continue
		}
		off, wrong := rulepack.Off(year.Int(), e.text("off"))
		if wrong != nil || len(off) == 0 {
			continue
		}
		worked, wrong := rulepack.Worked(year.Int(), e.text("worked"), off)
		if name := off[0][:4]; wrong == nil && compareIDs(tables[name].ID, e.ID) < 0 {
			tables[name] = table{ID: e.ID, Year: calendar.Year{Off: off, Worked: worked}}
		}
	}
	return tables
}

// eras are the times between the days on which packs of some kinds begin and end. Where
// the rules stay the same by that, there is one.
func eras(packs []published, holidays calendar.Holidays, kinds []string) []era {
	begins := []string{""}
	for _, p := range packs {
		if !slices.Contains(kinds, p.kind) {
			continue
		}
		begins = append(begins, p.from)
		if p.to != "" {
			begins = append(begins, calendar.AddDays(p.to, 1))
		}
	}
	slices.Sort(begins)
	var all []era
	for _, day := range slices.Compact(begins) {
		rules := rulesOn(packs, kinds, day)
		rules.Holidays = holidays
		if n := len(all); n == 0 || !reflect.DeepEqual(*all[n-1].rules, rules) {
			all = append(all, era{day, &rules, termsOf(&rules)})
		}
	}
	return all
}

// rulesOn are the rules in force on a day: of each kind those of one pack, and what it
// does not say as where nothing is published.
func rulesOn(packs []published, kinds []string, day string) rulepack.Rules {
	rules, last := rulepack.Plain(), map[string]published{}
	for _, p := range packs {
		if slices.Contains(kinds, p.kind) && p.from <= day && (p.to == "" || day <= p.to) {
			last[p.kind] = p
		}
	}
	for _, kind := range kinds {
		if p, in := last[kind]; in {
			_ = rules.Apply(kind, p.content) // it was read before
		}
	}
	return rules
}

// on is the era of a day for rows; the days on which it begins and ends bound the span.
func (p *Published) on(s *span) *era {
	at := eraOn(p.rows, s.day)
	if at > 0 {
		s.reached(p.rows[at].from)
	}
	if at+1 < len(p.rows) {
		s.reached(p.rows[at+1].from)
	}
	return &p.rows[at]
}

// Figures are all rules in force on a day, those by which figures are judged too.
func (p *Published) Figures(day string) *rulepack.Rules {
	return p.figures[eraOn(p.figures, day)].rules
}

// eraOn is the place of the era that a day is in.
func eraOn(eras []era, day string) int {
	at, begins := slices.BinarySearchFunc(eras, day, func(e era, day string) int { return strings.Compare(e.from, day) })
	if begins {
		return at
	}
	return max(at-1, 0)
}

// Digest is another for another that counts; the zero hash where nothing does.
func (p *Published) Digest() change.Hash { return p.digest }

func digestOf(packs []published, tables map[string]table) change.Hash {
	if len(packs)+len(tables) == 0 {
		return change.Hash{}
	}
	var all bytes.Buffer
	write := json.NewEncoder(&all)
	for _, p := range packs {
		_ = write.Encode([]string{string(p.id), p.kind, p.from, p.to, p.content}) // texts into memory
	}
	_ = write.Encode(tables) // in the order of the years
	return sha256.Sum256(all.Bytes())
}
