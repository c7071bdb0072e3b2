package hub_test

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongbu/hub"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// corrections are a city and a street with views, and two communities; the first has a
// person with a household.
type corrections struct {
	*town
	street        *hub.Hub
	first, second *replica.Replica
	person        change.RecordID
}

func newCorrections(t *testing.T) *corrections {
	w := newTown(t)
	c := &corrections{town: w}
	c.street, _ = w.hub(kit.Street, true)
	c.first, c.second = w.MustReplica(t, w.city.Replica, kit.First), w.MustReplica(t, w.city.Replica, kit.Second)
	kit.MustPut(t, c.first, "household", `{"id":"h","head_name":"王明","survey_date":"2026-01-05"}`)
	c.person = c.newPerson()
	c.sync()
	return c
}

const numberOfWang = "110101198001010037"

func (c *corrections) newPerson() change.RecordID {
	c.t.Helper()
	return kit.MustPut(c.t, c.first, "person", `{"household":"h","name":"王明","phone":"1","education":"61","job_wish":"1","id_number":"`+numberOfWang+`"}`)[0].ID
}

// sync carries what the tiers have said to each other.
func (c *corrections) sync() {
	c.t.Helper()
	for range 2 {
		for _, at := range []*replica.Replica{c.first, c.second} {
			c.MustExchange(c.t, at, c.street.Replica)
		}
		c.MustExchange(c.t, c.street.Replica, c.city.Replica)
	}
	c.verify(c.street)
	c.verify(c.city)
}

var asking = desk.Asker{Operator: "li", Purpose: "核对"}

func (c *corrections) ask(at *hub.Hub, id change.RecordID, fields ...string) (*desk.Correction, error) {
	return desk.CorrectionsOf(at.Desk).Ask(c.t.Context(), desk.CorrectionAsk{Kind: "person", Record: id, Fields: fields, Reason: "与户籍不符"}, asking)
}

func (c *corrections) mustAsk(at *hub.Hub, id change.RecordID, fields ...string) *desk.Correction {
	c.t.Helper()
	asked, err := c.ask(at, id, fields...)
	if err != nil {
		c.t.Fatal(err)
	}
	return asked
}

func (c *corrections) answer(id change.RecordID, r desk.CorrectionReply) (*desk.Correction, error) {
	return desk.CorrectionsOf(desk.New(c.first)).Answer(c.t.Context(), id, r, kit.Clerk)
}

// wantRefused wants a failure of a kind with some words, and that says no personal number.
func wantRefused(t *testing.T, what string, err error, kind fault.Kind, words string) {
	t.Helper()
	if fault.Of(err) != kind || !strings.Contains(err.Error(), words) || strings.Contains(err.Error()+fault.Hint(err), numberOfWang) {
		t.Errorf("%s: got %v, want %s with %q", what, err, kind, words)
	}
}

// TestCorrection: asked by the street, heard by the one community, taken there in one
// transaction with the edit, and the same at each tier.
func TestCorrection(t *testing.T) {
	c := newCorrections(t)
	asked := c.mustAsk(c.street, c.person, "phone=0714-100000", "id_number=110101198201010023", "education=")
	if asked.State != desk.CorrectionAsked || asked.Unit != kit.First.Code || asked.By != kit.Street.Code || asked.Name != "王明" || len(asked.Fields) != 3 || asked.Due == "" {
		t.Fatalf("asked: %+v", asked)
	}
	c.sync()
	if n := len(kit.MustList(t, c.second, "correction_request", "")); n != 0 {
		t.Errorf("the neighbour has %d requests", n)
	}
	for _, entry := range mustEntries(c.second) {
		if entry.Audience == kit.First.ID {
			t.Errorf("the neighbour carries %s", entry)
		}
	}
	if got := c.tasks(c.first, `task = "correction" AND level = "5" AND name = "王明"`); got != 1 {
		t.Errorf("%d tasks at the community, want 1", got)
	}
	before := head(c.first)
	done, err := c.answer(asked.ID, desk.CorrectionReply{Fields: []string{"phone", "education"}, Reason: "号码无误"})
	if err != nil || done.State != desk.CorrectionDone || done.Opinion != "号码无误" {
		t.Fatalf("taken: %+v, %v", done, err)
	}
	if n := head(c.first) - before; n != 2 {
		t.Errorf("%d changes, want the edit and the answer", n)
	}
	_, err = c.answer(asked.ID, desk.CorrectionReply{})
	wantRefused(t, "taken twice", err, fault.Invalid, "the request was answered on")
	c.sync()
	if got := c.tasks(c.first, `task = "correction"`); got != 0 {
		t.Errorf("%d tasks are left", got)
	}
	want := c.seen(t, asked.ID, desk.New(c.first))
	for _, at := range []*hub.Hub{c.street, c.city} {
		if got := c.seen(t, asked.ID, at.Desk); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if !strings.Contains(want, `"field":"phone","was":"1","now":"0714-100000","wanted":"0714-100000","edited":true,"same":true,"taken":true`) || strings.Contains(want, `"id_number","was":"`+numberOfWang+`","now":"`+numberOfWang+`","wanted":"110101198201010023","taken"`) {
		t.Errorf("it is %s", want)
	}
	masked, err := desk.CorrectionsOf(c.street.Desk).Show(t.Context(), asked.ID, desk.Asker{Operator: "li"})
	if raw, _ := json.Marshal(masked); err != nil || strings.Contains(string(raw), numberOfWang) {
		t.Errorf("without a purpose: %s, %v", raw, err)
	}
	all, err := c.street.Operate.Audit(0, "person", c.person, "")
	if err != nil || len(all) < 4 { // to ask, what was asked, and the two looks of this test
		t.Errorf("%d looks are in the audit log, %v", len(all), err)
	}
}

// seen is a request as a desk has it.
func (c *corrections) seen(t testing.TB, id change.RecordID, at *desk.Desk) string {
	t.Helper()
	got, err := desk.CorrectionsOf(at).Show(t.Context(), id, asking)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func (c *corrections) tasks(at *replica.Replica, where string) (n int) {
	c.t.Helper()
	err := desk.New(at).List(c.t.Context(), "task", where, kit.Clerk, func(*desk.Shown) error { n++; return nil })
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

func mustEntries(of *replica.Replica) (all []change.Stream) {
	entries, _ := of.Streams.Entries()
	for _, e := range entries {
		all = append(all, e.Stream)
	}
	return all
}

// TestCorrectionAskedBadly: what cannot be asked for has a sentence of its own, and nothing
// is written.
func TestCorrectionAskedBadly(t *testing.T) {
	c := newCorrections(t)
	void := kit.MustPut(t, c.first, "person", `{"household":"h","name":"李平"}`)[0].ID
	kit.MustPut(t, c.first, "person", `{"id":"`+string(void)+`","valid":"0","void_reason":"重复"}`)
	vacancy := kit.MustPut(t, c.street.Replica, "vacancy", `{"employer_name":"一厂","occupation":"411"}`)[0].ID
	c.sync()
	c.mustAsk(c.street, c.person, "phone=2")
	for what, w := range map[string]struct {
		at     *hub.Hub
		ask    desk.CorrectionAsk
		kind   fault.Kind
		words  string
		reason string
	}{
		"no reason":            {ask: desk.CorrectionAsk{Kind: "person", Record: c.person, Fields: []string{"phone=3"}}, kind: fault.Invalid, words: "says why", reason: " "},
		"no such kind":         {ask: desk.CorrectionAsk{Kind: "nosuch", Record: c.person}, kind: fault.Invalid, words: "no such kind"},
		"what the city writes": {ask: desk.CorrectionAsk{Kind: "unit", Record: c.person}, kind: fault.Invalid, words: "nobody is asked"},
		"what nobody writes":   {ask: desk.CorrectionAsk{Kind: "task", Record: c.person}, kind: fault.Invalid, words: "nobody is asked"},
		"not here":             {ask: desk.CorrectionAsk{Kind: "person", Record: kit.Name(kit.First, "person", "none"), Fields: []string{"phone=3"}}, kind: fault.NotFound, words: "no such person"},
		"void":                 {ask: desk.CorrectionAsk{Kind: "person", Record: void, Fields: []string{"phone=3"}}, kind: fault.Invalid, words: "is void"},
		"its own":              {ask: desk.CorrectionAsk{Kind: "vacancy", Record: vacancy, Fields: []string{"posts=3"}}, kind: fault.Invalid, words: "holds the record itself"},
		"no field":             {ask: desk.CorrectionAsk{Kind: "person", Record: c.person}, kind: fault.Invalid, words: "1 to 20 fields"},
		"no such field":        {ask: desk.CorrectionAsk{Kind: "person", Record: c.person, Fields: []string{"nosuch=3"}}, kind: fault.Invalid, words: "no such field"},
		"that it is void":      {ask: desk.CorrectionAsk{Kind: "person", Record: c.person, Fields: []string{"valid=0"}}, kind: fault.Invalid, words: "no such field"},
		"no value":             {ask: desk.CorrectionAsk{Kind: "person", Record: c.person, Fields: []string{"phone"}}, kind: fault.Invalid, words: "FIELD=VALUE"},
		"twice":                {ask: desk.CorrectionAsk{Kind: "person", Record: c.person, Fields: []string{"education=20", "aac011=30"}}, kind: fault.Invalid, words: "given twice"},
		"as it is":             {ask: desk.CorrectionAsk{Kind: "person", Record: c.person, Fields: []string{"phone=1"}}, kind: fault.Invalid, words: "says so already"},
		"a wrong number":       {ask: desk.CorrectionAsk{Kind: "person", Record: c.person, Fields: []string{"id_number=110101198001010038"}}, kind: fault.Invalid, words: "field id_number cannot have this value"},
		"an unknown code":      {ask: desk.CorrectionAsk{Kind: "person", Record: c.person, Fields: []string{"education=999"}}, kind: fault.Invalid, words: "field education cannot have this value"},
		"no name":              {ask: desk.CorrectionAsk{Kind: "person", Record: c.person, Fields: []string{"name="}}, kind: fault.Invalid, words: "field name cannot have this value"},
		"asked already":        {ask: desk.CorrectionAsk{Kind: "person", Record: c.person, Fields: []string{"phone=4"}}, kind: fault.Invalid, words: "is asked for already, by " + kit.Street.Code},
	} {
		if w.ask.Reason = "核对"; w.reason != "" {
			w.ask.Reason = w.reason
		}
		_, err := desk.CorrectionsOf(c.street.Desk).Ask(t.Context(), w.ask, asking)
		wantRefused(t, what, err, w.kind, w.words)
	}
	_, err := desk.CorrectionsOf(desk.New(c.first)).Ask(t.Context(), desk.CorrectionAsk{Kind: "person", Record: c.person, Fields: []string{"phone=3"}, Reason: "x"}, asking)
	wantRefused(t, "by a community", err, fault.Denied, "asks nobody")
	n := 0
	if err := desk.CorrectionsOf(c.street.Desk).List(t.Context(), "", asking, func(*desk.Correction) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d requests were made, %v, want 1", n, err)
	}
}

// TestCorrectionAnsweredBadly: who may answer what, and that a field which was changed in
// between is for people to decide.
func TestCorrectionAnsweredBadly(t *testing.T) {
	c := newCorrections(t)
	asked := c.mustAsk(c.street, c.person, "phone=2", "education=20")
	c.sync()
	_, err := desk.CorrectionsOf(c.street.Desk).Answer(t.Context(), asked.ID, desk.CorrectionReply{}, asking)
	wantRefused(t, "by who asked", err, fault.Denied, "another unit holds the record")
	_, err = desk.CorrectionsOf(c.city.Desk).Answer(t.Context(), asked.ID, desk.CorrectionReply{}, asking)
	wantRefused(t, "by the city", err, fault.Denied, "does not write")
	_, err = desk.CorrectionsOf(desk.New(c.second)).Answer(t.Context(), asked.ID, desk.CorrectionReply{}, kit.Clerk)
	wantRefused(t, "by a neighbour", err, fault.NotFound, "no such request")
	_, err = c.answer(asked.ID, desk.CorrectionReply{Decline: true})
	wantRefused(t, "declined without a reason", err, fault.Invalid, "with a reason")
	_, err = c.answer(asked.ID, desk.CorrectionReply{Fields: []string{"name"}})
	wantRefused(t, "a field that nobody asks for", err, fault.Invalid, "does not ask for")
	if _, err := kit.Put(t, c.first, "correction_answer", `{"request":"`+string(asked.ID)+`","on":"2026-03-01","step":"done","taken":"phone"}`); fault.Of(err) != fault.Invalid {
		t.Errorf("an answer by itself: %v", err)
	}
	shown, err := desk.CorrectionsOf(desk.New(c.first)).Show(t.Context(), asked.ID, kit.Clerk)
	if err != nil {
		t.Fatal(err)
	}
	kit.MustPut(t, c.first, "person", `{"id":"`+string(c.person)+`","phone":"3"}`)
	_, err = c.answer(asked.ID, desk.CorrectionReply{Fields: []string{"phone"}, Version: shown.Version})
	wantRefused(t, "shown before", err, fault.Invalid, "since it was shown")
	_, err = c.answer(asked.ID, desk.CorrectionReply{})
	wantRefused(t, "edited since", err, fault.Invalid, "field phone was changed after the request")
	if got := c.record("phone"); got != "3" {
		t.Errorf("the phone is %q after refusals", got)
	}
	kit.MustPut(t, c.first, "person", `{"id":"`+string(c.person)+`","valid":"0","void_reason":"重复"}`)
	_, err = c.answer(asked.ID, desk.CorrectionReply{Fields: []string{"phone"}})
	wantRefused(t, "a field of a void record", err, fault.Invalid, "is void")
	closed, err := c.answer(asked.ID, desk.CorrectionReply{})
	if err != nil || closed.State != desk.CorrectionOvertaken || c.record("phone") != "3" {
		t.Errorf("closed: %+v, %v", closed, err)
	}
	other := c.newPerson()
	c.sync()
	second := c.mustAsk(c.street, other, "phone=2")
	kit.MustPut(t, c.street.Replica, "correction_request", `{"id":"`+string(second.ID)+`","valid":"0","void_reason":"问错了"}`)
	c.sync()
	_, err = c.answer(second.ID, desk.CorrectionReply{})
	wantRefused(t, "withdrawn", err, fault.Invalid, "was withdrawn")
	if got := c.tasks(c.first, `task = "correction"`); got != 0 {
		t.Errorf("%d tasks for what was withdrawn and closed", got)
	}
	third := c.mustAsk(c.city, other, "phone=2")
	c.sync()
	if _, err := desk.CorrectionsOf(c.street.Desk).Show(t.Context(), third.ID, asking); fault.Of(err) != fault.NotFound {
		t.Errorf("the city's request at the street: %v", err)
	}
	no, err := c.answer(third.ID, desk.CorrectionReply{Decline: true, Reason: "号码无误"})
	if err != nil || no.State != desk.CorrectionDeclined || no.Opinion != "号码无误" {
		t.Errorf("declined: %+v, %v", no, err)
	}
}

// TestCorrectionWhole: an edit that the record does not bear leaves no answer either, and the
// task stays.
func TestCorrectionWhole(t *testing.T) {
	c := newCorrections(t)
	home := kit.MustPut(t, c.first, "household", `{"id":"h-2","head_name":"李平","address":"湖滨路1号"}`)[0].ID
	c.sync()
	asked, err := desk.CorrectionsOf(c.street.Desk).Ask(t.Context(), desk.CorrectionAsk{Kind: "household", Record: home, Fields: []string{"head_name="}, Reason: "并无此人"}, asking)
	if err != nil {
		t.Fatal(err)
	}
	c.sync()
	kit.MustPut(t, c.first, "household", `{"id":"h-2","address":null}`)
	before := head(c.first)
	_, err = c.answer(asked.ID, desk.CorrectionReply{})
	wantRefused(t, "a home without name and address", err, fault.Invalid, "household_named")
	if n := head(c.first) - before; n != 0 {
		t.Errorf("%d changes were written", n)
	}
	if got := c.tasks(c.first, `task = "correction"`); got != 1 {
		t.Errorf("%d tasks, want the one", got)
	}
}

// record is a field of the person at the community.
func (c *corrections) record(field string) string {
	c.t.Helper()
	shown, err := desk.New(c.first).Get(c.t.Context(), "person", c.person, kit.Clerk)
	if err != nil {
		c.t.Fatal(err)
	}
	text, _ := shown.Fields[field].(string)
	return text
}

// TestCorrectionLate: when nobody has answered in time, whoever asked has a task.
func TestCorrectionLate(t *testing.T) {
	c := newCorrections(t)
	c.mustAsk(c.street, c.person, "phone=2")
	c.sync()
	if got := c.tasks(c.first, `task = "correction_late"`); got != 0 {
		t.Errorf("%d alarms on the first day", got)
	}
	c.Clock.Advance(16 * 24 * time.Hour)
	c.sync()
	if got := c.tasks(c.first, `task = "correction_late" AND level = "4"`); got != 1 {
		t.Errorf("%d alarms for the street after 16 days, want 1", got)
	}
	late := 0
	if err := desk.CorrectionsOf(c.street.Desk).List(t.Context(), desk.CorrectionAsked, asking, func(one *desk.Correction) error {
		if one.Overdue {
			late++
		}
		return nil
	}); err != nil || late != 1 {
		t.Errorf("%d requests are overdue, %v, want 1", late, err)
	}
}

// TestCorrectionOfHub: what a street holds and is about no person may be corrected there too.
func TestCorrectionOfHub(t *testing.T) {
	c := newCorrections(t)
	vacancy := kit.MustPut(t, c.street.Replica, "vacancy", `{"employer_name":"一厂","occupation":"411","posts":1}`)[0].ID
	complaint := kit.MustPut(t, c.street.Replica, "complaint", `{"kind":"2","received_on":"2026-01-05","complainant":"王明"}`)[0].ID
	c.sync()
	asked, err := desk.CorrectionsOf(c.city.Desk).Ask(t.Context(), desk.CorrectionAsk{Kind: "vacancy", Record: vacancy, Fields: []string{"posts=3"}, Reason: "用人单位说三人"}, asking)
	if err != nil {
		t.Fatal(err)
	}
	_, err = desk.CorrectionsOf(c.city.Desk).Ask(t.Context(), desk.CorrectionAsk{Kind: "complaint", Record: complaint, Fields: []string{"complainant=李平"}, Reason: "x"}, asking)
	wantRefused(t, "a complaint", err, fault.Invalid, "about no person")
	c.sync()
	done, err := desk.CorrectionsOf(c.street.Desk).Answer(t.Context(), asked.ID, desk.CorrectionReply{}, asking)
	if err != nil || done.State != desk.CorrectionDone {
		t.Fatalf("taken: %+v, %v", done, err)
	}
	c.sync()
	if got := c.seen(t, asked.ID, c.city.Desk); !strings.Contains(got, `"state":"done"`) || !strings.Contains(got, `"now":3`) {
		t.Errorf("at the city: %s", got)
	}
	for _, at := range []*replica.Replica{c.first, c.second} {
		if n := len(kit.MustList(t, at, "correction_answer", "")); n != 0 {
			t.Errorf("a community has %d answers of the street", n)
		}
	}
}

// TestCorrectionAnyOrder: whatever comes before what, and whoever hears of it late, in the
// end all tiers say the same of a request.
func TestCorrectionAnyOrder(t *testing.T) {
	c := newCorrections(t)
	rapid.Check(t, func(rt *rapid.T) {
		c.person = c.newPerson()
		c.sync()
		var asked []change.RecordID
		links := []func(){
			func() { c.MustCarry(t, c.street.Replica, c.first) }, func() { c.MustCarry(t, c.first, c.street.Replica) },
			func() { c.MustCarry(t, c.city.Replica, c.street.Replica) }, func() { c.MustCarry(t, c.street.Replica, c.city.Replica) },
		}
		for range rapid.IntRange(3, 12).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"ask", "edit", "answer", "void", "carry", "carry", "carry"}).Draw(rt, "step") {
			case "ask":
				at := rapid.SampledFrom([]*hub.Hub{c.street, c.city}).Draw(rt, "by")
				one, err := c.ask(at, c.person, fmt.Sprintf("phone=%d", rapid.IntRange(1, 3).Draw(rt, "phone")), "education=20")
				if err == nil {
					asked = append(asked, one.ID)
				} else if fault.Of(err) != fault.Invalid {
					rt.Fatal(err)
				}
			case "edit":
				kit.MustPut(t, c.first, "person", fmt.Sprintf(`{"id":%q,"phone":"%d","education":%q}`, c.person, rapid.IntRange(1, 3).Draw(rt, "phone"), rapid.SampledFrom([]string{"20", "61"}).Draw(rt, "education")))
			case "void":
				kit.MustPut(t, c.first, "person", fmt.Sprintf(`{"id":%q,"valid":"0","void_reason":"重复"}`, c.person))
			case "answer":
				if len(asked) == 0 {
					continue
				}
				reply := desk.CorrectionReply{Decline: rapid.Bool().Draw(rt, "decline"), Reason: "核对", Fields: rapid.SampledFrom([][]string{nil, {"phone"}, {"education", "phone"}}).Draw(rt, "fields")}
				if _, err := c.answer(rapid.SampledFrom(asked).Draw(rt, "which"), reply); err != nil && !slices.Contains([]fault.Kind{fault.Invalid, fault.NotFound}, fault.Of(err)) {
					rt.Fatal(err)
				}
			case "carry":
				links[rapid.IntRange(0, len(links)-1).Draw(rt, "link")]()
			}
		}
		c.sync()
		for _, id := range asked {
			want := c.seen(t, id, desk.New(c.first))
			at := []*hub.Hub{c.city}
			if maker, _ := id.Maker(); maker == kit.Street.ID {
				at = append(at, c.street)
			}
			for _, hub := range at {
				if got := c.seen(t, id, hub.Desk); got != want {
					rt.Errorf("a hub says %s, the community %s", got, want)
				}
			}
		}
		for _, h := range []*hub.Hub{c.street, c.city} {
			if v := c.verify(h); !v.OK {
				rt.Errorf("the view: %v", v.Problems)
			}
		}
	})
}

// TestCorrectionNumbersMasked: at a hub whoever says no purpose reads no ID number, whatever
// text of a request has it.
func TestCorrectionNumbersMasked(t *testing.T) {
	c := newCorrections(t)
	c.person = c.newPerson()
	c.sync()
	asked, err := desk.CorrectionsOf(c.city.Desk).Ask(t.Context(), desk.CorrectionAsk{Kind: "person", Record: c.person, Fields: []string{"phone=7"}, Reason: "号码应为" + numberOfWang}, asking)
	if err != nil {
		t.Fatal(err)
	}
	for purpose, whole := range map[string]bool{"": false, "核对": true} {
		by := desk.Asker{Operator: "li", Purpose: purpose}
		shown, err := desk.CorrectionsOf(c.city.Desk).Show(t.Context(), asked.ID, by)
		if err != nil || strings.Contains(shown.Reason, numberOfWang) != whole {
			t.Errorf("shown with purpose %q: %v, %v", purpose, shown, err)
		}
		err = desk.CorrectionsOf(c.city.Desk).List(t.Context(), "", by, func(one *desk.Correction) error {
			if strings.Contains(one.Reason, numberOfWang) != whole {
				t.Errorf("listed with purpose %q: %s", purpose, one.Reason)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestCorrectionByHand: a request is written by the one way that looks at the record, and
// nothing of it changes but that who asked withdraws it.
func TestCorrectionByHand(t *testing.T) {
	c := newCorrections(t)
	asked := c.mustAsk(c.street, c.person, "phone=2")
	line := func(more string) string {
		return `{"of_kind":"person","record":"` + string(c.person) + `","for_unit":"` + kit.First.Code + `","wanted":"{\"phone\":\"3\"}","reason":"x","asked_on":"2026-01-01"` + more + `}`
	}
	for what, text := range map[string]string{
		"a new one":       line(""),
		"with a number":   line(`,"id":"r-1"`),
		"other values":    `{"id":"` + string(asked.ID) + `","wanted":"{\"phone\":\"3\"}"}`,
		"another reason":  `{"id":"` + string(asked.ID) + `","reason":"y"}`,
		"void, and more":  `{"id":"` + string(asked.ID) + `","valid":"0","void_reason":"x","asked_on":"2026-01-01"}`,
		"one that is not": `{"id":"` + string(kit.Name(kit.Street, "correction_request", "x")) + `","valid":"0","void_reason":"x"}`,
	} {
		if _, err := kit.Put(t, c.street.Replica, "correction_request", text); fault.Of(err) != fault.Invalid {
			t.Errorf("by hand, %s: %v", what, err)
		}
		row := &desk.Row{Line: 1, Kind: "correction_request", Item: []byte(text)}
		next := func() (*desk.Row, error) {
			if one := row; one != nil {
				row = nil
				return one, nil
			}
			return nil, io.EOF
		}
		err := c.street.Desk.Import(t.Context(), desk.Importing{Actor: "li"}, next, func(desk.Imported) error { return nil })
		wantRefused(t, "from a table, "+what, err, fault.Invalid, "not put by themselves")
		form, err := c.street.Desk.SaveForm(t.Context(), desk.Form{Parts: []desk.Part{{Kind: "correction_request", Item: []byte(text)}}, How: desk.Saving{Actor: "li"}})
		if err == nil && form.Saved {
			t.Errorf("in a form, %s: saved", what)
		}
	}
	_, err := kit.Put(t, c.first, "correction_request", line(""))
	wantRefused(t, "by a community", err, fault.Denied, "does not write")
	void := `{"id":"` + string(asked.ID) + `","valid":"0","void_reason":"问错了"}`
	kit.MustPut(t, c.street.Replica, "correction_request", void)
	kit.MustPut(t, c.street.Replica, "correction_request", void) // again: nothing is written
	_, err = kit.Put(t, c.street.Replica, "correction_request", `{"id":"`+string(asked.ID)+`","valid":"1"}`)
	wantRefused(t, "taken back and asked again", err, fault.Invalid, "not put by themselves")
	if again := c.mustAsk(c.street, c.person, "phone=2"); again.State != desk.CorrectionAsked {
		t.Errorf("asked again: %+v", again)
	}
}

// TestCorrectionAnswerFinal: a request that was answered is withdrawn no more; where the two
// cross on the way, all tiers say that the answer stands.
func TestCorrectionAnswerFinal(t *testing.T) {
	c := newCorrections(t)
	done, crossed := c.mustAsk(c.street, c.person, "phone=2"), c.mustAsk(c.street, c.person, "education=20")
	c.sync()
	if _, err := c.answer(done.ID, desk.CorrectionReply{}); err != nil {
		t.Fatal(err)
	}
	c.sync()
	void := func(id change.RecordID) string {
		return `{"id":"` + string(id) + `","valid":"0","void_reason":"问错了"}`
	}
	err := c.street.Desk.Save(t.Context(), "correction_request", []desk.Item{{Line: 1, JSON: []byte(void(done.ID))}}, desk.Saving{Actor: "li"}, func(desk.Written) error { return nil })
	wantRefused(t, "withdrawn after the answer", err, fault.Invalid, "was answered on")
	_, err = c.street.Desk.SaveForm(t.Context(), desk.Form{Parts: []desk.Part{{Kind: "correction_request", Item: []byte(void(done.ID))}}, How: desk.Saving{Actor: "li"}})
	wantRefused(t, "withdrawn by a form", err, fault.Invalid, "was answered on")
	kit.MustPut(t, c.street.Replica, "correction_request", void(done.ID)) // a desk without a view knows of no answer
	kit.MustPut(t, c.street.Replica, "correction_request", void(crossed.ID))
	if _, err := c.answer(crossed.ID, desk.CorrectionReply{}); err != nil {
		t.Fatal(err)
	}
	c.sync()
	for _, id := range []change.RecordID{done.ID, crossed.ID} {
		want := c.seen(t, id, desk.New(c.first))
		for _, at := range []*hub.Hub{c.street, c.city} {
			if got := c.seen(t, id, at.Desk); got != want || !strings.Contains(got, `"state":"done"`) {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}

// TestCorrectionInPart: a part is taken with a reason, and what is to be emptied is told so.
func TestCorrectionInPart(t *testing.T) {
	c := newCorrections(t)
	asked := c.mustAsk(c.street, c.person, "phone=2", "education=")
	if e, p := asked.Fields[0], asked.Fields[1]; e.Field == p.Field || e.Cleared == p.Cleared || (e.Cleared && e.Field != "education") || (p.Cleared && p.Field != "education") {
		t.Errorf("the fields are %+v", asked.Fields)
	}
	c.sync()
	_, err := c.answer(asked.ID, desk.CorrectionReply{Fields: []string{"phone"}, Reason: " "})
	wantRefused(t, "a part without a reason", err, fault.Invalid, "in part with a reason")
	kit.MustPut(t, c.first, "person", `{"id":"`+string(c.person)+`","education":null}`)
	done, err := c.answer(asked.ID, desk.CorrectionReply{Fields: []string{"phone"}}) // the rest says so already
	if err != nil || done.State != desk.CorrectionDone {
		t.Errorf("all that was left: %+v, %v", done, err)
	}
}

// TestCorrectionTasks: tasks of several requests tell whom and which fields each is about,
// also of a record that has no name.
func TestCorrectionTasks(t *testing.T) {
	c := newCorrections(t)
	event := kit.MustPut(t, c.first, "unemployment", `{"person":"`+string(c.person)+`","on":"2026-01-02","reason":"20"}`)[0].ID
	c.sync()
	c.mustAsk(c.street, c.person, "phone=2", "education=20")
	c.mustAsk(c.street, c.person, "name=王铭")
	if _, err := desk.CorrectionsOf(c.street.Desk).Ask(t.Context(), desk.CorrectionAsk{Kind: "unemployment", Record: event, Fields: []string{"employer_name=二厂"}, Reason: "核对"}, asking); err != nil {
		t.Fatal(err)
	}
	c.sync()
	for _, fields := range []string{"person education phone", "person name", "unemployment employer_name"} {
		if got := c.tasks(c.first, `task = "correction" AND name = "王明" AND asked = "`+fields+`"`); got != 1 {
			t.Errorf("%d tasks ask for %s of 王明, want 1", got, fields)
		}
	}
	in := c.first.Schema.Now()
	for lang, want := range map[string]string{"zh": "人员: 文化程度, 联系电话", "en": "person: education, phone"} {
		if got := in.SayAsked("person education phone", lang); got != want {
			t.Errorf("in %s it is %q, want %q", lang, got, want)
		}
	}
}

// TestCorrectionWithoutWas: of a request that does not say what the fields said, nobody knows
// whether they were changed since, so what is taken is named.
func TestCorrectionWithoutWas(t *testing.T) {
	c := newCorrections(t)
	fields := map[string]change.Value{"of_kind": change.Text("person"), "record": change.Text(string(c.person)), "for_unit": change.Text(string(kit.First.ID)), "wanted": change.Text(`{"phone":"2"}`),
		"reason": change.Text("x"), "asked_on": change.Text("2026-01-05")}
	id := kit.Name(kit.Street, "correction_request", "x")
	kit.MustWrite(t, c.street.Replica, &change.Change{Kind: "correction_request", Record: id, Fields: change.FieldsOf(fields), Actor: "x"})
	c.sync()
	_, err := c.answer(id, desk.CorrectionReply{})
	wantRefused(t, "without what it said", err, fault.Invalid, "does not say what field phone said")
	if done, err := c.answer(id, desk.CorrectionReply{Fields: []string{"phone"}}); err != nil || done.State != desk.CorrectionDone {
		t.Errorf("named: %+v, %v", done, err)
	}
}
