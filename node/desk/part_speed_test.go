package desk_test

import (
	"fmt"
	"testing"
	"time"

	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// BenchmarkPart shows 50 rows of tables of a community of 10,000 persons, with an entry in
// the audit log.
func BenchmarkPart(b *testing.B) {
	s := newNode(b)
	persons := community(b, s, 3400)
	b.Logf("%d persons", len(persons))
	putEvents(b, s, persons)
	before, start := heap(), time.Now()
	s.part(desk.Table{Kind: "ledger_unemployed"}, 0, 50)
	b.Logf("the first: %v, %.1f MB", time.Since(start), float64(heap()-before)/(1<<20))
	start = time.Now()
	s.part(desk.Table{Kind: "ledger_unemployed", Day: "2026-03-01"}, 0, 50)
	b.Logf("the first of another day: %v, %.1f MB", time.Since(start), float64(heap()-before)/(1<<20))
	start = time.Now()
	s.part(desk.Table{Kind: "person"}, 0, 50)
	b.Logf("the first of persons: %v, %.1f MB", time.Since(start), float64(heap()-before)/(1<<20))
	for _, t := range []desk.Table{{Kind: "ledger_unemployed"}, {Kind: "ledger_insurance"}, {Kind: "ledger_insurance", Order: "name desc"}, {Kind: "ledger_insurance", Where: `state = "1"`}, {Kind: "person", Order: "birth_date"}, {Kind: "person", Where: `status = "9"`, Order: "name"}, {Kind: "task", Where: "due <= 2026-12-31", Order: "due", Beside: true, Called: []string{}}} {
		b.Run(t.Kind+t.Order+t.Where, func(b *testing.B) {
			for b.Loop() {
				s.part(t, 0, 50)
			}
		})
	}
	b.Run("after a save", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			kit.MustPut(b, s.at, "person", fmt.Sprintf(`{"id":%q,"phone":"%d"}`+"\n", persons[i%len(persons)], 10000000+i))
			b.StartTimer()
			s.part(desk.Table{Kind: "ledger_insurance"}, 0, 50)
		}
	})
}
