package stack_test

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"tongbu/hub/publication"
	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/test/stack"
	"tongbu/node/desk"
	"tongbu/node/operate"
)

const pets = `
codes:
  - name: x.pet
    standard: project
    label: {zh: 宠物种类, en: sort of pet}
    items: [{code: "1", zh: 猫, en: cat}, {code: "2", zh: 狗, en: dog}]
kinds:
  - name: household
    extends: true
    fields:
      - {name: x.pet, label: {zh: 宠物, en: pet}, type: code, codes: x.pet, index: true}
  - name: x.walk
    label: {zh: 遛狗, en: walk}
    writers: [4, 5]
    fields:
      - {name: x.where, label: {zh: 地点, en: where}, type: text, index: true}
`

func mustPublish(w *stack.World, o publication.Order) uint64 {
	var got publication.Outcome
	w.City.MustCall(http.MethodPost, "/schema", o, &got)
	if len(got.Problems) > 0 {
		w.TB.Fatal(got.Problems)
	}
	return got.Version
}

// mustHouse puts a household with a pet, and remembers that it was saved.
func mustHouse(w *stack.World, at *stack.Device, number, pet string) {
	e := stack.Entry{Device: at.Name, Unit: at.Unit.ID, Record: change.NumberedRecordID(at.Unit.ID, stack.Kind, number), Mark: "mark " + number}
	mustAnswer(w, at, stack.Kind, fmt.Sprintf(`{"id":%q,"address":"made up lane","remark":%q,"x.pet":%q}`, number, e.Mark, pet))
	w.Ledger.Entries = append(w.Ledger.Entries, e)
}

// mustAnswer puts a record like a clerk.
func mustAnswer(w *stack.World, at *stack.Device, kind, object string) {
	err := desk.New(at.Replica).Put(w.TB.Context(), kind, []desk.Item{{Line: 1, JSON: []byte(object)}}, "clerk", func(desk.Written) error { return nil })
	if err != nil {
		w.TB.Fatalf("%s: %v", at.Name, err)
	}
}

func awaitHeard(w *stack.World, number uint64, devices ...*stack.Device) {
	w.Await(time.Hour, fmt.Sprintf("publication %d is heard", number), func() bool {
		return !slices.ContainsFunc(devices, func(d *stack.Device) bool { return d.Replica.Schema.Now().Version() < number })
	})
}

// count is how many rows a question has at a hub, or above it; -1 where there is no
// answer.
func count(at *stack.Device, kind, filter string) int {
	var page question.Answer
	if at.Call(http.MethodPost, "/query", question.Question{Kind: kind, Filter: filter}, &page) != nil {
		return -1
	}
	return len(page.Rows)
}

func awaitCount(w *stack.World, at *stack.Device, kind, filter string, want int) {
	w.Await(time.Hour, fmt.Sprintf("%s counts %d of %s", at.Name, want, filter), func() bool { return count(at, kind, filter) == want })
}

// publishedWhileRunning: the city adds a question and a kind; they are asked and
// answered below without a restart, by who was off the line as well, seen at all hubs,
// and kept through restarts, lost views, lost journals and a withdrawal.
func publishedWhileRunning(w *stack.World) figures {
	first, second := streets(w)[0], streets(w)[2]
	node, away := below(w, first)[0], below(w, second)[0]
	w.Net.SetSite(away.Site, stack.Cut)
	w.Pass(time.Minute)
	number := mustPublish(w, publication.Order{Document: pets})
	awaitHeard(w, number, node, first, second)
	if v := away.Replica.Schema.Now().Version(); v != 0 {
		w.TB.Errorf("%s has heard %d off the line", away.Name, v)
	}
	mustHouse(w, node, "H-1", "猫")
	mustAnswer(w, node, "x.walk", `{"id":"W-1","x.where":"河边"}`)
	mustAnswer(w, first, "x.walk", `{"id":"W-2","x.where":"公园"}`)
	for _, hub := range []*stack.Device{w.City, first} {
		awaitCount(w, hub, stack.Kind, `x.pet = "1"`, 1)
		awaitCount(w, hub, "x.walk", `x.where != null`, 2)
	}
	var all []operate.Publication
	w.City.MustCall(http.MethodGet, "/schema/publications", nil, &all)
	if h := all[0].Heard; h == nil || len(h.Missing) != 1 || h.Missing[0].Device != away.Replica.Keys.Device() || h.Devices != h.Of-1 {
		w.TB.Errorf("heard: %+v, want all but %s", h, away.Name)
	}
	w.Net.SetSite(away.Site, stack.Whole)
	awaitHeard(w, number, away)
	mustHouse(w, away, "H-9", "2")
	awaitCount(w, w.City, stack.Kind, `x.pet IN ("1", "2")`, 2)

	node.MustStop()
	node.MustStart()
	first.MustCrash()
	first.MustWipe(stack.ViewFile)
	first.MustStart()
	second.MustStop()
	second.MustWipe("journal.db", "journal.db.clean", stack.ViewFile)
	second.MustStart()
	w.City.MustCrash()
	w.City.MustStart()
	if v := node.Replica.Schema.Now().Version(); v != number {
		w.TB.Errorf("%s has %d after a restart", node.Name, v)
	}
	awaitHeard(w, number, w.Devices...)
	for hub, want := range map[*stack.Device]int{w.City: 2, first: 1, second: 1} { // streets without a view ask above
		awaitCount(w, hub, stack.Kind, `x.pet:*`, want)
	}

	withdrawn := mustPublish(w, publication.Order{Withdraw: "household.x.pet", Reason: "asked twice"})
	awaitHeard(w, withdrawn, w.Devices...)
	k, _ := node.Replica.Schema.Kind(stack.Kind)
	if f, ok := k.Field("x.pet"); !ok || !f.Withdrawn {
		w.TB.Errorf("%s offers it still", node.Name)
	}
	awaitCount(w, w.City, stack.Kind, `x.pet:*`, 2)
	var shown desk.Shown
	node.MustCall(http.MethodGet, "/get/"+stack.Kind+"/"+string(change.NumberedRecordID(node.Unit.ID, stack.Kind, "H-1")), nil, &shown)
	if shown.Fields["x.pet"] != "1" || shown.State != desk.Recorded {
		w.TB.Errorf("got %+v", shown)
	}
	w.MustBeWhole(stack.Ending{})
	return figures{"devices": len(w.Devices)}
}
