package reconcile_test

import (
	"crypto/ed25519"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/reconcile"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// world is a city that judges what arrives.
type world struct {
	testing.TB
	town *kit.Town
	city *replica.Replica
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	town := kit.MustTown(tb)
	return &world{TB: tb, town: town, city: town.MustCity(tb)}
}

func (w *world) settle() {
	w.Helper()
	kit.MustJudge(w, w.city)
}

// rules are the refusals at the city: place -> rule.
func rules(tb testing.TB, s *replica.Replica) map[string]string {
	tb.Helper()
	got := map[string]string{}
	err := s.Journal.View(func(tx *journal.Tx) error {
		return s.Records.Each(tx, system.RefusalKind, "", func(r *merge.Record) error {
			if !r.Void() {
				got[fmt.Sprintf("%s %d", r.Value("stream").Text(), r.Value("seq").Int())] = r.Value("rule").Text()
			}
			return nil
		})
	})
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

func (w *world) wantRules(want map[string]string) {
	w.Helper()
	if diff := cmp.Diff(want, rules(w, w.city)); diff != "" {
		w.Error(diff)
	}
}

// recorded is how far the receipts cover each stream.
func recorded(tb testing.TB, s *replica.Replica) map[change.Stream]change.Mark {
	tb.Helper()
	marks := map[change.Stream]change.Mark{}
	err := s.Journal.View(func(tx *journal.Tx) error {
		return tx.Receipts(func(r *change.SignedReceipt) error {
			marks[r.Stream] = r.Mark()
			return r.Verify(s.Keys.Key().Public().(ed25519.PublicKey))
		})
	})
	if err != nil {
		tb.Fatal(err)
	}
	return marks
}

type fields = map[string]change.Value

func person(id change.RecordID, values fields, context change.Vector) *change.Change {
	return &change.Change{Kind: "person", Record: id, Fields: change.FieldsOf(values), Context: context, Actor: "clerk", At: 1}
}

func named(name string) fields { return fields{"name": change.Text(name)} }

func notice(id change.RecordID, title string, context change.Vector) *change.Change {
	return &change.Change{Kind: "notice", Record: id, Fields: change.FieldsOf(fields{"title": change.Text(title)}), Context: context, At: 1}
}

func at(s change.Stream, seq int) string { return fmt.Sprintf("%s %d", s, seq) }

func TestHonestChangesStand(t *testing.T) {
	w := newWorld(t)
	clerk := w.town.MustForger(t, kit.First)
	in := clerk.Stream(kit.First)
	clerk.MustSay(t, w.city, kit.First, person("p-1", named("甲"), nil), person("p-1", fields{"phone": change.Text("1")}, change.Vector{in: 1}))
	clerk.MustSay(t, w.city, kit.First, person("p-2", named("乙"), nil))
	w.settle()
	w.wantRules(map[string]string{})
	e, _ := w.city.Streams.Entry(in)
	if got := recorded(t, w.city)[in]; got != e.Sealed || got.Seq != 3 {
		t.Errorf("receipt: got %+v, want %+v", got, e.Sealed)
	}
}

func TestRefuses(t *testing.T) {
	street := change.Stream{}
	tests := map[string]struct {
		changes []*change.Change
		want    string // rule, of the last change
	}{
		"a person without a name":        {[]*change.Change{person("p-1", fields{"phone": change.Text("1")}, nil)}, "missing"},
		"a name taken away":              {[]*change.Change{person("p-1", named("甲"), nil), person("p-1", fields{"name": change.Null}, change.Vector{street: 1})}, "missing"},
		"a date that does not exist":     {[]*change.Change{person("p-1", named("甲"), nil), person("p-1", fields{"birth_date": change.Text("1990-02-30")}, change.Vector{street: 1})}, "date"},
		"a value of the wrong type":      {[]*change.Change{person("p-1", fields{"name": change.Int(1)}, change.Vector{street: 1})}, "type"},
		"a number with a wrong digit":    {[]*change.Change{person("p-1", named("甲"), nil), person("p-1", fields{"id_number": change.Text("990101190001010011")}, change.Vector{street: 1})}, "id_number"},
		"a kind of another tier":         {[]*change.Change{notice("n-1", "x", nil)}, "not_a_writer"},
		"a unit":                         {[]*change.Change{{Kind: "unit", Record: "u-1", Fields: change.FieldsOf(named("x"))}}, "not_a_writer"},
		"a device":                       {[]*change.Change{{Kind: "device", Record: "d-1", Fields: change.FieldsOf(named("x"))}}, "not_a_writer"},
		"a refusal":                      {[]*change.Change{{Kind: system.RefusalKind, Record: "r-1", Fields: change.FieldsOf(named("x"))}}, "not_a_writer"},
		"nothing of a kind it knows not": {[]*change.Change{{Kind: "survey2030", Record: "s-1", Fields: change.FieldsOf(named("x"))}}, ""},
		"nothing of a field it knows not": {[]*change.Change{person("p-1", fields{"name": change.Text("甲"), "shoe_size": change.Int(42)}, nil)},
			""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			clerk := w.town.MustForger(t, kit.First)
			in := clerk.Stream(kit.First)
			for _, c := range test.changes {
				if n, ok := c.Context[street]; ok {
					c.Context = change.Vector{in: n}
				}
			}
			clerk.MustSay(t, w.city, kit.First, test.changes...)
			w.settle()
			want := map[string]string{}
			if test.want != "" {
				want[at(in, len(test.changes))] = test.want
			}
			w.wantRules(want)
			if got := recorded(t, w.city)[in].Seq; got != uint64(len(test.changes)) {
				t.Errorf("receipt: got %d, want the refused covered too", got)
			}
		})
	}
}

func TestRefusesAnothersRecord(t *testing.T) {
	w := newWorld(t)
	first, second := w.town.MustForger(t, kit.First), w.town.MustForger(t, kit.Second)
	first.MustSay(t, w.city, kit.First, person("p-1", named("甲"), nil))
	second.MustSay(t, w.city, kit.Second, person("p-1", named("乙"), nil), person("p-2", named("丙"), nil))
	w.settle()
	w.wantRules(map[string]string{at(second.Stream(kit.Second), 1): "not_the_custodian"})
}

// TestRefusesARecordNamedForAnother: an id says whose the record is, whoever
// comes first, and whether the kind is known or not.
func TestRefusesARecordNamedForAnother(t *testing.T) {
	w := newWorld(t)
	second := w.town.MustForger(t, kit.Second)
	theirs := change.NewRecordID(kit.First.ID, [16]byte{1})
	nobodys := change.NewRecordID(change.NewUnitID([10]byte{99}), [16]byte{1})
	second.MustSay(t, w.city, kit.Second, person(theirs, named("乙"), nil), person(nobodys, named("乙"), nil),
		&change.Change{Kind: "survey2030", Record: theirs, Fields: change.FieldsOf(named("x"))})
	w.settle()
	in := second.Stream(kit.Second)
	w.wantRules(map[string]string{at(in, 1): "not_the_custodian", at(in, 2): "not_the_custodian", at(in, 3): "not_the_custodian"})
}

// TestSeveralWait: what waits for changes that have not come is weighed again when
// something comes of its record, each as often as there is news of it and no more:
// two that went on waiting had each other weighed for ever.
func TestSeveralWait(t *testing.T) {
	w := newWorld(t)
	one, two := w.town.MustForger(t, kit.First), w.town.MustForger(t, kit.First)
	first, second := one.Stream(kit.First), two.Stream(kit.First)
	id := change.NewRecordID(kit.First.ID, [16]byte{1})
	edit := func(phone string, context change.Vector) *change.Change {
		return person(id, fields{"name": change.Text("甲"), "phone": change.Text(phone)}, context)
	}
	two.MustSay(t, w.city, kit.First, edit("1", change.Vector{first: 3}), edit("2", change.Vector{first: 3, second: 4}), edit("3", change.Vector{first: 9, second: 5}))
	w.settle()
	waiting := map[string]string{at(second, 1): "context_unknown", at(second, 2): "context_unknown", at(second, 3): "context_unknown"}
	w.wantRules(waiting)
	one.MustSay(t, w.city, kit.First, edit("4", nil), edit("5", change.Vector{first: 1}))
	w.settle()
	w.wantRules(waiting)
	one.MustSay(t, w.city, kit.First, edit("6", change.Vector{first: 2}))
	w.settle()
	w.wantRules(map[string]string{at(second, 3): "context_unknown"})
}

// TestContexts: what a change builds on must be here, or come; then it stands.
// Its own device may have lost what it names.
func TestContexts(t *testing.T) {
	w := newWorld(t)
	one, two := w.town.MustForger(t, kit.First), w.town.MustForger(t, kit.First)
	first, second := one.Stream(kit.First), two.Stream(kit.First)
	id := change.NewRecordID(kit.First.ID, [16]byte{1})
	edit := func(phone string, context change.Vector) *change.Change {
		return person(id, fields{"phone": change.Text(phone)}, context)
	}
	two.MustSay(t, w.city, kit.First, edit("1", change.Vector{first: 1}))
	w.settle()
	w.wantRules(map[string]string{at(second, 1): "context_unknown"})
	one.MustSay(t, w.city, kit.First, person(id, named("甲"), nil))
	w.settle()
	w.wantRules(map[string]string{})
	two.MustSay(t, w.city, kit.First, edit("2", change.Vector{first: 1 << 40, second: 2}), edit("3", change.Vector{first: 1, second: 1 << 47}),
		edit("4", change.Vector{first: 1, second: 9}))
	w.settle()
	w.wantRules(map[string]string{at(second, 2): "context_unknown", at(second, 3): "context_unknown"})
	one.MustSay(t, w.city, kit.First, edit("5", change.Vector{first: 1, second: 10}))
	w.settle()
	w.wantRules(map[string]string{at(second, 2): "context_unknown", at(second, 3): "context_unknown"})
}

// TestWaitsInOneTransaction: what a change waits for may come in the transaction that
// refuses it, in which other records of its unit were judged before.
func TestWaitsInOneTransaction(t *testing.T) {
	w := newWorld(t)
	one, two := w.town.MustForger(t, kit.First), w.town.MustForger(t, kit.First)
	first, second := one.Stream(kit.First), two.Stream(kit.First)
	other, id := change.NewRecordID(kit.First.ID, [16]byte{1}), change.NewRecordID(kit.First.ID, [16]byte{2})
	two.MustSay(t, w.city, kit.First, person(other, named("乙"), nil), person(id, fields{"phone": change.Text("1")}, change.Vector{first: 1}))
	one.MustSay(t, w.city, kit.First, person(id, named("甲"), nil))
	w.settle()
	w.wantRules(map[string]string{})
	if got := recorded(t, w.city)[second].Seq; got != 2 {
		t.Errorf("recorded up to %d, want 2", got)
	}
}

// TestTopOfBelievedContexts: a context at the very top of what is believed leaves the
// record correctable, edit by edit, for everybody who has seen it.
func TestTopOfBelievedContexts(t *testing.T) {
	const top = 1 << 32
	for name, context := range map[string]func(own, city change.Stream) change.Vector{
		"its own stream":         func(own, _ change.Stream) change.Vector { return change.Vector{own: top} },
		"just below":             func(own, _ change.Stream) change.Vector { return change.Vector{own: top - 1} },
		"the city's":             func(_, city change.Stream) change.Vector { return change.Vector{city: top} },
		"the city's, just below": func(_, city change.Stream) change.Vector { return change.Vector{city: top - 1} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			one, two := w.town.MustForger(t, kit.First), w.town.MustForger(t, kit.First)
			own := two.Stream(kit.First)
			id := change.NewRecordID(kit.First.ID, [16]byte{1})
			edit := func(phone string, context change.Vector) *change.Change {
				return person(id, fields{"phone": change.Text(phone)}, context)
			}
			one.MustSay(t, w.city, kit.First, person(id, named("甲"), nil))
			w.settle()
			seen := context(own, change.Stream{Device: w.city.Keys.Device(), Incarnation: 1, Audience: kit.First.ID})
			bent := edit("1", seen)
			two.MustSay(t, w.city, kit.First, bent)
			w.settle()
			seen = maps.Clone(seen)
			seen[own] = bent.Count()
			for range 3 {
				next := edit("2", seen)
				one.MustSay(t, w.city, kit.First, next)
				w.settle()
				seen = maps.Clone(seen)
				seen[one.Stream(kit.First)] = next.Count()
			}
			w.wantRules(map[string]string{})
		})
	}
}

// TestFirstIsWhatStandsFirst: a context that is made up spares no record the
// checks of a whole one.
func TestFirstIsWhatStandsFirst(t *testing.T) {
	w := newWorld(t)
	clerk := w.town.MustForger(t, kit.First)
	in := clerk.Stream(kit.First)
	phone := fields{"phone": change.Text("0714-1")}
	clerk.MustSay(t, w.city, kit.First, person("p-1", phone, change.Vector{in: 1}), person("p-1", named("甲"), nil), person("p-1", phone, nil))
	w.settle()
	w.wantRules(map[string]string{at(in, 1): "missing"})
}

// TestOnlyADeviceSaysItsOwn: heads of audit logs are named for devices.
func TestOnlyADeviceSaysItsOwn(t *testing.T) {
	w := newWorld(t)
	one, two := w.town.MustForger(t, kit.First), w.town.MustForger(t, kit.Second)
	in := two.Stream(kit.Second)
	head := system.AuditHead{Entry: 1, At: 1}
	of := func(d change.DeviceID) *change.Change {
		return &change.Change{Kind: system.AuditHeadKind, Record: system.AuditHeadID(d, 1), Fields: change.FieldsOf(head.Fields()), At: 1}
	}
	two.MustSay(t, w.city, kit.Second, of(one.Stream(kit.First).Device), of(in.Device))
	w.settle()
	w.wantRules(map[string]string{at(in, 1): "not_a_writer"})
	one.MustSay(t, w.city, kit.First, of(one.Stream(kit.First).Device))
	w.settle()
	w.wantRules(map[string]string{at(in, 1): "not_a_writer"})
}

// TestARefusedChangeTakesNoRecord: whoever is refused does not hold it then.
func TestARefusedChangeTakesNoRecord(t *testing.T) {
	w := newWorld(t)
	first, second := w.town.MustForger(t, kit.First), w.town.MustForger(t, kit.Second)
	second.MustSay(t, w.city, kit.Second, person("p-1", fields{"name": change.Int(1)}, nil))
	first.MustSay(t, w.city, kit.First, person("p-1", named("甲"), nil))
	w.settle()
	w.wantRules(map[string]string{at(second.Stream(kit.Second), 1): "type"})
}

// TestTheCitysOwnRecords are not another's to write, though the city's words
// are not judged.
func TestTheCitysOwnRecords(t *testing.T) {
	w := newWorld(t)
	mustPut(t, w.city, "notice", "n-1", fields{"title": change.Text("city")})
	w.settle()
	district := w.town.MustForger(t, kit.District)
	district.MustSay(t, w.city, kit.District, notice("n-1", "district", nil), notice("n-2", "own", nil))
	w.settle()
	w.wantRules(map[string]string{at(district.Stream(kit.District), 1): "not_the_custodian"})
}

func mustPut(tb testing.TB, s *replica.Replica, kind string, id change.RecordID, values fields) {
	tb.Helper()
	err := s.Streams.Write(tb.Context(), func(w *streams.Writer) error {
		own, err := w.Own(s.Place.Unit)
		if err != nil {
			return err
		}
		_, err = s.Records.Put(w.Tx, own, s.Place.Unit, records.Edit{Kind: kind, ID: id.Of(kind, s.Place.Unit), Fields: values})
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// TestRefusalsOfOneDeviceToManyUnits: a hub says something to each unit below
// under the same numbers; each refusal is its own.
func TestRefusalsOfOneDeviceToManyUnits(t *testing.T) {
	w := newWorld(t)
	street := w.town.MustForger(t, kit.Street)
	street.MustSay(t, w.city, kit.First, person("p-1", named("甲"), nil))
	street.MustSay(t, w.city, kit.Second, person("p-2", named("乙"), nil))
	w.settle()
	w.wantRules(map[string]string{at(street.Stream(kit.First), 1): "not_a_writer", at(street.Stream(kit.Second), 1): "not_a_writer"})
}

func TestRefusalIDIsARecordID(t *testing.T) {
	in := change.Stream{Device: change.DeviceID(strings.Repeat("a", 16)), Incarnation: 1<<32 - 1, Audience: change.UnitID(strings.Repeat("b", 16))}
	if err := reconcile.RefusalID(in, 1<<62).Validate(); err != nil {
		t.Error(err)
	}
}

// TestUnreadable: a signed batch that holds no changes has its place, no
// effect, and blocks nothing.
func TestUnreadable(t *testing.T) {
	w := newWorld(t)
	clerk := w.town.MustForger(t, kit.First)
	in := clerk.Stream(kit.First)
	clerk.MustSayRaw(t, w.city, kit.First, []byte("no change"), []byte("at all"))
	clerk.MustSay(t, w.city, kit.First, person("p-1", named("甲"), nil))
	w.settle()
	w.wantRules(map[string]string{at(in, 1): "unreadable"})
	if got := recorded(t, w.city)[in].Seq; got != 3 {
		t.Errorf("receipt: got %d, want 3", got)
	}
}

// TestRefusedOnce: the city judges what arrived once; its own refusals arrive
// too and are passed over.
func TestRefusedOnce(t *testing.T) {
	w := newWorld(t)
	clerk := w.town.MustForger(t, kit.First)
	clerk.MustSay(t, w.city, kit.First, person("p-1", fields{"phone": change.Text("1")}, nil))
	w.settle()
	own := w.heads(w.city)
	for range 3 {
		w.settle()
	}
	if diff := cmp.Diff(own, w.heads(w.city)); diff != "" {
		t.Error(diff)
	}
	if _, signed := recorded(t, w.city)[change.Stream{Device: w.city.Keys.Device(), Incarnation: 1, Audience: kit.City.ID}]; signed {
		t.Error("the city signs a receipt for its own words")
	}
}

// heads are the ends of a replica's own streams.
func (w *world) heads(s *replica.Replica) map[change.Stream]change.Mark {
	entries, _ := s.Streams.Entries()
	marks := map[change.Stream]change.Mark{}
	for _, e := range entries {
		if e.Stream.Device == s.Keys.Device() {
			marks[e.Stream] = e.Sealed
		}
	}
	return marks
}

// TestCrash: verdicts, receipts and the place reached are one transaction. A
// city that lost it does the same again, to the byte.
func TestCrash(t *testing.T) {
	w := newWorld(t)
	clerk := w.town.MustForger(t, kit.First)
	clerk.MustSay(t, w.city, kit.First, person("p-1", fields{"phone": change.Text("1")}, nil), person("p-2", named("乙"), nil))
	before := t.TempDir()
	if err := w.city.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(before, os.DirFS(w.town.RootDir)); err != nil {
		t.Fatal(err)
	}
	w.city = w.town.MustOpen(t, w.town.RootDir)
	w.settle()
	want, wantRules, wantRecorded := w.heads(w.city), rules(t, w.city), recorded(t, w.city)

	again := w.town.MustOpen(t, before)
	commits := again.Journal.Stats().Commits
	if _, err := kit.JudgeNext(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if got := again.Journal.Stats().Commits - commits; got != 1 {
		t.Errorf("got %d transactions for one step, want 1", got)
	}
	kit.MustJudge(t, again)
	for _, diff := range []string{cmp.Diff(want, w.heads(again)), cmp.Diff(wantRules, rules(t, again)), cmp.Diff(wantRecorded, recorded(t, again))} {
		if diff != "" {
			t.Error(diff)
		}
	}
	if len(wantRules) != 1 || len(wantRecorded) != 1 {
		t.Errorf("got %v and %v, want one refusal and one receipt", wantRules, wantRecorded)
	}
}

// TestCorrectionStands: the node takes the refusal, the clerk corrects the
// record, and the city lets the correction stand.
func TestCorrectionStands(t *testing.T) {
	w := newWorld(t)
	node := w.town.MustReplica(t, w.city, kit.First)
	mustPut(t, node, "person", "p-1", fields{"name": change.Int(1)}) // past the desk
	w.town.MustCarry(t, node, w.city)
	w.settle()
	w.town.MustCarry(t, w.city, node)
	mustPut(t, node, "person", "p-1", named("甲"))
	w.town.MustCarry(t, node, w.city)
	w.settle()
	got := slices.Collect(maps.Values(rules(t, w.city)))
	if diff := cmp.Diff([]string{"type"}, got); diff != "" {
		t.Error(diff)
	}
	var standing string
	err := node.Journal.View(func(tx *journal.Tx) error {
		r, err := node.Records.Get(tx, "person", change.RecordID("p-1").Of("person", kit.First.ID))
		if err == nil && r != nil {
			standing = r.Value("name").Text()
		}
		return err
	})
	if err != nil || standing != "甲" {
		t.Errorf("got %q, %v, want the correction", standing, err)
	}
}

func BenchmarkStep(b *testing.B) {
	const changes = 10_000
	for range b.N {
		b.StopTimer()
		w := newWorld(b)
		clerk := w.town.MustForger(b, kit.First)
		in := clerk.Stream(kit.First)
		for i := 0; i < changes; i += 500 {
			batch := make([]*change.Change, 500)
			for j := range batch {
				id := change.RecordID(fmt.Sprintf("p-%d", (i+j)/2))
				batch[j] = person(id, named("甲"), nil)
				if j%2 == 1 {
					batch[j] = person(id, fields{"phone": change.Text("1"), "address": change.Text("某路某号"), "sex": change.Text("1")}, change.Vector{in: 1})
				}
			}
			clerk.MustSay(b, w.city, kit.First, batch...)
		}
		b.StartTimer()
		w.settle()
	}
	b.ReportMetric(float64(changes*b.N)/b.Elapsed().Seconds(), "changes/s")
}

// TestVerdictsAndPlaceMoveTogether: one transaction takes verdicts, receipts
// and the place reached, so that no crash can part them.
func TestVerdictsAndPlaceMoveTogether(t *testing.T) {
	w := newWorld(t)
	clerk := w.town.MustForger(t, kit.First)
	w.settle()
	clerk.MustSay(t, w.city, kit.First, person("p-1", named("甲"), nil), notice("n-1", "not theirs to write", nil))
	before := w.city.Journal.Stats().Updates
	if _, err := kit.JudgeNext(t.Context(), w.city); err != nil {
		t.Fatal(err)
	}
	if n := w.city.Journal.Stats().Updates - before; n != 1 {
		t.Errorf("a step takes %d transactions, want 1", n)
	}
	w.wantRules(map[string]string{at(clerk.Stream(kit.First), 2): "not_a_writer"})
	if got := recorded(t, w.city)[clerk.Stream(kit.First)].Seq; got != 2 {
		t.Errorf("recorded up to %d, want 2", got)
	}
}

// TestJudgesDates: a date in the future of the city's own day is refused once
// somebody bears its clock out, on a later change too; a clock that nobody was
// compared with, or that is years behind what was signed, refuses no date.
func TestJudgesDates(t *testing.T) {
	born := func(day string) fields { return fields{"name": change.Text("甲"), "birth_date": change.Text(day)} }
	child := syncer.Peer{Unit: kit.First.ID, Device: change.DeviceOf([]byte{1})}
	for name, c := range map[string]struct {
		compared bool
		offset   time.Duration // of the child's clock
		day      string
		want     string
	}{
		"the day after tomorrow":            {true, 0, "2027-01-17", "birth_future"},
		"today in Shanghai":                 {true, 0, "2027-01-15", ""},
		"nobody was compared":               {false, 0, "2027-01-17", ""},
		"the city's clock is days behind":   {true, 5 * 24 * time.Hour, "2027-01-17", ""},
		"the child's clock is years behind": {true, -20 * 365 * 24 * time.Hour, "2027-01-15", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.compared {
				w.city.Clocks.Met(child, false, c.offset)
			}
			clerk := w.town.MustForger(t, kit.First)
			in, want := clerk.Stream(kit.First), map[string]string{}
			clerk.MustSay(t, w.city, kit.First, person("p-1", born(c.day), nil), person("p-2", named("乙"), nil),
				person("p-2", fields{"birth_date": change.Text(c.day)}, change.Vector{in: 2}))
			w.settle()
			if c.want != "" {
				want[at(in, 1)], want[at(in, 3)] = c.want, c.want
			}
			w.wantRules(want)
		})
	}
}
