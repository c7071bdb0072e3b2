package viewtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"pgregory.net/rapid"

	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/schema"
	"tongbu/internal/test/drawn"
	"tongbu/internal/tree"
)

// history is what the devices of a tree have written of some families, in their journals.
type history struct {
	*rapid.T
	schema  *schema.Schema
	tree    *tree.Tree
	journal *Journal
	day     string // of which it is looked at
	plain   bool   // ids are those of before, which name their unit only where they are kept
	written map[string][]written
	n       int
}

// written is a record of a subject that later ones may name or change.
type written struct {
	author, kind string
	id           change.RecordID
	subject      string
	step         int    // its place in usual
	on           string // of a step
}

// numberTo is one from 0 to below n.
func numberTo(t *rapid.T, name string, n int) int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return drawn.Evenly(t, name, all...)
}

// someDay is one of some at which terms and years end, or any.
func someDay(t *rapid.T) string {
	near := []string{"2025-12-31", "2026-01-01", "2026-01-31", "2026-02-28", "2026-03-01", "2026-03-10", "2026-03-11", "2026-12-31", "2027-01-01"}
	if rapid.Bool().Draw(t, "near") {
		return drawn.Evenly(t, "day", near...)
	}
	return calendar.AddDays("2025-11-01", numberTo(t, "days", 500))
}

func drawHistory(t *rapid.T, s *schema.Schema) *history {
	built, err := tree.New(Units())
	if err != nil {
		t.Fatal(err)
	}
	h := &history{T: t, schema: s, tree: built, journal: NewJournal(), written: map[string][]written{}}
	h.day, h.plain = max(someDay(t), someDay(t)), rapid.Bool().Draw(t, "plain")
	for range rapid.IntRange(0, 2).Draw(t, "rounds") {
		h.round()
	}
	for range rapid.IntRange(0, 6).Draw(t, "of units") {
		h.ofUnits(drawn.Evenly(t, "unit", First, First, Second))
	}
	for range rapid.IntRange(1, 3).Draw(t, "homes") {
		h.family(drawn.Evenly(t, "unit", First, First, Second))
	}
	for range rapid.IntRange(0, 2).Draw(t, "published") {
		h.publish()
	}
	h.editRounds()
	return h
}

// family adds a household, its members and what is written of them.
func (h *history) family(unit string) {
	home := h.put(unit, "household", "", map[string]any{"head_name": "甲", "survey_date": someDay(h.T), "housing": h.some("01", "05", nil), "low_income": h.some(true, false, nil)})
	var members []string
	for i := range 1 + numberTo(h.T, "members", 3) {
		members = append(members, h.put(unit, "person", "", map[string]any{"name": "甲", "household": home, "relation": h.some("02", "12", "20"), "sex": h.some("1", "2"),
			"birth_date": h.some("1966-03-15", "1971-01-01", "1985-12-31", "1990-05-05", "2004-02-29", "2012-01-01"), "hukou": h.some("10", "10", "20"), "status": h.some("1", "9", "10", "5"),
			"labour_ability": h.some("1", "1", "0"), "job_wish": h.some("1", "1", "0"), "pension_state": h.some("1", "3", nil), "hardship": h.some(nil, nil, []any{"050"}), "own_no": fmt.Sprint(i)}))
	}
	for range 4 + numberTo(h.T, "events", 20) {
		who := drawn.Evenly(h.T, "who", members...)
		switch numberTo(h.T, "what", 16) {
		case 0, 1:
			h.step(unit, "household", home, "family_step", map[string]any{"family_kind": h.some("02", "02", "02", "01")})
		case 2, 3:
			h.step(unit, "person", who, "hardship_step", map[string]any{"category": []any{h.some("050", "060").(string)}})
		case 12:
			h.paperStep(unit, "certificate", who)
		case 13:
			h.paperStep(unit, "loan", who)
		case 4:
			h.event(unit, "household", home, "visit", map[string]any{"result": h.some("1", "2"), "visited_by": "王芳", "campaign": h.named("campaign"), "answer": h.some("1", "2", "3", nil), "checked_by": h.some("李明", nil)})
		case 5:
			h.edit(home, who)
		case 6, 7:
			h.editForm(unit, who)
		case 9, 10:
			h.event(h.some(City, City, City, District, unit).(string), "person", who, "duplicate_case", map[string]any{"case": h.some("c-1", "c-2"), "state": h.some("1", "1", "2", "3", "4", "5", "6"),
				"counts": h.some(true, false, false), "side": h.some(1, 2), "due_on": someDay(h.T), "decided_on": h.some(nil, someDay(h.T)), "to_correct": h.some(nil, true)})
		case 8:
			h.event(h.some(Street, District, City, Third).(string), "person", who, "layoff_worker", map[string]any{"notice": h.some("n-1", "n-2"), "name": "甲", "id_number": "110101198001010037", "leaving_on": someDay(h.T)})
		default:
			kind := drawn.Evenly(h.T, "kind", kinds...)
			h.event(unit, "person", who, kind, h.saying(kind))
		}
	}
	for range numberTo(h.T, "at last", 3) { // what nothing later makes good
		h.editForm(unit, drawn.Evenly(h.T, "who", members...))
	}
}

// kinds are those of events and records about persons that a history has: those of which
// few make a row are named oftener.
var kinds = []string{"unemployment", "unemployment", "registration", "registration", "deregistration", "job_seeking", "referral", "feedback", "placement", "placement", "follow_up",
	"status_found", "contact", "service", "insurance_state", "insurance_state", "insurance_state", "insurance_state", "insurance_state", "training_result", "enrolment", "duplicate_answer", "benefit_application", "benefit_decision", "payment", "loan", "certificate"}

// saying is what an event of a kind says beside whom it is about and when.
func (h *history) saying(kind string) map[string]any {
	switch kind {
	case "unemployment":
		return map[string]any{"reason": h.some("20", "30")}
	case "status_found":
		return map[string]any{"status": h.some("1", "9", "2")}
	case "feedback":
		return map[string]any{"result": h.some("1", "2", "3"), "failure": h.some("11", nil), "referral": h.named("referral")}
	case "placement":
		return map[string]any{"line": h.some("01", "02"), "form": "010", "income": h.some(150000, 260000), "insured": h.some(true, false), "referral": h.named("referral"),
			"contract": true, "contract_to": h.some("2026-06-30", "2028-01-01", nil)}
	case "referral":
		return map[string]any{"vacancy": h.named("vacancy")}
	case "follow_up":
		return map[string]any{"placement": h.named("placement")}
	case "contact":
		return map[string]any{"reached": h.some(true, false), "contacted_by": "李明"}
	case "insurance_state":
		return map[string]any{"insurance": h.some("11", "21", "30"), "state": h.some("1", "2", "3")}
	case "duplicate_answer":
		return map[string]any{"case": h.named("duplicate_case"), "answer": h.some("same", "moved", "different")}
	case "training_result":
		return map[string]any{"passed": h.some(true, false), "enrolment": h.named("enrolment")}
	case "benefit_application":
		return map[string]any{"benefit": "020"}
	case "benefit_decision":
		return map[string]any{"application": h.named("benefit_application"), "tier": h.some("3", "4", "5", nil), "result": h.some("approved", "returned", "rejected")}
	case "payment":
		return map[string]any{"application": h.named("benefit_application")}
	case "loan":
		return map[string]any{"paid_on": someDay(h.T), "state": h.some("5", "5", "6", "8", nil)}
	case "certificate":
		return map[string]any{"issued_on": someDay(h.T), "kind": h.some("01", "02"), "state": h.some("2", "2", "3", "4", nil)}
	}
	return map[string]any{}
}

func (h *history) some(options ...any) any { return drawn.Evenly(h.T, "value", options...) }

// named is a record of a kind that is there, of whomever, or one that is not.
func (h *history) named(kind string) any {
	all := h.written[kind]
	if len(all) == 0 || numberTo(h.T, "unknown", 10) == 0 {
		return h.some(nil, "nobody-has-it")
	}
	w := drawn.Evenly(h.T, "named", all...)
	return string(w.id)
}

// usual are the steps of the two recognitions as they usually come and by whom, "" for the
// station itself, and those that come when they come.
var usual = map[string][][2]string{
	"family_step": {{"FOUND", ""}, {"VERIFIED", ""}, {"PUBLIC_NOTICE", ""}, {"STREET_CONFIRMED", Street}, {"DISTRICT_FILED", District}, {"ONE_EMPLOYED", ""}, {"DUAL_PENDING", District}, {"DUAL_EMPLOYED", ""},
		{"RETURNED", Street}, {"RETURNED", City}, {"WITHDRAWN", ""}, {"REJECTED", Street}},
	"hardship_step": {{"asked", ""}, {"checked", ""}, {"notice", ""}, {"rechecked", Street}, {"recognised", District}, {"reviewed", ""},
		{"returned", Street}, {"returned", District}, {"rejected", Street}, {"left", ""}},
	"certificate_step":  {{"asked", ""}, {"checked", Street}, {"issued", Street}, {"yearly", ""}, {"lost", ""}, {"reissued", Street}, {"frozen", District}, {"resumed", ""}, {"withdrawn", City}},
	"complaint_step":    {{"received", Street}, {"accepted", Street}, {"handed_on", Street}, {"mediated", District}, {"ruled", District}, {"closed", Street}},
	"inspection_step":   {{"drawn", Street}, {"found", Street}, {"ordered", Street}, {"answered", ""}, {"closed", Street}},
	"correction_answer": {{"done", ""}, {"declined", ""}, {"overtaken", ""}},
	"community_step":    {{"applied", ""}, {"street", Street}, {"assessed", District}, {"recognised", District}, {"spot", City}, {"rectifying", Street}, {"rectified", ""}, {"spot", District}, {"revoked", City}, {"refused", Street}},
	"loan_step":         {{"asked", ""}, {"examined", Street}, {"granted", District}, {"paid", District}, {"followed", ""}, {"overdue", ""}, {"repaid", ""}, {"refused", Street}},
}

// ofUnits adds something about an employer or a unit: a vacancy, a complaint, an inspection, a
// step of a community that wants to be one of full employment.
func (h *history) ofUnits(unit string) {
	switch what := drawn.Evenly(h.T, "of a unit", "vacancy", "complaint", "inspection", "correction", "community", "community"); {
	case what == "vacancy":
		h.put(drawn.Evenly(h.T, "offers", unit, unit, Street), "vacancy", "", map[string]any{"employer_name": "甲厂", "posts": h.some(1, 2, nil), "placed": h.some(nil, nil, 1), "from": h.some(someDay(h.T), nil), "to": h.some(someDay(h.T), someDay(h.T), nil), "state": h.some("1", "1", "2", "5")})
	case what == "community":
		h.step(unit, "for_unit", string(UnitID(unit)), "community_step", map[string]any{})
	case what == "correction":
		h.correction(unit)
	case len(h.written[what]) == 0 || numberTo(h.T, "another", 3) == 0:
		by, fields := drawn.Evenly(h.T, "takes it", Street, Street, District), map[string]any{"kind": "2", "received_on": someDay(h.T), "closed_on": h.some(nil, nil, nil, someDay(h.T))}
		if what == "inspection" {
			fields = map[string]any{"kind": "1", "drawn_on": someDay(h.T), "due_on": h.some(nil, someDay(h.T)), "for_unit": h.some(nil, string(UnitID(unit)), string(UnitID(unit)))}
		}
		h.put(by, what, "", fields)
	default:
		of := drawn.Evenly(h.T, "which", h.written[what]...)
		fields := map[string]any{}
		if what == "inspection" {
			fields["due_on"] = h.some(nil, nil, someDay(h.T))
		}
		h.step(unit, what, string(of.id.Of(what, UnitID(of.author))), what+"_step", fields)
	}
}

// correction adds a request to a unit, or an answer: whoever gives it, that of the unit counts.
func (h *history) correction(unit string) {
	const kind = "correction_request"
	if len(h.written[kind]) == 0 || numberTo(h.T, "another request", 3) == 0 {
		h.put(drawn.Evenly(h.T, "asks", Street, Street, District, City, Third), kind, "", map[string]any{"of_kind": "person", "record": "p-1", "name": h.some("甲", nil), "wanted": `{"phone":"2"}`, "reason": "空号",
			"asked_on": someDay(h.T), "for_unit": string(UnitID(unit))})
		return
	}
	of := drawn.Evenly(h.T, "which request", h.written[kind]...)
	h.step(unit, "request", string(of.id.Of(kind, UnitID(of.author))), "correction_answer", map[string]any{})
}

// paperStep adds a step of a certificate or a loan that somebody has, or first has it.
func (h *history) paperStep(unit, kind, who string) {
	var has []string
	for _, w := range h.written[kind] {
		if w.subject == who {
			has = append(has, string(w.id.Of(kind, UnitID(w.author))))
		}
	}
	if len(has) == 0 || numberTo(h.T, "another paper", 4) == 0 {
		h.event(unit, "person", who, kind, h.saying(kind))
		return
	}
	of := drawn.Evenly(h.T, "paper", has...)
	if kind == "loan" {
		h.step(unit, "person", who, "loan_step", map[string]any{"loan": of, "next_due_on": h.some(nil, nil, someDay(h.T))})
		return
	}
	h.step(unit, "certificate", of, "certificate_step", map[string]any{})
}

// step adds a step, mostly the one that usually comes behind the last one about its
// subject, by whom it is of, some days later, and as its answer.
func (h *history) step(unit, subject, of, kind string, fields map[string]any) {
	next, day := usual[kind][0], someDay(h.T)
	var before []any
	for _, w := range h.written[kind] {
		if w.subject == of {
			before = append(before, string(w.id))
			next, day = usual[kind][(w.step+1)%len(usual[kind])], calendar.AddDays(w.on, numberTo(h.T, "later", 12))
		}
	}
	if numberTo(h.T, "out of turn", 4) == 0 {
		next = drawn.Evenly(h.T, "step", usual[kind]...)
	}
	if numberTo(h.T, "another tier", 6) == 0 {
		next[1] = drawn.Evenly(h.T, "tier", "", Street, District, City, Third)
	}
	if n := len(before); n > 0 && kind != "correction_answer" {
		fields["answers"] = h.some(append(before, nil, before[n-1], before[n-1], before[n-1])...)
	}
	fields["step"], fields["on"], fields[subject] = next[0], day, of
	h.put(cmp.Or(next[1], unit), kind, of, fields)
	w := &h.written[kind][len(h.written[kind])-1]
	w.step, w.on = slices.IndexFunc(usual[kind], func(s [2]string) bool { return s[0] == next[0] }), day
}

// event adds an event, or a record, about a subject.
func (h *history) event(author, subject, of, kind string, fields map[string]any) {
	fields[subject] = of
	if k, _ := h.schema.Kind(kind); k.Sort == schema.Event {
		fields[k.Day] = someDay(h.T)
	}
	h.put(author, kind, of, fields)
}

// edit changes something that is written of somebody, or voids it, by a device that knows
// what is there or by one that does not.
func (h *history) edit(subjects ...string) {
	var all []written
	for _, kind := range append(slices.Clone(kinds), "layoff_worker", "duplicate_case", "hardship_step", "family_step", "certificate_step", "loan_step", "household", "person") {
		for _, w := range h.written[kind] {
			if slices.Contains(subjects, w.subject) {
				all = append(all, w)
			}
		}
	}
	if len(all) == 0 {
		return
	}
	w := drawn.Evenly(h.T, "edited", all...)
	k, _ := h.schema.Kind(w.kind)
	fields := map[string]any{"valid": h.some("0", "1")}
	if k.Sort == schema.Event && rapid.Bool().Draw(h.T, "another day") {
		fields = map[string]any{k.Day: someDay(h.T)}
	}
	h.write(w.author, w.kind, w.id, fields, rapid.Bool().Draw(h.T, "knows it"))
}

// editForm changes the form of a person, who moves to another home, is void or comes back,
// or has another wish.
func (h *history) editForm(unit, who string) {
	i := slices.IndexFunc(h.written["person"], func(w written) bool { return w.subject == who })
	w := h.written["person"][i]
	fields := map[string]any{"valid": h.some("0", "1")}
	switch numberTo(h.T, "form", 3) {
	case 0:
		fields = map[string]any{"household": drawn.Evenly(h.T, "home", h.written["household"]...).subject}
	case 1:
		fields = map[string]any{"job_wish": h.some("0", "1"), "relation": h.some("02", "12")}
	}
	h.write(unit, "person", w.id, fields, rapid.Bool().Draw(h.T, "knows it"))
}

// publish adds a pack of rules or a table of holidays of the city.
func (h *history) publish() {
	switch numberTo(h.T, "pack", 3) {
	case 0:
		h.put(City, "holiday_table", "", map[string]any{"year": 2026, "off": h.some("2026-03-02..2026-03-06", "2026-01-01"), "worked": h.some("2026-03-07", nil)})
	case 1:
		h.put(City, "rule_pack", "", map[string]any{"kind": "5", "name": "包", "edition": "1", "effective_from": someDay(h.T), "content": h.some("ages: '2025'", "ages: none")})
	default:
		h.put(City, "rule_pack", "", map[string]any{"kind": "8", "name": "包", "edition": "1", "effective_from": someDay(h.T), "effective_to": h.some("2026-03-10", "2027-12-31", nil), "content": h.some("one_employed_days: 30\nvisit_months: 2", "notice_days: 0")})
	}
}

// round plans a census round, or another campaign, of a tier of the line or of none.
func (h *history) round() {
	h.put(drawn.Evenly(h.T, "holder", City, City, District, Street, Third), "campaign", "", map[string]any{"name": "普查", "kind": h.some("01", "01", "01", "06"),
		"from": someDay(h.T), "to": h.some(someDay(h.T), nil), "state": h.some("1", "2", "3", "4", nil)})
}

// editRounds has who holds campaigns send them down, close them, make them void or another
// kind.
func (h *history) editRounds() {
	for _, w := range h.written["campaign"] {
		for range numberTo(h.T, "edits of a round", 3) {
			fields := map[string]any{"state": h.some("1", "3", "4", "5", "6")}
			switch numberTo(h.T, "edit of a round", 4) {
			case 0:
				fields = map[string]any{"valid": h.some("0", "1")}
			case 1:
				fields = map[string]any{"kind": h.some("01", "06"), "visitors": 5}
			}
			h.write(w.author, "campaign", w.id, fields, rapid.Bool().Draw(h.T, "knows it"))
		}
	}
}

// put adds a record and names it as others name it.
func (h *history) put(author, kind, subject string, fields map[string]any) string {
	h.n++
	id := change.NumberedRecordID(UnitID(author), kind, fmt.Sprint(h.n))
	if h.plain && !access.CitysAlone(kind) { // the city's have named their units from the first
		id = change.RecordID(fmt.Sprintf("%c-%d", kind[0], h.n))
	}
	if word, is := fields["case"].(string); is && kind == facts.DuplicateAnswer { // the one that counts, unless there is one
		one := facts.DuplicateAnswerID(UnitID(author), change.RecordID(word))
		if !slices.ContainsFunc(h.written[kind], func(w written) bool { return w.id == one }) {
			id = one
		}
	}
	name := string(h.write(author, kind, id, fields, true))
	if subject == "" {
		subject = name
	}
	h.written[kind] = append(h.written[kind], written{author: author, kind: kind, id: id, subject: subject})
	return name
}

func (h *history) write(author, kind string, id change.RecordID, fields map[string]any, knows bool) change.RecordID {
	k, _ := h.schema.Kind(kind)
	for name, v := range fields {
		switch n := v.(type) {
		case nil:
			delete(fields, name)
		case int:
			fields[name] = json.Number(strconv.Itoa(n))
		}
	}
	values, err := k.Parse(fields)
	if err != nil {
		h.Fatalf("%s: %v", kind, err)
	}
	audience := First
	if levelOf(author) == tree.Community || k.Sort != schema.Event {
		audience = author
	}
	s := StreamOf(author, audience)
	if !knows {
		s.Device = change.DeviceOf([]byte(author))
	}
	name, _ := access.Effect(&change.Change{Kind: kind, Record: id}, s, UnitID(author), UnitID(City))
	var context change.Vector
	if knows {
		context = h.journal.record(kind, name).Context()
	}
	h.journal.append(s, UnitID(author), kind, id, values, context)
	return name
}

func levelOf(code string) tree.Level {
	for _, u := range Units() {
		if u.Code == code {
			return u.Level
		}
	}
	return 0
}

// mixed are the changes in an order in which they may come: each device's in its own.
func (h *history) mixed(where string) (all []view.Change) {
	streams, turns := map[change.Stream][]view.Change{}, []change.Stream{}
	for _, c := range h.journal.Changes {
		streams[c.Stream] = append(streams[c.Stream], c)
		turns = append(turns, c.Stream)
	}
	for _, s := range rapid.Permutation(turns).Draw(h.T, where) {
		all = append(all, streams[s][0])
		streams[s] = streams[s][1:]
	}
	return all
}
