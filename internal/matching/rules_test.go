package matching_test

import (
	"testing"
)

// TestRules: each rule says what it finds.
func TestRules(t *testing.T) {
	type pair struct {
		vacancy values
		of      string // the vacancy's unit; "": the community
		person  values
	}
	const fits, not, unknown, hard, silent = "fits", "not", "unknown", "hard", ""
	b := mustBook(t)
	for _, c := range []struct {
		rule string
		pair pair
		want string
		zh   string
	}{
		{"open", pair{}, silent, ""},
		{"open", pair{vacancy: values{"state": "3"}}, hard, "已招满"},
		{"open", pair{vacancy: values{"posts": 2, "placed": 2}}, hard, "已招满"},
		{"open", pair{vacancy: values{"state": "4"}}, hard, "招聘已过期"},
		{"open", pair{vacancy: values{"to": "2026-03-09"}}, hard, "招聘已过期"},
		{"open", pair{vacancy: values{"to": today, "from": today}}, silent, ""},
		{"open", pair{vacancy: values{"state": "5"}}, hard, "岗位已撤回"},
		{"open", pair{vacancy: values{"from": "2026-03-11"}}, hard, "2026-03-11才开始招"},

		{"employed", pair{person: values{"facts.employed": true}}, hard, "已就业"},
		{"employed", pair{}, silent, ""},
		{"ability", pair{person: values{"labour_ability": "0"}}, hard, "没有劳动能力"},
		{"ability", pair{person: values{"labour_ability": "9"}}, unknown, "没填有无劳动能力"},
		{"wish", pair{person: values{"job_wish": "0"}}, hard, "不愿意就业"},
		{"wish", pair{person: values{"job_wish": ""}}, unknown, "没填愿不愿意就业"},

		{"occupation", pair{}, fits, "工种 园艺作物生产人员，第 1 意向"},
		{"occupation", pair{person: values{"seeking.occupation_1": "410", "seeking.occupation_2": "513"}}, fits, "工种 园艺作物生产人员，第 2 意向"},
		{"occupation", pair{person: values{"seeking.occupation_1": "511"}}, fits, "工种相近：园艺作物生产人员"},
		{"occupation", pair{person: values{"seeking.occupation_1": "510"}}, fits, "工种相近：园艺作物生产人员"},
		{"occupation", pair{person: values{"seeking.occupation_1": "410"}}, not, ""},
		{"occupation", pair{person: values{"seeking.occupation_1": ""}}, unknown, "没填想做什么"},
		{"occupation", pair{person: values{"seeking.occupation_1": "", "wish_occupation_1": "513"}}, fits, "工种 园艺作物生产人员，第 1 意向"},
		{"occupation", pair{vacancy: values{"occupation": ""}}, unknown, "岗位没填工种"},

		{"pay", pair{vacancy: values{"wage": 205000}, person: values{"seeking.pay": 190000}}, fits, "工资 2050 元，要求 1900 元"},
		{"pay", pair{vacancy: values{"wage": 180050}, person: values{"seeking.pay": 190000}}, not, "工资 1800.50 元，比要求少 99.50 元"},
		{"pay", pair{vacancy: values{"wage": 100000}, person: values{"wish_pay": 190000}}, not, "工资 1000 元，比要求少 900 元"},
		{"pay", pair{person: values{"seeking.pay": 190000}}, unknown, "岗位没填工资，要求 1900 元"},
		{"pay", pair{vacancy: values{"wage": 100000}}, fits, "没提报酬要求"},

		{"area", pair{person: values{"seeking.area": "1"}}, fits, "本社区"},
		{"area", pair{of: otherOne, person: values{"seeking.area": "2"}}, fits, "本街道"},
		{"area", pair{of: street, person: values{"seeking.area": "2"}}, fits, "本街道"},
		{"area", pair{of: otherOne, person: values{"seeking.area": "1"}}, not, "本街道，想在本社区"},
		{"area", pair{of: otherStreet, person: values{"wish_area": "3"}}, fits, "本区"},
		{"area", pair{of: far, person: values{"seeking.area": "3"}}, not, "本市，想在本区"},
		{"area", pair{of: city}, fits, "本市"},
		{"area", pair{of: otherOne, vacancy: values{"area": "1"}}, not, "只在岗位所在社区招"},
		{"area", pair{vacancy: values{"area": "5"}, person: values{"seeking.area": "4"}}, not, "外市，想在本市"},
		{"area", pair{vacancy: values{"area": "5"}, person: values{"seeking.area": "5"}}, fits, "外市"},
		{"area", pair{of: "999999999999"}, unknown, "不知道岗位在哪"},

		{"form", pair{vacancy: values{"employment_kind": "60"}, person: values{"seeking.form": "60"}}, fits, "全日制"},
		{"form", pair{vacancy: values{"employment_kind": "40"}, person: values{"wish_form": "60"}}, not, "用工形式 临时工，想要全日制"},
		{"form", pair{person: values{"seeking.form": "60"}}, unknown, "岗位没填用工形式，想要全日制"},
		{"form", pair{vacancy: values{"employment_kind": "60"}}, fits, "没提用工形式要求"},

		{"sex", pair{vacancy: values{"sex": "9"}}, silent, ""},
		{"sex", pair{vacancy: values{"sex": "2"}}, fits, "只招女"},
		{"sex", pair{vacancy: values{"sex": "1"}}, hard, "只招男"},
		{"sex", pair{vacancy: values{"sex": "1"}, person: values{"sex": "9"}}, unknown, "只招男，性别没填"},
		{"sex", pair{vacancy: values{"sex": "1"}, person: values{"sex": "", "id_number": "110101199001011237"}}, fits, "只招男"},

		{"age", pair{}, silent, ""},
		{"age", pair{vacancy: values{"age_from": 18, "age_to": 35}}, fits, "年龄 18 至 35"},
		{"age", pair{vacancy: values{"age_to": 34}}, hard, "年龄 34 以下，本人 35 岁"},
		{"age", pair{vacancy: values{"age_from": 36}}, hard, "年龄 36 以上，本人 35 岁"},
		{"age", pair{vacancy: values{"age_to": 40}, person: values{"facts.age": nil}}, unknown, "年龄 40 以下，年龄不详"},

		{"education", pair{}, fits, "文化不限"},
		{"education", pair{vacancy: values{"education": "70"}, person: values{"education": "81"}}, fits, "文化不限"},
		{"education", pair{vacancy: values{"education": "40"}}, fits, "文化程度够：高中"},
		{"education", pair{vacancy: values{"education": "20"}}, not, "要大学本科，本人高中"},
		{"education", pair{vacancy: values{"education": "20"}, person: values{"education": "90"}}, unknown, "要大学本科，文化程度没填"},

		{"skill", pair{}, silent, ""},
		{"skill", pair{vacancy: values{"skill_level": "4"}, person: values{"skill_level": "3"}}, fits, "技能够：职业资格三级（高级）"},
		{"skill", pair{vacancy: values{"skill_level": "4"}, person: values{"skill_level": "5"}}, not, ""},
		{"skill", pair{vacancy: values{"skill_level": "4"}}, not, "要职业资格四级（中级），没有等级"},

		{"older", pair{vacancy: values{"takes_older": false}}, silent, ""},
		{"older", pair{vacancy: values{"takes_older": true}, person: values{"facts.age": 40}}, fits, "收大龄"},
		{"older", pair{vacancy: values{"takes_older": false}, person: values{"facts.age": 40}}, not, "不收大龄"},
		{"older", pair{person: values{"facts.age": 40}}, unknown, "没填收不收大龄"},
		{"older", pair{vacancy: values{"takes_older": false}, person: values{"facts.age": 49, "sex": "1"}}, silent, ""},

		{"public", pair{}, silent, ""},
		{"public", pair{vacancy: values{"source": "02"}}, hard, "公益性岗位只收就业困难人员"},
		{"public", pair{vacancy: values{"reserved": true}}, hard, "公益性岗位只收就业困难人员"},
		{"public", pair{vacancy: values{"public_kind": "13"}, person: values{"facts.hardship": []string{"050"}, "seeking.public_post": true}}, fits, "公益性岗位，本人愿意"},
		{"public", pair{vacancy: values{"source": "05"}, person: values{"facts.hardship": []string{"050"}, "takes_public_post": false}}, not, "不接受公益性岗位"},
		{"public", pair{vacancy: values{"source": "05"}, person: values{"facts.hardship": []string{"050"}}}, unknown, "公益性岗位，没问过愿不愿意"},

		{"insurance", pair{}, unknown, "保险没填"},
		{"insurance", pair{vacancy: values{"insurance": "9"}}, unknown, "社保面议"},
		{"insurance", pair{vacancy: values{"insurance": "1"}}, fits, "交五险"},
		{"insurance", pair{vacancy: values{"insurance": "2"}}, fits, "交部分险种"},
		{"insurance", pair{vacancy: values{"insurance": "3"}}, fits, "有社保补贴"},
		{"insurance", pair{vacancy: values{"insurance": "0"}}, not, "不交社保"},

		{"board", pair{}, silent, ""},
		{"board", pair{vacancy: values{"board": "3"}}, fits, "包吃住"},
		{"board", pair{vacancy: values{"board": "0"}}, not, "不包食宿"},

		{"stable", pair{vacancy: values{"stable": false}}, silent, ""},
		{"stable", pair{vacancy: values{"stable": true}}, not, "稳定岗位，先给零就业家庭和困难人员"},
		{"stable", pair{vacancy: values{"stable": true}, person: values{"facts.hardship": []string{"010"}}}, not, "稳定岗位，先给零就业家庭，再给困难人员"},
		{"stable", pair{vacancy: values{"insurance": "1", "contract_term": "一年"}, person: values{"family.zero_employment": true}}, fits, "稳定岗位，先给零就业家庭"},
		{"stable", pair{vacancy: values{"insurance": "0", "contract_term": "一年"}, person: values{"family.zero_employment": true}}, not, "不是稳定岗位"},
		{"stable", pair{vacancy: values{"insurance": "1"}, person: values{"family.zero_employment": true}}, unknown, ""},
	} {
		of := c.pair.of
		if of == "" {
			of = community
		}
		v, s := vacancyWith(b, of, c.pair.vacancy), b.Seeker(known(c.pair.person))
		r, got := reasonOf(b, v, s, c.rule), silent
		if r != nil {
			got = map[bool]string{true: fits, false: not}[r.Fits]
			switch {
			case r.Unknown:
				got = unknown
			case r.Hard:
				got = hard
			}
		}
		switch {
		case got != c.want:
			t.Errorf("%s, %+v: got %q, want %q", c.rule, c.pair, got, c.want)
		case r == nil:
		case c.zh != "" && r.Text.Zh != c.zh, r.Text.Zh == "", r.Text.En == "":
			t.Errorf("%s, %+v: it says %+v, want %s", c.rule, c.pair, r.Text, c.zh)
		}
		if score, excluded := b.Score(v, s); excluded != (c.want == hard) || excluded && score != 0 {
			t.Errorf("%s, %+v: score %d, excluded %t", c.rule, c.pair, score, excluded)
		}
	}
}

// TestBetterScores: what fits better has a higher score.
func TestBetterScores(t *testing.T) {
	b := mustBook(t)
	score := func(v, p values) int {
		n, _ := b.Score(vacancyWith(b, community, v), b.Seeker(known(p)))
		return n
	}
	all := values{"wage": 200000, "insurance": "1"}
	ladder := []int{
		score(all, values{"seeking.pay": 200000}),
		score(all, values{"seeking.pay": 200000, "seeking.occupation_1": "410", "seeking.occupation_2": "513"}),
		score(all, values{"seeking.pay": 200000, "seeking.occupation_1": "410", "seeking.occupation_2": "411", "seeking.occupation_3": "513"}),
		score(all, values{"seeking.pay": 200000, "seeking.occupation_1": "511"}),
		score(all, values{"seeking.pay": 200000, "seeking.occupation_1": "410"}),
		score(all, values{"seeking.pay": 210000, "seeking.occupation_1": "410"}),
		score(all, values{"seeking.pay": 300000, "seeking.occupation_1": "410"}),
	}
	if ladder[0] != 100 {
		t.Errorf("where all fits: got %d, want 100", ladder[0])
	}
	for i := 1; i < len(ladder); i++ {
		if ladder[i] >= ladder[i-1] {
			t.Errorf("got %v, want each lower than the one before", ladder)
		}
	}
}

// TestLastRegistration: the last that is good on the day is the one.
func TestLastRegistration(t *testing.T) {
	b := mustBook(t)
	k := known(values{"seeking.occupation_1": "410"})
	k.Seekings = append(k.Seekings,
		rowOf("s-2", community, values{"on": "2026-02-01", "occupation_1": "513"}),
		rowOf("s-3", community, values{"on": "2026-02-02", "occupation_1": "410", "valid_to": "2026-03-09"}),
		rowOf("s-4", community, values{"on": "2026-03-11", "occupation_1": "410"}))
	if r := reasonOf(b, vacancyWith(b, community, nil), b.Seeker(k), "occupation"); r == nil || !r.Fits {
		t.Errorf("got %+v, want the registration of February", r)
	}
}

// TestTerm: terms of contracts as people write them.
func TestTerm(t *testing.T) {
	b := mustBook(t)
	zero := b.Seeker(known(values{"family.zero_employment": true}))
	for term, want := range map[string]string{
		"一年": "fits", "1年": "fits", "12个月": "fits", "十二个月": "fits", "两年半": "fits", "三年以上": "fits", "无固定期限": "fits", "长期": "fits",
		"2 years": "fits", "一年零六个月": "fits",
		"半年": "not", "6个月": "not", "十一个月": "not", "3 months": "not",
		"": "unknown", "面议": "unknown", "6-12个月": "unknown", "2026年12月31日止": "unknown", "一至三年": "unknown", "年": "unknown",
	} {
		v := vacancyWith(b, community, values{"insurance": "1", "contract_term": term})
		r, got := reasonOf(b, v, zero, "stable"), "not"
		switch {
		case r == nil:
			got = "silent"
		case r.Fits:
			got = "fits"
		case r.Unknown:
			got = "unknown"
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", term, got, want)
		}
	}
}
