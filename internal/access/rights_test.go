package access_test

import (
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

func TestActive(t *testing.T) {
	wantError(t, access.Active(access.Party{Device: device}), "")
	wantError(t, access.Active(access.Party{Device: device, Revoked: true}), "device "+string(device)+" is revoked")
	wantError(t, access.Active(access.Party{Device: device, Expired: true}), "the certificate of device "+string(device)+" has expired")
}

func TestSay(t *testing.T) {
	for name, test := range map[string]struct {
		author, audience change.UnitID
		want             bool
	}{
		"to itself": {first, first, true}, "to one below": {street, first, true}, "to all": {city, city, true},
		"to one above": {first, street, false}, "to one beside": {first, second, false},
		"to nobody": {city, stranger, false}, "by nobody": {stranger, stranger, false},
	} {
		t.Run(name, func(t *testing.T) {
			words, early := "may not speak to unit "+string(test.audience), "the audience is not at or below this unit"
			if test.want {
				words, early = "", ""
			}
			wantError(t, access.Say(town, test.author, change.Stream{Device: device, Audience: test.audience}), words)
			wantError(t, access.Address(town, test.author, test.audience), early)
		})
	}
}

func TestWrite(t *testing.T) {
	form := &schema.Kind{Name: "form", Writers: []int{4, 5}}
	log := &schema.Kind{Name: "log", Writers: []int{4, 5}, System: true}
	for name, test := range map[string]struct {
		kind         *schema.Kind
		level        tree.Level
		write, enter string
	}{
		"a tier that may":      {kind: form, level: tree.Community},
		"one that may not":     {kind: form, level: tree.City, write: "a city does not write form records", enter: "a city does not"},
		"a unit of no tier":    {kind: form, write: "does not write form records", enter: "does not write"},
		"the program's":        {kind: log, level: tree.Street, enter: "log records are written by the program"},
		"the program's, above": {kind: log, level: tree.City, write: "a city does not write log", enter: "by the program"},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, access.Write(test.kind, test.level), test.write)
			wantError(t, access.Enter(test.kind, test.level), test.enter)
		})
	}
}

func TestHolds(t *testing.T) {
	for name, test := range map[string]struct {
		holder, author, audience change.UnitID
		want                     bool
	}{
		"nobody's record":           {"", first, first, true},
		"the holder's own change":   {first, first, first, true},
		"one said to the holder":    {first, city, first, true},
		"a neighbour's":             {first, second, second, false},
		"one said to all":           {first, city, city, false},
		"one above, to a neighbour": {first, street, second, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := access.Holds(test.holder, test.author, test.audience); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestEdit(t *testing.T) {
	for name, test := range map[string]struct {
		unit change.UnitID
		want string
	}{
		"its own": {unit: street}, "one below": {unit: first}, "no unit's": {unit: ""},
		"one above": {unit: city, want: "another unit holds"}, "one beside": {unit: other, want: "another unit holds"},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, access.Edit(town, street, test.unit), test.want) })
	}
}

func TestCounts(t *testing.T) {
	for _, kind := range []string{system.UnitKind, system.DeviceKind, system.RefusalKind, system.NetworkKind} {
		if !access.Counts(kind, city, city) || access.Counts(kind, first, city) || access.Counts(kind, first, "") {
			t.Errorf("%s: want the city's alone", kind)
		}
	}
	for _, kind := range []string{"person", system.AuditHeadKind, "kind nobody knows"} {
		if !access.Counts(kind, first, city) {
			t.Errorf("%s: want anybody's", kind)
		}
	}
	for _, test := range []struct {
		kind string
		id   change.RecordID
		want bool
	}{
		{system.DeviceStateKind, change.RecordID(device), true},
		{system.DeviceStateKind, "another", false},
		{"person", "another", true},
	} {
		if got := access.OfItself(test.kind, test.id, device); got != test.want {
			t.Errorf("%s %s: got %v, want %v", test.kind, test.id, got, test.want)
		}
	}
	if !access.Receipt(city, city) || access.Receipt(street, city) {
		t.Error("want receipts of the city alone")
	}
}

func TestAsk(t *testing.T) {
	for name, test := range map[string]struct {
		asker, scope change.UnitID
		want         bool
	}{
		"its own": {street, street, true}, "one below": {city, first, true},
		"one above": {first, street, false}, "one beside": {first, second, false}, "one nobody knows": {city, stranger, false},
	} {
		t.Run(name, func(t *testing.T) {
			words := "person records of that unit are not open to this one"
			if test.want {
				words = ""
			}
			wantError(t, access.Ask(town, test.asker, test.scope, "person"), words)
		})
	}
}

// TestNothingOutsideTheSubtreeIsAsked also finds that a unit that is not open and
// one that does not exist are refused in the same words.
func TestNothingOutsideTheSubtreeIsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWood(t)
		asker, scope := w.draw(t, "asker"), w.draw(t, "scope")
		err := access.Ask(w, asker, scope, "")
		if got, want := err == nil, w.under(asker, scope); got != want {
			t.Fatalf("got %v, want %v", err, want)
		}
		none := access.Ask(w, asker, stranger, "")
		if err != nil && (err.Error() != none.Error() || fault.Hint(err) != fault.Hint(none)) {
			t.Errorf("not allowed: %v; none: %v", err, none)
		}
	})
}
