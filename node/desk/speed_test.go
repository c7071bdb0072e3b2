package desk_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// families are lines of households and of their persons, three each.
func families(from, n int) (households, persons string) {
	var h, p strings.Builder
	line := func(to *strings.Builder, object map[string]any) {
		raw, _ := json.Marshal(object)
		to.Write(append(raw, '\n'))
	}
	for i := from; i < from+n; i++ {
		home := fmt.Sprintf("h-%06d", i)
		line(&h, map[string]any{"id": home, "form_no": fmt.Sprintf("%s2026%06d", kit.First.Code, i), "booklet_no": "b", "head_name": "王明", "address": "湖滨路1号",
			"phone": "0714-1234567", "people": 3, "housing": "1", "low_income": false, "surveyor": "王五", "survey_date": "2026-01-02"})
		for j := range 3 {
			serial := 3*i + j
			number := fmt.Sprintf("420202%04d%02d%02d%03d", 1961+serial%40, 1+serial/40%12, 1+serial/480%28, 1+serial/13440%998)
			line(&p, map[string]any{"id": fmt.Sprintf("p-%06d-%d", i, j), "household": home, "name": []string{"王明", "李兰", "王小明"}[j],
				"id_number": number + checkOf(number), "nationality": "01", "hukou": "11",
				"hukou_division": "420202", "hukou_address": "湖滨路1号", "education": "61", "health": "1", "relation": []string{"02", "12", "20"}[j], "status": "9",
				"labour_ability": "1", "job_wish": "1", "training_wish": "0", "phone": "13900000000", "recorded_on": "2026-01-02"})
		}
	}
	return h.String(), p.String()
}

func checkOf(body string) string {
	sum := 0
	for _, c := range body {
		sum = (sum + int(c-'0')) * 2 % 11
	}
	return "10X98765432"[sum : sum+1]
}

// BenchmarkPutPersons saves 9,999 persons of 3,333 households that are there.
func BenchmarkPutPersons(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		town := kit.MustTown(b)
		at := town.MustReplica(b, town.MustCity(b), kit.First)
		households, persons := families(0, 3333)
		kit.MustPut(b, at, "household", households)
		items, err := desk.ReadLines(strings.NewReader(persons))
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := desk.New(at).Put(b.Context(), "person", items, "clerk", func(desk.Written) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPutPerson saves one person after another, of a community of 9,999.
func BenchmarkPutPerson(b *testing.B) {
	town := kit.MustTown(b)
	at := town.MustReplica(b, town.MustCity(b), kit.First)
	households, persons := families(0, 3333)
	kit.MustPut(b, at, "household", households)
	kit.MustPut(b, at, "person", persons)
	_, more := families(0, 3000)
	items, err := desk.ReadLines(strings.NewReader(strings.ReplaceAll(more, "李兰", "李兰兰")))
	if err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		if err := desk.New(at).Put(b.Context(), "person", items[i%len(items):][:1], "clerk", func(desk.Written) error { return nil }); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// BenchmarkImport imports 10,002 persons of 3,334 households, and the same again.
func BenchmarkImport(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		town := kit.MustTown(b)
		at := town.MustReplica(b, town.MustCity(b), kit.First)
		households, persons := families(0, 3334)
		var homes, members []desk.Row
		for line := range strings.Lines(households) {
			homes = append(homes, desk.Row{Kind: "household", Item: json.RawMessage(strings.Replace(line, `"id":`, `"own_no":`, 1))})
		}
		for line := range strings.Lines(persons) {
			members = append(members, desk.Row{Kind: "person", Item: json.RawMessage(strings.Replace(line, `"id":`, `"own_no":`, 1))})
		}
		if _, err := importRows(b, at, desk.Importing{}, 0, homes...); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		for range 2 {
			if _, err := importRows(b, at, desk.Importing{}, 0, members...); err != nil {
				b.Fatal(err)
			}
		}
	}
}
