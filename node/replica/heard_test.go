package replica_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

const question = "kinds:\n  - name: household\n    extends: true\n    fields:\n      - {name: x.pet, label: {zh: 宠物, en: pet}, type: text, index: true}\n"

// says is the change in which a city publishes something.
func says(p system.Publication) *change.Change {
	return &change.Change{Kind: system.PublicationKind, Record: p.ID(), Fields: change.FieldsOf(p.Fields()), Actor: "city", At: 1}
}

func hasPet(r *replica.Replica) bool {
	k, _ := r.Schema.Kind("household")
	_, ok := k.Field("x.pet")
	return ok
}

// TestHearsWhatIsPublished: at once, in whatever number, and still after a restart; what
// may not be published is left out and hinders nothing.
func TestHearsWhatIsPublished(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustWrite(t, w.City, says(system.Publication{Number: 1, Document: "kinds:\n  - name: household\n    extends: true\n    writers: [2]\n"}))
	kit.MustWrite(t, w.City, says(system.Publication{Number: 2, Document: question}))
	other := says(system.Publication{Number: 3, Document: question + "# more\n"})
	other.Record = "0123456789" // not what it says
	kit.MustWrite(t, w.City, other)
	w.MustCarry(t, w.City, w.Node)
	check := func(r *replica.Replica) {
		t.Helper()
		now := r.HeardNow()
		if !hasPet(r) || now.Schema.Version() != 2 || len(now.All) != 2 || len(now.All[0].Problems) != 1 || now.All[0].Problems[0].Rule != "writers" || now.All[1].Problems != nil {
			t.Errorf("got %d %+v", now.Schema.Version(), now.All)
		}
	}
	check(w.Node)
	dir := w.Node.Dir()
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	again := w.MustOpen(t, dir)
	check(again)
	mustServe(t, again, 1)
	if got := statesOf(t, again)[0].Change.Fields.Get("schema"); got != change.Int(2) {
		t.Errorf("it says that it has heard %v", got)
	}
}

// TestOnlyTheCityPublishes: whatever others write under the kind, nobody hears it.
func TestOnlyTheCityPublishes(t *testing.T) {
	w := kit.MustTiers(t)
	c := says(system.Publication{Number: 1, Document: question})
	kit.MustWrite(t, w.Street, c)
	w.MustCarry(t, w.Street, w.Node)
	forger := w.MustForger(t, kit.Second)
	forger.MustSay(t, w.City, kit.Second, c)
	for _, r := range []*replica.Replica{w.Node, w.City} {
		if hasPet(r) || r.Schema.Now().Version() != 0 {
			t.Errorf("%s has heard it", r.Place.Unit)
		}
	}
}

// TestIndexesOfTheQuestion: they are made while the directory is served, of what was
// there before too.
func TestIndexesOfTheQuestion(t *testing.T) {
	w := kit.MustTiers(t)
	for _, pet := range []string{"cat", "dog"} {
		kit.MustWrite(t, w.Node, &change.Change{Kind: "household", Record: change.RecordID("h-" + pet), Actor: "clerk",
			Fields: change.FieldsOf(map[string]change.Value{"address": change.Text("lane"), "x.pet": change.Text(pet)})})
	}
	kit.MustWrite(t, w.City, says(system.Publication{Number: 1, Document: question}))
	w.MustCarry(t, w.City, w.Node)
	if w.Node.Records.IsIndexed(w.Node.Schema.Now()) {
		t.Error("the indexes are those of the question before anybody has made them")
	}
	mustServeUntil(t, w.Node, "the indexes are made", func() (ready bool) {
		if !w.Node.Records.IsIndexed(w.Node.Schema.Now()) {
			return false
		}
		err := w.Node.Journal.View(func(tx *journal.Tx) (err error) {
			ready, err = w.Node.Records.IndexReady(tx)
			return err
		})
		return err == nil && ready
	})
	if wrong, err := w.Node.Records.Misled(t.Context(), w.Node.Journal); err != nil || len(wrong) > 0 {
		t.Errorf("got %v, %v", wrong, err)
	}
}
