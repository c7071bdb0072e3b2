package assess

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

// Label says a verdict in words.
func (v Verdict) Label() Text { return verdictLabels[v] }

var stateLabels = map[State]Text{
	Met:      {"达到", "met"},
	NotMet:   {"未达到", "not met"},
	Nobody:   {"无对象，视为达到", "nobody to judge: met"},
	NoFigure: {"无数据", "no figure"},
}

var verdictLabels = map[Verdict]Text{
	Vetoed:  {"一票否决", "vetoed"},
	Failed:  {"未通过", "not passed"},
	Open:    {"有项目无数据，未定", "open: a figure is missing"},
	Nothing: {"无劳动力，不评定", "nobody to assess"},
	Passed:  {"通过", "passed"},
}
