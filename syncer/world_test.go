package syncer_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/test/sim"
	"tongbu/syncer"
)

// The units of the test world, four tiers and three communities.
var (
	town          = sim.Small()
	city, street  = town.ID("city"), town.ID("street-1")
	first, second = town.ID("community-1"), town.ID("community-2")
)

// device is a made-up installation of a unit.
type device struct{ sim.Installation }

func newDevice(n int, unit change.UnitID) device { return device{sim.NewInstallation(n, unit)} }

// chain seals batches of one change each.
func (d device) chain(tb testing.TB, in change.Stream, texts ...string) []*change.Batch {
	tb.Helper()
	var batches []*change.Batch
	var end change.Mark
	for _, text := range texts {
		b, err := change.Seal(change.BatchRows, d.Key, in, end, [][]byte{[]byte(text)}, 7)
		if err != nil {
			tb.Fatal(err)
		}
		batches, end = append(batches, b), b.End()
	}
	return batches
}

func entryOf(author change.UnitID, batches ...*change.Batch) syncer.Entry {
	last := batches[len(batches)-1]
	return syncer.Entry{Stream: last.Stream, Author: author, Sealed: last.End(), Head: last.Last()}
}

// sent lists the messages among the effects.
func sent(effects []syncer.Effect) []syncer.Message {
	var messages []syncer.Message
	for _, e := range effects {
		if s, ok := e.(syncer.Send); ok {
			messages = append(messages, s.Message)
		}
	}
	return messages
}

// others lists the effects that are no messages.
func others(effects []syncer.Effect) []syncer.Effect {
	var rest []syncer.Effect
	for _, e := range effects {
		if _, ok := e.(syncer.Send); !ok {
			rest = append(rest, e)
		}
	}
	return rest
}
