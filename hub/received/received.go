// Package received finds out of the city's journal on which days the changes of communities
// were entered and received: the days of receipt are those of the city's own words, which no
// clock below decides.
package received

import (
	"context"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/ranking"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/system"
)

// Config is what is read.
type Config struct {
	Journal *journal.Store
	City    change.UnitID
	Schema  func() *schema.Schema
	Zone    func() (*time.Location, error) // in which a moment is of a day
}

// Received reads a city's journal.
type Received struct{ Config }

// New makes one.
func New(c Config) *Received { return &Received{c} }

// Networks tells how well communities were in step with the city in a year. It reads all
// that they have written, one after the other. days are the working days that are over.
func (r *Received) Networks(ctx context.Context, units []change.UnitID, year string, days []string, today string) (map[change.UnitID]ranking.Network, error) {
	zone, err := r.Zone()
	if err != nil {
		return nil, err
	}
	by, err := r.streams()
	if err != nil {
		return nil, err
	}
	said := records.Source{Journal: r.Journal, City: r.City, Streams: by[r.City]}
	words, err := records.ReadWords(ctx, said)
	if err != nil {
		return nil, err
	}
	arrived, err := arrivedOf(ctx, words, said)
	if err != nil {
		return nil, err
	}
	networks := map[change.UnitID]ranking.Network{}
	for _, unit := range units {
		entered, err := r.entered(ctx, words, by[unit], zone)
		if err != nil {
			return nil, err
		}
		var streams []ranking.Stream
		for stream, changes := range entered {
			streams = append(streams, ranking.Stream{Changes: changes, Words: arrived[stream]})
		}
		networks[unit] = ranking.NetworkOf(year, streams, days, today)
	}
	return networks, nil
}

// streams are the streams of the journal by who writes them.
func (r *Received) streams() (map[change.UnitID][]journal.StreamInfo, error) {
	by := map[change.UnitID][]journal.StreamInfo{r.City: {}} // not nil, which means all
	err := r.Journal.View(func(tx *journal.Tx) error {
		return tx.Streams(func(info journal.StreamInfo) error {
			by[info.Author] = append(by[info.Author], info)
			return nil
		})
	})
	return by, err
}

// arrivedOf are the city's words about each stream.
func arrivedOf(ctx context.Context, words *records.Words, said records.Source) (map[change.Stream][]ranking.Word, error) {
	said.Of = func(k records.Key) bool { return k.Kind == system.ArrivedKind }
	made, err := words.Replay(ctx, said)
	if err != nil {
		return nil, err
	}
	arrived := map[change.Stream][]ranking.Word{}
	for _, record := range made {
		if a, ok := system.ArrivedFrom(record); ok && !record.Void() {
			arrived[a.Stream] = append(arrived[a.Stream], ranking.Word{Seq: a.Seq, On: a.On})
		}
	}
	return arrived, nil
}

// entered are the changes of some streams.
func (r *Received) entered(ctx context.Context, words *records.Words, streams []journal.StreamInfo, zone *time.Location) (map[change.Stream][]ranking.Change, error) {
	kinds, entered := r.Schema(), map[change.Stream][]ranking.Change{}
	if len(streams) == 0 {
		return entered, nil
	}
	from := records.Source{Journal: r.Journal, City: r.City, Streams: streams}
	return entered, words.Each(ctx, from, func(p merge.Placed, seq uint64, refused bool) {
		c := ranking.Change{Seq: seq, Day: time.UnixMilli(p.Change.At).In(zone).Format(time.DateOnly), Rejected: refused}
		if k, known := kinds.Kind(p.Change.Kind); known && !k.System {
			c.Counted, c.Event = true, k.Sort == schema.Event
		}
		entered[p.Stream] = append(entered[p.Stream], c)
	})
}
