package change_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/change/columns"
	"tongbu/internal/sample"
	"tongbu/internal/schema"
)

var newDictionary = flag.Bool("dictionary", false, "write the dictionary for values by column: for another number of it")

// TestDictionariesAreFrozen: with other bytes in one, what was sealed could not be
// read. Another dictionary gets another number.
func TestDictionariesAreFrozen(t *testing.T) {
	for file, want := range map[string]string{
		"dictionary":         "a056325b1e8fc2cd5a96f262847b6cd29f95b76b4a9144148030a8645b7aa704",
		"dictionary-columns": "407031f1a3ab1a9ae0901930f97edf4bff49fd09c1b8c6262ee617b1b002b3c0",
	} {
		if file == "dictionary-columns" && *newDictionary {
			writeDictionary(t, file)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := hexOf(sha256.Sum256(raw)); got != want {
			t.Errorf("%s is %s", file, got)
		}
	}
}

// writeDictionary makes the dictionary for values by column from the schema: each
// kind as a batch with all codes of its fields, and as changes alone, those that are
// seen most at the end. No value is anybody's. With a later schema it comes out
// otherwise; that is then another dictionary.
func writeDictionary(t *testing.T, file string) {
	t.Helper()
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	var dictionary []byte
	for _, k := range byUse(kinds.Kinds()) {
		var all [][]byte
		for i := range 100 {
			all = append(all, mustEncode(t, exampleOf(k, i, fieldNames(k)...)))
		}
		dictionary = append(dictionary, plainOf(t, all)...)
		dictionary = append(dictionary, plainOf(t, all[:1])...)
	}
	household, _ := kinds.Kind("household")
	person, _ := kinds.Kind("person")
	alone := func(k *schema.Kind, fields ...string) {
		dictionary = append(dictionary, plainOf(t, [][]byte{mustEncode(t, exampleOf(k, len(dictionary)%7, fields...))})...)
	}
	ofPersons, ofHouseholds := filled()
	for _, fields := range ofHouseholds {
		alone(household, fields...)
	}
	alone(person, "status", "job_wish", "recorded_on")
	alone(person, "phone", "recorded_on")
	for _, fields := range ofPersons {
		alone(person, fields...)
	}
	if err := os.WriteFile(file, dictionary, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", len(dictionary))
}

// filled are the sets of fields that a census fills, the most frequent last.
func filled() (persons, households [][]string) {
	maker, ofPersons, ofHouseholds := sample.NewMaker(1), map[string]int{}, map[string]int{}
	for i := range 200 {
		h := maker.Household(sample.Zhonglou, i)
		ofHouseholds[namesOf(h.Object)]++
		for _, p := range h.Persons {
			ofPersons[namesOf(p.Object)+" household"]++
		}
	}
	return mostOf(ofPersons), mostOf(ofHouseholds)
}

func namesOf(object map[string]any) string {
	return strings.Join(slices.Sorted(maps.Keys(object)), " ")
}

// mostOf are the most frequent three.
func mostOf(seen map[string]int) (sets [][]string) {
	names := slices.Sorted(maps.Keys(seen))
	slices.SortStableFunc(names, func(a, b string) int { return seen[a] - seen[b] })
	for _, s := range names[max(0, len(names)-3):] {
		sets = append(sets, strings.Fields(s))
	}
	return sets
}

func fieldNames(k *schema.Kind) (all []string) {
	for _, f := range k.Fields {
		all = append(all, f.Name)
	}
	return all
}

// byUse puts the kinds that are written most last.
func byUse(kinds []*schema.Kind) []*schema.Kind {
	order := []string{"notice", "device_state", "household", "person"}
	sorted := slices.Clone(kinds)
	slices.SortStableFunc(sorted, func(a, b *schema.Kind) int { return slices.Index(order, a.Name) - slices.Index(order, b.Name) })
	return sorted
}

// exampleOf is a change of the kind with the fields.
func exampleOf(k *schema.Kind, i int, fields ...string) *change.Change {
	c := &change.Change{Kind: k.Name, Record: change.NewRecordID(change.UnitID("aaaaaaaaaaaaaaaa"), uuidOf(i)), Actor: "clerk"}
	if k.System {
		c.Actor = "city"
	}
	for _, name := range fields {
		f, ok := k.Field(name)
		if !ok {
			panic(name)
		}
		c.Fields = c.Fields.With(f.Name, exampleValue(f, i))
	}
	return c
}

func uuidOf(i int) [16]byte { return [16]byte{4: byte(i), 6: 0x70, 8: 0x80} }

func exampleValue(f *schema.Field, i int) change.Value {
	switch f.Type {
	case schema.Integer, schema.Money, schema.Time:
		return change.Int(int64(i % 3))
	case schema.Boolean:
		return change.Bool(i%2 == 0)
	case schema.Date:
		return change.Text(fmt.Sprintf("2026-%02d-%02d", 1+i%12, 1+i%28))
	case schema.Ref:
		return change.Text(string(change.NewRecordID(change.UnitID("aaaaaaaaaaaaaaaa"), uuidOf(i/3))))
	case schema.Unit:
		return change.Text("aaaaaaaaaaaaaaaa")
	case schema.IDNumber:
		return change.Text("11010519491231002X")
	case schema.Code, schema.Codes:
		items := f.List().Items
		code := items[i%min(len(items), 26)].Code
		if f.Type == schema.Codes {
			return change.Set([]string{code})
		}
		return change.Text(code)
	}
	return change.Text("")
}

// plainOf is what is compressed of the changes by column.
func plainOf(t *testing.T, all [][]byte) []byte {
	t.Helper()
	f, ok := columns.Encode(columns.Base{Device: "aaaaaaaaaaaaaaaa", Audience: "aaaaaaaaaaaaaaaa", Incarnation: 1}, all)
	if !ok {
		t.Fatal("changes of the schema do not stand by column")
	}
	return bytes.Clone(f.Plain)
}
