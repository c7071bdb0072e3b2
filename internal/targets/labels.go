package targets

// Text is said in both languages.
type Text struct{ Zh, En string }

// In is the text in a language, English where it is not Chinese.
func (t Text) In(lang string) string {
	if lang == "zh" {
		return t.Zh
	}
	return t.En
}

// Label says a state in words.
func (s State) Label() Text { return stateLabels[s] }

// Label says a note in words.
func (n Note) Label() Text { return noteLabels[n] }

var stateLabels = map[State]Text{
	Met:      {"已完成", "reached"},
	Ahead:    {"达到进度", "ahead"},
	Behind:   {"落后", "behind"},
	NoFigure: {"无数据", "no figure"},
	NoValue:  {"分母为零", "a rate of nobody"},
	NoAmount: {"任务数为零或有误", "the amount is 0 or cannot be right"},
	Before:   {"未开始", "has not begun"},
	Replaced: {"已被后一条取代", "replaced by a later one"},
}

var noteLabels = map[Note]Text{
	Twice:         {"同一机构、项目和年度有前一条目标，前一条不计", "an earlier target of the unit, line and year does not count"},
	NobodyAnswers: {"没有责任人", "nobody answers for it"},
	PartsShort:    {"分解数之和少于任务数", "the parts do not add up"},
	PartsOver:     {"分解数之和多于任务数，又未标明超额分解", "the parts are more than the whole, and it is not marked as stretched"},
	NotSplit:      {"未分解到下级", "no unit below has a part of it"},
	Misfit:        {"所分解的目标是另一项目或计量单位的，或其对象不是上级", "what it is part of is of another line or measure, or of a unit that is not above"},
	WholeMissing:  {"本年度没有所分解的目标", "the year has no target that it says to be part of"},
	WholeReplaced: {"所分解的目标已被后一条取代", "the target that it is part of was replaced by a later one"},
	AfterDue:      {"期限已过，完成数是期限之后的", "its last day is over, and the figure is of a later day"},
	Impossible:    {"任务数不可能正确，不计入任何合计", "no target can have its amount, which is in no sum"},
	UnitUnknown:   {"机构树中没有下达对象", "the tree of units does not have its unit"},
}
