package hub_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tongbu/hub"
	"tongbu/hub/transfer"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/report"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// lives are those of many households in one town of three communities, of which one may be
// off the line.
type lives struct {
	*town
	t       *testing.T
	random  *rand.Rand
	street  *hub.Hub
	nodes   []*replica.Replica
	homes   []*living
	own     map[change.UnitID]int // own numbers that a community has given
	entered int64                 // households, each of one person
	met     map[string]int        // what was done, and what came of it
}

// living is one household with a person, and what has been written of them.
type living struct {
	home, person change.RecordID
	written      []string // values that a desk took for saved
	contacts     []change.RecordID
}

func newLives(t *testing.T, seed uint64) *lives {
	w := newTown(t)
	l := &lives{town: w, t: t, random: rand.New(rand.NewPCG(seed, 16)), met: map[string]int{}, own: map[change.UnitID]int{}}
	l.street, _ = w.hub(kit.Street, true)
	for _, unit := range []change.UnitID{kit.First.ID, kit.Second.ID, kit.FarAway.ID} {
		for _, u := range kit.Units() {
			if u.ID == unit {
				l.nodes = append(l.nodes, w.MustReplica(t, w.city.Replica, u))
			}
		}
	}
	kit.MustPublish(t, w.city.Replica, system.Readable)
	l.sync(l.nodes...)
	return l
}

// sync carries what some communities and the tiers above them have said, and has the city act
// on it.
func (l *lives) sync(nodes ...*replica.Replica) {
	l.t.Helper()
	l.carry(nodes...)
	kit.MustJudge(l.t, l.city.Replica)
	must(l.t, l.city.Transfers.Look(l.t.Context()))
	must(l.t, l.city.Pairs.Look(l.t.Context()))
	kit.MustJudge(l.t, l.city.Replica)
}

// carry carries what communities and the tiers above them have said to each other.
func (l *lives) carry(nodes ...*replica.Replica) {
	l.t.Helper()
	for _, n := range nodes {
		must(l.t, n.SayReleased(l.t.Context()))
		if n.Place.Unit == kit.FarAway.ID {
			l.MustExchange(l.t, n, l.city.Replica)
		} else {
			l.MustExchange(l.t, n, l.street.Replica)
		}
	}
	l.MustExchange(l.t, l.street.Replica, l.city.Replica)
}

// enter makes the households of one round, each at some community.
func (l *lives) enter(n int) {
	l.homes = nil
	for i := range n {
		at := l.nodes[l.random.IntN(len(l.nodes))]
		l.own[at.Place.Unit]++
		number := l.own[at.Place.Unit] // others give the same
		h := &living{home: kit.MustPut(l.t, at, "household", fmt.Sprintf(`{"id":"h%d","head_name":"王%d","survey_date":"2026-01-05"}`, number, i))[0].ID}
		h.person = kit.MustPut(l.t, at, "person", fmt.Sprintf(`{"id":"p%d","household":%q,"name":"王%d","phone":"0","birth_date":"1980-01-%02d"}`, number, h.home, i, 1+i%28))[0].ID
		l.homes, l.entered = append(l.homes, h), l.entered+1
	}
}

// pick is one of some.
func pick[V any](l *lives, of ...V) V { return of[l.random.IntN(len(of))] }

// step does one thing to one household at one community, as people there could.
func (l *lives) step(n int) {
	h, at := pick(l, l.homes...), pick(l, l.nodes...)
	what := pick(l, "edit", "edit", "contact", "offer", "answer", "order", "hostile", "settle", "withdraw")
	l.met[what+" "+fault.Of(l.do(what, h, at, n)).String()]++
}

func (l *lives) do(what string, h *living, at *replica.Replica, n int) (err error) {
	ctx, value := l.t.Context(), fmt.Sprint(n+1)
	mine := desk.TransfersOf(desk.New(at))
	switch what {
	case "edit":
		if _, err = kit.Put(l.t, at, "person", fmt.Sprintf(`{"id":%q,"phone":%q}`, h.person, value)); err == nil {
			h.written = append(h.written, value)
		}
	case "contact":
		if _, err = desk.New(at).Get(ctx, "person", h.person, kit.Clerk); err != nil {
			return err // nobody reports of a person whom the screen does not show
		}
		var made []desk.Written
		if made, err = kit.Put(l.t, at, "contact", fmt.Sprintf(`{"person":%q,"on":"2026-01-06","way":"1","content":%q}`, h.person, value)); err == nil {
			h.contacts = append(h.contacts, made[0].ID)
		}
	case "offer":
		kind, id := "household", h.home
		if l.random.IntN(4) == 0 {
			kind, id = "person", h.person
		}
		_, err = mine.Offer(ctx, desk.TransferAsk{Kind: kind, Record: id, To: pick(l, kit.First, kit.Second, kit.FarAway).Code, Reason: "搬家"}, kit.Clerk)
	case "answer", "withdraw":
		all, failed := mine.List(ctx, kit.Clerk)
		if failed != nil {
			return failed
		}
		for _, one := range all {
			if what == "withdraw" && one.Side == "from" && one.Offer != "" && (one.State == desk.TransferOffered || one.State == desk.TransferWaiting) {
				_, err = mine.Withdraw(ctx, one.Offer, kit.Clerk)
				break
			}
			if what == "answer" && one.Side == "to" && one.State == desk.TransferOffered && one.Answer == "" {
				_, err = mine.Answer(ctx, one.Transfer, desk.TransferReply{Answer: pick(l, "accept", "accept", "decline"), Reason: "住址"}, kit.Clerk)
				break
			}
		}
	case "order":
		_, err = l.city.Transfers.Order(ctx, transfer.Move{Kind: "household", Record: h.home, To: pick(l, kit.First, kit.Second, kit.FarAway).Code, Reason: "住址", Actor: "li"})
	case "hostile": // no desk would write it
		err = writeRaw(l.t, at, &change.Change{Kind: "person", Record: h.person, Fields: change.FieldsOf(map[string]change.Value{"note": change.Text("他人")})})
	case "settle":
		held, failed := mine.Held(ctx, kit.Clerk)
		if failed != nil {
			return failed
		}
		for _, one := range held {
			if one.Answer == "" {
				_, err = mine.Answer(ctx, one.Word, desk.TransferReply{Answer: pick(l, "take", "drop")}, kit.Clerk)
				break
			}
		}
	}
	return err
}

// TestTransferLives: whatever communities, one of them off the line, and the city do with
// households, in the end each record is with one community, which has seen all that anybody
// was told is saved, and every tier has the same of it.
func TestTransferLives(t *testing.T) {
	line := report.Begin(t, "lives of households that move")
	met := map[string]int{}
	first, towns := report.Seed(), uint64(report.Scale(1, 100))
	line.Seeds = fmt.Sprintf("%d to %d", first, first+towns-1)
	for seed := first; seed < first+towns && !t.Failed(); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newLives(t, seed)
			l.met = met
			for round := range rounds {
				l.round(round)
				line.Runs += together
			}
		})
	}
	line.Figure("met", met)
	for _, what := range []string{"edit ok", "contact ok", "offer ok", "answer ok", "order ok", "settle ok"} {
		if met[what] == 0 {
			t.Errorf("never %s: %v", what, met)
		}
	}
}

// A town lives through some rounds, in each of which some households move.
const (
	rounds   = 2
	together = 50
)

func (l *lives) round(round int) {
	l.enter(together)
	l.sync(l.nodes...)
	off := l.random.IntN(len(l.nodes))
	linked := slices.Delete(slices.Clone(l.nodes), off, off+1)
	for n := range 6 * together {
		l.step(round*1000 + n)
		if l.random.IntN(together) == 0 {
			l.sync(linked...)
		}
	}
	for range 4 {
		l.sync(l.nodes...)
	}
	l.carry(l.nodes...)
	l.carry(l.nodes...)
	l.verify(l.street) // their views follow
	l.verify(l.city)
	for _, h := range l.homes {
		l.stands(h)
	}
	groups, rows, err := hub.RowsOf(l.t.Context(), l.city, "person_facts")
	must(l.t, err)
	counted := int64(0)
	for _, g := range groups {
		counted += g.Count
	}
	if rows != l.entered || counted != l.entered {
		l.t.Errorf("%d persons have %d rows, and are counted as %d", l.entered, rows, counted)
	}
	for _, at := range l.nodes {
		(&removals{corrections: &corrections{town: l.town, street: l.street}}).equal(at)
	}
}

// stands wants a household to be with one community, with its person, and that community to
// have seen all that was written of them.
func (l *lives) stands(h *living) {
	l.t.Helper()
	l.where("household", h.home)
	at := l.where("person", h.person)
	if at == nil {
		return
	}
	past, err := desk.New(at).History(l.t.Context(), "person", h.person, kit.Clerk)
	must(l.t, err)
	for _, value := range h.written {
		if !slices.ContainsFunc(past, func(p desk.Past) bool { return p.Fields["phone"] == value }) {
			l.t.Errorf("person %s: %s has never seen the phone %s", h.person, at.Members.Unit().Name, value)
		}
	}
	for _, id := range h.contacts {
		if with := l.where("contact", id); with != nil && with != at {
			l.t.Errorf("contact %s is with %s, its person with %s", id, with.Members.Unit().Name, at.Members.Unit().Name)
		}
	}
}

// where is the one community that has a record.
func (l *lives) where(kind string, id change.RecordID) (at *replica.Replica) {
	l.t.Helper()
	n := 0
	for _, node := range l.nodes {
		shown, err := desk.New(node).Get(l.t.Context(), kind, id, kit.Clerk)
		if err == nil && shown.State == desk.Refused {
			continue // nothing of it stands there; what was typed in vain is shown
		}
		if err == nil {
			at = node
			n++
		} else if fault.Of(err) != fault.NotFound {
			l.t.Fatal(err)
		}
	}
	if n != 1 {
		l.t.Errorf("%s %s is with %d communities", kind, id, n)
	}
	return at
}
