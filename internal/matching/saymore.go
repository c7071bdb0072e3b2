package matching

import (
	"strconv"

	"tongbu/internal/schema"
)

func sayAge(_ *Book, v *Vacancy, s *Seeker, d verdict) schema.Label {
	var asked schema.Label
	switch {
	case v.ageTo == 0:
		asked = bothf("年龄 %d 以上", "age %d or over", v.ageFrom)
	case v.ageFrom == 0:
		asked = bothf("年龄 %d 以下", "age %d or under", v.ageTo)
	default:
		asked = bothf("年龄 %d 至 %d", "age %d to %d", v.ageFrom, v.ageTo)
	}
	switch d.state {
	case Unknown:
		return bothf("%s，年龄不详", "%s; the age is not known", asked)
	case Not:
		return bothf("%s，本人 %s 岁", "%s; the person is %s", asked, strconv.Itoa(s.age))
	}
	return asked
}

func sayEducation(b *Book, v *Vacancy, s *Seeker, d verdict) schema.Label {
	const list = "education"
	switch {
	case v.schooling == 0:
		return both("文化不限", "any education")
	case d.state == Unknown:
		return bothf("要%s，文化程度没填", "%s is asked for, and the education is not told", b.called(list, v.education))
	case d.state == Fits:
		return bothf("文化程度够：%s", "education: %s", b.called(list, s.education))
	}
	return bothf("要%s，本人%s", "%s is asked for, the person has %s", b.called(list, v.education), b.called(list, s.education))
}

func saySkill(b *Book, v *Vacancy, s *Seeker, d verdict) schema.Label {
	const list = "skill_level"
	switch {
	case d.state == Fits:
		return bothf("技能够：%s", "skill: %s", b.called(list, s.skill))
	case s.skill == "":
		return bothf("要%s，没有等级", "%s is asked for, the person has no level", b.called(list, v.skill))
	}
	return bothf("要%s，本人%s", "%s is asked for, the person has %s", b.called(list, v.skill), b.called(list, s.skill))
}

func sayOlder(_ *Book, _ *Vacancy, _ *Seeker, d verdict) schema.Label {
	switch d.state {
	case Fits:
		return both("收大龄", "older people are taken")
	case Not:
		return both("不收大龄", "older people are not taken")
	}
	return both("没填收不收大龄", "not told whether older people are taken")
}

func sayPublic(_ *Book, _ *Vacancy, _ *Seeker, d verdict) schema.Label {
	switch {
	case d.hard:
		return both("公益性岗位只收就业困难人员", "a public-interest post is for people in hardship alone")
	case d.state == Fits:
		return both("公益性岗位，本人愿意", "a public-interest post, which is wanted")
	case d.state == Not:
		return both("不接受公益性岗位", "does not take a public-interest post")
	}
	return both("公益性岗位，没问过愿不愿意", "a public-interest post; not told whether it is wanted")
}

func sayInsurance(_ *Book, v *Vacancy, _ *Seeker, _ verdict) schema.Label {
	switch v.insurance {
	case allFive:
		return both("交五险", "all five insurances")
	case someKinds:
		return both("交部分险种", "some insurances")
	case withSubsidy:
		return both("有社保补贴", "a subsidy of the insurance")
	case noInsurance:
		return both("不交社保", "no insurance")
	case "":
		return both("保险没填", "insurance is not told")
	}
	return both("社保面议", "insurance is to be agreed")
}

func sayBoard(b *Book, v *Vacancy, _ *Seeker, d verdict) schema.Label {
	if d.state == Not {
		return both("不包食宿", "no board or lodging")
	}
	return b.called("board", v.board)
}

func sayStable(_ *Book, v *Vacancy, s *Seeker, d verdict) schema.Label {
	switch {
	case d.state == Unknown:
		return both("不知道是不是稳定岗位：保险或合同期限没填", "not told whether the post is stable: insurance or the term of the contract is missing")
	case v.stable != stablePost:
		return both("不是稳定岗位", "the post is not a stable one")
	case s.Priority == ZeroFamily:
		return both("稳定岗位，先给零就业家庭", "a stable post, which goes to families without work first")
	case s.Priority == Hardship:
		return both("稳定岗位，先给零就业家庭，再给困难人员", "a stable post: families without work come first, then people in hardship")
	}
	return both("稳定岗位，先给零就业家庭和困难人员", "a stable post: families without work and people in hardship come first")
}
