package sample_test

import (
	"testing"

	"tongbu/internal/sample"
	"tongbu/internal/schema"
)

func TestIDNumbersAreOfNobodyAlive(t *testing.T) {
	m := sample.NewMaker(seed)
	for _, code := range sample.Pick(40).Communities {
		for n := range 50 {
			for _, p := range m.Household(code, n).Persons {
				id, err := schema.ParseID(p.Object["id_number"].(string))
				if err != nil {
					t.Fatalf("person %s: %v", p.ID, err)
				}
				if id.Area != code[:6] || id.Birth < "1896-01-01" || id.Birth > "1906-12-31" {
					t.Errorf("person %s: area %s, born %s", p.ID, id.Area, id.Birth)
				}
			}
		}
	}
}

// The largest area is the tightest: 474 communities share its numbers.
func TestIDNumbersAreDifferent(t *testing.T) {
	const area, last = "420222", 1399
	m := sample.NewMaker(seed)
	seen := map[string]string{}
	for _, code := range sample.Pick(all).Communities {
		if code[:6] != area {
			continue
		}
		for _, n := range []int{0, 1, 2, 333, 700, 1001, last} {
			for _, p := range m.Household(code, n).Persons {
				number := p.Object["id_number"].(string)
				if other, twice := seen[number]; twice {
					t.Fatalf("%s and %s have one ID number", other, p.ID)
				}
				seen[number] = p.ID
			}
		}
	}
	if len(seen) < 474*7 {
		t.Fatalf("%d persons seen, too few", len(seen))
	}
}

func TestOlderGenerationsAreBornFirst(t *testing.T) {
	generation := map[any]int{"51": 0, "52": 0, "02": 1, "11": 1, "12": 1, "20": 2, "30": 2}
	m := sample.NewMaker(seed)
	for n := range 200 {
		persons := m.Household(sample.Zhonglou, n).Persons
		for _, p := range persons {
			for _, q := range persons {
				older := generation[p.Object["relation"]] < generation[q.Object["relation"]]
				if older && p.Object["birth_date"].(string) > q.Object["birth_date"].(string) {
					t.Errorf("%s is born after %s", p.ID, q.ID)
				}
			}
		}
	}
}
