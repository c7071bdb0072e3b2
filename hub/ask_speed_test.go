package hub_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/syncer"
)

// BenchmarkQuestion asks the city as the command line does: with the check of the question, its coverage over 500 devices, its
// entry in the audit log and the JSON of the answer.
func BenchmarkQuestion(b *testing.B) {
	w := newTown(b)
	clerk := w.MustForger(b, kit.First)
	clerk.MustSay(b, w.city.Replica, kit.First, kit.People(0, 600)...)
	w.verify(w.city)
	relay := syncer.Peer{Unit: kit.Street.ID, Device: change.DeviceOf([]byte{1})}
	w.city.Replica.Contact.Joined(relay)
	_, _ = w.city.Replica.Contact.Heard(relay, syncer.Reach{Devices: many(b, w, 500)})
	for _, q := range []struct {
		name string
		question.Question
		rows int
	}{
		{"one record", question.Question{Filter: `id = "p-00055"`}, 1},
		{"a page", question.Question{OrderBy: "name"}, 50},
		{"counts", question.Question{GroupBy: "district,status"}, 1},
	} {
		q.Kind = "person"
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				got, err := w.city.Ask(b.Context(), q.Question)
				if err != nil || len(got.Rows) != q.rows {
					b.Fatal(got, err)
				}
				if _, err := json.Marshal(got); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// many are devices of a community that are admitted and heard.
func many(b *testing.B, w *town, n int) []syncer.DeviceReach {
	b.Helper()
	all := make([]syncer.DeviceReach, n)
	for i := range all {
		p := syncer.Peer{Unit: kit.First.ID, Device: change.DeviceOf(fmt.Append(nil, "device", i))}
		kit.MustAdmit(b, w.city.Replica, identity.Device{ID: p.Device, Unit: p.Unit, Key: make([]byte, 32), Enrolled: 10})
		own := change.Stream{Device: p.Device, Incarnation: 1, Audience: p.Unit}
		all[i] = syncer.DeviceReach{Peer: p, Connected: true, Heard: w.Clock.Now().UnixMilli(), Heads: []syncer.Head{{Stream: own, Seq: 1}}}
	}
	return all
}
