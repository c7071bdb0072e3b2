package sample_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/sample"
	"tongbu/internal/schema"
)

const seed = 7

func TestEveryObjectPassesTheSchema(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	m := sample.NewMaker(seed)
	for _, code := range sample.Pick(12).Communities {
		for n := range 100 {
			h := m.Household(code, n)
			mustPass(t, s, "household", h.Record)
			for _, p := range h.Persons {
				mustPass(t, s, "person", p)
			}
		}
	}
}

// mustPass checks a record as it is and after a way through JSON. Without a
// date of today, by which everybody here is too old, no problem is left, not
// even a soft one; with it no hard one.
func mustPass(t *testing.T, s *schema.Schema, kind string, r sample.Record) {
	t.Helper()
	k, ok := s.Kind(kind)
	if !ok {
		t.Fatalf("the schema has no kind %s", kind)
	}
	values, err := k.Parse(r.Object)
	if err != nil {
		t.Fatalf("%s %s: %v", kind, r.ID, err)
	}
	again, err := k.Parse(throughJSON(t, r.Object))
	if err != nil {
		t.Fatalf("%s %s from JSON: %v", kind, r.ID, err)
	}
	if diff := cmp.Diff(values, again); diff != "" {
		t.Errorf("%s %s after JSON (-direct +json):\n%s", kind, r.ID, diff)
	}
	if problems := k.CheckOn(values, ""); len(problems) > 0 {
		t.Errorf("%s %s: problems %+v", kind, r.ID, problems)
	}
	if err := schema.Refusal(k.CheckOn(values, "2026-01-31")); err != nil {
		t.Errorf("%s %s: %v", kind, r.ID, err)
	}
	if err := change.RecordID(r.ID).Validate(); err != nil {
		t.Errorf("%s %s: %v", kind, r.ID, err)
	}
}

func throughJSON(t *testing.T, object map[string]any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var again map[string]any
	if err := decoder.Decode(&again); err != nil {
		t.Fatal(err)
	}
	return again
}

func TestSameSeedSameHousehold(t *testing.T) {
	first, second := sample.NewMaker(seed), sample.NewMaker(seed)
	second.Household("420281001001", 3) // what was made before does not matter
	want := first.Household(sample.Zhonglou, 41)
	if diff := cmp.Diff(want, second.Household(sample.Zhonglou, 41)); diff != "" {
		t.Errorf("household 41 (-first +second):\n%s", diff)
	}
	if cmp.Equal(want, sample.NewMaker(seed+1).Household(sample.Zhonglou, 41)) {
		t.Error("another seed gives the same household")
	}
}

func TestRecordIDs(t *testing.T) {
	m := sample.NewMaker(seed)
	var ids []string
	for n := range 1200 {
		h := m.Household(sample.Zhonglou, n)
		ids = append(ids, h.ID)
		for i, p := range h.Persons {
			if want := fmt.Sprintf("%s-%d", h.ID, i+1); p.ID != want {
				t.Fatalf("person id %s, want %s", p.ID, want)
			}
			ids = append(ids, p.ID)
		}
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("record ids do not rise from household to household")
	}
	if want := "sample-7-420202007005-000000"; ids[0] != want {
		t.Errorf("first id %s, want %s", ids[0], want)
	}
}

func TestHeadsAndReferences(t *testing.T) {
	m := sample.NewMaker(seed)
	for n := range 200 {
		h := m.Household(sample.Zhonglou, n)
		heads := 0
		for _, p := range h.Persons {
			if p.Object["relation"] == "02" {
				heads++
			}
			if p.Object["household"] != h.ID {
				t.Errorf("person %s names household %v", p.ID, p.Object["household"])
			}
		}
		first := h.Persons[0].Object
		want := []any{json.Number(fmt.Sprint(len(h.Persons))), first["name"], first["id_number"], 1}
		got := []any{h.Object["people"], h.Object["head_name"], h.Object["head_id_number"], heads}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("household %d: people, head, number of heads (-want +got):\n%s", n, diff)
		}
	}
}

func TestPersonsIn(t *testing.T) {
	m := sample.NewMaker(seed)
	want, seen := 0, map[int]bool{}
	for n := range 101 {
		if got := sample.PersonsIn(n); got != want {
			t.Fatalf("PersonsIn(%d) = %d, want %d", n, got, want)
		}
		size := len(m.Household(sample.Zhonglou, n).Persons)
		want, seen[size] = want+size, true
	}
	for size := 1; size <= 6; size++ {
		if !seen[size] {
			t.Errorf("no household of %d", size)
		}
	}
}

func TestNamesAndPhones(t *testing.T) {
	m := sample.NewMaker(seed)
	phone := regexp.MustCompile(`^129\d{8}$`)
	dotted, rare := 0, 0
	for n := range 200 {
		h := m.Household(sample.Zhonglou, n)
		if !phone.MatchString(h.Object["phone"].(string)) {
			t.Errorf("household %d has a phone that an operator may use", n)
		}
		for _, p := range h.Persons {
			name := p.Object["name"].(string)
			if strings.Contains(name, "·") {
				dotted++
			}
			if strings.ContainsFunc(name, func(r rune) bool { return r > 0xffff }) {
				rare++
			}
		}
	}
	if dotted == 0 || rare == 0 {
		t.Errorf("%d names with a dot, %d with a rare character, want some of both", dotted, rare)
	}
}

func TestNoHouseholdWithoutACommunity(t *testing.T) {
	m := sample.NewMaker(seed)
	for _, code := range []string{"", "42020200700", "4202020070055", "42020200700x", "钟楼社区"} {
		if diff := cmp.Diff(sample.Household{}, m.Household(code, 0)); diff != "" {
			t.Errorf("code %q (-want +got):\n%s", code, diff)
		}
	}
	if diff := cmp.Diff(sample.Household{}, m.Household(sample.Zhonglou, -1)); diff != "" {
		t.Errorf("household -1 (-want +got):\n%s", diff)
	}
	if got := len(m.Household("320114001001", 0).Persons); got == 0 {
		t.Error("a community of another city has no people")
	}
}

func BenchmarkHousehold(b *testing.B) {
	m := sample.NewMaker(seed)
	persons := 0
	for b.Loop() {
		persons += len(m.Household(sample.Zhonglou, persons).Persons)
	}
	b.ReportMetric(float64(persons)/b.Elapsed().Seconds(), "persons/s")
}
