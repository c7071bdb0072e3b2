package schema_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// aboutOthers are the tests that need what stands beside a record.
var aboutOthers = []string{"ref_known", "ref_here", "ref_valid", "once", "alone", "counts", "has_one", "equals_of", "unit_code", "same_subject", "not_before_of", "same_of", "within_of", "code_writer"}

// ruleRow is a line of testdata/record_rules.txt.
type ruleRow struct {
	kind, rule string
	fail, pass map[string]change.Value
}

func ruleRows(t *testing.T, s *schema.Schema) (rows []ruleRow) {
	raw, err := os.ReadFile("testdata/record_rules.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(strings.TrimSpace(line), " | ")
		kind, rule, _ := strings.Cut(parts[0], " ")
		k := mustKind(t, s, kind)
		rows = append(rows, ruleRow{kind: kind, rule: rule, fail: valuesOf(t, k, parts[1]), pass: valuesOf(t, k, parts[2])})
	}
	return rows
}

// valuesOf reads what a clerk's program would send.
func valuesOf(t *testing.T, k *schema.Kind, words string) map[string]change.Value {
	t.Helper()
	object := map[string]any{}
	for _, word := range strings.Fields(words) {
		name, text, ok := strings.Cut(word, "=")
		f, known := k.Field(name)
		switch {
		case word == "-":
		case !ok || !known:
			t.Fatalf("%s has no field %q", k.Name, word)
		case f.Type.IsNumber():
			object[name] = json.Number(text)
		case f.Type == schema.Boolean:
			object[name] = text == "true"
		case f.Type == schema.Codes:
			object[name] = strings.Split(text, "+")
		default:
			object[name] = text
		}
	}
	values, err := k.Parse(object)
	if err != nil {
		t.Fatalf("%s, %s: %v", k.Name, words, err)
	}
	return values
}

// TestRecordRules: each rule finds what it is there to find, and nothing in a record
// that is only just right.
func TestRecordRules(t *testing.T) {
	s := mustLoad(t)
	for _, row := range ruleRows(t, s) {
		k := mustKind(t, s, row.kind)
		found := func(values map[string]change.Value) bool {
			return slices.ContainsFunc(k.CheckOn(values, "2026-11-29"), func(p schema.Problem) bool { return p.Rule == row.rule })
		}
		if !found(row.fail) || found(row.pass) {
			t.Errorf("%s %s: found where it fails %v, where it passes %v", row.kind, row.rule, found(row.fail), found(row.pass))
		}
	}
}

// TestEveryRecordRuleIsTried: a rule that is added gets its line. Those of households
// and persons that are older are tried one by one elsewhere.
func TestEveryRecordRuleIsTried(t *testing.T) {
	s := mustLoad(t)
	tried := map[string]bool{}
	for _, row := range ruleRows(t, s) {
		tried[row.kind+" "+row.rule] = true
	}
	for _, k := range s.Kinds() {
		if k.System || k.Sort != schema.Record || k.Name == "household" || k.Name == "person" {
			continue
		}
		for _, c := range k.Checks {
			if !tried[k.Name+" "+c.Rule] && !slices.Contains(aboutOthers, c.Test) {
				t.Errorf("%s %s is not in testdata/record_rules.txt", k.Name, c.Rule)
			}
		}
	}
}

// TestRecordRulesBeside tries the rules about other records, by what their tests say.
func TestRecordRulesBeside(t *testing.T) {
	for _, k := range mustLoad(t).Kinds() {
		if k.System || k.Sort == schema.Derived || k.Name == "household" || k.Name == "person" {
			continue
		}
		for _, c := range k.Checks {
			if !slices.Contains(aboutOthers, c.Test) {
				continue
			}
			fails, passes := tryBeside(t, k, c)
			want := c.Field + ":" + c.Rule
			if !slices.Contains(strings.Fields(fails), want) || slices.Contains(strings.Fields(passes), want) {
				t.Errorf("%s %s: %q where it fails, %q where it passes", k.Name, c.Rule, fails, passes)
			}
		}
	}
}

// tryBeside puts two records into a unit, and says what is found in the second.
func tryBeside(t *testing.T, k *schema.Kind, c *schema.Check) (fails, passes string) {
	f, _ := k.Field(c.Field)
	u, text := newUnit(t), change.Text
	say := func(value change.Value) string { return u.found(u.put(k.Name, "b", c.Field, value)) }
	switch c.Test {
	case "ref_known":
		other := u.put(f.Ref, "a")
		return say(text(string(idOf(here, "nobody")))), say(text(string(other)))
	case "ref_here":
		other := u.put(f.Ref, "a")
		return say(text(string(idOf(elsewhere, "a")))), say(text(string(other)))
	case "ref_valid":
		other, void := u.put(f.Ref, "a"), u.put(f.Ref, "v", "valid", text("0"))
		return say(text(string(void))), say(text(string(other)))
	case "same_subject":
		of := mustKind(t, u.s, f.Ref)
		subject, _ := k.Field(k.Subject)
		p, q := u.put(subject.Ref, "p"), u.put(subject.Ref, "q")
		other, own := u.put(f.Ref, "a", of.Subject, text(string(q))), u.put(f.Ref, "c", of.Subject, text(string(p)))
		u.put(k.Name, "b", k.Subject, text(string(p)))
		return say(text(string(other))), say(text(string(own)))
	case "not_before_of":
		other, _ := k.Field(c.Other)
		p := u.put(other.Ref, "p", c.Member, text("1990-05-01"))
		u.put(k.Name, "b", c.Other, text(string(p)))
		return say(text("1990-04-30")), say(text("1990-05-01"))
	case "same_of":
		other, _ := k.Field(c.Other)
		one, two := change.Int(2025), change.Int(2026)
		if !f.Type.IsNumber() {
			one, two = change.Text("1"), change.Text("2")
		}
		p := u.put(other.Ref, "p", c.Field, two)
		u.put(k.Name, "b", c.Other, text(string(p)))
		return say(one), say(two)
	case "within_of":
		return tryWithin(t, u, k, c, say)
	case "code_writer":
		return tryWriters(u, k, c)
	case "once":
		one, two := twoValues(f)
		u.put(k.Name, "a", c.Field, one)
		return say(one), say(two)
	case "alone":
		one, two := change.Text("2026-01-01"), change.Text("2026-01-02")
		for _, name := range []string{"a", "b"} {
			u.put(k.Name, name, c.Other, text(string(idOf(here, "p"))), c.Field, one)
		}
		return say(one), say(two)
	}
	t.Fatalf("%s %s: how is %s tried?", k.Name, c.Rule, c.Test)
	return "", ""
}

// tryWithin: two parts of five and one of four are all that ten has room for; more passes
// where the whole or the part says so.
func tryWithin(t *testing.T, u *unit, k *schema.Kind, c *schema.Check, say func(change.Value) string) (fails, passes string) {
	whole := u.put(k.Name, "p", c.Field, change.Int(10))
	u.put(k.Name, "a", c.Field, change.Int(5), c.Other, change.Text(string(whole)))
	u.put(k.Name, "void", c.Field, change.Int(5), c.Other, change.Text(string(whole)), "valid", change.Text("0"))
	u.put(k.Name, "b", c.Other, change.Text(string(whole)))
	fails, passes = say(change.Int(6)), say(change.Int(5))
	say(change.Int(6))
	for _, id := range []string{"p", "b"} {
		u.put(k.Name, id, c.With.Field, change.Bool(true))
		if found := say(change.Int(6)); strings.Contains(found, c.Rule) {
			t.Errorf("%s is marked, and found all the same: %s", id, found)
		}
		u.put(k.Name, id, c.With.Field, change.Bool(false))
	}
	return fails, passes
}

// tryWriters tries each code with each tier.
func tryWriters(u *unit, k *schema.Kind, c *schema.Check) (fails, passes string) {
	f, _ := k.Field(c.Field)
	for _, item := range f.List().Items {
		id := u.put(k.Name, "b", c.Field, change.Text(item.Code))
		for level := 2; level <= 5; level++ {
			u.mayWrite = func(levels []int) bool { return slices.Contains(levels, level) }
			found := u.found(id)
			wrong := len(item.Writers) > 0 && !slices.Contains(item.Writers, level)
			if slices.Contains(strings.Fields(found), c.Field+":"+c.Rule+"!") != wrong {
				u.t.Errorf("%s %s: a unit of level %d writes %s: found %q", k.Name, c.Rule, level, item.Code, found)
			}
			if wrong {
				fails = strings.ReplaceAll(found, "!", "")
			} else {
				passes = found
			}
		}
	}
	id := u.put(k.Name, "b", "valid", change.Text("0")) // of level 5
	if found := u.found(id); strings.Contains(found, c.Rule) {
		u.t.Errorf("%s %s: a void one is found: %q", k.Name, c.Rule, found)
	}
	return fails, passes
}

func twoValues(f *schema.Field) (one, two change.Value) {
	if f.Type == schema.IDNumber {
		return change.Text("420202189803219051"), change.Text("420205189809275088")
	}
	return change.Text("a-1"), change.Text("a-2")
}

// TestPublicKinds: what goes to everybody below names no person, but for those whose
// work it is to be found.
func TestPublicKinds(t *testing.T) {
	s := mustLoad(t)
	var got []string
	for _, k := range s.Kinds() {
		if k.Personal || k.System || k.Sort != schema.Record {
			continue
		}
		for _, f := range k.Fields {
			if f.Type == schema.IDNumber || f.Ref == "person" || f.Ref == "household" || f.IsPersonal() {
				got = append(got, k.Name+"."+f.Name)
			}
		}
	}
	want := []string{"public_post.holder", "business.leader_person"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// ofAllKinds are the fields that stand behind the sections of a form.
var ofAllKinds = strings.Fields("unit valid own_no void_reason correction_reason recorded_by recorded_at recorded_on remark findings explained")

// TestForms: a kind with sections puts each of its own fields into one, and its
// printed list merges neighbours only.
func TestForms(t *testing.T) {
	for _, k := range mustLoad(t).Kinds() {
		if k.System || k.Sort == schema.Derived {
			continue
		}
		for _, f := range k.Fields {
			if len(k.Sections) > 0 && f.Section == "" && !slices.Contains(ofAllKinds, f.Name) {
				t.Errorf("%s: %s is in no section", k.Name, f.Name)
			}
		}
		var last schema.Label
		closed := map[schema.Label]bool{}
		for _, f := range k.Printed() {
			if f.Head != last {
				closed[last] = true
			}
			if last = f.Head; last != (schema.Label{}) && closed[last] {
				t.Errorf("%s: %s stands apart from the others under %s", k.Name, f.Name, last.Zh)
			}
		}
	}
}

// TestSecondLedger has the columns that a printed ledger of vacancies has, in order.
func TestSecondLedger(t *testing.T) {
	var got []string
	for _, f := range mustKind(t, mustLoad(t), "vacancy").Printed() {
		got = append(got, f.Name)
	}
	want := strings.Fields("registered_on employer_name employer_kind industry contact phone source public_kind vacancy_no occupation posts sex age_from age_to " +
		"education wage employment_kind board insurance takes_older from to referred placed valid payer reserved")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
