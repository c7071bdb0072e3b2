package duplicates_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/duplicates"
	"tongbu/internal/schema"
)

const (
	number   = "11010519491231002X" // a woman of 1949-12-31
	oldOne   = "110105491231002"    // the same number, of before 1999
	another  = "110101198001010037" // a man of 1980-01-01
	wrongEnd = "110105194912310021"
)

// person is one of a number, name, birth and sex.
func person(id, number, name, birth, sex string) duplicates.Person {
	values := map[string]change.Value{"id_number": change.Text(number), "name": change.Text(name), "birth_date": change.Text(birth), "sex": change.Text(sex)}
	return duplicates.PersonOf(change.RecordID(id), func(field string) change.Value {
		if values[field] == change.Text("") {
			return change.Null
		}
		return values[field]
	})
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		what    string
		a, b    [4]string
		score   int
		reasons string
	}{
		{"the same", [4]string{number, "王芳", "", ""}, [4]string{number, "王芳", "1949-12-31", "2"}, 100, "birth_same name_same number_same sex_same"},
		{"of 15 and of 18 digits", [4]string{oldOne, "王芳", "", ""}, [4]string{number, "王芳", "", ""}, 100, "birth_same name_same number_old number_same sex_same"},
		{"another name", [4]string{number, "王芳", "", ""}, [4]string{number, "王方", "", ""}, 75, "birth_same name_other number_same sex_same"},
		{"a name written otherwise", [4]string{"", "买买提·吐尔逊", "1980-01-01", "1"}, [4]string{another, "买买提•吐尔逊", "", ""}, 85, "birth_same name_same number_missing sex_same"},
		{"two numbers", [4]string{number, "王芳", "", ""}, [4]string{another, "王芳", "", ""}, 0, ""},
		{"namesakes without numbers", [4]string{"", "王芳", "1980-01-01", "2"}, [4]string{"", "王芳", "1980-01-01", "2"}, 85, "birth_same name_same number_missing sex_same"},
		{"who say no birth", [4]string{"", "王芳", "", "2"}, [4]string{"", "王芳", "1980-01-01", "2"}, 50, "name_same number_missing sex_same"},
		{"born on other days", [4]string{"", "王芳", "1980-01-02", "2"}, [4]string{"", "王芳", "1980-01-01", "2"}, 0, "birth_other name_same number_missing sex_same"},
		{"of the other sex", [4]string{"", "王芳", "1980-01-01", "1"}, [4]string{"", "王芳", "1980-01-01", "2"}, 35, "birth_same name_same number_missing"},
		{"a number that says another birth", [4]string{another, "王芳", "1949-12-31", "2"}, [4]string{number, "王芳", "", ""}, 85, "birth_same name_same number_doubtful sex_same"},
		{"a number that is none", [4]string{wrongEnd, "王芳", "1949-12-31", "2"}, [4]string{number, "王芳", "", ""}, 85, "birth_same name_same number_missing sex_same"},
		{"nothing said", [4]string{}, [4]string{}, 0, "name_other number_missing"},
	} {
		a, b := person("a", c.a[0], c.a[1], c.a[2], c.a[3]), person("b", c.b[0], c.b[1], c.b[2], c.b[3])
		for _, l := range []duplicates.Likeness{duplicates.Compare(a, b), duplicates.Compare(b, a)} {
			if got := strings.Join(l.Reasons, " "); l.Score != c.score || got != c.reasons {
				t.Errorf("%s: %d by %q, want %d by %q", c.what, l.Score, got, c.score, c.reasons)
			}
			if l.IsCase() != (c.score >= 60) {
				t.Errorf("%s: a case: %v", c.what, l.IsCase())
			}
		}
	}
}

// TestReasons: what a community reads is a code of the schema, and says nothing that the
// other record says.
func TestReasons(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	list, _ := s.List("duplicate_reason")
	rapid.Check(t, func(t *rapid.T) {
		draw := func(id string) duplicates.Person {
			return person(id, rapid.SampledFrom([]string{"", number, oldOne, another, wrongEnd}).Draw(t, "number"), rapid.SampledFrom([]string{"", "王芳", "王方"}).Draw(t, "name"),
				rapid.SampledFrom([]string{"", "1949-12-31", "1980-01-01"}).Draw(t, "birth"), rapid.SampledFrom([]string{"", "1", "2", "9"}).Draw(t, "sex"))
		}
		a, b := draw("a"), draw("b")
		l, other := duplicates.Compare(a, b), duplicates.Compare(b, a)
		if l.Score != other.Score || !slices.Equal(l.Reasons, other.Reasons) {
			t.Fatalf("%v one way, %v the other", l, other)
		}
		if l.Score < 0 || l.Score > 100 {
			t.Fatalf("a score of %d", l.Score)
		}
		for _, code := range l.Reasons {
			if _, known := list.Item(code); !known {
				t.Fatalf("no reason %s in the schema", code)
			}
		}
	})
}

// TestKeys: whoever is alike has one number or one name and birth, of which one is not sure; and
// the usual record is read as any other.
func TestKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(id string) (duplicates.Person, duplicates.Keys) {
			values := map[string]change.Value{}
			said := map[string][]string{"id_number": {"", number, oldOne, another, wrongEnd, " " + number, "１１０１０５19491231002x"}, "name": {"", "王芳", "王 芳", "王方"}, "birth_date": {"", "1949-12-31", "1980-01-01"}, "sex": {"", "1", "2", "9"}}
			for _, field := range duplicates.Fields {
				values[field] = change.Text(rapid.SampledFrom(said[field]).Draw(t, field))
			}
			value := func(field string) change.Value { return values[field] }
			return duplicates.PersonOf(change.RecordID(id), value), duplicates.KeysOf(value)
		}
		a, ka := draw("a")
		b, kb := draw("b")
		if ka.Sure != a.IsSure() {
			t.Fatalf("%+v is sure: %v", ka, a.IsSure())
		}
		found := ka.Number != "" && ka.Number == kb.Number || ka.Born != "" && ka.Born == kb.Born && (!ka.Sure || !kb.Sure)
		if duplicates.Compare(a, b).IsCase() && !found {
			t.Fatalf("%+v and %+v are alike, and nothing finds them: %+v, %+v", a, b, ka, kb)
		}
	})
}

func TestCaseOf(t *testing.T) {
	ids := []change.RecordID{"a", "b", "c", "ab"}
	met := map[string]string{}
	for i, a := range ids {
		for _, b := range ids[i+1:] {
			name := duplicates.CaseOf(a, b)
			if name != duplicates.CaseOf(b, a) || len(name) != 26 || met[name] != "" {
				t.Errorf("the case of %s and %s is %q, as that of %s", a, b, name, met[name])
			}
			met[name] = fmt.Sprint(a, b)
		}
	}
}

// TestCounting: of records that cases tie together one counts, whatever the order in which the
// cases came; one that a decision has chosen where there is one.
func TestCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 7).Draw(t, "records")
		id := func(i int) change.RecordID { return change.RecordID(fmt.Sprint("p", i)) }
		first := make(map[change.RecordID]uint64, n)
		for i := range n {
			first[id(i)] = uint64(rapid.IntRange(1, 4).Draw(t, "arrival"))
		}
		var ties []duplicates.Tie
		of := make([]int, n) // the set that a record is in
		for i := range of {
			of[i] = i
		}
		chosen := map[change.RecordID]bool{}
		for range rapid.IntRange(1, 10).Draw(t, "ties") {
			a := rapid.IntRange(0, n-1).Draw(t, "a")
			b := (a + rapid.IntRange(1, n-1).Draw(t, "b")) % n
			tie := duplicates.Tie{A: id(a), B: id(b)}
			if tie.Decided = rapid.Bool().Draw(t, "decided"); tie.Decided {
				tie.Chosen, chosen[tie.A] = tie.A, true
			}
			ties = append(ties, tie)
			was := of[a]
			for i := range of {
				if of[i] == was {
					of[i] = of[b]
				}
			}
		}
		arrival := func(p change.RecordID) uint64 { return first[p] }
		counts := duplicates.Counting(ties, nil, arrival)
		for set := range n {
			var in, who []change.RecordID
			for i := range of {
				if of[i] != set {
					continue
				}
				if _, tied := counts[id(i)]; tied {
					in = append(in, id(i))
				}
				if counts[id(i)] {
					who = append(who, id(i))
				}
			}
			if len(in) == 0 {
				continue
			}
			if len(who) != 1 {
				t.Fatalf("of %v count %v", in, who)
			}
			for _, other := range in {
				if chosen[other] && !chosen[who[0]] || chosen[other] == chosen[who[0]] && first[other] < first[who[0]] {
					t.Fatalf("%s counts rather than %s", who[0], other)
				}
			}
		}
		mixed := rapid.Permutation(ties).Draw(t, "mixed")
		for who, is := range duplicates.Counting(mixed, nil, arrival) {
			if counts[who] != is {
				t.Fatalf("%s counts: %v in one order, %v in another", who, counts[who], is)
			}
		}
	})
}

// TestContradicts: however decisions come, as long as those that contradict others are refused
// nobody who was decided to be apart is connected by decisions, the same count in whatever
// order the cases are read, and of two who are apart at least two count with all that ties them.
func TestContradicts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 6).Draw(t, "records")
		id := func(i int) change.RecordID { return change.RecordID(fmt.Sprint("p", i)) }
		var ties []duplicates.Tie
		var apart []duplicates.Apart
		met := map[duplicates.Apart]bool{}
		for range rapid.IntRange(2, 12).Draw(t, "cases") {
			a := rapid.IntRange(0, n-2).Draw(t, "a")
			b := rapid.IntRange(a+1, n-1).Draw(t, "b")
			pair := duplicates.Apart{A: id(a), B: id(b)}
			if met[pair] {
				continue
			}
			met[pair] = true
			outcome := rapid.SampledFrom([]string{"open", "same", "different"}).Draw(t, "outcome")
			if _, is := duplicates.Contradicts(ties, apart, pair.A, pair.B, outcome == "same"); is && outcome != "open" {
				outcome = "open"
			}
			if outcome == "different" {
				apart = append(apart, pair)
			} else {
				ties = append(ties, duplicates.Tie{A: pair.A, B: pair.B, Decided: outcome == "same"})
			}
		}
		decided, all := connected(ties, true), connected(ties, false)
		counts := duplicates.Counting(ties, apart, func(change.RecordID) uint64 { return 1 })
		for _, p := range apart {
			if decided(p.A, p.B) {
				t.Fatalf("%s and %s are apart, and by decisions one", p.A, p.B)
			}
			with := 0
			for i := range n {
				if counts[id(i)] && all(p.A, id(i)) {
					with++
				}
			}
			if all(p.A, p.B) && with < 2 {
				t.Fatalf("%s and %s are apart, and with all that ties them %d count", p.A, p.B, with)
			}
		}
		for who, is := range duplicates.Counting(rapid.Permutation(ties).Draw(t, "mixed"), rapid.Permutation(apart).Draw(t, "mixed apart"), func(change.RecordID) uint64 { return 1 }) {
			if counts[who] != is {
				t.Fatalf("%s counts: %v in one order, %v in another", who, counts[who], is)
			}
		}
	})
}

// connected tells by walking whether ties lead from one record to another.
func connected(ties []duplicates.Tie, decided bool) func(a, b change.RecordID) bool {
	return func(a, b change.RecordID) bool {
		reached := map[change.RecordID]bool{a: true}
		for range ties {
			for _, t := range ties {
				if (t.Decided || !decided) && (reached[t.A] || reached[t.B]) {
					reached[t.A], reached[t.B] = true, true
				}
			}
		}
		return reached[b]
	}
}
