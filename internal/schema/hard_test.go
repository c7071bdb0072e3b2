package schema_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// hardKinds are all kinds of the program, and one with every type and hard checks
// with conditions.
func hardKinds(tb testing.TB) []*schema.Kind {
	tb.Helper()
	s := mustLoad(tb)
	more, err := s.Extend([]byte(hardKind))
	if err != nil {
		tb.Fatal(err)
	}
	return more.Kinds()
}

const hardKind = `
kinds:
  - name: hard_checks
    label: {zh: 硬核查, en: hard checks}
    writers: [5]
    fields:
      - {name: sort, label: {zh: 类型}, type: code, codes: sex, must: hard}
      - {name: sorts, label: {zh: 多类型}, type: codes, codes: sex}
      - {name: yes, label: {zh: 是否}, type: boolean, must: hard}
      - {name: day, label: {zh: 日期甲}, type: date}
      - {name: later, label: {zh: 日期乙}, type: date}
      - {name: number, label: {zh: 公民身份号码甲}, type: idnumber}
      - {name: text, label: {zh: 文字}, type: text, max_len: 5}
      - {name: money, label: {zh: 金额甲}, type: money, must: hard}
      - {name: limit, label: {zh: 上限}, type: integer}
      - {name: asked, label: {zh: 问}, type: text, must: soft}
    checks:
      - {rule: hc_later, test: not_before, field: later, other: day, years: 1, strength: hard, message: {zh: 一}}
      - {rule: hc_sex, test: id_sex, field: sort, other: number, when: [{field: "yes", is: true}], strength: hard, message: {zh: 二}}
      - {rule: hc_text, test: present, field: text, when: [{field: sorts, in: ["1"]}], strength: hard, message: {zh: 三}}
      - {rule: hc_none, test: none_of, field: text, fields: [text, asked], when: [{field: sort, none_of: ["1", "2"]}], strength: hard, message: {zh: 四}}
      - {rule: hc_not_in, test: any_of, field: text, fields: [text, asked], when: [{field: sorts, not_in: ["2"]}], strength: hard, message: {zh: 五}}
      - {rule: hc_future, test: not_future, field: day, strength: hard, message: {zh: 六}}
      - {rule: hc_most, test: at_most, field: money, other: limit, strength: hard, message: {zh: 八}}
      - {rule: hc_below, test: never, field: limit, when: [{field: limit, below: -5}], strength: hard, message: {zh: 九}}
      - {rule: hc_age, test: never, field: day, when: [{field: day, min_age: 20}], strength: hard, message: {zh: 七}}
`

// oddTexts are right and wrong for some field or other.
var oddTexts = []string{"", " ", "甲", "1", "2", "9", "01", "10", "nobody", "2025-02-29", "2024-02-29", "1990-01-31", "1799-01-01", "x\x01", "x\ty", "\u202e甲", "王\u200b明", "\ufffd",
	"420202199001010012", "11010519491231002X", "110105491231002", "110105191231002", "420202199001010000", "4.2E+17", "aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa.0195", "A/B", strings.Repeat("长", 200), strings.Repeat("a", 201), strings.Repeat("字", 4001)}

var anyValue = rapid.OneOf(
	rapid.Just(change.Null), rapid.Just(change.Value("")), rapid.Just(change.Value("\x18\x01")), rapid.Just(change.Value("\x82\x61b\x61a")), rapid.Just(change.Value("\x61\xff")),
	rapid.Map(rapid.SampledFrom(oddTexts), change.Text), rapid.Map(rapid.String(), change.Text),
	rapid.Map(rapid.Int64(), change.Int), rapid.Map(rapid.Bool(), change.Bool),
	rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"1", "2", "9", "010", "050", "x"}), 0, 4), change.Set),
)

// fitting draws a value that the field takes, most times.
func fitting(f *schema.Field) *rapid.Generator[change.Value] {
	switch {
	case f.Type == schema.Boolean:
		return rapid.Map(rapid.Bool(), change.Bool)
	case f.Type.IsNumber():
		return rapid.Map(rapid.Int64(), change.Int)
	case f.Type == schema.Code:
		return rapid.Map(rapid.SampledFrom(f.List().Items), func(i schema.Item) change.Value { return change.Text(i.Code) })
	case f.Type == schema.Codes:
		return rapid.Map(rapid.SliceOfN(rapid.SampledFrom(f.List().Items), 0, 3), func(items []schema.Item) change.Value {
			var codes []string
			for _, i := range items {
				codes = append(codes, i.Code)
			}
			return change.Set(codes)
		})
	case f.Type == schema.Date:
		return rapid.Just(change.Text("1990-01-01"))
	case f.Type == schema.IDNumber:
		return rapid.Just(change.Text("11010519491231002X"))
	case f.Type == schema.Unit:
		return rapid.Just(change.Text("aaaaaaaaaaaaaaaa"))
	case f.Type == schema.Ref:
		return rapid.Just(change.Text("aaaaaaaaaaaaaaaa.p-1"))
	}
	return rapid.Just(change.Text("甲"))
}

// oddFor draws a value that the field does not take, most times.
func oddFor(f *schema.Field) *rapid.Generator[change.Value] {
	switch f.Type {
	case schema.Codes:
		return rapid.OneOf(anyValue, rapid.Just(change.Set([]string{f.List().Items[0].Code, "none"})))
	case schema.Boolean, schema.Integer, schema.Money, schema.Time:
		return anyValue
	}
	return rapid.OneOf(anyValue, rapid.Map(rapid.SampledFrom(oddTexts), change.Text))
}

// drawRecord draws a record that is right but for no field, one, or several.
func drawRecord(t *rapid.T, k *schema.Kind) change.Fields {
	values := map[string]change.Value{}
	for _, f := range k.Fields {
		if f.Must == schema.Hard || rapid.Bool().Draw(t, f.Name) {
			values[f.Name] = fitting(f).Draw(t, "fitting")
		}
	}
	for range rapid.SampledFrom([]int{0, 1, 1, 1, 2, 5}).Draw(t, "odd ones") {
		f := rapid.SampledFrom(k.Fields).Draw(t, "odd field")
		values[f.Name] = oddFor(f).Draw(t, "odd")
	}
	if rapid.IntRange(0, 3).Draw(t, "unknown") == 0 {
		values[rapid.StringMatching(`[a-z_]{1,12}`).Draw(t, "name")] = anyValue.Draw(t, "of no field")
	}
	return change.FieldsOf(values)
}

// checkPasses compares what is asked first with the problems that are listed.
func checkPasses(t *rapid.T, k *schema.Kind, values change.Fields) {
	listed := k.ListHard(values)
	if got := k.PassesHard(values, true); got != (len(listed) == 0) {
		t.Fatalf("%s %v: a whole record passes %v, want %v", k.Name, values, got, listed)
	}
	if diff := cmp.Diff(listed, k.CheckHard(values), cmpopts.EquateEmpty()); diff != "" {
		t.Fatal(diff)
	}
	ofSet := slices.DeleteFunc(slices.Clone(listed), func(p schema.Problem) bool {
		return !values.Has(p.Field) || slices.ContainsFunc(k.Checks, func(c *schema.Check) bool { return c.Rule == p.Rule })
	})
	if got := k.PassesHard(values, false); got != (len(ofSet) == 0) {
		t.Fatalf("%s %v: what is set passes %v, want %v", k.Name, values, got, ofSet)
	}
	var dated []schema.Problem
	for _, p := range k.CheckOn(values.Map(), today) {
		if p.Hard && p.Dated && slices.ContainsFunc(k.Checks, func(c *schema.Check) bool { return c.Rule == p.Rule }) {
			dated = append(dated, p)
		}
	}
	if diff := cmp.Diff(dated, k.CheckDated(values, today)); diff != "" && !completes(k, values) {
		t.Fatalf("%s %v: on the day: %s", k.Name, values, diff)
	}
}

// completes reports whether the record is judged with more than is written in it.
func completes(k *schema.Kind, values change.Fields) bool { return k.Missing(values.Map()) != nil }

// TestPassesLikeJudge draws records of all kinds, with something wrong in some.
func TestPassesLikeJudge(t *testing.T) {
	for _, k := range hardKinds(t) {
		t.Run(k.Name, rapid.MakeCheck(func(t *rapid.T) { checkPasses(t, k, drawRecord(t, k)) }))
		t.Run(k.Name+" without", func(t *testing.T) { eachWithout(t, k) })
	}
}

// eachWithout leaves out each field of a whole record, and sets each to each odd text.
func eachWithout(t *testing.T, k *schema.Kind) {
	whole := map[string]change.Value{}
	for _, f := range k.Fields {
		whole[f.Name] = fitting(f).Example(1)
	}
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(k.Fields).Draw(t, "field")
		for _, value := range []change.Value{"", change.Null, oddFor(f).Draw(t, "odd")} {
			checkPasses(t, k, change.FieldsOf(whole).With(f.Name, value))
		}
	})
}

func FuzzPassesLikeJudge(f *testing.F) {
	kinds := hardKinds(f)
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		k := rapid.SampledFrom(kinds).Draw(t, "kind")
		checkPasses(t, k, drawRecord(t, k))
	}))
}

// TestUnwritable: what lies above the last of them is none.
func TestUnwritable(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		want := unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
		if schema.IsUnwritable(r) != want {
			t.Errorf("%U: got %v, want %v", r, !want, want)
		}
	}
}

// TestPassesHardAllocatesNothing: nearly all changes of a city are right.
func TestPassesHardAllocatesNothing(t *testing.T) {
	for name, values := range map[string]map[string]change.Value{"person": complete(), "household": {"head_name": change.Text("甲")}} {
		k, fields := mustKind(t, mustLoad(t), name), change.FieldsOf(values)
		if !k.PassesHard(fields, true) {
			t.Fatalf("%s: %v", name, k.CheckHard(fields))
		}
		if n := testing.AllocsPerRun(100, func() { k.PassesHard(fields, true); k.CheckDated(fields, today) }); n > 0 {
			t.Errorf("%s: %v allocations, want none", name, n)
		}
	}
}
