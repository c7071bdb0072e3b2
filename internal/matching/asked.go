package matching

import (
	"strings"

	"tongbu/internal/schema"
)

// Asked is something that is asked for, in words.
type Asked struct{ Label, Text schema.Label }

// askedBy are what a person wants.
func (b *Book) askedBy(s *Seeker) (all []Asked) {
	add := adder(&all)
	var zh, en []string
	for _, wish := range s.occupations {
		if wish.code != "" {
			called := b.called(occupationList, wish.code)
			zh, en = append(zh, called.In("zh")), append(en, called.In("en"))
		}
	}
	add("工种", "occupation", both(strings.Join(zh, "、"), strings.Join(en, ", ")))
	if s.pay > 0 {
		add("报酬不低于", "pay, at least", bothf("%s 元", "%s yuan", yuan(s.pay)))
	}
	add("地区", "area", areaCalled(s.area))
	add("用工形式", "kind of employment", b.calledIf("employment_kind", s.form))
	if s.takesPublic.has {
		add("公益性岗位", "public-interest post", yesNo(s.takesPublic.yes))
	}
	add("文化程度", "education", b.calledIf("education", s.education))
	add("技能", "skill", b.calledIf("skill_level", s.skill))
	return all
}

// askedFor are what a vacancy asks for, and offers.
func (b *Book) askedFor(v *Vacancy) (all []Asked) {
	add := adder(&all)
	add("工种", "occupation", b.calledIf(occupationList, v.occupation))
	if v.Wage > 0 {
		add("月工资", "wage", bothf("%s 元", "%s yuan", yuan(v.Wage)))
	}
	if v.Posts > 0 {
		add("招聘人数", "people wanted", bothf("%d 人", "%d", v.Posts))
	}
	add("性别", "sex", b.calledIf("sex_wanted", v.sex))
	if v.ageFrom > 0 || v.ageTo > 0 {
		add("年龄", "age", sayAge(b, v, nil, fits()))
	}
	add("文化程度", "education", b.calledIf("education", v.education))
	add("技能", "skill", b.calledIf("skill_level", v.skill))
	if v.takesOlder.has {
		add("招收大龄", "takes older people", yesNo(v.takesOlder.yes))
	}
	add("用工形式", "kind of employment", b.calledIf("employment_kind", v.form))
	add("社会保险", "insurance", b.calledIf("insurance_offer", v.insurance))
	add("食宿", "board and lodging", b.calledIf("board", v.board))
	if v.public {
		add("公益性岗位", "public-interest post", yesNo(true))
	}
	if v.stable != stableUnknown {
		add("稳定岗位", "stable post", yesNo(v.stable == stablePost))
	}
	return all
}

// adder adds what says something.
func adder(all *[]Asked) func(zh, en string, text schema.Label) {
	return func(zh, en string, text schema.Label) {
		if text != (schema.Label{}) {
			*all = append(*all, Asked{both(zh, en), text})
		}
	}
}

func (b *Book) calledIf(list, code string) schema.Label {
	if code == "" {
		return schema.Label{}
	}
	return b.called(list, code)
}

func yesNo(yes bool) schema.Label {
	if yes {
		return both("是", "yes")
	}
	return both("否", "no")
}
