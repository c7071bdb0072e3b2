package question

// Assessed is a row of an answer about Assessment, as it is shown: a criterion of a unit,
// with what all criteria of the unit say together.
type Assessed struct {
	Unit        string   `json:"unit"`
	Name        string   `json:"name"`
	Tier        string   `json:"tier"`
	Criterion   string   `json:"criterion"`
	Indicator   string   `json:"indicator"` // NAME/GROUP; empty: no figure says it
	Numerator   *int64   `json:"numerator"`
	Denominator *int64   `json:"denominator"` // nil: it is a count
	Value       *float64 `json:"value"`       // nil: a rate of nobody, or no figure
	Most        bool     `json:"most"`        // the bar is the most that there may be
	Bar         int64    `json:"bar"`
	Veto        bool     `json:"veto"`
	State       string   `json:"state"`
	Verdict     string   `json:"verdict"`
	Of          *int64   `json:"communities"` // at and below a unit above them; nil: it is one
	Passed      *int64   `json:"passed"`
	Open        *int64   `json:"open"` // of them without a verdict
	Target      *int64   `json:"share_target"`
	Pack        string   `json:"pack"`
}

// AssessedOf reads a row.
func (a *Answer) AssessedOf(row Row) Assessed {
	text := func(column string) string { return a.Get(row, column).Text() }
	number := func(column string) *int64 { return numberOf(a, row, column) }
	s := Assessed{Unit: text("unit"), Name: text("name"), Tier: text("tier"), Criterion: text("criterion"), Indicator: text("indicator"),
		Numerator: number("numerator"), Denominator: number("denominator"), Most: a.Get(row, "most").Bool(), Bar: a.Get(row, "bar").Int(), Veto: a.Get(row, "veto").Bool(),
		State: text("state"), Verdict: text("verdict"), Of: number("communities"), Passed: number("passed"), Open: number("open"), Target: number("share_target"), Pack: text("pack")}
	switch {
	case s.Numerator == nil:
	case s.Denominator != nil:
		s.Value = ShareOf(*s.Numerator, *s.Denominator)
	default:
		value := float64(*s.Numerator)
		s.Value = &value
	}
	return s
}

func numberOf(a *Answer, row Row, column string) *int64 {
	v := a.Get(row, column)
	if v.IsNull() {
		return nil
	}
	n := v.Int()
	return &n
}
