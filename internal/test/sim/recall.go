package sim

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"tongbu/hub/reconcile"
	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

// claim is whose a record is: see hub/reconcile.
type claim struct {
	unit     change.UnitID
	epoch    uint64
	recalled bool // from words that the city had lost and recalled
	from     int  // place in the log from which on it counts
}

func (c claim) yieldsTo(to claim, putBack int) bool {
	epoch := c.epoch
	if !c.recalled && putBack >= 0 && c.from >= putBack {
		epoch = math.MaxUint64
	}
	if c.unit == "" || to.epoch != epoch {
		return c.unit == "" || to.epoch < epoch
	}
	return !c.recalled || to.unit < c.unit
}

// changeSource is where a change stands, and the unit that made it.
type changeSource struct {
	change.Stream
	seq    uint64
	author change.UnitID
}

func (p changeSource) refusalID() change.RecordID { return reconcile.RefusalID(p.Stream, p.seq) }

// words are what the city has said of changes, merged.
type words struct {
	said      map[change.RecordID]*merge.Record
	at        map[change.RecordID]changeSource
	contested map[records.Key][]change.RecordID
	told      map[change.Stream]uint64 // how far this disk has spoken itself
}

func newWords() words {
	return words{map[change.RecordID]*merge.Record{}, map[change.RecordID]changeSource{}, map[records.Key][]change.RecordID{}, map[change.Stream]uint64{}}
}

func (w words) clone() words {
	c := words{make(map[change.RecordID]*merge.Record, len(w.said)), maps.Clone(w.at), make(map[records.Key][]change.RecordID, len(w.contested)), maps.Clone(w.told)}
	for id, r := range w.said {
		c.said[id] = merge.New(r.Kind(), id)
		c.said[id].Merge(r)
	}
	for key, ids := range w.contested {
		c.contested[key] = slices.Clip(ids)
	}
	return c
}

// word is what was said of a change so far.
type word struct {
	stands, voided bool
	rule           string
	holder         change.UnitID
	context        change.Vector
}

func (w words) wordOn(id change.RecordID) word {
	r := w.said[id]
	if r == nil {
		return word{}
	}
	return word{stands: !r.Void(), voided: !r.Value(merge.VoidField).IsNull(), rule: r.Value("rule").Text(),
		holder: change.UnitID(r.Value("holder").Text()), context: r.Context()}
}

// apply adds a word, one that the city says now or one that it recalls.
func (w words) apply(in change.Stream, c *change.Change) {
	if w.said[c.Record] == nil {
		w.said[c.Record] = merge.New(c.Kind, c.Record)
	}
	w.said[c.Record].Apply(in, c)
	of, err := change.ParseStream(c.Fields.Get("stream").Text())
	if err != nil {
		return
	}
	w.at[c.Record] = changeSource{Stream: of, seq: uint64(c.Fields.Get("seq").Int()), author: change.UnitID(c.Fields.Get("unit").Text())}
	key := records.Key{Kind: c.Fields.Get("kind").Text(), ID: change.RecordID(c.Fields.Get("record").Text())}
	rule := c.Fields.Get("rule").Text()
	if (rule == ruleCustodian || rule == ruleContext) && !slices.Contains(w.contested[key], c.Record) {
		w.contested[key] = append(w.contested[key], c.Record)
	}
}

// moves are the records that go to another unit in one transaction.
type moves struct {
	again   []change.RecordID
	records map[records.Key]bool
	losers  map[change.UnitID]bool
	from    int
}

func newMoves() moves {
	return moves{records: map[records.Key]bool{}, losers: map[change.UnitID]bool{}, from: math.MaxInt}
}

// recallWords adds what the city had said before it was restored.
func (x *judging) recallWords(a arrived) {
	changes, _ := a.read()
	for i, c := range changes {
		if c.Kind != system.RefusalKind || a.First+uint64(i) <= x.city.word.told[a.Stream] {
			continue
		}
		x.city.word.apply(a.Stream, c)
		x.moves.again = append(x.moves.again, c.Record)
		holder, since := c.Fields.Get("holder").Text(), c.Fields.Get("since").Int()
		if holder != "" {
			key := records.Key{Kind: c.Fields.Get("kind").Text(), ID: change.RecordID(c.Fields.Get("record").Text())}
			x.adoptHolder(key, claim{unit: change.UnitID(holder), epoch: uint64(since), recalled: true, from: x.first})
		}
	}
}

func (x *judging) adoptHolder(key records.Key, to claim) {
	was := x.city.holders[key]
	if _, named := makerIn(key.ID); named || !was.yieldsTo(to, x.city.restoredAt) {
		return
	}
	if was.unit == to.unit {
		to.from = was.from
	} else {
		x.moves.records[key] = true
	}
	if was.unit != to.unit && was.unit != "" {
		x.w.trace("%s of %s goes to %s", key.ID, x.w.town.Name(was.unit), x.w.town.Name(to.unit))
		x.moves.losers[was.unit], x.moves.from = true, min(x.moves.from, was.from)
	}
	x.city.holders[key] = to
}

// judgeMoved judges again what was judged under another holder than there is
// now.
func (x *judging) judgeMoved() {
	for _, id := range x.moves.again {
		x.judgeAgainByID(id)
	}
	keys := slices.SortedFunc(maps.Keys(x.moves.records), func(a, b records.Key) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	for _, key := range keys {
		for _, id := range x.city.word.contested[key] {
			x.judgeAgainByID(id)
		}
	}
	defer x.judgeWaiting()
	if len(x.moves.losers) == 0 {
		return
	}
	for _, a := range x.log[x.moves.from:x.city.cursor] {
		if a.Stream.Device != x.Device && (x.moves.losers[a.author] || x.moves.losers[a.Stream.Audience]) {
			x.judgeBatchAgain(a)
		}
	}
}

func (x *judging) judgeAgainByID(id change.RecordID) {
	at, known := x.city.word.at[id]
	h := x.streams[at.Stream]
	if !known || h == nil || at.seq > h.sealed().Seq {
		return
	}
	b := h.batches[h.firstAfter(at.seq-1)]
	if changes, err := b.read(); err == nil {
		x.judgeAgain(at, changes[at.seq-b.First])
	}
}

func (x *judging) judgeBatchAgain(a arrived) {
	changes, _ := a.read()
	for i, c := range changes {
		if x.moves.records[keyOf(c)] {
			x.judgeAgain(changeSource{Stream: a.Stream, seq: a.First + uint64(i), author: a.author}, c)
		}
	}
}

func (x *judging) judgeAgain(at changeSource, c *change.Change) {
	holder := x.city.holderOf(keyOf(c))
	if holder.unit == "" {
		return
	}
	before, p := x.city.word.wordOn(at.refusalID()), x.city.pastOf(keyOf(c), holder)
	rule := x.ruleAgainst(at, c, holder, p)
	x.sayVerdict(at, c, rule)
	x.remember(at, c, p, rule, before)
}

// sayVerdict makes what the city has said of a change what it says now.
func (x *judging) sayVerdict(at changeSource, c *change.Change, rule string) {
	before := x.city.word.wordOn(at.refusalID())
	switch {
	case before.stands && before.rule != ruleCustodian && before.rule != ruleContext, rule == "" && !before.stands:
		return
	case rule == ruleContext && before.stands && before.rule == ruleContext:
		return
	case rule == ruleCustodian && before.stands && before.holder == x.city.holderOf(keyOf(c)).unit:
		return
	}
	fields := map[string]change.Value{"stream": change.Text(at.Stream.String()), "seq": change.Int(int64(at.seq)), "rule": change.Text(rule), "unit": change.Text(string(at.author))}
	if c != nil {
		fields["kind"], fields["record"], fields["count"] = change.Text(c.Kind), change.Text(string(c.Record)), change.Int(int64(c.Count()))
	}
	if rule == "" {
		fields["rule"], fields[merge.VoidField] = change.Text(before.rule), change.Text("0")
	} else if before.voided {
		fields[merge.VoidField] = change.Text("1")
	}
	if rule == "" && before.rule == ruleCustodian || rule == ruleCustodian {
		holder := x.city.holderOf(keyOf(c))
		fields["holder"], fields["since"] = change.Text(string(holder.unit)), change.Int(int64(holder.epoch))
	}
	if rule != "" && rule != ruleCustodian && before.holder != "" {
		fields["holder"], fields["since"] = change.Null, change.Null
	}
	x.writeWord(at, rule, &change.Change{Kind: system.RefusalKind, Record: at.refusalID(), Fields: change.FieldsOf(fields), Context: before.context, Actor: "city", At: x.now})
}

func (x *judging) writeWord(at changeSource, rule string, c *change.Change) {
	if rule == "" {
		x.w.trace("city takes back its refusal of %s %d", x.w.streamName(at.Stream), at.seq)
	} else {
		x.w.truth.refusals++
		x.w.trace("city refuses %s %d: %s", x.w.streamName(at.Stream), at.seq, rule)
	}
	if x.w.flaw(LoseRefusals, x.Directory) {
		return
	}
	own := x.ownStream(at.author)
	x.writeChange(own, c)
	x.city.word.apply(own, c)
	x.city.word.told[own] = x.streams[own].head()
	x.audiences[at.author] = true
}
