package main

import (
	"bytes"
	"encoding/json"
	"testing"

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
	for _, code := range sample.Pick(allCommunities).Communities {
		past := newHistory(code)
		for n := range 100 {
			f := makeFamily(code, n)
			past.live(f)
			for _, p := range f.members {
				if numbers[p["id_number"]] {
					t.Errorf("%s, household %d: a number twice", code, n)
				}
				numbers[p["id_number"]] = true
			}
			if n > 2 {
				continue
			}
			mustPass(t, kindOf(kinds, "household"), f.home)
			for _, p := range f.members {
				mustPass(t, kindOf(kinds, "person"), p)
			}
		}
		for _, kind := range happened {
			for _, event := range past.events[kind][:min(3, len(past.events[kind]))] {
				mustPass(t, kindOf(kinds, kind), event)
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
		past, all := newHistory(sample.Zhonglou), []any{}
		for n := range 50 {
			f := makeFamily(sample.Zhonglou, n)
			past.live(f)
			all = append(all, f.home, f.members)
		}
		raw, err := json.Marshal(append(all, past.events))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	if !bytes.Equal(made(), made()) {
		t.Error("the second time others are made up")
	}
}

func TestShare(t *testing.T) {
	for _, n := range []int{1, 7, 182} {
		sum := 0
		for i := range n {
			sum += share(allHouseholds, n, i)
		}
		if sum != allHouseholds {
			t.Errorf("%d shares: got %d, want %d", n, sum, allHouseholds)
		}
	}
}
