package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// byUnit sorts what has arrived at a disk by the units it concerns: whom it is
// of, and whom it is to.
func (s *Directory) byUnit() map[change.UnitID][]arrived {
	of := map[change.UnitID][]arrived{}
	for _, a := range s.log {
		of[a.author] = append(of[a.author], a)
		if a.Stream.Audience != a.author {
			of[a.Stream.Audience] = append(of[a.Stream.Audience], a)
		}
	}
	return of
}

// booksOf are the records of a unit, in the order of arrival here.
func (s *Directory) booksOf(log []arrived) *Books {
	b := s.emptyBooks()
	for _, a := range log {
		b.applyBatch(a.author, a.reading)
	}
	return b
}

// checkRecords compares the digest of each unit at all tiers that have all
// its streams, and each community's own books with books rebuilt from its disk.
func (w *World) checkRecords() {
	city := w.City().dir.byUnit()
	here := map[*Node]map[change.UnitID][]arrived{}
	for _, n := range w.nodes[1:] {
		here[n] = n.dir.byUnit()
	}
	for _, u := range w.town.Units {
		b := w.City().dir.booksOf(city[u.ID])
		want, err := b.Digest()
		if err != nil {
			w.failWorld("the digest of %s: %v", w.town.Name(u.ID), err)
		}
		w.checkWinners(b)
		for _, n := range w.nodes[1:] {
			if w.isLiar(n) || !w.town.isUnder(n.dir.Unit, u.ID) {
				continue
			}
			if got, err := n.dir.booksOf(here[n][u.ID]).Digest(); err != nil || got != want {
				w.violated("I11", "%s has other records of %s than the city, of %d batches to %d", n.Name, w.town.Name(u.ID), len(here[n][u.ID]), len(city[u.ID]))
			}
		}
	}
	w.checkKeptBooks()
}

// checkKeptBooks: books kept up as changes came are those made of the disk in
// another order.
func (w *World) checkKeptBooks() {
	for _, n := range w.nodes {
		if w.isLiar(n) || n.dir.books == nil {
			continue
		}
		log := slices.Clone(n.dir.log)
		slices.SortStableFunc(log, func(a, b arrived) int { return -a.Stream.Compare(b.Stream) })
		want, _ := n.dir.booksOf(log).Digest()
		if got, _ := n.dir.books.Digest(); got != want {
			w.violated("I11", "the records kept at %s are not those of its journal", n.Name)
		}
	}
}

// checkWinners checks each conflict by the rule: the highest count wins, then
// the higher stream. No clock decides.
func (w *World) checkWinners(b *Books) {
	for _, a := range b.accounts {
		for _, c := range a.state.Conflicts() {
			for _, loser := range c.Losers {
				if c.Field != merge.VoidField && wouldWin(loser.Dot, c.Winner.Dot) {
					w.violated("I11", "in %s of record %s the write that should win did not", c.Field, a.state.ID())
				}
			}
		}
	}
}

func wouldWin(a, b change.Dot) bool {
	return cmp.Or(cmp.Compare(a.Count, b.Count), a.Stream.Compare(b.Stream)) > 0
}

// checkVerdicts compares the city's refusals with what was written: what breaks
// a rule is refused by that rule; all else stands.
func (w *World) checkVerdicts() {
	city := w.City().dir
	units := city.byUnit()
	holders := city.namedHolders()
	for _, u := range w.town.Units {
		if u.Level != tree.Community {
			continue
		}
		refused := refusalsIn(city.booksOf(units[u.ID]))
		sent, stood := 0, 0
		for _, a := range units[u.ID] {
			if a.author != u.ID {
				continue
			}
			sent += int(a.Count)
			changes, err := a.read()
			if err != nil {
				if w.liars.of[a.Stream.Device] {
					sent -= int(a.Count) - 1 // nonsense beside what can be read: one word for all
				}
				w.checkVerdict(a, a.First, 0, refused, true)
				continue
			}
			for i, c := range changes {
				seq := a.First + uint64(i)
				is := w.checkVerdict(a, seq, numberOf(c), refused, false)
				if !is {
					stood++
				}
				if w.liars.of[a.Stream.Device] {
					w.checkLie(c, u.ID, is)
					continue
				}
				w.checkHolder(holders, c.Record, u.ID, is, refused[changeKey{a.Stream.String(), seq}])
			}
		}
		if sent != stood+len(refused) {
			w.violated("I21", "of %s came %d changes, %d stand and %d are refused", w.town.Name(u.ID), sent, stood, len(refused))
		}
	}
}

// namedHolders are the units that the city's words name as holders of records:
// of several, the one of the earliest epoch.
func (s *Directory) namedHolders() map[change.RecordID]change.UnitID {
	best := map[change.RecordID]claim{}
	for _, a := range s.log {
		if a.Stream.Device != s.Device {
			continue
		}
		changes, _ := a.read()
		for _, c := range changes {
			record, to := change.RecordID(c.Fields.Get("record").Text()), claim{unit: change.UnitID(c.Fields.Get("holder").Text()), epoch: uint64(c.Fields.Get("since").Int()), recalled: true}
			if was := best[record]; to.unit != "" && was.yieldsTo(to, -1) {
				best[record] = to
			}
		}
	}
	holders := map[change.RecordID]change.UnitID{}
	for record, c := range best {
		holders[record] = c.unit
	}
	return holders
}

// checkHolder compares a verdict with the holder of the record: the changes
// that are not refused are of one unit, the one that the city has named if it
// ever did, and none of its changes is refused in another's name.
func (w *World) checkHolder(holders map[change.RecordID]change.UnitID, record change.RecordID, by change.UnitID, refused bool, rule string) {
	other, known := holders[record]
	switch {
	case !refused && known && other != by:
		w.violated("I21", "a change of record %s by %s stands, and %s holds it", record, w.town.Name(by), w.town.Name(other))
	case refused && rule == ruleCustodian && other == by:
		w.violated("I21", "a change of record %s is refused to %s, which holds it", record, w.town.Name(by))
	case !refused:
		holders[record] = by
	}
}

// changeKey names a change by its stream and sequence.
type changeKey struct {
	of  string
	seq uint64
}

// refusalsIn are the city's, by the change that they refuse.
func refusalsIn(b *Books) map[changeKey]string {
	refused := map[changeKey]string{}
	for k, a := range b.accounts {
		if k.Kind == system.RefusalKind && !a.state.Void() {
			refused[changeKey{a.state.Value("stream").Text(), uint64(a.state.Value("seq").Int())}] = a.state.Value("rule").Text()
		}
	}
	return refused
}

// checkVerdict reports whether a change is refused, and whether rightly.
func (w *World) checkVerdict(a arrived, seq, number uint64, refused map[changeKey]string, unreadable bool) bool {
	rule, is := refused[changeKey{a.Stream.String(), seq}]
	want := ""
	disputed, infected := false, false
	switch {
	case unreadable:
		want = ruleUnreadable
	case number > 0:
		d := w.truth.deeds[number-1]
		want, disputed = d.rule, d.disputed
		infected = w.infected(d)
	}
	lawful := rule == want || disputed && rule == ruleCustodian || infected && rule == ruleContext || w.liars.of[a.Stream.Device]
	if !lawful {
		w.violated("I21", "change %d of %s got the verdict %q, not %q", seq, w.streamName(a.Stream), rule, want)
	}
	return is
}

// checkUnblocked: the city has judged every change that is not its own.
func (w *World) checkUnblocked() {
	city := w.City().dir
	p := w.truth.promisesOf(city)
	for _, of := range slices.SortedFunc(maps.Keys(city.streams), change.Stream.Compare) {
		h := city.streams[of]
		if of.Device != city.Device && p.verdicts[of] != h.sealed().Seq {
			w.violated("I22", "the city judged %d changes of %s, of %d", p.verdicts[of], w.streamName(of), h.sealed().Seq)
		}
	}
}

// Winners are the values that show at the city, one line a field, in order.
func (w *World) Winners() []string {
	var lines []string
	for k, a := range w.City().dir.booksOf(w.City().dir.log).accounts {
		for field, value := range a.state.Values() {
			lines = append(lines, fmt.Sprintf("%s %s %s %x", k.Kind, k.ID, field, value))
		}
	}
	slices.Sort(lines)
	return lines
}
