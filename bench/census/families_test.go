package census_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"tongbu/bench/census"
	"tongbu/internal/change"
	"tongbu/internal/sample"
	"tongbu/internal/schema"
)

// A community that rejected rows, or a city with findings about everybody, would
// measure something else.
func TestFamiliesPassTheChecks(t *testing.T) {
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[any]bool{}
	for _, code := range sample.Pick(182).Communities {
		past := census.NewHistory(code)
		for n := range 100 {
			f := census.New(code, n)
			past.Live(f)
			past.Seek(f)
			for _, p := range f.Members {
				if numbers[p["id_number"]] {
					t.Errorf("%s, household %d: a number twice", code, n)
				}
				numbers[p["id_number"]] = true
			}
			if n > 2 {
				continue
			}
			mustPass(t, mustKind(t, kinds, "household"), f.Home)
			for _, p := range f.Members {
				mustPass(t, mustKind(t, kinds, "person"), p)
			}
		}
		for _, kind := range slices.Concat(census.Happened, census.Sought) {
			for _, event := range past.Events[kind][:min(3, len(past.Events[kind]))] {
				mustPass(t, mustKind(t, kinds, kind), event)
			}
		}
	}
}

// mustPass checks a record by itself, on a day after all that is made up.
func mustPass(t *testing.T, k *schema.Kind, fields map[string]any) {
	t.Helper()
	values := map[string]change.Value{}
	for name, item := range fields {
		f, ok := k.Field(name)
		if !ok {
			t.Fatalf("%s has no field %s", k.Name, name)
		}
		value, err := f.Parse(item)
		if err != nil && f.Type != schema.Ref { // which is called by a number here
			t.Errorf("%s: %s is %v: %v", k.Name, name, item, err)
		}
		values[name] = value
	}
	for _, problem := range k.CheckOn(values, "2026-11-30") {
		if f, ok := k.Field(problem.Field); problem.Hard && (!ok || f.Type != schema.Ref) {
			t.Errorf("%s: %s: %s", k.Name, problem.Field, problem.Message)
		}
	}
}

func TestFamiliesAreTheSameInEachRun(t *testing.T) {
	made := func() []byte {
		past, all := census.NewHistory(sample.Zhonglou), []any{}
		for n := range 50 {
			f := census.New(sample.Zhonglou, n)
			past.Live(f)
			past.Seek(f)
			all = append(all, f.Home, f.Members)
		}
		raw, err := json.Marshal(append(all, past.Events))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	if !bytes.Equal(made(), made()) {
		t.Error("the second time others are made up")
	}
}

func mustKind(t *testing.T, kinds *schema.Schema, name string) *schema.Kind {
	t.Helper()
	k, ok := kinds.Kind(name)
	if !ok {
		t.Fatalf("no kind %s", name)
	}
	return k
}
