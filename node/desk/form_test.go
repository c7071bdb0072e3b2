package desk_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// parts are a form of kinds and objects in turn.
func parts(texts ...string) (all []desk.Part) {
	for i := 0; i < len(texts); i += 2 {
		all = append(all, desk.Part{Kind: texts[i], Item: json.RawMessage(texts[i+1])})
	}
	return all
}

// fill saves a form of which all findings are accepted.
func fill(t *testing.T, at *replica.Replica, run string, of ...desk.Part) desk.FormAnswer {
	t.Helper()
	f := desk.Form{Parts: of, How: desk.Saving{Actor: "clerk", Run: run}}
	checked, err := desk.New(at).CheckForm(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range checked.Parts {
		for _, found := range p.Findings {
			f.Accept = append(f.Accept, desk.AcceptKey(i, found))
		}
	}
	answer, err := desk.New(at).SaveForm(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// rules are the rules and fields of problems, in order.
func rules(problems []schema.Problem) (all []string) {
	for _, p := range problems {
		all = append(all, p.Field+":"+p.Rule)
	}
	slices.Sort(all)
	return all
}

// hard are the problems of all parts.
func hard(answer desk.FormAnswer) (all []string) {
	for i, p := range answer.Parts {
		for _, rule := range rules(p.Problems) {
			all = append(all, fmt.Sprint(i, " ", rule))
		}
	}
	return all
}

func resultsOf(answer desk.FormAnswer) (all []desk.Result) {
	for _, p := range answer.Parts {
		all = append(all, p.Result)
	}
	return all
}

func familyForm(people int) []desk.Part {
	return parts("household", fmt.Sprintf(`{"head_name":"王明","people":%d,"form_no":"9901010010012026000001"}`, people),
		"person", `{"household":"#0","name":"王明","relation":"02","sex":"1","birth_date":"1980-01-01"}`,
		"person", `{"household":"#0","name":"李红","relation":"12","sex":"2","birth_date":"1981-01-01"}`,
		"person", `{"household":"#0","name":"王小","relation":"20","sex":"1","birth_date":"2010-01-01"}`)
}

// TestFormIsJudgedTogether: rules about the members of a household that is typed with
// them are judged with them.
func TestFormIsJudgedTogether(t *testing.T) {
	d := newDesk(t)
	for people, want := range map[int]bool{3: false, 4: true} {
		answer, err := desk.New(d.at).CheckForm(t.Context(), desk.Form{Parts: familyForm(people)})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(rules(answer.Parts[0].Findings), "people:people_members"); got != want {
			t.Errorf("%d people of three typed: said %v, want %v", people, got, want)
		}
		if slices.ContainsFunc(answer.Parts[1].Findings, func(p schema.Problem) bool { return p.Field == "household" }) {
			t.Errorf("got %v, want the household of the same form to be known", answer.Parts[1].Findings)
		}
	}
	twice := parts("person", `{"name":"甲","id_number":"110105198001010059"}`, "person", `{"name":"乙","id_number":"110105198001010059"}`)
	answer, err := desk.New(d.at).CheckForm(t.Context(), desk.Form{Parts: twice, How: desk.Saving{Run: "draft-1"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range answer.Parts {
		if !slices.Contains(rules(p.Findings), "id_number:id_number_twice") {
			t.Errorf("part %d: got %v and %v, want the number that stands twice", i, hard(answer), rules(p.Findings))
		}
		if diff := cmp.Diff([]change.RecordID{answer.Parts[1-i].ID}, p.Others["id_number"]); diff != "" {
			t.Errorf("part %d: the other that has the number: %s", i, diff)
		}
	}
	if n := head(t, d.at); n != 0 {
		t.Errorf("checking has written %d changes", n)
	}
}

// TestFormNeedsItsFindingsSeen: soft findings hold a form until the person has seen each.
func TestFormNeedsItsFindingsSeen(t *testing.T) {
	d := newDesk(t)
	f := desk.Form{Parts: familyForm(4), How: desk.Saving{Actor: "clerk", Run: "draft-1"}}
	held, err := desk.New(d.at).SaveForm(t.Context(), f)
	if err != nil || held.Saved || head(t, d.at) != 0 {
		t.Fatalf("got %+v, %v, want the findings asked about and nothing written", held, err)
	}
	for i, p := range held.Parts {
		for _, found := range p.Findings {
			if found.Rule != "people_members" {
				f.Accept = append(f.Accept, desk.AcceptKey(i, found))
			}
		}
	}
	if held, err = desk.New(d.at).SaveForm(t.Context(), f); err != nil || held.Saved {
		t.Fatalf("got %+v, %v, want one finding still asked about", held, err)
	}
	f.Accept = append(f.Accept, "people_members@0-people")
	saved, err := desk.New(d.at).SaveForm(t.Context(), f)
	if err != nil || !saved.Saved || saved.Again {
		t.Fatalf("got %+v, %v, want it saved", saved, err)
	}
	for i, p := range saved.Parts {
		if p.Result != desk.Made || p.Version == "" || p.ID == "" {
			t.Errorf("part %d: got %+v", i, p)
		}
		if i > 0 && d.record("person", string(p.ID)).Value("household").Text() != string(saved.Parts[0].ID) {
			t.Errorf("part %d is in another household", i)
		}
	}
}

// TestFormTakesAReason: what a reason is given for is not asked about.
func TestFormTakesAReason(t *testing.T) {
	d := newDesk(t)
	said := func(more string) bool {
		answer, err := desk.New(d.at).CheckForm(t.Context(), desk.Form{Parts: parts("person", `{"name":"甲"`+more+`}`)})
		if err != nil {
			t.Fatal(err)
		}
		return slices.Contains(rules(answer.Parts[0].Findings), "id_number:id_or_reason")
	}
	if !said("") || said(`,"id_reason":"证件遗失"`) {
		t.Error("want the missing number asked about until a reason is given")
	}
	k, _ := d.at.Schema.Kind("person")
	if f := k.ReasonField("id_or_reason"); f == nil || f.Name != "id_reason" || k.ReasonField("second_head") != nil {
		t.Errorf("got %v, want the field that takes the reason", f)
	}
}

// TestFormSaysAllAtOnce: a person mends everything in one go, and nothing is written
// before.
func TestFormSaysAllAtOnce(t *testing.T) {
	d := newDesk(t)
	answer := fill(t, d.at, "draft-1", parts(
		"household", `{"people":"四"}`,
		"person", `{"name":"甲","birth_date":"2001-02-30","status":"88","household":"#7","relation":"#0"}`,
		"person", `{"household":"#0","id_number":110105198001010058,"valid":"0"}`,
		"person", `{"name":"丙","household":"#1"}`,
		"person", `{"id":"nobody-here","version":"AAAA","name":"丁"}`)...)
	want := []string{"0 head_name:household_named", "0 people:type",
		"1 birth_date:date", "1 household:part", "1 relation:code", "1 status:code",
		"2 id_number:type", "2 void_reason:missing", "3 household:part", "4 :input"}
	if diff := cmp.Diff(want, hard(answer)); diff != "" || answer.Saved || head(t, d.at) != 0 {
		t.Errorf("saved %v: %s", answer.Saved, diff)
	}
	for i, p := range answer.Parts {
		for _, problem := range p.Problems {
			if !problem.Hard || problem.Message == "" || strings.Contains(problem.Message, "110105198001010058") {
				t.Errorf("part %d: got %+v", i, problem)
			}
		}
	}
}

// TestFormIsOneTransaction: one part that is wrong keeps all the others out.
func TestFormIsOneTransaction(t *testing.T) {
	d := newDesk(t)
	bad := append(familyForm(3), parts("person", `{"household":"#0","sex":"1"}`)...)
	if answer := fill(t, d.at, "draft-1", bad...); answer.Saved || head(t, d.at) != 0 || len(hard(answer)) != 1 {
		t.Fatalf("got %v and %d changes, want nothing written", hard(answer), head(t, d.at))
	}
	bad[4].Item = json.RawMessage(`{"household":"#0","name":"王奶奶","sex":"2"}`)
	if answer := fill(t, d.at, "draft-1", bad...); !answer.Saved || head(t, d.at) != 5 {
		t.Errorf("got %v and %d changes, want the mended form saved under its name", hard(answer), head(t, d.at))
	}
}

// TestFormPressedTwice: what is pressed twice is saved once; what was changed since is
// said, and what was added goes in.
func TestFormPressedTwice(t *testing.T) {
	d := newDesk(t)
	first := fill(t, d.at, "draft-1", familyForm(3)...)
	again := fill(t, d.at, "draft-1", familyForm(3)...)
	if !first.Saved || first.Again || !again.Saved || !again.Again || head(t, d.at) != 4 {
		t.Fatalf("got %+v, then %+v and %d changes", first, again, head(t, d.at))
	}
	for i := range first.Parts {
		if first.Parts[i].ID != again.Parts[i].ID || again.Parts[i].Version != first.Parts[i].Version || again.Parts[i].Result != desk.Unchanged {
			t.Errorf("part %d: got %+v, then %+v", i, first.Parts[i], again.Parts[i])
		}
	}
	changed := familyForm(3)
	changed[1].Item = json.RawMessage(`{"household":"#0","name":"王亮","relation":"02"}`)
	if answer := fill(t, d.at, "draft-1", changed...); answer.Saved || !slices.Equal(hard(answer), []string{"1 :saved_before"}) || head(t, d.at) != 4 {
		t.Errorf("got %v, want it said that the form was saved with something else", hard(answer))
	}
	if since := fill(t, d.at, "draft-3", edit("person", first.Parts[2], `"name":"李虹","phone":"13900000003"`)); !since.Saved {
		t.Fatal(hard(since))
	}
	more := append(familyForm(3), parts("person", `{"household":"#0","name":"王奶奶","sex":"2"}`)...)
	answer := fill(t, d.at, "draft-1", more...)
	want := []desk.Result{desk.Unchanged, desk.Unchanged, desk.Unchanged, desk.Unchanged, desk.Made}
	if diff := cmp.Diff(want, resultsOf(answer)); diff != "" || !answer.Saved || answer.Again {
		t.Errorf("got %+v: %s", answer, diff)
	}
	if got := d.record("person", string(first.Parts[2].ID)).Value("name").Text(); got != "李虹" {
		t.Errorf("got %s, want the correction to stand", got)
	}
	if other := fill(t, d.at, "draft-2", familyForm(3)...); other.Again || head(t, d.at) != 10 {
		t.Errorf("got %+v, want another form to be another household", other)
	}
}

// TestFormPressedTwiceAtOnce: of two that come together one makes the records.
func TestFormPressedTwiceAtOnce(t *testing.T) {
	d := newDesk(t)
	f := desk.Form{Parts: parts("household", `{"head_name":"王明"}`), How: desk.Saving{Actor: "clerk", Run: "draft-1"}}
	checked, err := desk.New(d.at).CheckForm(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range checked.Parts[0].Findings {
		f.Accept = append(f.Accept, desk.AcceptKey(0, found))
	}
	answers := make([]desk.FormAnswer, 8)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			var err error
			if answers[i], err = desk.New(d.at).SaveForm(t.Context(), f); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	made := 0
	for _, a := range answers {
		if !a.Saved || a.Again != (a.Parts[0].Result == desk.Unchanged) || a.Parts[0].ID != answers[0].Parts[0].ID {
			t.Errorf("got %+v", a)
		}
		if !a.Again {
			made++
		}
	}
	if made != 1 || head(t, d.at) != 1 {
		t.Errorf("%d made it, in %d changes", made, head(t, d.at))
	}
}

// TestFormOwnNumber: a record that is new takes no number that another one has.
func TestFormOwnNumber(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", `{"id":"H-1","head_name":"张三"}`)
	answer := fill(t, d.at, "draft-1", parts("household", `{"own_no":"H-1","head_name":"李四"}`)...)
	if answer.Saved || !slices.Equal(hard(answer), []string{"0 own_no:own_no_taken"}) {
		t.Errorf("got %v", hard(answer))
	}
	answer = fill(t, d.at, "draft-1", parts("household", `{"own_no":"H-2","head_name":"李四"}`, "household", `{"own_no":"H-2","head_name":"李四"}`)...)
	if answer.Saved || !slices.Equal(hard(answer), []string{"1 own_no:same_record"}) {
		t.Errorf("got %v", hard(answer))
	}
	for _, again := range []bool{false, true} {
		if answer = fill(t, d.at, "draft-1", parts("household", `{"own_no":"H-2","head_name":"李四"}`)...); !answer.Saved || answer.Again != again {
			t.Errorf("got %+v, want again %v", answer, again)
		}
	}
	if d.record("household", "H-1").Value("head_name").Text() != "张三" {
		t.Error("the record with the number was changed")
	}
}

// edit is a part of a record as it was read.
func edit(kind string, p desk.PartAnswer, fields string) desk.Part {
	return parts(kind, fmt.Sprintf(`{"id":%q,"version":%q,%s}`, p.ID, p.Version, fields))[0]
}

// TestFormEditsByVersion: an edit of what somebody else has changed since keeps both
// values and says so; pressed twice it is one edit.
func TestFormEditsByVersion(t *testing.T) {
	d := newDesk(t)
	read := fill(t, d.at, "draft-1", familyForm(3)...)
	mine := edit("person", read.Parts[1], `"phone":"13900000001","marital":"20"`)
	theirs := edit("person", read.Parts[1], `"phone":"13900000002"`)
	if other := fill(t, d.at, "draft-2", theirs); !other.Saved || other.Parts[0].Result != desk.Changed || len(other.Parts[0].Conflicts) != 0 {
		t.Fatalf("got %+v", other)
	}
	checked, err := desk.New(d.at).CheckForm(t.Context(), desk.Form{Parts: []desk.Part{mine}})
	if err != nil || !slices.Equal(checked.Parts[0].Conflicts, []string{"phone"}) {
		t.Errorf("got %+v, %v, want the conflict foreseen", checked, err)
	}
	saved := fill(t, d.at, "draft-3", mine)
	if !saved.Saved || !slices.Equal(saved.Parts[0].Conflicts, []string{"phone"}) {
		t.Fatalf("got %+v, want the conflict", saved)
	}
	r := d.record("person", string(read.Parts[1].ID))
	if len(r.Conflicts()) != 1 || r.Value("marital").Text() != "20" {
		t.Errorf("got %v and %v, want both values kept", r.Conflicts(), r.Values())
	}
	before := head(t, d.at)
	if again := fill(t, d.at, "draft-3", mine); !again.Saved || !again.Again || head(t, d.at) != before {
		t.Errorf("got %+v, want nothing written again", again)
	}
}

// TestFormSurveysAHousehold: a survey by one form changes the household and the status
// of a member, by events on the right days, and without a conflict of the form with
// itself, whichever part stands first.
func TestFormSurveysAHousehold(t *testing.T) {
	for _, personFirst := range []bool{false, true} {
		d := surveyed(t)
		get := func(kind, id string) desk.PartAnswer {
			shown, err := desk.New(d.at).Get(t.Context(), kind, change.RecordID(id), kit.Clerk)
			if err != nil {
				t.Fatal(err)
			}
			return desk.PartAnswer{ID: shown.ID, Version: shown.Version}
		}
		person := edit("person", get("person", "p-1"), `"status":"1","sex":"1","phone":"13900000000"`)
		form := []desk.Part{edit("household", get("household", "h-1"), `"survey_date":"2027-01-10"`), person}
		if personFirst {
			slices.Reverse(form)
		}
		answer := fill(t, d.at, "draft-1", form...)
		if !answer.Saved {
			t.Fatalf("got %+v", answer)
		}
		for i, p := range answer.Parts {
			if len(p.Conflicts) > 0 || p.Result != desk.Changed {
				t.Errorf("part %d: got %+v, want no conflict of the form with itself", i, p)
			}
		}
		r := d.record("person", "p-1")
		if len(r.Conflicts()) > 0 || r.Value("phone").Text() != "13900000000" {
			t.Errorf("got %v and %v", r.Conflicts(), r.Values())
		}
		d.wants("surveyed", "1", "2026-01-10 6", "2027-01-10 1")
		past, err := desk.New(d.at).History(t.Context(), "person", "p-1", kit.Clerk)
		if err != nil || slices.ContainsFunc(past, func(p desk.Past) bool { return p.Parallel }) {
			t.Errorf("got %+v, %v, want nothing of the form beside anything else", past, err)
		}
		before := head(t, d.at)
		if again := fill(t, d.at, "draft-1", form...); !again.Again || head(t, d.at) != before {
			t.Errorf("got %+v, want nothing written again", again)
		}
	}
}

// TestFormCopiesTexts: a text is taken from a part that is named, also a later one.
func TestFormCopiesTexts(t *testing.T) {
	d := newDesk(t)
	answer := fill(t, d.at, "draft-1", parts("person", `{"name":"甲","employer":"#1"}`, "employer", `{"name":"晨光厂"}`)...)
	if !answer.Saved {
		t.Fatal(hard(answer))
	}
	if got := d.record("person", string(answer.Parts[0].ID)).Value("employer_name").Text(); got != "晨光厂" {
		t.Errorf("got %q, want the name of the employer", got)
	}
	if again := fill(t, d.at, "draft-1", parts("person", `{"name":"甲","employer":"#1"}`, "employer", `{"name":"晨光厂"}`)...); !again.Again {
		t.Errorf("got %+v", again)
	}
}

// TestFormIsRefused: what no person could mend is an error of the form.
func TestFormIsRefused(t *testing.T) {
	d := newDesk(t)
	for name, f := range map[string]desk.Form{
		"no parts":      {},
		"too many":      {Parts: make([]desk.Part, desk.MaxParts+1)},
		"unknown kind":  {Parts: parts("nothing", `{}`)},
		"no object":     {Parts: parts("person", `[]`)},
		"too long":      {Parts: parts("person", `{"name":"`+strings.Repeat("a", desk.MaxLine)+`"}`)},
		"derived kind":  {Parts: parts("person_facts", `{}`)},
		"saving as run": {Parts: parts("person", `{"name":"甲"}`), How: desk.Saving{Void: true}},
	} {
		if _, err := desk.New(d.at).SaveForm(t.Context(), f); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
	if _, err := desk.New(d.at).SaveForm(t.Context(), desk.Form{Parts: parts("program", `{}`)}); err == nil {
		t.Error("a node wrote what the city alone writes")
	}
}

// TestFormTellsLikeCodes: beside a code that is not in its list stand those that may be
// meant.
func TestFormTellsLikeCodes(t *testing.T) {
	d := newDesk(t)
	for text, want := range map[string]string{"2x": "2", "xb": "", "失": "9", "tx": "2"} {
		answer, err := desk.New(d.at).CheckForm(t.Context(), desk.Form{Parts: parts("person", fmt.Sprintf(`{"name":"甲","status":%q}`, text))})
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, item := range answer.Parts[0].Like["status"] {
			codes = append(codes, item.Code)
		}
		if want != "" && !slices.Contains(codes, want) || want == "" && codes != nil || len(codes) > 4 {
			t.Errorf("%q: got %v, want %q among them", text, codes, want)
		}
	}
}

// TestLikeCodes: the likeliest comes first, and what shares a digit or a character by chance
// is not told.
func TestLikeCodes(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, _ := s.Kind("person")
	for _, c := range []struct{ field, text, want string }{
		{"nationality", "5", "05 50 51 52"}, {"sex", "15", ""}, {"sex", "男性", "1"}, {"status", "4050", ""}, {"status", "失业了", "9"}, {"status", "打工", "11"},
		{"occupation", "司机", ""}, {"occupation", "500", ""}, {"education", "大学", "20 30"}, {"relation", "1", "01 10 11 12"},
	} {
		f, _ := k.Field(c.field)
		var codes []string
		for _, item := range desk.LikeCodes(f.List(), c.text) {
			codes = append(codes, item.Code)
		}
		if got := strings.Join(codes, " "); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.field, c.text, got, c.want)
		}
	}
}

// TestPartOf: what people type becomes what a part says; what cannot be read is said at
// its field.
func TestPartOf(t *testing.T) {
	d := newDesk(t)
	part, err := desk.New(d.at).PartOf("household", map[string][]string{"head_name": {" 王明 "}, "people": {"３"}, "low_income": {"是"},
		"low_income_amount": {"320.50"}, "kinds": {"01", "", "02"}, "estate": {""}, "survey_date": {"2026.1.2"}, "version": {""}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"estate":null,"head_name":"王明","kinds":["01","02"],"low_income":true,"low_income_amount":32050,"people":3,"survey_date":"2026-01-02"}`
	if string(part.Item) != want {
		t.Errorf("got %s", part.Item)
	}
	if part, err = desk.New(d.at).PartOf("household", map[string][]string{"head_name": {"王明"}, "low_income_amount": {"三百"}}); err != nil {
		t.Fatal(err)
	}
	if answer := fill(t, d.at, "", part); !slices.Equal(hard(answer), []string{"0 low_income_amount:type"}) {
		t.Errorf("got %v", hard(answer))
	}
	if _, err := desk.New(d.at).PartOf("nothing", nil); fault.Of(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
}
