package reconcile_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	gocmp "github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

// end is what stands at a replica: the record, and what is refused.
type end struct {
	Record  string
	Refused map[string]string // place -> holder named, or another rule
}

func (l *life) end(s *replica.Replica) end {
	l.Helper()
	states, err := records.Replay(l.Context(), records.Source{Journal: s.Journal, City: kit.City.ID})
	if err != nil {
		l.Fatal(err)
	}
	got := end{Refused: map[string]string{}}
	for _, w := range append(l.writers, &writer{Forger: &kit.Forger{Unit: kit.City}}) {
		if r := states[records.Key{Kind: l.kind, ID: contested.Of(l.kind, w.Unit.ID)}]; r != nil {
			got.Record = strings.TrimSpace(got.Record + " " + shown(r)) // of one unit alone
		}
	}
	l.addRanges(states, got.Refused)
	for k, r := range states {
		word := system.RefusalFrom(r)
		if _, stands := word.Names(); k.Kind == system.RefusalKind && stands {
			got.Refused[l.place(r)] = "refused"
			if word.Rule == "not_the_custodian" {
				got.Refused[l.place(r)] = string(word.Holder)
			}
		}
	}
	return got
}

// addRanges adds what ranges refuse, of two that hold a place the first, but for the
// places that a word of their own is about.
func (l *life) addRanges(states map[records.Key]*merge.Record, refused map[string]string) {
	var ranges []system.Range
	for _, r := range states {
		if of, ok := system.RangeFrom(r); ok {
			ranges = append(ranges, of)
		}
	}
	slices.SortFunc(ranges, func(a, b system.Range) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID(), b.ID())) })
	for _, of := range ranges {
		for seq := of.From; seq <= of.To; seq++ {
			place := l.placeOf(of.Stream.String(), int64(seq))
			alone := states[records.Key{Kind: system.RefusalKind, ID: system.WordID(of.Stream, seq)}]
			if _, known := refused[place]; !of.Has(seq) || known || alone != nil {
				continue
			}
			refused[place] = "refused"
			if of.Rule == "not_the_custodian" {
				refused[place] = string(of.Holder)
			}
		}
	}
}

func (l *life) place(refusal *merge.Record) string {
	return l.placeOf(refusal.Value("stream").Text(), refusal.Value("seq").Int())
}

func (l *life) placeOf(stream string, seq int64) string {
	for _, w := range l.writers {
		if w.stream().String() == stream {
			return fmt.Sprint(w.name, seq-1)
		}
	}
	return "elsewhere"
}

func shown(r *merge.Record) string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(r.Values())) {
		parts = append(parts, field+"="+r.Value(field).Text())
	}
	return strings.Join(parts, " ")
}

// want is the end when the unit holds the record: of what the writers in sight
// have said, its own stands but for the bad, and all else is refused in its
// name. That another's change is bad as well may be what was seen first.
func (l *life) want(holder change.UnitID, got end, in func(*writer) bool) end {
	l.Helper()
	want, r := end{Refused: map[string]string{}}, merge.New(l.kind, contested)
	if made := l.made(); made != nil {
		r.Apply(made.Stream, made.Change)
	}
	for _, w := range l.writers {
		for i, batch := range w.batches[:l.said[w]] {
			mine, bad := w.Unit.ID == holder, i == 0 || i == 3
			place := fmt.Sprint(w.name, i)
			switch {
			case !in(w):
			case mine && !bad:
				r.Apply(w.stream(), batch[0])
			case mine, bad && got.Refused[place] == "refused":
				want.Refused[place] = "refused"
			default:
				want.Refused[place] = string(holder)
			}
		}
	}
	want.Record = shown(r)
	return want
}

// heard are the words of an earlier life about who holds the record, but for
// those that this one had from the beginning.
func (l *life) heard(from *life) (all []claim) {
	l.Helper()
	for _, in := range from.words() {
		batches, _, err := from.city.Streams.Load(in, change.Mark{}, 1<<20)
		if err != nil {
			l.Fatal(err)
		}
		for _, b := range batches {
			changes, err := b.Changes()
			if err != nil {
				l.Fatal(err)
			}
			for _, c := range changes {
				if holder := c.Fields.Get("holder").Text(); holder != "" && b.First > l.begun[in] {
					all = append(all, claim{c.Fields.Get("since").Int(), change.UnitID(holder)})
				}
			}
		}
	}
	return all
}

// claim is a unit that the city has said to hold the record, and since which
// epoch.
type claim struct {
	since  int64
	holder change.UnitID
}

func (c claim) compare(o claim) int {
	return cmp.Or(cmp.Compare(c.since, o.since), cmp.Compare(c.holder, o.holder))
}

// named is the unit that the refusals at an end name, empty when they name
// none.
func (l *life) named(e end) (holder change.UnitID) {
	for _, who := range e.Refused {
		if who != "refused" {
			holder = change.UnitID(who)
		}
	}
	return holder
}

// taker is the unit that was first to write the record.
func (l *life) taker() change.UnitID {
	for _, what := range l.story {
		for _, w := range l.writers {
			if what == w.name+"1" {
				return w.Unit.ID
			}
		}
	}
	return ""
}

// checkAll compares what stands at the city, and at a street that gets all it
// has to say, with what is to stand.
func (l *life) checkAll(holder change.UnitID) {
	l.Helper()
	street := l.town.MustOpen(l, copied(l.T, l.street))
	l.town.MustCarry(l, l.city, street)
	l.check(l.city, holder, func(*writer) bool { return true })
	l.check(street, holder, func(w *writer) bool {
		return w.audience == kit.Street || l.town.Tree.Below(kit.Street.ID, w.audience.ID)
	})
	mustClose(l.T, street)
}

func (l *life) check(s *replica.Replica, holder change.UnitID, in func(*writer) bool) {
	l.Helper()
	got := l.end(s)
	if diff := gocmp.Diff(l.want(holder, got, in), got); diff != "" {
		l.Errorf("at the %s, held by %s: %s", s.Place.Unit, holder, diff)
	}
}

// made is the change by which the city has made the record itself.
func (l *life) made() *merge.Placed {
	l.Helper()
	var made *merge.Placed
	err := l.city.Journal.View(func(tx *journal.Tx) error {
		places, err := l.city.Records.Places(tx, l.kind, contested.Of(l.kind, kit.City.ID))
		if err != nil || len(places) == 0 {
			return err
		}
		raw, err := tx.Change(places[0].Stream, places[0].Seq)
		if err != nil {
			return err
		}
		c, err := change.Decode(raw)
		made = &merge.Placed{Stream: places[0].Stream, Change: c}
		return err
	})
	if err != nil {
		l.Fatal(err)
	}
	return made
}
