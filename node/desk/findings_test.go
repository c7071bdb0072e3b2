package desk_test

import (
	"slices"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// rulesOf are the fields and rules of warnings, without their sentences.
func rulesOf(w desk.Written) (rules []string) {
	for _, text := range w.Warnings {
		parts := strings.SplitN(text, ": ", 3)
		if len(parts) == 3 && parts[1] != "missing" {
			rules = append(rules, parts[0]+" "+parts[1])
		}
	}
	return rules
}

// warns reports whether a save was warned of a rule.
func warns(w desk.Written, rule string) bool { return slices.Contains(rulesOf(w), rule) }

// TestWarningsOfNeighbours: a save is told what is wrong with what stands beside the
// record, whether that was stored before or comes in the same input.
func TestWarningsOfNeighbours(t *testing.T) {
	d := newDesk(t)
	unknown := d.mustPut("person", `{"id":"p-1","name":"王明","household":"h-1","relation":"02"}`)[0]
	if !warns(unknown, "household household_unknown") {
		t.Errorf("warned of %q", unknown.Warnings)
	}
	home := d.mustPut("household", `{"id":"h-1","head_name":"王　明","people":3,"form_no":"`+kit.First.Code+`2026000001"}`)[0]
	if got := rulesOf(home); !slices.Equal(got, []string{"people people_members"}) && len(got) != 0 {
		t.Errorf("a new household: %q", home.Warnings)
	}
	both := d.mustPut("person", `{"id":"p-2","name":"李兰","household":"h-1","relation":"12"}`+"\n"+`{"id":"p-3","name":"赵四","household":"h-1","relation":"02"}`)
	if warns(both[0], "relation second_head") || !warns(both[1], "relation second_head") || warns(both[0], "household household_unknown") {
		t.Errorf("warned of %q and %q", both[0].Warnings, both[1].Warnings)
	}
	again := d.mustPut("household", `{"id":"h-1","head_name":"王明","people":2}`)[0]
	if got := rulesOf(again); !slices.Contains(got, "people people_members") || !slices.Contains(got, "head_name head_missing") {
		t.Errorf("an edit of the household: %q", again.Warnings)
	}
	d.mustPut("household", `{"id":"h-1","valid":"0","void_reason":"gone"}`)
	if w := d.mustPut("person", `{"id":"p-2","phone":"13900000000"}`)[0]; !warns(w, "household household_void") {
		t.Errorf("warned of %q", w.Warnings)
	}
	for _, text := range again.Warnings {
		if !strings.Contains(text, " / ") {
			t.Errorf("no sentence in both languages: %q", text)
		}
	}
}

// TestManyAreWarnedAlike: an input of many records is judged as one of few is.
func TestManyAreWarnedAlike(t *testing.T) {
	households, persons := families(0, 60)
	few, many := newDesk(t), newDesk(t)
	for _, d := range []*clerk{few, many} {
		d.mustPut("household", households)
	}
	persons += persons[:strings.Index(persons, "\n")+1]                                 // once more
	persons += strings.Replace(persons[:strings.Index(persons, "\n")+1], "p-", "q-", 1) // and another with the same number, a second head
	whole := many.mustPut("person", persons)
	lines := strings.Split(strings.TrimSpace(persons), "\n")
	for i, line := range lines {
		want := few.mustPut("person", line)[0].Warnings
		if i == len(lines)-2 { // an input says of itself that it has a record twice
			want = append(want, "id: repeated")
		}
		if !slices.Equal(want, whole[i].Warnings) {
			t.Errorf("line %d: alone %q, with others %q", i, want, whole[i].Warnings)
		}
	}
	if last := whole[len(whole)-1]; !warns(last, "relation second_head") {
		t.Errorf("warned of %q", last.Warnings)
	}
}

// TestListFindings: records are listed by what is found in them, as it is now.
func TestListFindings(t *testing.T) {
	d := newDesk(t)
	d.mustPut("household", `{"id":"h-1","head_name":"王明"}`)
	d.mustPut("person", strings.Join([]string{
		`{"id":"p-1","name":"王明","household":"h-1","relation":"02","id_number":"420202190304050018"}`,
		`{"id":"p-2","name":"李兰","household":"h-1","relation":"02","id_number":"420202030405001"}`,
		`{"id":"p-3","name":"赵四","id_number":"420205189809275088","sex":"1"}`,
		`{"id":"p-4","name":"钱五","id_number":"420205189809275088","sex":"1","mismatch_reason":"old entry"}`,
	}, "\n"))
	count := func(filter string) int { return len(kit.MustList(t, d.at, "person", filter)) }
	for filter, want := range map[string]int{
		`findings:"second_head"`: 2, `findings:"id_number_twice"`: 4, `findings:"id_sex"`: 1, `explained:"id_sex"`: 1, `findings:"household_void"`: 0,
		`findings:"id_cut"`: 1, `NOT findings:"second_head"`: 2,
	} {
		if got := count(filter); got != want {
			t.Errorf("%s: %d, want %d", filter, got, want)
		}
	}
	d.mustPut("person", `{"id":"p-2","relation":"12"}`)
	d.mustPut("household", `{"id":"h-1","valid":"0","void_reason":"gone"}`)
	if count(`findings:"second_head"`) != 0 || count(`findings:"household_void"`) != 2 {
		t.Error("the list is out of date")
	}
	shown, err := desk.New(d.at).Get(t.Context(), "person", "p-3", desk.Asker{Operator: "clerk"})
	if err != nil || !slices.Contains(shown.Findings, "id_sex") {
		t.Errorf("%v %v", shown, err)
	}
	if _, err := desk.ReadLines(strings.NewReader(`{}`)); err != nil {
		t.Fatal(err)
	}
}

// TestNumberFillsSexAndBirth: what the number says is written with the record.
func TestNumberFillsSexAndBirth(t *testing.T) {
	d := newDesk(t)
	d.mustPut("person", `{"id":"p-1","name":"王兰","id_number":"420205189809275088"}`)
	r := d.record("person", "p-1")
	if r.Value("sex") != change.Text("2") || r.Value("birth_date") != change.Text("1898-09-27") {
		t.Errorf("%v", r.Values())
	}
	d.mustPut("person", `{"id":"p-1","name":"王兰","id_number":"420205189809275088"}`)
	if got := len(d.fields("person", "p-1")); got != 1 {
		t.Errorf("saved again it has %d changes", got)
	}
}

// TestNamesAreFoundByTheirKeys, at a node.
func TestNamesAreFoundByTheirKeys(t *testing.T) {
	d := newDesk(t)
	d.mustPut("person", `{"name":"王　明"}`+"\n"+`{"name":"王明"}`+"\n"+`{"name":"王\u2f42明"}`+"\n"+`{"name":"阿卜杜・热合曼"}`)
	for filter, want := range map[string]int{`name = "王明"`: 2, `name = "王 明"`: 2, `name = "王文明"`: 1, `name = "阿卜杜•热合曼"`: 1, `name:"文"`: 1, `name = "王*"`: 3, `name != "王明"`: 2} {
		if got := kit.MustList(t, d.at, "person", filter); len(got) != want {
			t.Errorf("%s: %d, want %d", filter, len(got), want)
		}
	}
}

// TestBrokenCharacters: half of a pair in JSON is refused in every text, never
// written as something else.
func TestBrokenCharacters(t *testing.T) {
	d := newDesk(t)
	for kind, lines := range map[string][]string{
		"person": {`{"name":"王\ud842"}`, `{"name":"王\udfb7明"}`, `{"name":"王\ufffd"}`, `{"name":"甲","remark":"\ud842\ud842"}`, `{"id":"p-\ud842","name":"甲"}`,
			`{"name":"甲","household":"h-\ud842"}`, `{"name":"\u200b"}`, `{"name":"王\u200b明"}`, `{"name":"\u0301"}`, `{"name":"甲","id_number":420202189803219051}`},
		"household": {`{"head_name":"王\ud842"}`, `{"address":"\u200b"}`, `{"address":"湖滨路","surveyor":"王\u2060"}`},
	} {
		for _, line := range lines {
			items, err := desk.ReadLines(strings.NewReader(line))
			if err == nil {
				err = desk.New(d.at).Put(t.Context(), kind, items, "clerk", func(desk.Written) error { return nil })
			}
			if fault.Of(err) != fault.Invalid {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	d.mustPut("person", `{"id":"p-1","name":"\ud842\udfb7野"}`)
	if got := d.record("person", "p-1").Value("name").Text(); got != "𠮷野" {
		t.Errorf("a whole pair is %q", got)
	}
}

// TestReferencesAreFound: a referral to a vacancy that nobody has, feedback on another
// person's, and what was before the birth are told at once and listed.
func TestReferencesAreFound(t *testing.T) {
	d := newDesk(t)
	d.mustPut("person", `{"id":"p","name":"甲","birth_date":"1990-05-01"}`+"\n"+`{"id":"q","name":"乙"}`)
	for _, c := range []struct{ kind, line, rule string }{
		{"referral", `{"id":"r","person":"p","on":"2026-01-01","vacancy":"nobody"}`, "vacancy vacancy_unknown"},
		{"feedback", `{"id":"f","person":"q","on":"2026-01-02","referral":"r"}`, "referral referral_of_another"},
		{"unemployment", `{"id":"u","person":"p","on":"1990-04-30"}`, "on on_before_birth"},
		{"registration", `{"id":"g","person":"p","on":"2026-01-01","benefit_from":"1990-04-30"}`, "benefit_from benefit_from_before_birth"},
	} {
		if w := d.mustPut(c.kind, c.line)[0]; !warns(w, c.rule) {
			t.Errorf("%s: warned of %q", c.rule, w.Warnings)
		}
		_, rule, _ := strings.Cut(c.rule, " ")
		if found := kit.MustList(t, d.at, c.kind, `findings:"`+rule+`"`); len(found) != 1 {
			t.Errorf("%s: %d are listed, want 1", rule, len(found))
		}
	}
	d.mustPut("vacancy", `{"id":"nobody","occupation":"4","employer_name":"x"}`)
	if found := kit.MustList(t, d.at, "referral", `findings:"vacancy_unknown"`); len(found) > 0 {
		t.Error("a vacancy that is here is not known")
	}
}

// TestStepsOfTiers: who writes which step is the schema's to say. What a program of
// before has written so is found.
func TestStepsOfTiers(t *testing.T) {
	d := newDesk(t)
	street, district := d.town.MustReplica(t, d.city, kit.Street), d.town.MustReplica(t, d.city, kit.District)
	who := string(d.mustPut("person", `{"id":"p","name":"甲"}`)[0].ID)
	for _, c := range []struct {
		at    *replica.Replica
		taken string
	}{{d.at, "asked checked notice rejected left reviewed"}, {street, "notice rechecked returned rejected left reviewed"}, {district, "notice recognised returned rejected left reviewed"}} {
		k, _ := c.at.Schema.Kind("hardship_step")
		f, _ := k.Field("step")
		for _, item := range f.List().Items {
			_, err := kit.Put(t, c.at, "hardship_step", `{"id":"`+item.Code+`","person":"`+who+`","on":"2026-03-01","step":"`+item.Code+`"}`)
			if isTaken := slices.Contains(strings.Fields(c.taken), item.Code); (err == nil) != isTaken || err != nil && fault.Of(err) != fault.Invalid {
				t.Errorf("%s: %s: %v", c.at.Members.Unit().Name, item.Code, err)
			}
		}
	}
	id := kit.Name(kit.Street, "hardship_step", "before")
	kit.MustWrite(t, street, &change.Change{Kind: "hardship_step", Record: id, Actor: "clerk", At: 1, Fields: change.FieldsOf(map[string]change.Value{
		"person": change.Text(who), "on": change.Text("2026-03-01"), "step": change.Text("recognised")})})
	d.town.MustCarry(t, street, d.at)
	if found := kit.MustList(t, d.at, "hardship_step", `findings:"step_writer"`); !slices.Equal(found, []change.RecordID{id}) {
		t.Errorf("found %v", found)
	}
}
