package query

import (
	"math/big"

	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/ranking"
	"tongbu/internal/tree"
)

// rankedNumbers are the columns with numbers behind the rank, in the order of numbersOf.
var rankedNumbers = []string{
	"points", "jobs", "labour_force", "jobs_value", "jobs_points",
	"next_day", "events", "good_days", "days", "rejected", "received", "network_value", "network_points",
	"placed", "referred", "six_clear", "asked", "visits_kept", "visits_ended", "service_value", "service_points",
	"employed", "employment_value", "employment_points",
}

func rankedColumns() []question.Column {
	columns := []question.Column{{Name: "rank", Type: question.Integer}, {Name: "unit", Type: question.Text}, {Name: "name", Type: question.Text}, {Name: "wins", Type: question.Boolean}}
	for _, name := range rankedNumbers {
		columns = append(columns, question.Column{Name: name, Type: question.Integer})
	}
	return append(columns, question.Column{Name: "excluded_by", Type: question.Set})
}

func rankedRow(t *tree.Tree, r *ranking.Ranked) question.Row {
	u, _ := t.ByCode(r.Code)
	rank := question.Absent
	if r.Rank > 0 {
		rank = change.Int(int64(r.Rank))
	}
	row := append(question.Row{rank, change.Text(r.Code), text(u.Name), change.Bool(r.Wins)}, numbersOf(r)...)
	if r.Rank > 0 {
		return append(row, question.Absent)
	}
	return append(row, set(r.Overdue))
}

// numbersOf are the numbers of a row. Points are in hundredths; values in hundredths too
// (jobs), or in ten-thousandths (shares).
func numbersOf(r *ranking.Ranked) []change.Value {
	n := r.Network
	count := change.Int
	return []change.Value{
		scaled(r.Total, 100), count(r.Jobs), count(r.Labour), scaled(r.Values[ranking.Jobs], 100), scaled(r.Scores[ranking.Jobs], 100),
		count(n.NextDay), count(n.Events), count(n.GoodDays), count(n.Days), count(n.Rejected), count(n.Received), scaled(r.Values[ranking.InStep], 1e4), scaled(r.Scores[ranking.InStep], 100),
		count(r.Placed), count(r.Referred), count(r.Clear), count(r.Asked), count(r.Kept), count(r.Ended), scaled(r.Values[ranking.Service], 1e4), scaled(r.Scores[ranking.Service], 100),
		count(r.Employed), scaled(r.Values[ranking.Employment], 1e4), scaled(r.Scores[ranking.Employment], 100),
	}
}

// scaled is a number in parts of one, a half rounded up; absent where there is none.
func scaled(r *big.Rat, parts int64) change.Value {
	if r == nil {
		return question.Absent
	}
	twice := new(big.Rat).Mul(r, big.NewRat(2*parts, 1))
	twice.Add(twice, big.NewRat(1, 1))
	return change.Int(new(big.Int).Div(twice.Num(), new(big.Int).Mul(twice.Denom(), big.NewInt(2))).Int64())
}
