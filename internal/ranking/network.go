// Package ranking ranks the communities of a year: each criterion is scored by the ranks of
// its values, and the scores are weighed. It is given counts and the days on which changes
// were entered and received, and reads no store.
package ranking

import (
	"cmp"
	"slices"
	"sort"

	"tongbu/internal/calendar"
)

// Change is one that a community has entered.
type Change struct {
	Seq      uint64
	Day      string // on which it was entered, by the clock of the station
	Event    bool   // of a kind of events
	Counted  bool   // of a kind that people write
	Rejected bool   // the city has refused it
}

// Word says how far a stream had come at the city by the end of a day.
type Word struct {
	Seq uint64
	On  string
}

// Stream is what one device of a community has written, with the city's words about it, in
// any order.
type Stream struct {
	Changes []Change
	Words   []Word
}

// Network is how well a community is in step with the city.
type Network struct {
	NextDay, Events    int64 // events received by the day after their entry, of those entered in the year
	GoodDays, Days     int64 // working days on which all that was to come had come some way, of those that are over
	Rejected, Received int64 // changes of the year
}

// NetworkOf judges the streams of a community in a year up to today. days are the working
// days of the year that are over, in order; those before the community's first word count
// for nothing, since it could not be out of step before it had joined. An event whose day of grace is not over and
// that has not come is not judged yet.
func NetworkOf(year string, streams []Stream, days []string, today string) Network {
	days = since(streams, days)
	n := Network{Days: int64(len(days))}
	good := make([]bool, len(days))
	for i := range good {
		good[i] = true
	}
	for _, s := range streams {
		words := inOrder(s.Words)
		for _, c := range s.Changes {
			n.add(year, &c, receivedOn(words, c.Seq), today)
		}
		s.judge(words, days, good)
	}
	for _, ok := range good {
		if ok {
			n.GoodDays++
		}
	}
	return n
}

// since are the days from the first on which a community entered something, or the city had
// something of it.
func since(streams []Stream, days []string) []string {
	first := ""
	begins := func(day string) {
		if first == "" || day < first {
			first = day
		}
	}
	for _, s := range streams {
		for i := range s.Changes {
			begins(s.Changes[i].Day)
		}
		for _, w := range s.Words {
			begins(w.On)
		}
	}
	if first == "" {
		return nil
	}
	return days[sort.SearchStrings(days, first):]
}

// add counts one change, received on a day; "": no word has it.
func (n *Network) add(year string, c *Change, received, today string) {
	if c.Counted && len(received) > 4 && received[:4] == year {
		n.Received++
		if c.Rejected {
			n.Rejected++
		}
	}
	if !c.Event || len(c.Day) < 4 || c.Day[:4] != year {
		return
	}
	grace := calendar.AddDays(c.Day, 1)
	if received == "" && today <= grace {
		return
	}
	n.Events++
	if received != "" && received <= grace {
		n.NextDay++
	}
}

// inOrder are words by their days; what one of them covers those after it do.
func inOrder(words []Word) []Word {
	words = slices.Clone(words)
	slices.SortFunc(words, func(a, b Word) int { return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Seq, b.Seq)) })
	for i := 1; i < len(words); i++ {
		words[i].Seq = max(words[i].Seq, words[i-1].Seq)
	}
	return words
}

// receivedOn is the first day by whose end a change had come.
func receivedOn(words []Word, seq uint64) string {
	i := sort.Search(len(words), func(i int) bool { return words[i].Seq >= seq })
	if i == len(words) {
		return ""
	}
	return words[i].On
}

// judge takes from good the days on which the stream had something to bring and brought
// nothing.
func (s *Stream) judge(words []Word, days []string, good []bool) {
	entered := slices.Clone(s.Changes)
	slices.SortFunc(entered, func(a, b Change) int { return cmp.Compare(a.Day, b.Day) })
	var last, covered uint64 // entered by the end of the day; received before it
	at, word := 0, 0
	for i, day := range days {
		for ; at < len(entered) && entered[at].Day <= day; at++ {
			last = max(last, entered[at].Seq)
		}
		for ; word < len(words) && words[word].On < day; word++ {
			covered = words[word].Seq
		}
		advanced := word < len(words) && words[word].On == day
		good[i] = good[i] && (advanced || last <= covered)
	}
}
