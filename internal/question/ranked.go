package question

// Ranked is a row of an answer about Ranking, as it is shown.
type Ranked struct {
	Rank *int64 `json:"rank"` // nil: it is excluded
	Unit string `json:"unit"`
	Name string `json:"name"`
	Wins bool   `json:"wins"`

	Points *float64 `json:"points"` // nil: it is excluded

	Jobs       int64    `json:"jobs"`
	Labour     int64    `json:"labour_force"`
	JobsValue  *float64 `json:"jobs_value"` // nil: nobody of the labour force
	JobsPoints *float64 `json:"jobs_points"`

	NextDay       int64    `json:"next_day"`
	Events        int64    `json:"events"`
	GoodDays      int64    `json:"good_days"`
	Days          int64    `json:"days"`
	Rejected      int64    `json:"rejected"`
	Received      int64    `json:"received"`
	NetworkValue  *float64 `json:"network_value"` // nil: nothing to judge
	NetworkPoints *float64 `json:"network_points"`

	Placed        int64    `json:"placed"`
	Referred      int64    `json:"referred"`
	SixClear      int64    `json:"six_clear"`
	Asked         int64    `json:"asked"`
	VisitsKept    int64    `json:"visits_kept"`
	VisitsEnded   int64    `json:"visits_ended"`
	ServiceValue  *float64 `json:"service_value"`
	ServicePoints *float64 `json:"service_points"`

	Employed         int64    `json:"employed"`
	EmploymentValue  *float64 `json:"employment_value"`
	EmploymentPoints *float64 `json:"employment_points"`

	ExcludedBy []string `json:"excluded_by"`
}

// RankedOf reads a row.
func (a *Answer) RankedOf(row Row) Ranked {
	count := func(column string) int64 { return a.Get(row, column).Int() }
	part := func(column string, of float64) *float64 {
		n := numberOf(a, row, column)
		if n == nil {
			return nil
		}
		value := float64(*n) / of
		return &value
	}
	return Ranked{Rank: numberOf(a, row, "rank"), Unit: a.Get(row, "unit").Text(), Name: a.Get(row, "name").Text(), Wins: a.Get(row, "wins").Bool(), Points: part("points", 100),
		Jobs: count("jobs"), Labour: count("labour_force"), JobsValue: part("jobs_value", 100), JobsPoints: part("jobs_points", 100),
		NextDay: count("next_day"), Events: count("events"), GoodDays: count("good_days"), Days: count("days"), Rejected: count("rejected"), Received: count("received"),
		NetworkValue: part("network_value", 1e4), NetworkPoints: part("network_points", 100),
		Placed: count("placed"), Referred: count("referred"), SixClear: count("six_clear"), Asked: count("asked"), VisitsKept: count("visits_kept"), VisitsEnded: count("visits_ended"),
		ServiceValue: part("service_value", 1e4), ServicePoints: part("service_points", 100),
		Employed: count("employed"), EmploymentValue: part("employment_value", 1e4), EmploymentPoints: part("employment_points", 100), ExcludedBy: texts(a, row, "excluded_by")}
}
