package sim

import (
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/records"
)

// known is what the city has judged of a record, as far as judging the next changes
// needs it: whether some change of it stands, and for each stream the highest count
// that others may build on. See hub/reconcile.
type known struct {
	stands bool
	counts map[change.Stream]uint64
}

// past is known of a record before a change is judged.
type past struct {
	known
	old bool // the record was here, and nothing is known of it
}

func (p past) first() bool { return !p.stands && !p.old }

// maxNamed bounds a count that is believed without the change that it names.
const maxNamed = 1 << 32

func (j *judge) pastOf(k records.Key, holder claim) past {
	was, met := j.known[k]
	_, named := makerIn(k.ID)
	return past{known: known{was.stands, maps.Clone(was.counts)}, old: !met && !named && holder.unit != ""}
}

// lacks reports whether a context names a change that is not among those that stand,
// of another device than its own and the city.
func (p past) lacks(at changeSource, c *change.Change, city change.DeviceID) bool {
	for in, count := range c.Context {
		switch {
		case count <= p.counts[in]:
		case count > maxNamed, in.Device != at.Device && in.Device != city && !p.old:
			return true
		}
	}
	return false
}

// remember notes a change of whoever may write the record.
func (x *judging) remember(at changeSource, c *change.Change, p past, rule string, before word) {
	if rule == ruleWriter || rule == ruleCustodian || c.Count() > maxNamed {
		return
	}
	weighed := before.rule == ruleCustodian || before.rule == ruleContext
	stands := rule == "" && (!before.stands || weighed)
	if !stands && p.first() || p.counts[at.Stream] >= c.Count() && (p.stands || !stands) {
		return
	}
	if p.counts == nil {
		p.counts = map[change.Stream]uint64{}
	}
	if p.old {
		maps.Copy(p.counts, c.Context)
	}
	p.counts[at.Stream] = max(p.counts[at.Stream], c.Count())
	p.stands = p.stands || stands || p.old
	x.city.known[keyOf(c)] = p.known
	if !slices.Contains(x.news, keyOf(c)) {
		x.news = append(x.news, keyOf(c))
	}
}

// judgeWaiting judges again what was refused for want of a change that is known now.
func (x *judging) judgeWaiting() {
	for len(x.news) > 0 {
		key := x.news[0]
		x.news = x.news[1:]
		for _, id := range slices.Clone(x.city.word.contested[key]) {
			if before := x.city.word.wordOn(id); before.stands && before.rule == ruleContext {
				x.judgeAgainByID(id)
			}
		}
	}
}
