package hub_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"tongbu/hub/api/rows"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
)

// BenchmarkStream has the city answer with all persons and all their fields, as a program
// reads them over gRPC: from the view to the rows of the messages.
func BenchmarkStream(b *testing.B) {
	const persons = 1000
	w := newTown(b)
	node := w.MustReplica(b, w.city.Replica, kit.First)
	var lines strings.Builder
	for i := range persons {
		fmt.Fprintf(&lines, `{"id":"p-%d","name":"张%d","sex":"%d","birth_date":"1970-03-%02d","hukou_division":"420202007005","id_reason":"未办","employer_name":"黄石纺织厂",`+
			`"hukou_address":"胜阳港街道%d巷1号","skill_cert":"S-%04d","no_wish_reason":"照顾家人","work_city":"武汉","contract":true,`+
			`"hardship":["010","050"],"monthly_income":%d00,"skill":"焊工","contract_from":"2020-01-01","contract_to":"2026-01-01","first_work_date":"1990-07-01"}`+"\n", i, i, 1+i%2, 1+i%28, i%90, i%10000, 10+i%50)
	}
	kit.MustPut(b, node, "person", lines.String())
	w.MustCarry(b, node, w.city.Replica)
	w.verify(w.city)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		err := w.city.AskAll(b.Context(), question.Question{Kind: "person"}, func(_ context.Context, part question.Part) error {
			made, err := rows.Of(part.Rows)
			n += len(made)
			return err
		})
		if err != nil || n != persons {
			b.Fatal(n, err)
		}
	}
}
