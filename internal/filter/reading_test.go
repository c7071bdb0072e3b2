package filter_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/tree"
)

// town has two communities of one name, in two streets.
func town(t testing.TB) *tree.Tree {
	t.Helper()
	made, err := tree.New([]tree.Unit{
		{ID: "aaaaaaaaaaaaaaaa", Code: "420200000000", Name: "黄石市", Level: tree.City},
		{ID: "bbbbbbbbbbbbbbbb", Code: "420202000000", Name: "黄石港区", Level: tree.District, Parent: "aaaaaaaaaaaaaaaa"},
		{ID: "cccccccccccccccc", Code: "420202007000", Name: "胜阳港街道", Level: tree.Street, Parent: "bbbbbbbbbbbbbbbb"},
		{ID: "dddddddddddddddd", Code: "420202008000", Name: "沈家营街道", Level: tree.Street, Parent: "bbbbbbbbbbbbbbbb"},
		{ID: "eeeeeeeeeeeeeeee", Code: "420202007005", Name: "新建社区", Level: tree.Community, Parent: "cccccccccccccccc"},
		{ID: "ffffffffffffffff", Code: "420202008005", Name: "新建社区", Level: tree.Community, Parent: "dddddddddddddddd"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// wu is a made-up person of the first of the two.
func wu() map[string]change.Value {
	return map[string]change.Value{"unit": change.Text("420202007005"), "city": change.Text("420200000000"), "district": change.Text("420202000000"),
		"street": change.Text("420202007000"), "community": change.Text("420202007005"), "birth_date": change.Text("1984-02-29"), "sex": change.Text("1"),
		"hardship": change.Set([]string{"010"}), filter.ConflictsName: change.Bool(true)}
}

func TestReading(t *testing.T) {
	person := mustKind(t, "person")
	r := filter.Reading{Tree: town(t), Near: "cccccccccccccccc", Today: "2026-02-28"}
	for text, want := range map[string]bool{
		`street = "胜阳港街道"`: true, `street = 沈家营街道`: false, `street != 沈家营街道`: true, `street = 420202007000`: true, `street = cccccccccccccccc`: true,
		`street = "胜阳*"`: true, `street:胜阳港`: true, `street != "沈家*"`: true, `district = "4202*"`: true, `community = 新建社区`: true, `unit = "新建社区"`: true,
		`unit = zzzzzzzzzzzzzzzz`: false, `street IN (胜阳港街道, "420202008000")`: true, `street NOT IN (胜阳港街道)`: false, `street:(沈家营街道 OR 胜阳港街道)`: true,
		`sex IN ("1","2")`: true, `sex IN (女)`: false, `NOT sex IN (女) AND sex = (1 OR 2)`: true, `hardship IN (010, 050)`: true, `hardship:(010 AND 050)`: false,
		`sex = "1 IN (2)"`: false, `conflicts`: true, `conflicts = true`: true, `conflicts = false`: false, `NOT conflicts`: false, `conflicts != false`: true,
		`age = 42`: true, `age >= 42`: true, `age > 42`: false, `age < 42`: false, `age <= 42`: true, `age != 42`: false, `年龄 IN (41, 42)`: true, `age:*`: true, `age = null`: false,
		`age > -5`: true, `age < 999`: true, `age < 0`: false,
	} {
		if text == `sex = "1 IN (2)"` {
			if _, err := r.Parse(person, text); fault.Of(err) != fault.Invalid {
				t.Errorf("%s: a list within quotes is no list: %v", text, err)
			}
			continue
		}
		e, err := r.Parse(person, text)
		if err != nil {
			t.Errorf("%s: %v (%s)", text, err, fault.Hint(err))
			continue
		}
		if got := e.Match(wu()); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
	e, err := r.Parse(mustKind(t, "notice"), `audience = 胜阳港街道`)
	if err != nil || !e.Match(map[string]change.Value{"audience": change.Text("cccccccccccccccc")}) {
		t.Errorf("a field that holds the id of a unit: %v", err)
	}
}

// TestUnknownUnits: what no list and no tree has is wrong, with what is meant most
// likely; two units of one name are not taken for each other.
func TestUnknownUnits(t *testing.T) {
	person := mustKind(t, "person")
	r := filter.Reading{Tree: town(t), Near: "aaaaaaaaaaaaaaaa"}
	for text, hint := range map[string]string{
		`street = 胜阳街道`:               "420202007000 胜阳港街道 (黄石港区)",
		`street = 420202007001`:       "420202007000",
		`street = "420202007005"`:     `community = "420202007005"`,
		`community = 新建社区`:            "420202007005 新建社区 (胜阳港街道), 420202008005 新建社区 (沈家营街道)",
		`street = "火星*"`:              "query unit",
		`street IN (沈家营街道, 沈家街)`:      "沈家营街道",
		`relation = 户住`:               "户主",
		`nationality = "汉"`:           "汉族",
		`street = 胜阳`:                 "420202007000 胜阳港街道 (黄石港区)",
		`status = 99 OR sex = secret`: "codes: ",
	} {
		_, err := r.Parse(person, text)
		if fault.Of(err) != fault.Invalid || !strings.Contains(fault.Hint(err), hint) && hint != "codes: " {
			t.Errorf("%s: got %v (%s), want a hint of %q", text, err, fault.Hint(err), hint)
		}
	}
}

// TestShown: a filter in a log has no number of a person in full.
func TestShown(t *testing.T) {
	k := mustKind(t, "person")
	for text, want := range map[string]string{
		`id_number = "11010519491231002X" AND sex = 1`: `id_number = "110105**********2X" AND sex = 1`,
		`disability_cert = "42020219500101123443"`:     `disability_cert = "420202************43"`,
		`name = "11010519491231002X"`:                  `name = "110105**********2X"`,
		`  status = 5 `:                                `status = 5`,
		`disability_cert = 42020219500101123443 )`:     "",
	} {
		got := filter.Reading{}.Shown(k, text)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// TestChineseSigns: what a Chinese keyboard writes in place of plain signs means the
// same; within strings and words it is what was typed.
func TestChineseSigns(t *testing.T) {
	person := mustKind(t, "person")
	values := wu()
	values["name"], values["hukou"] = change.Text("王明"), change.Text("11")
	values["remark"], values["hukou_address"] = change.Text("“甲”，乙"), change.Text("东里（甲，乙）")
	for text, want := range map[string]bool{
		`name = “王明”`: true, `name＝“王明”`: true, `name = ”王明“`: true, `name = 「王明」`: true, `name != “王明”`: false, `姓名＝‘王明’`: true, `name = “王*”`: true,
		`sex IN （1，2）`: true, `sex IN（“2”，“1”）`: true, `sex NOT IN （男，女）`: false, `sex：（1 OR 2）`: true, `（sex = 1 OR sex = 2）　AND　name = “王明”`: true,
		`birth_date ＞= “1984-01-01”`: true, `birth_date＜1984-01-01`: false, `sex ！= 1`: false,
		`hukou = 本地非农业户口（本地城镇）`: true, `hukou IN （本地非农业户口（本地城镇），50）`: true, `remark = "“甲”，乙"`: true, `remark = '“甲”，乙'`: true, `remark = "甲，乙"`: false,
		`hukou_address = 东里（甲，乙）`: true, `hukou_address = “东里（甲，乙）”`: true, `(hukou_address = 东里（甲，乙）)`: true,
	} {
		e, err := filter.Parse(person, text)
		if err != nil {
			t.Errorf("%s: %v (%s)", text, err, fault.Hint(err))
			continue
		}
		if got := e.Match(values); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}
