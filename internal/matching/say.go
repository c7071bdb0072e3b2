package matching

import (
	"fmt"
	"strconv"
	"strings"

	"tongbu/internal/schema"
)

func both(zh, en string) schema.Label { return schema.Label{Zh: zh, En: en} }

// bothf fills both languages with the same arguments; those of a Label take its own.
func bothf(zh, en string, args ...any) schema.Label {
	in := func(lang, format string) string {
		filled := make([]any, len(args))
		for i, arg := range args {
			if l, ok := arg.(schema.Label); ok {
				arg = l.In(lang)
			}
			filled[i] = arg
		}
		return fmt.Sprintf(format, filled...)
	}
	return both(in("zh", zh), in("en", en))
}

// called is what a list calls a code.
func (b *Book) called(list, code string) schema.Label {
	if l, ok := b.schema.List(list); ok {
		if item, ok := l.Item(code); ok {
			return item.Label()
		}
	}
	return both(code, code)
}

// yuan is a sum in fen, as people write it.
func yuan(fen int64) string {
	if fen%100 == 0 {
		return strconv.FormatInt(fen/100, 10)
	}
	return fmt.Sprintf("%d.%02d", fen/100, fen%100)
}

func sayOpen(_ *Book, v *Vacancy, _ *Seeker, _ verdict) schema.Label {
	switch v.open {
	case isFull:
		return both("已招满", "the vacancy is filled")
	case isOver:
		return both("招聘已过期", "the vacancy has ended")
	case isWithdrawn:
		return both("岗位已撤回", "the vacancy was withdrawn")
	case notBegun:
		return bothf("%s才开始招", "it takes people from %s on", v.from)
	}
	return both("招聘中", "open")
}

func sayEmployed(*Book, *Vacancy, *Seeker, verdict) schema.Label {
	return both("已就业", "has work")
}

func sayAbility(_ *Book, _ *Vacancy, _ *Seeker, d verdict) schema.Label {
	if d.hard {
		return both("没有劳动能力", "not able to work")
	}
	return both("没填有无劳动能力", "not told whether able to work")
}

func sayWish(_ *Book, _ *Vacancy, _ *Seeker, d verdict) schema.Label {
	if d.hard {
		return both("不愿意就业", "does not wish to work")
	}
	return both("没填愿不愿意就业", "not told whether work is wanted")
}

func sayOccupation(b *Book, v *Vacancy, s *Seeker, d verdict) schema.Label {
	offered := b.called(occupationList, v.occupation)
	switch {
	case v.occupation == "":
		return both("岗位没填工种", "the vacancy does not tell its occupation")
	case d.state == Unknown:
		return both("没填想做什么", "not told which occupation is wanted")
	case d.state == Not:
		return bothf("工种不合：想做%s", "wants another occupation: %s", b.called(occupationList, s.firstWish()))
	}
	for i, wish := range s.occupations {
		if wish.code == v.occupation && d.share == wishShares[i] {
			return bothf("工种 %s，第 %d 意向", "occupation %s, wish %d", offered, i+1)
		}
	}
	return bothf("工种相近：%s", "an occupation of the same group: %s", offered)
}

func (s *Seeker) firstWish() string {
	for _, wish := range s.occupations {
		if wish.code != "" {
			return wish.code
		}
	}
	return ""
}

func sayPay(_ *Book, v *Vacancy, s *Seeker, d verdict) schema.Label {
	switch {
	case s.pay == 0:
		return both("没提报酬要求", "asks for no pay in particular")
	case d.state == Unknown:
		return bothf("岗位没填工资，要求 %s 元", "the wage is not told; %s yuan are wanted", yuan(s.pay))
	case d.state == Fits:
		return bothf("工资 %s 元，要求 %s 元", "wage %s yuan, %s wanted", yuan(v.wage), yuan(s.pay))
	}
	return bothf("工资 %s 元，比要求少 %s 元", "wage %s yuan, %s less than wanted", yuan(v.wage), yuan(s.pay-v.wage))
}

// areas are how far apart a person and a post are, by the number of the area.
var areas = [...]schema.Label{{}, {Zh: "本社区", En: "this community"}, {Zh: "本街道", En: "this street"}, {Zh: "本区", En: "this district"}, {Zh: "本市", En: "this city"}, {Zh: "外市", En: "another city"}}

func areaCalled(n int) schema.Label {
	if n < 0 || n >= len(areas) {
		return schema.Label{}
	}
	return areas[n]
}

func sayArea(_ *Book, v *Vacancy, s *Seeker, d verdict) schema.Label {
	apart := distance(v, s)
	switch {
	case d.state == Unknown:
		return both("不知道岗位在哪", "not told where the post is")
	case d.state == Fits:
		return areaCalled(apart)
	case v.area != 0 && v.area < apart:
		return bothf("只在%s招", "only people of %s are taken", areaOfVacancy(v.area))
	}
	return bothf("%s，想在%s", "in %s, wanted in %s", areaCalled(apart), areaCalled(s.area))
}

// areaOfVacancy is an area seen from the vacancy: “this street” is its own.
func areaOfVacancy(n int) schema.Label {
	l := areaCalled(n)
	return both(strings.Replace(l.Zh, "本", "岗位所在", 1), strings.Replace(l.En, "this", "its", 1))
}

func sayForm(b *Book, v *Vacancy, s *Seeker, d verdict) schema.Label {
	const list = "employment_kind"
	switch {
	case s.form == "":
		return both("没提用工形式要求", "asks for no kind of employment in particular")
	case d.state == Unknown:
		return bothf("岗位没填用工形式，想要%s", "the kind of employment is not told; %s is wanted", b.called(list, s.form))
	case d.state == Fits:
		return b.called(list, v.form)
	}
	return bothf("用工形式 %s，想要%s", "%s, %s is wanted", b.called(list, v.form), b.called(list, s.form))
}

func saySex(b *Book, v *Vacancy, _ *Seeker, d verdict) schema.Label {
	wanted := b.called("sex_wanted", v.sex)
	if d.state == Unknown {
		return bothf("只招%s，性别没填", "only a %s is taken, and the sex is not told", wanted)
	}
	return bothf("只招%s", "only a %s is taken", wanted)
}
