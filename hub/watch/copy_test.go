package watch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tongbu/hub/watch"
	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/report"
	"tongbu/internal/tree"
)

// TestCopies: whoever only watches holds in the end what there is: through breaks,
// restarts from any position that was ever told, lives that end, a view that is made
// again, rules that are published, and days that turn.
func TestCopies(t *testing.T) {
	t.Parallel()
	first := report.Seed()
	for seed := first; seed < first+uint64(report.Scale(2, 60)); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			s := newStory(t, seed)
			for range 100 {
				s.step()
			}
			s.sync()
			for _, c := range s.copies {
				s.scope = c.q.Scope
				c.beginAgain()
				s.mustCatchUp(c)
				s.wantCopy(c)
			}
			if s.breaks+s.restarts == 0 || s.rows < 10 {
				t.Errorf("%d breaks, %d restarts, %d rows: too few to tell anything", s.breaks, s.restarts, s.rows)
			}
		})
	}
}

// story is what happens in a city, by chance.
type story struct {
	*world
	random *rand.Rand
	clerks map[change.UnitID]*kit.Forger
	said   map[change.UnitID][]*change.Change
	words  []wordSaid
	moved  bool // the tree is the other one
	copies []*copied
	kept   [][]*copied // copies as they were when a position was told

	breaks, restarts, rows int
}

type wordSaid struct {
	id change.RecordID
	of tree.Unit
}

func newStory(t *testing.T, seed uint64) *story {
	s := &story{world: newWorld(t), random: rand.New(rand.NewPCG(seed, 7)), clerks: map[change.UnitID]*kit.Forger{}, said: map[change.UnitID][]*change.Change{}}
	for _, u := range []tree.Unit{kit.First, kit.Second} {
		s.clerks[u.ID] = s.MustForger(t, u)
	}
	of := func(q question.Question, scope change.UnitID, subject string) {
		q.Scope = scope
		s.copies = append(s.copies, newCopy(q, subject))
	}
	of(persons, kit.City.ID, "")
	women := persons
	women.Filter = `sex = "2"`
	of(women, kit.City.ID, "")
	of(persons, kit.Street.ID, "")
	of(question.Question{Kind: "unit"}, kit.City.ID, "")
	of(unemployed, kit.City.ID, "person")
	of(unemployed, kit.First.ID, "person")
	of(families, kit.Street.ID, "household")
	s.kept = make([][]*copied, len(s.copies))
	return s
}

func (s *story) pick(of ...string) string { return of[s.random.IntN(len(of))] }

func (s *story) step() {
	of := []tree.Unit{kit.First, kit.Second}[s.random.IntN(2)]
	switch n := s.random.IntN(100); {
	case n < 12:
		s.say(of, record(of, "household", s.number(3), fields{"head_name": textOf("甲"), "survey_date": textOf("2026-01-01"), "valid": textOf(s.pick("1", "1", "0"))}))
	case n < 32:
		set := seeker(of, s.number(3))
		set["sex"], set["status"], set["valid"] = textOf(s.pick("1", "2")), textOf(s.pick("1", "9", "9")), textOf(s.pick("1", "1", "1", "0"))
		s.say(of, person(of, s.number(5), set))
	case n < 42:
		s.say(of, person(of, s.number(5), fields{"household": textOf(string(kit.Name(of, "household", s.number(3))))}))
	case n < 60:
		kind := s.pick("unemployment", "placement", "status_found", "registration", "job_seeking", "insurance_state")
		s.say(of, record(of, kind, s.number(4), fields{"person": textOf(string(kit.Name(of, "person", s.number(5)))),
			"on": textOf(s.pick("2026-01-01", "2026-03-01", "2026-07-01")), "status": textOf(s.pick("1", "9")), "insurance": textOf("11"), "state": textOf("1"), "valid": textOf(s.pick("1", "1", "1", "0"))}))
	case n < 66:
		s.word(of)
	case n < 70 && len(s.words) > 0:
		w := s.words[s.random.IntN(len(s.words))]
		s.takeBack(w.id, w.of)
	case n < 73:
		s.day = nextDay(s.day, 1+s.random.IntN(60))
	case n < 75:
		s.turnTree()
	case n < 77:
		s.follower.Rebuild()
	case n < 79:
		s.sync()
		s.now = watch.Now{Incarnation: s.now.Incarnation + 1, Renewed: s.now.Incarnation + 1, Kept: s.random.Uint64N(s.arrivals() + 1)}
	case n < 81:
		s.publish(s.pick("man_to: 40\nwoman_to: 40", "man_to: 60", "ages: '2025'"))
	default:
		s.watch()
	}
}

func nextDay(day string, days int) string {
	t, _ := time.Parse(time.DateOnly, day) // it is one
	return t.AddDate(0, 0, days).Format(time.DateOnly)
}

func (s *story) number(n int) string { return fmt.Sprint(s.random.IntN(n)) }

func (s *story) say(of tree.Unit, c *change.Change) {
	s.clerks[of.ID].MustSay(s.t, s.city, of, c)
	s.said[of.ID] = append(s.said[of.ID], c)
}

// word has the city refuse one change, or a range of them.
func (s *story) word(of tree.Unit) {
	in, said := s.clerks[of.ID].Stream(of), s.said[of.ID]
	if len(said) == 0 {
		return
	}
	at := uint64(s.random.IntN(len(said)))
	id := system.WordID(in, at+1)
	word := fields{"stream": textOf(in.String()), "seq": change.Int(int64(at + 1)), "count": change.Int(1), "kind": textOf(said[at].Kind),
		"record": textOf(string(said[at].Record)), "rule": textOf("made_up"), "unit": textOf(string(of.ID)), "valid": textOf("1")}
	if s.random.IntN(2) == 0 {
		refused := []uint64{at + 1}
		for next := at + 2; next <= uint64(len(said)) && len(refused) < 5; next += 1 + s.random.Uint64N(2) {
			refused = append(refused, next)
		}
		r := system.Ranges(system.Range{Stream: in, Rule: "made_up", Unit: of.ID}, refused)[0]
		id, word = r.ID(), r.Fields()
		word["valid"] = textOf("1")
	}
	s.refuse(id, of, word)
	s.words = append(s.words, wordSaid{id, of})
}

// turnTree has a community change its code, and another its street, or back.
func (s *story) turnTree() {
	s.moved = !s.moved
	s.retree(func(u *tree.Unit) {
		switch {
		case !s.moved:
		case u.ID == kit.First.ID:
			u.Code = "990101001077"
		case u.ID == kit.Second.ID:
			u.Parent, u.Code = kit.FarStreet.ID, "990101002077"
		}
	})
}

// beginAgain forgets what it has where it was told no position: every record comes.
func (c *copied) beginAgain() {
	if c.position == "" {
		c.rows, c.about = map[string]string{}, map[string]string{}
	}
}

var errBreak = errors.New("the line broke")

// watch has one of the copies follow, from where it is or from any place that it was
// told, and perhaps break off.
func (s *story) watch() {
	if _, steady := s.follower.Steady(); !steady || s.random.IntN(3) > 0 { // nobody else carries out what is ordered
		s.sync()
	}
	i := s.random.IntN(len(s.copies))
	c := s.copies[i]
	if before := s.kept[i]; len(before) > 0 && s.random.IntN(3) == 0 {
		n := s.random.IntN(len(before))
		old := before[n]
		s.restarts++
		if s.random.IntN(2) == 0 {
			c = old.clone() // from a backup of its own: what it was told since it does not know
			s.copies[i], s.kept[i] = c, before[:n+1:n+1]
		} else {
			c.position = old.position // it reads again
		}
	}
	c.beginAgain()
	parts := s.random.IntN(6)
	s.scope = c.q.Scope
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := s.watcher.Run(ctx, s.ask(), c.q, c.position, true, func(_ context.Context, p watch.Changed) error {
		if parts--; parts < 0 {
			return errBreak
		}
		s.rows += len(p.Rows)
		err := c.take(p)
		if err == nil && p.Position != "" {
			s.kept[i] = append(s.kept[i], c.clone())
		}
		return err
	})
	switch {
	case errors.Is(err, errBreak):
		s.breaks++
	case err != nil:
		s.t.Fatal(err)
	}
}
