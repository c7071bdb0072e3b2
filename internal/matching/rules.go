package matching

import "tongbu/internal/schema"

// rule is one thing that is asked of a pair.
type rule struct {
	name   string
	weight int // in the score; 0: it excludes or says something to ask, and no more
	judge  func(*Vacancy, *Seeker) verdict
	say    func(*Book, *Vacancy, *Seeker, verdict) schema.Label
}

// rules are all of them with their weights, in the order of the reasons.
var rules = []rule{
	{"open", 0, judgeOpen, sayOpen},
	{"employed", 0, judgeEmployed, sayEmployed},
	{"ability", 0, judgeAbility, sayAbility},
	{"wish", 0, judgeWish, sayWish},
	{"occupation", 30, judgeOccupation, sayOccupation},
	{"pay", 15, judgePay, sayPay},
	{"area", 12, judgeArea, sayArea},
	{"form", 8, judgeForm, sayForm},
	{"sex", 3, judgeSex, saySex},
	{"age", 6, judgeAge, sayAge},
	{"education", 8, judgeEducation, sayEducation},
	{"skill", 6, judgeSkill, saySkill},
	{"older", 6, judgeOlder, sayOlder},
	{"public", 4, judgePublic, sayPublic},
	{"insurance", 8, judgeInsurance, sayInsurance},
	{"board", 2, judgeBoard, sayBoard},
	{"stable", 8, judgeStable, sayStable},
}

func judgeOpen(v *Vacancy, _ *Seeker) verdict {
	if v.open != isOpen {
		return excludes()
	}
	return fits()
}

func judgeEmployed(_ *Vacancy, s *Seeker) verdict {
	if s.employed {
		return excludes()
	}
	return fits()
}

func judgeAbility(_ *Vacancy, s *Seeker) verdict { return judgeYes(s.able) }

func judgeWish(_ *Vacancy, s *Seeker) verdict { return judgeYes(s.willing) }

// judgeYes judges what somebody must say yes to.
func judgeYes(code string) verdict {
	switch code {
	case yes:
		return fits()
	case no:
		return excludes()
	}
	return untold()
}

// wishShares are what the first, the second and the third wish are worth, in percent of
// the weight; sameGroup is what of that an occupation of the same group is worth.
var wishShares = [...]int{100, 85, 70}

const sameGroup = 60

func judgeOccupation(v *Vacancy, s *Seeker) verdict {
	if v.occupation == "" || !s.hasWishes() {
		return untold()
	}
	best := 0
	for i, wish := range s.occupations {
		switch {
		case wish.code == v.occupation:
			best = max(best, wishShares[i])
		case wish.group != "" && wish.group == v.group:
			best = max(best, wishShares[i]*sameGroup/100)
		}
	}
	if best == 0 {
		return misses()
	}
	return partly(best)
}

// nearPay is how much of the pay wanted counts as nearly enough, in percent.
const nearPay = 90

func judgePay(v *Vacancy, s *Seeker) verdict {
	switch {
	case s.pay == 0:
		return fits()
	case v.wage == 0:
		return untold()
	case v.wage >= s.pay:
		return fits()
	case v.wage*100 >= s.pay*nearPay:
		return nearly(50)
	}
	return misses()
}

func judgeArea(v *Vacancy, s *Seeker) verdict {
	apart := distance(v, s)
	switch {
	case apart == 0:
		return untold()
	case v.area != 0 && v.area < apart:
		return misses()
	}
	return yesOrNot(s.area == 0 || apart <= s.area)
}

func judgeForm(v *Vacancy, s *Seeker) verdict {
	switch {
	case s.form == "":
		return fits()
	case v.form == "":
		return untold()
	}
	return yesOrNot(s.form == v.form)
}

func judgeSex(v *Vacancy, s *Seeker) verdict {
	switch {
	case v.sex != male && v.sex != female:
		return verdict{}
	case s.sex != male && s.sex != female:
		return untold()
	case s.sex != v.sex:
		return excludes()
	}
	return fits()
}

func judgeAge(v *Vacancy, s *Seeker) verdict {
	switch {
	case v.ageFrom == 0 && v.ageTo == 0:
		return verdict{}
	case s.age == 0:
		return untold()
	case s.age < v.ageFrom, v.ageTo > 0 && s.age > v.ageTo:
		return excludes()
	}
	return fits()
}

func judgeEducation(v *Vacancy, s *Seeker) verdict {
	switch {
	case v.schooling == 0:
		return fits()
	case s.schooling == 0:
		return untold()
	}
	return yesOrNot(s.schooling >= v.schooling)
}

// judgeSkill: the first level is the highest; who tells of none has none.
func judgeSkill(v *Vacancy, s *Seeker) verdict {
	if v.skill == "" {
		return verdict{}
	}
	return yesOrNot(s.skill != "" && s.skill <= v.skill)
}

func judgeOlder(v *Vacancy, s *Seeker) verdict {
	switch {
	case !s.isOlder():
		return verdict{}
	case v.takesOlder == told{}:
		return untold()
	}
	return yesOrNot(v.takesOlder.yes)
}

func judgePublic(v *Vacancy, s *Seeker) verdict {
	switch {
	case !v.public:
		return verdict{}
	case !s.hardship:
		return excludes()
	case s.takesPublic == told{}:
		return untold()
	}
	return yesOrNot(s.takesPublic.yes)
}

// someInsured is what an offer of some insurances, or of a subsidy, is worth.
const someInsured = 70

func judgeInsurance(v *Vacancy, _ *Seeker) verdict {
	switch v.insurance {
	case allFive:
		return fits()
	case someKinds, withSubsidy:
		return partly(someInsured)
	case noInsurance:
		return misses()
	}
	return untold()
}

func judgeBoard(v *Vacancy, _ *Seeker) verdict {
	if v.board == "" {
		return verdict{}
	}
	return yesOrNot(v.board != noBoard)
}

// judgeStable gives stable posts to families without anybody at work first, then to
// those in hardship; and it asks of a post for such a family that it is stable.
func judgeStable(v *Vacancy, s *Seeker) verdict {
	switch first := s.Priority == ZeroFamily; {
	case v.stable == stablePost && first:
		return fits()
	case v.stable == stablePost && s.Priority == Hardship:
		return nearly(50)
	case v.stable == stablePost:
		return misses()
	case !first:
		return verdict{}
	case v.stable == stableUnknown:
		return untold()
	}
	return misses()
}
