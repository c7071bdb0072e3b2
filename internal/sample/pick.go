package sample

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Choice is a part of the city: some communities and the rows of the table
// that a tree of them needs.
type Choice struct {
	Communities []string // 12-digit codes; 钟楼社区 first
	Rows        []Row    // the communities, their streets and districts, the city; in the order of the codes
}

// CSV returns the rows in the form of HuangshiCSV.
func (c Choice) CSV() []byte {
	var b strings.Builder
	b.WriteString(header)
	for _, r := range c.Rows {
		fmt.Fprintf(&b, "%s,%s,%d,%s\n", r.Code, r.Name, r.Level, r.Parent)
	}
	return []byte(b.String())
}

// Pick chooses communities of Huangshi, always the same for the same number:
// 钟楼社区 first, the others spread over streets and districts in about the
// proportions of a real city (6 communities on 4 streets of 2 districts, 182
// on 21 streets of 6 districts). A number beyond the city's 1,040 communities
// means all of them, one below 1 none: then the city's row stands alone.
func Pick(communities int) Choice {
	rows := Rows()
	n := min(max(communities, 0), countLevel(rows, levelCommunity))
	streets := int(math.Ceil(1.5 * math.Sqrt(float64(n))))
	districts := (streets + 2) / 3
	picked := pickInTurn(streetQueues(rows, districts), min(streets, n), n)
	return Choice{Communities: picked, Rows: rowsFor(rows, picked)}
}

func countLevel(rows []Row, level int) (n int) {
	for _, r := range rows {
		if r.Level == level {
			n++
		}
	}
	return n
}

// streetQueues returns the communities street by street, in the order in which
// the streets are to be used: in turn from each of the first districts, then in
// turn from the others.
func streetQueues(rows []Row, districts int) [][]string {
	below := childrenOf(rows)
	all := below[RootCode]
	first := min(districts, len(all))
	var out [][]string
	for _, group := range [][]string{all[:first], all[first:]} {
		for _, street := range interleave(group, below) {
			out = append(out, below[street])
		}
	}
	return out
}

// childrenOf lists the codes below each code in the order of the codes, but
// 钟楼社区, its street and its district stand first among their like.
func childrenOf(rows []Row) map[string][]string {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(rank(a), rank(b)) })
	below := make(map[string][]string)
	for _, r := range rows {
		below[r.Parent] = append(below[r.Parent], r.Code)
	}
	return below
}

// rank is 0 for 钟楼社区 and the units above it, else 1.
func rank(r Row) int {
	if strings.HasPrefix(Zhonglou, sharedPrefix(r)) {
		return 0
	}
	return 1
}

// sharedPrefix returns the digits that the units below a row share with it.
func sharedPrefix(r Row) string {
	switch r.Level {
	case levelDistrict:
		return r.Code[:6]
	case levelStreet:
		return r.Code[:9]
	case levelCommunity:
		return r.Code
	}
	return r.Code[:4]
}

// interleave takes one code below each parent in turn until there are none.
func interleave(parents []string, below map[string][]string) []string {
	var out []string
	for i, more := 0, true; more; i++ {
		more = false
		for _, p := range parents {
			if i < len(below[p]) {
				out, more = append(out, below[p][i]), true
			}
		}
	}
	return out
}

// pickInTurn takes n codes, one in turn from each of the first `open` queues;
// when those run dry, from the next ones too.
func pickInTurn(queues [][]string, open, n int) []string {
	picked := make([]string, 0, n)
	for i := 0; len(picked) < n; i++ {
		before := len(picked)
		for _, q := range queues[:open] {
			if i < len(q) && len(picked) < n {
				picked = append(picked, q[i])
			}
		}
		if len(picked) == before {
			queues, open, i = queues[open:], min(1, len(queues)-open), -1
		}
	}
	return picked
}

// rowsFor returns the rows of the codes and of every unit above them.
func rowsFor(rows []Row, codes []string) []Row {
	parent := make(map[string]string, len(rows))
	for _, r := range rows {
		parent[r.Code] = r.Parent
	}
	keep := map[string]bool{RootCode: true}
	for _, code := range codes {
		for c := code; c != "" && !keep[c]; c = parent[c] {
			keep[c] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return !keep[r.Code] })
}
