package rows

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"tongbu/bench/town"
	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/internal/change"
	"tongbu/internal/matching"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// matchDay is the day of the matches.
const matchDay = "2026-03-10"

// labour is the view of a city with its persons, of whom one in twelve is without work and
// most of these have registered as seekers, and its vacancies. The persons of the other
// rows tell of no ability and live in no household that is there, so none of them would be
// without work.
type labour struct {
	filling
	root      change.UnitID
	known     *tree.Tree
	book      *matching.Book
	persons   int
	jobless   int
	vacancies []change.RecordID
	seekers   []change.RecordID

	rand        *rand.Rand
	occupations []string
	seqs        map[change.UnitID]uint64
}

func (c *labour) tree() *tree.Tree { return c.known }

func newLabour(ctx context.Context, e *Env) (*labour, error) {
	kinds, err := schema.Load()
	if err != nil {
		return nil, err
	}
	units := town.Shape{Districts: 10, Streets: 5, Communities: 10}.Units()
	c := &labour{root: units[0].ID, rand: rand.New(rand.NewPCG(3, 4)), seqs: map[change.UnitID]uint64{}}
	if c.known, err = tree.New(units); err != nil {
		return nil, err
	}
	c.book = matching.NewBook(kinds, c.known, matchDay)
	list, _ := kinds.List("occupation")
	for _, item := range list.Items {
		c.occupations = append(c.occupations, item.Code)
	}
	if c.view, err = sqlite.Open(ctx, filepath.Join(e.Dir, "match.db"), kinds, view.Options{Key: [32]byte{1}, Tree: c.known}); err != nil {
		return nil, err
	}
	communities := town.Level(units, tree.Community)
	each, vacancies := e.size(10_000, 500_000, 500_000)/len(communities), e.size(500, 5000, 5000)/len(communities)
	for _, u := range communities {
		c.community(u.ID, each, vacancies)
		if err := c.apply(ctx, 50_000); err != nil {
			return nil, err
		}
	}
	e.Say("match: %d persons are in the view", c.persons)
	if err := c.finish(ctx, matchDay); err != nil {
		return nil, err
	}
	e.Say("match: the rows that follow are made")
	return c, nil
}

// fields are the fields of a record.
type fields map[string]any

func (c *labour) add(unit change.UnitID, kind string, own string, f fields) change.RecordID {
	id := change.NumberedRecordID(unit, kind, own)
	values := map[string]change.Value{"unit": change.Text(string(unit))}
	for name, v := range f {
		switch x := v.(type) {
		case string:
			values[name] = change.Text(x)
		case int:
			values[name] = change.Int(int64(x))
		case []string:
			values[name] = change.Set(x)
		}
	}
	c.seqs[unit]++
	s := change.Stream{Device: change.DeviceID(unit), Incarnation: 1, Audience: unit}
	c.pending = append(c.pending, view.Change{Arrival: c.arrival + 1, Stream: s, Seq: c.seqs[unit], Author: unit,
		Change: &change.Change{Kind: kind, Record: id, Fields: change.FieldsOf(values), Actor: "clerk", At: int64(len(c.seqs))}})
	return id
}

func (c *labour) pick(from ...string) string { return from[c.rand.IntN(len(from))] }

// community makes a community's households of three, and its vacancies.
func (c *labour) community(unit change.UnitID, persons, vacancies int) {
	home := change.RecordID("")
	for i := range persons {
		if i%3 == 0 {
			home = c.add(unit, "household", fmt.Sprint(i), fields{"head_name": "王", "survey_date": "2025-10-01"})
		}
		without, f := c.rand.IntN(12) == 0, fields{"name": "王明", "household": string(home), "relation": []string{"02", "12", "20"}[i%3],
			"birth_date": fmt.Sprintf("%d-03-01", 1962+c.rand.IntN(45)), "sex": c.pick("1", "2"), "hukou": "10", "status": "1", "labour_ability": "1", "job_wish": "1", "education": c.pick("20", "61", "71")}
		if without {
			f["status"], f["wish_occupation_1"], f["hardship"] = "9", c.pick(c.occupations...), []string{c.pick("010", "050")}
		}
		id := c.add(unit, "person", fmt.Sprint(i), f)
		c.persons++
		if !without {
			continue
		}
		c.jobless++
		if c.rand.IntN(4) > 0 {
			c.add(unit, "job_seeking", fmt.Sprint(i), fields{"person": string(id), "on": fmt.Sprintf("2026-%02d-%02d", 1+c.rand.IntN(2), 1+c.rand.IntN(28)),
				"occupation_1": c.pick(c.occupations...), "occupation_2": c.pick(c.occupations...), "pay": 150_000 + 1000*c.rand.IntN(200), "area": c.pick("2", "3", "4"), "form": c.pick("60", "20")})
			c.seekers = append(c.seekers, id)
		}
	}
	for i := range vacancies {
		c.vacancies = append(c.vacancies, c.add(unit, "vacancy", fmt.Sprint(i), c.vacancy()))
	}
}

func (c *labour) vacancy() fields {
	return fields{"employer_name": "一厂", "occupation": c.pick(c.occupations...), "wage": 180_000 + 1000*c.rand.IntN(200), "state": "1", "posts": 3, "area": "4",
		"registered_on": "2026-02-01", "education": c.pick("70", "61", "30"), "insurance": c.pick("0", "1", "2"), "contract_term": c.pick("一年", "半年", "三年"), "employment_kind": c.pick("60", "20")}
}

// some are vacancies and persons to be judged in memory.
func (c *labour) some(n int) (vacancies []*matching.Vacancy, seekers []*matching.Seeker) {
	communities := town.Level(town.Shape{Districts: 10, Streets: 5, Communities: 10}.Units(), tree.Community)
	row := func(id change.RecordID, f fields) matching.Row {
		r := matching.Row{ID: id, Unit: communities[c.rand.IntN(len(communities))].Code}
		for name, v := range f {
			value := change.Null
			switch x := v.(type) {
			case string:
				value = change.Text(x)
			case int:
				value = change.Int(int64(x))
			}
			r.Fields, r.Values = append(r.Fields, name), append(r.Values, value)
		}
		return r
	}
	for i := range n {
		vacancies = append(vacancies, c.book.Vacancy(row(change.RecordID(fmt.Sprint(i)), c.vacancy())))
		person := fields{"sex": c.pick("1", "2"), "education": c.pick("20", "61", "71"), "labour_ability": "1", "job_wish": "1",
			"wish_occupation_1": c.pick(c.occupations...), "wish_pay": 150_000 + 1000*c.rand.IntN(200), "wish_area": c.pick("2", "3", "4"), "wish_form": c.pick("60", "20")}
		seekers = append(seekers, c.book.Seeker(matching.Known{Person: row(change.RecordID(fmt.Sprint(i)), person), Facts: row("", fields{"age": 20 + c.rand.IntN(40)})}))
	}
	return vacancies, seekers
}
