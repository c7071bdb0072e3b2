package hub_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/syncer"
)

// BenchmarkQuestion asks the city as the command line does, but for the
// socket: with the check of the question, its coverage over 500 devices, its
// entry in the audit log and the JSON of the answer.
func BenchmarkQuestion(b *testing.B) {
	w := newTown(b)
	clerk := w.MustForger(b, kit.First)
	clerk.MustSay(b, w.city.Replica, kit.First, people(0, 600)...)
	w.verify(w.city)
	relay := syncer.Peer{Unit: kit.Street.ID, Device: change.DeviceOf([]byte{1})}
	w.city.Replica.Contact.Joined(relay)
	w.city.Replica.Contact.Heard(relay, syncer.Reach{Devices: many(w, 500)})
	for _, q := range []struct {
		name string
		question.Question
		rows int
	}{
		{"one record", question.Question{Filter: `id = "p-cd"`}, 1},
		{"a page", question.Question{OrderBy: "name"}, 50},
		{"counts", question.Question{GroupBy: "district,status"}, 1},
	} {
		q.Kind = "person"
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				got, err := call[struct{ Rows []json.RawMessage }](w.city, http.MethodPost, "/query", q.Question)
				if err != nil || len(got.Rows) != q.rows {
					b.Fatal(len(got.Rows), err)
				}
			}
		})
	}
}

// many are devices of a community that are heard.
func many(w *town, n int) []syncer.DeviceReach {
	all := make([]syncer.DeviceReach, n)
	for i := range all {
		p := syncer.Peer{Unit: kit.First.ID, Device: change.DeviceOf(fmt.Append(nil, "device", i))}
		own := change.Stream{Device: p.Device, Incarnation: 1, Audience: p.Unit}
		all[i] = syncer.DeviceReach{Peer: p, Connected: true, Heard: w.Clock.Now().UnixMilli(), Heads: []syncer.Head{{Stream: own, Seq: 1}}}
	}
	return all
}
