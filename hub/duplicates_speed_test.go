package hub_test

import (
	"fmt"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/report"
	"tongbu/internal/tree"
)

// crowdFields are those of the i-th person of a city. The first of every other thousand is the
// first of the thousand before, which another community has.
func crowdFields(i int) map[string]change.Value {
	if i%2000 == 1000 {
		i -= 1000
	}
	number := schema.WholeID(fmt.Sprintf("110101%02d%02d%02d%03d", 30+i%70, 1+i/70%12, 1+i/840%28, i/23520))
	surnames, given := []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"), []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华")
	name := string([]rune{surnames[i%len(surnames)], given[i/20%len(given)], given[i/500%len(given)]})
	return map[string]change.Value{"id_number": change.Text(number), "name": change.Text(name), "status": change.Text("1"), "hukou": change.Text("10")}
}

func crowdChange(i int, unit tree.Unit) *change.Change {
	return &change.Change{Kind: "person", Record: kit.Name(unit, "person", fmt.Sprint(i)), Fields: change.FieldsOf(crowdFields(i)), Actor: "li"}
}

// BenchmarkDuplicates has the city search for duplicates among all persons, 500,000 in a soak,
// and hear of new ones as they come.
func BenchmarkDuplicates(b *testing.B) {
	const atOnce = 1000
	persons := report.Scale(20_000, 500_000)
	w := newTown(b)
	units := []tree.Unit{kit.First, kit.FarAway}
	clerks := []*kit.Forger{w.MustForger(b, units[0]), w.MustForger(b, units[1])}
	var all []view.Change
	for at := 0; at < persons; at += atOnce {
		turn := at / atOnce % len(units)
		said := make([]*change.Change, atOnce)
		for i := range said {
			said[i] = crowdChange(at+i, units[turn])
			if at >= persons-10*atOnce {
				all = append(all, view.Change{Stream: clerks[turn].Stream(units[turn]), Author: units[turn].ID, Change: said[i]})
			}
		}
		clerks[turn].MustSay(b, w.city.Replica, units[turn], said...)
	}
	if _, err := w.city.Duplicates(b.Context(), ""); err != nil { // waits for the view
		b.Fatal(err)
	}
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			found, err := w.city.Pairs.Search(b.Context(), true)
			if err != nil || found.Searched != persons || found.Pairs != persons/2000 {
				b.Fatal(found, err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*persons), "ns/person")
	})
	b.Run("heard", func(b *testing.B) {
		for b.Loop() {
			w.city.Pairs.Heard(all)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(all)), "ns/person")
	})
}
