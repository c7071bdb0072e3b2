package reconcile

import (
	"cmp"
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

// A word for each wrong change would let a device that signs nothing else fill the
// city: a wrong change of a byte costs a record of its own in the journal and in
// every view. So beyond a number of words, what one rule refuses of a stream is
// gathered, and one word names all of it.
const (
	wordsAtOnce = 100 // see Config
	// rulesApart is how many rules are told apart among what is gathered of a stream;
	// beyond them, a word says that there were several.
	rulesApart = 4
)

// severalRules is the rule that a word names for changes of many rules.
const severalRules = "several_rules"

// grouping is what one word can say of several changes.
type grouping struct {
	stream change.Stream
	author change.UnitID
	rule   string
	holder change.UnitID // of the records, where that is the reason
	since  uint64
}

func (g grouping) compare(o grouping) int {
	return cmp.Or(g.stream.Compare(o.stream), cmp.Compare(g.author, o.author), cmp.Compare(g.rule, o.rule),
		cmp.Compare(g.holder, o.holder), cmp.Compare(g.since, o.since))
}

// gathered are verdicts that no word says yet, by place.
type gathered map[grouping]map[uint64]verdict

// gathers reports whether a refusal is to be said together with others: when the
// network reads that, and there are many words already. What builds on a change that
// has not come is weighed again when it comes, which only a word of its own is; so
// that it takes more of them.
func (j *judging) gathers(v verdict) (bool, error) {
	if !j.ranges {
		return false, nil
	}
	if v.rule != ruleContext && len(j.out.refused) >= j.cfg.WordsAtOnce || len(j.out.refused) >= system.SlowWords {
		return true, nil
	}
	return j.isSlow(v.at.Device)
}

// isSlow reports whether so many words stand against a device that it is judged
// slowly.
func (j *judging) isSlow(d change.DeviceID) (bool, error) {
	if !j.ranges {
		return false, nil
	}
	if slow, known := j.slow[d]; known {
		return slow, nil
	}
	words, err := j.cfg.Records.StandingWords(j.w.Tx, d)
	j.slow[d] = words >= system.SlowWords
	return j.slow[d], err
}

func (j *judging) gather(v verdict) {
	g := grouping{stream: v.at.Stream, author: v.at.author, rule: v.rule}
	if v.rule == ruleCustodian {
		g.holder, g.since = v.holder.unit, v.holder.epoch
	}
	if j.gathered[g] == nil {
		j.gathered[g] = map[uint64]verdict{}
	}
	j.gathered[g][v.at.seq] = v
}

// sayGathered writes the words of all that was gathered.
func (j *judging) sayGathered() error {
	all := j.gathered.merged()
	j.gathered = gathered{}
	for _, g := range slices.SortedFunc(maps.Keys(all), grouping.compare) {
		if err := j.sayGroup(g, all[g]); err != nil {
			return err
		}
	}
	return nil
}

// merged puts what was refused of a stream by too many rules under one.
func (all gathered) merged() gathered {
	n := map[change.Stream]int{}
	for g := range all {
		if g.rule != ruleCode { // what is held is weighed again, by its rule
			n[g.stream]++
		}
	}
	out := gathered{}
	for g, places := range all {
		if n[g.stream] > rulesApart && g.rule != ruleCode {
			g = grouping{stream: g.stream, author: g.author, rule: severalRules}
		}
		if out[g] == nil {
			out[g] = map[uint64]verdict{}
		}
		maps.Copy(out[g], places)
	}
	return out
}

func (j *judging) sayGroup(g grouping, places map[uint64]verdict) error {
	order := slices.Sorted(maps.Keys(places))
	first := places[order[0]]
	if len(order) == 1 && first.kind != "" && j.cfg.WordsAtOnce > 0 {
		return j.refuseAlone(first, word{})
	}
	form := system.Range{Stream: g.stream, Rule: g.rule, Unit: g.author, Holder: g.holder, Since: g.since}
	if g.rule != severalRules {
		form.Message = first.message
	}
	j.ranged[g.stream] = true
	for _, r := range system.Ranges(form, order) {
		if err := j.putWord(g.author, r.ID(), r.Fields()); err != nil {
			return err
		}
		j.out.ranges = append(j.out.ranges, r)
	}
	return nil
}

// putWord writes a word into the city's stream to a unit.
func (j *judging) putWord(to change.UnitID, id change.RecordID, fields map[string]change.Value) error {
	own, err := j.w.Own(to)
	if err != nil {
		return err
	}
	edit := records.Edit{Kind: system.RefusalKind, ID: id, Fields: fields, Actor: "city", At: j.cfg.Now().UnixMilli()}
	j.written[own], err = j.cfg.Records.Put(j.w.Tx, own, j.cfg.Members.Unit().ID, edit)
	return err
}
