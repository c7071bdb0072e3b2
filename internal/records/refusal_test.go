package records_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/system"
)

var (
	clerk  = device(1, east)
	decree = device(9, east) // what the city says to the east
)

func TestRefusalAfterTheChange(t *testing.T) {
	f := open(t, nil)
	f.put("p-1", fields{"phone": change.Text("1")})
	f.put("p-1", fields{"phone": change.Text("2")})
	r := refusal("r-1", f.past("p-1", 1), clerk)
	f.receive(decree, cityUnit, r)
	if got := f.value("p-1", "phone"); got != "1" {
		t.Errorf("after the refusal: got %q, want what stood before", got)
	}
	past := f.history("p-1")
	if len(past) != 2 || past[0].Refused || !past[1].Refused {
		t.Errorf("history: got %+v, want the second refused", past)
	}
	f.receive(decree, cityUnit, takenBack(r, decree))
	if got := f.value("p-1", "phone"); got != "2" {
		t.Errorf("after it was taken back: got %q, want the change to stand", got)
	}
}

func TestRefusalBeforeTheChange(t *testing.T) {
	f := open(t, nil)
	c := person("p-1", "phone", "1", nil)
	f.receive(decree, cityUnit, refusal("r-1", c, clerk))
	f.receive(clerk, east, c)
	if got := f.get("person", "p-1"); got != nil {
		t.Errorf("got %v, want no record", got.Values())
	}
	if past := f.history("p-1"); len(past) != 1 || !past[0].Refused {
		t.Errorf("history: got %+v, want one refused change", past)
	}
}

// TestEditAfterARefusal: the correction of a refused change has a name of its
// own, or it would be refused with it.
func TestEditAfterARefusal(t *testing.T) {
	f := open(t, nil)
	f.put("p-1", fields{"phone": change.Text("1")})
	refused := f.past("p-1", 0)
	f.receive(decree, cityUnit, refusal("r-1", refused, clerk))
	f.put("p-1", fields{"phone": change.Text("2")})
	if got := f.past("p-1", 1); got.Dot(clerk) == refused.Dot(clerk) {
		t.Errorf("the correction is named %v, as the refused change was", got.Dot(clerk))
	}
	if got := f.value("p-1", "phone"); got != "2" {
		t.Errorf("got %q, want the correction", got)
	}
	if past := f.history("p-1"); !past[0].Refused || past[1].Refused {
		t.Errorf("history: got %+v, want only the first refused", past)
	}
}

// TestRefusalNamesOneRecord: the first changes of two records in one stream
// have the same name but for the record.
func TestRefusalNamesOneRecord(t *testing.T) {
	f := open(t, nil)
	f.put("p-1", fields{"phone": change.Text("1")})
	f.put("p-2", fields{"phone": change.Text("2")})
	f.receive(decree, cityUnit, refusal("r-1", f.past("p-1", 0), clerk))
	if f.value("p-1", "phone") != "no record" || f.value("p-2", "phone") != "2" {
		t.Errorf("got %q and %q, want only the first refused", f.value("p-1", "phone"), f.value("p-2", "phone"))
	}
	f.sameAsReplay()
}

// TestRefusalsThatRefuseNothing are kept as records and have no effect.
func TestRefusalsThatRefuseNothing(t *testing.T) {
	f := open(t, nil)
	f.put("p-1", fields{"phone": change.Text("1")})
	c := f.past("p-1", 0)
	tests := map[change.RecordID]func(fields){
		"no-stream": func(v fields) { v["stream"] = change.Text("nobody") },
		"no-record": func(v fields) { v["record"] = change.Text("") },
		"no-kind":   func(v fields) { v["kind"] = change.Null },
		"no-count":  func(v fields) { v["count"] = change.Int(-1) },
		"a-refusal": func(v fields) { v["kind"] = change.Text(system.RefusalKind) },
	}
	for id, spoil := range tests {
		r := refusal(id, c, clerk)
		says := r.Fields.Map()
		spoil(says)
		r.Fields = change.FieldsOf(says)
		f.receive(decree, cityUnit, r)
		if f.get(system.RefusalKind, id) == nil || f.value("p-1", "phone") != "1" {
			t.Errorf("%s: got %q, want it kept and without effect", id, f.value("p-1", "phone"))
		}
	}
	f.receive(device(2, east), east, refusal("forged", c, clerk))
	if got := f.value("p-1", "phone"); got != "1" {
		t.Errorf("a refusal of a community: got %q, want no effect", got)
	}
	f.sameAsReplay()
}

// TestRefusalSettlesAConflict: the list of disputes follows.
func TestRefusalSettlesAConflict(t *testing.T) {
	f := open(t, nil)
	f.put("p-1", fields{"phone": change.Text("1")})
	c := person("p-1", "phone", "2", nil)
	f.receive(device(2, east), east, c)
	if got := f.conflicts(); got != 1 {
		t.Fatalf("got %d conflicts, want 1", got)
	}
	f.receive(decree, cityUnit, refusal("r-1", c, device(2, east)))
	if got := f.conflicts(); got != 0 {
		t.Errorf("got %d conflicts, want none", got)
	}
}

// ranged is the city's first word against places of the clerk's stream.
func ranged(places ...uint64) *change.Change {
	r := system.Ranges(system.Range{Stream: clerk, Rule: "many", Unit: east}, places)[0]
	return &change.Change{Kind: system.RefusalKind, Record: r.ID(), Actor: "city", Fields: change.FieldsOf(r.Fields())}
}

// alone is the city's word about one place of the clerk's stream.
func alone(seq int64, of *change.Change, valid string) *change.Change {
	c := refusal(system.WordID(clerk, uint64(seq)), of, clerk)
	c.Fields = c.Fields.With("seq", change.Int(seq)).With("valid", change.Text(valid))
	return c
}

// TestRangeAfterTheChanges: one word takes the effect of many, but of what stands
// within; a word about one of them overrides it; voided, it gives all back.
func TestRangeAfterTheChanges(t *testing.T) {
	f := open(t, nil)
	for _, phone := range []string{"1", "2", "3", "4"} {
		f.put(change.RecordID("p-"+phone), fields{"phone": change.Text(phone)})
	}
	want := func(when string, values ...string) {
		t.Helper()
		for i, value := range values {
			id := change.RecordID("p-" + string(rune('1'+i)))
			if got := f.value(id, "phone"); got != value {
				t.Errorf("%s: %s is %q, want %q", when, id, got, value)
			}
			past := f.history(id)
			if refused := value == "no record"; len(past) != 1 || past[0].Refused != refused || refused && past[0].Rule != "many" {
				t.Errorf("%s: history of %s: %+v", when, id, past)
			}
		}
		f.sameAsReplay()
	}
	r := ranged(1, 2, 4)
	f.receive(decree, cityUnit, r)
	want("after the range", "no record", "no record", "3", "no record")
	f.receive(decree, cityUnit, alone(2, f.past("p-2", 0), "0"))
	want("after a word that one stands", "no record", "2", "3", "no record")
	f.receive(decree, cityUnit, takenBack(r, decree))
	want("after the range is taken back", "1", "2", "3", "4")
}

// TestRangeBeforeTheChanges: what is refused before it comes has no effect, nor what
// is written on it a name that is used up.
func TestRangeBeforeTheChanges(t *testing.T) {
	f := open(t, nil)
	f.receive(decree, cityUnit, ranged(1, 2))
	f.receive(clerk, east, person("p-1", "phone", "1", nil))
	if got := f.get("person", "p-1"); got != nil {
		t.Errorf("got %v, want no record", got.Values())
	}
	refused := f.past("p-1", 0)
	f.receive(clerk, east, person("p-2", "phone", "2", nil))
	f.put("p-1", fields{"phone": change.Text("3")})
	if got := f.past("p-1", 1); got.Dot(clerk) == refused.Dot(clerk) {
		t.Errorf("the correction is named %v, as the refused change was", got.Dot(clerk))
	}
	if got := f.value("p-1", "phone"); got != "3" {
		t.Errorf("got %q, want the correction", got)
	}
	f.sameAsReplay()
}
