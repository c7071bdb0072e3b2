package ranking

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"tongbu/internal/rulepack"
)

// Community is one with what it is ranked by.
type Community struct {
	Code         string
	Jobs, Labour int64 // jobs opened in the year, people of the labour force
	Network      Network
	Placed       int64 // referrals that a placement names
	Referred     int64
	Clear, Asked int64 // six clear
	Kept, Ended  int64 // visits on time
	Employed     int64 // of the labour force
	Overdue      []string
}

// The criteria, by their places.
const (
	Jobs = iota
	InStep
	Service
	Employment
	Criteria // how many there are
)

// Ranked is a community with its place.
type Ranked struct {
	Community
	Values [Criteria]*big.Rat // nil: no value
	Ranks  [Criteria]int
	Scores [Criteria]*big.Rat // 0 to 100; nil: no value, or excluded
	Total  *big.Rat
	Rank   int // 0: it is excluded
	Wins   bool
}

// Rank ranks communities, in any order, by the weights of a pack. Those that a case past
// its day excludes come last, without a rank, and take no part in the ranks of others. Who
// has as many points as another has the same rank; those stand by the last criterion and
// then by their codes.
func Rank(best *rulepack.Best, all []Community) []Ranked {
	var in, out []Ranked
	for _, c := range all {
		r := Ranked{Community: c}
		r.measure(best)
		if best.OverdueExcludes && len(c.Overdue) > 0 {
			out = append(out, r)
			continue
		}
		in = append(in, r)
	}
	for criterion := range Criteria {
		score(in, criterion)
	}
	weights := [Criteria]int{best.Jobs, best.Network, best.Service, best.Employment}
	for i := range in {
		in[i].weigh(weights)
	}
	slices.SortFunc(in, compareRanked)
	for i := range in {
		if in[i].Rank = i + 1; i > 0 && in[i].Total.Cmp(in[i-1].Total) == 0 {
			in[i].Rank = in[i-1].Rank
		}
		in[i].Wins = in[i].Rank <= best.Winners
	}
	slices.SortFunc(out, func(a, b Ranked) int { return strings.Compare(a.Code, b.Code) })
	return append(in, out...)
}

func compareRanked(a, b Ranked) int {
	return cmp.Or(b.Total.Cmp(a.Total), compareValues(b.Values[Employment], a.Values[Employment]), strings.Compare(a.Code, b.Code))
}

// compareValues puts no value below all others.
func compareValues(a, b *big.Rat) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return a.Cmp(b)
}

// measure finds the value of each criterion.
func (r *Ranked) measure(best *rulepack.Best) {
	n := r.Network
	if r.Labour > 0 {
		r.Values[Jobs] = big.NewRat(int64(best.Per)*r.Jobs, r.Labour)
		r.Values[Employment] = big.NewRat(r.Employed, r.Labour)
	}
	r.Values[InStep] = weighed(part{best.NetworkNextDay, n.NextDay, n.Events}, part{best.NetworkDays, n.GoodDays, n.Days}, part{best.NetworkAccepted, n.Received - n.Rejected, n.Received})
	r.Values[Service] = weighed(part{best.ServicePlaced, r.Placed, r.Referred}, part{best.ServiceClear, r.Clear, r.Asked}, part{best.ServiceVisits, r.Kept, r.Ended})
}

// part is one share of a criterion.
type part struct {
	weight int
	n, of  int64
}

// weighed is the mean of shares by their weights. A share of nothing is left out, and the
// others count against each other: who had no visit to make has made none too late. Where
// none is left there is no value.
func weighed(parts ...part) *big.Rat {
	sum, weights := new(big.Rat), int64(0)
	for _, p := range parts {
		if p.of == 0 || p.weight == 0 {
			continue
		}
		sum.Add(sum, new(big.Rat).Mul(big.NewRat(int64(p.weight), 1), big.NewRat(p.n, p.of)))
		weights += int64(p.weight)
	}
	if weights == 0 {
		return nil
	}
	return sum.Quo(sum, big.NewRat(weights, 1))
}

// score gives each community its rank by one criterion, and the first 100 points, the last
// none, those between as many as of the others stand below them and beside them. Equal
// values have equal ranks. Who has no value comes behind all who have one, and has no score,
// which is shown as none and adds nothing to the total.
func score(all []Ranked, criterion int) {
	for i := range all {
		r, better := &all[i], 0
		for k := range all {
			if compareValues(all[k].Values[criterion], r.Values[criterion]) > 0 {
				better++
			}
		}
		r.Ranks[criterion] = better + 1
		switch {
		case r.Values[criterion] == nil:
		case len(all) == 1:
			r.Scores[criterion] = big.NewRat(100, 1)
		default:
			r.Scores[criterion] = big.NewRat(100*int64(len(all)-1-better), int64(len(all)-1))
		}
	}
}

func (r *Ranked) weigh(weights [Criteria]int) {
	sum := int64(0)
	r.Total = new(big.Rat)
	for i, w := range weights {
		if r.Scores[i] != nil {
			r.Total.Add(r.Total, new(big.Rat).Mul(big.NewRat(int64(w), 1), r.Scores[i]))
		}
		sum += int64(w)
	}
	r.Total.Quo(r.Total, big.NewRat(max(sum, 1), 1)) // a pack has one weight above 0
}
